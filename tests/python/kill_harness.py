"""A process that logs until it is killed, and what must be in its files then.

``python -m tests.python.kill_harness ROUNDS`` kills that often and prints the figures.
"""

from __future__ import annotations

import mmap
import os
import random
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tbx_native import SummaryWriter, _core, recover

SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT]
EXITS: list[signal.Signals | str] = [*SIGNALS, "os._exit"]


class Acknowledged:
    """The number of events whose add_* has returned, in memory that outlives the process."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)

    def set(self, count: int) -> None:
        self._memory[:8] = struct.pack("<q", count)

    def get(self) -> int:
        count: int = struct.unpack("<q", self._memory[:8])[0]
        return count


def log_for_ever(directory: Path, acknowledged: Acknowledged, pause: float) -> None:
    """Adds 0, 1, 2 … to one curve of a writer that is never closed."""
    writer = SummaryWriter(directory, queue_bytes=1 << 20)
    step = 0
    while True:
        writer.add_scalar("count", float(step), step)
        step += 1
        acknowledged.set(step)
        if pause:
            time.sleep(pause)


def run_until_killed(
    directory: Path, how: signal.Signals | str, secs: float, pause: float = 0
) -> int:
    """Logs in a child for `secs` seconds, ends it, and returns how many events it had added."""
    acknowledged = Acknowledged()
    pid = os.fork()
    if pid == 0:
        try:
            for name in SIGNALS[1:]:
                signal.signal(name, signal.SIG_DFL)
            if how == "os._exit":
                signal.signal(signal.SIGALRM, lambda *_: os._exit(3))
            log_for_ever(directory, acknowledged, pause)
        finally:
            os._exit(1)
    while acknowledged.get() == 0:
        assert os.waitpid(pid, os.WNOHANG) == (0, 0), "the child ended before its first event"
        time.sleep(0.0005)
    time.sleep(secs)
    os.kill(pid, signal.SIGALRM if isinstance(how, str) else how)
    os.waitpid(pid, 0)
    return acknowledged.get()


def steps_in(directory: Path) -> list[int]:
    """The steps in the event files of `directory`, in their order; fails where one is torn."""
    steps: list[int] = []
    for path in sorted(directory.glob("*tfevents*")):
        steps += [step for _, step, _ in _core.read_scalars(os.fspath(path))]
    return steps


def kill_many(rounds: int, say: Callable[[str], object] = print) -> int:
    """Returns the number of acknowledged events that were lost, over all rounds."""
    randomness = random.Random(0)
    lost = lost_before = events = 0
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder)
            how = EXITS[number % len(EXITS)]
            acknowledged = run_until_killed(directory, how, randomness.uniform(0, 0.05))
            before = len(steps_in(directory))
            report = recover(directory)
            steps = steps_in(directory)
            if report.errors or steps != list(range(len(steps))):
                say(f"round {number}, {how}: {report}, {len(steps)} steps out of order")
                return max(1, acknowledged)
            lost += max(0, acknowledged - len(steps))
            lost_before = max(lost_before, acknowledged - before)
            events += acknowledged
    say(
        f"{rounds} kills, {events} events acknowledged: {lost} lost after recovery,"
        f" at most {lost_before} missing before"
    )
    return lost


if __name__ == "__main__":
    sys.exit(kill_many(int(sys.argv[1])) != 0)
