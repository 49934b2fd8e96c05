"""tensorboardX's API in tensorboardX's modules, on tbx_native's engine."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tbx_native.compat.tensorboardx.global_writer import GlobalSummaryWriter
from tbx_native.compat.tensorboardx.record_writer import RecordWriter
from tbx_native.compat.tensorboardx.torchvis import TorchVis
from tbx_native.compat.tensorboardx.writer import FileWriter, SummaryWriter

__all__ = [
    "FileWriter",
    "GlobalSummaryWriter",
    "RecordWriter",
    "SummaryWriter",
    "TorchVis",
    "__version__",
]

__version__ = "2.6.5"
"""Of the tensorboardX whose API this is."""

# tensorboardX imports them all; here those who need none of them do not wait for protobuf.
_SUBMODULES = frozenset(
    (
        *("crc32c", "embedding", "event_file_writer"),
        *("onnx_graph", "openvino_graph", "proto", "summary", "utils", "x2num"),
    )
)


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES})
