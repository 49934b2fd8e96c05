"""What does a cloud of 10,000 points cost its caller?"""

import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.python.answers import event_file, loaded_values, require, tensor_of
from benchmarks.python.kinds.timed_calls import timed_with_and_without_pause
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=50, others=10, quick=1)
POINTS: Final = 10_000


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    points = np.random.default_rng(0).standard_normal((1, POINTS, 3), np.float32)
    started = time.time()
    writer: Any = rival.open(logdir)
    at_once, paused = timed_with_and_without_pause(
        writer, lambda step: writer.add_mesh("cloud", points, global_step=step), calls
    )
    writer.close()
    read = list(loaded_values(event_file(logdir), started))
    require([step for step, _ in read] == list(range(2 * calls)), "all meshes are there, in order")
    for _, value in read:
        require(np.array_equal(tensor_of(value), points), "all points are right")
    return {"call_ns": at_once.caller, "paused_ns": paused.caller}


QUESTION: Final = Question(
    "mesh",
    (
        Metric("call_ns", "add_mesh() of 10,000 points", "ns", at_most=60e3),
        Metric("paused_ns", "  after a pause of 10 ms", "ns"),
    ),
    run,
    CALLS,
    bursts=2,
)
