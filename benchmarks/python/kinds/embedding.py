"""What do 1,000 points of 64 dimensions with labels cost, until their files are complete?"""

from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.python.answers import require
from benchmarks.python.kinds.timed_calls import timed_calls
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=10, others=5, quick=1)
POINTS: Final = 1_000
DIMENSIONS: Final = 64


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    points = np.random.default_rng(0).standard_normal((POINTS, DIMENSIONS), np.float32)
    labels = [f"point {index}" for index in range(POINTS)]
    writer: Any = rival.open(logdir)
    times = timed_calls(
        writer, lambda step: writer.add_embedding(points, labels, global_step=step), range(calls)
    )
    # Before close(): they are to be complete when flush() has returned.
    config = (logdir / "projector_config.pbtxt").read_text()
    for step in range(calls):
        directory = f"{step:05}/default"
        require(directory in config, "the configuration names all of them")
        read = np.loadtxt(logdir / directory / "tensors.tsv", np.float32, delimiter="\t")
        require(np.array_equal(read, points), "all points are right")
        lines = (logdir / directory / "metadata.tsv").read_text().splitlines()
        require(lines == labels, "all labels are right")
    writer.close()
    return {"call_ns": times.caller, "complete_ns": times.complete}


QUESTION: Final = Question(
    "embedding",
    (
        Metric("complete_ns", "add_embedding() of 1,000x64 and flush()", "ns", at_most=6e6),
        Metric("call_ns", "  of which the call", "ns"),
    ),
    run,
    CALLS,
)
