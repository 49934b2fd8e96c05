"""One EventReader asked by several threads, and asked again from within its own reading."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tbx_native import EventReader, SummaryWriter, _core, _log_directory
from tbx_native._event_files import find_event_files
from tbx_native.proto.event import Event
from tests.python.programs import run_program
from tests.python.waiting import LIMIT_SECS, eventually

EVENTS = 80  # of a megabyte: `progress` is called twice while they are read
STEPS = list(range(EVENTS))


def write_large_file(path: Path, events: int = EVENTS) -> None:
    """Writes the scalar "a" and the text "b", of a megabyte, once a step."""
    event = Event(wall_time=1)
    event.summary.value.add(tag="a", simple_value=0.5)
    text = event.summary.value.add(tag="b")
    text.metadata.plugin_data.plugin_name = "text"
    text.tensor.dtype = 7
    text.tensor.string_val.append(b"x" * 1_000_000)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        for step in range(events):
            event.step = step
            file.write(_core.frame(event.SerializeToString()))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one file."""
    directory = tmp_path_factory.mktemp("large")
    write_large_file(directory / "events.out.tfevents.1.host")
    return directory


@pytest.fixture(scope="module")
def large_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, whose files are read by two threads."""
    directory = tmp_path_factory.mktemp("large_tree")
    for run in ("one", "two"):
        write_large_file(directory / run / "events.out.tfevents.1.host")
    return directory


def in_threads(*functions: Callable[[], None]) -> None:
    """Runs them at the same time, and raises what they raise."""
    barrier = threading.Barrier(len(functions))
    errors: list[BaseException] = []

    def run(function: Callable[[], None]) -> None:
        barrier.wait()
        try:
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_SECS)
        assert not thread.is_alive(), "a deadlock"
    for error in errors:
        raise error


@contextlib.contextmanager
def on_signal(handler: Callable[[], None]) -> Iterator[None]:
    """Has SIGUSR1 handled by `handler`."""
    before = signal.signal(signal.SIGUSR1, lambda *_: handler())
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_threads_share_a_reader(large: Path) -> None:
    reader = EventReader(large)
    found: list[list[int]] = []

    def ask() -> None:
        found.append(reader.scalars("a").steps.tolist())
        found.append(reader.text("b").steps.tolist())

    in_threads(*[ask] * 4)
    assert found == [STEPS] * 8
    assert reader.files()[0].records == EVENTS


def test_threads_take_in_what_is_appended(tmp_path: Path) -> None:
    reader = None
    is_written = threading.Event()
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 0, 0)
        writer.flush()
        reader = EventReader(tmp_path, purge=True)

        def write() -> None:
            for step in range(1, 2_000):
                writer.add_scalar("a", step, step)
                if step % 10 == 0:
                    writer.flush()
            writer.flush()
            is_written.set()

        def refresh() -> None:
            while not is_written.is_set():
                reader.refresh()
                reader.files()[0].damage()

        def ask() -> None:
            while not is_written.is_set():
                steps, wall_times, values = reader.scalars("a")
                assert len(steps) == len(wall_times) == len(values)
                np.testing.assert_array_equal(steps, np.arange(len(steps)))
                np.testing.assert_array_equal(values, steps)

        in_threads(write, refresh, refresh, ask, ask)
    reader.refresh()
    assert reader.scalars("a").steps.tolist() == list(range(2_000))


def write_run(directory: Path) -> None:
    with SummaryWriter(directory) as writer:
        writer.add_scalar("a", 0.5, 1)


def test_slow_search_does_not_undo_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = EventReader(tmp_path)
    is_listed, is_refreshed = threading.Event(), threading.Event()

    def list_slowly(path: str) -> dict[str, list[str]]:
        found = find_event_files(path)
        if not is_listed.is_set():
            is_listed.set()
            is_refreshed.wait(0.5)
        return found

    def write_and_refresh() -> None:
        assert is_listed.wait(LIMIT_SECS)
        write_run(tmp_path)
        reader.refresh()
        is_refreshed.set()

    monkeypatch.setattr(_log_directory, "find_event_files", list_slowly)
    in_threads(reader.refresh, write_and_refresh)
    assert reader.scalars("a").steps.tolist() == [1]


def test_search_does_not_undo_that_of_a_signal_handler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = EventReader(tmp_path)
    is_handled = False

    def list_and_be_interrupted(path: str) -> dict[str, list[str]]:
        nonlocal is_handled
        found = find_event_files(path)
        if not is_handled:
            is_handled = True
            write_run(tmp_path)
            reader.refresh()
        return found

    monkeypatch.setattr(_log_directory, "find_event_files", list_and_be_interrupted)
    reader.refresh()
    assert reader.scalars("a").steps.tolist() == [1]


def test_progress_that_asks_its_reader(large: Path) -> None:
    reader = EventReader(large)
    refused: list[str] = []

    def ask(_: int) -> None:
        if len(refused) < 4:
            for question in (reader.tags, reader.refresh):
                with pytest.raises(RuntimeError) as raised:
                    question()
                refused.append(str(raised.value))

    reader.read(ask)
    assert len(refused) == 4
    assert reader.files()[0].path in refused[0]
    assert "signal handler" in refused[0]
    assert reader.scalars("a").steps.tolist() == STEPS


def test_progress_of_two_threads_that_ask_for_each_others_files(large_tree: Path) -> None:
    reader = EventReader(large_tree)
    both_read = threading.Barrier(2)
    refused: list[str] = []

    def ask(_: int) -> None:
        if len(refused) < 2:
            both_read.wait(LIMIT_SECS)
            for question in (reader.tags, reader.files("one")[0].refresh, reader.refresh):
                with pytest.raises(RuntimeError, match="cannot be read here"):
                    question()
            refused.append(threading.current_thread().name)
            both_read.wait(LIMIT_SECS)

    in_threads(lambda: reader.read(ask))
    assert len(refused) == 2
    for run in ("one", "two"):
        assert reader.scalars("a", run).steps.tolist() == STEPS


def test_error_that_ends_a_read(large: Path) -> None:
    reader = EventReader(large)

    def fail(_: int) -> None:
        raise ValueError("from progress")

    for _ in range(2):  # each goes on where the last one ended
        with pytest.raises(ValueError, match="from progress"):
            reader.read(fail)
    assert reader.scalars("a").steps.tolist() == STEPS
    assert reader.text("b").steps.tolist() == STEPS


def test_signal_handler_that_asks_the_reader_it_interrupts(large: Path) -> None:
    reader = EventReader(large)
    refused: list[str] = []
    found: list[list[int]] = []

    def ask() -> None:
        try:
            found.append(reader.scalars("a").steps.tolist())
        except RuntimeError as error:
            refused.append(str(error))

    with on_signal(ask):
        reader.read(lambda _: signal.raise_signal(signal.SIGUSR1))
    assert len(refused) == 2
    assert reader.files()[0].path in refused[0]
    assert found == [STEPS]  # the last time, when all was read
    assert reader.scalars("a").steps.tolist() == STEPS


def test_signal_handler_while_several_files_are_read(large_tree: Path) -> None:
    reader = EventReader(large_tree)
    refused: list[str] = []
    is_asked = threading.Event()

    def ask() -> None:
        with pytest.raises(RuntimeError) as raised:
            reader.tags()
        refused.append(str(raised.value))
        is_asked.set()

    def interrupt(_: int) -> None:  # the thread that waits for those which read
        if not is_asked.is_set():
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
            is_asked.wait(LIMIT_SECS)

    with on_signal(ask):
        reader.read(interrupt)
    assert refused
    assert str(large_tree) in refused[0]
    assert reader.tags("one") == reader.tags("two")


def test_signal_handler_asks_what_is_read_already(tmp_path: Path, large: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1, 7)
    reader, other = EventReader(large), EventReader(tmp_path)
    found: list[int] = []

    with on_signal(lambda: found.extend(other.scalars("a").steps.tolist())):
        reader.read(lambda _: signal.raise_signal(signal.SIGUSR1))
    assert set(found) == {7}  # another reader's thread may be in the midst of a read
    reader.scalars("a")
    with on_signal(lambda: found.extend(reader.scalars("a").steps.tolist())):
        other.refresh()
        signal.raise_signal(signal.SIGUSR1)
    assert found[-EVENTS:] == STEPS


def test_interrupt_while_another_thread_reads(large: Path) -> None:
    reader = EventReader(large)
    is_read, go_on = threading.Event(), threading.Event()

    def wait(_: int) -> None:
        is_read.set()
        go_on.wait(LIMIT_SECS)

    def interrupt() -> None:
        raise KeyboardInterrupt

    thread = threading.Thread(target=reader.read, args=[wait])
    thread.start()
    assert is_read.wait(LIMIT_SECS)
    timer = threading.Timer(
        0.1, signal.pthread_kill, [threading.main_thread().ident, signal.SIGUSR1]
    )
    timer.start()
    with on_signal(interrupt), pytest.raises(KeyboardInterrupt):
        reader.scalars("a")
    assert thread.is_alive()
    go_on.set()
    assert reader.scalars("a").steps.tolist() == STEPS
    thread.join(LIMIT_SECS)


def test_follower_keeps_nobody_waiting(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 1, 0)
        writer.flush()
        reader = EventReader(tmp_path, follow=True, poll_seconds=0.01)
        seen: list[bytes] = []
        is_enough = threading.Event()

        def follow() -> None:
            for event in reader.events():
                seen.append(event)
                if is_enough.is_set():
                    return

        thread = threading.Thread(target=follow)
        thread.start()
        for step in range(1, 50):
            writer.add_scalar("a", 1, step)
            writer.flush()
            reader.refresh()
            assert reader.scalars("a").steps.tolist() == list(range(step + 1))
        assert eventually(lambda: len(seen) == 51)
        is_enough.set()
        writer.add_scalar("a", 1, 50)
        writer.flush()
        thread.join(LIMIT_SECS)
        assert not thread.is_alive()


def test_scan_raises_rather_than_being_advanced_twice(large: Path) -> None:
    (path,) = (os.fsencode(file.path) for file in EventReader(large).files())
    scan = _core.EventScan(path, True)
    refused = 0

    def ask(_: int) -> None:
        nonlocal refused
        questions: tuple[Callable[[], object], ...] = (
            lambda: scan.advance(False, False, None),
            scan.series,
            lambda: scan.take(0, []),
            scan.damage,
            scan.remarks,
            scan.restarts,
            lambda: scan.records,
            lambda: scan.offset,
            lambda: scan.torn_bytes,
            lambda: scan.size,
        )
        for question in questions:
            with pytest.raises(RuntimeError, match="is being read") as raised:
                question()
            assert os.fsdecode(path) in str(raised.value)
            refused += 1

    scan.advance(False, False, ask)
    assert refused == 20
    assert [count for *_, count in scan.series()] == [EVENTS, EVENTS]


def test_fork_while_another_thread_reads(large_tree: Path) -> None:
    run_program(
        """
        import os, sys, threading
        from tbx_native import EventReader

        reader = EventReader(sys.argv[1])
        one, two = reader.files()
        is_reading, is_forked = threading.Event(), threading.Event()

        def wait(_):
            is_reading.set()
            is_forked.wait()

        thread = threading.Thread(target=one.read, args=[wait])
        thread.start()
        is_reading.wait()
        child = os.fork()
        if child == 0:
            assert len(reader.scalars("a", "two").steps) == 80
            try:
                reader.tags()
            except RuntimeError as error:
                assert one.path in str(error), error
                os._exit(0)
            os._exit(1)
        _, status = os.waitpid(child, 0)
        assert status == 0, status
        is_forked.set()
        thread.join()
        assert len(reader.scalars("a", "one").steps) == 80
        """,
        large_tree,
        limit_secs=60,
    )


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="hangs such threads by itself")
@pytest.mark.parametrize("progress", ["None", "lambda _: time.sleep(0.05)"])
def test_daemon_thread_that_reads_when_the_process_ends(large: Path, progress: str) -> None:
    source = f"""
        import sys, threading, time
        from tbx_native import EventReader
        reader = EventReader(sys.argv[1])
        def read():
            started.set()
            while True:
                EventReader(sys.argv[1]).read({progress})
        started = threading.Event()
        threading.Thread(target=read, daemon=True).start()
        started.wait()
        time.sleep(float(sys.argv[2]))
    """
    for delay in (0.005, 0.02, 0.06):
        assert run_program(source, large, delay).stderr == ""
