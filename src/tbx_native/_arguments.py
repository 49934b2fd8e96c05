"""What counts as a tag, a step, a wall time and one number: the long way, and the words of the errors.

The native methods decide the common cases themselves and call these functions by name for all others.
"""

from __future__ import annotations

import logging
import math
import operator
import re
import sys
from typing import Any

import numpy as np

_logger = logging.getLogger("tbx_native")

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_NOT_IN_TAGS = re.compile(r"[^-/\w\.]")


def clean_tag(tag: str) -> str:
    """Returns `tag` as tensorboardX writes it: other characters than [-/\\w.] as "_", and no leading slash."""
    cleaned = _NOT_IN_TAGS.sub("_", tag).lstrip("/")
    if cleaned != tag:
        _logger.info("Summary name %s is illegal; using %s instead.", tag, cleaned)
    return cleaned


def warn_not_finite(tag: str, step: int) -> None:
    """Logs tensorboardX's sentence about a value that is NaN or infinite, with the tag and step that it leaves out."""
    _logger.warning("NaN or Inf found in input tensor. (tag %r, step %d; told once per tag)", tag, step)


def to_step(tag: object, step: object) -> int:
    """Returns `step` as an int.

    Raises:
        TypeError: It is not a number.
        ValueError: It is not integral, or outside int64.
    """
    value = step
    if not isinstance(step, (int, float)):
        value = _item(step)
    if isinstance(value, float):
        if not value.is_integer():  # nan and inf are not, either
            raise ValueError(f"step of tag {tag!r} must be integral, not {step!r}")
        value = int(value)
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # asking is the point
    except TypeError:
        raise TypeError(
            f"step of tag {tag!r} must be an integer, not {type(step).__name__}: {step!r}"
        ) from None
    if not _INT64_MIN <= number <= _INT64_MAX:
        raise ValueError(f"step of tag {tag!r} must fit into 64 bits, not {step!r}")
    return number


def to_wall_time(tag: object, walltime: object) -> float:
    """Returns `walltime` as a float, in seconds since the Unix epoch.

    Raises:
        TypeError: It is not a number.
        ValueError: It is not finite; TensorBoard would drop the rest of the file.
    """
    value = _real(walltime)
    if value is None:
        raise TypeError(
            f"walltime of tag {tag!r} must be a number of seconds, not {type(walltime).__name__}: {walltime!r}"
        )
    if not math.isfinite(value):
        raise ValueError(f"walltime of tag {tag!r} must be finite, not {walltime!r}")
    return value


def to_value(tag: object, value: object) -> float:
    """Returns the one number that `value` is or holds.

    Raises:
        TypeError: It is no number, or complex.
        ValueError: It holds more or fewer than one, or is an int beyond the range of a float64.
    """
    number = _real(value)
    if number is not None:
        return number
    size = getattr(value, "size", None)
    count = size() if callable(size) else size
    shape = getattr(value, "shape", None)
    if shape is not None and count != 1:
        raise ValueError(f"value of tag {tag!r} must be one number, not an array of shape {tuple(shape)}")
    if isinstance(value, (list, tuple)):
        if len(value) == 1:
            return to_value(tag, value[0])
        raise ValueError(f"value of tag {tag!r} must be one number, not {len(value)}: {value!r}")
    if isinstance(value, int):
        raise ValueError(f"value of tag {tag!r} is beyond the range of a float: {value!r}")
    raise TypeError(f"value of tag {tag!r} must be one number, not {type(value).__name__}: {value!r}")


def is_float_like(kind: type) -> bool:
    """Tells whether float() alone turns every one-element instance of `kind` into its value, and rejects all others."""
    if issubclass(kind, (np.floating, np.integer, np.bool_)):
        return True
    # Asked of sys.modules: whoever has a tensor has torch, and nobody else should pay for its import.
    torch = sys.modules.get("torch")
    return torch is not None and kind in (torch.Tensor, torch.nn.Parameter)


def _real(value: object) -> float | None:
    """The one real number in `value`, or None."""
    value = _item(value)
    if isinstance(value, (str, bytes, bytearray, complex, np.complexfloating)) or not hasattr(value, "__float__"):
        if not hasattr(value, "__index__"):
            return None
    try:
        return float(value)  # type: ignore[arg-type]  # has __float__ or __index__, as just checked
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return None


def _item(value: Any) -> Any:
    """The only element of an array or tensor as a Python scalar; anything else as it is."""
    if isinstance(value, np.generic):
        return value.item() if value.dtype.kind in "biufc" else value
    shape = getattr(value, "shape", None)
    if not isinstance(shape, tuple) or math.prod(shape) != 1:
        return value
    if hasattr(value, "item"):
        try:
            return value.item()
        except (TypeError, ValueError, RuntimeError, NotImplementedError):
            return value
    return np.asarray(value).item() if hasattr(value, "__array__") else value
