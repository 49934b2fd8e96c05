"""The threads that encode media: few, daemons, started when there is work and gone a while after.

Plain threads rather than concurrent.futures: its executors refuse work once the interpreter has
begun to end, which is when many programs add their last image.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

_IDLE_SECS = 10.0  # how long a thread waits for more before it ends
_END_SECS = 0.2  # how long it may take a thread to end, on a busy machine


class EncoderThreads:
    """Runs tasks, which must not raise."""

    def __init__(self, max_threads: int) -> None:
        self._max_threads = max_threads
        # Taken by `with self._lock`, where Ctrl-C cannot strike between the taking and the block.
        self._lock = threading.RLock()
        # Locks that waiting threads have taken and want to take again. threading.Condition does the
        # same in Python, of which every add_image() would pay for three functions.
        self._sleepers: list[threading.Lock] = []
        self._tasks: deque[Callable[[], None]] = deque()
        # A thread enters itself: where Ctrl-C strikes while it is started, it runs all the same.
        self._threads: set[threading.Thread] = set()
        self._waiting = 0
        self._ends_idle = False

    def end_idle(self) -> None:
        """Ends the threads that have nothing to do, so that a fork finds as few as there can be.

        From Python 3.12 on a fork beside threads is warned of.
        """
        with self._lock:
            if not self._waiting:
                return
            before = list(self._threads)
            self._ends_idle = True
            while self._sleepers:
                self._wake_one()
        end = time.monotonic() + _END_SECS
        while self._waiting and time.monotonic() < end:
            time.sleep(0.0001)
        with self._lock:
            self._ends_idle = False
            ending = [thread for thread in before if thread not in self._threads]
        for thread in ending:
            # Not by is_alive(): the kernel counts a thread for a moment longer than Python.
            while _is_running(thread) and time.monotonic() < end:
                time.sleep(0.0001)

    def run(self, task: Callable[[], None]) -> bool:
        """Has `task` run by a thread; returns False where there is none and none can be started."""
        if sys.is_finalizing():  # the threads stand still by now
            return False
        with self._lock:
            if self._waiting <= len(self._tasks) and len(self._threads) < self._max_threads:
                self._start_thread()
            if not self._threads:
                return False
            if self._sleepers:  # before the task, which Ctrl-C must not leave without a thread
                self._wake_one()
            self._tasks.append(task)
            return True

    def _wake_one(self) -> None:
        # Taken off the list last: where Ctrl-C strikes before, the thread does that itself.
        sleeper = self._sleepers[-1]
        if sleeper.locked():
            sleeper.release()
        self._sleepers.pop()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="tbx_native-encoder", daemon=True)
        # Too many threads, or the interpreter is ending.
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._threads.add(thread)

    def _work(self) -> None:
        with self._lock:
            self._threads.add(threading.current_thread())
        try:
            while (task := self._next_task()) is not None:
                task()
                del task  # what it holds is not kept until the next one
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _next_task(self) -> Callable[[], None] | None:
        """Waits for a task; None says that there was none for long."""
        end = time.monotonic() + _IDLE_SECS
        sleeper: threading.Lock | None = None
        while True:
            if sleeper is not None:
                sleeper.acquire(timeout=max(0, end - time.monotonic()))
            with self._lock:
                if sleeper is not None:
                    self._waiting -= 1
                    if sleeper in self._sleepers:  # nobody has woken it
                        self._sleepers.remove(sleeper)
                if self._tasks:
                    return self._tasks.popleft()
                if self._ends_idle or time.monotonic() >= end:
                    # At once, while no task can come.
                    self._threads.discard(threading.current_thread())
                    return None
                sleeper = threading.Lock()
                sleeper.acquire()
                self._sleepers.append(sleeper)
                self._waiting += 1


def _is_running(thread: threading.Thread) -> bool:
    return os.path.exists(f"/proc/self/task/{thread.native_id}")


def _thread_limit() -> int:
    # Half of the cores: the other half trains.
    return max(1, min(4, len(os.sched_getaffinity(0)) // 2))


_of_process = EncoderThreads(_thread_limit())


def encoder_threads() -> EncoderThreads:
    """Returns the process's threads."""
    return _of_process


def _before_fork() -> None:
    _of_process.end_idle()


def _after_fork_in_child() -> None:
    # The parent's threads are not in this process, and its tasks are the parent's to do.
    global _of_process
    _of_process = EncoderThreads(_thread_limit())


os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
