"""The threads that encode media: few, daemons, started when there is work and gone a while after.

Plain threads rather than concurrent.futures: its executors refuse work once the interpreter has
begun to end, which is when many programs add their last image.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable

_IDLE_SECS = 10.0  # how long a thread waits for more before it ends


class EncoderThreads:
    """Runs tasks, which must not raise."""

    def __init__(self, max_threads: int) -> None:
        self._max_threads = max_threads
        self._changed = threading.Condition()
        self._tasks: deque[Callable[[], None]] = deque()
        self._threads = 0
        self._waiting = 0

    def run(self, task: Callable[[], None]) -> None:
        """Has `task` run by a thread; by the calling one where no thread can be started."""
        with self._changed:
            if self._waiting <= len(self._tasks) and self._threads < self._max_threads:
                self._start_thread()
            if self._threads:
                self._tasks.append(task)
                self._changed.notify()
                return
        task()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="tbx_native-encoder", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # too many threads, or the interpreter is ending
            return
        self._threads += 1

    def _work(self) -> None:
        while True:
            with self._changed:
                self._waiting += 1
                while not self._tasks:
                    has_news = self._changed.wait(_IDLE_SECS)
                    if not has_news and not self._tasks:
                        self._waiting -= 1
                        self._threads -= 1
                        return
                self._waiting -= 1
                task = self._tasks.popleft()
            task()
            del task  # what it holds is not kept until the next one


def _thread_limit() -> int:
    # Half of the cores: the other half trains.
    return max(1, min(4, len(os.sched_getaffinity(0)) // 2))


_of_process = EncoderThreads(_thread_limit())


def encoder_threads() -> EncoderThreads:
    """Returns the process's threads."""
    return _of_process


def _after_fork_in_child() -> None:
    # The parent's threads are not in this process, and its tasks are the parent's to do.
    global _of_process
    _of_process = EncoderThreads(_thread_limit())


os.register_at_fork(after_in_child=_after_fork_in_child)
