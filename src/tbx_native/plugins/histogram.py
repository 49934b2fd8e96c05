"""Histograms whose buckets the caller has counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tbx_native import _core
from tbx_native._arguments import to_value
from tbx_native._arrays import to_numbers


def histogram_raw(
    tag: str,
    min: float,
    max: float,
    num: float,
    sum: float,
    sum_squares: float,
    bucket_limits: Sequence[float] | Any,
    bucket_counts: Sequence[float] | Any,
) -> bytes:
    """Returns the Summary of a histogram with these very fields.

    Raises:
        TypeError: Something is no number.
        ValueError: There are not as many limits as counts.
    """
    given = {"min": min, "max": max, "num": num, "sum": sum, "sum_squares": sum_squares}
    limits, counts = _doubles(tag, bucket_limits), _doubles(tag, bucket_counts)
    if len(limits) != len(counts):
        message = "len(bucket_limits) != len(bucket_counts), see the document."
        raise ValueError(f"{message} (tag {tag!r})")
    return _core.encode_histogram(
        tag,
        **{name: to_value(tag, value, name) for name, value in given.items()},
        bucket_limits=limits.tobytes(),
        bucket_counts=counts.tobytes(),
    )


def _doubles(tag: str, values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return to_numbers(tag, values).astype(np.float64).reshape(-1)
