"""The report: a row per metric, a column per contender, and how tbx_native meets its targets."""

from collections.abc import Container, Sequence
from itertools import groupby
from statistics import median
from typing import Any

from benchmarks.python.question import Metric, Unit
from benchmarks.python.rivals import ALL
from benchmarks.python.rounds import Answers

OURS = "tbx_native"
# What ratios are to: among those who write, and among those who read.
YARDSTICKS = ("tensorboardX", "EventAccumulator")

_MORE_IS_BETTER: tuple[Unit, ...] = ("1/s", "GB/s")
_NS_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
_RATE_UNITS = ((1e6, "M/s"), (1e3, "k/s"), (1.0, "/s"))


def shown(value: float, unit: Unit) -> str:
    """`value` with three digits and a unit of readable size."""
    if unit in ("ns", "1/s"):
        units = _NS_UNITS if unit == "ns" else _RATE_UNITS
        factor, name = next((pair for pair in units if abs(value) >= pair[0]), units[-1])
        return f"{_three_digits(value / factor)} {name}"
    if unit in ("GB/s", "x"):
        return f"{_three_digits(value)} {unit}"
    if unit == "%" and abs(value) < 10:
        return f"{value:.2f} %"
    return f"{value:.0f}" if unit == "threads" else f"{value:.1f} {unit}"


def _three_digits(value: float) -> str:
    return f"{value:.{max(0, 2 - (len(str(int(abs(value)))) - 1))}f}"


def target_text(metric: Metric) -> str:
    """What tbx_native must reach."""
    parts = []
    if metric.at_most is not None:
        parts.append(f"<= {shown(metric.at_most, metric.unit)}")
    if metric.at_least is not None:
        parts.append(f">= {shown(metric.at_least, metric.unit)}")
    if metric.times_tensorboardx is not None:
        whom = "" if metric.target_of is None else f" {metric.target_of}"
        parts.append(f">= {metric.times_tensorboardx:.0f}x{whom}")
    return ", ".join(parts)


def times_as_fast(metric: Metric, value: float, yardstick: float | None) -> float | None:
    """How many times as fast as the yardstick."""
    if yardstick is None or not metric.compared or value == 0 or yardstick == 0:
        return None
    return value / yardstick if metric.unit in _MORE_IS_BETTER else yardstick / value


def is_met(metric: Metric, value: float | None, yardstick: float | None) -> bool | None:
    """Whether tbx_native's `value` meets all targets; None if there are none, or no answer."""
    if not target_text(metric) or value is None:
        return None
    met = [
        metric.at_most is None or value <= metric.at_most,
        metric.at_least is None or value >= metric.at_least,
    ]
    if metric.times_tensorboardx is not None:
        ratio = times_as_fast(metric, value, yardstick)
        if ratio is None:
            return None if all(met) else False
        met.append(ratio >= metric.times_tensorboardx)
    return all(met)


def yardstick_of(names: Container[str]) -> str:
    """To whom ratios are where `names` are asked."""
    return next((name for name in YARDSTICKS if name in names), "")


def rows_of(answers: Sequence[Answers], judged: bool) -> list[dict[str, Any]]:
    """Every metric with its medians, as the JSON has them and the table shows them.

    Args:
        answers: Of all contenders to all questions.
        judged: Whether the times mean anything, so that targets can be met or missed.
    """
    by_question: dict[tuple[str, str], dict[str, Answers]] = {}
    for answer in answers:
        key = (answer.command, answer.question.name)
        by_question.setdefault(key, {})[answer.rival.name] = answer
    rows = []
    for (command, _), by_rival in by_question.items():
        question = next(iter(by_rival.values())).question
        for metric in question.metrics:
            medians = {name: answer.median(metric.key) for name, answer in by_rival.items()}
            yardstick = medians.get(yardstick_of(medians))
            rival = yardstick if metric.target_of is None else medians.get(metric.target_of)
            rows.append(
                {
                    "command": command,
                    "question": question.name,
                    "metric": metric.key,
                    "label": metric.label,
                    "unit": metric.unit,
                    "at": metric.at,
                    "compared": metric.compared,
                    "medians": medians,
                    "times_tensorboardx": {
                        name: None if value is None else times_as_fast(metric, value, yardstick)
                        for name, value in medians.items()
                    },
                    "target": target_text(metric),
                    "met": is_met(metric, medians.get(OURS), rival) if judged else None,
                    "cells": {
                        name: _cell(metric, answer, yardstick) for name, answer in by_rival.items()
                    },
                }
            )
    return rows


def _cell(metric: Metric, answer: Answers, yardstick: float | None) -> list[str]:
    """A value, for tbx_native its range over the runs, and the ratio."""
    failure = answer.failure
    if failure is not None:
        return [failure["status"], "", ""]
    values = answer.values(metric.key)
    value = answer.median(metric.key)
    if value is None:
        return ["-", "", ""]
    spread = f"{shown(min(values), metric.unit)} - {shown(max(values), metric.unit)}"
    ratio = times_as_fast(metric, value, yardstick)
    return [shown(value, metric.unit), spread, "" if ratio is None else f"{_ratio(ratio)}x"]


def _ratio(ratio: float) -> str:
    return f"{ratio:.{0 if ratio >= 10 else 1 if ratio >= 1 else 2}f}"


def table_text(rows: Sequence[dict[str, Any]]) -> str:
    """The rows with aligned columns; those of readers below, with a header of their own."""
    groups = groupby(rows, key=lambda row: yardstick_of(row["cells"]))
    return "\n\n".join(_group_text(list(group)) for _, group in groups)


def _group_text(rows: Sequence[dict[str, Any]]) -> str:
    names = [rival.name for rival in ALL if any(rival.name in row["cells"] for row in rows)]
    header = ["workload"]
    for name in names:
        header += [name] + (["(lowest - highest run)"] if name == OURS else [])
        header += [] if name in YARDSTICKS else ["ratio"]
    lines = [[*header, "target", "met"]]
    for row in rows:
        line = [row["label"]]
        for name in names:
            value, spread, ratio = row["cells"].get(name, ("", "", ""))
            line += [value] + ([spread] if name == OURS else [])
            line += [] if name in YARDSTICKS else [ratio]
        lines.append([*line, row["target"], {True: "yes", False: "NO", None: ""}[row["met"]]])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, len(widths) - 2) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def notes_of(answers: Sequence[Answers]) -> list[str]:
    """Why cells are empty."""
    notes = []
    for answer in answers:
        failure = answer.failure
        if failure is None:
            continue
        if failure["status"] == "missing":
            note = f"{answer.rival.name} is missing ({failure['reason']}): {answer.rival.install}"
        else:
            what = f"{failure['status']}, {failure['reason']}"
            note = f"{answer.rival.name}, {answer.question.name}: {what}"
        if note not in notes:
            notes.append(note)
    return notes


def pace_of(answers: Sequence[Answers]) -> dict[str, Any]:
    """How fast the machine was: its best, and what share of that each command of ours had."""
    best = min((ns for answer in answers for ns in _loops(answer)), default=0.0)
    ours: dict[str, list[float]] = {}
    for answer in answers:
        if answer.rival.name == OURS:
            ours.setdefault(answer.command, []).extend(_loops(answer))
    return {
        "best_loop_ns": best,
        "shares": {command: best / median(loops) for command, loops in ours.items() if loops},
    }


def _loops(answer: Answers) -> list[float]:
    return [result["loop_ns"] for result in answer.results if result["status"] == "ok"]


def pace_text(pace: dict[str, Any]) -> str:
    """What pace_of() found, as a sentence."""
    shares = ", ".join(f"{command} {share:.0%}" for command, share in pace["shares"].items())
    return (
        f"Speed of an empty loop while {OURS} was asked, beside the best seen"
        f" ({shown(pace['best_loop_ns'], 'ns')} a pass): {shares}."
    )


def calls_of(answers: Sequence[Answers], quick: bool) -> list[str]:
    """How many calls one run of each question stands for."""
    lines = []
    for question in {answer.question.name: answer.question for answer in answers}.values():
        calls = question.calls
        if quick:
            counts = f"{calls.quick:,}"
        elif calls.fast == calls.others:
            counts = f"{calls.fast:,}"
        else:
            counts = f"{calls.fast:,} of {OURS}, {calls.others:,} of the others"
        bursts = "" if question.bursts == 1 else f"{question.bursts} bursts of "
        lines.append(f"{question.name}: {bursts}{counts}")
    return lines
