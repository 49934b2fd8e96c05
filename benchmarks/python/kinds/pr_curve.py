"""What does the precision-recall curve of 100,000 predictions cost its caller?"""

import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.python.answers import event_file, loaded_values, require, tensor_of
from benchmarks.python.kinds.timed_calls import timed_calls
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=50, others=20, quick=1)
PREDICTIONS: Final = 100_000
THRESHOLDS: Final = 127  # everyone's default

Array = np.ndarray[Any, np.dtype[Any]]


def counts(labels: Array, predictions: Array) -> Array:
    """True and false positives, true and false negatives at each threshold: (4, thresholds)."""
    at_most = np.floor(predictions * (THRESHOLDS - 1)).astype(int)
    positives = [
        np.bincount(at_most[of_class], minlength=THRESHOLDS)[::-1].cumsum()[::-1]
        for of_class in (labels, ~labels)
    ]
    totals = labels.sum(), (~labels).sum()
    return np.stack([*positives, totals[1] - positives[1], totals[0] - positives[0]])


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    random = np.random.default_rng(0)
    labels, predictions = random.random(PREDICTIONS) < 0.3, random.random(PREDICTIONS)
    started = time.time()
    writer: Any = rival.open(logdir)
    times = timed_calls(
        writer, lambda step: writer.add_pr_curve("curve", labels, predictions, step), range(calls)
    )
    writer.close()
    read = list(loaded_values(event_file(logdir), started))
    require([step for step, _ in read] == list(range(calls)), "all curves are there, in order")
    wanted = counts(labels, predictions)
    for _, value in read:
        rows = tensor_of(value)
        require(rows.shape == (6, THRESHOLDS), "all curves have six rows")
        require(np.array_equal(rows[:4], wanted), "all counts are right")
    return {"call_ns": times.caller}


QUESTION: Final = Question(
    "pr_curve",
    (Metric("call_ns", "add_pr_curve() of 100,000 predictions", "ns", at_most=0.5e6),),
    run,
    CALLS,
)
