"""The life of both SummaryWriters: opening, closing, going on, metadata, subclasses."""

from __future__ import annotations

import abc
import copy
import dataclasses
import gc
import os
import re
import socket
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import tbx_native
from tbx_native import _core
from tbx_native.compat.torch import SummaryWriter as TorchSummaryWriter
from tests.python.event_files import SCRATCH, events, only_file, payloads, points
from tests.python.programs import run_program

FACES = pytest.mark.parametrize("face", [tbx_native.SummaryWriter, TorchSummaryWriter])
Face = Callable[..., Any]


# ---- opening and closing ----


@FACES
def test_the_version_is_on_disk_when_the_constructor_returns(tmp_path: Path, face: Face) -> None:
    writer = face(tmp_path / "a" / "b")
    assert len(payloads(only_file(tmp_path / "a" / "b"))) == 1
    writer.close()


@FACES
def test_with_closes(tmp_path: Path, face: Face) -> None:
    def train(writer: Any) -> None:
        writer.add_scalar("x", 1)
        raise ZeroDivisionError

    writer = face(tmp_path)
    with pytest.raises(ZeroDivisionError), writer:
        train(writer)
    assert points(tmp_path) == [("x", 0, 1.0)]
    assert (writer.file_writer, writer.all_writers) == (None, None)


@FACES
def test_closing_again_does_nothing(tmp_path: Path, face: Face) -> None:
    writer = face(tmp_path)
    writer.add_scalars("m", {"k": 1})
    for _ in range(2):
        writer.close()
        writer.flush()
        writer.sync()
    assert (writer.file_writer, writer.all_writers) == (None, None)
    assert len(list(tmp_path.rglob("*tfevents*"))) == 2


@FACES
def test_flush_reaches_every_file(tmp_path: Path, face: Face) -> None:
    with face(tmp_path) as writer:
        writer.add_scalar("x", 1)
        writer.add_scalars("m", {"k": 1})
        writer.flush()
        found = {len(payloads(path)) for path in tmp_path.rglob("*tfevents*")}
        assert found == {2}


@FACES
def test_what_comes_after_close_goes_to_the_next_file(tmp_path: Path, face: Face) -> None:
    writer = face(tmp_path)
    paths = [only_file(tmp_path)]
    adds: list[Callable[[], None]] = [
        lambda: writer.add_scalar("x", 1, 0),
        lambda: writer.log({"x": 1}, 1),
        lambda: writer.add_scalars("m", {"k": 1}, 2),
    ]
    for step, add in enumerate(adds):
        writer.close()
        add()
        writer.flush()
        newest = max(tmp_path.glob("*tfevents*"))
        assert newest not in paths, "files of a directory are read in the order of their names"
        paths.append(newest)
        assert [event.step for event in events(tmp_path)] == list(range(min(step + 1, 2)))
    writer.close()
    assert len(list(tmp_path.glob("*tfevents*"))) == 4


@FACES
def test_curves_after_close_go_to_the_next_file(tmp_path: Path, face: Face) -> None:
    with face(tmp_path) as writer:
        for step in range(3):
            writer.add_scalars("m", {"k": 1}, step)
            writer.close()
    (curve,) = {path.parent for path in tmp_path.rglob("*tfevents*")} - {tmp_path}
    assert [event.step for event in events(curve)] == [0, 1, 2]
    assert len(list(curve.iterdir())) == 3


@FACES
def test_writers_of_one_second_have_files_of_their_own(tmp_path: Path, face: Face) -> None:
    writers = [face(tmp_path) for _ in range(5)]
    for step, writer in enumerate(writers):
        writer.add_scalar("x", 1, step)
    for writer in writers:
        writer.close()
    assert len(list(tmp_path.iterdir())) == 5
    assert [event.step for event in events(tmp_path)] == list(range(5)), "in order of creation"


@FACES
def test_file_name(tmp_path: Path, face: Face) -> None:
    face(tmp_path, filename_suffix=".sfx-é").close()
    host = re.escape(socket.gethostname())
    pattern = rf"events\.out\.tfevents\.\d{{10}}\.{host}\.{os.getpid()}\.\d{{5}}\.sfx-é"
    assert re.fullmatch(pattern, only_file(tmp_path).name)


@FACES
def test_a_file_that_was_closed_by_itself_is_followed_by_the_next(
    tmp_path: Path, face: Face
) -> None:
    """Its place in the native table may be another's by then, who must not get its events."""
    with face(tmp_path) as writer:
        writer.add_scalar("x", 1, 0)
        writer.add_scalars("m", {"k": 1}, 0)
        for file_writer in list(writer.all_writers.values()):
            file_writer.close()
        writer.add_scalars("m", {"other": 1}, 1)
        writer.add_scalar("x", 1, 1)
        writer.add_scalars("m", {"k": 1}, 1)
    found = {
        path.relative_to(tmp_path).name: [(tag, step) for tag, step, _ in points(path)]
        for path in {path.parent for path in tmp_path.rglob("*tfevents*")}
    }
    k, other = ("m_k", "m_other") if face is TorchSummaryWriter else ("k", "other")
    assert found == {"": [("x", 0), ("x", 1)], k: [("m", 0), ("m", 1)], other: [("m", 1)]}


@FACES
def test_garbage_is_written_out(tmp_path: Path, face: Face) -> None:
    writer = face(tmp_path)
    for step in range(1000):
        writer.add_scalar("x", 1, step)
    writer.add_scalars("m", {"k": 1})  # curves and their writer hold each other
    gone = weakref.ref(writer)
    del writer
    gc.collect()
    assert gone() is None
    assert len(points(tmp_path)) == 1000
    assert {len(payloads(path)) for path in tmp_path.rglob("*tfevents*")} == {1001, 2}


def test_garbage_is_written_out_at_once(tmp_path: Path) -> None:
    """Not when the drain next lets go of it, which may be after the process has ended."""
    run_program(
        """
        import os, sys, time, tbx_native
        for i in range(200):
            writer = tbx_native.SummaryWriter(sys.argv[1])
            writer.add_scalar("x", 1, i)
            time.sleep(0.0005 * (i % 3))
            del writer
        os._exit(0)
        """,
        tmp_path,
    )
    assert [event.step for event in events(tmp_path)] == list(range(200))


def test_garbage_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    done = run_program(
        """
        import resource, signal, sys, tbx_native
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
        writer = tbx_native.SummaryWriter(sys.argv[1])
        for step in range(10):
            writer.add_scalar("x", 1, step)
        try:
            del writer
        finally:
            print("goes on")
        """,
        tmp_path,
    )
    assert done.stdout == "goes on\n"
    assert "OSError: [Errno 27]" in done.stderr


# ---- where ----


@FACES
def test_default_directory(tmp_path: Path, face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with face(comment="_lr") as writer:
        pattern = rf"runs/\w{{3}}\d\d_\d\d-\d\d-\d\d_{re.escape(socket.gethostname())}_lr"
        assert re.fullmatch(pattern, writer.get_logdir())
        assert Path(writer.get_logdir()).is_dir()
    for logdir in ("", None):
        with face(logdir, comment=None) as writer:
            assert writer.get_logdir().endswith(socket.gethostname())


@FACES
def test_directories_of_other_types(tmp_path: Path, face: Face) -> None:
    path = tmp_path / "é"
    for logdir in (path, str(path), os.fsencode(path)):
        with face(logdir) as writer:
            assert writer.get_logdir() is logdir
            assert writer.file_writer.get_logdir() == str(path)
            writer.add_scalars("m", {"k": 1})
    assert events(path) == []
    assert len(list(path.glob("*tfevents*"))) == 3
    with face(os.fsencode(tmp_path) + b"/\xff") as writer:  # no UTF-8
        writer.add_scalar("x", 1)
        writer.add_scalars("m", {"k": 1})
    os.rename(os.fsencode(tmp_path) + b"/\xff", tmp_path / "utf8")  # TensorBoard needs that
    assert points(tmp_path / "utf8") == [("x", 0, 1.0)]


@FACES
def test_a_run_stays_where_it_is(
    tmp_path: Path, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    writer = face("run")
    monkeypatch.chdir(tmp_path / "away")
    writer.add_scalar("x", 1)
    writer.add_scalars("m", {"k": 1})
    writer.close()
    writer.add_scalar("x", 2)
    writer.add_scalars("m", {"k": 2})
    assert writer.get_logdir() == "run"
    writer.export_scalars_to_json(tmp_path / "json")
    writer.close()
    assert list((tmp_path / "away").iterdir()) == []
    assert points(tmp_path / "home" / "run") == [("x", 0, 1.0), ("x", 0, 2.0)]
    (curve,) = {path.parent for path in tmp_path.rglob("*tfevents*")} - {tmp_path / "home/run"}
    assert points(curve) == [("m", 0, 1.0), ("m", 0, 2.0)]


@FACES
@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        ({"purge_step": 1.5}, ValueError, "purge_step"),
        ({"purge_step": 2**63}, ValueError, "purge_step"),
        ({"purge_step": "3"}, TypeError, "purge_step"),
        ({"flush_secs": -1}, ValueError, "flush_secs"),
        ({"flush_secs": float("nan")}, ValueError, "flush_secs"),
        ({"flush_secs": "120"}, TypeError, "flush_secs"),
        ({"queue_bytes": 0}, ValueError, "queue_bytes"),
        ({"queue_bytes": 2**50}, ValueError, "queue_bytes"),
        ({"queue_bytes": 1e6}, TypeError, "queue_bytes"),
        ({"overflow": "wait"}, ValueError, "overflow"),
        ({"overflow_timeout": -1}, ValueError, "overflow_timeout"),
        ({"overflow_timeout": None}, TypeError, "overflow_timeout"),
        ({"on_error": "ignore"}, ValueError, "on_error"),
        ({"log_freq": 0}, ValueError, "log_freq"),
        ({"log_freq": 1.5}, TypeError, "log_freq"),
        ({"log_freq": 2**63}, ValueError, "log_freq"),
        ({"filename_suffix": "\0"}, ValueError, "filename_suffix"),
        ({"filename_suffix": None}, TypeError, "filename_suffix"),
        ({"visdom": True}, TypeError, "visdom"),
    ],
)
def test_bad_options_make_no_file(
    tmp_path: Path, face: Face, arguments: dict[str, Any], error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named) as caught:
        face(tmp_path / "run", **arguments)
    assert type(caught.value) is error
    assert list(tmp_path.rglob("*tfevents*")) == []


@FACES
@pytest.mark.parametrize("logdir", [3, ["x"], object()])
def test_log_directories_of_no_path_s_type(face: Face, logdir: Any) -> None:
    with pytest.raises(TypeError):
        face(logdir)


@FACES
def test_log_directories_that_cannot_be(tmp_path: Path, face: Face) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"kept")
    for logdir in (file, file / "below" / "it"):
        with pytest.raises(OSError) as caught:
            face(logdir)
        assert isinstance(caught.value, (NotADirectoryError, FileExistsError))
        assert caught.value.filename == str(logdir)
    with pytest.raises(ValueError, match="null"):
        face(f"{tmp_path}/run\0x")
    assert file.read_bytes() == b"kept"
    assert list(tmp_path.iterdir()) == [file]


def test_log_directories_that_may_not_be_written(tmp_path: Path) -> None:
    # As another user where we are root, whom no mode stops.
    done = run_program(
        """
        import os, sys, tbx_native
        os.makedirs(sys.argv[1] + "/run")
        writer = tbx_native.SummaryWriter(sys.argv[1] + "/run")
        writer.add_scalars("m", {"k": 1}, 0)
        os.chmod(sys.argv[1] + "/run", 0o555)
        os.chmod(sys.argv[1], 0o555)
        if os.geteuid() == 0:
            os.seteuid(65534)
        for directory in ("/run", "/missing/run"):
            try:
                tbx_native.SummaryWriter(sys.argv[1] + directory)
            except PermissionError as error:
                print(error.errno, error.filename.startswith(sys.argv[1]))
        try:
            writer.add_scalars("m", {"k": 1, "new": 1}, 1)
        except PermissionError as error:
            print(error.errno)
        writer.add_scalars("m", {"k": 1}, 2)
        """,
        tmp_path / "locked",
    )
    assert done.stdout == "13 True\n13 True\n13\n"
    (tmp_path / "locked").chmod(0o755)
    assert [event.step for event in events(tmp_path / "locked" / "run" / "m" / "k")] == [0, 2]


# ---- purge_step ----


@FACES
def test_purge_step_purges(tmp_path: Path, face: Face) -> None:
    for purge_step, value in ((None, 1.0), (3, 2.0)):
        with face(tmp_path, purge_step=purge_step) as writer:
            for step in range(purge_step or 0, 5):
                writer.add_scalar("loss", value, step)
            writer.add_scalars("m", {"k": value}, 0)
            writer.close()
            writer.add_scalar("after", value, 9)  # the new file does not purge once more
    accumulator = EventAccumulator(str(tmp_path)).Reload()
    found = [(event.step, event.value) for event in accumulator.Scalars("loss")]
    assert found == [(0, 1.0), (1, 1.0), (2, 1.0), (3, 2.0), (4, 2.0)]
    starts = [event.step for event in events(tmp_path) if event.HasField("session_log")]
    assert starts == [3, 3]


def test_purge_step_stays_readable(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path, purge_step=3) as writer:
        assert writer.purge_step == 3


# ---- use_metadata ----


@FACES
def test_use_metadata(tmp_path: Path, face: Face) -> None:
    with face(tmp_path) as writer:
        with writer.use_metadata(global_step=5, walltime=7.5):
            writer.add_scalar("x", 1)
            writer.add_scalar("x", 1, 6, 0.0)  # what a call says itself wins
            writer.log({"x": 1})
            writer.add_scalars("m", {"k": 1})
            writer.add_scalars("m", {"k": 1}, 6, 0.0)
            writer.file_writer.add_summary(b"")
        writer.add_scalar("x", 1)
    found = [(event.step, event.wall_time) for event in events(tmp_path)]
    assert found[:-1] == [(5, 7.5), (6, 0.0), (5, 7.5), (5, 7.5)]
    assert found[-1][0] == 0
    assert found[-1][1] > 1e9
    (curve,) = {path.parent for path in tmp_path.rglob("*tfevents*")} - {tmp_path}
    assert [(event.step, event.wall_time) for event in events(curve)] == [(5, 7.5), (6, 0.0)]


@FACES
def test_use_metadata_of_a_step_keeps_the_time(tmp_path: Path, face: Face) -> None:
    with face(tmp_path) as writer, writer.use_metadata(global_step=5):
        writer.add_scalar("x", 1)
        writer.add_scalars("m", {"k": 1})
        writer.file_writer.add_summary(b"")
    assert all(event.wall_time > 1e9 for event in events(tmp_path))
    assert all(event.step == 5 for event in events(tmp_path))


@FACES
def test_use_metadata_ends_with_its_block(tmp_path: Path, face: Face) -> None:
    with face(tmp_path) as writer:
        with pytest.raises(ZeroDivisionError), writer.use_metadata(global_step=5):
            raise ZeroDivisionError
        for arguments in ({"global_step": 1.5}, {"walltime": float("nan")}):
            with pytest.raises(ValueError), writer.use_metadata(**arguments):
                raise AssertionError("bad metadata must not get here")
        writer.add_scalar("x", 1)
        with writer.use_metadata(walltime=7.5):
            writer.add_scalar("x", 1)
    assert [event.step for event in events(tmp_path)] == [0, 0]


@pytest.mark.parametrize("write_to_disk", [True, False])
def test_use_metadata_is_not_nested(tmp_path: Path, write_to_disk: bool) -> None:
    with tbx_native.SummaryWriter(tmp_path, write_to_disk=write_to_disk) as writer:
        with writer.use_metadata(global_step=5):
            with pytest.raises(RuntimeError, match="already set"), writer.use_metadata(walltime=1):
                raise AssertionError("nested")
            writer.add_scalar("x", 1)
        with pytest.raises(ValueError, match="needs"), writer.use_metadata():
            raise AssertionError("empty")
    if write_to_disk:
        assert [event.step for event in events(tmp_path)] == [5]


@FACES
def test_use_metadata_outlives_close(tmp_path: Path, face: Face) -> None:
    with face(tmp_path) as writer, writer.use_metadata(global_step=5):
        writer.close()
        writer.add_scalar("x", 1)
    assert [event.step for event in events(tmp_path)] == [5]


# ---- counters ----


@FACES
def test_stats(tmp_path: Path, face: Face) -> None:
    with face(tmp_path, queue_bytes=100_000) as writer:
        stats = writer.stats()
        assert stats == tbx_native.WriterStats(
            ring_capacity_bytes=131_072, queue_file=stats.queue_file
        )
        version_bytes = only_file(tmp_path).stat().st_size
        for step in range(100):
            writer.add_scalar("x", 1, step)
        writer.log({"x": 1, "y": 2})
        assert writer.stats().events_enqueued == 101
        writer.flush()
        stats = writer.stats()
        assert stats.bytes_written == only_file(tmp_path).stat().st_size - version_bytes
        assert (stats.events_written, stats.events_dropped, stats.write_errors) == (101, 0, 0)
        assert (stats.ring_used_bytes, stats.blocked_secs) == (0, 0.0)
        assert stats.bytes_enqueued == stats.bytes_written
    last = stats._replace(queue_file="")
    assert writer.stats() == last, "the last values stay"
    writer.add_scalar("x", 1)
    assert writer.stats().events_enqueued == 1, "since its file was opened"
    writer.close()


# ---- ordinary Python classes ----


def test_subclasses(tmp_path: Path) -> None:
    class Base(abc.ABC):
        @abc.abstractmethod
        def name(self) -> str: ...

    class Logger(tbx_native.SummaryWriter, Base):
        def __init__(self, logdir: Path, prefix: str) -> None:
            self.logdir = logdir  # before the base's own, as programs do
            super().__init__(logdir, flush_secs=30)
            self.prefix = prefix

        def name(self) -> str:
            return "logger"

        def add_scalar(self, tag: str, *args: Any, **kwargs: Any) -> None:
            super().add_scalar(f"{self.prefix}/{tag}", *args, **kwargs)

    with Logger(tmp_path, "mine") as writer:
        assert isinstance(writer, Base)
        writer.add_scalar("x", 1, global_step=3)
        writer.log({"x": 2})
        assert writer.logdir == tmp_path
    assert points(tmp_path) == [("mine/x", 3, 1.0), ("x", 0, 2.0)]


@FACES
def test_native_methods_are_the_class_s_own(tmp_path: Path, face: Any) -> None:
    """Calls of another class's C methods are slow: see own_native_methods()."""
    for name in ("add_scalar", "log", "add_histogram", "add_text"):
        method = vars(face)[name]
        assert method.__objclass__ is face
        assert method.__doc__ == getattr(face.__mro__[1], name).__doc__

    class Loud(face):  # type: ignore[misc]
        def add_scalar(self, tag: str, *args: Any) -> None:
            super().add_scalar(tag.upper(), *args)

    assert _core.own_native_methods(Loud) is Loud
    with Loud(tmp_path) as writer:
        writer.add_scalar("x", 1)
        writer.log({"y": 2})
        with pytest.raises(TypeError, match="doesn't apply to a 'int'"):
            vars(Loud)["log"](3, {})
    assert points(tmp_path) == [("X", 0, 1.0), ("y", 0, 2.0)]


def test_subclasses_with_a_property_of_our_name(tmp_path: Path) -> None:
    class Logger(tbx_native.SummaryWriter):
        @property
        def log_dir(self) -> str:
            return "mine"

    with Logger(tmp_path) as writer:
        assert writer.log_dir == "mine"
        assert writer.logdir == tmp_path


@FACES
def test_subclasses_that_cannot_be_hashed(tmp_path: Path, face: Any) -> None:
    @dataclasses.dataclass(eq=True)
    class Logger(face):  # type: ignore[misc]  # a parameter is no base that mypy could follow
        directory: Path

        def __post_init__(self) -> None:
            super().__init__(self.directory)

    with Logger(tmp_path) as writer:
        writer.add_scalar("x", 1)
    assert points(tmp_path) == [("x", 0, 1.0)]


def test_methods_can_be_patched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    original = tbx_native.SummaryWriter.add_scalar

    def watched(self: Any, *args: Any, **kwargs: Any) -> None:
        seen.append(args)
        original(self, *args, **kwargs)

    with tbx_native.SummaryWriter(tmp_path) as writer:
        monkeypatch.setattr(tbx_native.SummaryWriter, "add_scalar", watched)
        writer.add_scalar("x", 1)
        monkeypatch.undo()
        monkeypatch.setattr(writer, "add_scalar", lambda *args: seen.append(args))
        writer.add_scalar("y", 2)
    assert seen == [("x", 1), ("y", 2)]
    assert points(tmp_path) == [("x", 0, 1.0)]


@FACES
def test_a_writer_that_is_open_is_not_copied(tmp_path: Path, face: Any) -> None:
    with face(tmp_path) as writer:
        assert copy.copy(writer) is writer
        with pytest.raises(TypeError, match="SummaryWriter that is open"):
            copy.deepcopy(writer)
        with pytest.raises(TypeError):
            face.add_scalar(object(), "x", 1)


@FACES
def test_a_copy_of_a_closed_writer_opens_a_file_of_its_own(tmp_path: Path, face: Any) -> None:
    """As scikit-learn's clone() makes one of an estimator that has been fitted."""
    writer = face(tmp_path, purge_step=1)
    writer.mine = [1]
    writer.add_scalar("x", 1, 1)
    writer.close()
    copied = copy.deepcopy(writer)
    assert copied.mine == [1] and copied.mine is not writer.mine
    writer.add_scalar("x", 2, 2)
    copied.add_scalar("x", 3, 3)
    writer.close()
    assert copied.stats().queue_file
    copied.close()
    assert len(list(tmp_path.iterdir())) == 3
    assert points(tmp_path) == [("x", 1, 1.0), ("x", 2, 2.0), ("x", 3, 3.0)]


def test_a_writer_that_writes_nothing_is_copied(tmp_path: Path) -> None:
    writer = tbx_native.SummaryWriter(tmp_path / "none", write_to_disk=False)
    with copy.deepcopy(writer) as copied:
        copied.add_scalar("x", 1)
    assert not (tmp_path / "none").exists()


@FACES
def test_a_writer_without_init_is_an_error_not_a_crash(face: Any) -> None:
    writer = face.__new__(face)
    with pytest.raises(AttributeError):
        writer.add_scalar("x", 1)


# ---- any thread ----


@FACES
def test_threads_that_open_at_once_share_the_files(tmp_path: Path, face: Face) -> None:
    """Of two files in a directory TensorBoard reads on in the newer one only."""
    for round_number in range(20):
        writer = face(tmp_path / str(round_number))
        writer.close()
        start = threading.Barrier(4)

        def add(writer: Any = writer, start: threading.Barrier = start) -> None:
            start.wait()
            writer.add_scalar("x", 1)
            writer.add_scalars("m", {"k": 1, "l": 1})

        threads = [threading.Thread(target=add) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        writer.close()
        files = list((tmp_path / str(round_number)).rglob("*tfevents*"))
        assert sorted(len(payloads(path)) for path in files) == [1, 5, 5, 5]


@FACES
def test_closing_while_others_log_loses_nothing(face: Any) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as directory:
        # In a process of its own: what goes wrong here ends it.
        done = run_program(
            f"""
            import sys, threading, time
            from {face.__module__} import SummaryWriter

            counts = [0] * 4
            running = True
            writer = SummaryWriter(sys.argv[1])

            def log(thread):
                step = 0
                while running:
                    writer.add_scalar("x", thread, step)
                    if step % 1000 == 0:
                        writer.add_scalars("m", {{"k": thread}}, step)
                    step += 1
                counts[thread] = step

            threads = [threading.Thread(target=log, args=[i]) for i in range(4)]
            sys.setswitchinterval(1e-5)
            for thread in threads:
                thread.start()
            for _ in range(50):
                writer.close()
                time.sleep(0.0003)
            running = False
            for thread in threads:
                thread.join()
            print(*counts)
            """,
            directory,
        )
        counts = dict(enumerate(map(int, done.stdout.split())))
        steps: dict[bool, dict[int, list[int]]] = {True: {}, False: {}}
        for path in sorted(Path(directory).rglob("*tfevents*")):
            is_curve = path.parent != Path(directory)
            # By our own reader, which TensorBoard's would take minutes for.
            for _, step, thread in _core.read_scalars(os.fspath(path)):
                steps[is_curve].setdefault(int(thread), []).append(step)
    assert steps[False] == {thread: list(range(count)) for thread, count in counts.items()}
    assert steps[True] == {i: list(range(0, count, 1000)) for i, count in counts.items()}
