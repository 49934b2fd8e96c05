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

_WIDENED_BY_TORCH = {"float8_e8m0fnu"}

# What the core reads as it is, which is what most arrays are: numpy would make up the name of a
# dtype anew each time, in Python.
_NAME_OF = {
    np.dtype(name): name
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64"),
    )
}

_IS_ADDED_TO_NUMPY = 2  # dtype.isbuiltin of another package's types


def to_array(
    tag: object, values: Any, *, keeps_type: bool = False
) -> tuple[np.ndarray[Any, Any], str]:
    """Returns the numbers in `values` and the name of their type.

    Args:
        tag: Named in exceptions.
        values: An array or tensor of any library on any device (by the buffer protocol, DLPack or
            ``__array__``), a number, or nested sequences of numbers.
        keeps_type: False leaves imaginary parts out, with a warning, and widens the types that the
            core does not read, such as float8_e8m0fnu or ml_dtypes' int4, to float64.

    Returns:
        An array of bool, integers, floats or complex numbers in the host's byte order, and its
        dtype's name; for bfloat16 and the float8 types an array of their bits as unsigned integers.

    Raises:
        TypeError: They are no numbers.
        ValueError: They cannot be read: a meta tensor, a ragged list.
    """
    if type(values) is np.ndarray and (known_name := _NAME_OF.get(values.dtype)) is not None:
        return values, known_name
    torch = sys.modules.get("torch")
    try:
        if torch is not None and isinstance(values, torch.Tensor):
            return _from_torch(tag, values, torch, keeps_type)
        if isinstance(values, (str, bytes)) or values is None:
            raise TypeError(f"they must be numbers, not {type(values).__name__}")
        if not hasattr(values, "__array__") and hasattr(values, "__dlpack__"):
            values = _from_dlpack(values, torch)
            if not isinstance(values, np.ndarray):
                return _from_torch(tag, values, torch, keeps_type)
        return _native(tag, np.asarray(values), keeps_type)
    except TypeError as error:
        raise TypeError(f"values of tag {tag!r} cannot be read: {error}") from error
    except (ValueError, ArithmeticError, BufferError) as error:
        raise ValueError(f"values of tag {tag!r} cannot be read: {error}") from error
    except RuntimeError as error:  # as torch says that a tensor cannot be turned into an array
        if type(error) is not RuntimeError:
            raise  # a device out of memory or lost, which has nothing to do with the values
        raise ValueError(f"values of tag {tag!r} cannot be read: {error}") from error


def plain_name_of(dtype: np.dtype[Any]) -> str | None:
    """Returns the name of a type whose arrays to_array() returns as they are, or None."""
    return _NAME_OF.get(dtype)


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


def _from_dlpack(values: Any, torch: Any) -> Any:
    """A numpy array; a tensor where numpy has no such type, or does not reach the device."""
    try:
        return np.from_dlpack(values)
    except (BufferError, RuntimeError):
        if torch is None:
            raise
        return torch.from_dlpack(values)


def _native(
    tag: object, array: np.ndarray[Any, Any], keeps_type: bool
) -> tuple[np.ndarray[Any, Any], str]:
    """`array` as a type that the core reads."""
    known_name = _NAME_OF.get(array.dtype)
    if known_name is not None:
        return array, known_name
    kind, name = array.dtype.kind, array.dtype.name
    if name in _BITS_OF:  # ml_dtypes' types, which jax uses
        return array.view(_BITS_OF[name]), name
    if kind == "c":
        if not keeps_type:
            _warn_of_complex(tag)
            array = array.real
    elif kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(f"they must be numbers: {error}") from error
    elif array.dtype.isbuiltin == _IS_ADDED_TO_NUMPY and not keeps_type:
        array = array.astype(np.float64)
    elif kind not in "biuf":
        raise TypeError(f"they must be numbers, not {array.dtype}")
    widest = np.dtype(np.complex128 if array.dtype.kind == "c" else np.float64)
    if array.dtype.itemsize > widest.itemsize:  # long double
        with np.errstate(over="ignore"):  # what is beyond a float64 is infinite, which we tell of
            array = array.astype(widest)
    return array.astype(array.dtype.newbyteorder("="), copy=False), array.dtype.name


def _from_torch(
    tag: object, tensor: Any, torch: Any, keeps_type: bool
) -> tuple[np.ndarray[Any, Any], str]:
    if tensor.is_meta:
        raise ValueError("a meta tensor holds none")
    plain_name = _plain_torch_names(torch).get(tensor.dtype)
    if plain_name is not None and tensor.layout == torch.strided:
        return tensor.numpy(force=True), plain_name  # in one call, for every parameter of a model
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_complex() and not keeps_type:
        _warn_of_complex(tag)
        tensor = torch.real(tensor)
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    name = str(tensor.dtype).removeprefix("torch.")
    if name in _BITS_OF:
        bits = torch.int16 if tensor.element_size() == 2 else torch.uint8
        return tensor.view(bits).numpy(), name
    if name in _WIDENED_BY_TORCH and not keeps_type:
        return tensor.double().numpy(), "float64"
    return tensor.numpy(), name


@functools.cache
def _plain_torch_names(torch: Any) -> dict[Any, str]:
    """torch's dtypes that numpy has, too, and the core reads."""
    names = _NAME_OF.values()
    return {getattr(torch, name): name for name in names if hasattr(torch, name)}


def _warn_of_complex(tag: object) -> None:
    message = f"values of tag {tag!r} are complex; their imaginary parts are left out"
    warnings.warn(message, np.exceptions.ComplexWarning, stacklevel=2)
