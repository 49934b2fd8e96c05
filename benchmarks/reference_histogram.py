"""Histograms in plain Python: which buckets there are, and what counts in which.

The default limits are tensorboardX's `default_bins`. The rule of counting is numpy.histogram's: a
bucket holds the values from its lower limit up to, but not including, its upper one; the last
holds both. Values that are NaN or infinite are in no bucket and in no sum. With the default limits,
finite values beyond the outermost ones count in the outer buckets, so that the counts add up to
`num`.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

Doubles = np.ndarray[Any, np.dtype[np.float64]]


def default_limits() -> list[float]:
    """1,549 limits: 1e-12, and each 1.1 times the one before while below 1e20; mirrored; and 0."""
    positive = []
    limit = 1e-12
    while limit < 1e20:
        positive.append(limit)
        limit *= 1.1  # the rounding of every step is part of the format
    return [-limit for limit in reversed(positive)] + [0.0] + positive


@dataclass(frozen=True)
class Histogram:
    """The fields of a HistogramProto; bucket i holds what lies below limit i."""

    min: float
    max: float
    num: float
    sum: float
    sum_squares: float
    limits: list[float]
    counts: list[float]


def histogram(values: Any, bins: Any = "tensorflow", max_bins: int | None = None) -> Histogram:
    """Counts `values`, an array of real numbers that is not empty."""
    everything: Doubles = np.asarray(values).astype(np.float64).reshape(-1)
    finite: Doubles = everything[np.isfinite(everything)]
    if isinstance(bins, str) and bins == "tensorflow":
        limits: Doubles = np.array(default_limits())
        counts, _ = np.histogram(np.clip(finite, limits[0], limits[-1]), limits)
    else:
        counts, limits = np.histogram(finite, bins)
        if not len(counts):
            raise ValueError(f"bins {bins!r} make no bucket")
    if max_bins is not None and len(counts) > max_bins:
        counts, limits = _grouped(counts, limits, len(counts) // max_bins)
    kept_limits, kept_counts = _trimmed(limits.tolist(), counts.tolist())
    if not finite.size:
        return Histogram(0, 0, 0, 0, 0, kept_limits, kept_counts)
    return Histogram(
        finite.min(),
        finite.max(),
        finite.size,
        finite.sum(),
        finite.dot(finite),
        kept_limits,
        kept_counts,
    )


def _grouped(counts: Any, limits: Doubles, size: int) -> tuple[Any, Doubles]:
    """Adds up groups of `size` neighbours; the last group takes what is left."""
    starts = np.arange(0, len(counts), size)
    return np.add.reduceat(counts, starts), np.append(limits[:-1][starts], limits[-1])


def _trimmed(limits: list[float], counts: list[int]) -> tuple[list[float], list[float]]:
    """Keeps the first to the last bucket with values, behind an empty one that gives its limit."""
    holding = [i for i, count in enumerate(counts) if count]
    if not holding:
        return [], []
    first, last = holding[0], holding[-1]
    kept = itertools.chain([0], counts[first : last + 1])
    return limits[first : last + 2], [float(count) for count in kept]
