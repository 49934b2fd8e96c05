"""What do histograms of a million values in two bytes each cost their caller?"""

import importlib
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks.python.histogram.bursts import add_bursts
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=5, others=1, quick=1)  # a burst
BURSTS: Final = 5
VALUES: Final = 1_000_000
_QUICK_VALUES: Final = 10_000


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    random = np.random.default_rng(1)
    singles = random.standard_normal(_QUICK_VALUES if quick else VALUES, np.float32)
    halves = singles.astype(np.float16)
    bursts = add_bursts(rival, logdir / "float16", [halves], [halves], BURSTS, calls)
    measured = {"float16_ns": median(burst.caller for burst in bursts)}
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        return measured  # no row of the table
    tensor = torch.from_numpy(singles).bfloat16()
    numbers = tensor.float().numpy()
    try:
        bursts = add_bursts(rival, logdir / "bfloat16", [tensor], [numbers], BURSTS, calls)
    except TypeError:
        if rival.takes_bfloat16:
            raise
        return measured
    return measured | {"bfloat16_ns": median(burst.caller for burst in bursts)}


QUESTION: Final = Question(
    "half_arrays",
    (
        Metric(
            "bfloat16_ns", "add_histogram() of 1,000,000 bfloat16, a tensor", "ns", at_most=0.6e6
        ),
        Metric("float16_ns", "add_histogram() of 1,000,000 float16", "ns", at_most=0.6e6),
    ),
    run,
    CALLS,
    BURSTS,
)
