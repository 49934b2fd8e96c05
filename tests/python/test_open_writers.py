"""How processes end: whatever was added is in the files, unless the process was torn away."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tbx_native import recover
from tests.python.event_files import events, points
from tests.python.hanging_disk import load_hanging_calls
from tests.python.programs import run_program

BEGIN = """
    import atexit, gc, logging, os, signal, sys, threading, time
    from tbx_native import EventFileWriter, FileWriter, SummaryWriter
    from tbx_native.compat.torch import SummaryWriter as TorchSummaryWriter
    logdir = sys.argv[1]
    writer = SummaryWriter(logdir)
    for step in range(500):
        writer.add_scalar("x", step, step)

    def wait_for_drain():
        deadline = time.monotonic() + 60
        while writer.stats().events_written < 500 and time.monotonic() < deadline:
            time.sleep(0.01)
"""
ALL = list(range(500))


def steps(directory: Path) -> list[int]:
    return [event.step for event in events(directory)]


@pytest.mark.parametrize(
    ("end", "returncode"),
    [
        ("", 0),
        ("sys.exit()", 0),
        ("sys.exit(3)", 3),
        ("raise ValueError", 1),
        ("signal.raise_signal(signal.SIGINT)", -2),
        ("writer.close()", 0),
        ("writer.flush(); os._exit(4)", 4),
        ("del writer; gc.collect(); os._exit(4)", 4),
        ("wait_for_drain(); os._exit(4)", 4),
        ("wait_for_drain(); os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("wait_for_drain(); os.kill(os.getpid(), signal.SIGTERM)", -15),
        ("threading.Thread(target=sys.exit).start()", 0),
    ],
)
def test_nothing_is_lost_at_the_end(tmp_path: Path, end: str, returncode: int) -> None:
    run_program(f"{BEGIN}    {end}\n", tmp_path, returncode=returncode)
    assert steps(tmp_path) == ALL


def test_writers_of_every_kind_are_closed_at_exit(tmp_path: Path) -> None:
    run_program(
        BEGIN
        + """
    kept = []
    for name, kind in (("a", SummaryWriter), ("b", TorchSummaryWriter)):
        kept.append(kind(f"{logdir}/{name}"))
        kept[-1].add_scalar("x", 1, 7)
        kept[-1].add_scalars("m", {"k": 1}, 7)
    kept.append(FileWriter(f"{logdir}/c"))
    kept[-1].add_summary(b"", 7)
    kept.append(EventFileWriter(f"{logdir}/d"))
    kept[-1]._append(b"\\x10\\x07")
    kept.append(kept[0].file_writer)
    kept[0].close()
    kept[-1].reopen()
    kept[-1].add_summary(b"", 8)
    """,
        tmp_path,
    )
    assert steps(tmp_path) == ALL
    expected = {"a": [7, 8], "b": [7], "c": [7], "d": [7], "a/m/k": [7], "b/m_k": [7]}
    assert {name: steps(tmp_path / name) for name in expected} == expected


def test_what_is_added_at_exit_is_written(tmp_path: Path) -> None:
    """By a function that was registered after tbx_native was imported, and so runs before."""
    run_program(
        BEGIN
        + """
    atexit.register(lambda: writer.add_scalar("x", 1, 500))
    atexit.register(writer.close)
    """,
        tmp_path,
    )
    assert steps(tmp_path) == [*ALL, 500]


def test_a_writer_that_cannot_be_closed_does_not_keep_the_others_open(tmp_path: Path) -> None:
    done = run_program(
        BEGIN
        + """
    class Broken(SummaryWriter):
        def close(self):
            raise ZeroDivisionError("mine")

    broken = [Broken(f"{logdir}/{i}") for i in range(3)]
    last = SummaryWriter(f"{logdir}/last")
    last.add_scalar("x", 1, 7)
    """,
        tmp_path,
    )
    assert steps(tmp_path) == ALL
    assert steps(tmp_path / "last") == [7]
    assert done.stderr.count("ZeroDivisionError('mine')") == 3


@pytest.mark.parametrize("name", ["SummaryWriter", "TorchSummaryWriter", "EventFileWriter"])
def test_what_is_closed_is_not_closed_again_at_exit(tmp_path: Path, name: str) -> None:
    """A close() of the program's own need not expect it; one of a writer that is open is called."""
    done = run_program(
        BEGIN
        + f"""
    class Mine({name}):
        def close(self):
            print("close", flush=True)
            super().close()

    closed, opened = Mine(logdir + "/closed"), Mine(logdir + "/open")
    closed.close()
    print("end", flush=True)
    """,
        tmp_path,
    )
    assert done.stdout.split() == ["close", "end", "close"]
    assert done.stderr == ""


def test_a_write_that_hangs_at_exit_does_not_keep_the_process(tmp_path: Path) -> None:
    """It hangs beside the lock, which another description of the file holds; recover() finds it."""
    done = run_program(
        BEGIN
        + """
    import fcntl
    from tbx_native import _open_writers
    _open_writers._CLOSE_SECS_AT_EXIT = 1.0  # is 10
    others = [SummaryWriter(logdir + f"/{i}") for i in range(3)]
    for other in others:
        other.add_scalar("x", 1, 0)
    file = os.open(writer.file_writer.event_writer._file.path, os.O_RDONLY)
    fcntl.flock(file, fcntl.LOCK_EX)
    writer.add_scalar("x", 1, 500)
    print(time.monotonic())
    """,
        tmp_path,
    )
    assert time.monotonic() - float(done.stdout) < 8
    assert done.stderr.count("could not be closed at exit") == 1
    assert recover(tmp_path).errors == []
    assert steps(tmp_path) == [*ALL, 500]
    assert [steps(tmp_path / str(i)) for i in range(3)] == [[0]] * 3


@pytest.mark.parametrize(
    ("call", "end", "message"),
    [
        ("write", "", "could not be closed at exit"),
        ("fdatasync", "", "could not be closed at exit"),
        ("fdatasync", "del writer; gc.collect()", "could not be closed in time"),
    ],
)
def test_a_call_that_hangs_at_exit_does_not_keep_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, end: str, message: str
) -> None:
    """Whichever thread makes it; the queue's file keeps what was not written."""
    load_hanging_calls(monkeypatch, tmp_path)
    run = tmp_path / "run"
    run.mkdir()
    done = run_program(
        BEGIN
        + f"""
    from tbx_native import _open_writers
    _open_writers._CLOSE_SECS_AT_EXIT = 1.0  # is 10
    wait_for_drain()
    writer.flush()
    os.environ["HANGING_CALL"] = {call!r}
    writer.add_scalar("x", 1, 500)
    print(time.monotonic())
    {end}
    """,
        run,
    )
    # A writer that was let go of has 10 seconds.
    assert time.monotonic() - float(done.stdout) < 30
    assert message in done.stderr
    monkeypatch.delenv("LD_PRELOAD")
    assert recover(run).errors == []
    assert steps(run) == [*ALL, 500]


@pytest.mark.parametrize(
    "end",
    [
        "del cycle; gc.collect()",
        "",  # collected when the interpreter has come to its end
        "os.register_at_fork(before=lambda: cycle)",  # never collected
        "sys.stderr.cycle = cycle",
    ],
)
def test_what_is_added_while_objects_go_is_written(tmp_path: Path, end: str) -> None:
    """By __del__, which at the very end may open the next file, and nobody closes that one."""
    run_program(
        BEGIN
        + f"""
    class Cycle:
        def __init__(self):
            self.me = self
            self.writer = SummaryWriter(logdir + "/cycle")

        def __del__(self):
            self.writer.add_scalar("x", 1, 1)

    cycle = Cycle()
    cycle.writer.add_scalar("x", 1, 0)
    {end}
    """,
        tmp_path,
    )
    assert steps(tmp_path) == ALL
    assert steps(tmp_path / "cycle")[:1] == [0]
    if end.startswith("del"):
        assert steps(tmp_path / "cycle") == [0, 1]


def test_a_full_disk_at_exit_is_told_of(tmp_path: Path) -> None:
    done = run_program(
        BEGIN
        + """
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer.flush()
    size = os.path.getsize(writer.file_writer.event_writer._file_name)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    writer.add_scalar("x", 1, 500)
    """,
        tmp_path,
    )
    assert "events were lost" in done.stderr
    assert "File too large" in done.stderr
    assert steps(tmp_path) == ALL


@pytest.mark.parametrize(
    "work",
    [
        'writer.add_scalar("y", 1)',
        'writer.add_scalar("y" * 2000, 1)',  # too large for the queue: by way of waiting
        'writer.add_scalars("m", {"k": 1})',
        "writer.flush()",
        "writer.close()",
        "SummaryWriter(logdir + '/other')",
        "_core.crc32c(megabyte)",
    ],
)
def test_daemon_threads_may_go_on_to_the_very_end(tmp_path: Path, work: str) -> None:
    """The interpreter ends them where they next ask for the GIL, in the midst of native code."""
    run_program(
        BEGIN.replace("SummaryWriter(logdir)", "SummaryWriter(logdir, queue_bytes=4096)")
        + f"""
    from tbx_native import _core
    megabyte = bytes(1_000_000)

    def work_for_ever():
        while True:
            {work}

    threads = [threading.Thread(target=work_for_ever, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.03)
    """,
        tmp_path,
    )
    assert [step for tag, step, _ in points(tmp_path) if tag == "x"] == ALL


@pytest.mark.parametrize("end", ["close()", "flush()", 'add_scalar("z", 1, 7)', "add(7)"])
@pytest.mark.parametrize("work", ['add_scalars(str(number), {"k": 1})', "add(number)"])
def test_what_goes_at_the_end_does_not_wait_for_daemon_threads(
    tmp_path: Path, work: str, end: str
) -> None:
    """They stand still by then, in the midst of opening a file or of encoding an image."""
    done = run_program(
        BEGIN
        + f"""
    import itertools, types
    from tbx_native._encoding_queue import Encoding

    def encode():
        return b"" * sum(range(100_000))

    class Run(SummaryWriter):
        def add(self, step):
            self._encode_later("image", Encoding(1 << 20, encode), step, None)

    class Owner:
        def __init__(self):
            self.writer = Run(logdir + "/run", encoder_bytes=8 << 20)

        def __del__(self, say=os.write):
            self.writer.{end}
            say(1, b"done")

    def work(writer):
        for number in itertools.count(1000):
            writer.{work}

    # In a module none of whose functions is running: only such a one is taken apart.
    sys.modules["owners"] = types.ModuleType("owners")
    sys.modules["owners"].owner = Owner()
    for _ in range(3):
        thread = threading.Thread(
            target=work, args=[sys.modules["owners"].owner.writer], daemon=True
        )
        thread.start()
    del thread
    time.sleep(0.05)
    print(time.monotonic())
    """,
        tmp_path,
    )
    begin, end = done.stdout.splitlines()
    assert end == "done"
    assert time.monotonic() - float(begin) < 8
    assert [step for tag, step, _ in points(tmp_path) if tag == "x"] == ALL


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_children_of_multiprocessing_lose_nothing(tmp_path: Path, method: str) -> None:
    """They leave by os._exit(), past atexit, just after their last event."""
    program = tmp_path / "program.py"
    program.write_text(
        """
import multiprocessing, sys

def work(number):
    import tbx_native
    work.kept = tbx_native.SummaryWriter(f"{sys.argv[1]}/{number}")
    for step in range(100):
        work.kept.add_scalar("x", 1, step)

def fail(number):
    work(number)
    raise SystemExit(3)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[2])
    for number, target in enumerate([work, fail, work, work]):
        child = context.Process(target=target, args=[number])
        child.start()
        child.join()
        print(child.exitcode)
"""
    )
    done = run_program(
        """
        import runpy, sys
        sys.argv[0] = sys.argv.pop(1)
        runpy.run_path(sys.argv[0], None, "__main__")
        """,
        program,
        tmp_path / "runs",
        method,
    )
    assert done.stdout == "0\n3\n0\n0\n"
    for number in range(4):
        assert steps(tmp_path / "runs" / str(number)) == list(range(100))
