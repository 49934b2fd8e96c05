"""Reads back the histograms that a contender has written, so that no time is told of wrong ones."""

import math
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from benchmarks.python.answers import event_file, loaded_values, require
from benchmarks.reference_histogram import Histogram

TaggedHistogram = tuple[str, int, Histogram]  # tag, step, histogram

# Sums depend on the order of adding: so much of the sum of all magnitudes.
SUM_TOLERANCE: Final = 1e-12


def check_histograms(directory: Path, started: float, expected: Iterable[TaggedHistogram]) -> None:
    """Compares a file with all histograms it must have, in order, added since `started`."""
    pairs = zip_longest(_loaded(event_file(directory), started), expected)
    for index, (found, wanted) in enumerate(pairs):
        require(wanted is not None, f"histogram {index} is {found and found[:2]}, not nothing")
        tag, step, histo = wanted
        require(found is not None, f"histogram {index} is nothing, not {(tag, step)}")
        require(found[:2] == (tag, step), f"histogram {index} is {found[:2]}, not {(tag, step)}")
        problem = difference(found[2], histo)
        require(not problem, f"histogram {index}: {problem}")


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


def _loaded(path: Path, started: float) -> Iterator[tuple[str, int, Any]]:
    for step, value in loaded_values(path, started):
        require(value.WhichOneof("value") == "histo", f"{value.tag} is a histogram")
        yield value.tag, step, value.histo
