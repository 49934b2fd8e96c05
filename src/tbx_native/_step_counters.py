"""Counts what is added to each tag, by all threads and processes together, in an unlinked file."""

from __future__ import annotations

import fcntl
import os
import secrets
import struct
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

# In memory where there is such a place: a full disk must not stop the counting.
_DIRECTORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

# The file: a random token, then for each counter its next step, the length of its key in bytes, and
# the key.
_TOKEN_BYTES = 16
_COUNTER = struct.Struct("=QQ")
_NEXT_STEP = struct.Struct("=Q")


class CountersAddress(NamedTuple):
    """Where another process finds the counters while the one that says this lives."""

    path: str
    token: bytes
    """What the file begins with: by then another may have its path."""


class StepCounters:
    """Steps from 0 for every kind of summary and tag.

    The file is unlinked from the start: it lasts as long as some process has it open, and whoever
    is killed leaves nothing behind. Forked children inherit it; others come through /proc. It is
    read and written, not mapped: a mapping of a file system without room ends in SIGBUS.

    Processes exclude each other by a POSIX record lock, which is the process's, so that a forked
    child does not share it, and ends with the process. It also ends as soon as any descriptor of
    the file is closed in the process: hence one object per file and process, see at_address().

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(self) -> None:
        with tempfile.TemporaryFile(dir=_DIRECTORY, buffering=0) as file:
            descriptor = os.dup(file.fileno())
        token = secrets.token_bytes(_TOKEN_BYTES)
        os.pwrite(descriptor, token, 0)
        self._take_over(descriptor, token)

    def _take_over(self, descriptor: int, token: bytes) -> None:
        self._descriptor = descriptor
        self.token = token
        self._offsets: dict[bytes, int] = {}
        self._end = _TOKEN_BYTES  # of the counters that are in _offsets
        self._taken = 0  # by this object
        self._reset_locks()
        _in_process[token] = self
        # Not at exit, when somebody may still count; the descriptor ends with the process.
        weakref.finalize(self, os.close, descriptor).atexit = False

    def _reset_locks(self) -> None:
        # Re-entrant, because a signal handler may count.
        self._lock = threading.RLock()
        self._depth = 0  # how many calls of _take() are under way: one, and signal handlers' in it

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
            yield self._take(key)

    def _take(self, key: bytes) -> int:
        depth = self._depth
        try:
            # Before the lock, which a process has or has not: a signal handler that counts from
            # here on must leave it to us.
            self._depth = depth + 1
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            offset = self._offsets.get(key) or self._find(key)
            while True:
                taken = self._taken
                (step,) = _NEXT_STEP.unpack(os.pread(self._descriptor, _NEXT_STEP.size, offset))
                os.pwrite(self._descriptor, _NEXT_STEP.pack(step + 1), offset)
                if self._taken == taken:  # else a signal handler may have taken the same step
                    self._taken += 1
                    return int(step)
        finally:
            self._depth = depth
            if depth == 0:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)

    def _find(self, key: bytes) -> int:
        """Returns the offset of a counter, which is created where no process has done so."""
        while key not in self._offsets:
            size = os.fstat(self._descriptor).st_size
            news = os.pread(self._descriptor, size - self._end, self._end)
            if not self._read_next(news):
                # A process that was killed may have left the beginning of a counter.
                os.ftruncate(self._descriptor, self._end)
                os.pwrite(self._descriptor, _COUNTER.pack(0, len(key)) + key, self._end)
        return self._offsets[key]

    def _read_next(self, content: bytes) -> bool:
        """Takes the counter at _end into _offsets, unless `content` has no whole one."""
        if len(content) < _COUNTER.size:
            return False
        _, key_bytes = _COUNTER.unpack_from(content)
        size = _COUNTER.size + key_bytes
        if len(content) < size:
            return False
        self._offsets[content[_COUNTER.size : size]] = self._end
        self._end += size
        return True


def _gone(address: CountersAddress) -> FileNotFoundError:
    return FileNotFoundError(
        f"no step counters at {address.path}: the process that passed them on has ended or"
        " dropped them"
    )


_in_process: weakref.WeakValueDictionary[bytes, StepCounters] = weakref.WeakValueDictionary()


def _after_fork_in_child() -> None:
    for counters in list(_in_process.values()):
        counters._reset_locks()  # a thread that is not in this process may have held them


os.register_at_fork(after_in_child=_after_fork_in_child)
