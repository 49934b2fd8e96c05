"""Tensors as they are, each number in the field of its type."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tbx_native import _core
from tbx_native._arrays import to_array

_MAX_BYTES = 2**31  # of a protobuf message


class _Encoding(NamedTuple):
    """How TensorProto holds a type; the numbers are those of proto/tbx_native/tensor.proto."""

    dtype: int  # DataType
    field: int  # of the values
    is_packed_varints: bool = False


# TensorBoard's make_ndarray() looks for 32- and 64-bit unsigned integers in tensor_content only.
_TENSOR_CONTENT = 4

_HALF_VAL = 13  # the bits of 16-bit floats

_ENCODINGS = {
    "float32": _Encoding(1, 5),
    "float64": _Encoding(2, 6),
    "int32": _Encoding(3, 7, is_packed_varints=True),
    "uint8": _Encoding(4, 7, is_packed_varints=True),
    "int16": _Encoding(5, 7, is_packed_varints=True),
    "int8": _Encoding(6, 7, is_packed_varints=True),
    "complex64": _Encoding(8, 9),
    "int64": _Encoding(9, 10, is_packed_varints=True),
    "bool": _Encoding(10, 11),
    "bfloat16": _Encoding(14, _HALF_VAL, is_packed_varints=True),
    "uint16": _Encoding(17, 7, is_packed_varints=True),
    "complex128": _Encoding(18, 12),
    "float16": _Encoding(19, _HALF_VAL, is_packed_varints=True),
    "uint32": _Encoding(22, _TENSOR_CONTENT),
    "uint64": _Encoding(23, _TENSOR_CONTENT),
}


def tensor(tag: str, values: Any) -> bytes:
    """Returns the Summary of a tensor, with its dtype and shape.

    Args:
        tag: As it is to be written.
        values: An array or tensor of any library, a number, or nested sequences of numbers.

    Raises:
        TypeError: They are no numbers, or of a type that TensorBoard has no field for: float8.
        ValueError: They cannot be read, or are 2 GiB or more.
    """
    array, name = to_array(tag, values, keeps_complex=True)
    encoding = _ENCODINGS.get(name)
    if encoding is None:
        raise TypeError(f"{tag!r} has unsupported tensor dtype {name}")
    if array.nbytes >= _MAX_BYTES:
        raise ValueError(f"tensor {tag!r} of {array.nbytes} bytes does not fit into a record")
    if encoding.field == _HALF_VAL:
        array = array.view(np.uint16)
    values_field: bytes | memoryview
    if encoding.is_packed_varints:
        values_field = _core.pack_varints(np.ascontiguousarray(array, np.int64).data)
    else:
        values_field = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data
    return _core.encode_tensor(
        tag, "tensor", b"", encoding.dtype, array.shape, encoding.field, values_field
    )
