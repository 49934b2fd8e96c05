"""As tensorboardX.proto.versions_pb2, from tbx_native.proto.graph."""

from tbx_native.proto.graph import (
    DESCRIPTOR,
    VersionDef,
)

__all__ = [
    "DESCRIPTOR",
    "VersionDef",
]
