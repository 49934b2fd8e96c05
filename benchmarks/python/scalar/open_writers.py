"""Can 1,000 curves be open at once where a process may have 256 open files, and at what cost?"""

import os
import resource
import time
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.python.answers import FIRST_STEP, check_scalars
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

DESCRIPTORS: Final = 256
CURVES: Final = Calls(fast=1_000, others=1_000, quick=300)
STEPS: Final = 3
MAIN_TAG: Final = "accuracy"


def threads() -> int:
    """How many this process has."""
    return len(os.listdir("/proc/self/task"))


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))
    rival.version()  # its import may start threads that no writer needs
    threads_before = threads()
    numbers = {f"class{index}": index / 1024 for index in range(CURVES.of(rival, quick))}
    started = time.time()
    start = perf_counter_ns()
    writer = rival.open(logdir)
    for step in range(FIRST_STEP, FIRST_STEP + STEPS):
        writer.add_scalars(MAIN_TAG, numbers, step)
    threads_added = threads() - threads_before
    writer.close()
    end = perf_counter_ns()
    for tag, value in numbers.items():
        expected = [(MAIN_TAG, FIRST_STEP + index, value) for index in range(STEPS)]
        check_scalars(rival.curve_directory(logdir, MAIN_TAG, tag), started, expected)
    return {"threads": threads_added, "curve_ns": (end - start) / len(numbers)}


QUESTION: Final = Question(
    "open_writers",
    (
        Metric(
            "threads",
            "1,000 curves, ulimit -n 256: threads",
            "threads",
            at_most=1,
            compared=False,
        ),
        Metric("curve_ns", "  opening, 3 steps, closing: a curve", "ns"),
    ),
    run,
    CURVES,
    once=True,
    alone=True,  # who opened files before may count on more descriptors
)
