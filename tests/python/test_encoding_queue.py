"""What is encoded after its call: order, wall time, room, threads, forks, interrupts and exits."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tbx_native import SummaryWriter, _core
from tbx_native._encoder_threads import EncoderThreads
from tbx_native._encoding_queue import Encoding, EncodingQueue
from tests.python.event_files import events
from tests.python.programs import run_program
from tests.python.waiting import eventually

LIMIT_SECS = 30  # for what takes milliseconds, unless it never happens
BEGIN = """
    import atexit, os, signal, sys, threading, time
    from tbx_native import SummaryWriter, _core
    from tbx_native._encoding_queue import Encoding
    logdir = sys.argv[1]
    before = threading.active_count()

    def add(tag, step, seconds=0.0, nbytes=1, wait=time.sleep):
        def encode():
            wait(seconds)
            return _core.encode_image(tag, 1, 1, 3, b"png", "")
        writer._encode_later(tag, Encoding(nbytes, encode), step, None)

    def interrupt_after(seconds):
        def interrupt():
            time.sleep(seconds)
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=interrupt, daemon=True).start()
"""


def image(tag: str = "image") -> bytes:
    return _core.encode_image(tag, 1, 1, 3, b"png", "")


def add(
    writer: SummaryWriter,
    step: int | None,
    before: Callable[[], object] = lambda: None,
    nbytes: int = 1,
    walltime: float | None = None,
) -> None:
    """Adds an image that is encoded after `before` has returned."""

    def encode() -> bytes:
        before()
        return image()

    writer._encode_later("image", Encoding(nbytes, encode), step, walltime)


def steps(directory: Path) -> list[int]:
    return [event.step for event in events(directory)]


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> EncoderThreads:
    """Four of them, whatever the machine has."""
    threads = EncoderThreads(4)
    monkeypatch.setattr("tbx_native._encoding_queue.encoder_threads", lambda: threads)
    return threads


# ---- order and time ----


def test_events_are_in_the_order_of_the_calls(tmp_path: Path, threads: EncoderThreads) -> None:
    """The first of each four is ready last."""
    ready = [threading.Event() for _ in range(40)]

    def wait_for_next(step: int) -> None:
        if step % 4 != 3 and not ready[step + 1].wait(LIMIT_SECS):
            for event in ready:  # there are not four threads: no other waits as long
                event.set()
        time.sleep(0.001)
        ready[step].set()

    with SummaryWriter(tmp_path) as writer:
        for step in range(40):
            add(writer, step, partial(wait_for_next, step))
    assert steps(tmp_path) == list(range(40))
    assert len(threads._threads) == 4


def test_an_event_says_when_it_was_added(tmp_path: Path) -> None:
    go = threading.Event()
    with SummaryWriter(tmp_path) as writer:
        earliest = time.time()
        add(writer, 0, lambda: go.wait(LIMIT_SECS))
        latest = time.time()
        add(writer, 1, walltime=12.5)
        with writer.use_metadata(walltime=13.5, global_step=7):
            add(writer, None)
        time.sleep(0.05)
        go.set()
    first, second, third = events(tmp_path)
    assert earliest <= first.wall_time <= latest
    assert (second.step, second.wall_time) == (1, 12.5)
    assert (third.step, third.wall_time) == (7, 13.5)


@pytest.mark.parametrize("method", ["flush", "sync", "close"])
def test_flush_and_close_wait_for_all_that_was_added(
    tmp_path: Path, method: str, threads: EncoderThreads
) -> None:
    writer = SummaryWriter(tmp_path)
    for step in range(12):
        add(writer, step, lambda: time.sleep(0.01))
    getattr(writer, method)()
    assert steps(tmp_path) == list(range(12))
    writer.close()


def test_flush_waits_only_for_what_was_added_before(threads: EncoderThreads) -> None:
    queue = EncodingQueue(100)
    go = threading.Event()
    found: list[bytes] = []

    def wait_for_go() -> bytes:
        assert go.wait(LIMIT_SECS)
        return b"2"

    def forbid(error: BaseException) -> None:
        raise error

    queue.add(Encoding(1, lambda: b"1"), found.append, forbid, waits=True)
    assert queue.wait(LIMIT_SECS)
    queue.add(Encoding(1, wait_for_go), found.append, forbid, waits=True)
    assert not queue.wait(0.02)
    assert found == [b"1"]
    go.set()
    assert queue.wait(LIMIT_SECS)
    assert found == [b"1", b"2"]
    assert queue.wait(0)  # there is nothing to wait for


def test_an_image_added_while_another_thread_closes_is_not_lost(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    done = threading.Event()

    def close_again_and_again() -> None:
        while not done.is_set():
            writer.close()

    closing = threading.Thread(target=close_again_and_again)
    closing.start()
    for step in range(200):
        add(writer, step)
    done.set()
    closing.join()
    writer.close()
    assert sorted(steps(tmp_path)) == list(range(200))


def test_an_export_while_images_wait_for_a_closed_file(tmp_path: Path) -> None:
    """The image opens the file that it needs while the export keeps others from doing so."""
    writer = SummaryWriter(tmp_path / "run")
    go, exporting = threading.Event(), threading.Event()
    add(writer, 0, lambda: go.wait(LIMIT_SECS))
    writer._bind(None)  # as a thread leaves it that closes the files right after the add

    def export() -> None:
        exporting.set()
        writer.export_scalars_to_json(tmp_path / "scalars.json")

    thread = threading.Thread(target=export, daemon=True)
    thread.start()
    assert exporting.wait(LIMIT_SECS)
    time.sleep(0.05)
    go.set()
    thread.join(LIMIT_SECS)
    assert not thread.is_alive()
    writer.close()
    assert steps(tmp_path / "run") == [0]


def test_writing_nothing_encodes_nothing(tmp_path: Path) -> None:
    encoded: list[int] = []
    with SummaryWriter(tmp_path / "run", write_to_disk=False) as writer:
        add(writer, 0, lambda: encoded.append(1))
        with pytest.raises(ValueError, match="step"):
            add(writer, 2**63)
        writer.flush()
    assert encoded == []
    assert list(tmp_path.iterdir()) == []


# ---- room ----


def test_the_caller_waits_for_room(tmp_path: Path, threads: EncoderThreads) -> None:
    go = threading.Event()
    writer = SummaryWriter(tmp_path, encoder_bytes=100)
    for step in range(2):
        add(writer, step, lambda: go.wait(LIMIT_SECS), nbytes=50)
    blocked = threading.Thread(target=add, args=[writer, 2], daemon=True)
    blocked.start()
    blocked.join(0.1)
    assert blocked.is_alive()
    go.set()
    blocked.join(LIMIT_SECS)
    assert not blocked.is_alive()
    writer.close()
    assert steps(tmp_path) == [0, 1, 2]
    assert writer.stats().events_dropped == 0


def test_what_finds_no_room_is_dropped_and_counted(tmp_path: Path, threads: EncoderThreads) -> None:
    go = threading.Event()
    writer = SummaryWriter(tmp_path, encoder_bytes=100, overflow="drop")
    for step, nbytes in enumerate([50, 50, 1, 1]):
        add(writer, step, lambda: go.wait(LIMIT_SECS), nbytes=nbytes)
    assert writer.stats().events_dropped == 2
    go.set()
    writer.flush()
    add(writer, 4, nbytes=100)
    writer.close()
    assert steps(tmp_path) == [0, 1, 4]
    assert writer.stats().events_dropped == 2


@pytest.mark.parametrize("overflow", ["block", "drop"])
def test_what_is_larger_than_all_room_passes_alone(
    tmp_path: Path, overflow: str, threads: EncoderThreads
) -> None:
    with SummaryWriter(tmp_path, encoder_bytes=100, overflow=overflow) as writer:  # type: ignore[arg-type]
        add(writer, 0, nbytes=1000)
        writer.flush()
        add(writer, 1, nbytes=1000)
    assert steps(tmp_path) == [0, 1]


def test_room_is_given_back_by_what_failed(tmp_path: Path) -> None:
    def fail() -> None:
        raise ValueError("no")

    writer = SummaryWriter(tmp_path, encoder_bytes=100)
    with pytest.warns(RuntimeWarning, match="no"):
        for step in range(10):
            add(writer, step, fail, nbytes=60)
        writer.close()
    assert writer._encodings._bytes == 0


# ---- threads ----


def test_threads_are_started_with_the_first_use_and_end_when_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: EncoderThreads
) -> None:
    monkeypatch.setattr("tbx_native._encoder_threads._IDLE_SECS", 0.05)
    others = set(threading.enumerate())  # of which some may end meanwhile

    def started() -> set[threading.Thread]:
        return set(threading.enumerate()) - others

    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", 1, 0)
        assert not started()
        for _ in range(2):  # after they have ended they are started again
            go = threading.Event()
            add(writer, 1, partial(go.wait, LIMIT_SECS))
            assert len(started()) == 1
            go.set()
            assert eventually(lambda: not started())
    assert steps(tmp_path) == [0, 1, 1]


def test_one_thread_is_enough_for_one_thing_after_the_other(threads: EncoderThreads) -> None:
    queue = EncodingQueue(100)
    for _ in range(20):
        queue.add(Encoding(1, lambda: b""), lambda _: None, lambda _: None, waits=True)
        queue.wait()
        assert eventually(lambda: threads._waiting == len(threads._threads)), "it is not back"
    assert len(threads._threads) == 1


def test_a_wake_that_ctrl_c_interrupts_keeps_nobody_asleep(threads: EncoderThreads) -> None:
    done = threading.Event()
    assert threads.run(done.set) and done.wait(10)
    assert eventually(lambda: threads._waiting == 1)
    with threads._lock:
        threads._sleepers[-1].release()  # and there it strikes: the thread is still on the list
        done.clear()
        assert threads.run(done.set)
    assert done.wait(5), "an idle thread looks by itself after ten seconds only"
    assert eventually(lambda: threads._waiting == 1)
    assert len(threads._threads) == len(threads._sleepers) == 1


def test_without_threads_the_caller_encodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: EncoderThreads
) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with SummaryWriter(tmp_path) as writer:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            add(writer, 0)
            assert not writer._encodings._jobs

            def interrupt() -> None:
                raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt), pytest.warns(RuntimeWarning):
                try:
                    add(writer, 1, interrupt)
                finally:
                    writer.flush()  # does not wait for what was interrupted
        add(writer, 2)
    assert steps(tmp_path) == [0, 2]


# ---- processes ----


def test_exit_without_close(tmp_path: Path) -> None:
    run_program(
        BEGIN
        + """
    writer = SummaryWriter(logdir)
    for step in range(20):
        add("image", step, 0.01)
    """,
        tmp_path,
    )
    assert steps(tmp_path) == list(range(20))


def test_adding_from_an_atexit_handler(tmp_path: Path) -> None:
    """Run before the writers are closed, and after; the latter closes by itself."""
    run_program(
        """
    import atexit
    @atexit.register
    def last():
        add("image", 2, 0.01)
        writer.close()
    """
        + BEGIN
        + """
    writer = SummaryWriter(logdir)
    atexit.register(lambda: add("image", 1, 0.01))
    add("image", 0, 0.01)
    """,
        tmp_path,
    )
    assert steps(tmp_path) == [0, 1, 2]


def test_adding_and_closing_while_the_interpreter_is_taken_down(tmp_path: Path) -> None:
    """Threads stand still by then."""
    out = run_program(
        BEGIN
        + """
    class Trainer:
        def __del__(self, add=add, sys=sys):
            print(sys.is_finalizing())
            add("image", 1)
            writer.close()

    writer = SummaryWriter(logdir)
    add("image", 0)
    sys.modules["trainer"] = Trainer()
    """,
        tmp_path,
    ).stdout
    assert out == "True\n"
    assert steps(tmp_path) == [0, 1]


def test_fork_with_a_backlog(tmp_path: Path) -> None:
    """What waits is the parent's; the child has threads and room of its own."""
    out = run_program(
        BEGIN
        + """
    writer = SummaryWriter(logdir, encoder_bytes=10)
    for step in range(10):
        add("parent", step, 0.02)
    children = []
    for i in range(3):
        child = os.fork()
        if child == 0:
            if i:
                add("child", i, nbytes=10)
            if i == 2:
                writer.flush()
                os._exit(0)
            sys.exit()
        children.append(child)
    add("parent", 10)
    for child in children:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """,
        tmp_path,
    ).stdout
    assert out == "0\n" * 3
    found = [(event.summary.value[0].tag, event.step) for event in events(tmp_path)]
    assert sorted(found) == [
        ("child", 1),
        ("child", 2),
        *(("parent", i) for i in range(10)),
        ("parent", 10),
    ]


def test_ctrl_c_ends_a_call_that_waits_for_room(tmp_path: Path) -> None:
    run_program(
        BEGIN
        + """
    go = threading.Event()
    writer = SummaryWriter(logdir, encoder_bytes=10)
    add("image", 0, 30, nbytes=10, wait=go.wait)
    try:
        interrupt_after(0.2)
        add("image", 1)
    except KeyboardInterrupt:
        assert writer.stats().events_enqueued == 0, "it waited until there was room"
        go.set()
        add("image", 2)
    """,
        tmp_path,
    )
    assert steps(tmp_path) == [0, 2]


def test_ctrl_c_ends_a_flush(tmp_path: Path) -> None:
    run_program(
        BEGIN
        + """
    go = threading.Event()
    writer = SummaryWriter(logdir)
    add("image", 0, 30, wait=go.wait)
    try:
        interrupt_after(0.2)
        writer.flush()
    except KeyboardInterrupt:
        assert writer.stats().events_enqueued == 0, "it waited until that was encoded"
        go.set()
        writer.flush()
        add("image", 1)
    """,
        tmp_path,
    )
    assert steps(tmp_path) == [0, 1]


def test_ctrl_c_at_any_moment_leaves_a_queue_that_works(tmp_path: Path) -> None:
    run_program(
        BEGIN
        + """
    writer = SummaryWriter(logdir, encoder_bytes=4)
    added = interrupted = 0
    def interrupt(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGALRM, interrupt)
    while interrupted < 200:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            while True:
                add("image", added)
                added += 1
        except KeyboardInterrupt:
            interrupted += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    add("image", -1)
    """,
        tmp_path,
    )
    found = steps(tmp_path)
    assert found[-1] == -1 and found.index(-1) == len(found) - 1
    # A call that was interrupted may have added: its step comes twice.
    assert sorted(set(found[:-1])) == list(range(max(found) + 1))


def test_memory_is_given_back_when_it_is_encoded(tmp_path: Path) -> None:
    class Array:
        def __call__(self) -> bytes:
            return image()

    gc.disable()
    try:
        with SummaryWriter(tmp_path) as writer:
            array = Array()
            gone = weakref.ref(array)
            writer._encode_later("image", Encoding(1, array), 0, None)
            del array
            writer.flush()
            assert eventually(lambda: gone() is None)
    finally:
        gc.enable()
