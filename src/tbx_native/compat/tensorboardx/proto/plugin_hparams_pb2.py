"""As tensorboardX.proto.plugin_hparams_pb2, from tbx_native.proto.plugin_hparams."""

from tbx_native.proto.plugin_hparams import (
    DESCRIPTOR,
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)

__all__ = [
    "DESCRIPTOR",
    "HParamsPluginData",
    "SessionEndInfo",
    "SessionStartInfo",
]
