"""As tensorboardX.proto.resource_handle_pb2, from tbx_native.proto.tensor."""

from tbx_native.proto.tensor import (
    DESCRIPTOR,
    ResourceHandleProto,
)

__all__ = [
    "DESCRIPTOR",
    "ResourceHandleProto",
]
