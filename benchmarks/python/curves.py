"""What the benchmarks of scalars add: numbers that a float32 holds exactly, curves of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.python.answers import require
from benchmarks.python.rivals.rival import Writer
from benchmarks.python.rivals.tbx_native import TbxNative

TAG: Final = "train/loss"
# Made beforehand, so that a loop only picks the next; and few, so that they stay in the cache.
VALUES: Final = tuple(index / 1024 for index in range(500))


def add_curve(writer: Writer, tag: str, steps: int) -> None:
    """`steps` from 0."""
    for base in range(0, steps, len(VALUES)):
        for step, value in enumerate(VALUES[: steps - base], base):
            writer.add_scalar(tag, value, step)


def check_curves(directory: Path, steps: Mapping[str, int]) -> None:
    """Compares a file with the curves that add_curve() adds, by tag, each in order."""
    curves = TbxNative().read_scalars(directory)
    require(curves.keys() == steps.keys(), f"the tags are {sorted(steps)}")
    for tag, count in steps.items():
        found, _, values = curves[tag]
        require(np.array_equal(found, np.arange(count)), f"the steps of {tag} are in order")
        wanted = np.resize(np.array(VALUES, np.float32), count)
        require(np.array_equal(values, wanted), f"the values of {tag} are as they were given")
