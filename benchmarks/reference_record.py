"""Event files as records on disk: CRC32C, masking, framing, file names, whole batches.

A record (TFRecord) is
    offset 0   8 bytes  length of the payload, little-endian
    offset 8   4 bytes  masked CRC32C of those 8 bytes, little-endian
    offset 12  n bytes  payload: one serialized Event
    then       4 bytes  masked CRC32C of the payload, little-endian
The rules a file keeps to, and why, are in proto/README.md.
"""

import os
import socket
import struct
import time
from typing import Final

_POLYNOMIAL: Final = 0x82F63B78  # Castagnoli's, bit-reflected (RFC 3720, B.4)
_MASK_DELTA: Final = 0xA282EAD8  # LevelDB, util/crc32c.h
_UINT32: Final = 0xFFFF_FFFF

# Protobuf parsers refuse larger messages; a reader that meets one loses the rest of the file.
MAX_PAYLOAD_BYTES: Final = (1 << 31) - 1
# Large enough that the system call is cheap against the encoding, small enough to be no burden.
_BATCH_BYTES: Final = 1 << 16
_MAX_UID: Final = 99_999  # five digits


def _table_entry(index: int) -> int:
    for _ in range(8):
        index = index >> 1 ^ (_POLYNOMIAL if index & 1 else 0)
    return index


_CRC_TABLE: Final = tuple(_table_entry(index) for index in range(256))


def crc32c(data: bytes) -> int:
    """CRC32C of `data`."""
    crc = _UINT32
    for byte in data:
        crc = _CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ _UINT32


def masked_crc32c(data: bytes) -> int:
    """CRC32C of `data`, rotated right by 15 bits, plus a constant."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _UINT32


def frame(payload: bytes) -> bytes:
    """The record around `payload`; ValueError if no reader could take it."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"an event of {len(payload)} bytes exceeds {MAX_PAYLOAD_BYTES} bytes")
    length = struct.pack("<Q", len(payload))
    header = length + struct.pack("<I", masked_crc32c(length))
    return header + payload + struct.pack("<I", masked_crc32c(payload))


class EventFileNames:
    """Names that sort in the order they were handed out, also when the clock steps back.

    TensorBoard reads the files of a directory in the order of their names, and each newer file
    may supersede points of the files before it.
    """

    def __init__(self) -> None:
        self._seconds = 0
        self._uid = 0

    def next(self, filename_suffix: str) -> str:
        if self._uid > _MAX_UID:
            # Six digits would sort before five; a second borrowed from the future sorts behind.
            self._seconds += 1
            self._uid = 0
        self._seconds = max(self._seconds, int(time.time()))
        uid = self._uid
        self._uid += 1
        name = f"events.out.tfevents.{self._seconds:010d}.{socket.gethostname()}.{os.getpid()}"
        return f"{name}.{uid:05d}" + filename_suffix


_names: Final = EventFileNames()


class EventFile:
    """One new event file. Records gather in memory; `flush` writes them, always whole."""

    def __init__(self, directory: str, filename_suffix: str = "") -> None:
        os.makedirs(directory, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._descriptor = -1
        while self._descriptor < 0:
            self.path = os.path.join(directory, _names.next(filename_suffix))
            try:
                self._descriptor = os.open(self.path, flags, 0o666)
            except FileExistsError:
                continue  # another container's process with this host name and pid; the next uid
        self._pending = bytearray()
        self._size_on_disk = 0

    def append(self, payload: bytes) -> None:
        """Adds a record; may write what has gathered."""
        self._pending += frame(payload)
        if len(self._pending) >= _BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hands every appended record to the operating system, in one write if it takes all."""
        batch = bytes(self._pending)
        written = 0
        try:
            while written < len(batch):
                written += os.write(self._descriptor, batch[written:])
        except OSError:
            # Data behind a torn record is lost to every reader: take the torn one back.
            os.ftruncate(self._descriptor, self._size_on_disk)
            raise
        self._size_on_disk += written
        self._pending.clear()

    def sync(self) -> None:
        """Flushes, and returns when the data is on the disk."""
        self.flush()
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Syncs and closes the file, which takes no further record."""
        try:
            self.sync()
        finally:
            os.close(self._descriptor)
