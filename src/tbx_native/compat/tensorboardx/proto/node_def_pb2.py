"""As tensorboardX.proto.node_def_pb2, from tbx_native.proto.graph."""

from tbx_native.proto.graph import (
    DESCRIPTOR,
    NodeDef,
)

__all__ = [
    "DESCRIPTOR",
    "NodeDef",
]
