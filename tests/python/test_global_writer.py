"""GlobalSummaryWriter: each step exactly once, whoever adds; files, pickles, ends."""

from __future__ import annotations

import inspect
import os
import pickle
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorboardX

import tbx_native
from tbx_native import GlobalSummaryWriter, SummaryWriter
from tests.python.event_files import events, points
from tests.python.programs import run_program
from tests.python.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
BEGIN = """
    import gc, multiprocessing, os, signal, sys, threading, time
    sys.path.insert(0, sys.argv[2])
    from tbx_native import GlobalSummaryWriter
    from tests.python import global_children as children
    logdir = sys.argv[1]

    def start(method, work, *arguments):
        process = multiprocessing.get_context(method).Process(target=work, args=arguments)
        process.start()
        return process
"""


def run(tmp_path: Path, source: str, **options: Any) -> str:
    return run_program(BEGIN + source, tmp_path, ROOT, **options).stdout


def steps(directory: Path, tag: str = "shared") -> list[int]:
    """In the order of the files."""
    return [step for name, step, _ in points(directory) if name == tag]


def files(directory: Path) -> list[Path]:
    """All of them, and not the event files only; without the queue file of an open writer."""
    return sorted(path for path in directory.rglob("*") if path.is_file() and not is_queue(path))


def is_queue(path: Path) -> bool:
    return path.name.startswith(".tbx_native.") and path.name.endswith(".ring")


# ---- steps ----


def test_steps_start_at_0_for_each_kind_and_raw_tag(tmp_path: Path) -> None:
    with GlobalSummaryWriter(tmp_path) as writer:
        for _ in range(2):
            writer.add_scalar("a b", 1)
            writer.add_scalar("a_b", 2)  # in the file it is the same tag
            writer.add_histogram("a_b", [1.0])
            writer.add_text("a_b", "text")
            writer.add_scalars("a_b", {"x": 1, "y": 2})
    found = [(event.step, event.summary.value[0].tag) for event in events(tmp_path)]
    a_step = ["a_b", "a_b", "a_b", "a_b/text_summary"]
    assert found == [(step, tag) for step in range(2) for tag in a_step]
    assert points(tmp_path / "a_b" / "x") == [("a_b", 0, 1), ("a_b", 1, 1)]


def test_the_events_are_tensorboardx_s(tmp_path: Path) -> None:
    def write(writer: Any) -> None:
        for value in (0.5, 2.5):
            writer.add_scalar("loss", value, 12.25)
            writer.add_text("notes", f"**{value}**", 12.5)
        writer.close()

    write(GlobalSummaryWriter(str(tmp_path / "ours")))
    theirs = tensorboardX.GlobalSummaryWriter(str(tmp_path / "theirs"))
    write(theirs)
    for name in ("scalar", "image", "histogram", "text", "audio"):
        getattr(theirs, f"{name}_tag_to_step")._manager.shutdown()
    assert events(tmp_path / "ours") == events(tmp_path / "theirs")


@pytest.mark.parametrize("name", ["__init__", "add_scalar", "add_image", "add_text"])
def test_signatures_are_tensorboardx_s(name: str) -> None:
    ours, theirs = (
        [
            (parameter.name, parameter.kind, parameter.default)
            for parameter in inspect.signature(getattr(kind, name)).parameters.values()
        ]
        for kind in (GlobalSummaryWriter, tensorboardX.GlobalSummaryWriter)
    )
    assert ours == theirs


@pytest.mark.parametrize(
    "name", ["add_scalar", "add_scalars", "add_histogram", "add_image", "add_audio", "add_text"]
)
def test_parameters_are_summary_writer_s_without_the_step(name: str) -> None:
    def names(kind: type) -> list[str]:
        return list(inspect.signature(getattr(kind, name)).parameters)

    whole = [parameter for parameter in names(SummaryWriter) if parameter != "global_step"]
    ours = names(GlobalSummaryWriter)
    assert ours == whole[: len(ours)]


def test_images_and_sounds_are_counted(tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="images are encoded by Pillow")
    with GlobalSummaryWriter(tmp_path) as writer:
        for _ in range(2):
            writer.add_image("image", np.zeros((2, 3, 1), np.uint8), dataformats="HWC")
            writer.add_audio("sound", np.zeros(8, np.float32), sample_rate=8000)
    found = events(tmp_path)
    assert [event.step for event in found] == [0, 0, 1, 1]
    assert [event.summary.value[0].WhichOneof("value") for event in found] == ["image", "audio"] * 2
    assert found[0].summary.value[0].image.height == 2
    assert found[1].summary.value[0].audio.sample_rate == 8000


@pytest.mark.parametrize("tag", [None, 1, b"x"])
def test_a_tag_that_is_none_uses_no_step(tmp_path: Path, tag: Any) -> None:
    with GlobalSummaryWriter(tmp_path) as writer:
        with pytest.raises(TypeError, match="tag"):
            writer.add_scalar(tag, 1)
    assert events(tmp_path) == []


def test_a_call_that_raises_leaves_the_writer_usable(tmp_path: Path) -> None:
    with GlobalSummaryWriter(tmp_path) as writer:
        with pytest.raises(TypeError, match="'x'"):
            writer.add_scalar("x", "much")
        writer.add_scalar("x", 1)
    assert steps(tmp_path, "x") == [1]


# ---- threads and processes ----


def test_threads(tmp_path: Path) -> None:
    """Each step once, and in the order of the steps: so does TensorBoard draw them."""
    with GlobalSummaryWriter(tmp_path) as writer:

        def add() -> None:
            for _ in range(500):
                writer.add_scalar("shared", 1)

        threads = [threading.Thread(target=add) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert steps(tmp_path) == list(range(2000))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes(tmp_path: Path, method: str) -> None:
    out = run(
        tmp_path,
        f"""
    writer = GlobalSummaryWriter(logdir)
    writer.add_scalar("shared", 1)
    started = [start("{method}", children.add_many, writer, 200) for _ in range(4)]
    children.add_many(writer, 199)
    for process in started:
        process.join()
        print(process.exitcode)
    writer.close()
    """,
    )
    assert out == "0\n" * 4
    assert sorted(steps(tmp_path)) == list(range(1000))
    assert len(files(tmp_path)) == 1


def test_processes_that_meet_new_tags_at_once(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    writer = GlobalSummaryWriter(logdir)
    started = [start("fork", children.add_to_many_tags, writer, 300) for _ in range(4)]
    for process in started:
        process.join()
    writer.close()
    """,
    )
    found = points(tmp_path)
    assert len(found) == 1200
    for number in range(300):
        assert sorted(step for tag, step, _ in found if tag == f"tag{number}") == [0, 1, 2, 3]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_whose_tasks_are_given_the_writer(tmp_path: Path, method: str) -> None:
    """It is pickled and unpickled for each task, and is one writer in each process."""
    run(
        tmp_path,
        f"""
    writer = GlobalSummaryWriter(logdir)
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        pool.map(children.add_one, [writer] * 100, chunksize=1)
        pool.close()
        pool.join()
    writer.close()
    """,
    )
    assert sorted(steps(tmp_path)) == list(range(100))
    assert len(files(tmp_path)) == 1


def test_a_child_of_a_child(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    def nested(writer):
        children.add_many(writer, 10)
        start("spawn", children.add_many, writer, 10).join()

    writer = GlobalSummaryWriter(logdir)
    start("fork", nested, writer).join()
    children.add_many(writer, 10)
    """,
    )
    assert sorted(steps(tmp_path)) == list(range(30))


def test_children_that_are_killed_block_nobody(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    writer = GlobalSummaryWriter(logdir)
    path = writer.file_writer.event_writer._file.path

    def count_written():
        with open(path, "rb") as file:
            return file.read().count(b"shared")

    for _ in range(10):
        before = count_written()
        started = [start("fork", children.log_for_ever, writer) for _ in range(2)]
        deadline = time.monotonic() + 60
        while count_written() == before and time.monotonic() < deadline:
            time.sleep(0.01)
        for process in started:
            process.kill()
            process.join()
        writer.add_scalar("ours", 1)
    """,
    )
    assert steps(tmp_path, "ours") == list(range(10))
    found = steps(tmp_path)
    assert found and len(set(found)) == len(found)


def test_forks_while_threads_count(tmp_path: Path) -> None:
    """What a thread holds at the fork, nobody gives back in the child."""
    out = run(
        tmp_path,
        """
    writer = GlobalSummaryWriter(logdir)
    running = True

    def count():
        while running:
            writer.add_scalar("shared", 1)
            time.sleep(0.0002)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        child = os.fork()
        if child == 0:
            writer.add_scalar("shared", 1)
            sys.exit()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    running = False
    """,
    )
    assert out == "0\n" * 30
    found = steps(tmp_path)
    assert sorted(found) == list(range(len(found)))


def test_a_signal_handler_may_count(tmp_path: Path) -> None:
    out = run(
        tmp_path,
        """
    writer = GlobalSummaryWriter(logdir)
    handled = 0

    def handle(*_):
        global handled
        if handled < 2000:  # or a slow machine would do nothing else
            handled += 1
            writer.add_scalar("shared", 1)

    signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
    child = start("fork", children.add_many, writer, 2000)
    added = 2000
    children.add_many(writer, added)
    while handled <= 10:
        children.add_many(writer, 1)
        added += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    child.join()
    print(2000 + added + handled)
    """,
    )
    found = steps(tmp_path)
    assert len(set(found)) == len(found) == int(out)


def test_no_process_is_started_and_no_start_method_chosen(tmp_path: Path) -> None:
    out = run_program(
        """
        import os, sys
        from tbx_native import GlobalSummaryWriter
        writer = GlobalSummaryWriter(sys.argv[1])
        writer.add_scalar("x", 1)
        print("multiprocessing" in sys.modules)
        print(open(f"/proc/self/task/{os.getpid()}/children").read().split())
        import multiprocessing
        multiprocessing.set_start_method("spawn")
        """,
        tmp_path,
    ).stdout
    assert out == "False\n[]\n"


# ---- pickles ----


def test_unpickled_in_the_same_process_it_is_the_same(tmp_path: Path) -> None:
    with GlobalSummaryWriter(tmp_path) as writer:
        assert pickle.loads(pickle.dumps(writer)) is writer


def test_a_child_goes_to_the_run_s_directory_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with GlobalSummaryWriter("run", filename_suffix=".x", on_error="raise") as writer:
        pickled = pickle.dumps(writer)
        (tmp_path / "elsewhere").mkdir()
        run_program(
            """
            import os, pickle, sys
            os.chdir(sys.argv[1])
            writer = pickle.loads(bytes.fromhex(sys.argv[2]))
            writer.add_scalar("shared", 1)
            """,
            tmp_path / "elsewhere",
            pickled.hex(),
        )
        writer.add_scalar("shared", 1)
    assert sorted(steps(tmp_path / "run")) == [0, 1]
    assert [path.suffix for path in files(tmp_path)] == [".x"]


def test_a_pickle_whose_writer_is_gone_says_so(tmp_path: Path) -> None:
    writer = GlobalSummaryWriter(tmp_path)
    pickled = pickle.dumps(writer)
    writer.close()
    del writer
    with pytest.raises(FileNotFoundError, match="no step counters"):
        pickle.loads(pickled)


# ---- the end ----


def test_it_goes_on_after_close(tmp_path: Path) -> None:
    """As tensorboardX: in the directory's next file, with the next step."""
    writer = GlobalSummaryWriter(tmp_path)
    writer.add_scalar("shared", 1)
    writer.close()
    writer.close()
    writer.add_scalar("shared", 1)
    writer.flush()
    assert len(files(tmp_path)) == 2
    assert writer.file_writer is writer.smw.file_writer
    writer.close()
    assert steps(tmp_path) == [0, 1]


def test_another_one_in_the_same_directory_counts_for_itself(tmp_path: Path) -> None:
    for _ in range(2):
        with GlobalSummaryWriter(tmp_path) as writer:
            writer.add_scalar("shared", 1)
    assert steps(tmp_path) == [0, 0]


def test_nothing_but_events_is_left(tmp_path: Path) -> None:
    """Neither a file nor a descriptor, also where the process is killed."""
    before = set(os.listdir("/proc/self/fd"))
    shared_memory = set(os.listdir("/dev/shm"))
    writer = GlobalSummaryWriter(tmp_path)
    writer.add_scalar("shared", 1)
    assert len(files(tmp_path)) == 1
    writer.close()
    del writer
    assert set(os.listdir("/proc/self/fd")) == before
    run(
        tmp_path,
        """
    writer = GlobalSummaryWriter(logdir)
    children.add_many(writer, 10)
    os.kill(os.getpid(), signal.SIGKILL)
    """,
        returncode=-signal.SIGKILL,
    )
    # Other processes' come and go.
    assert eventually(lambda: set(os.listdir("/dev/shm")) <= shared_memory)
    assert all("tfevents" in path.name for path in files(tmp_path))


def test_exit_without_close(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    import atexit
    atexit.register(lambda: children.add_many(GlobalSummaryWriter.getSummaryWriter(), 10))
    os.chdir(logdir)
    children.add_many(GlobalSummaryWriter.getSummaryWriter(), 10)
    """,
    )
    (directory,) = (tmp_path / "runs").iterdir()
    assert steps(directory) == list(range(20))


def test_one_writer_for_all_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tbx_native.global_writer, "_shared", None)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(GlobalSummaryWriter.getSummaryWriter()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
    found[0].close()
    assert GlobalSummaryWriter.getSummaryWriter() is found[0]  # also after close()
    assert len(files(tmp_path)) == 1


def test_writing_nothing(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with GlobalSummaryWriter(tmp_path / "run", write_to_disk=False) as writer:
        writer.add_scalar("x", 1)
        with pytest.raises(TypeError):
            writer.add_scalar("x", "much")
        pickle.loads(pickle.dumps(writer)).add_scalar("x", 1)
        assert len(os.listdir("/proc/self/fd")) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "error"), [({"logfreq": 2}, TypeError), ({"overflow": "never"}, ValueError)]
)
def test_options_are_checked(tmp_path: Path, options: Any, error: type[Exception]) -> None:
    make: Callable[..., Any] = GlobalSummaryWriter
    with pytest.raises(error):
        make(tmp_path, **options)
    assert list(tmp_path.iterdir()) == []
