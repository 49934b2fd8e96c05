"""Logs and opens writers for long: memory, descriptors and threads must stay as they are.

``python -m tests.python.soak [SCALARS] [WRITERS]`` prints the figures; 10^8 and 10^4 by default.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tbx_native import SummaryWriter
from tests.python.waiting import eventually

FILE_SCALARS = 1_000_000  # then its file is deleted: the disk must not limit the soak


@dataclass(frozen=True)
class Usage:
    """What the process holds."""

    rss_kib: int
    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> Usage:
        """Reads it from /proc."""
        lines = Path("/proc/self/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        return cls(
            int(status["VmRSS"].split()[0]),
            len(os.listdir("/proc/self/fd")),
            int(status["Threads"]),
        )


def wait_for_end_of_drain() -> None:
    """Returns when the kernel counts no drain; the process must have no open writer.

    That thread is nobody's to join: it ends by itself, a moment after the last writer was closed.
    """
    assert eventually(lambda: "tbx-drain" not in thread_names()), "the drain did not end"


def thread_names() -> list[str]:
    """What the threads of this process call themselves."""
    names = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended since
            names.append((task / "comm").read_text().strip())
    return names


def log_scalars(root: Path, count: int) -> None:
    """Adds `count` scalars, a million to a run; none may be dropped."""
    for begin in range(0, count, FILE_SCALARS):
        run = root / "scalars"
        with SummaryWriter(run) as writer:
            for step in range(begin, min(begin + FILE_SCALARS, count)):
                writer.add_scalar("loss", step, step)
            writer.flush()
            stats = writer.stats()
        assert stats.events_dropped == 0
        assert stats.events_written == min(FILE_SCALARS, count - begin)
        shutil.rmtree(run)


def open_and_close(root: Path, count: int) -> None:
    """Opens `count` writers one after the other, each with one scalar."""
    for number in range(count):
        with SummaryWriter(root / "writers") as writer:
            writer.add_scalar("loss", number, number)
        if number % 100 == 99:
            shutil.rmtree(root / "writers")


def growth(work: Callable[[Path, int], None], root: Path, count: int) -> tuple[Usage, Usage]:
    """What the process held after a tenth of the work, and at its end."""
    work(root, count // 10)
    wait_for_end_of_drain()
    warm = Usage.now()
    work(root, count - count // 10)
    wait_for_end_of_drain()
    return warm, Usage.now()


def main(scalars: int = 10**8, writers: int = 10**4) -> None:
    """Runs both and prints what was held."""
    with tempfile.TemporaryDirectory() as directory:
        for name, work, count in (
            ("scalars", log_scalars, scalars),
            ("writers", open_and_close, writers),
        ):
            begin = time.monotonic()
            warm, end = growth(work, Path(directory), count)
            print(f"{count} {name} in {time.monotonic() - begin:.1f} s: {warm} -> {end}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
