"""What does add_scalars() with 10 curves cost its caller, once their files are open?"""

import time
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Final

from benchmarks.python.answers import FIRST_STEP, check_scalars
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival, Writer

CALLS: Final = Calls(fast=500, others=50, quick=2)  # a burst
BURSTS: Final = 10
MAIN_TAG: Final = "accuracy"

CURVES: Final = tuple(f"class{index}" for index in range(10))


def numbers_of(step: int) -> dict[str, float]:
    """Numbers that differ from step to step."""
    return {tag: (index + step % 10) / 1024 for index, tag in enumerate(CURVES)}


STEPS: Final = tuple(numbers_of(step) for step in range(10))


def add_burst(writer: Writer, first_step: int, calls: int) -> float:
    """Nanoseconds a call."""
    start = perf_counter_ns()
    for step in range(first_step, first_step + calls):
        writer.add_scalars(MAIN_TAG, STEPS[step % 10], step)
    return (perf_counter_ns() - start) / calls


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    started = time.time()
    writer = rival.open(logdir)
    first_call = add_burst(writer, FIRST_STEP, 1)  # opens ten files
    bursts = []
    for index in range(BURSTS):
        bursts.append(add_burst(writer, FIRST_STEP + 1 + index * calls, calls))
        writer.flush()
    writer.close()
    for tag in CURVES:
        expected = (
            (MAIN_TAG, step, numbers_of(step)[tag])
            for step in range(FIRST_STEP, FIRST_STEP + 1 + BURSTS * calls)
        )
        check_scalars(rival.curve_directory(logdir, MAIN_TAG, tag), started, expected)
    return {"first_call_ns": first_call, "call_ns": median(bursts)}


QUESTION: Final = Question(
    "add_scalars",
    (
        Metric("call_ns", "add_scalars() of 10 curves: a call", "ns", at_most=5_000),
        Metric("first_call_ns", "  the first, which opens 10 files", "ns", compared=False),
    ),
    run,
    CALLS,
    BURSTS,
)
