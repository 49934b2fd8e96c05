"""RecordWriter with torch.utils.tensorboard's parameter: records of any bytes into an open file."""

from __future__ import annotations

from typing import Protocol

from tbx_native import _core


class WritableFile(Protocol):
    """What RecordWriter needs of a file object."""

    @property
    def closed(self) -> bool: ...
    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


class RecordWriter:
    """Writes TFRecords to `writer`, an object with write, flush and close; closed with it."""

    def __init__(self, writer: WritableFile) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Appends one record of `data`, which is shorter than 2 GiB.

        Raises:
            ValueError: The data is too large.
        """
        self._writer.write(_core.frame(data))

    def flush(self) -> None:
        """Flushes the file object."""
        self._writer.flush()

    def close(self) -> None:
        """Closes the file object."""
        self._writer.close()

    @property
    def closed(self) -> bool:
        """Tells whether the file object is closed."""
        return self._writer.closed
