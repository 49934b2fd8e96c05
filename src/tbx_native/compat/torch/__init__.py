"""torch.utils.tensorboard's API, without torch."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tbx_native.compat.torch.record_writer import RecordWriter
from tbx_native.compat.torch.writer import FileWriter, SummaryWriter

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]

# torch imports them all; here those who need none of them do not wait for protobuf.
_SUBMODULES = frozenset(("_convert_np", "_embedding", "_onnx_graph", "_utils", "summary"))


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES})
