"""Runs at URLs: what is there after a copy, a flush, a close."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tbx_native import EventFileWriter, SummaryWriter, _core, _remote_factories, _remote_runs
from tbx_native.compat.torch import SummaryWriter as TorchSummaryWriter
from tests.python.event_files import points
from tests.python.programs import run_program

FACES = pytest.mark.parametrize("face", [SummaryWriter, TorchSummaryWriter])


class Store:
    """A factory whose files are in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.written = 0
        self.closed: set[str] = set()
        self.fails = False

    def directory_check(self, path: str) -> None:
        pass

    def open(self, path: str) -> Any:
        store = self

        class File:
            def __init__(self) -> None:
                self.content = b""

            def write(self, data: bytes) -> None:
                if store.fails:
                    raise RuntimeError("no network")
                self.content += data
                store.written += len(data)

            def flush(self) -> None:
                store.files[path] = self.content

            def close(self) -> None:
                self.flush()
                store.closed.add(path)

        return File()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    store = Store()
    monkeypatch.setitem(_remote_factories.REGISTERED_FACTORIES, "mem", store)
    yield store
    assert _remote_runs._runs == {}


def saved(files: dict[str, bytes], folder: Path) -> Path:
    for path, content in files.items():
        local = folder / path.replace("://", "/")
        local.parent.mkdir(parents=True, exist_ok=True)
        local.write_bytes(content)
    return folder


def local_files() -> list[str]:
    root = _remote_runs._local_root
    return [name for _, _, names in os.walk(root) for name in names] if root else []


@FACES
def test_flush_and_close_copy(store: Store, face: Any, tmp_path: Path) -> None:
    writer = face("mem://bucket/run")
    assert writer.get_logdir() == "mem://bucket/run"
    writer.add_scalar("a", 1.0, 1)
    writer.flush()
    assert points(saved(store.files, tmp_path) / "mem/bucket/run") == [("a", 1, 1.0)]
    writer.add_scalar("a", 2.0, 2)
    writer.add_scalars("many", {"x": 3.0}, 3)
    writer.add_image("image", np.zeros((3, 4, 4), np.uint8), 4)
    writer.close()
    assert store.written == sum(map(len, store.files.values())), "each byte once"
    assert len(store.files) == len(store.closed) == 2
    assert all(path.startswith("mem://bucket/run/") for path in store.files)
    assert local_files() == []
    writer.add_scalar("a", 5.0, 5)  # the next file
    writer.close()
    assert len(store.files) == 3


def test_now_and_then(store: Store, tmp_path: Path) -> None:
    with SummaryWriter("mem://bucket/run", flush_secs=0) as writer:
        writer.add_scalar("a", 1.0, 1)
        folder = tmp_path / "mem/bucket/run"
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if store.files and points(saved(store.files, tmp_path) / "mem/bucket/run"):
                break
            time.sleep(0.05)
        assert points(folder) == [("a", 1, 1.0)]


def test_what_fails_is_told_and_tried_again(store: Store) -> None:
    writer = SummaryWriter("mem://bucket/run")
    writer.add_scalar("a", 1.0, 1)
    store.fails = True
    with pytest.raises(OSError, match="no network") as caught:
        writer.flush()
    assert str(caught.value.filename).startswith("mem://bucket/run/events")
    with pytest.raises(OSError, match="no network"):
        writer.close()
    store.fails = False
    writer.close()
    _remote_runs.copy_remote_run("mem://bucket/run", ends=True)
    assert store.written


def test_embeddings_and_hparams(store: Store) -> None:
    with SummaryWriter("mem://bucket/run") as writer:
        writer.add_embedding(np.zeros((3, 2), np.float32), ["a", "b", "c"], global_step=1, tag="t")
        writer.add_hparams({"lr": 0.1}, {"loss": 1.0}, name="trial")
    names = {path.removeprefix("mem://bucket/run/") for path in store.files}
    assert {"projector_config.pbtxt", "00001/t/tensors.tsv", "00001/t/metadata.tsv"} <= names
    assert any(name.startswith("trial/events") for name in names)


def test_an_event_file_writer(store: Store) -> None:
    writer = EventFileWriter("mem://bucket/run")
    writer._append(_core.encode_summary_event(b"", 1.0, 1))
    writer.flush()
    (content,) = store.files.values()
    writer._append(_core.encode_summary_event(b"", 1.0, 2))
    writer.close()
    (longer,) = store.files.values()
    assert longer.startswith(content)
    assert len(longer) > len(content)


def test_fsspec(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="it opens the URLs that have no factory")
    url = f"memory://{uuid.uuid4()}/run"
    with SummaryWriter(url) as writer:
        writer.add_scalar("a", 1.0, 1)
        writer.flush()
        writer.add_scalar("a", 2.0, 2)
    file_system = fsspec.filesystem("memory")
    (path,) = file_system.find(url.removeprefix("memory:/"))
    (tmp_path / os.path.basename(path)).write_bytes(file_system.cat_file(path))
    assert points(tmp_path) == [("a", 1, 1.0), ("a", 2, 2.0)]


def test_unknown_urls_are_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec", reason="it knows which URLs there are")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="nosuch"):
        SummaryWriter("nosuch://bucket/run")
    assert list(tmp_path.iterdir()) == []
    # A colon alone makes no URL.
    SummaryWriter("a:b").close()
    assert [path.name for path in tmp_path.iterdir()] == ["a:b"]


BEGIN = """
    import os, signal, sys, threading
    from tbx_native import SummaryWriter
    from tbx_native._remote_factories import register_writer_factory

    class Store:
        content = b""
        def directory_check(self, path):
            pass
        def open(self, path):
            return self
        def write(self, data):
            self.content += data
        def flush(self):
            pass
        close = flush
"""


def test_a_signal_handler_may_flush_in_the_midst_of_a_copy(tmp_path: Path) -> None:
    run_program(
        BEGIN
        + """
    class Interrupted(Store):
        def write(self, data):
            super().write(data)
            signal.raise_signal(signal.SIGUSR1)

    store = Interrupted()
    register_writer_factory("mem", store)
    writer = SummaryWriter("mem://run")
    signal.signal(signal.SIGUSR1, lambda *_: writer.flush())
    writer.add_scalar("a", 1.0, 1)
    writer.flush()
    with open(sys.argv[1] + "/events.out.tfevents.1", "wb") as copy:
        copy.write(store.content)
    """,
        tmp_path,
    )
    assert points(tmp_path) == [("a", 1, 1.0)]


def test_a_child_forked_while_another_thread_opens_a_run_is_free_of_it(tmp_path: Path) -> None:
    run_program(
        BEGIN
        + """
    opening, done = threading.Event(), threading.Event()

    class Slow(Store):
        def directory_check(self, path):
            opening.set()
            done.wait()

    register_writer_factory("mem", Slow())
    writer = SummaryWriter(sys.argv[1])
    thread = threading.Thread(target=SummaryWriter, args=["mem://run"])
    thread.start()
    opening.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        writer.add_scalar("a", 1.0, 1)
        writer.flush()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    done.set()
    thread.join()
    sys.exit(status)
    """,
        tmp_path,
    )
    assert points(tmp_path) == [("a", 1, 1.0)]
