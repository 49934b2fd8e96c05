"""What does it cost to open a writer, to add its first scalar, and to close it?"""

import time
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Final

from benchmarks.python.answers import FIRST_STEP, check_curve
from benchmarks.python.curves import TAG, VALUES
from benchmarks.python.question import Calls, Measured, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=50, others=20, quick=2)  # writers, one after the other


def times(rival: Rival, logdir: Path) -> tuple[int, int, int]:
    """Nanoseconds of opening, of the first add_scalar() and of closing."""
    started = time.time()
    start = perf_counter_ns()
    writer = rival.open(logdir)
    opened = perf_counter_ns()
    writer.add_scalar(TAG, VALUES[0], FIRST_STEP)
    added = perf_counter_ns()
    writer.close()
    closed = perf_counter_ns()
    check_curve(logdir, started, TAG, VALUES, 1)
    return opened - start, added - opened, closed - added


def run(rival: Rival, logdir: Path, quick: bool) -> Measured:
    times(rival, logdir / "first")  # imports what is imported later than the package
    writers = range(CALLS.of(rival, quick))
    measured = zip(*(times(rival, logdir / str(index)) for index in writers), strict=True)
    return dict(zip(("open_ns", "first_ns", "close_ns"), map(median, measured), strict=True))


QUESTION: Final = Question(
    "open_close",
    (
        Metric("open_ns", "SummaryWriter(directory)", "ns"),
        Metric("first_ns", "  the first add_scalar()", "ns"),
        Metric("close_ns", "  close(), with that in the file", "ns"),
    ),
    run,
    CALLS,
)
