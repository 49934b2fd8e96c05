"""What does one of 32 metrics of a step cost, added together where the writer can?

Writers without log() get one add_scalar() a metric, as their users have to.
"""

import time
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Final

from benchmarks.python.answers import FIRST_STEP, check_scalars
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Log, Rival

CALLS: Final = Calls(fast=500, others=10, quick=2)  # a burst
BURSTS: Final = 10
METRICS: Final = 32

TAGS: Final = tuple(f"layer{index:02}/grad_norm" for index in range(METRICS))


def metrics_of(step: int) -> dict[str, float]:
    """Metrics that differ from step to step."""
    return {tag: (index + step % 10) / 1024 for index, tag in enumerate(TAGS)}


STEPS: Final = tuple(metrics_of(step) for step in range(10))


def log_burst(log: Log, first_step: int, calls: int) -> float:
    """Nanoseconds a metric."""
    start = perf_counter_ns()
    for step in range(first_step, first_step + calls):
        log(STEPS[step % 10], step)
    return (perf_counter_ns() - start) / calls / METRICS


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    started = time.time()
    writer = rival.open(logdir)
    log = rival.log(writer)
    bursts = []
    for index in range(BURSTS):
        bursts.append(log_burst(log, FIRST_STEP + index * calls, calls))
        writer.flush()
    writer.close()
    steps = range(FIRST_STEP, FIRST_STEP + BURSTS * calls)
    expected = ((tag, step, value) for step in steps for tag, value in metrics_of(step).items())
    check_scalars(logdir, started, expected)
    return {"metric_ns": median(bursts)}


QUESTION: Final = Question(
    "log",
    (Metric("metric_ns", "log() of 32 metrics: a metric", "ns", at_most=60),),
    run,
    CALLS,
    BURSTS,
)
