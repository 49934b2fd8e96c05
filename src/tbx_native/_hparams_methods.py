"""Hyperparameters of both SummaryWriters."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tbx_native._arguments import shown, to_step, to_value
from tbx_native._curves import below_run_directory
from tbx_native._remote_runs import is_remote
from tbx_native._summary_sink import SummarySink
from tbx_native.plugins.hparams import hparams

if TYPE_CHECKING:
    from collections.abc import Callable

    from tbx_native import _core


class HParamsMethods(SummarySink):
    """Mixed into RunWriter."""

    # Where the APIs differ in what they write.
    _writes_bools_as_numbers = False
    _stamps_hparams = False

    if TYPE_CHECKING:
        _default_step: int | None
        _default_wall_time: float | None
        _base: str | None

        def _configure_methods(self, methods: _core.SummaryMethods, log_freq: int) -> None: ...
        def _write_run(
            self, directory: str, write: Callable[[_core.SummaryMethods], None]
        ) -> None: ...

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        name: str | None = None,
        global_step: int | None = None,
        *,
        hparam_domain_discrete: Mapping[str, Sequence[Any]] | None = None,
        run_name: str | None = None,
    ) -> None:
        """Adds hyperparameters and what came of them, as a row of TensorBoard's hparams page.

        A row is a run of its own, in a directory below this one, unless the name is "" or ".":
        then this run is the row.

        Args:
            hparam_dict: Hyperparameters by name: numbers, arrays and tensors of one element, bools
                and strs as such; None is left out; everything else is written as text.
            metric_dict: Metrics by name: numbers, which are what add_scalar() takes.
            name: Directory of the row's run. None is the time, in seconds since the Unix epoch.
            global_step: Step of the metrics, an integer in int64. None writes no step.
            hparam_domain_discrete: Lists of all values that a hyperparameter may have, by its name.
            run_name: Another name of name, which wins if both are given.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
            OSError: The run's directory or file cannot be created.
        """
        run = name if name is not None else run_name
        self._add_row(hparam_dict, metric_dict, hparam_domain_discrete, run, global_step)

    def _add_row(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        domains: Mapping[str, Sequence[Any]] | None,
        name: str | None,
        global_step: int | None,
    ) -> None:
        if not isinstance(hparam_dict, Mapping) or not isinstance(metric_dict, Mapping):
            kinds = f"{type(hparam_dict).__name__} and {type(metric_dict).__name__}"
            raise TypeError(f"hparam_dict and metric_dict should be dictionary, not {kinds}")
        directory = self._row_directory(str(time.time()) if name is None else name)
        step = self._default_step if global_step is None else to_step(name, global_step)
        # By the tags that the scalars get: under another the page would look for them in vain.
        metrics = {self._written_tag(tag): to_value(tag, metric_dict[tag]) for tag in metric_dict}
        summaries = hparams(
            hparam_dict, metrics, domains, bools_as_numbers=self._writes_bools_as_numbers
        )
        if not self._write_to_disk:
            return
        contents = [summary.SerializeToString() for summary in summaries]
        wall_time = self._default_wall_time

        def write(run: _core.SummaryMethods) -> None:
            self._configure_methods(run, log_freq=1)
            for content in contents:
                run._append_summary(
                    None, content, step if self._stamps_hparams else None, wall_time
                )
            for tag, value in metrics.items():
                run.add_scalar(tag, value, step, wall_time)

        self._write_run(directory, write)

    def _row_directory(self, name: object) -> str:
        """The directory called `name`, seen from this run's: mostly one below it."""
        if not isinstance(name, (str, os.PathLike)):
            raise TypeError(f"name of hparams must be a str, not {type(name).__name__}: {name!r}")
        relative = os.fspath(name)
        if not isinstance(relative, str) or "\0" in relative:
            raise ValueError(
                f"hparams cannot be named {shown(relative)}: it is no directory's name"
            )
        logdir = os.fsdecode(self.get_logdir())
        if os.path.isabs(relative):
            # Programs name the run itself, or one below, by its real path.
            run = os.path.realpath(os.path.join(self._base or "", logdir))
            relative = os.path.relpath(os.path.realpath(relative), run)
        if not is_remote(logdir) and os.path.normpath(relative).split(os.sep)[0] == os.pardir:
            return os.path.join(logdir, os.fspath(name))  # anywhere else, as both APIs do
        relative = below_run_directory(relative, str(name))
        return os.path.join(logdir, relative) if relative else logdir
