"""What do histograms of a million and of ten million float32 cost, beside copies of the array?

A copy goes into an array that has been written to before: it shows the speed of memory, not of
page faults.
"""

from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any, Final

import numpy as np

from benchmarks.python.histogram.bursts import add_bursts
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=3, others=1, quick=1)  # a burst
BURSTS: Final = 5
SIZES: Final = {"1m": 1_000_000, "10m": 10_000_000}
COPIES: Final = 15
_QUICK_SHARE: Final = 100  # quick arrays are so many times smaller


def copy_ns(values: np.ndarray[Any, Any]) -> float:
    """Nanoseconds that numpy takes for one copy."""
    copied = values.copy()
    times = []
    for _ in range(COPIES):
        start = perf_counter_ns()
        np.copyto(copied, values)
        times.append(perf_counter_ns() - start)
    return median(times)


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    random = np.random.default_rng(1)
    measured: dict[str, float] = {}
    for name, size in SIZES.items():
        values = random.standard_normal(size // _QUICK_SHARE if quick else size, np.float32)
        before = copy_ns(values)
        bursts = add_bursts(
            rival, logdir / name, [values], [values], BURSTS, CALLS.of(rival, quick)
        )
        copy = (before + copy_ns(values)) / 2
        caller = median(burst.caller for burst in bursts)
        measured[f"{name}_ns"] = caller
        measured[f"{name}_cpu_ns"] = median(burst.all_threads for burst in bursts)
        measured[f"{name}_gb_per_s"] = values.nbytes / caller
        measured[f"{name}_copy_gb_per_s"] = values.nbytes / copy
        measured[f"{name}_percent_of_copy"] = 100 * copy / caller
    return measured


QUESTION: Final = Question(
    "large_arrays",
    (
        Metric(
            "1m_ns",
            "add_histogram() of 1,000,000 float32",
            "ns",
            at_most=0.8e6,
            times_tensorboardx=8,
        ),
        Metric("1m_cpu_ns", "  CPU time of all threads", "ns", at_most=1.2e6),
        Metric("1m_gb_per_s", "  float32 counted", "GB/s"),
        Metric("1m_copy_gb_per_s", "  floor: copied", "GB/s", compared=False),
        Metric("1m_percent_of_copy", "  counted / copied", "%", at_least=12.5, compared=False),
        Metric(
            "10m_ns",
            "add_histogram() of 10,000,000 float32",
            "ns",
            at_most=8e6,
            times_tensorboardx=8,
        ),
        Metric("10m_cpu_ns", "  CPU time of all threads", "ns"),
        Metric("10m_gb_per_s", "  float32 counted", "GB/s"),
        Metric("10m_copy_gb_per_s", "  floor: copied", "GB/s", compared=False),
        Metric("10m_percent_of_copy", "  counted / copied", "%", at_least=12.5, compared=False),
    ),
    run,
    CALLS,
    BURSTS,
)
