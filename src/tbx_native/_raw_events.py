"""The payloads of an event file, one after the other, as it grows."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any

from tbx_native import _core
from tbx_native._file_scan import Errors
from tbx_native.errors import DamagedFileError, DamagedFileWarning


class RawEvents:
    """Where the reading of a file stands."""

    def __init__(self, path: str, errors: Errors, growing: bool) -> None:
        self._path = path
        self._errors = errors
        self._growing = growing
        self._scan = _core.RecordScan(os.fsencode(path))
        self._warned_at = -1
        self._is_lost = False

    def more(self, raw: bool) -> Iterator[Any]:
        """Yields what was not yet read, up to the end of the file or damage.

        Args:
            raw: Bytes; else messages.

        Raises:
            DamagedFileError: The file is damaged, and errors are to be raised.
        """
        for payload, event in self._found(not raw):
            yield payload if raw else event

    def with_messages(self) -> Iterator[tuple[bytes, Any]]:
        """Yields the bytes of each event and its message, likewise."""
        yield from self._found(True)

    def _found(self, decode: bool) -> Iterator[tuple[bytes, Any]]:
        while not self._is_lost and (found := self._scan.next(self._growing)) is not None:
            offset, payload = found
            if isinstance(payload, str):
                if not self._goes_on_behind(offset, payload):
                    self._scan.reload()  # so that it is seen when something else stands there
                    return
                self._scan.skip()
            elif not decode:
                yield payload, None
            elif (event := _message(payload)) is not None:
                yield payload, event
            else:
                self._is_lost = not self._goes_on_behind(offset, "payload is no event")

    def _goes_on_behind(self, offset: int, cause: str) -> bool:
        damage = DamagedFileError(self._path, offset, cause)
        if self._errors == "raise":
            raise damage
        if self._warned_at != offset:
            warnings.warn(str(damage), DamagedFileWarning, stacklevel=4)
        self._warned_at = offset
        return self._errors == "skip"


def _message(payload: bytes) -> Any:
    from google.protobuf.message import DecodeError

    from tbx_native.proto import event

    try:
        return event.Event.FromString(payload)
    except DecodeError:
        return None
