"""As tensorboardX.record_writer: records into files, and where a factory is registered."""

from __future__ import annotations

import importlib.util
import os
import re
from typing import Any, BinaryIO, cast

from tbx_native import _core
from tbx_native._object_stores import (
    GCSRecordWriter,
    GCSRecordWriterFactory,
    S3RecordWriter,
    S3RecordWriterFactory,
)
from tbx_native._remote_factories import (
    REGISTERED_FACTORIES,
    RecordFile,
    register_object_stores,
    register_writer_factory,
    registered_factory,
)

__all__ = [
    "GCS_ENABLED",
    "REGISTERED_FACTORIES",
    "S3_ENABLED",
    "GCSRecordWriter",
    "GCSRecordWriterFactory",
    "RecordWriter",
    "S3RecordWriter",
    "S3RecordWriterFactory",
    "directory_check",
    "make_valid_tf_name",
    "masked_crc32c",
    "open_file",
    "register_writer_factory",
    "u32",
]


register_object_stores()  # for who looks into REGISTERED_FACTORIES


def _is_installed(*packages: str) -> bool:
    """Tells whether a package can be imported; its parents come first, as asking imports them."""
    return all(importlib.util.find_spec(package) is not None for package in packages)


S3_ENABLED = _is_installed("boto3")
GCS_ENABLED = _is_installed("google", "google.cloud", "google.cloud.storage")

_VALID_START = re.compile(r"[A-Za-z0-9.]")
_VALID_PARTS = re.compile(r"[A-Za-z0-9_.\-/]+")


def directory_check(path: str) -> None:
    """Makes the directory `path`, unless it exists or its factory needs none."""
    factory = registered_factory(path)
    if factory is None:
        os.makedirs(path, exist_ok=True)
    else:
        factory.directory_check(path)


def open_file(path: str) -> RecordFile:
    """Opens the file at `path`, which is created or emptied."""
    factory = registered_factory(path)
    if factory is None:
        return cast(BinaryIO, open(path, "wb"))  # for close()
    return factory.open(path)


class RecordWriter:
    """Writes TFRecords to the file at `path`, wherever open_file() opens it.

    Raises:
        OSError: The file cannot be opened.
        ImportError: The package for paths of this kind is missing.
    """

    def __init__(self, path: str) -> None:
        self._name_to_tf_name: dict[str, str] = {}
        self._tf_names: set[str] = set()
        self.path = path
        self._writer = open_file(path)

    def write(self, data: bytes) -> None:
        """Appends one record of `data`, which is shorter than 2 GiB."""
        self._writer.write(_core.frame(data))

    def flush(self) -> None:
        """Flushes the file; one of the file system is on the device when this returns."""
        self._writer.flush()
        descriptor: Any = getattr(self._writer, "fileno", None)
        if descriptor is not None:
            os.fsync(descriptor())

    def close(self) -> None:
        """Closes the file."""
        self._writer.close()


def masked_crc32c(data: bytes) -> int:
    """Returns the CRC-32C of `data`, rotated and shifted as the record format masks it."""
    return _core.masked_crc32c(data)


def u32(x: int) -> int:
    """Returns the lower 32 bits of `x`."""
    return x & 0xFFFFFFFF


def make_valid_tf_name(name: str) -> str:
    """Returns `name` as TensorFlow names nodes: of [A-Za-z0-9_.\\-/], with "_" for all else."""
    return "_".join(_VALID_PARTS.findall(name if _VALID_START.match(name) else "." + name))
