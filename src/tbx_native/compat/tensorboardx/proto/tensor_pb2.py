"""As tensorboardX.proto.tensor_pb2, from tbx_native.proto.tensor."""

from tbx_native.proto.tensor import (
    DESCRIPTOR,
    TensorProto,
)

__all__ = [
    "DESCRIPTOR",
    "TensorProto",
]
