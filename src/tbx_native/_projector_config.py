"""projector_config.pbtxt: the list of a run's embeddings, which several writers may extend."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

CONFIG = "projector_config.pbtxt"
_LARGE_BYTES = 1 << 16  # of less there is nothing worth beginning with

# The list that was written last, as text and as a message: a run's hundredth embedding would
# otherwise wait 3 ms for the parser, which is in Python, to read the others.
_last: tuple[str, Any] = ("", None)


def write_file(path: str, content: Iterable[bytes]) -> None:
    """Writes a file that is on the device when this returns."""
    write_unsynced(path, content)
    _sync([path])


def write_unsynced(path: str, content: Iterable[bytes]) -> None:
    """Writes a file that survives the process, but not yet the machine."""
    with open(path, "wb") as file:
        file.writelines(content)
        if file.tell() >= _LARGE_BYTES:
            file.flush()
            # Has the system begin to write, so that there is less to wait for in the end: half a
            # millisecond of five. It keeps what it is writing in the page cache.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _sync(paths: Sequence[str]) -> None:
    """Returns when all are on the device.

    At the same time, because a file system that has a journal writes it once for all who wait:
    three files took 5 ms instead of 14.
    """
    errors: list[OSError] = []

    def sync(path: str) -> None:
        try:
            with open(path, "rb") as file:
                os.fsync(file.fileno())
        except OSError as error:
            errors.append(error)

    threads = []
    for path in paths[1:]:
        thread = threading.Thread(target=sync, args=(path,), name="tbx_native-sync", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # too many threads, or the interpreter is ending
            sync(path)
        else:
            threads.append(thread)
    sync(paths[0])
    for thread in threads:
        thread.join()
    for error in errors:
        raise error


def add_to_config(logdir: str, embedding: Any, unsynced: Sequence[str] = ()) -> None:
    """Adds an EmbeddingInfo message to the run's list, or replaces the one of its tensor_name.

    A reader sees the list as it was or as it is now, whenever it looks.

    Args:
        logdir: The run's directory.
        embedding: The message.
        unsynced: Paths of files that it names, which are on the device before the list names them.

    Raises:
        OSError: It cannot be read or written.
        ValueError: What is there is no such list.
    """
    from google.protobuf import text_format

    global _last
    path = os.path.join(logdir, CONFIG)
    with _locked(logdir):
        before, config = _read(path)
        others = [other for other in config.embeddings if not _has_same_name(other, embedding)]
        if before == _last[0] and len(others) == len(config.embeddings):
            # Only what is new is turned into text: that is in Python, too.
            text = before + text_format.MessageToString(type(config)(embeddings=[embedding]))
            config.embeddings.append(embedding)
        else:
            del config.embeddings[:]
            config.embeddings.extend([*others, embedding])
            text = text_format.MessageToString(config)
        draft = f"{path}.{os.getpid()}"
        write_unsynced(draft, [text.encode()])
        _sync([draft, *unsynced])
        os.replace(draft, path)
    _last = text, config


def _read(path: str) -> tuple[str, Any]:
    """Returns the list at `path`, as text and as a message that is the caller's."""
    from google.protobuf import text_format

    from tbx_native.proto.plugin_projector import ProjectorConfig

    text, config = "", ProjectorConfig()
    with suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
        text = file.read()
        last_text, last_config = _last
        if last_config is not None and text == last_text:
            config.CopyFrom(last_config)
            return text, config
        try:
            text_format.Parse(text, config)
        except text_format.ParseError as error:
            raise ValueError(f"{path} cannot be read: {error}") from error
    return text, config


def _has_same_name(one: Any, other: Any) -> bool:
    return bool(one.tensor_name == other.tensor_name)


@contextmanager
def _locked(directory: str) -> Iterator[None]:
    """Keeps other writers of the directory out, threads and processes, where the system can."""
    import fcntl  # here, because few programs have embeddings, and all would pay for it

    descriptor = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
