"""Which threads read files of a log directory now: one a file, and none of them twice."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ReadingThreads:
    """The threads that are reading files of one log directory."""

    def __init__(self) -> None:
        self._paths: dict[int, str] = {}  # by thread, what it reads
        self._reset_locks()
        _all.add(self)

    def _reset_locks(self) -> None:
        # Not Locks: a signal handler may come when one is taken and nothing is being read yet.
        self._locks: dict[str, threading.RLock] = {}  # of files
        self.searching = threading.RLock()
        """Is held while the directory is searched for files."""

    def run_alone(self, path: str, function: Callable[[], T]) -> T:
        """Calls `function`, which reads a file.

        Where another thread reads that file, this one waits; Ctrl-C ends that.

        Raises:
            RuntimeError: The calling thread is reading already.
        """
        self._refuse(path)  # before it waits
        with self._locks.setdefault(path, threading.RLock()):
            return self.run(path, function)

    def run(self, path: str, function: Callable[[], T]) -> T:
        """Calls `function`, which reads a file or has other threads read several.

        Raises:
            RuntimeError: The calling thread is reading already.
        """
        self._refuse(path)
        thread = threading.get_ident()
        self._paths[thread] = path
        try:
            return function()
        finally:
            del self._paths[thread]

    def _refuse(self, path: str) -> None:
        # The progress callback of this thread's read asks, or a signal handler or a __del__ in the
        # midst of it. To let it wait would be a deadlock, perhaps also for another file, whose
        # thread may be waiting for this one.
        reading = self._paths.get(threading.get_ident())
        if reading is not None:
            raise RuntimeError(
                f"{path} cannot be read here: a progress callback, signal handler or __del__ that"
                f" runs while its thread reads {reading} cannot have the same EventReader read"
            )

    def _after_fork_in_child(self) -> None:
        """Forgets the threads that are not in this process; the scan of a file knows of its own."""
        thread = threading.get_ident()
        for other in self._paths.keys() - {thread}:
            del self._paths[other]
        self._reset_locks()


_all: weakref.WeakSet[ReadingThreads] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for threads in list(_all):
        threads._after_fork_in_child()


os.register_at_fork(after_in_child=_after_fork_in_child)
