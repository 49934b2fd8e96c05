"""What both SummaryWriters share: files that open when needed, many numbers at once, flushing, closing, counters."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral
from types import TracebackType
from typing import Any, TypeVar

from tbx_native import _core
from tbx_native._arguments import shown, to_step, to_value, to_wall_time
from tbx_native._curves import Curve, CurveFiles, below_run_directory, check_curve_tag
from tbx_native._engine import Engine, EngineOptions, WriterStats
from tbx_native._histogram_methods import HistogramMethods
from tbx_native._open_writers import remember_open_writer
from tbx_native._run_directory import default_run_directory
from tbx_native.file_writer import DummyFileWriter, FileWriter

Self = TypeVar("Self", bound="RunWriter")


class RunWriter(HistogramMethods, _core.ScalarMethods):
    """The base of both SummaryWriters; `add_scalar` and the like come from its native base."""

    _cleans_tags = True
    _warns_of_nan = True
    _file_writer_class = FileWriter

    def __init__(
        self,
        logdir: str | os.PathLike[str] | None,
        comment: str | None,
        purge_step: int | None,
        max_queue: int,
        flush_secs: float,
        filename_suffix: str,
        write_to_disk: bool,
        log_freq: int,
        options: EngineOptions,
    ) -> None:
        if not isinstance(log_freq, Integral):
            raise TypeError(f"log_freq must be an int, not {type(log_freq).__name__}: {log_freq!r}")
        if not 1 <= log_freq < 2**63:
            raise ValueError(f"log_freq must be at least 1, and fit into 64 bits, not {log_freq!r}")
        self._set_logdir(logdir or default_run_directory(comment))
        self.purge_step = purge_step
        self._unwritten_purge = None if purge_step is None else to_step("(purge_step)", purge_step)
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        self._write_to_disk = write_to_disk
        self._log_freq = log_freq
        self._options = options
        self._engine: Engine | None = None
        self._last_stats = WriterStats()
        self._default_step: int | None = None  # use_metadata()
        self._default_wall_time: float | None = None
        self.file_writer: FileWriter | DummyFileWriter | None = None
        self.all_writers: dict[str, FileWriter | DummyFileWriter] | None = None
        self._curves: dict[tuple[str, str], Curve] = {}  # by (main tag, tag)
        self._curve_files = CurveFiles()
        # Held while files are opened and closed, so that no directory gets two files at once: TensorBoard reads on in
        # the newer one only. Re-entrant, because a signal handler may log.
        self._files_lock = threading.RLock()
        self._configure_scalars(self)
        self._get_file_writer()
        remember_open_writer(self)

    def _configure_scalars(self, scalars: _core.ScalarMethods) -> None:
        scalars._configure(
            discards=not self._write_to_disk,
            cleans_tags=self._cleans_tags,
            warns_of_nan=self._warns_of_nan,
            log_freq=self._log_freq,
        )

    # ---- files ----

    def _set_logdir(self, logdir: Any) -> None:
        self._logdir = logdir
        # A run does not move when the program changes its working directory.
        self._base = None if os.path.isabs(os.fsdecode(logdir)) else os.getcwd()

    def get_logdir(self) -> Any:
        """Returns the run's directory, as it was given."""
        return self._logdir

    def _get_file_writer(self) -> FileWriter | DummyFileWriter:
        """Returns the FileWriter of the run; opens the next file of the directory if there is none."""
        with self._files_lock:
            writer = self.file_writer
            if writer is None or _is_closed(writer):
                writer = self._open_run_file()
            if isinstance(writer, FileWriter):
                self._bind(writer.event_writer._file)
            return writer

    def _open_run_file(self) -> FileWriter | DummyFileWriter:
        directory = os.fsdecode(self._logdir)
        writer: FileWriter | DummyFileWriter
        if self._write_to_disk:
            engine = self._engine or Engine(self._options)
            writer = self._open_file_writer(directory, engine, self._unwritten_purge)
            self._engine = engine
            self._unwritten_purge = None  # once: a file that is opened later must not purge this one's events
        else:
            writer = DummyFileWriter(directory)
        self.all_writers = (self.all_writers or {}) | {directory: writer}
        self.file_writer = writer
        return writer

    def _open_file_writer(self, directory: str, engine: Engine, purge_step: int | None = None) -> FileWriter:
        names_and_habits = (directory, self.max_queue, self.flush_secs, self.filename_suffix)
        return self._file_writer_class(*names_and_habits, engine=engine, purge_step=purge_step, base=self._base)

    def _bind_curve(self, curve: Curve) -> None:
        """Sends `curve` to the open file of its directory; opens the next file there if there is none."""
        with self._files_lock:
            self._get_file_writer()
            if self._engine is None or self.all_writers is None:
                return  # nothing is to be written
            writer = self.all_writers.get(curve.directory)
            if writer is None or _is_closed(writer):
                writer = self._open_file_writer(curve.directory, self._engine)
                self.all_writers[curve.directory] = writer
                self._curve_files.add(curve.directory, writer.event_writer._file.path)
            if isinstance(writer, FileWriter):
                curve._bind(writer.event_writer._file)

    # ---- scalars ----

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Adds one number to each of several curves that TensorBoard draws into one chart.

        Each curve is a run of its own, in a directory below this one.

        Args:
            main_tag: Name of the chart.
            tag_scalar_dict: A mapping from the curves' names to numbers, which are what add_scalar() takes.
            global_step: An integer in int64. None writes no step.
            walltime: Seconds since the Unix epoch. None is now, the same for all curves.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
            OSError: A curve's directory or file cannot be created.
        """
        if not isinstance(main_tag, str):
            raise TypeError(f"tag of add_scalars() must be a str, not {type(main_tag).__name__}: {shown(main_tag)}")
        if not isinstance(tag_scalar_dict, (dict, Mapping)):  # dict: to be told at once
            raise TypeError(
                f"add_scalars() of tag {shown(main_tag)} needs a mapping, not {type(tag_scalar_dict).__name__}"
            )
        step = self._default_step if global_step is None else to_step(main_tag, global_step)
        if step is not None and step % self._log_freq:
            return
        if walltime is not None:
            walltime = to_wall_time(main_tag, walltime)
        elif self._default_wall_time is not None:
            walltime = self._default_wall_time
        else:
            walltime = time.time()
        # All are checked before any is written, or any directory made.
        points = []
        new_curves = {}
        for tag, value in tag_scalar_dict.items():
            curve = self._curves.get((main_tag, tag))
            if curve is None:
                curve = new_curves[main_tag, tag] = self._new_curve(main_tag, tag)
            points.append((curve, value if type(value) is float else to_value(f"{main_tag}/{tag}", value)))
        for curve in new_curves.values():
            self._bind_curve(curve)
        self._curves.update(new_curves)
        for curve, number in points:
            curve.add_scalar(main_tag, number, step, walltime)

    def _new_curve(self, main_tag: str, tag: str) -> Curve:
        check_curve_tag(main_tag, main_tag)
        check_curve_tag(main_tag, tag)
        relative = below_run_directory(self._curve_directory(main_tag, tag), main_tag, tag)
        directory = os.fsdecode(self._logdir)
        curve = Curve(self, os.path.join(directory, relative) if relative else directory)
        self._configure_scalars(curve)
        return curve

    def _curve_directory(self, main_tag: str, tag: str) -> str:
        """The directory of a curve, relative to the run's."""
        raise NotImplementedError

    def export_scalars_to_json(self, path: str | os.PathLike[str]) -> None:
        """Writes what add_scalars() has added since the last export into a JSON file.

        The numbers are read back from the event files: none are kept in memory for this.

        Args:
            path: The file: ``{directory of a curve: [[wall time in seconds, step, value], ...], ...}``. Values are
                the float32 that were written, in their shortest form.

        Raises:
            OSError: The events or the JSON file cannot be written.
        """
        with self._files_lock:
            self.flush()
            self._curve_files.export(path)

    @contextmanager
    def use_metadata(self, *, global_step: int | None = None, walltime: float | None = None) -> Iterator[None]:
        """Gives everything added within a with block this step or wall time, where a call names none of its own.

        Raises:
            ValueError: Neither is given.
            RuntimeError: The block is inside another.
        """
        with self._get_file_writer().use_metadata(global_step=global_step, walltime=walltime):
            self._use_defaults(global_step, walltime)
            try:
                yield
            finally:
                self._use_defaults(None, None)

    def _use_defaults(self, step: int | None, walltime: float | None) -> None:
        self._set_defaults(step, walltime)
        self._default_step = None if step is None else to_step(None, step)
        self._default_wall_time = None if walltime is None else to_wall_time(None, walltime)

    # ---- life ----

    def flush(self) -> None:
        """Everything added before is in its file, and on the device, when this returns.

        Raises:
            OSError: It could not be written. It is kept in memory and tried again.
        """
        engine = self._engine
        if engine is not None:
            engine.core.flush()

    def sync(self) -> None:
        """Another name of flush(), which waits for the device as well."""
        self.flush()

    def close(self) -> None:
        """Flushes and closes all files. A second call does nothing; a later add_* opens the next file.

        Raises:
            OSError: Not everything could be written. It is kept, the writer is still open.
        """
        # Held to the end: who logs meanwhile waits, and then opens the next file.
        with self._files_lock:
            engine = self._engine
            if engine is not None:
                engine.core.close()
                self._last_stats = engine.stats()
                for writer in (self.all_writers or {}).values():
                    if isinstance(writer, FileWriter):
                        writer.event_writer._closed = True
            self._engine = None
            self._bind(None)
            self._curves.clear()
            self.file_writer = None
            self.all_writers = None

    def _after_fork_in_child(self) -> None:
        """A thread that is not in this process may have held it."""
        self._files_lock = threading.RLock()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def stats(self) -> WriterStats:
        """Returns the counters of the queue and its files; after close(), their last values."""
        engine = self._engine
        return self._last_stats if engine is None else engine.stats()

    # ---- called by the native methods ----

    def _report_failure(self) -> None:
        engine = self._engine
        if engine is not None:
            engine.report_failure()

    def _report_dropped(self) -> None:
        engine = self._engine
        if engine is not None:
            engine.report_dropped()


def _is_closed(writer: FileWriter | DummyFileWriter) -> bool:
    return isinstance(writer, FileWriter) and writer.event_writer._closed
