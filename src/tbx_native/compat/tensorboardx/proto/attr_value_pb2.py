"""As tensorboardX.proto.attr_value_pb2, from tbx_native.proto.graph."""

from tbx_native.proto.graph import (
    DESCRIPTOR,
    AttrValue,
    NameAttrList,
)

__all__ = [
    "DESCRIPTOR",
    "AttrValue",
    "NameAttrList",
]
