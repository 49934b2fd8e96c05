"""Does it matter how many tags take turns?"""

from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.python.curves import VALUES, check_curves
from benchmarks.python.memory_files import directory_in_memory
from benchmarks.python.question import Calls, Measured, Question
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.scaling.rates import rate_rows, with_ratio

CALLS: Final = Calls(fast=800_000, others=10_000, quick=1_000)
TAGS: Final = (1, 10, 100, 1_000, 10_000)


def rate(rival: Rival, logdir: Path, tags: int, calls: int) -> float:
    """Events a second until close() has returned."""
    curves = {f"layer/{index:05}": calls // tags for index in range(tags)}
    writer = rival.open(logdir)
    start = perf_counter_ns()
    for step in range(calls // tags):
        value = VALUES[step % len(VALUES)]
        for tag in curves:
            writer.add_scalar(tag, value, step)
    writer.close()
    end = perf_counter_ns()
    check_curves(logdir, curves)
    return calls / (end - start) * 1e9


def run(rival: Rival, logdir: Path, quick: bool) -> Measured:
    calls = CALLS.of(rival, quick)
    with directory_in_memory(logdir) as directory:
        return with_ratio(
            {count: rate(rival, directory / str(count), min(count, calls), calls) for count in TAGS}
        )


QUESTION: Final = Question("tags", rate_rows("scalars/s", "tag", TAGS), run, CALLS)
