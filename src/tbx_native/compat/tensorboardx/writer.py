"""As tensorboardX.writer, on tbx_native's engine."""

from __future__ import annotations

import logging

import numpy

from tbx_native import event_file_writer, file_writer, writer
from tbx_native.compat._lending import lend
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
__getattr__ = lend(
    __name__,
    "tbx_native.compat.tensorboardx",
    {
        "proto": ("event_pb2", "summary_pb2"),
        "proto.event_pb2": ("Event", "SessionLog"),
        "embedding": ("append_pbtxt", "make_mat", "make_sprite", "make_tsv"),
        "summary": (
            "audio",
            "custom_scalars",
            "histogram",
            "histogram_raw",
            "hparams",
            "image",
            "image_boxes",
            "mesh",
            "pr_curve",
            "pr_curve_raw",
            "scalar",
            "text",
            "video",
        ),
        "utils": ("figure_to_image",),
        "onnx_graph": ("load_onnx_graph",),
        "openvino_graph": ("load_openvino_graph",),
    },
)
