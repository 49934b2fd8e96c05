"""Numpy arrays of TensorProtos."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of each DataType the numpy type and the field that holds the elements where tensor_content does
# not. Source: proto/tbx_native/tensor.proto.
_TYPES: dict[int, tuple[str, str]] = {
    1: ("<f4", "float_val"),
    2: ("<f8", "double_val"),
    3: ("<i4", "int_val"),
    4: ("<u1", "int_val"),
    5: ("<i2", "int_val"),
    6: ("<i1", "int_val"),
    8: ("<c8", "scomplex_val"),
    9: ("<i8", "int64_val"),
    10: ("?", "bool_val"),
    17: ("<u2", "int_val"),
    18: ("<c16", "dcomplex_val"),
    19: ("<f2", "half_val"),
    22: ("<u4", "uint32_val"),
    23: ("<u8", "uint64_val"),
}
_STRING = 7
_BFLOAT16 = 14


def tensor_array(tensor: Any) -> NDArray[Any]:
    """Returns the elements of a TensorProto message in their shape; bfloat16 as float32.

    Raises:
        ValueError: It has elements of a type that numpy has not, or too few for its shape.
    """
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if any(size < 0 for size in shape):
        raise ValueError(f"a tensor of shape {shape}")
    flat = _elements(tensor)
    count = math.prod(shape)
    if len(flat) == 1 < count and not tensor.tensor_content:
        return np.broadcast_to(flat[0], shape)  # one element stands for all of them
    if len(flat) != count:
        raise ValueError(f"a tensor of shape {shape} with {len(flat)} elements")
    return flat.reshape(shape)


def _elements(tensor: Any) -> NDArray[Any]:
    dtype = tensor.dtype
    if dtype == _STRING:
        return np.array(list(tensor.string_val), object)
    if dtype == _BFLOAT16:
        if tensor.tensor_content:
            halves = np.frombuffer(tensor.tensor_content, "<u2")
        else:
            halves = np.array(tensor.half_val, np.uint16)
        return (halves.astype(np.uint32) << 16).view(np.float32)
    if dtype not in _TYPES:
        raise ValueError(f"a tensor of type number {dtype}, which numpy does not have")
    name, field = _TYPES[dtype]
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, name)
    values = getattr(tensor, field)
    if field == "half_val":
        return np.array(values, np.uint16).view(np.float16)
    if field in ("scomplex_val", "dcomplex_val"):
        return np.array(values, "<f4" if field == "scomplex_val" else "<f8").view(name)
    return np.array(values, np.int64 if name == "<i8" else None).astype(name)
