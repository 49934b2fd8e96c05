"""SIGTERM, for programs that ask for it: flush, then what would have happened without this."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

from tbx_native._open_writers import flush_open_writers

_FLUSH_SECS = 5.0  # whoever sends a SIGTERM often sends a SIGKILL ten seconds later


class _FlushingHandler:
    """Flushes all open writers, and hands over to what handled the signal before."""

    def __init__(self) -> None:
        self._previous = signal.getsignal(signal.SIGTERM)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        flush_open_writers(_FLUSH_SECS)
        if callable(self._previous):
            self._previous(number, frame)
        elif self._previous == signal.SIG_DFL:
            # By the signal itself, so that the exit status says so.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)


def flush_at_sigterm() -> None:
    """Has SIGTERM flush all open writers before it does what it did; a second call does nothing.

    Raises:
        ValueError: This is not the main thread, or the signal's handler is none of Python's.
    """
    previous = signal.getsignal(signal.SIGTERM)
    if isinstance(previous, _FlushingHandler):
        return
    if threading.current_thread() is not threading.main_thread():
        raise ValueError("flush_on_sigterm=True needs the main thread, where Python sets handlers")
    if previous is None:
        raise ValueError("flush_on_sigterm=True: SIGTERM has a handler that Python cannot call")
    signal.signal(signal.SIGTERM, _FlushingHandler())
