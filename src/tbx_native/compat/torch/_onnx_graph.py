"""As torch.utils.tensorboard._onnx_graph: an ONNX model's graph as a GraphDef message."""

from __future__ import annotations

import os
from typing import Any

from tbx_native.plugins import onnx_graph as plugin
from tbx_native.plugins.onnx_graph import parse

__all__ = ["load_onnx_graph", "parse"]


def load_onnx_graph(fname: str | os.PathLike[str]) -> Any:
    """Returns the GraphDef message of the ONNX model in a file.

    Raises:
        ImportError: There is no onnx.
        OSError: The file cannot be read.
        ValueError: It holds no ONNX model.
    """
    return plugin.load_onnx_graph(fname)
