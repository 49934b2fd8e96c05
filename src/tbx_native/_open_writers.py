"""The writers that are open in this process: closed when it ends, told when it has been forked.

One registration for all of them, which does not keep them alive. Before a fork the thread that
writes is ended, because Python warns of forks beside threads from 3.12 on.
"""

from __future__ import annotations

import atexit
import math
import os
import sys
import time
import weakref
from typing import Protocol

from tbx_native import _core
from tbx_native._logger import logger

# How long a write that hangs may hold up a fork. A busy disk takes its time, too.
_PAUSE_SECS = 1.0

# How long writes that hang may hold up the end of the process, all writers together; and what each
# has all the same, because its disk may be another.
_CLOSE_SECS_AT_EXIT = 10.0
_LEAST_CLOSE_SECS = 1.0
_is_exiting = False
_hung_secs = 0.0  # that closing at exit has taken of writers which it could not close

# How long a write waits for a process that keeps the event file locked: the core's own measure.
_LOCK_SECS = 5.0


class _Writer(Protocol):
    def close(self) -> None: ...
    def _is_open(self) -> bool: ...
    def _flush_within(self, secs: float) -> None: ...
    def _after_fork_in_child(self) -> None: ...


# By id(): a subclass may compare, and hash, as it likes.
_open_writers: dict[int, weakref.ref[_Writer]] = {}


def remember_open_writer(writer: _Writer) -> None:
    """Has `writer` closed when the process ends, unless it is garbage by then.

    Closing twice must be harmless.
    """
    key = id(writer)
    forget = _open_writers.pop  # at the very end the module's names may be gone

    def collected(_: weakref.ref[_Writer]) -> None:
        forget(key, None)

    _open_writers[key] = weakref.ref(writer, collected)


def _living_writers() -> list[_Writer]:
    references = list(_open_writers.values())
    return [writer for reference in references if (writer := reference()) is not None]


def patience_to_close() -> float:
    """How many seconds close() may wait beside a write that hangs; for ever, but not at exit."""
    if not _is_exiting:
        return math.inf
    return max(_LEAST_CLOSE_SECS, _CLOSE_SECS_AT_EXIT - _hung_secs)


def flush_open_writers(secs: float) -> None:
    """Flushes all writers, within about `secs` seconds; logs what goes wrong."""
    end = time.monotonic() + secs
    _core.set_lock_patience(min(secs / 2, _LOCK_SECS))
    for writer in _living_writers():
        try:
            writer._flush_within(max(0.0, end - time.monotonic()))
        except Exception as error:  # whatever it is, the next writer must be flushed too
            logger().error("A writer could not be flushed: %r", error)
    _core.set_lock_patience(_LOCK_SECS)


def _close_all() -> None:
    global _is_exiting, _hung_secs
    _is_exiting = True
    _core.set_lock_patience(min(_CLOSE_SECS_AT_EXIT / 2, _LOCK_SECS))
    for writer in _living_writers():
        if not writer._is_open():
            continue  # a close() of the program's own may not expect a second call
        begin = time.monotonic()
        try:
            writer.close()
        except Exception as error:  # whatever it is, the next writer must be closed too
            _hung_secs += time.monotonic() - begin
            logger().error("A writer could not be closed at exit, and events were lost: %r", error)


def _close_at_end_of_multiprocessing_child(_: object = None) -> None:
    sys.modules["multiprocessing.util"].Finalize(None, _close_all, exitpriority=0)


def _register_with_multiprocessing() -> None:
    # Its children leave by os._exit(), past atexit; and they forget the finalizers of their parent,
    # so that ours is added once more by what it calls after that. Asked of sys.modules: a process
    # that has not imported it is not its child.
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_close_all, _close_at_end_of_multiprocessing_child)


def _before_fork() -> None:
    _core.pause_drain(_PAUSE_SECS)


def _after_fork_in_child() -> None:
    _register_with_multiprocessing()
    for writer in _living_writers():
        writer._after_fork_in_child()


atexit.register(_close_all)
os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
if "multiprocessing.util" in sys.modules:
    _register_with_multiprocessing()
    _close_at_end_of_multiprocessing_child()
