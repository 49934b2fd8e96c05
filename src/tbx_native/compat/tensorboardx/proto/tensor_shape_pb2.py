"""As tensorboardX.proto.tensor_shape_pb2, from tbx_native.proto.tensor."""

from tbx_native.proto.tensor import (
    DESCRIPTOR,
    TensorShapeProto,
)

__all__ = [
    "DESCRIPTOR",
    "TensorShapeProto",
]
