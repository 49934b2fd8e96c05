"""The graph of an ONNX model."""

from __future__ import annotations

import os
from typing import Any


def load_onnx_graph(path: str | os.PathLike[str]) -> Any:
    """Returns the GraphDef of the ONNX model in a file.

    Raises:
        ImportError: There is no onnx.
        OSError: The file cannot be read.
        ValueError: It holds no ONNX model.
    """
    try:
        import onnx
    except ImportError as error:
        message = 'add_onnx_graph() needs onnx: pip install "tbx_native[onnx]"'
        raise ImportError(message) from error
    from google.protobuf.message import DecodeError

    try:
        # The weights, which may lie in other files, are not looked at.
        model = onnx.load(os.fspath(path), load_external_data=False)
    except DecodeError as error:
        raise ValueError(f"{os.fspath(path)!r} is no ONNX model: {error}") from error
    return parse(model.graph)


def parse(graph: Any) -> Any:
    """Returns the GraphDef of an onnx.GraphProto.

    Inputs and outputs become variables with a type and a shape. A node is called after its first
    output; its attributes are one text.
    """
    from tbx_native.proto.graph import GraphDef
    from tbx_native.proto.tensor import TensorShapeProto

    result = GraphDef()
    result.versions.producer = 22  # as torch and tensorboardX write it
    for variable in (*graph.input, *graph.output):
        tensor = variable.type.tensor_type
        node = result.node.add(name=variable.name, op="Variable")
        node.attr["dtype"].type = tensor.elem_type
        dimensions = [TensorShapeProto.Dim(size=dim.dim_value) for dim in tensor.shape.dim]
        node.attr["shape"].shape.CopyFrom(TensorShapeProto(dim=dimensions))
    for operation in graph.node:
        node = result.node.add(
            name=operation.output[0] if operation.output else operation.name,
            op=operation.op_type,
            input=operation.input,
        )
        attributes = (
            " = ".join(str(value) for _, value in attribute.ListFields())
            for attribute in operation.attribute
        )
        node.attr["parameters"].s = ", ".join(attributes).encode()
    return result
