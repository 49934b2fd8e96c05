"""Reads event files back, by TensorBoard's own code."""

from __future__ import annotations

import os
from pathlib import Path

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event

# A memory file system where there is one: every close() syncs, and a disk takes milliseconds each.
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
FRAME_BYTES = 16  # header and footer of a record


def payloads(path: Path) -> list[bytes]:
    """The records of an event file, which must have nothing else in it."""
    records = list(RawEventFileLoader(str(path)).Load())
    whole = sum(len(record) + FRAME_BYTES for record in records)
    assert whole == path.stat().st_size, f"{path} does not end at a record boundary"
    return records


def payloads_by_directory(root: Path) -> dict[Path, list[bytes]]:
    """The records of every file below, by its directory, in the order TensorBoard reads them."""
    files: dict[Path, list[bytes]] = {}
    for path in sorted(root.rglob("*tfevents*")):
        files.setdefault(path.parent.relative_to(root), []).extend(payloads(path))
    return files


def only_file(directory: Path) -> Path:
    """The one event file right in `directory`."""
    (path,) = directory.glob("*tfevents*")
    return path


def events(directory: Path) -> list[Event]:
    """The events of all files right in `directory`, without the versions that files begin with."""
    found = []
    for path in sorted(directory.glob("*tfevents*")):
        version, *rest = map(Event.FromString, payloads(path))
        assert version.file_version == "brain.Event:2"
        found += rest
    return found


def points(directory: Path) -> list[tuple[str, int, float]]:
    """(tag, step, value) of every simple_value, likewise."""
    return [
        (value.tag, event.step, value.simple_value)
        for event in events(directory)
        for value in event.summary.value
    ]


def without_times(payload: bytes) -> bytes:
    """A version or session record but for its wall time, which is that of its writing."""
    event = Event.FromString(payload)
    assert event.file_version or event.HasField("session_log")
    event.ClearField("wall_time")
    return bytes(event.SerializeToString())
