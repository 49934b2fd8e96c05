"""How near do sustained scalars come to write(2) of the same bytes, had they been there already?

Both files are in memory, and new: each pays for its pages.
"""

import os
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Final

from benchmarks.python.answers import event_file
from benchmarks.python.curves import TAG, add_curve, check_curves
from benchmarks.python.memory_files import directory_in_memory
from benchmarks.python.question import Calls, Measured, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=1_000_000, others=10_000, quick=400)
REPEATS: Final = 3
_WRITE_BYTES: Final = 1 << 20  # more at once is not faster


def added_ns(rival: Rival, logdir: Path, calls: int) -> float:
    """Nanoseconds until close() has returned."""
    writer = rival.open(logdir)
    start = perf_counter_ns()
    add_curve(writer, TAG, calls)
    writer.close()
    end = perf_counter_ns()
    check_curves(logdir, {TAG: calls})
    return end - start


def written_ns(path: Path, content: bytes) -> float:
    """Nanoseconds to write `content` to a new file."""
    parts = [content[at : at + _WRITE_BYTES] for at in range(0, len(content), _WRITE_BYTES)]
    start = perf_counter_ns()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    for part in parts:
        os.write(descriptor, part)
    os.close(descriptor)
    return perf_counter_ns() - start


def run(rival: Rival, logdir: Path, quick: bool) -> Measured:
    calls = CALLS.of(rival, quick)
    added, written = [], []
    with directory_in_memory(logdir) as directory:
        for repeat in range(REPEATS):
            of_repeat = directory / str(repeat)
            added.append(added_ns(rival, of_repeat, calls))
            content = event_file(of_repeat).read_bytes()
            written.append(written_ns(of_repeat / "same", content))
    return {
        "per_second": calls / median(added) * 1e9,
        "written_per_second": calls / median(written) * 1e9,
        "percent": 100 * median(written) / median(added),
    }


QUESTION: Final = Question(
    "write_floor",
    (
        Metric("per_second", "sustained, to memory: scalars/s", "1/s"),
        Metric("written_per_second", "  floor: write(2) of the same", "1/s", compared=False),
        Metric("percent", "  of that speed", "%", at_least=20, compared=False),
    ),
    run,
    CALLS,
    REPEATS,
)
