"""As tensorboardX.crc32c: CRC-32C checksums, computed natively where they are of one piece."""

from __future__ import annotations

from collections.abc import Iterable

from tbx_native._core import crc32c as _crc32c_native

__all__ = ["CRC_INIT", "CRC_TABLE", "crc32c", "crc_finalize", "crc_update"]

CRC_INIT = 0

_MASK = 0xFFFFFFFF
_POLYNOMIAL = 0x82F63B78  # Castagnoli's, reflected: RFC 3309


def _table_entry(byte: int) -> int:
    crc = byte
    for _ in range(8):
        crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


CRC_TABLE = tuple(map(_table_entry, range(256)))


def crc_update(crc: int, data: bytes | Iterable[int]) -> int:
    """Returns the checksum of what `crc` is the checksum of, followed by `data`."""
    if crc == CRC_INIT:
        return crc32c(data)
    crc ^= _MASK
    for byte in _bytes(data):
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ _MASK


def crc_finalize(crc: int) -> int:
    """Returns the lower 32 bits."""
    return crc & _MASK


def crc32c(data: bytes | Iterable[int]) -> int:
    """Returns the CRC-32C of `data`: bytes, any buffer of bytes, or integers in 0..255."""
    return _crc32c_native(_bytes(data))


def _bytes(data: bytes | Iterable[int]) -> bytes:
    return data if isinstance(data, bytes) else bytes(iter(data))  # bytes(5) would be five zeros


_crc32c = crc32c
