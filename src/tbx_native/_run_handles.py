"""Writers on their way to other processes: pickled as handles of the same event files."""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from typing import Any, NamedTuple, NoReturn, TypeVar

# Attributes that stay behind when a writer is pickled.
_OF_ONE_PROCESS = {
    "_curve_files",
    "_curves",
    "_encodings",
    "_engine",
    "_files_lock",
    "_finished_files",
    "_intercepting",
    "_is_unpickled",
    "_last_stats",
    "all_writers",
    "file_writer",
}

Handle = TypeVar("Handle", bound="RunHandle")


class AttachedFile(NamedTuple):
    """An event file that another process has opened."""

    path: str
    """Absolute."""

    end: int
    """Where some record in it ends, in bytes; nobody need look at what is before it."""


class NotCopied:
    """The base of writers that can be pickled, but of which a process has one."""

    def __copy__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be copied")

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be copied")


class RunHandle:
    """The base of SummaryWriters: one object in each process that the writer is passed to.

    In the process that it comes from, and in its forked children, it is unpickled as the object
    that was pickled. In any other process it is a new object, which opens nothing before the first
    add_*, and then appends to the same event files.
    """

    _run_key: bytes | None = None  # by which processes know it
    _is_unpickled = False

    def __reduce__(self) -> tuple[Any, ...]:
        with _handing_over:
            if self._run_key is None:
                self._run_key = os.urandom(16)
                _in_process[self._run_key] = self
        return _unpickle, (type(self), self._run_key, self.__getstate__())

    def __copy__(self: Handle) -> Handle:
        """Returns the same object, of which a process has one."""
        return self

    def __deepcopy__(self: Handle, memo: dict[int, Any]) -> Handle:
        """Returns a writer of its own, which opens the next file of the directory when needed.

        Raises:
            TypeError: This one has files open.
        """
        state = self.__getstate__()
        if state["_files_to_attach"]:
            raise TypeError(f"a {type(self).__name__} that is open cannot be copied")
        import copy  # whoever calls this has it

        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        copied.__setstate__(copy.deepcopy({**state, "_run_key": None}, memo))
        return copied

    # Protocols from 2 on would otherwise ask object's, which knows no way to a new object.
    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return self.__reduce__()

    def _portable_state(self) -> dict[str, Any]:
        return {name: vars(self)[name] for name in vars(self).keys() - _OF_ONE_PROCESS}

    def __getstate__(self) -> dict[str, Any]:
        """Returns what a new object needs."""
        raise NotImplementedError

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes a new object from what __getstate__() has returned, in another process."""
        raise NotImplementedError

    def _attach_again(self, state: dict[str, Any]) -> None:
        """Has the next add_* append to the files in `state`, if this object has been closed."""
        raise NotImplementedError


_in_process: weakref.WeakValueDictionary[bytes, RunHandle] = weakref.WeakValueDictionary()
# A pool unpickles its arguments for every task, and drops them: the latest ones are kept open.
_recently_unpickled: deque[RunHandle] = deque(maxlen=8)
_handing_over = threading.RLock()


def _unpickle(kind: type[Handle], key: bytes, state: dict[str, Any]) -> RunHandle:
    with _handing_over:
        writer = _in_process.get(key)
        if writer is None:
            writer = kind.__new__(kind)
            writer.__setstate__(state)
            writer._run_key = key
            writer._is_unpickled = True
            _in_process[key] = writer
            _recently_unpickled.append(writer)
        elif writer._is_unpickled:
            writer._attach_again(state)
        return writer


def _after_fork_in_child() -> None:
    global _handing_over
    _handing_over = threading.RLock()  # a thread that is not in this process may have held it


os.register_at_fork(after_in_child=_after_fork_in_child)
