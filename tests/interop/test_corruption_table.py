"""What TensorBoard's two readers and ours do with each kind of damaged file, as last seen.

A row that fails says that a reader has changed: look whether the rules of proto/README.md for
writers still follow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import Event

from tbx_native import _core
from tests.interop.records import (
    VERSION,
    Start,
    flipped,
    framed,
    header,
    point,
    start,
    tensor_point,
)

BEFORE = VERSION + point(0) + point(1)
AFTER = point(3) + point(4)
INVALID_PROTO = framed(b"\xff\xff\xff")
TERABYTE = header(1 << 40)
NOT_UTF8 = framed(Event.FromString(point(9)[12:-4]).SerializeToString().replace(b"a", b"\xff"))


@dataclass(frozen=True)
class Row:
    """A file, and the steps of the tag "a" that each reader shows."""

    content: bytes
    python: list[int]
    data_server: list[int] | None  # None: it is not shown to it, because it would end
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
    "length of 1 TiB, valid CRC": Row(BEFORE + TERABYTE + AFTER, CUT, None, "larger"),
    "tensor of float32": Row(BEFORE + tensor_point(2, double=False), [0, 1, 2], [0, 1, 2], ""),
    "tensor of float64": Row(BEFORE + tensor_point(2, double=True), [0, 1, 2], CUT, ""),
    "session start": Row(BEFORE + start(1) + AFTER, ALL, ALL, ""),
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
        # It escapes the loader, and TensorBoard with it does not read on. A length that there is
        # no memory for, where the kernel refuses it at once.
        assert type(failure).__name__ in ("DecodeError", "MemoryError")
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
        if row.data_server is None:
            continue
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
    assert shown == {name: ROWS[name].data_server for name in runs.values()}


def test_a_terabyte_ends_the_data_server(tmp_path: Path, start_tensorboard: Start) -> None:
    """And so hides all runs: why no length is written before its payload is there."""
    run = tmp_path / "logs" / "run"
    run.mkdir(parents=True)
    path = run / "events.out.tfevents.1.host"
    path.write_bytes(BEFORE)
    with start_tensorboard(tmp_path / "logs") as tensorboard:
        if not tensorboard.is_fast:
            pytest.skip("it is the data server that ends")
        tensorboard.wait_for(lambda: "run" in tensorboard.get("plugin/scalars/tags"))
        path.write_bytes(BEFORE + TERABYTE)
        tensorboard.wait_for(lambda: not answers(tensorboard))


def answers(tensorboard: Any) -> bool:
    try:
        return bool(tensorboard.get("plugin/scalars/tags"))
    except (OSError, ValueError):  # what urllib and json raise
        return False
