"""Reads back the histograms that a contender has written, so that no time is told of wrong ones."""

import math
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from benchmarks.python.answers import event_file, loaded_values, number_of, require, tensor_of
from benchmarks.reference_histogram import Histogram

Tagged = tuple[str, int, Histogram | float]  # tag, step, and a histogram or a scalar

# Sums depend on the order of adding: so much of the sum of all magnitudes.
SUM_TOLERANCE: Final = 1e-12


def check_histograms(directory: Path, started: float, expected: Iterable[Tagged]) -> None:
    """Compares a file with all it must have, in order, added since `started`.

    Among the histograms there may be scalars.
    """
    pairs = zip_longest(loaded_values(event_file(directory), started), expected)
    for index, (found, wanted) in enumerate(pairs):
        require(wanted is not None, f"value {index} is {found and found[1].tag}, not nothing")
        tag, step, content = wanted
        require(found is not None, f"value {index} is nothing, not {(tag, step)}")
        where = (found[1].tag, found[0])
        require(where == (tag, step), f"value {index} is {where}, not {(tag, step)}")
        if isinstance(content, Histogram):
            problem = _problem(found[1], content)
            require(not problem, f"histogram {index}: {problem}")
        else:
            number = number_of(found[1])
            require(number == content, f"scalar {index} is {number}, not {content}")


def _problem(value: Any, wanted: Histogram) -> str:
    if value.metadata.plugin_data.plugin_name == "histograms":  # tf.summary's
        return tensor_difference(tensor_of(value), wanted)
    require(value.WhichOneof("value") == "histo", f"{value.tag} is a histogram")
    return difference(value.histo, wanted)


def difference(found: Any, wanted: Histogram) -> str:
    """Where a HistogramProto is not what it should be; nothing if it is."""
    for name in ("min", "max", "num"):
        if getattr(found, name) != getattr(wanted, name):
            return f"{name} is {getattr(found, name)}, not {getattr(wanted, name)}"
    if list(found.bucket_limit) != wanted.limits:
        return "bucket limits differ"
    if list(found.bucket) != wanted.counts:
        return "bucket counts differ"
    # By Cauchy and Schwarz no less than the sum of the magnitudes; for normal ones a quarter more.
    magnitudes = math.sqrt(wanted.num * wanted.sum_squares)
    if not abs(found.sum - wanted.sum) <= SUM_TOLERANCE * magnitudes:
        return f"sum is {found.sum}, not {wanted.sum}"
    if not abs(found.sum_squares - wanted.sum_squares) <= SUM_TOLERANCE * wanted.sum_squares:
        return f"sum_squares is {found.sum_squares}, not {wanted.sum_squares}"
    return ""


def tensor_difference(found: NDArray[Any], wanted: Histogram) -> str:
    """Where rows of left edge, right edge and count are not those of the values counted.

    Their buckets are others than those of `wanted`, so that only ends and number can be compared.
    """
    lefts, rights, counts = found.T
    ends = (lefts[0], rights[-1], counts.sum())
    if ends != (wanted.min, wanted.max, wanted.num):
        return f"minimum, maximum and number are {ends}"
    return ""
