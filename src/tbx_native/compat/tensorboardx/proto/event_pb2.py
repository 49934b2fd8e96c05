"""As tensorboardX.proto.event_pb2, from tbx_native.proto.event."""

from tbx_native.proto.event import (
    DESCRIPTOR,
    Event,
    LogMessage,
    SessionLog,
    TaggedRunMetadata,
)

__all__ = [
    "DESCRIPTOR",
    "Event",
    "LogMessage",
    "SessionLog",
    "TaggedRunMetadata",
]
