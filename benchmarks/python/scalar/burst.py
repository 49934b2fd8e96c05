"""What does one add_scalar() cost its caller, when many come one after the other?

Floors are measured in the same process: the loop alone, with time.time(), and with an empty C
method that takes the same arguments. That is sys.audit(), which returns at once where nobody
listens. What reading the clock adds to it is what time.time() takes longer than gc.isenabled(),
which takes no arguments either and only returns.
"""

import contextlib
import gc
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any, Final

import numpy as np

from benchmarks.python.answers import FIRST_STEP, check_curve
from benchmarks.python.curves import TAG, VALUES
from benchmarks.python.question import Calls, Measured, Metric, Question
from benchmarks.python.rivals.rival import Rival, Writer

CALLS: Final = Calls(fast=50_000, others=500, quick=500)  # a burst; a multiple of len(VALUES)
BURSTS: Final = 20
_QUICK_BURSTS: Final = 2


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
    """Nanoseconds of add_burst()'s loop around a builtin that reads the clock."""
    start = perf_counter_ns()
    for base in range(first_step, first_step + calls, len(values)):
        for _step, _value in enumerate(values, base):
            time.time()
    return (perf_counter_ns() - start) / calls


def loop_with_call(values: Sequence[Any], first_step: int, calls: int) -> float:
    """Nanoseconds of add_burst()'s loop around a builtin without arguments or anything to do."""
    start = perf_counter_ns()
    for base in range(first_step, first_step + calls, len(values)):
        for _step, _value in enumerate(values, base):
            gc.isenabled()
    return (perf_counter_ns() - start) / calls


def loop_with_arguments(values: Sequence[Any], first_step: int, calls: int) -> float:
    """Nanoseconds of add_burst()'s loop around an empty C method with its arguments."""
    start = perf_counter_ns()
    for base in range(first_step, first_step + calls, len(values)):
        for step, value in enumerate(values, base):
            sys.audit(TAG, value, step)
    return (perf_counter_ns() - start) / calls


FLOORS: Final = {
    "loop_ns": loop_alone,
    "clock_ns": loop_with_clock,
    "call_ns": loop_with_call,
    "arguments_ns": loop_with_arguments,
}


def floors(calls: int, bursts: int) -> Measured:
    """Medians of all floors, which take turns."""
    times = [
        {name: loop(VALUES, FIRST_STEP, calls) for name, loop in FLOORS.items()}
        for _ in range(bursts)
    ]
    measured = {name: median(each[name] for each in times) for name in FLOORS}
    read_clock = measured["clock_ns"] - measured["call_ns"]
    return measured | {"floor_ns": measured["arguments_ns"] + read_clock}


def run(rival: Rival, logdir: Path, quick: bool) -> Measured:
    calls = CALLS.of(rival, quick)
    count = _QUICK_BURSTS if quick else BURSTS
    kinds: dict[str, Callable[[float], Any]] = {"float": float, "float32": np.float32}
    with contextlib.suppress(ImportError):  # then the table has no such row
        kinds["tensor"] = importlib.import_module("torch").tensor
    measured: Measured = {}
    for name, kind in kinds.items():
        values = [kind(value) for value in VALUES]
        started = time.time()
        writer = rival.open(logdir / name)
        bursts = []
        for index in range(count):
            bursts.append(add_burst(writer, values, FIRST_STEP + index * calls, calls))
            writer.flush()
        writer.close()
        check_curve(logdir / name, started, TAG, VALUES, count * calls)
        measured[f"{name}_ns"] = median(bursts)
        measured[f"{name}_first_burst_ns"] = bursts[0]
    measured |= floors(CALLS.quick if quick else CALLS.fast, count)
    measured["over_floor"] = measured["float_ns"] / measured["floor_ns"]
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
        Metric("floor_ns", "  floor: empty method with clock", "ns", compared=False),
        Metric(
            "over_floor", "  add_scalar() of floats over that", "x", at_most=2.5, compared=False
        ),
    ),
    run,
    CALLS,
    BURSTS,
)
