"""As tensorboardX.proto.summary_pb2, from tbx_native.proto.summary."""

from tbx_native.proto.summary import (
    DESCRIPTOR,
    HistogramProto,
    Summary,
    SummaryMetadata,
)

__all__ = [
    "DESCRIPTOR",
    "HistogramProto",
    "Summary",
    "SummaryMetadata",
]
