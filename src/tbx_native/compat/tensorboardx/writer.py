"""As tensorboardX.writer, on tbx_native's engine."""

from __future__ import annotations

import logging
from typing import Any

import numpy

from tbx_native import event_file_writer, file_writer, writer
from tbx_native.event_file_writer import EventFileWriter
from tbx_native.file_writer import DummyFileWriter

__all__ = ["DummyFileWriter", "EventFileWriter", "FileWriter", "SummaryWriter"]

logger = logging.getLogger("tbx_native")

numpy_compatible = numpy.ndarray


class FileWriter(file_writer.FileWriter):
    """As tbx_native.FileWriter."""

    def _event_file_writer_class(self) -> type[event_file_writer.EventFileWriter]:
        return EventFileWriter  # this module's, as tools replace it here


class SummaryWriter(writer.SummaryWriter):
    """As tbx_native.SummaryWriter."""

    _file_writer_class = FileWriter


def __getattr__(name: str) -> Any:
    """The messages' modules, loaded by those who ask for them: protobuf takes time to import."""
    if name in ("event_pb2", "summary_pb2"):
        from importlib import import_module

        return import_module(f"tbx_native.compat.tensorboardx.proto.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
