"""How long a disk that hangs, or is full, holds up a thread that logs, and what it loses by that.

``python -m tests.python.stalls [SECONDS]`` prints the figures, of 5 seconds by default. The full
disk is a small one that is mounted for it, which takes root.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tbx_native import SummaryWriter, WriteFailedWarning, _core

PAUSE_SECS = 0.0002  # between two calls, as a fast training loop makes them


class Stalls(NamedTuple):
    """What the calls of add_scalar() took, in seconds, and the steps in the files afterwards."""

    calls: list[float]
    steps: list[int]
    dropped: int

    @property
    def lost(self) -> int:
        return len(self.calls) - len(set(self.steps))

    @property
    def is_in_order(self) -> bool:
        return self.steps == sorted(set(self.steps))

    def percentile(self, percent: float) -> float:
        ranked = sorted(self.calls)
        return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]

    def __str__(self) -> str:
        marks = ((f"p{percent:g}", self.percentile(percent)) for percent in (50, 99, 99.9))
        times = ", ".join(f"{name} {secs * 1e6:.1f} µs" for name, secs in marks)
        return (
            f"{len(self.calls)} calls: {times}, longest {max(self.calls) * 1e6:.0f} µs;"
            f" {self.lost} events lost, {self.dropped} dropped"
        )


def log_for(writer: SummaryWriter, secs: float) -> list[float]:
    """Adds 0, 1, 2 … to one curve for so long, and times each call."""
    calls: list[float] = []
    end = time.monotonic() + secs
    while (now := time.perf_counter()) and time.monotonic() < end:
        writer.add_scalar("a", len(calls), len(calls))
        calls.append(time.perf_counter() - now)
        time.sleep(PAUSE_SECS)
    return calls


def steps_in(run: Path) -> list[int]:
    """The steps in the event file of `run`; fails where it is torn."""
    (path,) = run.glob("*tfevents*")
    return [step for _, step, _ in _core.read_scalars(os.fspath(path))]


def hanging_disk(run: Path, secs: float, queue_bytes: int = 8 << 20) -> Stalls:
    """Logs while nothing can be written: the lock of the event file is somebody else's.

    Each attempt to write takes seconds then, as beside a device that hangs. Closing takes the time
    that is left.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WriteFailedWarning)  # where it takes longer than that
        with SummaryWriter(run, queue_bytes=queue_bytes) as writer:
            writer.add_scalar("warm", 0, 0)
            writer.flush()
            (path,) = run.glob("*tfevents*")
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(file, fcntl.LOCK_EX)
            written_before = []

            def release() -> None:
                written_before.append(writer.stats().events_written)
                os.close(file)

            timer = threading.Timer(secs, release)
            timer.start()
            calls = log_for(writer, secs)
            timer.join()
        stats = writer.stats()
    assert written_before == [1], "the disk did not hang"
    return Stalls(calls, steps_in(run)[1:], stats.events_dropped)


@contextlib.contextmanager
def mounted_disk(directory: Path) -> Iterator[None]:
    """A file system of 1 MiB at `directory`; PermissionError where it may not be mounted."""
    if shutil.which("mount") is None:
        raise PermissionError("there is no mount program")
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", os.fspath(directory)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        raise PermissionError("only root may mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", os.fspath(directory)], check=True)


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """The disk is full inside the block."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        ballast.unlink()


def full_disk(disk: Path, secs: float, overflow_timeout: float) -> Stalls:
    """Logs while the disk is full, and goes on when it is not; flush() must say so meanwhile."""
    run = disk / "run"
    with SummaryWriter(run, queue_bytes=4 << 20, overflow_timeout=overflow_timeout) as writer:
        with filled(disk):
            calls = log_for(writer, secs)
            try:
                writer.flush()
            except OSError as error:
                assert error.errno == errno.ENOSPC
                assert os.fspath(run) in error.filename
            else:
                raise AssertionError("the disk was not full")
        writer.flush()
        stats = writer.stats()
    return Stalls(calls, steps_in(run), stats.events_dropped)


def main(secs: float = 5.0) -> int:
    """Prints the figures of both; 1 if something was lost."""
    with tempfile.TemporaryDirectory() as folder:
        hanging = hanging_disk(Path(folder, "run"), secs)
        print(f"disk that hangs for {secs:g} s:", hanging)
        with warnings.catch_warnings(), mounted_disk(Path(folder)):
            warnings.simplefilter("ignore", WriteFailedWarning)
            full = full_disk(Path(folder), secs, overflow_timeout=1.0)
        print(f"disk that is full for {secs:g} s:", full)
    return int(bool(hanging.lost or full.lost))


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:])))
