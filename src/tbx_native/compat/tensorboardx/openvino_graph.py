"""As tensorboardX.openvino_graph: an OpenVINO model's graph as a GraphDef message."""

from __future__ import annotations

import os
from typing import Any

from tbx_native.plugins import openvino_graph as plugin

__all__ = ["load_openvino_graph"]


def load_openvino_graph(fname: str | os.PathLike[str]) -> Any:
    """Returns the GraphDef message of the OpenVINO model that an .xml file describes.

    Raises:
        OSError: The file cannot be read.
        ValueError: It describes no such model.
    """
    return plugin.load_openvino_graph(fname)
