"""The event files of a run: opened when needed, fed from one queue, flushed and closed together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from threading import current_thread, main_thread
from types import TracebackType
from typing import Any, TypeVar

from tbx_native import _core
from tbx_native._arguments import to_step
from tbx_native._curves import Curve, CurveFiles
from tbx_native._encoding_queue import EncodingQueue
from tbx_native._engine import Engine, EngineOptions, WriterStats
from tbx_native._finished_files import FinishedFiles
from tbx_native._last_thread import LivingLock
from tbx_native._open_writers import patience_to_close, remember_open_writer
from tbx_native._remote_runs import copy_remote_run, is_remote, open_remote_run
from tbx_native._run_handles import AttachedFile, RunHandle
from tbx_native.file_writer import DummyFileWriter, FileWriter, is_closed

Self = TypeVar("Self", bound="RunFiles")


class RunFiles(_core.SummaryMethods, RunHandle):
    """The native methods, bound to the open file of a run's directory; and the files of its curves.

    Args:
        logdir: Directory of the run.
        purge_step: TensorBoard is asked to forget what the directory has from this step on.
        max_queue, flush_secs, filename_suffix: As for FileWriter.
        write_to_disk: False opens nothing.
        options: Of the queue.
    """

    _file_writer_class: type[FileWriter] = FileWriter
    _intercepting: FileWriter  # what events go through, where a tool wants to see them
    # Held while files are opened and closed, so that no directory gets two files at once:
    # TensorBoard reads on in the newer one only. Re-entrant, because a signal handler may log.
    _files_lock = LivingLock()

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        purge_step: int | None,
        max_queue: int,
        flush_secs: float,
        filename_suffix: str,
        write_to_disk: bool,
        options: EngineOptions,
    ) -> None:
        self._set_logdir(logdir)
        self.purge_step = purge_step
        self._unwritten_purge = None if purge_step is None else to_step("(purge_step)", purge_step)
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        self._write_to_disk = write_to_disk
        self._options = options
        if options.flush_on_sigterm:
            from tbx_native._sigterm import flush_at_sigterm  # few ask, all would pay

            flush_at_sigterm()
        self._files_to_attach: dict[str, AttachedFile] = {}  # of another process, by directory
        self._begin()
        self._get_file_writer()

    def _begin(self) -> None:
        self._engine: Engine | None = None
        self._encodings = EncodingQueue(self._options.encoder_bytes)
        self._last_stats = WriterStats()
        self.file_writer: FileWriter | DummyFileWriter | None = None
        self.all_writers: dict[str, FileWriter | DummyFileWriter] | None = None
        self._curves: dict[tuple[str, str], Curve] = {}  # by (main tag, tag)
        self._curve_files = CurveFiles()
        self._finished_files = FinishedFiles()
        self._files_lock = threading.RLock()
        remember_open_writer(self)

    # ---- other processes ----

    def __getstate__(self) -> dict[str, Any]:
        with self._files_lock:
            state = self._portable_state()
            state["_files_to_attach"] = self._files_to_attach | {
                directory: writer.event_writer._attached()
                for directory, writer in (self.all_writers or {}).items()
                if isinstance(writer, FileWriter) and not is_closed(writer)
            }
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._unwritten_purge = None  # the first process's to write
        if self._options.flush_on_sigterm and current_thread() is main_thread():
            from tbx_native._sigterm import flush_at_sigterm

            flush_at_sigterm()
        self._begin()

    def _attach_again(self, state: dict[str, Any]) -> None:
        if self._engine is None:
            self._files_to_attach = state["_files_to_attach"]

    # ---- opening ----

    def _set_logdir(self, logdir: Any) -> None:
        self._logdir = logdir
        # A run does not move when the program changes its working directory.
        path = os.fsdecode(logdir)
        self._base = None if os.path.isabs(path) or is_remote(path) else os.getcwd()

    def get_logdir(self) -> Any:
        """Returns the run's directory, as it was given."""
        return self._logdir

    def _get_file_writer(self) -> FileWriter | DummyFileWriter:
        """Returns the run's FileWriter; opens the next file of the directory if there is none."""
        with self._files_lock:
            writer = self.file_writer
            if writer is None or is_closed(writer):
                writer = self._open_run_file()
            if isinstance(writer, FileWriter):
                _bind(self, writer)
            return writer

    def _open_run_file(self) -> FileWriter | DummyFileWriter:
        directory = os.fsdecode(self._logdir)
        writer: FileWriter | DummyFileWriter
        if self._write_to_disk:
            engine = self._engine
            if engine is None or engine.core.closed:
                engine = Engine(self._options)
            open_remote_run(directory, self.flush_secs)
            writer = self._open_file_writer(directory, engine, self._unwritten_purge)
            self._engine = engine
            # Once: a file that is opened later must not purge the events of this one.
            self._unwritten_purge = None
        else:
            writer = DummyFileWriter(directory)
        self.all_writers = (self.all_writers or {}) | {directory: writer}
        self.file_writer = writer
        return writer

    def _open_file_writer(
        self, directory: str, engine: Engine, purge_step: int | None = None
    ) -> FileWriter:
        habits = (self.max_queue, self.flush_secs, self.filename_suffix)
        options: dict[str, Any] = {"engine": engine, "purge_step": purge_step, "base": self._base}
        if directory in self._files_to_attach:  # else not named, for tools that know no such option
            options["attach"] = self._files_to_attach.pop(directory)
        return self._file_writer_class(directory, *habits, **options)

    def _bind_curve(self, curve: Curve) -> None:
        """Sends `curve` to the open file of its directory; opens the next one if there is none."""
        with self._files_lock:
            self._get_file_writer()
            if self._engine is None or self.all_writers is None:
                return  # nothing is to be written
            writer = self.all_writers.get(curve.directory)
            if writer is None or is_closed(writer):
                writer = self._open_file_writer(curve.directory, self._engine)
                self.all_writers[curve.directory] = writer
                self._curve_files.add(curve.directory, writer.event_writer._file.path)
            if isinstance(writer, FileWriter):
                _bind(curve, writer)

    def _hand_over(self, event: bytes) -> None:
        self._get_file_writer()  # the next one, where somebody has closed the FileWriter itself
        self._intercepting._take(event)

    def _write_run(self, directory: str, write: Callable[[_core.SummaryMethods], None]) -> None:
        """Has `write` fill a run in a directory below, whose file is closed thereafter.

        Closed by another thread, because that waits for the device. Where the directory has an open
        file, that of this run or of a curve, what is written goes into it.
        """
        run = Curve(self, directory)
        # To the end: nobody closes the writer between the first event of the run and the last.
        with self._files_lock:
            self._get_file_writer()
            if self._engine is None or self.all_writers is None:
                return  # nothing is to be written
            if directory in self.all_writers:
                self._bind_curve(run)
                write(run)
                return
            if self._finished_files.has_one_in(directory):
                # TensorBoard goes on to a directory's next file as soon as there is one.
                self._engine.core.flush()
            writer = self._open_file_writer(directory, self._engine)
            _bind(run, writer)
            try:
                write(run)
            finally:
                self._finished_files.add(writer)

    # ---- flushing and closing ----

    def flush(self) -> None:
        """Everything added before is in its file, and on the device, when this returns.

        Raises:
            OSError: It could not be written. It is kept in memory and tried again.
        """
        self._encodings.wait()
        self._flush_files()
        copy_remote_run(os.fsdecode(self._logdir))

    def _flush_files(self) -> None:
        if (engine := self._engine) is not None:
            engine.core.flush()
            engine.report_failure()

    def _flush_within(self, secs: float) -> None:
        self._encodings.wait(secs)
        if (engine := self._engine) is not None:
            engine.core.flush(secs)

    def sync(self) -> None:
        """Another name of flush(), which waits for the device as well."""
        self.flush()

    def close(self) -> None:
        """Flushes and closes all files. A second call does nothing; a later add_* opens the next.

        Raises:
            OSError: Not everything could be written. It is kept, the writer is still open.
        """
        patience = patience_to_close()
        self._encodings.wait(patience)
        # Held to the end: who logs meanwhile waits, and then opens the next file.
        with self._files_lock:
            engine = self._engine
            if engine is not None:
                engine.core.close(patience)
                self._last_stats = engine.stats()
                for writer in (self.all_writers or {}).values():
                    if isinstance(writer, FileWriter):
                        writer.event_writer._closed = True
            self._engine = None
            self._bind(None)
            self._curves.clear()
            self.file_writer = None
            self.all_writers = None
            copy_remote_run(os.fsdecode(self._logdir), ends=True)
        if engine is not None:
            engine.report_failure()

    def _is_open(self) -> bool:
        return self.file_writer is not None or not self._encodings.is_empty

    def _after_fork_in_child(self) -> None:
        """Replaces the locks: a thread that is not in this process may have held them."""
        self._files_lock = threading.RLock()
        # What the parent has added and not encoded yet, it will.
        self._encodings = EncodingQueue(self._options.encoder_bytes)
        self._finished_files = FinishedFiles()
        if self._engine is not None:
            self._engine.after_fork_in_child()
        # The next add_* comes by _get_file_writer(), where the child gets a queue file of its own.
        self._bind(None)
        for curve in self._curves.values():
            curve._bind(None)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def stats(self) -> WriterStats:
        """Returns the counters of the queue and its files; after close(), their last values."""
        engine = self._engine
        return self._last_stats if engine is None else engine.stats()

    # ---- called by the native methods ----

    def _report_failure(self) -> None:
        if (engine := self._engine) is not None:
            engine.report_failure()

    def _report_dropped(self) -> None:
        if (engine := self._engine) is not None:
            engine.report_dropped()


def _bind(methods: RunFiles | Curve, writer: FileWriter) -> None:
    if writer._is_intercepted():
        methods._intercepting = writer
        methods._intercept()
    else:
        methods._bind(writer.event_writer._file)
