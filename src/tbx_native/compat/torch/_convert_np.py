"""As torch.utils.tensorboard._convert_np: whatever holds numbers becomes a numpy array."""

from __future__ import annotations

from typing import Any

import numpy as np

from tbx_native._arrays import to_numbers

__all__ = ["make_np"]


def make_np(x: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Returns the numbers in an array, in a tensor, or of one number in an array of shape (1,).

    Raises:
        NotImplementedError: It is none of these.
        ValueError: The tensor is a meta tensor.
    """
    if isinstance(x, np.ndarray):
        return x
    if np.isscalar(x):
        return np.array([x])
    if not hasattr(x, "dtype"):
        message = "but numpy array or torch tensor are expected."
        raise NotImplementedError(f"Got {type(x)}, {message}")
    return to_numbers(None, x)
