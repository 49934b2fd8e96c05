"""Every kind of damage is told with file, offset and cause, and the rest is read as asked."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event

from tbx_native import DamagedFileError, DamagedFileWarning, EventReader
from tbx_native._core import frame, masked_crc32c

COUNT = 6


def scalar(step: int, tag: str = "a") -> bytes:
    event = Event(wall_time=1.0 + step, step=step)
    event.summary.value.add(tag=tag, simple_value=step)
    return bytes(event.SerializeToString())


VERSION = frame(bytes(Event(wall_time=1, file_version="brain.Event:2").SerializeToString()))
RECORDS = [frame(scalar(step)) for step in range(COUNT)]
THIRD = len(VERSION + RECORDS[0] + RECORDS[1])


def header(length: int) -> bytes:
    field = struct.pack("<Q", length)
    return field + struct.pack("<I", masked_crc32c(field))


def flipped(record: bytes, at: int) -> bytes:
    return record[:at] + bytes([record[at] ^ 0x40]) + record[at + 1 :]


class Case(NamedTuple):
    third: Callable[[bytes], bytes]
    """What stands in the place of the third of six records."""
    cause: str
    lost: frozenset[int] = frozenset({2})


NOT_UTF8 = frame(scalar(2, "zz").replace(b"zz", b"\xff\xfe"))
CASES = {
    "bad length CRC": Case(lambda record: flipped(record, 9), "length CRC does not match"),
    "bad length": Case(lambda record: flipped(record, 0), "length CRC does not match"),
    "bad payload": Case(lambda record: flipped(record, 20), "payload CRC does not match"),
    "bad payload CRC": Case(lambda record: flipped(record, -1 + len(record)), "payload CRC"),
    "torn header": Case(lambda record: record[:7], "length CRC does not match"),
    "torn payload": Case(lambda record: record[:20], "torn record with others behind it"),
    "torn footer": Case(lambda record: record[:-2], "torn record with others behind it"),
    "torn, long": Case(lambda record: header(10_000) + b"x" * 50, "torn record with others behind"),
    "zeros": Case(lambda record: bytes(4096), "zeros in the place of a record"),
    "1 TiB": Case(lambda record: header(1 << 40) + b"x" * 30, "record of 2 GiB or more announced"),
    "no event": Case(lambda record: frame(b"\x0a\xff\xff"), "payload is no event"),
    "not UTF-8": Case(lambda record: NOT_UTF8, "tag is not UTF-8"),
}


def write(path: Path, third: bytes) -> Path:
    path.write_bytes(VERSION + b"".join([*RECORDS[:2], third, *RECORDS[3:]]))
    return path


@pytest.mark.parametrize("name", CASES)
def test_damage_in_the_middle(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = write(tmp_path / "tfevents", case.third(RECORDS[2]))
    with pytest.raises(DamagedFileError, match=case.cause) as raised:
        EventReader(path, errors="raise").scalars("a")
    assert (raised.value.path, raised.value.offset) == (str(path), THIRD)
    with pytest.raises(DamagedFileError):
        list(EventReader(path, errors="raise").events(raw=False))

    stopping = EventReader(path)
    with pytest.warns(DamagedFileWarning, match=case.cause):
        assert stopping.scalars("a").steps.tolist() == [0, 1]
    assert [(place.offset, place.end) for place in stopping.damage()] == [(THIRD, THIRD)]

    skipping = EventReader(path, errors="skip")
    with pytest.warns(DamagedFileWarning, match=case.cause):
        steps = skipping.scalars("a").steps.tolist()
    assert steps == [step for step in range(COUNT) if step not in case.lost]
    (place,) = skipping.damage()
    assert place.offset == THIRD
    assert path.read_bytes()[place.end :] == b"".join(RECORDS[3:])


@pytest.mark.parametrize("cut", range(1, len(RECORDS[-1])))
def test_a_torn_tail_is_no_damage_and_is_read_when_it_is_whole(cut: int, tmp_path: Path) -> None:
    whole = VERSION + b"".join(RECORDS)
    path = tmp_path / "tfevents"
    path.write_bytes(whole[:-cut])
    for follow in (False, True):
        path.write_bytes(whole[:-cut])
        reader = EventReader(path, errors="raise", follow=follow)
        assert reader.scalars("a").steps.tolist() == list(range(COUNT - 1))
        assert reader.files()[0].torn_bytes == len(RECORDS[-1]) - cut
        path.write_bytes(whole)
        reader.refresh()
        assert reader.scalars("a").steps.tolist() == list(range(COUNT))


def test_zeros_at_the_end_that_are_written_over_later(tmp_path: Path) -> None:
    whole = VERSION + b"".join(RECORDS)
    path = tmp_path / "tfevents"
    path.write_bytes(whole[: -len(RECORDS[-1])] + bytes(len(RECORDS[-1])))
    reader = EventReader(path)
    with pytest.warns(DamagedFileWarning, match="zeros"):
        assert len(reader.scalars("a").steps) == COUNT - 1
    path.write_bytes(whole)
    reader.refresh()
    assert reader.scalars("a").steps.tolist() == list(range(COUNT))
    assert reader.damage() == []


def test_a_file_that_becomes_shorter(tmp_path: Path) -> None:
    path = write(tmp_path / "tfevents", RECORDS[2])
    reader = EventReader(path)
    reader.tags()
    path.write_bytes(VERSION)
    with pytest.warns(DamagedFileWarning, match="shorter than when it was read"):
        reader.refresh()


def test_what_troubles_readers_is_remarked_on(tmp_path: Path) -> None:
    nan = Event(wall_time=float("nan"), step=9).SerializeToString()
    infinite = Event(wall_time=float("inf"), step=9).SerializeToString()
    twice = Event(wall_time=1, step=9)
    for _ in range(2):
        twice.summary.value.add(tag="a", simple_value=9)
    payloads = [b"", nan, infinite, twice.SerializeToString(), scalar(3)]
    path = tmp_path / "tfevents"
    path.write_bytes(b"".join(map(frame, payloads)))
    reader = EventReader(path, errors="raise")
    assert reader.scalars("a").steps.tolist() == [9, 9, 3]
    found = {what.split(":")[0]: (count, at) for what, count, at in reader.files()[0].remarks()}
    assert found == {
        "record without content": (1, 0),
        "wall time is NaN": (1, 16),
        "wall time is infinite": (1, 16 + 11 + 16),
        "tag twice in one event": (1, 16 + 2 * (11 + 16)),
        "step smaller than the one before": (1, 16 + 2 * (11 + 16) + len(frame(payloads[3]))),
        "first record tells no file version": (1, 0),
    }


@pytest.mark.parametrize("content", [b"", b"x", b"no event file" * 100], ids=len)
def test_garbage(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tfevents"
    path.write_bytes(content)
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        reader = EventReader(path, errors="skip")
        assert not any(reader.tags().values())
        assert len(reader.damage()) == (len(content) > 12)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_sound_before_and_behind_damage_is_read(data: st.DataObject) -> None:
    """However bytes are changed, inserted and left out: records that were not touched are there."""
    import tempfile

    records = list(RECORDS)
    touched = data.draw(st.sets(st.integers(0, COUNT - 1), max_size=3))
    for index in sorted(touched):
        record = records[index]
        start = data.draw(st.integers(0, len(record) - 1))
        end = data.draw(st.integers(start, len(record)))
        records[index] = record[:start] + data.draw(st.binary(max_size=60)) + record[end:]
    with tempfile.NamedTemporaryFile(suffix="tfevents") as file:
        file.write(VERSION + b"".join(records))
        file.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DamagedFileWarning)
            reader = EventReader(file.name, errors="skip")
            found = reader.scalars("a").steps.tolist() if reader.tags()["scalars"] else []
            payloads = list(EventReader(file.name, errors="skip").events())
        assert set(range(COUNT)) - touched <= set(found)
        assert payloads.count(scalar(0)) >= (0 not in touched)
        spans = [(place.offset, place.end) for place in reader.damage()]
        assert spans == sorted(spans)
