"""As tensorboardX.proto.plugin_mesh_pb2, from tbx_native.proto.plugin_mesh."""

from tbx_native.proto.plugin_mesh import (
    DESCRIPTOR,
    MeshPluginData,
)

__all__ = [
    "DESCRIPTOR",
    "MeshPluginData",
]
