"""RecordWriter: records of any bytes into a file, synchronously."""

from __future__ import annotations

import os
from types import TracebackType
from typing import BinaryIO

from tbx_native import _core


class RecordWriter:
    """Writes a TFRecord file: each payload framed by its length and two masked CRC32C.

    Args:
        path: The file, which is created or emptied; missing directories are created.

    Raises:
        OSError: The file cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        directory = os.path.dirname(os.fspath(path))
        if directory:
            os.makedirs(directory, exist_ok=True)
        self._file: BinaryIO = open(path, "wb")  # noqa: SIM115  # for close()

    def write(self, data: bytes) -> None:
        """Appends one record of `data`, which is shorter than 2 GiB.

        Raises:
            ValueError: The data is too large, or the writer is closed.
            OSError: The file cannot be written.
        """
        self._file.write(_core.frame(data))

    def flush(self) -> None:
        """Everything written so far is on the device when this returns."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Flushes to the operating system and closes the file; a second call does nothing."""
        self._file.close()

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
