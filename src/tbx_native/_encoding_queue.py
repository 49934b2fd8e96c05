"""Media on their way into a writer: encoded by any thread, appended in the order of the calls."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from tbx_native._encoder_threads import encoder_threads


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
        report: Callable[[Exception], None],
    ) -> None:
        self.nbytes = encoding.nbytes
        self.encode: Callable[[], bytes] | None = encoding.encode
        self.append = append
        self.report = report
        self.summary: bytes | None = None
        self.error: Exception | None = None
        self.is_encoded = False

    def run_encoding(self) -> None:
        assert self.encode is not None
        try:
            self.summary = self.encode()
        except Exception as error:
            self.error = error
        self.encode = None  # and with it the array
        self.is_encoded = True

    def deliver(self) -> None:
        try:
            if self.error is None and self.summary is not None:
                self.append(self.summary)
        except Exception as error:
            self.error = error
        if self.error is not None:
            self.report(self.error)


class EncodingQueue:
    """The backlog of one writer.

    Args:
        max_bytes: Of memory, that what is waiting may hold; a single larger thing may pass alone.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._bytes = 0
        self._added = 0
        self._delivered = 0
        self._is_delivering = False

    def add(
        self,
        encoding: Encoding,
        append: Callable[[bytes], None],
        report: Callable[[Exception], None],
        timeout: float | None,
    ) -> bool:
        """Has `encoding` encoded and then handed to `append`, behind all that were added before.

        What goes wrong is handed to `report`, in another thread.

        Args:
            encoding: What to encode.
            append: Takes the serialized Summary.
            report: Takes the exception.
            timeout: How long to wait for room, in seconds; None waits until there is.

        Returns:
            False where there was no room in time, and nothing was added.
        """
        job = _Job(encoding, append, report)
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_room_for(job), timeout):
                return False
            self._jobs.append(job)
            self._bytes += job.nbytes
            self._added += 1
        encoder_threads().run(lambda: self._run(job))
        return True

    def _has_room_for(self, job: _Job) -> bool:
        return not self._jobs or self._bytes + job.nbytes <= self._max_bytes

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until all that was added before has been appended or reported."""
        with self._changed:
            target = self._added
            return self._changed.wait_for(lambda: self._delivered >= target, timeout)

    def _run(self, job: _Job) -> None:
        job.run_encoding()
        while True:
            with self._changed:
                # One thread at a time, or a later image would overtake an earlier one.
                if self._is_delivering or not self._jobs or not self._jobs[0].is_encoded:
                    return
                self._is_delivering = True
                ready = self._jobs[0]
            try:
                ready.deliver()
            finally:
                with self._changed:
                    self._is_delivering = False
                    self._jobs.popleft()
                    self._bytes -= ready.nbytes
                    self._delivered += 1
                    self._changed.notify_all()
