"""Which URLs can be written to, and how: registered factories, and fsspec for all others."""

from __future__ import annotations

import os
from typing import Any, Protocol


class RecordFile(Protocol):
    """What a factory opens."""

    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


class WriterFactory(Protocol):
    """Opens the files whose paths begin with a prefix and a colon."""

    def open(self, path: str) -> RecordFile: ...
    def directory_check(self, path: str) -> None: ...


REGISTERED_FACTORIES: dict[str, WriterFactory] = {}

# Of object stores, which are registered when one is asked for: few programs do.
_unregistered = {"s3", "gs"}


def register_writer_factory(prefix: str, factory: WriterFactory) -> None:
    """Has paths that begin with `prefix` and a colon opened by `factory`.

    Raises:
        ValueError: There is a colon in the prefix.
    """
    if ":" in prefix:
        raise ValueError("prefix cannot contain a :")
    REGISTERED_FACTORIES[prefix] = factory


def register_object_stores() -> None:
    """Registers s3 and gs, where nobody else has; a second call does nothing."""
    if not _unregistered:
        return
    from tbx_native._object_stores import GCSRecordWriterFactory, S3RecordWriterFactory

    _unregistered.clear()
    REGISTERED_FACTORIES.setdefault("s3", S3RecordWriterFactory())
    REGISTERED_FACTORIES.setdefault("gs", GCSRecordWriterFactory())


def registered_factory(path: str | os.PathLike[str]) -> WriterFactory | None:
    """Returns the factory for `path`, None for a path of the file system."""
    prefix, colon, _ = os.fspath(path).partition(":")
    if not colon:
        return None
    if prefix in _unregistered:
        register_object_stores()
    return REGISTERED_FACTORIES.get(prefix)


def fsspec_file_system(url: str) -> Any:
    """Returns fsspec's file system for `url`.

    Raises:
        ImportError: fsspec, or its package for URLs of this kind, is missing.
        ValueError: Nobody knows URLs of this kind.
    """
    try:
        import fsspec
    except ImportError as error:
        message = f'{url}: fsspec is missing; pip install "tbx_native[remote]"'
        raise ImportError(message) from error
    return fsspec.core.url_to_fs(url)[0]
