"""Runs at URLs (s3://, gs://, whatever fsspec knows): written locally, copied by another thread.

The native engine appends to local files. What lies at a URL can mostly not be appended to, so that
event files are written into a directory for temporary files, and copied from there: every
flush_secs, by flush() and by close().
"""

from __future__ import annotations

import errno
import os
import re
import threading
from collections.abc import Iterator
from typing import Protocol

from tbx_native._logger import logger
from tbx_native._remote_factories import WriterFactory, fsspec_file_system, registered_factory

_URL = r"([A-Za-z][A-Za-z0-9+.-]*)://"  # compiled, for a quarter of a millisecond, when needed
_CHUNK_BYTES = 16 * 1024 * 1024
_SHORTEST_INTERVAL = 1.0  # seconds between copies, however short flush_secs is

_lock = threading.RLock()
_local_root: str | None = None
_runs: dict[str, RemoteRun] = {}  # open ones, by URL


def is_remote(logdir: str) -> bool:
    """Tells whether `logdir` is a URL, or a path that a factory was registered for."""
    return re.match(_URL, logdir) is not None or registered_factory(logdir) is not None


def local_path(logdir: str) -> str:
    """Returns where the files of `logdir` are written: itself, unless it is remote."""
    global _local_root
    if not is_remote(logdir):
        return logdir
    with _lock:
        if _local_root is None:
            import tempfile  # slow to import, and few runs are remote

            _local_root = tempfile.mkdtemp(prefix="tbx_native-")
    return os.path.join(_local_root, *re.split(r"[:/]+", logdir.strip("/")))


def open_remote_run(logdir: str, flush_secs: float) -> None:
    """Has the files of `logdir`, and of all directories below, copied; for a local one, nothing.

    Raises:
        ImportError: The package for URLs of this kind is missing.
        ValueError: Nobody knows URLs of this kind.
    """
    if not is_remote(logdir):
        return
    with _lock:
        if logdir not in _runs:
            _runs[logdir] = RemoteRun(logdir, flush_secs)


def copy_remote_run(logdir: str, *, ends: bool = False) -> None:
    """Copies what is new; at the end of a run also lets go of its local files.

    Raises:
        OSError: It could not be copied; the local files stay.
    """
    with _lock:
        run = _runs.get(logdir)
    if run is None or not run.copy():
        return
    if ends:
        with _lock:
            _runs.pop(logdir, None)
        run.end()


class _RemoteFile(Protocol):
    def copy(self, local: str, size: int) -> None: ...
    def close(self) -> None: ...


class _AppendedFile:
    """A file that a factory has opened: it is given the new bytes."""

    def __init__(self, factory: WriterFactory, url: str) -> None:
        self._file = factory.open(url)
        self._copied = 0

    def copy(self, local: str, size: int) -> None:
        with open(local, "rb") as file:
            file.seek(self._copied)
            while self._copied < size:
                chunk = file.read(min(_CHUNK_BYTES, size - self._copied))
                if not chunk:
                    break
                self._file.write(chunk)
                self._copied += len(chunk)
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class _ReplacedFile:
    """A file of an fsspec file system: all of it is copied each time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._file_system = fsspec_file_system(url)
        self._file_system.makedirs(self._file_system._parent(url), exist_ok=True)

    def copy(self, local: str, size: int) -> None:
        self._file_system.put_file(local, self._url)

    def close(self) -> None:
        pass


class RemoteRun:
    """What was copied of one run, and the thread that copies."""

    def __init__(self, url: str, flush_secs: float) -> None:
        self._url = url.rstrip("/")
        self._local = local_path(url)
        factory = registered_factory(url)
        if factory is None:
            fsspec_file_system(url)  # says at once if nobody can write there
        else:
            factory.directory_check(url)
        # By relative path; with the size and the time stamp of what was copied last.
        self._files: dict[str, tuple[_RemoteFile, tuple[int, int]]] = {}
        self._pid = os.getpid()
        # Re-entrant, because a signal handler may flush; what it interrupts goes on with the copy.
        self._lock = threading.RLock()
        self._is_copying = False
        self._ended = threading.Event()
        self._interval = max(flush_secs, _SHORTEST_INTERVAL)
        self._told: str | None = None
        threading.Thread(
            target=self._copy_now_and_then, name="tbx_native-copy", daemon=True
        ).start()

    def copy(self) -> bool:
        """Copies what is new. False in a forked child, whose events the parent copies.

        And in a signal handler that has interrupted a copy.

        Raises:
            OSError: It could not be copied.
        """
        if os.getpid() != self._pid:
            return False
        with self._lock:
            if self._is_copying:
                return False
            self._is_copying = True
            try:
                self._copy_files()
            finally:
                self._is_copying = False
        return True

    def _copy_files(self) -> None:
        for relative in self._local_files():
            try:
                self._copy_file(relative)
            except ImportError:
                raise
            except Exception as error:  # of whichever library
                message = f"cannot copy event file: {error!r}"
                raise OSError(errno.EIO, message, f"{self._url}/{relative}") from error

    def _local_files(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._local):
            for name in sorted(names):
                if not name.startswith("."):  # queue files
                    yield os.path.relpath(os.path.join(folder, name), self._local)

    def _copy_file(self, relative: str) -> None:
        local = os.path.join(self._local, relative)
        status = os.stat(local)
        stamp = (status.st_size, status.st_mtime_ns)
        file, copied = self._files.get(relative, (None, None))
        if stamp == copied:
            return
        # Event files grow. All others, those of embeddings, are written anew.
        if file is None or "tfevents" not in relative:
            file = self._open(f"{self._url}/{relative}")
        file.copy(local, status.st_size)
        self._files[relative] = (file, stamp)

    def _open(self, url: str) -> _RemoteFile:
        factory = registered_factory(url)
        return _ReplacedFile(url) if factory is None else _AppendedFile(factory, url)

    def _copy_now_and_then(self) -> None:
        while not self._ended.wait(self._interval):
            try:
                self.copy()
                self._told = None
            except Exception as error:
                if self._told != repr(error):  # once per cause: it is tried again
                    logger().warning("%s; it is tried again", error)
                self._told = repr(error)

    def end(self) -> None:
        """Closes the remote files and removes the local ones."""
        self._ended.set()
        with self._lock:
            for file, _ in self._files.values():
                file.close()
            self._files.clear()
        import shutil  # slow to import, as above

        shutil.rmtree(self._local, ignore_errors=True)


def _after_fork_in_child() -> None:
    global _lock
    _lock = threading.RLock()  # a thread that is not in this process may have held it


os.register_at_fork(after_in_child=_after_fork_in_child)
