"""What could not be encoded is told at later calls, by tag and step, and counted."""

from __future__ import annotations

import gc
import threading
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tbx_native import (
    EncodingError,
    EncodingFailedWarning,
    SummaryWriter,
    WriteFailedWarning,
    _core,
)
from tbx_native._encoder_threads import EncoderThreads
from tbx_native._encoding_queue import Encoding
from tests.python.event_files import events
from tests.python.programs import run_program
from tests.python.waiting import eventually


def add(writer: SummaryWriter, tag: str, step: int | None, encode: Callable[[], Any]) -> None:
    writer._encode_later(tag, Encoding(1, encode), step, None)


def fail() -> bytes:
    raise ZeroDivisionError("no such pixel")


def image() -> bytes:
    return _core.encode_image("image", 1, 1, 3, b"png", "")


def steps(directory: Path) -> list[int]:
    return [event.step for event in events(directory)]


LATER_CALLS: dict[str, Callable[[SummaryWriter], object]] = {
    "flush": lambda writer: writer.flush(),
    "close": lambda writer: writer.close(),
    "add_scalar": lambda writer: writer.add_scalar("x", 1, 0),
    "log": lambda writer: writer.log({"x": 1}, 0),
    "add_scalars": lambda writer: writer.add_scalars("m", {"k": 1}, 0),
    "add_histogram": lambda writer: writer.add_histogram("h", [1.0], 0),
    "add_text": lambda writer: writer.add_text("t", "text", 0),
    "another": lambda writer: add(writer, "next", 1, image),
    "add_event": lambda writer: writer._get_file_writer().add_summary(b""),
}


@pytest.mark.parametrize("call", LATER_CALLS.values(), ids=LATER_CALLS)
def test_a_later_call_warns_once_and_goes_on(
    tmp_path: Path, call: Callable[[SummaryWriter], object]
) -> None:
    writer = SummaryWriter(tmp_path)
    add(writer, "train/image", 7, fail)
    writer._encodings.wait()
    with pytest.warns(EncodingFailedWarning) as caught:
        call(writer)
    (warning,) = caught
    assert str(warning.message) == (
        "'train/image' at step 7 could not be written: ZeroDivisionError: no such pixel"
    )
    assert warning.filename == __file__
    assert writer.stats().encoding_errors == 1
    add(writer, "image", 8, image)  # warnings are errors here: nothing is told twice
    writer.close()
    assert steps(tmp_path)[-1] == 8


@pytest.mark.parametrize("call", LATER_CALLS.values(), ids=LATER_CALLS)
def test_a_later_call_raises_where_it_is_asked_to(
    tmp_path: Path, call: Callable[[SummaryWriter], object]
) -> None:
    writer = SummaryWriter(tmp_path, on_error="raise")
    add(writer, "train/image", 7, fail)
    writer._encodings.wait()
    with pytest.raises(EncodingError, match=r"'train/image' at step 7 .*no such pixel") as raised:
        call(writer)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert writer.stats().encoding_errors == 1
    add(writer, "image", 8, image)
    writer.close()
    assert steps(tmp_path)[-1] == 8


def test_each_failure_is_told(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, on_error="raise") as writer:
        for step in (1, None):
            add(writer, "image", step, image)
        writer._encodings.wait()
        engine = writer._engine
        assert engine is not None
        for tag in ("a", "b"):
            engine.encoding_failed(tag, None, ValueError(tag))
        for tag in ("a", "b"):
            with pytest.raises(EncodingError, match=f"^'{tag}' could not be written: ValueError"):
                writer.add_scalar("x", 1)
        writer.add_scalar("x", 1)
        assert writer.stats().encoding_errors == 2
        assert writer.stats().write_errors == 0


@pytest.mark.parametrize("result", [None, "text"])
def test_an_encoder_that_returns_no_summary(tmp_path: Path, result: Any) -> None:
    writer = SummaryWriter(tmp_path)
    add(writer, "image", 7, lambda: result)
    with pytest.warns(EncodingFailedWarning, match="'image' at step 7"):
        writer.flush()
    add(writer, "image", 8, image)
    writer.close()
    assert steps(tmp_path) == [8]


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit, MemoryError, RecursionError])
def test_whatever_is_raised_ends_no_thread(
    tmp_path: Path, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = EncoderThreads(1)
    monkeypatch.setattr("tbx_native._encoding_queue.encoder_threads", lambda: threads)
    used = set()

    def leave() -> bytes:
        used.add(threading.current_thread())
        raise error("reason")

    writer = SummaryWriter(tmp_path)
    for step in range(5):
        add(writer, "image", step, leave)
        writer._encodings.wait()
        with pytest.warns(EncodingFailedWarning, match=f"{error.__name__}: reason"):
            writer.flush()
    add(writer, "image", 8, image)
    writer.close()
    assert steps(tmp_path) == [8]
    assert threads._threads == used and len(used) == 1


def test_a_failure_does_not_disturb_its_neighbours(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(30):
            add(writer, "image", step, fail if step % 3 == 1 else image)
        writer.close()
    assert [str(warning.message).split()[3] for warning in caught] == [
        str(step) for step in range(1, 30, 3)
    ]
    assert steps(tmp_path) == [step for step in range(30) if step % 3 != 1]
    assert writer.stats().encoding_errors == 10


def test_threads_that_report_at_once_report_each_once(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        engine = writer._engine
        assert engine is not None
        raised: list[BaseException] = []

        def report() -> None:
            for _ in range(300):
                try:
                    writer.add_scalar("x", 1)
                except BaseException as error:  # warnings are errors here
                    raised.append(error)

        threads = [threading.Thread(target=report) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(60):
            engine.encoding_failed(f"tag{number}", None, ValueError())
        for thread in threads:
            thread.join()
        while True:
            try:
                writer.add_scalar("x", 1)
                break
            except EncodingFailedWarning as error:
                raised.append(error)
        told = sorted(str(error).split("'")[1] for error in raised)
        assert told == sorted(f"tag{number}" for number in range(60))


def test_a_disk_error_is_not_hidden_by_an_encoding_error(tmp_path: Path) -> None:
    out = run_program(
        """
        import resource, signal, sys, warnings
        from tbx_native import SummaryWriter
        from tbx_native._encoding_queue import Encoding
        import time
        writer = SummaryWriter(sys.argv[1])
        writer.flush()
        writer._encode_later("image", Encoding(1, lambda: 1 / 0), 7, None)
        writer._encodings.wait()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60, resource.RLIM_INFINITY))
        file = writer.file_writer.event_writer._file
        from tbx_native._core import encode_summary_event
        file.append(encode_summary_event(b"", 1.0, 1) )  # asks for no failures
        while not writer.stats().write_errors:
            time.sleep(0.005)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            writer.add_scalar("x", 1)
        print(*(warning.category.__name__ for warning in caught))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        """,
        tmp_path,
    ).stdout
    assert out.split() == [WriteFailedWarning.__name__, EncodingFailedWarning.__name__]


def test_a_child_does_not_tell_its_parent_s_failures(tmp_path: Path) -> None:
    out = run_program(
        """
        import os, sys, warnings
        from tbx_native import SummaryWriter
        from tbx_native._encoding_queue import Encoding
        warnings.simplefilter("error")
        writer = SummaryWriter(sys.argv[1])
        writer._encode_later("image", Encoding(1, lambda: 1 / 0), 7, None)
        writer._encodings.wait()
        child = os.fork()
        if child == 0:
            writer.add_scalar("x", 1)
            writer.flush()
            os._exit(writer.stats().encoding_errors)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        try:
            writer.flush()
        except Warning as error:
            print(error)
        """,
        tmp_path,
    ).stdout
    assert out.splitlines() == [
        "0",
        "'image' at step 7 could not be written: ZeroDivisionError: division by zero",
    ]


def test_a_failure_that_was_told_keeps_nothing_in_memory(tmp_path: Path) -> None:
    class Array:
        def __call__(self) -> bytes:
            raise ValueError("no")

    gc.disable()
    try:
        writer = SummaryWriter(tmp_path)
        array = Array()
        gone = weakref.ref(array)
        add(writer, "image", 0, array)
        del array
        with pytest.warns(EncodingFailedWarning):
            writer.flush()
        assert eventually(lambda: gone() is None)
        writer.close()
    finally:
        gc.enable()


def test_the_exit_tells_what_nobody_else_could(tmp_path: Path) -> None:
    err = run_program(
        """
        import sys
        from tbx_native import SummaryWriter
        from tbx_native._encoding_queue import Encoding
        writer = SummaryWriter(sys.argv[1])
        writer._encode_later("image", Encoding(1, lambda: 1 / 0), 7, None)
        """,
        tmp_path,
    ).stderr
    assert "EncodingFailedWarning: 'image' at step 7 could not be written" in err


def test_bad_steps_and_wall_times_are_refused_at_the_call(tmp_path: Path) -> None:
    encoded: list[int] = []

    def encode() -> bytes:
        encoded.append(1)
        return image()

    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(TypeError, match="'image'"):
            add(writer, "image", "one", encode)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="'image'"):
            writer._encode_later("image", Encoding(1, encode), 0, float("nan"))
    assert encoded == []
    assert events(tmp_path) == []
