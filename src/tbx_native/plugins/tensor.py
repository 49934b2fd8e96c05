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

_STRING = 7  # DataType


def tensor(tag: str, values: Any) -> bytes:
    """Returns the Summary of a tensor, with its dtype and shape.

    Args:
        tag: As it is to be written.
        values: An array or tensor of any library, a number, or nested sequences of numbers. Or a
            str or bytes, or an array or nested sequences of them; str is written as UTF-8.

    Raises:
        TypeError: They are neither numbers nor strings, or of a type that TensorBoard has no field
            for: float8.
        ValueError: They cannot be read or encoded, or are 2 GiB or more.
    """
    if _are_strings(values):
        return _strings(tag, values)
    array, name = to_array(tag, values, keeps_type=True)
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


def _are_strings(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        if values.dtype != object:
            return values.dtype.kind in "SUT"
        values = values.reshape(-1)[:1].tolist()
    while isinstance(values, (list, tuple)) and values:
        values = values[0]
    return isinstance(values, (str, bytes))


def _strings(tag: str, values: Any) -> bytes:
    from tbx_native.proto import summary as messages
    from tbx_native.proto.tensor import TensorProto, TensorShapeProto

    # Of objects, as numpy's own type for bytes forgets zeros at their end.
    array = values if isinstance(values, np.ndarray) else _objects(tag, values)
    strings = [_as_bytes(tag, value) for value in array.reshape(-1).tolist()]
    size = sum(map(len, strings))
    if size >= _MAX_BYTES:
        raise ValueError(f"tensor {tag!r} of {size} bytes does not fit into a record")
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=side) for side in array.shape])
    plugin = messages.SummaryMetadata.PluginData(plugin_name="tensor")
    value = messages.Summary.Value(
        tag=tag,
        metadata=messages.SummaryMetadata(plugin_data=plugin),
        tensor=TensorProto(dtype=_STRING, tensor_shape=shape, string_val=strings),
    )
    serialized: bytes = messages.Summary(value=[value]).SerializeToString()
    return serialized


def _objects(tag: str, values: Any) -> np.ndarray[Any, Any]:
    try:
        return np.array(values, object)
    except ValueError as error:
        raise ValueError(f"values of tag {tag!r} are no array: {error}") from error


def _as_bytes(tag: str, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise TypeError(f"values of tag {tag!r} must all be strings, not {type(value).__name__}")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"values of tag {tag!r} cannot be encoded as UTF-8: {error}") from error
