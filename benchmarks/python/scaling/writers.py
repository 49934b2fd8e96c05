"""Does it matter how many writers are open, and take turns?

Their files are where others are, and not in memory: a queue of 8 MiB for each might be too much.
"""

from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.python.curves import TAG, VALUES, check_curves
from benchmarks.python.question import Calls, Measured, Metric, Question
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.scaling.rates import rate_rows, with_ratio

CALLS: Final = Calls(fast=400_000, others=8_000, quick=400)  # of all writers together
WRITERS: Final = (1, 10, 100, 1_000)
_QUICK_WRITERS: Final = 20


def times(rival: Rival, logdir: Path, writers: int, calls: int) -> tuple[float, float, float]:
    """Events added in a second, and nanoseconds to open and to close a writer."""
    start = perf_counter_ns()
    opened = [rival.open(logdir / str(index)) for index in range(writers)]
    begin = perf_counter_ns()
    for step in range(calls // writers):
        value = VALUES[step % len(VALUES)]
        for writer in opened:
            writer.add_scalar(TAG, value, step)
    added = perf_counter_ns()
    for writer in opened:
        writer.close()
    end = perf_counter_ns()
    for index in range(writers):
        check_curves(logdir / str(index), {TAG: calls // writers})
    return calls / (added - begin) * 1e9, (begin - start) / writers, (end - added) / writers


def run(rival: Rival, logdir: Path, quick: bool) -> Measured:
    calls = CALLS.of(rival, quick)
    rates = {}
    for count in WRITERS:
        asked = min(count, _QUICK_WRITERS) if quick else count
        rates[count], open_ns, close_ns = times(rival, logdir / str(count), asked, calls)
    return with_ratio(rates) | {"open_ns": open_ns, "close_ns": close_ns}


QUESTION: Final = Question(
    "writers",
    (
        *rate_rows("scalars/s added", "writer", WRITERS),
        Metric("open_ns", "  1,000 writers: to open one", "ns"),
        Metric("close_ns", "  to close one", "ns"),
    ),
    run,
    CALLS,
    once=True,  # it takes too long for every round
)
