"""os.fork() finds none of our threads: from Python 3.12 on it warns of forks beside threads."""

from __future__ import annotations

from pathlib import Path

from tests.python.event_files import points
from tests.python.programs import run_program

# Python counts the threads after the handlers that run in the parent.
BEGIN = """
    import os, sys, threading, time
    from tbx_native import SummaryWriter, _core, _encoder_threads, _open_writers
    logdir = sys.argv[1]
    # Are 1 and 0.2 seconds, in which a busy machine may not get round to ending a thread.
    _open_writers._PAUSE_SECS = _encoder_threads._END_SECS = 20.0
    threads = []
    os.register_at_fork(after_in_parent=lambda: threads.append(len(os.listdir("/proc/self/task"))))

    def fork(work=lambda: None):
        start = time.monotonic()
        child = os.fork()
        if child == 0:
            work()
            sys.exit()
        assert time.monotonic() - start < {fork_secs}, time.monotonic() - start
        assert os.waitpid(child, 0)[1] == 0

    writer = SummaryWriter(logdir)
"""


def run(tmp_path: Path, source: str, fork_secs: float = 15) -> str:
    return run_program(BEGIN.format(fork_secs=fork_secs) + source, tmp_path).stdout


def steps(directory: Path, tag: str) -> list[int]:
    return sorted(step for name, step, _ in points(directory) if name == tag)


def test_there_is_one_thread_at_each_fork(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    import numpy
    fork()
    for step in range(50):
        writer.add_scalar("a", 1, step)
        fork(lambda: writer.add_scalar("b", 1, step))
    for step in range(5):
        writer.add_image("c", numpy.zeros((3, 8, 8)), step)
        writer.flush()
        fork(lambda: writer.add_image("c", numpy.zeros((3, 8, 8)), step))
    assert threads == [1] * len(threads), threads
    assert len(threads) == 56
    """,
    )
    assert steps(tmp_path, "a") == steps(tmp_path, "b") == list(range(50))


def test_what_was_added_before_is_written_and_what_comes_after(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    writer.add_scalar("a", 1, 0)
    fork()
    assert writer.stats().events_written == 1  # before the fork
    writer.add_scalar("a", 1, 1)
    deadline = time.monotonic() + 60
    while writer.stats().events_written < 2:  # by the thread, which has come back
        assert time.monotonic() < deadline
        time.sleep(0.01)
    """,
    )
    assert steps(tmp_path, "a") == [0, 1]


def test_others_may_add_while_the_thread_ends(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    running = True
    count = [0]

    def work():
        while running:
            step = count[0]
            writer.add_scalar("a", 1, step)
            count[0] += 1
            if step % 10 == 0:
                time.sleep(0.0002)

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(30):
        fork(lambda: writer.add_scalar("b", 1, 0))
    running = False
    thread.join()
    deadline = time.monotonic() + 60
    while (stats := writer.stats()).events_written < count[0] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert stats.events_written == stats.events_enqueued == count[0], stats
    """,
    )
    assert len(steps(tmp_path, "b")) == 30


def test_a_write_that_hangs_does_not_hang_a_fork(tmp_path: Path) -> None:
    """It hangs beside the lock, which another description of the file holds."""
    run(
        tmp_path,
        """
    import fcntl
    _open_writers._PAUSE_SECS = 1.0
    _core.set_lock_patience(60)  # is 5: how long a write tries
    path = writer.file_writer.event_writer._file.path
    file = os.open(path, os.O_RDONLY)
    fcntl.flock(file, fcntl.LOCK_EX)
    writer.add_scalar("a", 1, 0)
    time.sleep(0.05)
    fork()
    fcntl.flock(file, fcntl.LOCK_UN)
    writer.add_scalar("a", 1, 1)
    """,
        fork_secs=30,
    )
    assert steps(tmp_path, "a") == [0, 1]
