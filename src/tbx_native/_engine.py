"""The options and counters of the native engine that a writer runs on."""

from __future__ import annotations

import errno
import sys
import threading
import warnings
from collections import deque
from numbers import Integral, Real
from typing import Literal, NamedTuple, get_args

from tbx_native import _core
from tbx_native.errors import (
    EncodingError,
    EncodingFailedWarning,
    EventsLostWarning,
    WriteFailedWarning,
)

Overflow = Literal["block", "drop"]
OnError = Literal["warn", "raise"]

DEFAULT_QUEUE_BYTES = 8 * 1024 * 1024
DEFAULT_OVERFLOW_TIMEOUT = 10.0
DEFAULT_ENCODER_BYTES = 256 * 1024 * 1024

_MAX_UNTOLD_FAILURES = 100


class EngineOptions:
    """How a writer queues and reports; see SummaryWriter for what each means.

    Raises:
        TypeError: A value is of another type.
        ValueError: A value is out of its range.
    """

    def __init__(
        self,
        flush_secs: float = 120,
        queue_bytes: int = DEFAULT_QUEUE_BYTES,
        overflow: Overflow = "block",
        overflow_timeout: float = DEFAULT_OVERFLOW_TIMEOUT,
        on_error: OnError = "warn",
        encoder_bytes: int = DEFAULT_ENCODER_BYTES,
        flush_on_sigterm: bool = False,
    ) -> None:
        for name, secs in (("flush_secs", flush_secs), ("overflow_timeout", overflow_timeout)):
            check_type(name, secs, Real, "number of seconds")
            if not secs >= 0:  # nan is not, either
                raise ValueError(f"{name} must be at least 0, not {secs!r}")
        for name, size in (("queue_bytes", queue_bytes), ("encoder_bytes", encoder_bytes)):
            check_type(name, size, Integral, "number of bytes")
            if not 0 < size <= 2**40:
                raise ValueError(f"{name} must be in 1..2**40, not {size!r}")
        if overflow not in get_args(Overflow):
            raise ValueError(f"overflow must be 'block' or 'drop', not {overflow!r}")
        if on_error not in get_args(OnError):
            raise ValueError(f"on_error must be 'warn' or 'raise', not {on_error!r}")
        self.flush_secs = flush_secs
        self.queue_bytes = queue_bytes
        self.overflow = overflow
        self.overflow_timeout = overflow_timeout
        self.on_error = on_error
        self.encoder_bytes = encoder_bytes
        self.flush_on_sigterm = flush_on_sigterm


def check_type(name: str, value: object, kind: type, meaning: str) -> None:
    """Raises a TypeError that says what the option `name` should be, unless it is of `kind`."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {meaning}, not {type(value).__name__}: {value!r}")


# No dataclass: making one takes a millisecond of the import.
class WriterStats(NamedTuple):
    """Counters of a writer since its file was opened. Bytes are those of records, with frames."""

    events_enqueued: int = 0
    bytes_enqueued: int = 0
    events_written: int = 0
    bytes_written: int = 0
    events_dropped: int = 0
    blocked_secs: float = 0.0
    """Time that producers waited beside a full ring, summed over threads."""
    write_errors: int = 0
    """Failed attempts of the drain, retries included."""
    encoding_errors: int = 0
    """Images, sounds and the like that could not be encoded, and are not written."""
    ring_used_bytes: int = 0
    ring_capacity_bytes: int = 0
    queue_file: str = ""
    """The hidden file that the queue is in, which outlives a killed process. Empty: the queue is in
    private memory, because the directory's file system cannot hold it, or the writer is closed. It
    is another one after its directory was deleted or moved."""


class Engine:
    """One native queue with its event files, and the way in which its troubles are told."""

    def __init__(self, options: EngineOptions) -> None:
        self.options = options
        self.core = _core.EventWriter(
            queue_bytes=options.queue_bytes,
            drop_on_overflow=options.overflow == "drop",
            overflow_timeout=options.overflow_timeout,
            flush_secs=options.flush_secs,
        )
        self._told_of_loss = False
        self._encoding_errors = 0
        self._encodings_dropped = 0
        # Bounded: who never calls again is not told, and must not pay for it.
        self._untold_failures: deque[Exception] = deque(maxlen=_MAX_UNTOLD_FAILURES)
        self._lock = threading.Lock()

    def after_fork_in_child(self) -> None:
        """Forgets what the parent will tell; the native counters of a child begin at 0, too."""
        self._encoding_errors = 0
        self._encodings_dropped = 0
        self._untold_failures.clear()
        self._lock = threading.Lock()

    def stats(self) -> WriterStats:
        counters = self.core.stats()
        counters["events_dropped"] += self._encodings_dropped
        return WriterStats(encoding_errors=self._encoding_errors, **counters)

    def encoding_failed(self, tag: object, step: int | None, cause: BaseException) -> None:
        """Has the next call of any method tell that something could not be encoded.

        Called from the thread that tried.
        """
        at_step = "" if step is None else f" at step {step}"
        failure = EncodingError(
            f"{tag!r}{at_step} could not be written: {type(cause).__name__}: {cause}"
        )
        failure.__cause__ = cause
        with self._lock:
            self._encoding_errors += 1
        self._untold_failures.append(failure)
        self.core.ask_for_report()

    def closing_failed(self, cause: OSError) -> None:
        """Has the next call of any method tell that a file could not be closed by another thread.

        Called from that thread.
        """
        self._untold_failures.append(cause)
        self.core.ask_for_report()

    def report_failure(self) -> None:
        """Tells what the drain and other threads met since the last call, as on_error says."""
        failure = self.core.take_failure()
        if failure is None and not self._untold_failures:
            return
        try:
            if failure is not None:
                self._tell(failure)
            while (untold := self._next_untold()) is not None:
                self._tell(untold)
        finally:
            if self._untold_failures:  # raised one; the next call tells the next
                self.core.ask_for_report()

    def _next_untold(self) -> Exception | None:
        try:
            return self._untold_failures.popleft()
        except IndexError:  # also where another thread was here first
            return None

    def _tell(self, failure: Exception) -> None:
        if self.options.on_error == "raise":
            raise failure
        if isinstance(failure, OSError):
            # A lost file is told of when it has been made again; what fails otherwise goes on.
            is_over = failure.errno == errno.ESTALE
            kept = "" if is_over else "; events are kept in memory and tried again"
            warnings.warn(f"{failure}{kept}", WriteFailedWarning, stacklevel=_level_of_caller())
        else:
            warnings.warn(str(failure), EncodingFailedWarning, stacklevel=_level_of_caller())

    def encoding_dropped(self) -> None:
        """Counts something that found no room beside the encoders."""
        with self._lock:
            self._encodings_dropped += 1

    def report_dropped(self) -> None:
        """Tells once that an event found no room; overflow="drop" has it so, and only counts."""
        if self.options.overflow == "drop" or self._told_of_loss:
            return
        self._told_of_loss = True
        message = (
            f"the queue of {self.options.queue_bytes} bytes is full and nothing was written for"
            f" {self.options.overflow_timeout} s: events are being dropped, and counted in stats()"
        )
        warnings.warn(message, EventsLostWarning, stacklevel=_level_of_caller())


def _level_of_caller() -> int:
    """The stacklevel at which a warning names the line that called into this package."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
        level += 1
    return level


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __package__
