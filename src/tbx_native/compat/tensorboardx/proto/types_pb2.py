"""As tensorboardX.proto.types_pb2: the element types of tensors."""

from tbx_native.proto.tensor import DESCRIPTOR, DataType

__all__ = ["DESCRIPTOR", "DataType"]

globals().update(DataType.items())
