"""How long does it take from a file of ten curves to numpy arrays, and how much memory?"""

from pathlib import Path
from time import perf_counter_ns
from typing import Final

import numpy as np

from benchmarks.python.answers import require
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.scalar.sustained import forget_peak, resident_bytes

CALLS: Final = Calls(fast=1_000_000, others=50_000, quick=1_000)  # scalars in the file

_TAGS: Final = [f"train/metric_{number}" for number in range(10)]


def write(directory: Path, steps: int) -> None:
    """A file with `steps` steps of all tags."""
    from tbx_native import SummaryWriter

    with SummaryWriter(directory) as writer:
        for step in range(steps):
            for number, tag in enumerate(_TAGS):
                writer.add_scalar(tag, step + number / 8, step)


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    steps = CALLS.of(rival, quick) // len(_TAGS)
    rival.version()
    write(logdir, steps)
    forget_peak()
    resident = resident_bytes("VmRSS")
    start = perf_counter_ns()
    columns = rival.read_scalars(logdir)
    taken = perf_counter_ns() - start
    growth = resident_bytes("VmHWM") - resident
    require(sorted(columns) == _TAGS, "every tag is there")
    for number, tag in enumerate(_TAGS):
        of_steps, wall_times, values = columns[tag]
        require(np.array_equal(of_steps, np.arange(steps)), f"the steps of {tag} are in order")
        wanted = (np.arange(steps) + number / 8).astype(np.float32)
        require(np.array_equal(values, wanted), f"the values of {tag} are as they were given")
        require((np.diff(wall_times) >= 0).all(), f"the wall times of {tag} do not go back")
    arrays = sum(array.nbytes for of_tag in columns.values() for array in of_tag)
    return {
        "scalar_ns": taken / (steps * len(_TAGS)),
        "growth_mib": max(0, growth - arrays) / (1 << 20),
    }


QUESTION: Final = Question(
    "scalars",
    (
        # A million in 0.25 s.
        Metric(
            "scalar_ns", "10 curves to arrays: a scalar", "ns", at_most=250, times_tensorboardx=50
        ),
        Metric("growth_mib", "  memory besides the arrays", "MiB", at_most=64, compared=False),
    ),
    run,
    CALLS,
)
