"""As tensorboardX.x2num: whatever holds numbers becomes a numpy array."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from tbx_native._arrays import to_numbers

__all__ = [
    "check_nan",
    "make_np",
    "prepare_chainer",
    "prepare_mxnet",
    "prepare_pytorch",
    "prepare_theano",
]

logger = logging.getLogger("tbx_native")

Array = np.ndarray[Any, np.dtype[Any]]


def check_nan(array: Array) -> Array:
    """Logs a warning if something in `array` is not finite; returns it."""
    if not np.isfinite(array).all():
        logger.warning("NaN or Inf found in input tensor.")
    return array


def make_np(x: Any) -> Array:
    """Returns the numbers in `x`: an array or tensor of any library, a number, or lists of them.

    Raises:
        NotImplementedError: It is nothing of the kind.
        TypeError: It holds no numbers.
    """
    if x is None or not (np.isscalar(x) or hasattr(x, "__len__") or hasattr(x, "dtype")):
        raise NotImplementedError(f"Got {type(x)}, but expected numpy array or torch tensor.")
    return check_nan(to_numbers(None, x))


def prepare_pytorch(x: Any) -> Array:
    """Returns the numbers in a tensor of torch, on any device."""
    return to_numbers(None, x)


def prepare_mxnet(x: Any) -> Array:
    """Returns the numbers in an array of mxnet."""
    return np.asarray(x.asnumpy())


def prepare_chainer(x: Any) -> Array:
    """Returns the numbers in a variable of chainer."""
    return to_numbers(None, x.data)


def prepare_theano(x: Any) -> None:
    """Does nothing, as in tensorboardX."""
