"""Exceptions and warnings of tbx_native's own; all others are Python's."""

from __future__ import annotations

from tbx_native._core import WriterClosedError

__all__ = [
    "DamagedFileError",
    "DamagedFileWarning",
    "EncodingError",
    "EncodingFailedWarning",
    "EventsLostWarning",
    "NoSuchTagError",
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


class DamagedFileError(ValueError):
    """An event file does not hold what its lengths, checksums and messages claim."""

    def __init__(self, path: str, offset: int, cause: str) -> None:
        super().__init__(path, offset, cause)
        self.path = path
        """Of the file."""
        self.offset = offset
        """Of the damaged record, in bytes from the start of the file."""
        self.cause = cause
        """What is wrong, in words."""

    def __str__(self) -> str:
        return f"{self.path}: {self.cause}, at byte {self.offset:,}"


class DamagedFileWarning(UserWarning):
    """An event file is damaged: what was read of it is not all that was written."""


class NoSuchTagError(KeyError):
    """No run has a tag of that name and kind, or there is no such run."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError shows the quoted repr() of its text
