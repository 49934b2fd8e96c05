"""FileWriter and EventFileWriter: one event file, fed with protobuf messages."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Protocol

from tbx_native._arguments import to_step, to_wall_time
from tbx_native._at_exit import close_at_exit
from tbx_native._core import WriterClosedError, encode_summary_event
from tbx_native._engine import Engine, EngineOptions


class Message(Protocol):
    """Any protobuf-like message: what counts is that it can say its bytes."""

    def SerializeToString(self) -> bytes: ...


class EventFileWriter:
    """Writes Event messages to a new event file in a directory.

    Args:
        logdir: The directory, created if missing.
        max_queue_size: Accepted for compatibility; the queue is bounded in bytes.
        flush_secs: How often the file is synced to the device.
        filename_suffix: Appended to the file's name.
        engine: The queue to share; by default one of its own.
        purge_step: TensorBoard is asked to forget what the directory has from this step on.
        source_writer: Name of the writing code to put into the first record.

    Raises:
        OSError: The directory or the file cannot be created or written.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        max_queue_size: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        *,
        engine: Engine | None = None,
        purge_step: int | None = None,
        source_writer: str = "",
    ) -> None:
        self._logdir = os.fsdecode(logdir)
        self._flush_secs = flush_secs
        self._filename_suffix = filename_suffix
        self._source_writer = source_writer
        self._owns_engine = engine is None
        self._engine = engine or Engine(EngineOptions(flush_secs=flush_secs))
        self._closed = True
        self._open(purge_step)
        if self._owns_engine:
            close_at_exit(self)

    def _open(self, purge_step: int | None) -> None:
        self._file = self._engine.core.open_file(
            os.fsencode(self._logdir), os.fsencode(self._filename_suffix), purge_step, self._source_writer
        )
        # Where programs look for the file's name: torch's attribute, and tensorboardX's.
        self._file_name = os.path.join(self._logdir, os.path.basename(self._file.path))
        self._ev_writer = SimpleNamespace(_file_name=self._file_name)
        self._closed = False

    def get_logdir(self) -> str:
        """Returns the directory of the event file."""
        return self._logdir

    def add_event(self, event: Message) -> None:
        """Appends an Event message.

        Raises:
            ValueError: TensorBoard could not read it: its wall time is not finite, or it is not an Event.
            WriterClosedError: The writer is closed.
        """
        self._append(event.SerializeToString())

    def _append(self, event: bytes) -> None:
        if self._closed:
            raise WriterClosedError(f"event file writer of {self._logdir!r} is closed")
        if not self._file.append(event):
            self._engine.report_dropped(stacklevel=4)
        self._engine.report_failure(stacklevel=4)

    def flush(self) -> None:
        """Everything added so far is in the file, and on the device, when this returns.

        Raises:
            OSError: It could not be written; it is kept and tried again.
        """
        if not self._closed:
            self._engine.core.flush()

    def close(self) -> None:
        """Flushes and closes the file; a second call does nothing.

        Raises:
            OSError: Not everything could be written.
        """
        if self._closed:
            return
        if self._owns_engine:
            self._engine.core.close()
        else:
            self._file.close()
        self._closed = True

    def reopen(self) -> None:
        """Goes on in a new file of the same directory after close(); does nothing before."""
        if not self._closed:
            return
        if self._owns_engine:
            self._engine = Engine(self._engine.options)
        self._open(purge_step=None)


class FileWriter:
    """Puts events and summaries, with steps and wall times, into an EventFileWriter.

    Args:
        logdir, max_queue, flush_secs, filename_suffix: As for EventFileWriter.
        **event_file_options: Keyword-only options of EventFileWriter.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        **event_file_options: Any,
    ) -> None:
        # Looked up as a module global at this moment: tools replace the class to see what is written.
        self.event_writer = EventFileWriter(
            os.fsdecode(logdir), max_queue, flush_secs, filename_suffix, **event_file_options
        )
        self._default_metadata: dict[str, Any] = {}

    def get_logdir(self) -> str:
        """Returns the directory of the event file."""
        return self.event_writer.get_logdir()

    def add_event(self, event: Any, step: int | None = None, walltime: float | None = None) -> None:
        """Appends an Event message, whose wall_time and step are set first.

        Args:
            event: Any object with wall_time, step and SerializeToString().
            step: An integer in int64. None leaves the event's own.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: Step or wall time are not what they should be, or the event cannot be read back.
            WriterClosedError: The writer is closed.
        """
        step, event.wall_time = self._stamp(step, walltime)
        if step is not None:
            event.step = step
        self.event_writer.add_event(event)

    def add_summary(
        self, summary: Message | bytes, global_step: int | None = None, walltime: float | None = None
    ) -> None:
        """Appends a Summary message, or its bytes, in an event of its own.

        Args:
            summary: Any object with SerializeToString(), from whichever library.
            global_step: An integer in int64. None writes no step.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: Step or wall time are not what they should be.
            WriterClosedError: The writer is closed.
        """
        content = summary if isinstance(summary, bytes) else summary.SerializeToString()
        step, wall_time = self._stamp(global_step, walltime)
        self.event_writer._append(encode_summary_event(content, wall_time, step or 0))

    def _stamp(self, step: int | None, walltime: float | None) -> tuple[int | None, float]:
        if step is None:
            step = self._default_metadata.get("global_step")
        if walltime is None:
            walltime = self._default_metadata.get("walltime")
        return (
            None if step is None else to_step("(event)", step),
            time.time() if walltime is None else to_wall_time("(event)", walltime),
        )

    @contextmanager
    def use_metadata(self, *, global_step: int | None = None, walltime: float | None = None) -> Iterator[None]:
        """Gives events that name no step or wall time of their own these, within a with block.

        Raises:
            ValueError: Neither is given.
            RuntimeError: The block is inside another.
        """
        if global_step is None and walltime is None:
            raise ValueError("use_metadata() needs global_step or walltime")
        if self._default_metadata:
            raise RuntimeError("Default metadata is already set.")
        self._default_metadata = {"global_step": global_step, "walltime": walltime}
        try:
            yield
        finally:
            self._default_metadata = {}

    def flush(self) -> None:
        """As EventFileWriter.flush()."""
        self.event_writer.flush()

    def close(self) -> None:
        """As EventFileWriter.close()."""
        self.event_writer.close()

    def reopen(self) -> None:
        """As EventFileWriter.reopen()."""
        self.event_writer.reopen()


class DummyFileWriter:
    """A FileWriter that writes nothing, for processes that should not."""

    def __init__(self, logdir: str | os.PathLike[str]) -> None:
        self._logdir = os.fsdecode(logdir)

    def get_logdir(self) -> str:
        return self._logdir

    def add_event(self, event: object, step: int | None = None, walltime: float | None = None) -> None:
        pass

    def add_summary(self, summary: object, global_step: int | None = None, walltime: float | None = None) -> None:
        pass

    @contextmanager
    def use_metadata(self, *, global_step: int | None = None, walltime: float | None = None) -> Iterator[None]:
        yield

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def reopen(self) -> None:
        pass
