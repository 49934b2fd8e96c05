"""Counts what is added to each tag, by all threads and processes together, in an unlinked file."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tbx_native import _core

# In memory where there is such a place: a full disk must not stop the counting.
_DIRECTORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

# What the file begins with; the counters are behind it.
_TOKEN_BYTES = 16


class CountersAddress(NamedTuple):
    """Where another process finds the counters while the one that says this lives."""

    path: str
    token: bytes
    """What the file begins with: by then another may have its path."""


class StepCounters:
    """Steps from 0 for every kind of summary and tag.

    The file is unlinked from the start: it lasts as long as some process has it open, and whoever
    is killed leaves nothing behind. Forked children inherit it; others come through /proc. There is
    one object per file and process, see at_address().

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(self) -> None:
        import tempfile  # 7 ms that only those shall wait who count

        with tempfile.TemporaryFile(dir=_DIRECTORY, buffering=0) as file:
            descriptor = os.dup(file.fileno())
        token = os.urandom(_TOKEN_BYTES)
        os.pwrite(descriptor, token, 0)
        self._take_over(descriptor, token)

    def _take_over(self, descriptor: int, token: bytes) -> None:
        self._descriptor = descriptor
        self.token = token
        self._counters = _core.StepCounters(descriptor, _TOKEN_BYTES)
        self._reset_lock()
        _in_process[token] = self

    def _reset_lock(self) -> None:
        # Re-entrant, because a signal handler may count.
        self._lock = threading.RLock()

    @classmethod
    def at_address(cls, address: CountersAddress) -> StepCounters:
        """Returns the counters that another process, or this one, calls `address`.

        Raises:
            OSError: They are gone.
        """
        known = _in_process.get(address.token)
        if known is not None:
            return known
        try:
            descriptor = os.open(address.path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise _gone(address) from error
        if os.pread(descriptor, _TOKEN_BYTES, 0) != address.token:
            os.close(descriptor)
            raise _gone(address)
        counters = cls.__new__(cls)
        counters._take_over(descriptor, address.token)
        return counters

    def address(self) -> CountersAddress:
        """Returns what at_address() takes, in any process of the user on this machine."""
        return CountersAddress(f"/proc/{os.getpid()}/fd/{self._descriptor}", self.token)

    @contextmanager
    def next_step(self, kind: str, tag: str) -> Iterator[int]:
        """Takes the next step of `tag`; other threads of the process wait until the block ends.

        So the events of a process are in the order of their steps. Other processes wait only while
        this one counts.
        """
        key = f"{kind}\0{tag}".encode()
        with self._lock:
            yield self._counters.take(key)


def _gone(address: CountersAddress) -> FileNotFoundError:
    return FileNotFoundError(
        f"no step counters at {address.path}: the process that passed them on has ended or"
        " dropped them"
    )


_in_process: weakref.WeakValueDictionary[bytes, StepCounters] = weakref.WeakValueDictionary()


def _after_fork_in_child() -> None:
    for counters in list(_in_process.values()):
        counters._reset_lock()  # a thread that is not in this process may have held it


os.register_at_fork(after_in_child=_after_fork_in_child)
