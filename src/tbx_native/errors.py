"""Exceptions and warnings of tbx_native's own; all others are Python's."""

from __future__ import annotations

from tbx_native._core import WriterClosedError

__all__ = [
    "EncodingError",
    "EncodingFailedWarning",
    "EventsLostWarning",
    "WriteFailedWarning",
    "WriterClosedError",
]


class WriteFailedWarning(RuntimeWarning):
    """Events could not be written. They are kept in memory and tried again; training goes on."""


class EventsLostWarning(RuntimeWarning):
    """Events were dropped, because there was no room for them and none could be made."""


class EncodingError(ValueError):
    """An image, a sound or the like could not be encoded, after its add_*() had returned."""


class EncodingFailedWarning(RuntimeWarning):
    """An image, a sound or the like could not be encoded and is not written; training goes on."""
