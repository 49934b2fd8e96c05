"""What does the histogram of 1,000 values cost its caller?

An event has 5 KB, so that tbx_native goes through its queue of 8 MiB in a third of the bursts; in
those it touches memory for the first time, and takes twice as long.
"""

from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks.python.histogram.bursts import add_bursts
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=50, others=1, quick=1)  # a burst
BURSTS: Final = 100
VALUES: Final = 1_000
ARRAYS: Final = 10  # different ones: a processor learns the branches that one array takes


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    random = np.random.default_rng(1)
    arrays = [random.standard_normal(VALUES, np.float32) for _ in range(ARRAYS)]
    bursts = add_bursts(rival, logdir, arrays, arrays, BURSTS, CALLS.of(rival, quick))
    return {
        "call_ns": median(burst.caller for burst in bursts),
        "first_burst_ns": bursts[0].caller,
    }


QUESTION: Final = Question(
    "small_arrays",
    (
        Metric(
            *("call_ns", "add_histogram() of 1,000 float32", "ns"),
            at_most=5_000,
            times_tensorboardx=250,
            target_of="tensorboardX-alone",
        ),
        Metric("first_burst_ns", "  first burst of a new writer", "ns", compared=False),
    ),
    run,
    CALLS,
    BURSTS,
)
