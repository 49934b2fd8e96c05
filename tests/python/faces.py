"""Both SummaryWriters, and what they write, next to what the packages that they stand in for do."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

import tbx_native
from tbx_native.compat.torch import SummaryWriter as TorchFace
from tests.python.event_files import events

FACES: dict[str, Callable[..., Any]] = {
    "tensorboardx": tbx_native.SummaryWriter,
    "torch": TorchFace,
}


def written(writer: Any) -> list[Event]:
    """The events that the writer has written, after closing it."""
    writer.close()
    return events(Path(writer.get_logdir()))


def only_summary(writer: Any) -> Summary:
    """The summary of the one event that the writer has written, after closing it."""
    (event,) = written(writer)
    return event.summary


def as_tensorboard_s(summary: Any) -> Summary:
    """A message of tensorboardX's or torch's as TensorBoard's class."""
    return Summary.FromString(summary.SerializeToString())


def add(face: str, directory: Path, method: str, *args: Any, **kwargs: Any) -> Summary:
    """The summary that one call of a new writer writes."""
    writer = FACES[face](directory)
    getattr(writer, method)(*args, **kwargs)
    return only_summary(writer)


def torch_s() -> Any:
    """torch.utils.tensorboard's functions from arrays to messages; skips the test without torch."""
    pytest.importorskip("torch")
    return importlib.import_module("torch.utils.tensorboard.summary")
