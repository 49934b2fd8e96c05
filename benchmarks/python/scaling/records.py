"""How does the size of a record change how much is written in a second?

The smallest are scalars; the others are texts.
"""

from pathlib import Path
from time import perf_counter_ns
from typing import Any, Final

import numpy as np

from benchmarks.python.answers import event_file, require
from benchmarks.python.curves import TAG, add_curve, check_curves
from benchmarks.python.memory_files import directory_in_memory
from benchmarks.python.question import Calls, Measured, Metric, Question
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.rivals.tbx_native import TbxNative

BYTES: Final = Calls(fast=100_000_000, others=4_000_000, quick=100_000)  # of one size
SCALARS: Final = Calls(fast=1_000_000, others=10_000, quick=400)
TEXT_SIZES: Final = {
    "1 kB": 1_000,
    "10 kB": 10_000,
    "100 kB": 100_000,
    "1 MB": 1_000_000,
    "10 MB": 10_000_000,
}
_MOST: Final = 20_000  # texts of one size; reading them back takes longer than writing


def scalars_gb_per_s(rival: Rival, logdir: Path, calls: int) -> float:
    """Of the event file, until close() has returned."""
    writer = rival.open(logdir)
    start = perf_counter_ns()
    add_curve(writer, TAG, calls)
    writer.close()
    end = perf_counter_ns()
    check_curves(logdir, {TAG: calls})
    return event_file(logdir).stat().st_size / (end - start)


def texts_gb_per_s(rival: Rival, logdir: Path, text: str, calls: int) -> float:
    """As scalars_gb_per_s()."""
    writer: Any = rival.open(logdir)
    start = perf_counter_ns()
    for step in range(calls):
        writer.add_text(TAG, text, step)
    writer.close()
    end = perf_counter_ns()
    texts = TbxNative().imported().EventReader(logdir).text(f"{TAG}/text_summary")
    require(np.array_equal(texts.steps, np.arange(calls)), "all texts are there, in order")
    require(all(found == text for found in texts), "all texts are right")
    return event_file(logdir).stat().st_size / (end - start)


def run(rival: Rival, logdir: Path, quick: bool) -> Measured:
    size_of_all = BYTES.of(rival, quick)
    with directory_in_memory(logdir) as directory:
        scalars = SCALARS.of(rival, quick)
        measured = {"50": scalars_gb_per_s(rival, directory / "50", scalars)}
        for size in TEXT_SIZES.values():
            calls = min(_MOST, max(1, size_of_all // size))
            logdir = directory / str(size)
            measured[str(size)] = texts_gb_per_s(rival, logdir, "x" * size, calls)
    return measured


QUESTION: Final = Question(
    "records",
    (
        Metric("50", "records of 50 B, scalars", "GB/s", at=50),
        *(
            Metric(str(size), f"  of {name}, texts", "GB/s", at=size)
            for name, size in TEXT_SIZES.items()
        ),
    ),
    run,
    SCALARS,
)
