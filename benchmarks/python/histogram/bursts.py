"""Adds histograms of arrays in bursts, times their caller and all threads, and checks the file."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Any, Final

from benchmarks.python.histogram_answers import check_histograms
from benchmarks.python.rivals.rival import Rival, Writer
from benchmarks.reference_histogram import histogram

TAG: Final = "layer/weights"


@dataclass
class Burst:
    """Nanoseconds a call."""

    caller: float
    all_threads: float  # CPU time, until flush() has returned


def add_burst(writer: Writer, arrays: Sequence[Any], first_step: int, calls: int) -> Burst:
    """Adds the arrays in turn."""
    cpu = process_time_ns()
    start = perf_counter_ns()
    for step in range(first_step, first_step + calls):
        writer.add_histogram(TAG, arrays[step % len(arrays)], step)
    added = perf_counter_ns()
    writer.flush()
    return Burst((added - start) / calls, (process_time_ns() - cpu) / calls)


def add_bursts(
    rival: Rival,
    logdir: Path,
    arrays: Sequence[Any],
    numbers: Sequence[Any],
    bursts: int,
    calls: int,
) -> list[Burst]:
    """Times of bursts whose histograms were read back and found right.

    Args:
        rival: The contender.
        logdir: An empty directory, or none yet.
        arrays: What it is given.
        numbers: The same as arrays that numpy can read.
        bursts: How many; of how many `calls`.
    """
    started = time.time()
    writer = rival.open(logdir)
    try:
        times = [add_burst(writer, arrays, index * calls, calls) for index in range(bursts)]
    finally:
        writer.close()
    counted = [histogram(values) for values in numbers[: bursts * calls]]
    expected = ((TAG, step, counted[step % len(numbers)]) for step in range(bursts * calls))
    check_histograms(logdir, started, expected)
    return times
