"""FileWriter and EventFileWriter: one event file, fed with protobuf messages."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any, Protocol

from tbx_native._arguments import shown
from tbx_native._core import WriterClosedError, encode_summary_event
from tbx_native._default_metadata import DefaultMetadata
from tbx_native._dummy_file_writer import DummyFileWriter
from tbx_native._engine import Engine, EngineOptions
from tbx_native._open_writers import remember_open_writer
from tbx_native.plugins.graph import graph_event, run_metadata_event

__all__ = ["DummyFileWriter", "EventFileWriter", "FileWriter"]


class Message(Protocol):
    """Any protobuf-like message: what counts is that it can say its bytes."""

    def SerializeToString(self) -> bytes: ...  # protobuf's name


class EventFileWriter:
    """Writes Event messages to a new event file in a directory.

    Args:
        logdir: The directory, created if missing.
        max_queue_size: Accepted for compatibility; the queue is bounded in bytes.
        flush_secs: How often the file is synced to the device.
        filename_suffix: Appended to the file's name.
        engine: The queue to share; by default one of its own.
        purge_step: TensorBoard is asked to forget what the directory has from this step on.
        base: What a relative logdir is relative to; by default the working directory as it is now,
            also for reopen().

    Raises:
        OSError: The directory or the file cannot be created or written.
        ValueError: The directory's name or the suffix cannot be part of a path.
    """

    _source_writer = ""  # name of the writing code, for the first record

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        max_queue_size: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        *,
        engine: Engine | None = None,
        purge_step: int | None = None,
        base: str | None = None,
    ) -> None:
        self._logdir = os.fsdecode(logdir)
        if not isinstance(filename_suffix, str):
            raise TypeError(f"filename_suffix must be a str, not {type(filename_suffix).__name__}")
        if "\0" in self._logdir or "\0" in filename_suffix:
            names = f"{self._logdir!r}, {filename_suffix!r}"
            raise ValueError(f"null character in logdir or filename_suffix: {names}")
        self._directory = os.path.abspath(os.path.join(base or "", self._logdir))
        self._flush_secs = flush_secs
        self._filename_suffix = filename_suffix
        self._owns_engine = engine is None
        self._engine = engine or Engine(EngineOptions(flush_secs=flush_secs))
        self._closed = True
        self._open(purge_step)
        if self._owns_engine:
            remember_open_writer(self)

    def _open(self, purge_step: int | None) -> None:
        self._file = self._engine.core.open_file(
            os.fsencode(self._directory),
            os.fsencode(self._filename_suffix),
            purge_step,
            self._source_writer,
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
            TypeError: It cannot be serialized.
            ValueError: TensorBoard could not read it: it is no Event, or has no finite wall time.
            WriterClosedError: The writer is closed.
        """
        self._append(_serialized(event))

    def _append(self, event: bytes) -> None:
        if self._closed:
            raise WriterClosedError(f"event file writer of {self._logdir!r} is closed")
        if not self._file.append(event):
            self._engine.report_dropped()
        self._engine.report_failure()

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

    def _after_fork_in_child(self) -> None:
        """Nothing: what must not be inherited is the native queue's, which sees to it."""

    def reopen(self) -> None:
        """Goes on in a new file of the same directory after close(); does nothing before."""
        if not self._closed:
            return
        # A queue that was shared may be closed by now, and is its owner's to open again.
        self._engine = Engine(self._engine.options)
        self._open(purge_step=None)
        if not self._owns_engine:
            self._owns_engine = True
            remember_open_writer(self)


class FileWriter(DefaultMetadata):
    """Puts events and summaries, with steps and wall times, into an EventFileWriter.

    Args:
        logdir, max_queue, flush_secs, filename_suffix: As for EventFileWriter.
        **event_file_options: Keyword-only options of EventFileWriter.
    """

    _run_metadata_tag = "profiler"  # under which the graph page shows what a run cost

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        **event_file_options: Any,
    ) -> None:
        super().__init__()
        self.event_writer = self._event_file_writer_class()(
            os.fsdecode(logdir), max_queue, flush_secs, filename_suffix, **event_file_options
        )

    def _event_file_writer_class(self) -> type[EventFileWriter]:
        # A module's global, looked up anew each time: tools replace it to see what is written.
        return EventFileWriter

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
            TypeError, ValueError: Step or wall time are not what they should be, or the event
                cannot be read back.
            WriterClosedError: The writer is closed.
        """
        step, event.wall_time = self._stamp(step, walltime)
        if step is not None:
            event.step = step
        self.event_writer.add_event(event)

    def add_summary(
        self,
        summary: Message | bytes,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Appends a Summary message, or its bytes, in an event of its own.

        Args:
            summary: Any object with SerializeToString(), from whichever library.
            global_step: An integer in int64. None writes no step.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: Step or wall time are not what they should be, or the summary
                cannot be read back.
            WriterClosedError: The writer is closed.
        """
        content = summary if isinstance(summary, bytes) else _serialized(summary)
        step, wall_time = self._stamp(global_step, walltime)
        self.event_writer._append(encode_summary_event(content, wall_time, step or 0))

    def add_graph(
        self, graph_profile: tuple[Message, Message], walltime: float | None = None
    ) -> None:
        """Appends a graph, and what a run of it cost, in two events.

        Args:
            graph_profile: A GraphDef and a RunMetadata message, from whichever library.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: They are no such messages, or the wall time is not finite.
            WriterClosedError: The writer is closed.
        """
        graph, run_metadata = map(_serialized, graph_profile)
        self.add_event(graph_event(graph), None, walltime)
        event = run_metadata_event(self._run_metadata_tag, run_metadata)
        self.add_event(event, None, walltime)

    def add_onnx_graph(self, graph: Message, walltime: float | None = None) -> None:
        """Appends a graph, a GraphDef message, in an event of its own."""
        self.add_event(graph_event(_serialized(graph)), None, walltime)

    def add_openvino_graph(self, graph: Message, walltime: float | None = None) -> None:
        """As add_onnx_graph()."""
        self.add_onnx_graph(graph, walltime)

    def flush(self) -> None:
        """As EventFileWriter.flush()."""
        self.event_writer.flush()

    def close(self) -> None:
        """As EventFileWriter.close()."""
        self.event_writer.close()

    def reopen(self) -> None:
        """As EventFileWriter.reopen()."""
        self.event_writer.reopen()


def _serialized(message: Message) -> bytes:
    if not hasattr(message, "SerializeToString"):
        raise TypeError(f"not a protobuf message: {type(message).__name__}: {shown(message)}")
    return message.SerializeToString()
