"""Turns a caller's arguments into what is encoded, or refuses them, naming tag and value.

One event that no reader can parse costs the rest of its file. So whatever could make one (a tag
that is not UTF-8, a wall time that is no finite number) is refused before a byte is written.
TypeError: not that kind of thing at all. ValueError: the right kind, but not writable.
"""

import math
import os
import re
import reprlib
from typing import Any, Final

import numpy as np

# tensorboardX's rule. Word characters of every script survive; spaces and colons do not.
_ILLEGAL_IN_TAG: Final = re.compile(r"[^-/\w\.]")
_INT64_MIN: Final = -(1 << 63)
_INT64_MAX: Final = (1 << 63) - 1
# int() or float() take them.
_NO_NUMBERS: Final = (
    *(str, bytes, bytearray),
    *(np.complexfloating, np.datetime64, np.timedelta64),
)
_MAX_NESTED_LISTS: Final = 64  # as deep as numpy goes; a list may hold itself
_REAL_KINDS: Final = "biuf"  # numpy's, too: bool, signed, unsigned, floating
_DATES_AND_DURATIONS: Final = "mM"  # numpy's kinds, which item() may turn into integers


def shown(value: object) -> str:
    """A short repr for error messages: a big array or a long tag is cut."""
    try:
        return reprlib.repr(value)
    except ValueError:  # an int of more digits than Python prints
        return f"<{type(value).__name__}>"


def clean_tag(tag: str) -> str:
    """The tag as tensorboardX writes it; what it replaces includes every lone surrogate."""
    return _ILLEGAL_IN_TAG.sub("_", tag).lstrip("/")


def checked_text(text: Any, name: str) -> str:
    """A str that encodes as UTF-8."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {shown(text)}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} {shown(text)} is not encodable as UTF-8: {error}") from None
    return text


def checked_directory(root: str, main_tag: str, key: Any, owner: str) -> str:
    """Where add_scalars writes `key`: tensorboardX's `<root>/<main tag>/<key>`, never elsewhere."""
    checked_text(main_tag, f"{owner}: directory")
    checked_text(key, f"{owner}: key")
    # A part with a leading slash would make the join forget the root.
    directory = os.path.join(root, main_tag.lstrip("/"), key.lstrip("/"))
    if "\0" in directory:
        raise ValueError(f"{owner}: directory {shown(directory)} contains a NUL")
    if os.path.relpath(directory, root).split(os.sep)[0] == os.pardir:
        raise ValueError(f"{owner}: directory {shown(directory)} is outside the log directory")
    return directory


def checked_step(step: Any, owner: str) -> int:
    """An int64; None means unset, which is written as 0 is: not at all. `owner` is for messages."""
    if step is None:
        return 0
    problem = f"{owner}: step {shown(step)}"
    number = _no_text_or_array(step, f"{problem} is not an integer")
    try:
        whole = int(number)
    except TypeError:
        raise TypeError(f"{problem} is not an integer") from None
    except (ValueError, OverflowError, RuntimeError):  # NaN, infinity, a tensor of several
        raise ValueError(f"{problem} is not an integer") from None
    if whole != number:
        raise ValueError(f"{problem} is not an integer")
    if not _INT64_MIN <= whole <= _INT64_MAX:
        raise ValueError(f"{problem} is outside the range of int64")
    return whole


def checked_wall_time(wall_time: Any, owner: str) -> float:
    """Finite seconds since the epoch."""
    problem = f"{owner}: wall time {shown(wall_time)}"
    number = _no_text_or_array(wall_time, f"{problem} is not a number")
    seconds = _as_float(number, problem)
    if not math.isfinite(seconds):
        raise ValueError(f"{problem} is not finite")
    return seconds


def checked_value(value: Any, owner: str) -> float:
    """One number: a number, or an array, tensor or nested list that holds exactly one."""
    if type(value) is float:
        return value
    problem = f"{owner}: value {shown(value)}"
    number = value
    for _ in range(_MAX_NESTED_LISTS):
        if not isinstance(number, (list, tuple)):
            break
        if len(number) != 1:
            raise ValueError(f"{problem} is not exactly one number")
        number = number[0]
    try:
        kind = getattr(getattr(number, "dtype", None), "kind", None)
        if hasattr(number, "item"):
            number = number.item()
    except (ValueError, RuntimeError):  # what numpy and torch raise for any other element count
        raise ValueError(f"{problem} is not exactly one number") from None
    if kind is not None and kind in _DATES_AND_DURATIONS:
        raise TypeError(f"{problem} is not a number")
    return _as_float(_no_text_or_array(number, f"{problem} is not a number"), problem)


def checked_array(values: Any, owner: str) -> np.ndarray[Any, Any]:
    """Real numbers in an array, at least one."""
    if hasattr(values, "detach"):  # a tensor, whose type numpy may not have; a double holds it
        values = values.detach().cpu().double().numpy()
    array = np.asarray(values)
    if array.dtype.kind not in _REAL_KINDS:
        raise TypeError(f"{owner}: {shown(values)} are no real numbers")
    if not array.size:
        raise ValueError(f"{owner}: {shown(values)} hold no number")
    return array


def checked_doubles(values: Any, owner: str) -> list[float]:
    """Numbers as a list of float, maybe an empty one."""
    array = np.asarray(values)
    if array.dtype.kind not in _REAL_KINDS:
        raise TypeError(f"{owner}: {shown(values)} are no real numbers")
    doubles: list[float] = array.astype(np.float64).reshape(-1).tolist()
    return doubles


def _as_float(number: Any, problem: str) -> float:
    try:
        return float(number)
    except TypeError:
        raise TypeError(f"{problem} is not a number") from None
    except OverflowError:
        raise ValueError(f"{problem} is beyond the range of a double") from None
    except ValueError:  # a signalling NaN of decimal
        raise ValueError(f"{problem} has no value") from None


def _no_text_or_array(value: Any, message: str) -> Any:
    """What int() and float() would convert although it is no number; opens a 0-d array."""
    if isinstance(value, np.ndarray):
        # numpy converts arrays of one element and one dimension in some versions, not in others.
        if value.ndim > 0:
            raise TypeError(message)
        value = value[()] if value.dtype.kind in _DATES_AND_DURATIONS else value.item()
    if isinstance(value, _NO_NUMBERS):
        raise TypeError(message)
    return value
