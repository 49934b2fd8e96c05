"""Trains a model in blocks of steps, with logging and without, and times both by themselves.

A block with logging is followed by one without, and then comes the next contender's turn. Each has
a model of its own, which begins as all others do. Within a step the training and the logging are
timed apart; what there is to be logged is computed between the two, and is part of neither.
Before each block is a step that is not timed: the caches are full of what came before, another
contender or a check of the answers, which would be measured as a slower loop.
"""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any, Final, Protocol

import numpy as np

from benchmarks.python.histogram_answers import Tagged, check_histograms
from benchmarks.python.question import Calls, Measured, Metric, Question
from benchmarks.python.rivals.rival import (
    AddHistograms,
    Log,
    Rival,
    Writer,
    histograms_one_by_one,
    log_one_by_one,
)
from benchmarks.reference_histogram import histogram

CALLS: Final = Calls(fast=10, others=10, quick=2)  # steps of a block
BLOCKS: Final = 3
SCALARS: Final = 64  # a step


class Model(Protocol):
    """What is trained; arrays and tensors by the names of the parameters."""

    @property
    def weights(self) -> Mapping[str, Any]: ...

    @property
    def gradients(self) -> Mapping[str, Any]: ...

    def train(self) -> None:
        """One step."""

    def metrics(self) -> dict[str, float]:
        """SCALARS numbers of the last step."""


@dataclass
class Block:
    """Nanoseconds of its steps."""

    training: int
    logging: int
    unlogged: int  # of as many steps without logging


@dataclass
class LoggedRun:
    """One way to log, in a directory of its own."""

    logdir: Path
    writer: Writer
    log: Log
    add_histograms: AddHistograms
    started: float = field(default_factory=time.time)
    blocks: list[Block] = field(default_factory=list)
    expected: list[Tagged] = field(default_factory=list)

    def train_block(self, model: Model, steps: int) -> None:
        """Steps with all scalars, and after the last of them histograms of all parameters."""
        first_step = steps * len(self.blocks)
        training = logging = 0
        model.train()
        for step in range(first_step, first_step + steps):
            start = perf_counter_ns()
            model.train()
            training += perf_counter_ns() - start
            metrics = model.metrics()
            gradients = model.gradients

            start = perf_counter_ns()
            self.log(metrics, step)
            if step == first_step + steps - 1:
                self.add_histograms("weights", model.weights, step)
                self.add_histograms("gradients", gradients, step)
            logging += perf_counter_ns() - start
            self.expected += [(tag, step, number) for tag, number in metrics.items()]
        self.writer.flush()  # else the others would have to wait for what this one has left to do
        self.expected += histograms_of("weights", model.weights, step)
        self.expected += histograms_of("gradients", gradients, step)

        model.train()
        start = perf_counter_ns()
        for _ in range(steps):
            model.train()
        self.blocks.append(Block(training, logging, perf_counter_ns() - start))

    def measured(self, steps: int) -> Measured:
        """Medians of the blocks, once the file is found right."""
        self.writer.close()
        check_histograms(self.logdir, self.started, self.expected)

        def middle(number_of: Callable[[Block], float]) -> float:
            return median(map(number_of, self.blocks))

        return {
            "percent": 100 * middle(lambda block: block.logging / block.training),
            "logging_ns": middle(lambda block: block.logging / steps),
            "unlogged_ns": middle(lambda block: block.unlogged / steps),
            "slower_percent": 100
            * middle(lambda block: (block.training + block.logging) / block.unlogged - 1),
        }


def histograms_of(prefix: str, arrays: Mapping[str, Any], step: int) -> Iterator[Tagged]:
    """What there should be of `arrays`."""
    for name, values in arrays.items():
        numbers = values.detach() if hasattr(values, "detach") else values
        yield f"{prefix}/{name}", step, histogram(np.asarray(numbers))


def train_in_blocks(
    make_model: Callable[[bool], Model], rival: Rival, logdir: Path, quick: bool
) -> Generator[None, None, Measured]:
    """Yields after each block, so that others have their turn."""
    steps = CALLS.of(rival, quick)
    try:
        model = make_model(quick)
    except ImportError:
        return {}  # no row of the table
    writer = rival.open(logdir / "each")
    each = LoggedRun(logdir / "each", writer, log_one_by_one(writer), histograms_one_by_one(writer))
    runs = {"": each}
    if rival.adds_many:
        writer = rival.open(logdir / "many")
        runs["many_"] = LoggedRun(
            logdir / "many", writer, rival.log(writer), rival.add_histograms(writer)
        )
    for _ in range(1 if quick else BLOCKS):
        for run in runs.values():
            run.train_block(model, steps)
            yield
    return {
        prefix + key: value
        for prefix, run in runs.items()
        for key, value in run.measured(steps).items()
    }


def question(name: str, title: str, make_model: Callable[[bool], Model], most: float) -> Question:
    """What logging costs while `make_model(quick)` is trained; `most` percent are allowed."""

    def run(rival: Rival, logdir: Path, quick: bool) -> Generator[None, None, Measured]:
        return train_in_blocks(make_model, rival, logdir, quick)

    metrics = (
        Metric("percent", f"{title}: logging / training", "%", at_most=most),
        Metric("many_percent", "  by log() and add_histograms()", "%", at_most=most),
        Metric("logging_ns", "  logging, a step", "ns"),
        Metric("unlogged_ns", "  floor: a step without logging", "ns", compared=False),
        Metric("slower_percent", "  slower than without logging", "%", compared=False),
    )
    return Question(name, metrics, run, CALLS, BLOCKS, in_turns=True)
