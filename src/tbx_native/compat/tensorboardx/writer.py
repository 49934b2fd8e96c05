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


# What tensorboardX's writer takes from its other modules, and programs from it.
_LENT = {
    **dict.fromkeys(("event_pb2", "summary_pb2"), "proto"),
    **dict.fromkeys(("Event", "SessionLog"), "proto.event_pb2"),
    **dict.fromkeys(("append_pbtxt", "make_mat", "make_sprite", "make_tsv"), "embedding"),
    **dict.fromkeys(("audio", "custom_scalars", "histogram", "histogram_raw"), "summary"),
    **dict.fromkeys(("hparams", "image", "image_boxes", "mesh", "pr_curve"), "summary"),
    **dict.fromkeys(("pr_curve_raw", "scalar", "text", "video"), "summary"),
    "figure_to_image": "utils",
    "load_onnx_graph": "onnx_graph",
    "load_openvino_graph": "openvino_graph",
}


def __getattr__(name: str) -> Any:
    """What is lent, loaded by those who ask for it: protobuf takes time to import."""
    if name in _LENT:
        from importlib import import_module

        return getattr(import_module(f"tbx_native.compat.tensorboardx.{_LENT[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
