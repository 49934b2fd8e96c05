"""The hot methods of SummaryWriter, called in the parts that callgrind.py counts.

Called as `python -m benchmarks.python.hot_calls DIRECTORY`.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable
from itertools import cycle, repeat
from typing import Any, Final

import numpy as np

from tbx_native import SummaryWriter

TAG: Final = "train/loss"
CALLS: Final = 500
LOG_METRICS: Final = 32
HISTOGRAM_VALUES: Final = 1000


def paths(writer: SummaryWriter) -> dict[str, Callable[[int], None]]:
    """What does each path `calls` times."""
    floats = [index / 1024 for index in range(100)]
    float32 = [np.float32(value) for value in floats]
    metrics = {f"{TAG}/{index}": floats[index] for index in range(LOG_METRICS)}
    values = np.random.default_rng(0).normal(size=HISTOGRAM_VALUES).astype(np.float32)
    return {
        "add_scalar(tag, float)": _steps(writer.add_scalar, repeat(TAG), cycle(floats)),
        "add_scalar(tag, np.float32)": _steps(writer.add_scalar, repeat(TAG), cycle(float32)),
        f"log() of {LOG_METRICS} metrics": _steps(writer.log, repeat(metrics)),
        "add_text(tag, 11 characters)": _steps(
            writer.add_text, repeat("note"), repeat("eleven char")
        ),
        f"add_histogram(tag, {HISTOGRAM_VALUES:,} float32)": _steps(
            writer.add_histogram, repeat("layer/weight"), repeat(values)
        ),
    }


def _steps(method: Callable[..., object], *arguments: Iterable[Any]) -> Callable[[int], None]:
    """Calls the method with the next of the arguments, and with steps from 0 on."""

    def call(calls: int) -> None:
        # No loop in Python, whose instructions would hide those of the method.
        deque(map(method, *arguments, range(calls)), maxlen=0)

    return call


def mark() -> None:
    """Where callgrind notes what was counted up to now."""
    os.getpriority(os.PRIO_PROCESS, 0)


def main() -> None:
    writer = SummaryWriter(sys.argv[1])
    for name, path in paths(writer).items():
        print(name, CALLS, sep="\t", flush=True)
        path(CALLS)  # first calls learn types and tags
        writer.flush()  # so that every call finds room in the ring
        mark()
        path(CALLS)
        mark()
        path(2 * CALLS)
        mark()
    writer.close()


if __name__ == "__main__":
    main()
