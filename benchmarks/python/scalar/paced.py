"""How long may one add_scalar() stop a loop that calls it every 200 µs?

Between two calls the loop is busy with the clock and keeps the GIL, as a training loop does.
Half-way between, time.time() is timed the same way: what the machine does to that call it does to
the writer's too.
"""

import time
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.python.answers import FIRST_STEP, check_curve
from benchmarks.python.curves import TAG, VALUES
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival, Writer

CALLS: Final = Calls(fast=20_000, others=4_000, quick=1_000)
HALF_SLOT_NS: Final = 100_000
PERCENTILES: Final = {"p50": 50.0, "p99": 99.0, "p999": 99.9, "max": 100.0}


def wait_until(slot: int) -> None:
    """Returns at `slot`, or at once if that is past."""
    while perf_counter_ns() < slot:
        pass


def add_paced(writer: Writer, calls: int) -> tuple[list[int], list[int]]:
    """Nanoseconds of each call, and of each call of the clock."""
    writer_times = []
    clock_times = []
    slot = perf_counter_ns()
    for index in range(calls):
        value = VALUES[index % len(VALUES)]
        # A late call is no reason to make the next ones back to back.
        slot = max(slot, perf_counter_ns()) + HALF_SLOT_NS
        wait_until(slot)
        start = perf_counter_ns()
        time.time()
        clock_times.append(perf_counter_ns() - start)

        slot += HALF_SLOT_NS
        wait_until(slot)
        start = perf_counter_ns()
        writer.add_scalar(TAG, value, FIRST_STEP + index)
        writer_times.append(perf_counter_ns() - start)
    return writer_times, clock_times


def percentile(ascending: Sequence[int], percent: float) -> int:
    """The smallest of `ascending` that at least `percent` of them do not exceed."""
    return ascending[max(0, ceil(len(ascending) * percent / 100) - 1)]


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    started = time.time()
    writer = rival.open(logdir)
    writer_times, clock_times = add_paced(writer, calls)
    writer.close()
    check_curve(logdir, started, TAG, VALUES, calls)
    measured: dict[str, float] = {}
    for prefix, times in (("", sorted(writer_times)), ("clock_", sorted(clock_times))):
        for name, percent in PERCENTILES.items():
            measured[f"{prefix}{name}_ns"] = percentile(times, percent)
    return measured


QUESTION: Final = Question(
    "paced",
    (
        Metric("p50_ns", "paced, a call each 200 µs: p50", "ns", at_most=500),
        Metric("p99_ns", "  p99", "ns", at_most=2_000),
        Metric("p999_ns", "  p99.9", "ns", at_most=10_000),
        Metric("max_ns", "  max", "ns"),
        Metric("clock_p50_ns", "  floor: time.time(), p50", "ns", compared=False),
        Metric("clock_p99_ns", "  floor: p99", "ns", compared=False),
        Metric("clock_p999_ns", "  floor: p99.9", "ns", compared=False),
        Metric("clock_max_ns", "  floor: max", "ns", compared=False),
    ),
    run,
    CALLS,
)
