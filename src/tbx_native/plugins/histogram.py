"""Histograms whose buckets the caller has counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tbx_native import _core
from tbx_native._arrays import to_array


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
    if not isinstance(tag, str):
        raise TypeError(f"tag must be a str, not {type(tag).__name__}: {tag!r}")
    limits, counts = _doubles(tag, bucket_limits), _doubles(tag, bucket_counts)
    if len(limits) != len(counts):
        message = "len(bucket_limits) != len(bucket_counts), see the document."
        raise ValueError(f"{message} (tag {tag!r})")
    buckets = limits.tobytes(), counts.tobytes()
    return _core.encode_histogram(tag, min, max, num, sum, sum_squares, *buckets)


def _doubles(tag: str, values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return to_array(tag, values)[0].astype(np.float64).reshape(-1)
