"""Waiting for other threads and processes, however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT_SECS = 60.0  # for what takes milliseconds, unless it never happens


def eventually(condition: Callable[[], object], limit_secs: float = LIMIT_SECS) -> bool:
    """Looks every few milliseconds whether `condition()` holds; False after the limit without."""
    deadline = time.monotonic() + limit_secs
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True
