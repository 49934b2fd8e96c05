"""What both SummaryWriters share: files that open when needed, many numbers at once, flushing, closing, counters."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from tbx_native import _core
from tbx_native._arguments import to_step, to_value
from tbx_native._at_exit import close_at_exit
from tbx_native._engine import Engine, EngineOptions, WriterStats
from tbx_native._run_directory import default_run_directory
from tbx_native.file_writer import DummyFileWriter, FileWriter

Self = TypeVar("Self", bound="RunWriter")


class RunWriter(_core.ScalarMethods):
    """The base of both SummaryWriters; `add_scalar` and `log` come from its native base."""

    _cleans_tags = True
    _warns_of_nan = True
    _source_writer = ""

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
        if log_freq < 1:
            raise ValueError(f"log_freq must be at least 1, not {log_freq!r}")
        self._logdir = logdir or default_run_directory(comment)
        self.purge_step = None if purge_step is None else to_step("(purge_step)", purge_step)
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        self._write_to_disk = write_to_disk
        self._log_freq = log_freq
        self._options = options
        self._engine: Engine | None = None
        self._last_stats = WriterStats()
        self.file_writer: FileWriter | DummyFileWriter | None = None
        self.all_writers: dict[str, FileWriter | DummyFileWriter] | None = None
        # One native object per curve of add_scalars(), by (main tag, tag).
        self._curves: dict[tuple[str, str], _core.ScalarMethods] = {}
        self._curve_files: dict[str, list[_ExportedFile]] = {}
        self._configure_scalars(self)
        self._get_file_writer()
        if write_to_disk:
            close_at_exit(self)

    def _configure_scalars(self, scalars: _core.ScalarMethods) -> None:
        scalars._configure(
            discards=not self._write_to_disk,
            cleans_tags=self._cleans_tags,
            warns_of_nan=self._warns_of_nan,
            log_freq=self._log_freq,
        )

    # ---- files ----

    def get_logdir(self) -> Any:
        """Returns the run's directory, as it was given."""
        return self._logdir

    def _get_file_writer(self) -> FileWriter | DummyFileWriter:
        """Returns the FileWriter of the run; opens the next file of the directory if there is none."""
        if self.file_writer is not None:
            return self.file_writer
        if not self._write_to_disk:
            self.file_writer = DummyFileWriter(self._logdir)
        else:
            engine = Engine(self._options)
            file_writer = self._open_file_writer(self._logdir, engine, self.purge_step)
            self._engine, self.file_writer = engine, file_writer
            self._bind(file_writer.event_writer._file)
            self.purge_step = None  # once: a file that is opened later must not purge this one's events
        self.all_writers = {self.file_writer.get_logdir(): self.file_writer}
        return self.file_writer

    def _open_file_writer(
        self, directory: str | os.PathLike[str], engine: Engine, purge_step: int | None = None
    ) -> FileWriter:
        return FileWriter(
            directory,
            self.max_queue,
            self.flush_secs,
            self.filename_suffix,
            engine=engine,
            purge_step=purge_step,
            source_writer=self._source_writer,
        )

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
        if not isinstance(tag_scalar_dict, Mapping):
            raise TypeError(
                f"add_scalars() of tag {main_tag!r} needs a mapping, not {type(tag_scalar_dict).__name__}"
            )
        if walltime is None:
            walltime = time.time()
        points = []
        for tag, value in tag_scalar_dict.items():
            number = value if type(value) is float else to_value(f"{main_tag}/{tag}", value)
            points.append((self._curves.get((main_tag, tag)) or self._open_curve(main_tag, tag), number))
        for curve, number in points:
            curve.add_scalar(main_tag, number, global_step, walltime)

    def _curve_directory(self, main_tag: str, tag: str) -> str:
        raise NotImplementedError

    def _open_curve(self, main_tag: str, tag: str) -> _core.ScalarMethods:
        for text in (main_tag, tag):
            if not isinstance(text, str):
                raise TypeError(f"tags of add_scalars() must be str, not {type(text).__name__}: {text!r}")
        self._get_file_writer()
        curve = _Curve(self)
        self._configure_scalars(curve)
        if self._engine is not None and self.all_writers is not None:
            directory = self._curve_directory(main_tag, tag)
            file_writer = self.all_writers.get(directory)
            if not isinstance(file_writer, FileWriter):
                file_writer = self._open_file_writer(directory, self._engine)
                self.all_writers[directory] = file_writer
                path = file_writer.event_writer._file.path
                self._curve_files.setdefault(directory, []).append(_ExportedFile(path))
            curve._bind(file_writer.event_writer._file)
        self._curves[main_tag, tag] = curve
        return curve

    def export_scalars_to_json(self, path: str | os.PathLike[str]) -> None:
        """Writes what add_scalars() has added since the last export into a JSON file.

        The numbers are read back from the event files: none are kept in memory for this.

        Args:
            path: The file: ``{directory of a curve: [[wall time in seconds, step, value], ...], ...}``. Values are
                the float32 that were written, in their shortest form.

        Raises:
            OSError: The events or the JSON file cannot be written.
        """
        self.flush()
        scalars: dict[str, list[list[float]]] = {}
        for directory, files in self._curve_files.items():
            scalars[directory] = [point for file in files for point in file.new_points()]
        with open(path, "w", encoding="utf-8") as out:
            json.dump(scalars, out)

    @contextmanager
    def use_metadata(self, *, global_step: int | None = None, walltime: float | None = None) -> Iterator[None]:
        """Gives everything added within a with block this step or wall time, where a call names none of its own.

        Raises:
            ValueError: Neither is given.
            RuntimeError: The block is inside another.
        """
        with self._get_file_writer().use_metadata(global_step=global_step, walltime=walltime):
            self._set_defaults(global_step, walltime)
            try:
                yield
            finally:
                self._set_defaults(None, None)

    # ---- life ----

    def flush(self) -> None:
        """Everything added before is in its file, and on the device, when this returns.

        Raises:
            OSError: It could not be written. It is kept in memory and tried again.
        """
        if self._engine is not None:
            self._engine.core.flush()

    def sync(self) -> None:
        """Another name of flush(), which waits for the device as well."""
        self.flush()

    def close(self) -> None:
        """Flushes and closes all files. A second call does nothing; a later add_* opens the next file.

        Raises:
            OSError: Not everything could be written. It is kept, the writer is still open.
        """
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

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def stats(self) -> WriterStats:
        """Returns the counters of the queue and its files; after close(), their last values."""
        return self._last_stats if self._engine is None else self._engine.stats()

    # ---- called by the native methods ----

    def _report_failure(self) -> None:
        if self._engine is not None:
            self._engine.report_failure(stacklevel=3)

    def _report_dropped(self) -> None:
        if self._engine is not None:
            self._engine.report_dropped(stacklevel=3)


class _Curve(_core.ScalarMethods):
    """One curve of add_scalars(): the native methods, bound to the curve's own file."""

    def __init__(self, owner: RunWriter) -> None:
        self._owner = owner

    def _get_file_writer(self) -> None:
        """Nothing: a curve whose file was closed by another thread ends in WriterClosedError."""

    def _report_failure(self) -> None:
        self._owner._report_failure()

    def _report_dropped(self) -> None:
        self._owner._report_dropped()


class _ExportedFile:
    """An event file of add_scalars(), and how many of its scalars were exported already."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._exported = 0

    def new_points(self) -> list[list[float]]:
        points = _core.read_scalars(os.fsencode(self._path))[self._exported :]
        self._exported += len(points)
        return [[wall_time, step, float(str(np.float32(value)))] for wall_time, step, value in points]
