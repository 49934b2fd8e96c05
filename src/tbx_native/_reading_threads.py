"""Which threads read files of a log directory now: one a file, and none of them twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ReadingThreads:
    """The threads that are reading files of one log directory."""

    def __init__(self) -> None:
        self._paths: dict[int, str] = {}  # by thread, what it reads

    def refuse(self, path: str) -> None:
        """Raises if the calling thread is reading already.

        Its progress callback, a signal handler or a __del__ asks, then. To let it wait could be a
        deadlock, also for another file: whose thread may be waiting for this one.

        Raises:
            RuntimeError: It is.
        """
        reading = self._paths.get(threading.get_ident())
        if reading is not None:
            raise RuntimeError(
                f"{path} cannot be read here: a progress callback, signal handler or __del__ that"
                f" runs while its thread reads {reading} cannot have the same EventReader read"
            )

    def run(self, path: str, function: Callable[[], T]) -> T:
        """Calls `function`, which reads `path`.

        Raises:
            RuntimeError: The calling thread is reading already.
        """
        self.refuse(path)
        thread = threading.get_ident()
        self._paths[thread] = path
        try:
            return function()
        finally:
            del self._paths[thread]


class OneAtATime:
    """Has one thread at a time read a file; the others wait, and Ctrl-C ends that."""

    def __init__(self, path: str, threads: ReadingThreads) -> None:
        self._path = path
        self._threads = threads
        # Not a Lock: a signal handler may come when it is taken and nothing is being read yet.
        self._lock = threading.RLock()

    def run(self, function: Callable[[], T]) -> T:
        """Calls `function`, which reads the file.

        Raises:
            RuntimeError: The calling thread is reading already.
        """
        self._threads.refuse(self._path)  # before it waits
        with self._lock:
            return self._threads.run(self._path, function)
