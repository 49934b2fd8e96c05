"""What both SummaryWriters share, besides their files: many numbers at once, metadata, export."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral
from typing import Any

from tbx_native import _core
from tbx_native._arguments import shown, to_step, to_value, to_wall_time
from tbx_native._audio_methods import AudioMethods
from tbx_native._curves import Curve, below_run_directory, check_curve_tag
from tbx_native._embedding_methods import EmbeddingMethods
from tbx_native._encoding_queue import Encoding
from tbx_native._engine import EngineOptions, check_type
from tbx_native._graph_methods import GraphMethods
from tbx_native._histogram_methods import HistogramMethods
from tbx_native._hparams_methods import HParamsMethods
from tbx_native._image_methods import ImageMethods
from tbx_native._layout_methods import LayoutMethods
from tbx_native._run_directory import default_run_directory
from tbx_native._run_files import RunFiles
from tbx_native._tensor_methods import TensorMethods


# RunFiles first, and in it the native base: at every call of writer.add_scalar() CPython goes
# through these, one by one, until it has found the class that add_scalar is of.
class RunWriter(
    RunFiles,
    AudioMethods,
    EmbeddingMethods,
    GraphMethods,
    HistogramMethods,
    HParamsMethods,
    ImageMethods,
    LayoutMethods,
    TensorMethods,
):
    """The base of both SummaryWriters; `add_scalar` and the like come from its native base."""

    _cleans_tags = True
    _warns_of_nan = True

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
        check_type("log_freq", log_freq, Integral, "number of steps")
        if not 1 <= log_freq < 2**63:
            raise ValueError(f"log_freq must be at least 1 and fit into 64 bits, not {log_freq!r}")
        self._write_to_disk = write_to_disk
        self._log_freq = log_freq
        self._default_step: int | None = None  # use_metadata()
        self._default_wall_time: float | None = None
        self._configure_methods(self, log_freq)
        directory = logdir or default_run_directory(comment)
        super().__init__(
            directory, purge_step, max_queue, flush_secs, filename_suffix, write_to_disk, options
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._configure_methods(self, self._log_freq)
        self._use_defaults(None, None)  # those of a with block in the other process

    def _configure_methods(self, methods: _core.SummaryMethods, log_freq: int) -> None:
        methods._configure(
            discards=not self._write_to_disk,
            cleans_tags=self._cleans_tags,
            warns_of_nan=self._warns_of_nan,
            log_freq=log_freq,
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
            tag_scalar_dict: A mapping from the curves' names to numbers, which are what
                add_scalar() takes.
            global_step: An integer in int64. None writes no step.
            walltime: Seconds since the Unix epoch. None is now, the same for all curves.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
            OSError: A curve's directory or file cannot be created.
        """
        if not isinstance(main_tag, str):
            check_curve_tag(main_tag, main_tag)
        if not isinstance(tag_scalar_dict, (dict, Mapping)):  # dict: to be told at once
            kind = type(tag_scalar_dict).__name__
            raise TypeError(f"add_scalars() of tag {shown(main_tag)} needs a mapping, not {kind}")
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
            number = value if type(value) is float else to_value(f"{main_tag}/{tag}", value)
            points.append((curve, number))
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
        self._configure_methods(curve, self._log_freq)
        return curve

    def _curve_directory(self, main_tag: str, tag: str) -> str:
        """The directory of a curve, relative to the run's."""
        raise NotImplementedError

    def export_scalars_to_json(self, path: str | os.PathLike[str]) -> None:
        """Writes what add_scalars() has added since the last export into a JSON file.

        The numbers are read back from the event files: none are kept in memory for this.

        Args:
            path: The file: ``{directory of a curve: [[wall time in seconds, step, value], ...]}``.
                Values are the float32 that were written, in their shortest form.

        Raises:
            OSError: The events or the JSON file cannot be written.
        """
        with self._files_lock:
            # Not flush(): what is being encoded may need the lock to open a file.
            self._flush_files()
            self._curve_files.export(path)

    # ---- what is encoded after the call ----

    def _encode_later(
        self, tag: object, encoding: Encoding, global_step: int | None, walltime: float | None
    ) -> None:
        """Adds a Summary that another thread encodes; its event says when it was added."""
        step = self._default_step if global_step is None else to_step(tag, global_step)
        if walltime is not None:
            wall_time = to_wall_time(tag, walltime)
        elif self._default_wall_time is not None:
            wall_time = self._default_wall_time
        else:
            wall_time = time.time()
        self._do_later(
            tag, step, encoding, lambda summary: self._append_summary(tag, summary, step, wall_time)
        )

    def _do_later(
        self,
        tag: object,
        step: int | None,
        encoding: Encoding,
        deliver: Callable[[bytes], None],
    ) -> None:
        """Has another thread encode something, and hand it to `deliver` in the order of the calls.

        What goes wrong there is told of by a later call, with this tag and step.
        """
        if not self._write_to_disk:
            return
        engine = self._engine
        is_well = engine is not None and self._is_well()
        if not is_well:
            with self._files_lock:  # or another thread closes the file before the engine is seen
                self._get_file_writer()
                engine = self._engine
        if engine is None:
            return
        has_room = self._encodings.add(
            encoding,
            deliver,
            lambda cause: engine.encoding_failed(tag, step, cause),
            waits=self._options.overflow == "block",
        )
        if not has_room:
            engine.encoding_dropped()
        if not is_well:
            engine.report_failure()

    # ---- metadata ----

    @contextmanager
    def use_metadata(
        self, *, global_step: int | None = None, walltime: float | None = None
    ) -> Iterator[None]:
        """Gives everything added within a with block this step or wall time.

        What a call says itself comes first.

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
