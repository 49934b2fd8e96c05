"""The graph of an OpenVINO model."""

from __future__ import annotations

import os
from typing import Any


def load_openvino_graph(path: str | os.PathLike[str]) -> Any:
    """Returns the GraphDef of the OpenVINO model that an .xml file describes.

    It has one node for each edge, called after the layer where the edge ends.

    Raises:
        OSError: The file cannot be read.
        ValueError: It describes no such model.
    """
    from xml.etree import ElementTree

    from tbx_native.proto.graph import GraphDef

    result = GraphDef()
    result.versions.producer = 22  # as torch and tensorboardX write it
    try:
        root = ElementTree.parse(path).getroot()
        names = {layer.attrib["id"]: layer.attrib["name"] for layer in root.iterfind("layers/*")}
        for edge in root.iterfind("edges/*"):
            start, end = names[edge.attrib["from-layer"]], names[edge.attrib["to-layer"]]
            result.node.add(name=end, op="op", input=[start]).attr["parameters"].s = b""
    except (ElementTree.ParseError, KeyError) as error:
        raise ValueError(f"{os.fspath(path)!r} is no OpenVINO model: {error}") from error
    if not names:
        raise ValueError(f"{os.fspath(path)!r} is no OpenVINO model: it has no layers")
    return result
