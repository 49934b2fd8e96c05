"""flush_on_sigterm: what was added is in the files, then SIGTERM does what it did before."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.python.event_files import events
from tests.python.hanging_disk import load_hanging_calls
from tests.python.programs import run_program

BEGIN = """
    import multiprocessing, numpy, os, signal, sys, threading, time
    from {module} import SummaryWriter
    from tbx_native import _sigterm
    logdir = sys.argv[1]
    _sigterm._FLUSH_SECS = 60.0  # is 5, which encoding takes on a busy machine

    def terminate():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(20)
"""


def run(tmp_path: Path, source: str, returncode: int, module: str = "tbx_native") -> str:
    begin = BEGIN.format(module=module)
    return run_program(begin + source, tmp_path, returncode=returncode).stdout


def steps(directory: Path) -> list[int]:
    return [event.step for event in events(directory)]


@pytest.mark.parametrize("module", ["tbx_native", "tbx_native.compat.torch"])
def test_it_flushes_and_dies_by_the_signal(tmp_path: Path, module: str) -> None:
    """Also what no queue file would have kept: images that were not encoded yet."""
    run(
        tmp_path,
        """
    writer = SummaryWriter(logdir, flush_on_sigterm=True)
    other = SummaryWriter(logdir + "/other")
    other.add_image("y", numpy.random.rand(3, 500, 500), 9)
    for step in range(8):
        writer.add_image("x", numpy.random.rand(3, 500, 500), step)
    terminate()
    """,
        -signal.SIGTERM,
        module,
    )
    assert steps(tmp_path) == list(range(8))
    assert steps(tmp_path / "other") == [9]


def test_without_it_the_signal_kills(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    writer = SummaryWriter(logdir)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    from tbx_native._encoding_queue import Encoding
    writer._encode_later("x", Encoding(1, threading.Event().wait), 0, None)  # takes for ever
    terminate()
    """,
        -signal.SIGTERM,
    )
    assert steps(tmp_path) == []


def test_a_handler_that_was_there_is_called(tmp_path: Path) -> None:
    out = run(
        tmp_path,
        """
    def handle(number, frame):
        print(number == signal.SIGTERM, frame.f_code.co_name, writer.stats().events_written)
        sys.exit(3)

    signal.signal(signal.SIGTERM, handle)
    for _ in range(2):
        writer = SummaryWriter(logdir, flush_on_sigterm=True)
    writer.add_scalar("x", 1, 0)
    terminate()
    """,
        3,
    )
    assert out == "True terminate 1\n"


def test_a_signal_that_was_ignored_ends_nobody(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    writer = SummaryWriter(logdir, flush_on_sigterm=True)
    writer.add_scalar("x", 1, 0)
    os.kill(os.getpid(), signal.SIGTERM)
    assert writer.stats().events_written == 1
    """,
        0,
    )


def test_a_handler_that_calls_ours_is_no_loop(tmp_path: Path) -> None:
    out = run(
        tmp_path,
        """
    writer = SummaryWriter(logdir, flush_on_sigterm=True)
    ours = signal.getsignal(signal.SIGTERM)

    def handle(number, frame):
        print("mine", flush=True)
        ours(number, frame)

    signal.signal(signal.SIGTERM, handle)
    SummaryWriter(logdir + "/other", flush_on_sigterm=True)
    terminate()
    """,
        -signal.SIGTERM,
    )
    assert out == "mine\n"


def test_forked_children_flush_too(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    writer = SummaryWriter(logdir, flush_on_sigterm=True)
    child = os.fork()
    if child == 0:
        writer.add_image("x", numpy.random.rand(3, 1000, 1000), 5)
        terminate()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    """,
        0,
    )
    assert steps(tmp_path) == [5]


def test_other_threads_cannot_ask_for_it(tmp_path: Path) -> None:
    out = run(
        tmp_path,
        """
    def work():
        try:
            SummaryWriter(logdir, flush_on_sigterm=True)
        except ValueError as error:
            print(error, os.listdir(logdir))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    """,
        0,
    )
    assert "main thread" in out
    assert out.endswith("[]\n")


def test_a_write_that_hangs_does_not_keep_the_process(tmp_path: Path) -> None:
    begin = run(
        tmp_path,
        """
    import fcntl
    _sigterm._FLUSH_SECS = 0.5  # is 5
    writer = SummaryWriter(logdir, flush_on_sigterm=True)
    file = os.open(writer.file_writer.event_writer._file.path, os.O_RDONLY)
    fcntl.flock(file, fcntl.LOCK_EX)
    writer.add_scalar("x", 1, 0)
    print(time.monotonic(), flush=True)
    terminate()
    """,
        -signal.SIGTERM,
    )
    assert time.monotonic() - float(begin) < 8


def test_a_device_that_hangs_does_not_keep_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_hanging_calls(monkeypatch, tmp_path)
    begin = run(
        tmp_path,
        """
    _sigterm._FLUSH_SECS = 0.5  # is 5
    writer = SummaryWriter(logdir, flush_on_sigterm=True)
    writer.add_scalar("x", 1, 0)
    os.environ["HANGING_CALL"] = "fdatasync"
    print(time.monotonic(), flush=True)
    terminate()
    """,
        -signal.SIGTERM,
    )
    assert time.monotonic() - float(begin) < 8
