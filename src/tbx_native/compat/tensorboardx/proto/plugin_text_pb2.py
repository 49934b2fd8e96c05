"""As tensorboardX.proto.plugin_text_pb2, from tbx_native.proto.plugin_text."""

from tbx_native.proto.plugin_text import (
    DESCRIPTOR,
    TextPluginData,
)

__all__ = [
    "DESCRIPTOR",
    "TextPluginData",
]
