"""Draws the rows of a report as PNG and SVG, a picture for each command; needs matplotlib."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from math import ceil, floor, log10
from pathlib import Path
from typing import Any, Final

from benchmarks.python.rivals import ALL
from benchmarks.python.table import shown

Row = Mapping[str, Any]  # of table.rows_of()

# Okabe and Ito's colours, which people with any kind of colour vision can tell apart.
_COLORS: Final = dict(
    zip(
        (rival.name for rival in ALL),
        ("#0072b2", "#000000", "#d55e00", "#e69f00", "#cc79a7", "#009e73", "#56b4e9", "#f0e442"),
        strict=True,
    )
)
# What an axis is in, so that it can have prefixes, and how many of them a unit of the table is.
_AXES: Final = {"ns": ("s", 1e-9), "1/s": ("/s", 1.0), "GB/s": ("B/s", 1e9), "%": ("%", 1.0)}
_WIDTH_INCHES: Final = 8.0
_CURVE_INCHES: Final = 2.2
_BAR_INCHES: Final = 0.13


def write_plots(rows: Sequence[Row], directory: Path) -> list[Path]:
    """Draws what is compared and what makes a curve; returns the files.

    Raises:
        ImportError: matplotlib is not installed.
    """
    figure_class = importlib.import_module("matplotlib.figure").Figure
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    for command, of_command in groupby(rows, key=lambda row: row["command"]):
        panels = _panels(of_command)
        if not panels:
            continue
        heights = [_height(panel) for panel in panels]
        figure = figure_class(figsize=(_WIDTH_INCHES, sum(heights)), layout="constrained")
        all_axes = figure.subplots(len(panels), squeeze=False, height_ratios=heights)[:, 0]
        for axes, panel in zip(all_axes, panels, strict=True):
            (_draw_bars if panel[0]["at"] is None else _draw_curves)(axes, panel)
        labelled = [axes.get_legend_handles_labels() for axes in all_axes]
        legend = {label: line for lines in labelled for line, label in zip(*lines, strict=True)}
        figure.legend(legend.values(), legend.keys(), loc="outside upper center", ncols=4)
        for suffix in ("png", "svg"):
            files.append(directory / f"{command}.{suffix}")
            figure.savefig(files[-1], dpi=150)
    return files


def _panels(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows that share their axes: a question's curve, or a command's bars of one unit."""
    panels: dict[object, list[Row]] = {}
    for row in rows:
        if any(row["medians"].values()) and row["compared"]:
            key = row["unit"] if row["at"] is None else row["question"]
            panels.setdefault(key, []).append(row)
    return list(panels.values())


def _values(row: Row) -> dict[str, float]:
    """By contender, in the axis' unit; those that have answered."""
    _, factor = _AXES[row["unit"]]
    return {name: value * factor for name, value in row["medians"].items() if value}


def _height(panel: Sequence[Row]) -> float:
    if panel[0]["at"] is not None:
        return _CURVE_INCHES
    return 1.0 + _BAR_INCHES * sum(len(_values(row)) + 1 for row in panel)


def _set_up(axis: Any, panel: Sequence[Row]) -> None:
    """A logarithmic axis of values, with its unit at every power of ten, of which it has two."""
    ticker = importlib.import_module("matplotlib.ticker")
    unit, _ = _AXES[panel[0]["unit"]]
    percents = ticker.FuncFormatter(lambda value, _: f"{value:g} %")
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_major_formatter(percents if unit == "%" else ticker.EngFormatter(unit))
    axis.set_minor_formatter(ticker.NullFormatter())
    axis.grid(alpha=0.3)
    values = [value for row in panel for value in _values(row).values()]
    # Bars have a length also where all are of one size.
    axis.axes.set(
        **{
            f"{axis.axis_name}lim": (
                10 ** floor(log10(min(values) / 2)),
                10 ** ceil(log10(max(values) * 2)),
            )
        }
    )


def _draw_curves(axes: Any, panel: Sequence[Row]) -> None:
    for name in panel[0]["medians"]:
        points = [(row["at"], _values(row)[name]) for row in panel if name in _values(row)]
        if points:
            axes.plot(*zip(*points, strict=True), "o-", color=_COLORS[name], label=name)
    axes.set_xscale("log")
    axes.set_title(panel[0]["label"], loc="left", fontsize="medium")
    axes.set_xticks([row["at"] for row in panel], [f"{row['at']:,.0f}" for row in panel])
    axes.xaxis.set_minor_locator(importlib.import_module("matplotlib.ticker").NullLocator())
    _set_up(axes.yaxis, panel)


def _draw_bars(axes: Any, panel: Sequence[Row]) -> None:
    """From the top: the rows, and in each the contenders."""
    position = 0
    ticks, labels = [], []
    for row in panel:
        values = _values(row)
        ticks.append(position + (len(values) - 1) / 2)
        labels.append(row["label"].strip())
        for name, value in values.items():
            (bar,) = axes.barh(position, value, color=_COLORS[name], label=name)
            text = shown(row["medians"][name], row["unit"])
            axes.annotate(
                text,
                (value, bar.get_y() + bar.get_height() / 2),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=6,
            )
            position += 1
        position += 1
    axes.set_yticks(ticks, labels, fontsize="small")
    axes.margins(y=0.02)
    axes.invert_yaxis()
    axes.set_axisbelow(True)
    _set_up(axes.xaxis, panel)
