"""As tensorboardX.proto.layout_pb2, from tbx_native.proto.plugin_custom_scalars."""

from tbx_native.proto.plugin_custom_scalars import (
    DESCRIPTOR,
    Category,
    Chart,
    Layout,
    MarginChartContent,
    MultilineChartContent,
)

__all__ = [
    "DESCRIPTOR",
    "Category",
    "Chart",
    "Layout",
    "MarginChartContent",
    "MultilineChartContent",
]
