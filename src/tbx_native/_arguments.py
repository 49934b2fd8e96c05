"""What counts as a tag, a step, a wall time and one number: the long way, and the errors' words.

The native methods decide the common cases themselves and call these functions for all others.
TypeError: not that kind of thing at all. ValueError: the right kind, but not writable.
"""

from __future__ import annotations

import math
import re
import reprlib
import sys
from typing import Any

import numpy as np

from tbx_native._logger import logger

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_DATES_AND_DURATIONS = "mM"  # numpy's kinds; their item() is an int in some units
_MAX_NESTED_LISTS = 64  # as deep as numpy goes; a list may hold itself

# All of them have __float__, or are taken by float().
_NO_NUMBERS = (
    *(str, bytes, bytearray, complex),
    *(np.ndarray, np.complexfloating, np.datetime64, np.timedelta64),
)

_short_repr = reprlib.Repr()
_short_repr.maxstring = _short_repr.maxother = 200  # characters


def shown(value: object) -> str:
    """A short repr for error messages, of whatever a caller may pass."""
    try:
        return _short_repr.repr(value)
    except Exception:  # an int of more digits than Python prints, a tensor on a device that failed
        return f"<{type(value).__name__}>"


def clean_tag(tag: str) -> str:
    """Returns `tag` as tensorboardX writes it: only [-/\\w.], all else is "_", no leading slash."""
    cleaned = re.sub(r"[^-/\w\.]", "_", tag).lstrip("/")
    if cleaned != tag:
        logger().info("Summary name %s is illegal; using %s instead.", tag, cleaned)
    return cleaned


def warn_not_finite(tag: str, step: int, count: int, among: int) -> None:
    """Logs tensorboardX's sentence about such values, with the tag and step that it leaves out.

    `count` of the `among` values that were given are NaN or infinite.
    """
    how_many = "" if among == 1 else f", {count} of {among} values"
    message = "NaN or Inf found in input tensor. (tag %r, step %d%s; told once per tag)"
    logger().warning(message, tag, step, how_many)


def to_step(tag: object, step: object) -> int:
    """Returns `step` as an int; a `tag` of None is not named in messages.

    Raises:
        TypeError: It is not a number.
        ValueError: It is not integral, or outside int64.
    """
    if type(step) is int and _INT64_MIN <= step <= _INT64_MAX:
        return step
    what = "step" + _of(tag)
    value = _opened(step)
    if not _is_number(value, "__int__"):
        raise TypeError(f"{what} must be an integer, not {_kind_and_value(step)}")
    try:
        number = int(value)
        is_integral = not hasattr(type(value), "__int__") or bool(number == value)
    except (ArithmeticError, ValueError, RuntimeError):  # nan, inf, a tensor without data
        is_integral = False
    except TypeError as error:
        raise TypeError(f"{what} must be an integer, not {_kind_and_value(step)}") from error
    if not is_integral:
        raise ValueError(f"{what} must be integral, not {shown(step)}")
    if not _INT64_MIN <= number <= _INT64_MAX:
        raise ValueError(f"{what} must fit into 64 bits, not {shown(step)}")
    return number


def to_wall_time(tag: object, walltime: object) -> float:
    """Returns `walltime`, seconds since the Unix epoch, as a float.

    A `tag` of None is not named in messages.

    Raises:
        TypeError: It is not a number.
        ValueError: It is not finite; TensorBoard would drop the rest of the file.
    """
    seconds = _to_float(_opened(walltime), "walltime" + _of(tag), walltime)
    if not math.isfinite(seconds):
        raise ValueError(f"walltime{_of(tag)} must be finite, not {shown(walltime)}")
    return seconds


def to_value(tag: object, value: object, name: str = "value") -> float:
    """Returns the one number that `value` is or holds; messages call it `name`.

    Raises:
        TypeError: It is no number, or complex.
        ValueError: It holds more or fewer than one, or is beyond the range of a float64.
    """
    what = name + _of(tag)
    number: Any = value
    for _ in range(_MAX_NESTED_LISTS):
        if not isinstance(number, (list, tuple)):
            break
        if len(number) != 1:
            raise ValueError(f"{what} must be one number, not {len(number)}: {shown(value)}")
        number = number[0]
    shape = getattr(number, "shape", None)
    if isinstance(shape, tuple):  # torch.Size is one
        if math.prod(shape) != 1:
            raise ValueError(f"{what} must be one number, not an array of shape {tuple(shape)}")
        if isinstance(number, np.ndarray) and number.dtype.kind not in _DATES_AND_DURATIONS:
            number = number.item()
    return _to_float(_opened(number), what, value)


def short_way(kind: type) -> str:
    """Names what alone turns every one-element instance of `kind` into its value, and no other.

    "float" is float(), "item" the method item(), "" says that there is no such thing.
    """
    if issubclass(kind, np.timedelta64):
        return ""  # an integer to numpy, and a number to float() in some units
    if issubclass(kind, (np.floating, np.integer, np.bool_)):
        return "float"
    # Asked of sys.modules: who has a tensor has torch, and nobody else should pay for its import.
    torch = sys.modules.get("torch")
    # Not float(), which warns of tensors that require a gradient, as every loss does.
    return "item" if torch is not None and kind in (torch.Tensor, torch.nn.Parameter) else ""


def _of(tag: object) -> str:
    return "" if tag is None else f" of tag {shown(tag)}"


def _kind_and_value(value: object) -> str:
    return f"{type(value).__name__}: {shown(value)}"


def _opened(value: Any) -> Any:
    """The element of a 0-d array or of a tensor; anything else, and what cannot be read, as it is.

    An array of one element in more dimensions is none here: numpy itself takes it for a number in
    some versions only.
    """
    if isinstance(value, (np.ndarray, np.generic)):
        is_opened = value.ndim == 0 and value.dtype.kind not in _DATES_AND_DURATIONS
        return value.item() if is_opened else value
    if not isinstance(getattr(value, "shape", None), tuple):
        return value
    if hasattr(value, "item"):
        try:
            return value.item()
        except (TypeError, ValueError, RuntimeError):
            return value  # float() and int() meet the same error again, and say it
    return _opened(np.asarray(value)) if hasattr(value, "__array__") else value


def _is_number(value: object, conversion: str) -> bool:
    """Tells whether `value` has the method `conversion`, and does not only look like a number."""
    if isinstance(value, _NO_NUMBERS):
        return False
    return any(hasattr(type(value), name) for name in (conversion, "__index__"))


def _to_float(number: Any, what: str, given: object) -> float:
    if not _is_number(number, "__float__"):
        raise TypeError(f"{what} must be one number, not {_kind_and_value(given)}")
    try:
        return float(number)
    except OverflowError as error:
        raise ValueError(f"{what} is beyond the range of a float: {shown(given)}") from error
    except TypeError as error:
        raise TypeError(f"{what} must be one number, not {_kind_and_value(given)}") from error
    except (ValueError, ArithmeticError, RuntimeError) as error:
        raise ValueError(f"{what} cannot be read: {shown(given)}: {error}") from error
