"""Times single calls, each after the one before is written and its threads are at rest."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns, process_time_ns

from benchmarks.python.rivals.rival import Writer

PAUSE_SECS = 0.01  # what a training loop does between two calls, of which the caches know nothing


@dataclass(frozen=True)
class Times:
    """Nanoseconds a call, the medians."""

    caller: float
    complete: float  # until flush() had returned
    all_threads: float  # CPU time until then


def timed_calls(
    writer: Writer, add: Callable[[int], object], steps: range, pause_secs: float = 0
) -> Times:
    """Calls `add` with each step."""
    callers, completes, cpus = [], [], []
    for step in steps:
        time.sleep(pause_secs)
        cpu = process_time_ns()
        start = perf_counter_ns()
        add(step)
        added = perf_counter_ns()
        writer.flush()
        completes.append(perf_counter_ns() - start)
        cpus.append(process_time_ns() - cpu)
        callers.append(added - start)
    return Times(median(callers), median(completes), median(cpus))


def timed_with_and_without_pause(
    writer: Writer, add: Callable[[int], object], calls: int
) -> tuple[Times, Times]:
    """First `calls` without a pause between them, with steps from 0; then as many with one."""
    at_once = timed_calls(writer, add, range(calls))
    return at_once, timed_calls(writer, add, range(calls, 2 * calls), PAUSE_SECS)
