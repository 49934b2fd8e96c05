"""projector_config.pbtxt: the list of a run's embeddings, which several writers may extend."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

_NAME = "projector_config.pbtxt"


def write_file(path: str, content: Iterable[bytes]) -> None:
    """Writes a file that is on the device when this returns."""
    with open(path, "wb") as file:
        file.writelines(content)
        file.flush()
        os.fsync(file.fileno())


def add_to_config(logdir: str, embedding: Any) -> None:
    """Adds an EmbeddingInfo message to the run's list, or replaces the one of its tensor_name.

    A reader sees the list as it was or as it is now, whenever it looks.

    Raises:
        OSError: It cannot be read or written.
        ValueError: What is there is no such list.
    """
    from google.protobuf import text_format

    from tbx_native.proto.plugin_projector import ProjectorConfig

    path = os.path.join(logdir, _NAME)
    config = ProjectorConfig()
    with _locked(logdir):
        with suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
            try:
                text_format.Parse(file.read(), config)
            except text_format.ParseError as error:
                raise ValueError(f"{path} cannot be read: {error}") from error
        others = [other for other in config.embeddings if not _has_same_name(other, embedding)]
        del config.embeddings[:]
        config.embeddings.extend([*others, embedding])
        draft = f"{path}.{os.getpid()}"
        write_file(draft, [text_format.MessageToString(config).encode()])
        os.replace(draft, path)


def _has_same_name(one: Any, other: Any) -> bool:
    return bool(one.tensor_name == other.tensor_name)


@contextmanager
def _locked(directory: str) -> Iterator[None]:
    """Keeps other writers of the directory out, threads and processes, where the system can."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
