"""The payloads of an event file, one after the other, as it grows."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

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

    def more(self) -> Iterator[bytes]:
        """Yields what was not yet read, up to the end of the file or damage.

        Raises:
            DamagedFileError: The file is damaged, and errors are to be raised.
        """
        while (found := self._scan.next(self._growing)) is not None:
            offset, payload = found
            if isinstance(payload, bytes):
                yield payload
                continue
            damage = DamagedFileError(self._path, offset, payload)
            if self._errors == "raise":
                self._scan.reload()
                raise damage
            if self._warned_at != offset:
                warnings.warn(str(damage), DamagedFileWarning, stacklevel=3)
            self._warned_at = offset
            if self._errors == "stop":
                self._scan.reload()  # so that it is seen when something else stands there
                return
            self._scan.skip()
