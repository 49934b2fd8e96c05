"""The one intake for arrays: what holds numbers becomes a numpy array, uncopied where possible."""

from __future__ import annotations

import functools
import sys
import warnings
from typing import Any

import numpy as np

# Types that numpy has no name for travel as the integers of their bits.
_BITS_OF = {
    "bfloat16": np.uint16,
    "float8_e4m3fn": np.uint8,
    "float8_e5m2": np.uint8,
    "float8_e4m3fnuz": np.uint8,
    "float8_e5m2fnuz": np.uint8,
}

# What the core reads as it is, which is what most arrays are: numpy would make up the name of a
# dtype anew each time, in Python.
_NAME_OF = {
    np.dtype(name): name
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64"),
    )
}


def to_array(
    tag: object, values: Any, *, keeps_complex: bool = False
) -> tuple[np.ndarray[Any, Any], str]:
    """Returns the numbers in `values` and the name of their type.

    Args:
        tag: Named in exceptions.
        values: An array or tensor of any library on any device (by the buffer protocol, DLPack or
            ``__array__``), a number, or nested sequences of numbers.
        keeps_complex: False leaves imaginary parts out, with a warning.

    Returns:
        An array of bool, integers, floats or complex numbers in the host's byte order, and its
        dtype's name; for bfloat16 and the float8 types an array of their bits as unsigned integers.

    Raises:
        TypeError: They are no numbers.
        ValueError: They cannot be read: a meta tensor, a ragged list.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(values, torch.Tensor):
        return _from_torch(tag, values, torch, keeps_complex)
    if isinstance(values, (str, bytes)) or values is None:
        raise TypeError(f"values of tag {tag!r} must be numbers, not {type(values).__name__}")
    return _native(tag, _as_numpy(tag, values), keeps_complex)


def to_numbers(tag: object, values: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """As to_array(), for those who calculate: bfloat16 and float8 are widened to float32."""
    array, name = to_array(tag, values)
    if name not in _BITS_OF:
        return array
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(values, torch.Tensor):
        return to_array(tag, values.detach().float())[0]
    return np.asarray(values).astype(np.float32)


def snapshot(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A copy that nobody else changes, in the order in which the array's memory is."""
    return array.copy(order="K")


def _as_numpy(tag: object, values: Any) -> np.ndarray[Any, Any]:
    if not hasattr(values, "__array__") and hasattr(values, "__dlpack__"):
        return np.from_dlpack(values)
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"values of tag {tag!r} are no array: {error}") from error


def _native(
    tag: object, array: np.ndarray[Any, Any], keeps_complex: bool
) -> tuple[np.ndarray[Any, Any], str]:
    """`array` as a type that the core reads."""
    known_name = _NAME_OF.get(array.dtype)
    if known_name is not None:
        return array, known_name
    kind, name = array.dtype.kind, array.dtype.name
    if name in _BITS_OF:  # ml_dtypes' types, which jax uses
        return array.view(_BITS_OF[name]), name
    if kind == "c":
        if not keeps_complex:
            _warn_of_complex(tag)
            array = array.real
    elif kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(f"values of tag {tag!r} must be numbers: {error}") from None
    elif kind not in "biuf":
        raise TypeError(f"values of tag {tag!r} must be numbers, not {array.dtype}")
    widest = np.dtype(np.complex128 if array.dtype.kind == "c" else np.float64)
    if array.dtype.itemsize > widest.itemsize:  # long double
        array = array.astype(widest)
    return array.astype(array.dtype.newbyteorder("="), copy=False), array.dtype.name


def _from_torch(
    tag: object, tensor: Any, torch: Any, keeps_complex: bool
) -> tuple[np.ndarray[Any, Any], str]:
    if tensor.device.type == "meta":
        raise ValueError(f"values of tag {tag!r} are a meta tensor, which holds none")
    plain_name = _plain_torch_names(torch).get(tensor.dtype)
    if plain_name is not None and tensor.layout == torch.strided:
        return tensor.numpy(force=True), plain_name  # in one call, for every parameter of a model
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_complex() and not keeps_complex:
        _warn_of_complex(tag)
        tensor = torch.real(tensor)
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    name = str(tensor.dtype).removeprefix("torch.")
    if name in _BITS_OF:
        bits = torch.int16 if tensor.element_size() == 2 else torch.uint8
        return tensor.view(bits).numpy(), name
    try:
        return tensor.numpy(), name
    except TypeError as error:
        raise TypeError(f"values of tag {tag!r} cannot be read: {error}") from None


@functools.cache
def _plain_torch_names(torch: Any) -> dict[Any, str]:
    """torch's dtypes that numpy has, too, and the core reads."""
    names = _NAME_OF.values()
    return {getattr(torch, name): name for name in names if hasattr(torch, name)}


def _warn_of_complex(tag: object) -> None:
    message = f"values of tag {tag!r} are complex; their imaginary parts are left out"
    warnings.warn(message, np.exceptions.ComplexWarning, stacklevel=2)
