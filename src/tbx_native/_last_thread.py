"""The thread that ends the interpreter: from then on no other one of Python's ever runs again."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _thread import RLock


def is_alone() -> bool:
    """Tells whether this is the last thread, and the others stand still for ever."""
    return sys.is_finalizing()


class LivingLock:
    """An attribute: a re-entrant lock, and another one where its holder stands still for ever.

    Daemon threads stop wherever they are when the interpreter begins to end. What objects do as
    they go after that, close a writer for instance, would wait for such a thread without end.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __set__(self, owner: object, lock: RLock) -> None:
        vars(owner)[self._name] = lock

    def __get__(self, owner: object | None, kind: type) -> Any:
        if owner is None:
            return self
        try:
            lock: RLock = vars(owner)[self._name]
        except KeyError:
            raise AttributeError(self._name) from None
        if is_alone():
            if not lock.acquire(blocking=False):
                lock = vars(owner)[self._name] = threading.RLock()
            else:
                lock.release()
        return lock
