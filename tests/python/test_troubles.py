"""What befalls a run from outside the program: deleted files, and disks that fill up."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tbx_native import EventsLostWarning, SummaryWriter, WriteFailedWarning
from tests.python.event_files import only_file, points
from tests.python.stalls import filled, full_disk, hanging_disk, mounted_disk


def test_deleted_directory(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with SummaryWriter(run) as writer:
        writer.add_scalar("a", 1.0, 1)
        writer.flush()
        name = only_file(run).name
        shutil.rmtree(run)
        with pytest.warns(WriteFailedWarning, match="deleted or replaced, and begins anew") as told:
            writer.add_scalar("a", 2.0, 2)  # which the drain may have written when this returns
            writer.flush()
        writer.add_scalar("a", 3.0, 3)
        writer.flush()
        assert len(told) == 1
        assert "tried again" not in str(told[0].message)
        writer.add_scalar("a", 4.0, 4)
    assert only_file(run).name == name
    assert points(run) == [("a", step, float(step)) for step in (2, 3, 4)]


def test_deleted_file_raises_if_asked_for(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, on_error="raise") as writer:
        only_file(tmp_path).unlink()
        with pytest.raises(OSError, match="begins anew") as raised:
            writer.add_scalar("a", 1.0, 1)
            writer.flush()
        writer.add_scalar("a", 2.0, 2)
        assert raised.value.errno == errno.ESTALE
        assert raised.value.filename == os.fspath(only_file(tmp_path))
    assert [step for _, step, _ in points(tmp_path)] == [1, 2]


def test_directory_that_cannot_be_made_again(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with SummaryWriter(run) as writer:
        shutil.rmtree(run)
        run.write_text("in the way")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WriteFailedWarning)  # the drain may have tried already
            writer.add_scalar("a", 1.0, 1)
        with pytest.raises(OSError, match=r"cannot create log directory") as raised:
            writer.flush()
        assert raised.value.filename == os.fspath(run)
        run.unlink()
        with pytest.warns(WriteFailedWarning, match="begins anew"):
            writer.flush()
        writer.add_scalar("a", 2.0, 2)
    assert [step for _, step, _ in points(run)] == [1, 2]


@pytest.mark.skipif(shutil.which("unshare") is None, reason="names a host of its own with it")
@pytest.mark.parametrize("name", ["a b", "x/../y", "döner-日本", "h" * 64])
def test_odd_host_names(tmp_path: Path, name: str) -> None:
    program = (
        "import socket, sys, tbx_native\n"
        "socket.sethostname(sys.argv[1])\n"
        "with tbx_native.SummaryWriter(sys.argv[2]) as writer: writer.add_scalar('a', 1, 1)\n"
    )
    command = ["unshare", "--uts", sys.executable, "-c", program, name, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    if "unshare failed" in done.stderr:
        pytest.skip("only root may name a host")
    assert done.returncode == 0, done.stderr
    assert only_file(tmp_path).name.isascii()
    assert points(tmp_path) == [("a", 1, 1.0)]


def test_a_hundred_processes_make_the_same_directory(tmp_path: Path) -> None:
    run = tmp_path / "deep" / "er" / "run"
    start, go = os.pipe()
    children = []
    for number in range(100):
        if (child := os.fork()) == 0:
            os.close(go)
            os.read(start, 1)  # returns when the parent closes its end: all begin at once
            code = 1
            try:
                with SummaryWriter(run) as writer:
                    writer.add_scalar(f"child/{number}", number, number)
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    os.close(start)
    os.close(go)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 100
    assert len(list(run.glob("*tfevents*"))) == 100
    assert sorted(points(run)) == sorted((f"child/{i}", i, float(i)) for i in range(100))
    assert [path for path in run.iterdir() if "tfevents" not in path.name] == []


def test_two_writers_in_one_process_and_directory(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as one, SummaryWriter(tmp_path) as two:
        for step in range(100):
            one.add_scalar("one", step, step)
            two.add_scalar("two", step, step)
    assert len(list(tmp_path.glob("*tfevents*"))) == 2
    expected = [(tag, step, float(step)) for tag in ("one", "two") for step in range(100)]
    assert sorted(points(tmp_path)) == expected


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(mounted_disk(disk))
        except PermissionError as error:
            pytest.skip(str(error))
        yield disk


# For long: python -m tests.python.stalls
def test_full_disk(small_disk: Path) -> None:
    """A caller that waited for room would be there for all of the time-out."""
    overflow_timeout = 5.0
    with pytest.warns(WriteFailedWarning) as told:
        stalls = full_disk(small_disk, 1.0, overflow_timeout)
    assert [str(warning.message).count("No space left") for warning in told] == [1]
    assert max(stalls.calls) < overflow_timeout / 2
    assert stalls.steps == list(range(len(stalls.calls)))
    assert stalls.dropped == 0


def test_a_disk_that_hangs_holds_nobody_up_who_logs(tmp_path: Path) -> None:
    """The bounds are those of a noisy machine; a caller that waited would be there to the end."""
    stalls = hanging_disk(tmp_path, 4.0)
    assert stalls.percentile(50) < 0.001
    assert max(stalls.calls) < 2
    assert stalls.steps == list(range(len(stalls.calls)))
    assert stalls.dropped == 0


def test_the_stalls_of_a_small_queue_are_seen(tmp_path: Path) -> None:
    assert max(hanging_disk(tmp_path, 3.0, queue_bytes=4096).calls) > 0.5


def test_a_full_ring_beside_a_full_disk_blocks_no_longer_than_asked(small_disk: Path) -> None:
    run = small_disk / "run"
    with (
        pytest.warns(WriteFailedWarning, match="No space left"),
        pytest.warns(EventsLostWarning, match="nothing was written for 0.2 s"),
        SummaryWriter(run, queue_bytes=4096, overflow_timeout=0.2) as writer,
    ):
        with filled(small_disk):
            begin = time.monotonic()
            for step in range(2000):
                writer.add_scalar("a" * 30, step, step)
            assert time.monotonic() - begin < 60  # the patience of one call, not of two thousand
        writer.flush()
        stats = writer.stats()
        assert stats.events_dropped > 0
        assert stats.events_dropped + stats.events_written == 2000
    steps = [step for _, step, _ in points(run)]
    assert steps == sorted(set(steps))
    assert len(steps) == stats.events_written
