"""The reference writer's bytes against protobuf's own serializer, for every kind of event."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_DOUBLE, DT_FLOAT

from benchmarks import reference_encoding as encoding
from benchmarks.reference_histogram import Histogram

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
# The edges of a varint's length, on both sides.
STEPS = INT64 | st.integers(0, 8).flatmap(lambda n: st.sampled_from([(1 << 7 * n) - 1, 1 << 7 * n]))
WALL_TIMES = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0])
# Any bit pattern, so NaNs of every sign and payload, signalling ones too.
ANY_DOUBLE = st.integers(0, (1 << 64) - 1).map(
    lambda bits: float(struct.unpack("<d", struct.pack("<Q", bits))[0])
)
FLT_MAX_ROUNDING = [3.4028235677973362e38, 3.4028235677973366e38]  # the last finite, the first not
SCALARS = (
    st.floats()
    | st.floats(width=32)
    | ANY_DOUBLE
    | st.sampled_from([0.0, -0.0, 1e39, -1e39, 1e-45, 7e-46, *FLT_MAX_ROUNDING])
)
TITLES = st.just("") | st.text(max_size=300)


def serialized(event: Any) -> bytes:
    encoded = event.SerializeToString(deterministic=True)
    assert isinstance(encoded, bytes)
    return encoded


def summary_event(wall_time: float, step: int, value: Any) -> bytes:
    return serialized(Event(wall_time=wall_time, step=step, summary=Summary(value=[value])))


@given(wall_time=WALL_TIMES, step=STEPS, tag=st.text(max_size=300), value=SCALARS)
def test_simple_value(wall_time: float, step: int, tag: str, value: float) -> None:
    ours = encoding.summary_event(wall_time, step, [encoding.simple_value(tag, value)])
    assert ours == summary_event(wall_time, step, Summary.Value(tag=tag, simple_value=value))


@given(tag=st.text(), value=SCALARS, display_name=TITLES, description=TITLES)
def test_titled_value(tag: str, value: float, display_name: str, description: str) -> None:
    metadata = encoding.summary_metadata("", display_name, description)
    ours = encoding.summary_event(1.0, 2, [encoding.simple_value(tag, value, metadata)])
    theirs = SummaryMetadata(display_name=display_name, summary_description=description)
    expected = Summary.Value(tag=tag, simple_value=value, metadata=theirs)
    assert ours == summary_event(1.0, 2, expected)


@given(tag=st.text(), value=SCALARS, double_precision=st.booleans(), display_name=TITLES)
def test_tensor_value(tag: str, value: float, double_precision: bool, display_name: str) -> None:
    metadata = encoding.summary_metadata("scalars", display_name)
    tensor = encoding.tensor_value(tag, value, double_precision, metadata)
    if double_precision:
        expected = TensorProto(dtype=DT_DOUBLE, double_val=[value])
    else:
        expected = TensorProto(dtype=DT_FLOAT, float_val=[value])
    theirs = SummaryMetadata(
        display_name=display_name,
        plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"),
    )
    assert encoding.summary_event(1.0, 2, [tensor]) == summary_event(
        1.0, 2, Summary.Value(tag=tag, tensor=expected, metadata=theirs)
    )


@given(metrics=st.dictionaries(st.text(), SCALARS, max_size=50), step=STEPS)
def test_many_values(metrics: dict[str, float], step: int) -> None:
    values = [encoding.simple_value(tag, value) for tag, value in metrics.items()]
    expected = Summary(
        value=[Summary.Value(tag=tag, simple_value=value) for tag, value in metrics.items()]
    )
    ours = encoding.summary_event(1.0, step, values)
    assert ours == serialized(Event(wall_time=1.0, step=step, summary=expected))


@given(wall_time=WALL_TIMES, step=STEPS)
def test_file_records(wall_time: float, step: int) -> None:
    version = Event(wall_time=wall_time, step=step, file_version="brain.Event:2")
    start = Event(wall_time=wall_time, step=step, session_log=SessionLog(status=SessionLog.START))
    assert encoding.version_event(wall_time, step) == serialized(version)
    assert encoding.session_start_event(wall_time, step) == serialized(start)


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        (0.0, "00000000"),
        (-0.0, "00000080"),
        (1e39, "0000807f"),
        (-1e39, "000080ff"),
        (float("nan"), "0000c07f"),
        (1e-45, "01000000"),
        (struct.unpack("<d", bytes.fromhex("010000000000f07f"))[0], "0000c07f"),  # signalling
    ],
)
def test_float32_bits(value: float, bits: str) -> None:
    assert encoding.float32_bytes(value).hex() == bits


@given(
    tag=st.text(),
    numbers=st.lists(SCALARS, min_size=5, max_size=5),
    limits=st.lists(SCALARS, max_size=20),
    counts=st.lists(SCALARS, max_size=20),
)
def test_histogram(
    tag: str, numbers: list[float], limits: list[float], counts: list[float]
) -> None:
    least, greatest, num, total, squares = numbers
    histo = HistogramProto(
        min=least,
        max=greatest,
        num=num,
        sum=total,
        sum_squares=squares,
        bucket_limit=limits,
        bucket=counts,
    )
    expected = Summary.Value(tag=tag, histo=histo).SerializeToString()
    histogram = Histogram(least, greatest, num, total, squares, limits, counts)
    assert encoding.histogram_value(tag, histogram) == expected
