"""Closes what is still open when the interpreter exits: one registration for all writers, which it does not keep alive."""

from __future__ import annotations

import atexit
import logging
import weakref
from typing import Protocol


class _Closable(Protocol):
    def close(self) -> None: ...


_open_writers: weakref.WeakSet[_Closable] = weakref.WeakSet()


def close_at_exit(writer: _Closable) -> None:
    """Has `writer` closed at exit unless it is garbage by then. Closing twice must be harmless."""
    _open_writers.add(writer)


@atexit.register
def _close_all() -> None:
    for writer in list(_open_writers):
        try:
            writer.close()
        except OSError as error:
            logging.getLogger("tbx_native").error("Events were lost at exit: %s", error)
