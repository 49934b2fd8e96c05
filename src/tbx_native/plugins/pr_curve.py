"""Precision-recall curves: what a classifier gets right and wrong above each of some thresholds."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from tbx_native import _core
from tbx_native._arrays import to_numbers

Array = np.ndarray[Any, np.dtype[Any]]

# More of them and tensorboardX found TensorBoard not to read the curve.
_MAX_THRESHOLDS = 127
_MINIMUM_COUNT = 1e-7  # instead of a division by 0; tensorboardX/summary.py, compute_curve()
_DT_FLOAT, _FLOAT_VAL = 1, 5  # of TensorProto


def pr_curve(tag: str, labels: Any, predictions: Any, num_thresholds: Any, weights: Any) -> bytes:
    """Returns the Summary of the curve of some predictions.

    Args:
        tag: As it is to be written.
        labels: What is true, of any shape: bool, or numbers in [0, 1].
        predictions: Of the same shape, in [0, 1]. Those outside, and NaN, are left out.
        num_thresholds: How many points the curve has, at least 1; 127 if more.
        weights: Of each prediction: None, a number, or an array of a shape that broadcasts to
            theirs.

    Raises:
        TypeError: Something is no number.
        ValueError: Shapes do not fit each other, or `num_thresholds` is less than 1.
    """
    thresholds = _checked_thresholds(tag, num_thresholds)
    label_array = _packed(to_numbers(tag, labels))
    scores = _packed(to_numbers(tag, predictions))
    if label_array.shape != scores.shape:
        message = f"has labels of shape {label_array.shape} for predictions of shape {scores.shape}"
        raise ValueError(f"PR curve {tag!r} {message}")
    weighting = None if weights is None else _broadcast(tag, weights, scores.shape)
    sums = _core.count_thresholds(tag, label_array, scores, weighting, thresholds)
    buckets = np.frombuffer(sums).reshape(2, thresholds)
    return _curve_summary(tag, _curve(buckets), thresholds)


def pr_curve_raw(tag: str, rows: Sequence[Any], num_thresholds: Any) -> bytes:
    """Returns the Summary of a curve that the caller has computed.

    Args:
        tag: As it is to be written.
        rows: True positives, false positives, true negatives, false negatives, precision and
            recall, each of shape (points,).
        num_thresholds: What TensorBoard is told of the number of points; 127 if more.

    Raises:
        TypeError: Something is no number.
        ValueError: A row is not as long as the others, or `num_thresholds` is less than 1.
    """
    thresholds = _checked_thresholds(tag, num_thresholds)
    arrays = [to_numbers(tag, row) for row in rows]
    shapes = [array.shape for array in arrays]
    if len(shapes[0]) != 1 or len(set(shapes)) != 1:
        message = f"needs six arrays of one dimension and length, not of shapes {shapes}"
        raise ValueError(f"PR curve {tag!r} {message}")
    return _curve_summary(tag, np.stack([array.astype(np.float64) for array in arrays]), thresholds)


def _checked_thresholds(tag: str, num_thresholds: Any) -> int:
    try:
        thresholds = operator.index(num_thresholds)
    except TypeError:
        kind = type(num_thresholds).__name__
        raise TypeError(f"num_thresholds of PR curve {tag!r} must be an int, not {kind}") from None
    if thresholds < 1:
        message = f"num_thresholds of PR curve {tag!r} must be at least 1, not {thresholds}"
        raise ValueError(message)
    return min(thresholds, _MAX_THRESHOLDS)


def _packed(array: Array) -> Array:
    return array if array.flags.c_contiguous else array.copy("C")


def _broadcast(tag: str, weights: Any, shape: tuple[int, ...]) -> Array:
    array = to_numbers(tag, weights)
    try:
        return _packed(np.broadcast_to(array, shape))
    except ValueError:
        message = f"has weights of shape {array.shape} for predictions of shape {shape}"
        raise ValueError(f"PR curve {tag!r} {message}") from None


def _curve(buckets: Array) -> Array:
    """From the true and the false positives of each bucket, the six rows of the curve."""
    with np.errstate(all="ignore"):  # weights may be anything
        # A threshold is passed by what is in its bucket and all above.
        tp, fp = np.cumsum(buckets[:, ::-1], axis=1)[:, ::-1]
        tn, fn = fp[0] - fp, tp[0] - tp
        precision = tp / np.maximum(_MINIMUM_COUNT, tp + fp)
        recall = tp / np.maximum(_MINIMUM_COUNT, tp + fn)
    return np.stack((tp, fp, tn, fn, precision, recall))


def _curve_summary(tag: str, rows: Array, thresholds: int) -> bytes:
    from tbx_native.proto.plugin_pr_curve import PrCurvePluginData

    content = PrCurvePluginData(num_thresholds=thresholds).SerializeToString()
    with np.errstate(over="ignore"):  # to an infinity, as protobuf does
        values = rows.astype("<f4").data
    return _core.encode_tensor(tag, "pr_curves", content, _DT_FLOAT, rows.shape, _FLOAT_VAL, values)
