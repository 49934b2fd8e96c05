"""Scalars as tables: a row for each point, or for each step with a column for each tag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tbx_native.event_reader import Scalars

Curve = tuple[str, str, "Scalars"]  # run, tag, points
Table = dict[str, NDArray[Any]]


class ScalarSource(Protocol):
    """What an EventReader has."""

    def runs(self) -> list[str]: ...
    def tags(self, run: str | None = None) -> dict[str, list[str]]: ...
    def scalars(self, tag: str, run: str | None = None) -> Scalars: ...


def all_curves(source: ScalarSource) -> list[Curve]:
    """Every run's tags."""
    return [
        (run, tag, source.scalars(tag, run))
        for run in source.runs()
        for tag in source.tags(run)["scalars"]
    ]


def long_table(curves: Sequence[Curve]) -> Table:
    """The columns run, tag, step, wall_time and value, with a row for each point."""
    counts = [len(points.steps) for _, _, points in curves]
    return {
        "run": np.repeat(np.array([run for run, _, _ in curves], object), counts),
        "tag": np.repeat(np.array([tag for _, tag, _ in curves], object), counts),
        "step": _joined([points.steps for _, _, points in curves], np.int64),
        "wall_time": _joined([points.wall_times for _, _, points in curves], np.float64),
        "value": _joined([points.values for _, _, points in curves], np.float32),
    }


def wide_table(curves: Sequence[Curve]) -> Table:
    """The columns run, step and one for each tag, NaN where a run has no value at a step.

    Where a tag has several values at a step, the last counts.

    Raises:
        ValueError: A tag is called "run" or "step".
    """
    by_run: dict[str, list[Curve]] = {}
    for curve in curves:
        by_run.setdefault(curve[0], []).append(curve)
    tags = list(dict.fromkeys(tag for _, tag, _ in curves))
    if taken := {"run", "step"} & set(tags):
        raise ValueError(f"a wide table cannot have the tag {min(taken)!r} as a column")
    parts = []
    for run, of_run in by_run.items():
        steps = np.unique(np.concatenate([points.steps for _, _, points in of_run]))
        part: Table = {"run": np.full(len(steps), run, object), "step": steps}
        for tag in tags:
            part[tag] = np.full(len(steps), np.nan)
        for _, tag, points in of_run:
            part[tag][np.searchsorted(steps, points.steps)] = points.values
        parts.append(part)
    types = {"run": object, "step": np.int64}
    return {
        name: _joined([part[name] for part in parts], types.get(name, np.float64))
        for name in ("run", "step", *tags)
    }


def as_pandas(table: Table) -> Any:
    """A pandas.DataFrame; runs and tags are categories, which take a byte or two a row."""
    pandas = _required("pandas")
    columns = {
        name: pandas.Categorical(column) if column.dtype == object else column
        for name, column in table.items()
    }
    return pandas.DataFrame(columns)


def as_arrow(table: Table) -> Any:
    """A pyarrow.Table; runs and tags are dictionaries."""
    pyarrow = _required("pyarrow")
    columns = {
        name: pyarrow.array(column, pyarrow.string()).dictionary_encode()
        if column.dtype == object
        else pyarrow.array(column)
        for name, column in table.items()
    }
    return pyarrow.table(columns)


def _required(package: str) -> Any:
    import importlib

    try:
        return importlib.import_module(package)
    except ImportError as error:
        message = f'this needs {package}: pip install "tbx_native[export]"'
        raise ImportError(message) from error


def _joined(columns: list[NDArray[Any]], empty: Any) -> NDArray[Any]:
    return np.concatenate(columns) if columns else np.empty(0, empty)
