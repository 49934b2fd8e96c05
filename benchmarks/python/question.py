"""What a benchmark module declares: what it asks, in which unit the answer comes, what is good."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.python.rivals.rival import Rival

Unit = Literal["ns", "1/s", "GB/s", "%", "x", "MiB", "threads"]
Measured = dict[str, float]  # by Metric.key; other keys go only into the JSON


@dataclass(frozen=True)
class Metric:
    """One row of the table. Targets are tbx_native's, in the metric's unit."""

    key: str  # in what run() returns, and in the JSON
    label: str
    unit: Unit
    at_most: float | None = None
    at_least: float | None = None
    times_tensorboardx: float | None = None  # how many times as fast it must be
    target_of: str | None = None  # as which contender; None: as the one all ratios are to
    compared: bool = True  # False: a ratio would say nothing about the writers
    at: float | None = None  # where on a plot's axis, of those that make a curve


@dataclass(frozen=True)
class Calls:
    """How many calls one run makes."""

    fast: int
    others: int
    quick: int  # whoever it is: only to see that everything works

    def of(self, rival: Rival, quick: bool) -> int:
        if quick:
            return self.quick
        return self.fast if rival.fast else self.others


@dataclass(frozen=True)
class Question:
    """A workload; `run` checks what was written before it returns what it measured.

    Args:
        name: The module's, and the key in the JSON.
        metrics: The rows of the table.
        calls: How many calls `run` makes, or how many in each of its `bursts`.
        run: Gets the contender, an empty directory, and whether this is a smoke test.
        once: One run is enough.
        in_turns: `run` is a generator. All contenders run in one process, which goes on with the
            next one at each `yield`, so that what the machine does meanwhile hits all alike.
        alone: A process that was asked something else is not fit for it, nor the other way round.
    """

    name: str
    metrics: tuple[Metric, ...]
    run: Callable[[Rival, Path, bool], Measured | Generator[None, None, Measured]]
    calls: Calls
    bursts: int = 1
    once: bool = False
    in_turns: bool = False
    alone: bool = False
