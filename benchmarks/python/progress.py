"""A bar on standard error that shows how many of the runs are done, where a terminal shows it."""

import sys
import time
from typing import Final

_WIDTH: Final = 30


class Progress:
    """Counts to `total`; silent where standard error is no terminal."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._start = time.monotonic()
        self._visible = sys.stderr.isatty()

    def advance(self, what: str) -> None:
        """One more is done: `what`."""
        self._done += 1
        if not self._visible:
            return
        minutes, seconds = divmod(int(time.monotonic() - self._start), 60)
        filled = _WIDTH * self._done // self._total
        bar = "#" * filled + "." * (_WIDTH - filled)
        line = f"[{bar}] {self._done}/{self._total} runs, {minutes}:{seconds:02}, {what}"
        end = "\n" if self._done == self._total else ""
        # Behind the line what is left of a longer one before is erased: ECMA-48's EL.
        print(f"\r{line}\033[K", end=end, file=sys.stderr, flush=True)
