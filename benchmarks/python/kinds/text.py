"""What does a text of eleven characters cost its caller?"""

import time
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any, Final

from benchmarks.python.answers import event_file, loaded_values, require
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=1_000, others=100, quick=2)  # a burst
BURSTS: Final = 10
TAG: Final = "note"
TEXT: Final = "hello world"


def burst_ns(writer: Any, first_step: int, calls: int) -> float:
    """Nanoseconds a call."""
    start = perf_counter_ns()
    for step in range(first_step, first_step + calls):
        writer.add_text(TAG, TEXT, step)
    return (perf_counter_ns() - start) / calls


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    started = time.time()
    writer = rival.open(logdir)
    times = []
    for index in range(BURSTS):
        times.append(burst_ns(writer, index * calls, calls))
        writer.flush()
    writer.close()
    read = list(loaded_values(event_file(logdir), started))
    require([step for step, _ in read] == list(range(BURSTS * calls)), "all texts are there")
    for _, value in read:
        require(value.tag == f"{TAG}/text_summary", f"{value.tag} is the tag of the texts")
        require(list(value.tensor.string_val) == [TEXT.encode()], "all texts are right")
    return {"call_ns": median(times)}


QUESTION: Final = Question(
    "text",
    (Metric("call_ns", "add_text() of 11 characters", "ns", at_most=1e3),),
    run,
    CALLS,
    BURSTS,
)
