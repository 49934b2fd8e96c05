"""Bucket limits that the user asks for in numpy's words."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

# numpy's "fd", and in older versions "auto" with it, divide the range by the spread of the middle
# half: one outlier among equal values asks for more buckets than there is memory.
MAX_ESTIMATED_BUCKETS = 65_536

_Doubles = np.ndarray[Any, np.dtype[np.float64]]


def given_limits(tag: object, bins: Any) -> _Doubles | None:
    """Returns `bins` as float64 if it is a sequence of limits; None if those depend on the values.

    Raises:
        TypeError, ValueError: They are no limits; the message names `tag`.
    """
    try:
        if isinstance(bins, str) or np.ndim(bins) == 0:
            return None
        limits = np.asarray(bins)
        if limits.ndim != 1 or len(limits) < 2:
            raise ValueError("a sequence of at least two limits is needed")
        return np.ascontiguousarray(limits, np.float64)
    except TypeError as error:
        raise TypeError(f"bins of tag {tag!r}: {error}") from error
    except (ValueError, OverflowError) as error:
        raise ValueError(f"bins of tag {tag!r}: {error}") from error


def estimated_limits(tag: object, bins: Any, finite_values: bytes) -> _Doubles:
    """Returns the limits that numpy.histogram would use for the values.

    Args:
        tag: Named in exceptions.
        bins: An int, or the name of one of numpy's estimators. "fd" and "auto" give at most
            MAX_ESTIMATED_BUCKETS buckets.
        finite_values: The bytes of float64.

    Raises:
        TypeError, ValueError: numpy knows no such bins.
    """
    finite = np.frombuffer(finite_values, np.float64)
    try:
        unbounded = isinstance(bins, str) and (
            bins == "fd" or (bins == "auto" and _auto_is_unbounded())
        )
        if unbounded and _estimates_too_many(finite):
            bins = MAX_ESTIMATED_BUCKETS
        return np.ascontiguousarray(np.histogram_bin_edges(finite, bins), np.float64)
    except TypeError as error:
        raise TypeError(f"bins of tag {tag!r}: {error}") from error
    except (ValueError, OverflowError) as error:
        raise ValueError(f"bins of tag {tag!r}: {error}") from error


@functools.cache
def _auto_is_unbounded() -> bool:
    """Whether this numpy lets an outlier decide, asked with one that costs little."""
    outlier_among_equals = np.repeat([0.0, 1.0, 20_000.0], [9, 25, 1])
    return len(np.histogram_bin_edges(outlier_among_equals, "auto")) > 1000


def _estimates_too_many(finite: _Doubles) -> bool:
    if not finite.size:
        return False
    lower, upper = np.percentile(finite, [25, 75])
    width = 2 * (upper - lower) * finite.size ** (-1 / 3)  # Freedman and Diaconis
    with np.errstate(over="ignore"):
        return bool(width > 0 and np.ptp(finite) / width > MAX_ESTIMATED_BUCKETS)
