"""Killed processes lose nothing: the next writer, recover() and the command find all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tbx_native
from tbx_native import SummaryWriter, recover
from tests.python.kill_harness import EXITS, kill_many, run_until_killed, steps_in


def hidden_files(directory: Path) -> list[str]:
    return [name for name in os.listdir(directory) if name.startswith(".")]


def test_random_kills_lose_nothing() -> None:
    assert kill_many(10 * len(EXITS)) == 0


@pytest.mark.parametrize("how", EXITS, ids=str)
def test_the_next_writer_recovers(tmp_path: Path, how: signal.Signals | str) -> None:
    acknowledged = run_until_killed(tmp_path, how, 0.01)
    assert hidden_files(tmp_path)
    with SummaryWriter(tmp_path):
        assert steps_in(tmp_path)[:acknowledged] == list(range(acknowledged))
    assert hidden_files(tmp_path) == []


def test_the_command_recovers_a_tree(tmp_path: Path) -> None:
    acknowledged = run_until_killed(tmp_path / "a/b", EXITS[0], 0.01)
    command = [sys.executable, "-m", "tbx_native", "recover", os.fspath(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.endswith("events of 1 killed processes recovered\n")
    assert result.stderr == ""
    assert len(steps_in(tmp_path / "a/b")) >= acknowledged
    result = subprocess.run([*command, "--no-such"], capture_output=True, text=True, check=False)
    assert result.returncode == 2


def test_recover_of_nothing(tmp_path: Path) -> None:
    assert recover(tmp_path) == tbx_native.RecoveryReport()
    with pytest.raises(FileNotFoundError):
        recover(tmp_path / "none")


def test_the_queue_file_is_told_and_removed(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    queue_file = writer.stats().queue_file
    assert os.path.dirname(queue_file) == os.fspath(tmp_path)
    assert "tfevents" not in os.path.basename(queue_file)
    assert hidden_files(tmp_path) == [os.path.basename(queue_file)]
    writer.close()
    assert hidden_files(tmp_path) == []
    writer.add_scalar("a", 1, 1)  # the next file, the next queue
    assert len(hidden_files(tmp_path)) == 1
    writer.close()
    assert hidden_files(tmp_path) == []


def test_private_memory_where_no_file_can_be(tmp_path: Path) -> None:
    # No file may grow to the size of a queue.
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
from tbx_native import SummaryWriter
writer = SummaryWriter({os.fspath(tmp_path)!r})
assert writer.stats().queue_file == ""
for step in range(1000):
    writer.add_scalar("a", 1.0, step)
writer.close()
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    assert steps_in(tmp_path) == list(range(1000))
    assert hidden_files(tmp_path) == []


def test_a_child_that_never_logs_makes_no_queue_file(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1, 0)
        before = hidden_files(tmp_path)
        pid = os.fork()
        if pid == 0:
            os._exit(hidden_files(tmp_path) != before)
        assert os.waitpid(pid, 0)[1] == 0
        pid = os.fork()
        if pid == 0:
            writer.add_scalar("a", 1, 1)
            os._exit(len(hidden_files(tmp_path)) != 2)
        assert os.waitpid(pid, 0)[1] == 0
    assert recover(tmp_path).queues == 1
    assert sorted(steps_in(tmp_path)) == [0, 1]
