"""EventFileWriter: one event file, fed with Event messages."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any, Protocol

from tbx_native import _core
from tbx_native._arguments import shown
from tbx_native._core import WriterClosedError
from tbx_native._engine import Engine, EngineOptions
from tbx_native._logger import logger
from tbx_native._open_writers import patience_to_close, remember_open_writer
from tbx_native._remote_runs import copy_remote_run, local_path, open_remote_run
from tbx_native._run_handles import AttachedFile, NotCopied


class Message(Protocol):
    """Any protobuf-like message: what counts is that it can say its bytes."""

    def SerializeToString(self) -> bytes: ...  # protobuf's name


class EventFileWriter(NotCopied):
    """Writes Event messages to a new event file in a directory.

    Pickled, it is a handle of the file: unpickled in another process it appends to the same one,
    with a queue of its own; what it was before, open or closed, it is there.

    Args:
        logdir: The directory, created if missing; or a URL (s3://, gs://, what fsspec knows), to
            which the file is copied every flush_secs, by flush() and by close().
        max_queue_size: Accepted for compatibility; the queue is bounded in bytes.
        flush_secs: How often the file is synced to the device.
        filename_suffix: Appended to the file's name.
        engine: The queue to share; by default one of its own.
        purge_step: TensorBoard is asked to forget what the directory has from this step on.
        base: What a relative logdir is relative to; by default the working directory as it is now,
            also for reopen().
        attach: An event file to append to, beside the process that has opened it; a new file is
            made only where it is gone.

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
        attach: AttachedFile | None = None,
    ) -> None:
        self._logdir = os.fsdecode(logdir)
        if not isinstance(filename_suffix, str):
            raise TypeError(f"filename_suffix must be a str, not {type(filename_suffix).__name__}")
        if "\0" in self._logdir or "\0" in filename_suffix:
            names = f"{self._logdir!r}, {filename_suffix!r}"
            raise ValueError(f"null character in logdir or filename_suffix: {names}")
        self._directory = os.path.abspath(os.path.join(base or "", local_path(self._logdir)))
        self._flush_secs = flush_secs
        self._filename_suffix = filename_suffix
        self._owns_engine = engine is None
        self._engine = engine or Engine(EngineOptions(flush_secs=flush_secs))
        self._closed = True
        if self._owns_engine:
            open_remote_run(self._logdir, flush_secs)
        self._open(purge_step, attach)
        if self._owns_engine:
            remember_open_writer(self)

    def __getstate__(self) -> dict[str, Any]:
        state = {name: vars(self)[name] for name in vars(self).keys() - {"_engine", "_file"}}
        attach = None if self._closed else self._attached()
        return {**state, "_owns_engine": True, "attach": attach, "options": self._engine.options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        attach, options = state.pop("attach"), state.pop("options")
        vars(self).update(state)
        self._engine = Engine(options)
        if attach is not None:
            self._open(None, attach)
        remember_open_writer(self)

    def _attached(self) -> AttachedFile:
        return AttachedFile(self._file.path, self._file.end)

    def _open(self, purge_step: int | None, attach: AttachedFile | None = None) -> None:
        self._file = self._attach(attach) or self._engine.core.open_file(
            os.fsencode(self._directory),
            os.fsencode(self._filename_suffix),
            purge_step,
            self._source_writer,
        )
        if self._file.recovered_events:
            message = "%d events of a killed process recovered in %s"
            logger().info(message, self._file.recovered_events, self._directory)
        # Where programs look for the file's name: torch's attribute, and tensorboardX's.
        self._file_name = os.path.join(self._logdir, os.path.basename(self._file.path))
        self._ev_writer = SimpleNamespace(_file_name=self._file_name)
        self._closed = False

    def _attach(self, attach: AttachedFile | None) -> _core.EventFile | None:
        if attach is None:
            return None
        try:
            return self._engine.core.attach_file(os.fsencode(attach.path), attach.end)
        except FileNotFoundError:
            return None

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
        self._append(serialized(event))

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
            if self._owns_engine:
                copy_remote_run(self._logdir)

    def _flush_within(self, secs: float) -> None:
        if not self._closed:
            self._engine.core.flush(secs)

    def close(self) -> None:
        """Flushes and closes the file; a second call does nothing.

        Raises:
            OSError: Not everything could be written.
        """
        if self._closed:
            return
        if self._owns_engine:
            self._engine.core.close(patience_to_close())
            copy_remote_run(self._logdir, ends=True)
        else:
            self._file.close()
        self._closed = True

    def _is_open(self) -> bool:
        return not self._closed

    def _after_fork_in_child(self) -> None:
        """Nothing: what must not be inherited is the native queue's, which sees to it."""

    def reopen(self) -> None:
        """Goes on in a new file of the same directory after close(); does nothing before."""
        if not self._closed:
            return
        # A queue that was shared may be closed by now, and is its owner's to open again.
        self._engine = Engine(self._engine.options)
        open_remote_run(self._logdir, self._flush_secs)
        self._open(purge_step=None)
        if not self._owns_engine:
            self._owns_engine = True
            remember_open_writer(self)


def serialized(message: Message) -> bytes:
    """Returns the bytes of a protobuf message, from whichever library."""
    if not hasattr(message, "SerializeToString"):
        raise TypeError(f"not a protobuf message: {type(message).__name__}: {shown(message)}")
    return message.SerializeToString()
