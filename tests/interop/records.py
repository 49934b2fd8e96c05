"""Records made by hand, whole and damaged."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.types_pb2 import DT_DOUBLE, DT_FLOAT

from tbx_native import _core

Start = Callable[[Path], AbstractContextManager[Any]]


def header(length: int) -> bytes:
    """The length of a record, with its CRC."""
    packed = struct.pack("<Q", length)
    return packed + struct.pack("<I", _core.masked_crc32c(packed))


def framed(payload: bytes) -> bytes:
    return header(len(payload)) + payload + struct.pack("<I", _core.masked_crc32c(payload))


def point(step: int, tag: str = "a", wall_time: float | None = None) -> bytes:
    """The record of a scalar with the value of its step."""
    event = Event(wall_time=1e9 + step if wall_time is None else wall_time, step=step)
    event.summary.value.add(tag=tag, simple_value=float(step))
    return framed(event.SerializeToString())


def tensor_point(step: int, *, double: bool) -> bytes:
    """As point(), of a tensor without dimensions, as torch's new_style=True writes it."""
    event = Event(wall_time=1e9 + step, step=step)
    value = event.summary.value.add(tag="a")
    value.metadata.plugin_data.plugin_name = "scalars"
    value.tensor.dtype = DT_DOUBLE if double else DT_FLOAT
    (value.tensor.double_val if double else value.tensor.float_val).append(float(step))
    return framed(event.SerializeToString())


def start(step: int) -> bytes:
    """The record by which a resumed run says where it begins again."""
    session = SessionLog(status=SessionLog.START)
    return framed(Event(wall_time=1e9, step=step, session_log=session).SerializeToString())


def flipped(record: bytes, at: int) -> bytes:
    changed = bytearray(record)
    changed[at] ^= 1
    return bytes(changed)


VERSION = framed(Event(wall_time=1e9, file_version="brain.Event:2").SerializeToString())
