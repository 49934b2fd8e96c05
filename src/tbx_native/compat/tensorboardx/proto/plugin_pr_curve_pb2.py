"""As tensorboardX.proto.plugin_pr_curve_pb2, from tbx_native.proto.plugin_pr_curve."""

from tbx_native.proto.plugin_pr_curve import (
    DESCRIPTOR,
    PrCurvePluginData,
)

__all__ = [
    "DESCRIPTOR",
    "PrCurvePluginData",
]
