"""Events in protobuf wire format, by hand: pure functions from checked values to bytes.

Field numbers are those of proto/tbx_native/{event,summary,tensor}.proto; proto/README.md has the
tables. Fields are written in ascending order of number, as protobuf's own serializers do, so equal
events are equal bytes. A proto3 field whose value is zero is not written. A member of a `oneof` is
written even when it is zero: its presence alone says which member is set.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Final

from benchmarks.reference_histogram import Histogram

FILE_VERSION: Final = "brain.Event:2"

_VARINT: Final = 0
_FIXED64: Final = 1
_LENGTH_DELIMITED: Final = 2
_FIXED32: Final = 5

_DT_FLOAT: Final = 1
_DT_DOUBLE: Final = 2
_SESSION_START: Final = 1


def varint(value: int) -> bytes:
    """Base 128, low group first; a negative int64 counts as its two's complement: ten bytes."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def float32_bytes(value: float) -> bytes:
    """The nearest float32, as a C cast gives it: infinite beyond the range, NaN payload cut off."""
    # The product sets the quiet bit of a signalling NaN and changes nothing else. struct keeps a
    # NaN signalling from Python 3.14 on, and can even cut its payload down to infinity.
    value = value * 1.0
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", float("inf") if value > 0 else float("-inf"))


def _key(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def _varint_field(number: int, value: int) -> bytes:
    return _key(number, _VARINT) + varint(value) if value else b""


def _double_field(number: int, value: float) -> bytes:
    # Zero means all bits zero: -0.0 is written.
    encoded = struct.pack("<d", value)
    return _key(number, _FIXED64) + encoded if any(encoded) else b""


def _present_field(number: int, content: bytes) -> bytes:
    """A length-delimited field that is written even when empty: a submessage, a oneof member."""
    return _key(number, _LENGTH_DELIMITED) + varint(len(content)) + content


def _bytes_field(number: int, content: bytes) -> bytes:
    return _present_field(number, content) if content else b""


def _packed_doubles_field(number: int, values: Sequence[float]) -> bytes:
    return _bytes_field(number, struct.pack(f"<{len(values)}d", *values))


def summary_metadata(
    plugin_name: str = "", display_name: str = "", summary_description: str = ""
) -> bytes:
    """A SummaryMetadata; plugin_data is there only if a plugin is named."""
    plugin_data = _bytes_field(1, plugin_name.encode())
    return (
        _bytes_field(1, plugin_data)
        + _bytes_field(2, display_name.encode())
        + _bytes_field(3, summary_description.encode())
    )


def simple_value(tag: str, value: float, metadata: bytes | None = None) -> bytes:
    """A Summary.Value with the scalar as `simple_value`, a float32."""
    return _value(tag, _key(2, _FIXED32) + float32_bytes(value), metadata)


def tensor_value(tag: str, value: float, double_precision: bool, metadata: bytes | None) -> bytes:
    """A Summary.Value with the scalar as a tensor of one element; of rank 0, so without a shape."""
    if double_precision:
        tensor = _varint_field(1, _DT_DOUBLE) + _bytes_field(6, struct.pack("<d", value))
    else:
        tensor = _varint_field(1, _DT_FLOAT) + _bytes_field(5, float32_bytes(value))
    return _value(tag, _present_field(8, tensor), metadata)


def histogram_value(tag: str, histogram: Histogram) -> bytes:
    """A Summary.Value with the HistogramProto as `histo`."""
    proto = (
        _double_field(1, histogram.min)
        + _double_field(2, histogram.max)
        + _double_field(3, histogram.num)
        + _double_field(4, histogram.sum)
        + _double_field(5, histogram.sum_squares)
        + _packed_doubles_field(6, histogram.limits)
        + _packed_doubles_field(7, histogram.counts)
    )
    return _value(tag, _present_field(5, proto), None)


def _value(tag: str, member: bytes, metadata: bytes | None) -> bytes:
    """A Summary.Value around its encoded oneof member, whose number lies between 1 and 9."""
    encoded_metadata = b"" if metadata is None else _present_field(9, metadata)
    return _bytes_field(1, tag.encode()) + member + encoded_metadata


def version_event(wall_time: float, step: int = 0) -> bytes:
    """An Event with `file_version`, the first of every file."""
    return _event(wall_time, step, _present_field(3, FILE_VERSION.encode()))


def session_start_event(wall_time: float, step: int) -> bytes:
    """An Event with `session_log`: a restart at `step`."""
    return _event(wall_time, step, _present_field(7, _varint_field(1, _SESSION_START)))


def summary_event(wall_time: float, step: int, values: Iterable[bytes]) -> bytes:
    """An Event with `summary`, of encoded Summary.Values."""
    summary = b"".join(_present_field(1, value) for value in values)
    return _event(wall_time, step, _present_field(5, summary))


def _event(wall_time: float, step: int, member: bytes) -> bytes:
    return _double_field(1, wall_time) + _varint_field(2, step) + member
