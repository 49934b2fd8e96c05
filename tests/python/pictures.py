"""Reads the images of event files back, by Pillow."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto.summary_pb2 import Summary

from tests.python.event_files import events

PIL_Image = pytest.importorskip("PIL.Image", reason="Pillow reads the images that are written")


def opened(encoded: bytes) -> Any:
    """The PIL.Image.Image of a file, read whole."""
    image = PIL_Image.open(io.BytesIO(encoded))
    image.load()
    return image


def pixels(encoded: bytes) -> np.ndarray[Any, Any]:
    """(height, width[, channels]) of a file."""
    return np.asarray(opened(encoded))


def written_images(directory: Path) -> list[Any]:
    """The Summary.Value of each event, which must be one image."""
    values = []
    for event in events(directory):
        (value,) = event.summary.value
        assert value.WhichOneof("value") == "image"
        values.append(value)
    return values


def only_value(summary: bytes) -> Any:
    """The one Summary.Value of a serialized Summary."""
    (value,) = Summary.FromString(summary).value
    return value
