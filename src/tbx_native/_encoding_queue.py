"""Media on their way into a writer: encoded by any thread, appended in the order of the calls."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from tbx_native._encoder_threads import encoder_threads
from tbx_native._last_thread import LivingLock, is_alone


class Encoding(NamedTuple):
    """What is left to do of an image, say, when its add_image() returns."""

    nbytes: int
    """Memory that it holds until then, in bytes."""

    encode: Callable[[], bytes]
    """Returns a serialized Summary. Runs in another thread, on arrays that nobody else changes."""


class _Job:
    def __init__(
        self,
        encoding: Encoding,
        append: Callable[[bytes], None],
        report: Callable[[BaseException], None],
    ) -> None:
        self.nbytes = encoding.nbytes
        self._encode: Callable[[], bytes] | None = encoding.encode
        self._append = append
        self._report = report
        self._summary = b""
        self._error: BaseException | None = None
        self.is_encoded = False
        self.is_delivered = False

    def encode(self) -> None:
        assert self._encode is not None
        # Whatever is raised, also what ends a thread: a job that is never done hangs flush().
        try:
            self._summary = self._encode()
        except BaseException as error:
            self._error = error
            if isinstance(error, KeyboardInterrupt):
                raise
        finally:
            self._encode = None  # and with it the array
            self.is_encoded = True

    def deliver(self) -> None:
        # Not kept: its traceback leads back to this job, and to the array.
        error, self._error = self._error, None
        if error is None:
            try:
                self._append(self._summary)
            except Exception as caught:
                error = caught
        if error is not None:
            self._report(error)


class EncodingQueue:
    """The backlog of one writer.

    Args:
        max_bytes: Of memory, that what is waiting may hold; a single larger thing may pass alone.
    """

    _lock = LivingLock()  # re-entrant, because a signal handler may log

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.RLock()
        # Locks that wait for the next delivery, each held until then. A threading.Condition would
        # do, were it not for Ctrl-C: where that strikes in the Python code of its wait() or
        # __enter__(), the lock is left released, or taken for ever.
        self._waiting: list[threading.Lock] = []
        self._jobs: deque[_Job] = deque()  # delivered from the left
        self._bytes = 0
        self._is_delivering = False

    @property
    def is_empty(self) -> bool:
        """Whether everything that was added has been delivered."""
        return not self._jobs

    def add(
        self,
        encoding: Encoding,
        append: Callable[[bytes], None],
        report: Callable[[BaseException], None],
        *,
        waits: bool,
    ) -> bool:
        """Has `encoding` encoded and then handed to `append`, behind all that were added before.

        What goes wrong is handed to `report`, in another thread.

        Args:
            encoding: What to encode.
            append: Takes the serialized Summary.
            report: Takes the exception, and raises none.
            waits: Whether to wait until there is room.

        Returns:
            False where there was no room, and nothing was added.
        """
        job = _Job(encoding, append, report)
        while True:
            with self._lock:
                if not self._jobs or self._bytes + job.nbytes <= self._max_bytes:
                    self._bytes += job.nbytes
                    # First to a thread, then into the queue: between the two Ctrl-C may strike, and
                    # what is in the queue without a thread hangs flush() for ever.
                    has_thread = encoder_threads().run(lambda: self._run(job))
                    self._jobs.append(job)
                    break
                delivery = self._next_delivery()
            if not waits or (is_alone() and not self._finish_alone()):
                return False
            delivery.acquire()
        if not has_thread:
            self._run(job)
        return True

    def wait(self, timeout: float = math.inf) -> bool:
        """Waits until all that was added before has been appended or reported, or for seconds."""
        deadline = time.monotonic() + timeout
        with self._lock:
            last = self._jobs[-1] if self._jobs else None
        while True:
            with self._lock:
                if last is None or last.is_delivered:
                    return True
                delivery = self._next_delivery()
            if is_alone() and not self._finish_alone():
                return False
            rest = deadline - time.monotonic()
            if rest <= 0:
                return False
            delivery.acquire(timeout=min(rest, threading.TIMEOUT_MAX))

    def _finish_alone(self) -> bool:
        """Does what other threads were to do; returns False where one stopped in a delivery."""
        for job in tuple(self._jobs):
            if not job.is_encoded:
                job.encode()
        self._deliver_encoded()
        return not self._jobs

    def _next_delivery(self) -> threading.Lock:
        delivery = threading.Lock()
        delivery.acquire()
        self._waiting.append(delivery)
        return delivery

    def _run(self, job: _Job) -> None:
        try:
            job.encode()
        finally:
            self._deliver_encoded()

    def _deliver_encoded(self) -> None:
        ready: _Job | None
        while True:
            ready = None
            try:
                with self._lock:
                    # One thread at a time, or a later image would overtake an earlier one.
                    if self._is_delivering or not self._jobs or not self._jobs[0].is_encoded:
                        return
                    ready = self._jobs[0]
                    self._is_delivering = True
                ready.deliver()
            finally:
                if ready is not None:
                    self._delivered(ready)

    def _delivered(self, job: _Job) -> None:
        with self._lock:
            self._is_delivering = False
            self._jobs.popleft()
            self._bytes -= job.nbytes
            job.is_delivered = True
            while self._waiting:
                self._waiting.pop().release()
