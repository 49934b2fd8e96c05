"""As tensorboardX.proto.graph_pb2, from tbx_native.proto.graph."""

from tbx_native.proto.graph import (
    DESCRIPTOR,
    GraphDef,
)

__all__ = [
    "DESCRIPTOR",
    "GraphDef",
]
