"""What does a row of two hyperparameters and two metrics cost its caller?"""

import time
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.python.answers import event_file, loaded_values, require
from benchmarks.python.kinds.timed_calls import timed_calls
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=30, others=20, quick=1)
HPARAMS: Final = {"learning_rate": 0.1, "optimizer": "adam"}
METRICS: Final = {"row/accuracy": 0.75, "row/loss": 0.5}


def check_row(directory: Path, started: float) -> None:
    """Compares a row's file with what it must have."""
    found = {value.tag: value for _, value in loaded_values(event_file(directory), started)}
    summaries = {f"_hparams_/{name}" for name in ("experiment", *SESSION)}
    require(found.keys() == summaries | METRICS.keys(), "the file has summaries and metrics")
    for tag, number in METRICS.items():
        require(np.float32(number) == found[tag].simple_value, f"{tag} is right")
    content = found[f"_hparams_/{SESSION[0]}"].metadata.plugin_data.content
    for name in HPARAMS:
        require(name.encode() in content, f"{name} is there")
    require(b"adam" in content, "the text is right")


SESSION: Final = ("session_start_info", "session_end_info")


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    started = time.time()
    writer = rival.open(logdir)
    add_hparams = rival.add_hparams(writer)
    times = timed_calls(
        writer, lambda step: add_hparams(HPARAMS, METRICS, f"row{step}"), range(calls)
    )
    writer.close()
    for step in range(calls):
        check_row(logdir / f"row{step}", started)
    return {"call_ns": times.caller}


QUESTION: Final = Question(
    "hparams",
    (Metric("call_ns", "add_hparams() of 2 and 2", "ns", at_most=0.4e6),),
    run,
    CALLS,
)
