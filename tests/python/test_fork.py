"""Forked children: their events and the parent's are all there once, and nobody hangs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.event_files import points
from tests.python.programs import run_program

FACES = pytest.mark.parametrize(
    "module", ["tbx_native", "tbx_native.compat.torch"], ids=["tensorboardx", "torch"]
)
BEGIN = """
    import multiprocessing, os, sys, threading, time
    from {module} import SummaryWriter
    logdir = sys.argv[1]

    def wait_for(*children):
        for child in children:
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status))

    def fork(work):
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            work()
            sys.exit()
        return child

    def add(tag, count=200, **options):
        for step in range(count):
            writer.add_scalar(tag, 1, step)

    writer = SummaryWriter(logdir)
"""


def found(directory: Path) -> dict[str, list[int]]:
    """The steps of each tag, in the order of the file."""
    steps: dict[str, list[int]] = {}
    for tag, step, _ in points(directory):
        steps.setdefault(tag, []).append(step)
    return steps


def run(tmp_path: Path, source: str, module: str = "tbx_native") -> str:
    return run_program(BEGIN.format(module=module) + source, tmp_path).stdout


@FACES
def test_parent_and_children_log_into_one_file(tmp_path: Path, module: str) -> None:
    out = run(
        tmp_path,
        """
    add("before")
    children = [fork(lambda i=i: add(f"child{i}")) for i in range(4)]
    add("during")
    wait_for(*children)
    add("after")
    """,
        module,
    )
    assert out == "0\n" * 4
    tags = ["before", "during", "after", *(f"child{i}" for i in range(4))]
    assert found(tmp_path) == {tag: list(range(200)) for tag in tags}
    assert len(list(tmp_path.iterdir())) == 1


def test_the_parent_s_unwritten_events_are_the_parent_s(tmp_path: Path) -> None:
    """Forked while the ring still holds what was added; the children end in each way."""
    out = run(
        tmp_path,
        """
    for i in range(20):
        add(f"before{i}", 50)
        child = fork([lambda: None, writer.flush, writer.close, lambda: os._exit(0)][i % 4])
        wait_for(child)
    """,
    )
    assert out == "0\n" * 20
    assert found(tmp_path) == {f"before{i}": list(range(50)) for i in range(20)}
    assert len(list(tmp_path.iterdir())) == 1


def test_children_that_never_log_add_nothing(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    add("before")
    writer.flush()
    size = os.path.getsize(writer.file_writer.event_writer._file_name)
    wait_for(*[fork(lambda: None) for _ in range(5)])
    assert os.path.getsize(writer.file_writer.event_writer._file_name) == size
    """,
    )
    assert found(tmp_path) == {"before": list(range(200))}


@FACES
def test_children_of_multiprocessing(tmp_path: Path, module: str) -> None:
    out = run(
        tmp_path,
        """
    context = multiprocessing.get_context("fork")
    add("before")
    with context.Pool(3, maxtasksperchild=2) as pool:
        pool.map(add, [f"task{i}" for i in range(8)], chunksize=1)
        pool.close()
        pool.join()
    children = [context.Process(target=add, args=[f"child{i}"]) for i in range(3)]
    for child in children:
        child.start()
    add("during")
    for child in children:
        child.join()
        print(child.exitcode)
    """,
        module,
    )
    assert out == "0\n" * 3
    tags = ["before", "during", *(f"task{i}" for i in range(8)), *(f"child{i}" for i in range(3))]
    assert found(tmp_path) == {tag: list(range(200)) for tag in tags}


def test_children_have_curves(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    writer.add_scalars("m", {"old": 1}, 0)
    children = [fork(lambda i=i: writer.add_scalars("m", {"old": 1, f"new{i}": 1}, i))
                for i in (1, 2)]
    wait_for(*children)
    writer.add_scalars("m", {"old": 1}, 3)
    """,
    )
    assert sorted(step for _, step, _ in points(tmp_path / "m" / "old")) == [0, 1, 2, 3]
    assert points(tmp_path / "m" / "new1") == [("m", 1, 1.0)]
    assert points(tmp_path / "m" / "new2") == [("m", 2, 1.0)]


def test_a_child_of_a_child(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    def nested():
        add("child")
        wait_for(fork(lambda: add("grandchild")))
        add("child_again")

    add("parent")
    wait_for(fork(nested))
    """,
    )
    tags = ["parent", "child", "grandchild", "child_again"]
    assert found(tmp_path) == {tag: list(range(200)) for tag in tags}


def test_a_child_opens_files_of_its_own(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    def own():
        with SummaryWriter(logdir + "/own") as mine:
            mine.add_scalar("own", 1)
        writer.close()
        writer.add_scalar("next", 1)  # in the directory's next file

    add("parent")
    wait_for(fork(own))
    add("parent_again")
    """,
    )
    assert points(tmp_path / "own") == [("own", 0, 1.0)]
    assert found(tmp_path) == {
        "parent": list(range(200)),
        "parent_again": list(range(200)),
        "next": [0],
    }
    assert len(list(tmp_path.glob("*tfevents*"))) == 2


def test_a_killed_child_hurts_nobody(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    import signal
    def log_for_ever():
        while True:
            add("child", 50)
            time.sleep(0.001)

    def is_written():
        with open(writer.file_writer.event_writer._file.path, "rb") as file:
            return b"child" in file.read()

    children = [fork(log_for_ever) for _ in range(2)]
    add("during")
    deadline = time.monotonic() + 60
    while not is_written() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    add("after")
    """,
    )
    steps = found(tmp_path)  # the file is whole
    assert steps["during"] == steps["after"] == list(range(200))
    assert steps["child"]


def test_a_signal_s_handler_forks_amid_a_large_event(tmp_path: Path) -> None:
    """The event is the parent's; the child goes on behind it, with events of its own."""
    run(
        tmp_path,
        """
    import fcntl, glob, signal
    writer.close()
    writer = SummaryWriter(logdir, filename_suffix=".small", queue_bytes=1 << 16)
    writer.flush()
    child = None
    def handler(*_):
        global child
        child = os.fork()
    signal.signal(signal.SIGALRM, handler)
    # The drain waits for the file with what was before, and the large event for room.
    (path,) = glob.glob(logdir + "/*.small")
    with open(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        parent = os.getpid()
        def unlock():
            while child is None:
                time.sleep(0.01)
            time.sleep(0.1)
            fcntl.flock(file, fcntl.LOCK_UN)
        threading.Thread(target=unlock).start()
        add("before", 1)
        time.sleep(0.1)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        writer.add_text("large", "~" * 1_000_000, 1)
        assert child is not None
    add("parent" if child else "child")
    writer.add_text("own" if child else "child_s", "~" * 1_000_000, 2)
    writer.close()
    assert writer.stats().events_dropped == 0
    if child:
        assert os.waitpid(child, 0)[1] == 0
    """,
    )
    steps = found(tmp_path)
    assert steps.pop("large/text_summary") == [1]
    assert steps.pop("own/text_summary") == steps.pop("child_s/text_summary") == [2]
    assert steps == {"before": [0], "parent": list(range(200)), "child": list(range(200))}


def test_forks_while_other_threads_log_and_open(tmp_path: Path) -> None:
    """What a thread holds at the fork, nobody gives back in the child."""
    out = run(
        tmp_path,
        """
    import tempfile
    running = True

    def log(tag):
        for step in range(1_000_000):
            writer.add_scalar(tag, 1, step)
            writer.add_scalars("m", {"k": 1}, step)
            time.sleep(0.0002)
            if not running:
                break

    def open_and_close():
        while running:
            with SummaryWriter(tempfile.mkdtemp()) as other:
                other.add_scalar("x", 1)
            writer.close()

    def log_as_child(i):
        writer.add_scalar("child", 1, i)
        writer.add_scalars("m", {"k": 1}, i)
        writer.flush()
        writer.close()

    threads = [threading.Thread(target=log, args=[f"thread{i}"]) for i in range(2)]
    threads.append(threading.Thread(target=open_and_close))
    for thread in threads:
        thread.start()
    for i in range(40):
        wait_for(fork(lambda: log_as_child(i)))
    running = False
    for thread in threads:
        thread.join()
    """,
    )
    assert out == "0\n" * 40
    steps = found(tmp_path)
    assert sorted(steps.pop("child")) == list(range(40))
    assert set(steps) == {"thread0", "thread1"}
    for tag in steps:
        assert sorted(steps[tag]) == list(range(len(steps[tag])))


def test_subprocesses_are_no_children(tmp_path: Path) -> None:
    """They share no memory, and their descriptors are closed at exec."""
    run(
        tmp_path,
        """
    import subprocess
    add("before")
    name = writer.file_writer.event_writer._file_name
    listing = subprocess.check_output(["ls", "-l", "/proc/self/fd"], close_fds=False, text=True)
    assert name not in listing
    add("after")
    """,
    )
    assert found(tmp_path) == {tag: list(range(200)) for tag in ("before", "after")}
