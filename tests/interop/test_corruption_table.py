"""What TensorBoard's two readers and ours do with each kind of damaged file, as last seen.

A row that fails says that a reader has changed: look whether the rules of proto/README.md for
writers still follow.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import Event

from tbx_native import _core

Start = Callable[[Path], AbstractContextManager[Any]]


def framed(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    crcs = (struct.pack("<I", _core.masked_crc32c(part)) for part in (length, payload))
    return length + next(crcs) + payload + next(crcs)


def point(step: int, tag: str = "a", wall_time: float | None = None) -> bytes:
    """The record of a scalar with the value of its step."""
    event = Event(wall_time=1e9 + step if wall_time is None else wall_time, step=step)
    event.summary.value.add(tag=tag, simple_value=float(step))
    return framed(event.SerializeToString())


def flipped(record: bytes, at: int) -> bytes:
    changed = bytearray(record)
    changed[at] ^= 1
    return bytes(changed)


VERSION = framed(Event(wall_time=1e9, file_version="brain.Event:2").SerializeToString())
BEFORE = VERSION + point(0) + point(1)
AFTER = point(3) + point(4)
INVALID_PROTO = framed(b"\xff\xff\xff")
NOT_UTF8 = framed(Event.FromString(point(9)[12:-4]).SerializeToString().replace(b"a", b"\xff"))


@dataclass(frozen=True)
class Row:
    """A file, and the steps of the tag "a" that each reader shows."""

    content: bytes
    python: list[int]
    data_server: list[int]
    ours: str  # how our own reader ends: a part of its message, or "" where nothing is wrong


ALL = [0, 1, 3, 4]
CUT = [0, 1]
ROWS = {
    "whole": Row(BEFORE + AFTER, ALL, ALL, ""),
    "truncated header at the end": Row(BEFORE + point(2)[:7], CUT, CUT, "truncated"),
    "truncated payload at the end": Row(BEFORE + point(2)[:-5], CUT, CUT, "truncated"),
    "torn record followed by new records": Row(BEFORE + point(2)[:20] + AFTER, CUT, CUT, "CRC"),
    "zero-filled tail": Row(BEFORE + bytes(64), CUT, CUT, "CRC"),
    "bad length CRC": Row(BEFORE + flipped(point(2), 8) + AFTER, CUT, CUT, "CRC"),
    "bad data CRC": Row(BEFORE + flipped(point(2), -1) + AFTER, CUT, [0, 1, 2, 3, 4], "CRC"),
    "valid CRC, invalid proto": Row(BEFORE + INVALID_PROTO + AFTER, CUT, CUT, ""),
    "tag that is not UTF-8": Row(BEFORE + NOT_UTF8 + AFTER, CUT, CUT, ""),
    "zero-length record": Row(BEFORE + framed(b"") + AFTER, ALL, ALL, ""),
    "wall time NaN": Row(BEFORE + point(9, "b", math.nan) + AFTER, ALL, CUT, ""),
    "wall time infinite": Row(BEFORE + point(9, "b", math.inf) + AFTER, ALL, ALL, ""),
    "out-of-order step": Row(BEFORE + AFTER + point(1), [*ALL, 1], [0, 1], ""),
    "same step again": Row(BEFORE + AFTER + point(4), [*ALL, 4], ALL, ""),
    "garbage": Row(b"no event file at all", [], [], "CRC"),
    "empty": Row(b"", [], [], ""),
}
rows = pytest.mark.parametrize("name", ROWS)


def steps_of(events: Any) -> list[int]:
    return [e.step for e in events if any(value.tag == "a" for value in e.summary.value)]


@rows
def test_python_loader(tmp_path: Path, name: str) -> None:
    row = ROWS[name]
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(row.content)
    shown = []
    try:
        for event in EventFileLoader(str(path)).Load():
            shown.append(event)
    except Exception as failure:
        # It escapes the loader, and TensorBoard with it does not read on.
        assert type(failure).__name__ == "DecodeError"
    assert steps_of(shown) == row.python


@rows
def test_our_reader(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(ROWS[name].content)
    reader = _core.RecordReader(str(path))
    if ROWS[name].ours:
        with pytest.raises(ValueError, match=ROWS[name].ours):
            list(reader)
    else:
        list(reader)


def test_data_server(tmp_path: Path, start_tensorboard: Start) -> None:
    logdir = tmp_path / "logs"
    runs = {}
    for number, (name, row) in enumerate(ROWS.items()):
        directory = logdir / f"run{number:02}"
        directory.mkdir(parents=True)
        (directory / "events.out.tfevents.1.host").write_bytes(row.content)
        runs[directory.name] = name
    last = logdir / "sentinel"
    last.mkdir()
    (last / "events.out.tfevents.1.host").write_bytes(BEFORE)
    with start_tensorboard(logdir) as tensorboard:
        if not tensorboard.is_fast:
            pytest.skip("see test_python_loader: an exception of one file ends the reload of all")
        tensorboard.wait_for(lambda: "sentinel" in tensorboard.get("plugin/scalars/tags"))
        tags = tensorboard.get("plugin/scalars/tags")
        shown = {
            name: [step for _, step, _ in tensorboard.scalars(run, "a")]
            if "a" in tags.get(run, {})
            else []
            for run, name in runs.items()
        }
    assert shown == {name: row.data_server for name, row in ROWS.items()}
