"""What does one add_scalar() cost its caller, when many come one after the other?

Floors are measured in the same process: the loop alone, and the loop with a call of the cheapest
method that does something like it, time.time().
"""

import contextlib
import importlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any, Final

import numpy as np

from benchmarks.python.answers import FIRST_STEP, check_curve
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival, Writer
from benchmarks.python.scalar.values import TAG, VALUES

CALLS: Final = Calls(fast=50_000, others=500, quick=500)  # a burst; a multiple of len(VALUES)
BURSTS: Final = 20


def add_burst(writer: Writer, values: Sequence[Any], first_step: int, calls: int) -> float:
    """Nanoseconds a call."""
    start = perf_counter_ns()
    for base in range(first_step, first_step + calls, len(values)):
        for step, value in enumerate(values, base):
            writer.add_scalar(TAG, value, step)
    return (perf_counter_ns() - start) / calls


def loop_alone(values: Sequence[Any], first_step: int, calls: int) -> float:
    """Nanoseconds of add_burst()'s loop around nothing."""
    start = perf_counter_ns()
    for base in range(first_step, first_step + calls, len(values)):
        for _step, _value in enumerate(values, base):
            pass
    return (perf_counter_ns() - start) / calls


def loop_with_clock(values: Sequence[Any], first_step: int, calls: int) -> float:
    """Nanoseconds of add_burst()'s loop around a call of a builtin that reads the clock."""
    start = perf_counter_ns()
    for base in range(first_step, first_step + calls, len(values)):
        for _step, _value in enumerate(values, base):
            time.time()
    return (perf_counter_ns() - start) / calls


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    kinds: dict[str, Callable[[float], Any]] = {"float": float, "float32": np.float32}
    with contextlib.suppress(ImportError):  # then the table has no such row
        kinds["tensor"] = importlib.import_module("torch").tensor
    measured: dict[str, float] = {}
    for name, kind in kinds.items():
        values = [kind(value) for value in VALUES]
        started = time.time()
        writer = rival.open(logdir / name)
        bursts = []
        for index in range(BURSTS):
            bursts.append(add_burst(writer, values, FIRST_STEP + index * calls, calls))
            writer.flush()
        writer.close()
        check_curve(logdir / name, started, TAG, VALUES, BURSTS * calls)
        measured[f"{name}_ns"] = median(bursts)
        measured[f"{name}_first_burst_ns"] = bursts[0]
    floor_calls = CALLS.quick if quick else CALLS.fast
    floors = range(BURSTS)
    measured["loop_ns"] = median(loop_alone(VALUES, FIRST_STEP, floor_calls) for _ in floors)
    measured["clock_ns"] = median(loop_with_clock(VALUES, FIRST_STEP, floor_calls) for _ in floors)
    return measured


QUESTION: Final = Question(
    "burst",
    (
        Metric(
            "float_ns", "burst: add_scalar(tag, float)", "ns", at_most=100, times_tensorboardx=300
        ),
        Metric("float_first_burst_ns", "  first burst of a new writer", "ns"),
        Metric("float32_ns", "burst: add_scalar(tag, np.float32)", "ns", at_most=180),
        Metric("tensor_ns", "burst: add_scalar(tag, 0-d tensor)", "ns", at_most=600),
        Metric("loop_ns", "  floor: the loop alone", "ns", compared=False),
        Metric("clock_ns", "  floor: the loop with time.time()", "ns", compared=False),
    ),
    run,
    CALLS,
    BURSTS,
)
