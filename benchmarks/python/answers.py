"""Reads back what a contender has written, so that no time is told of a wrong answer.

Up to MAX_LOADED scalars are read by TensorBoard's own loader. It checks checksums in Python, so
larger files are read by our record reader, which checks the frames, and by numpy, which checks
the content: with steps of one size all records of a curve are equally long.
"""

import importlib
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Scalar = tuple[str, int, float]  # tag, step, value

MAX_LOADED: Final = 50_000
# The first of 260 million steps whose varint has four bytes.
FIRST_STEP: Final = 1 << 21
_LAST_STEP: Final = (1 << 28) - 1


class WrongAnswer(Exception):
    """What was read back is not what was added."""


def require(truth: object, claim: str) -> None:
    """Raises WrongAnswer unless `truth`."""
    if not truth:
        raise WrongAnswer(claim)


def event_file(directory: Path) -> Path:
    """The only event file of `directory`."""
    files = [path for path in directory.iterdir() if "tfevents" in path.name]
    require(len(files) == 1, f"one event file in {directory.name}, not {len(files)}")
    return files[0]


def check_scalars(directory: Path, started: float, expected: Iterable[Scalar]) -> None:
    """Compares a file with all scalars it must have, in order, added since `started`."""
    missing = ("nothing", 0, 0.0)
    pairs = zip_longest(_loaded(event_file(directory), started), expected, fillvalue=missing)
    for index, (scalar, wanted) in enumerate(pairs):
        require(scalar == wanted, f"scalar {index} is {scalar}, not {wanted}")


def check_curve(
    directory: Path, started: float, tag: str, values: Sequence[float], count: int
) -> None:
    """Compares a file of `count` scalars: steps from FIRST_STEP, values again and again."""
    if count > MAX_LOADED:
        _check_records(event_file(directory), started, tag, values, count)
    else:
        check_scalars(directory, started, curve(tag, values, count))


def curve(tag: str, values: Sequence[float], count: int) -> Iterator[Scalar]:
    """The scalars that check_curve() expects."""
    for index in range(count):
        yield tag, FIRST_STEP + index, values[index % len(values)]


def _loaded(path: Path, started: float) -> Iterator[Scalar]:
    """The scalars of a file."""
    for step, value in loaded_values(path, started):
        yield value.tag, step, number_of(value)


def loaded_values(path: Path, started: float) -> Iterator[tuple[int, Any]]:
    """Step and Summary.Value of all values in a file as TensorBoard loads it."""
    loader = importlib.import_module("tensorboard.backend.event_processing.event_file_loader")
    event_pb2 = importlib.import_module("tensorboard.compat.proto.event_pb2")
    ended = time.time()
    payloads = loader.RawEventFileLoader(str(path)).Load()
    first = event_pb2.Event.FromString(next(payloads))
    require(first.file_version == "brain.Event:2", "the first record tells the file version")
    for payload in payloads:
        event = event_pb2.Event.FromString(payload)
        require(started <= event.wall_time <= ended, f"wall time {event.wall_time} is of this run")
        require(event.summary.value, "every event holds a value")
        for value in event.summary.value:
            yield event.step, value


def number_of(value: Any) -> float:
    """The number of a Summary.Value that is a scalar: tf.summary has tensors of one number."""
    if value.WhichOneof("value") == "simple_value":
        return float(value.simple_value)
    require(value.metadata.plugin_data.plugin_name == "scalars", f"{value.tag} is a scalar")
    return float(tensor_of(value).item())


def tensor_of(value: Any) -> NDArray[Any]:
    """The numbers of a Summary.Value that is a tensor."""
    require(value.WhichOneof("value") == "tensor", f"{value.tag} is a tensor")
    array: NDArray[Any] = importlib.import_module("tensorboard.util.tensor_util").make_ndarray(
        value.tensor
    )
    return array


def _check_records(
    path: Path, started: float, tag: str, values: Sequence[float], count: int
) -> None:
    ended = time.time()
    records = importlib.import_module("tbx_native._core").RecordReader(str(path))
    first_size = 12 + len(next(records)) + 4  # the file version, in its frame
    read = sum(1 for _ in records)
    require(read == count, f"{count} records behind the first, not {read}")

    layout = _record_layout(tag)
    require(FIRST_STEP + count <= _LAST_STEP, "all steps have four bytes")
    size = path.stat().st_size
    require(size == first_size + count * layout.itemsize, "all records have the size of their tag")
    events = np.fromfile(path, dtype=layout, offset=first_size)
    require((events["tag"] == tag.encode()).all(), f"all tags are {tag}")
    require(
        ((events["wall_time"] >= started) & (events["wall_time"] <= ended)).all(),
        "all wall times are of this run",
    )
    steps = _varints(np.arange(FIRST_STEP, FIRST_STEP + count, dtype=np.int64))
    require((events["step"] == steps).all(), "steps are in order")
    wanted = np.resize(np.array(values, np.float32), count)
    require((events["value"] == wanted).all(), "all values are as they were given")


def _varints(numbers: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Each as the word its four-byte varint makes: seven bits a byte, the last without bit 7."""
    words = numbers & 0x7F
    for byte in (1, 2, 3):
        words |= 1 << (8 * byte - 1) | ((numbers >> 7 * byte) & 0x7F) << 8 * byte
    return words.astype(np.uint32)


def _record_layout(tag: str) -> np.dtype[Any]:
    """A record of Event{wall_time, step, summary{value{tag, simple_value}}}; proto/README.md."""
    return np.dtype(
        [
            ("header", "V12"),
            ("wall_time_field", "u1"),
            ("wall_time", "<f8"),
            ("step_field", "u1"),
            ("step", "<u4"),
            ("summary_value_and_tag_fields", "V6"),
            ("tag", f"S{len(tag)}"),
            ("value_field", "u1"),
            ("value", "<f4"),
            ("footer", "V4"),
        ]
    )
