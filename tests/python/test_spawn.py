"""Writers that are passed to other processes: pickled, they are handles of the same event files."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tbx_native
from tbx_native import EventFileWriter, FileWriter, SummaryWriter
from tbx_native.compat import torch as torch_face
from tests.python.event_files import points
from tests.python.programs import run_program

ROOT = Path(__file__).resolve().parents[2]
FACES = pytest.mark.parametrize(
    "face", [SummaryWriter, torch_face.SummaryWriter], ids=["tensorboardx", "torch"]
)
METHODS = pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
BEGIN = """
    import multiprocessing, os, sys
    sys.path.insert(0, sys.argv[2])
    from {module} import FileWriter, SummaryWriter
    from tbx_native import EventFileWriter
    from tests.python import writer_children as children
    logdir = sys.argv[1]

    def start(work, *arguments):
        process = multiprocessing.get_context("{method}").Process(target=work, args=arguments)
        process.start()
        return process
"""


def run(tmp_path: Path, source: str, method: str = "spawn", module: str = "tbx_native") -> str:
    begin = BEGIN.format(method=method, module=module)
    return run_program(begin + source, tmp_path, ROOT).stdout


def in_another_process(pickled: bytes, work: str) -> None:
    source = f"import pickle, sys\nwriter = pickle.loads(bytes.fromhex(sys.argv[1]))\n{work}"
    run_program(source, pickled.hex())


def steps(directory: Path) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for tag, step, _ in points(directory):
        found.setdefault(tag, []).append(step)
    return found


def event_files(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*tfevents*"))


@METHODS
@pytest.mark.parametrize("module", ["tbx_native", "tbx_native.compat.torch"])
def test_children_append_to_the_parent_s_files(tmp_path: Path, method: str, module: str) -> None:
    out = run(
        tmp_path,
        """
    writer = SummaryWriter(logdir)
    writer.add_scalars("m", {"k": 1}, 0)
    started = [start(children.add, writer, f"child{i}", 300) for i in range(3)]
    children.add(writer, "parent", 300)
    for child in started:
        child.join()
        print(child.exitcode)
    writer.add_scalar("after", 1, 0)
    """,
        method,
        module,
    )
    assert out == "0\n0\n0\n"
    tags = ["parent", "child0", "child1", "child2"]
    assert steps(tmp_path) == {"after": [0], **{tag: list(range(300)) for tag in tags}}
    (curve,) = [path for path in tmp_path.rglob("*") if path.is_dir() and event_files(path)][-1:]
    assert sorted(steps(curve)["m"]) == [0, 300, 300, 300, 300]
    assert len(event_files(tmp_path)) == 2


@METHODS
def test_a_child_s_close_is_its_own(tmp_path: Path, method: str) -> None:
    run(
        tmp_path,
        """
    writer = SummaryWriter(logdir)
    start(children.add_and_close, writer, "child").join()
    writer.add_scalar("parent", 1, 7)
    """,
        method,
    )
    assert steps(tmp_path) == {"child": [0, 1], "parent": [7]}
    # What comes after close() is in the next file, as in every process.
    assert len(event_files(tmp_path)) == 2


@METHODS
def test_tasks_of_a_pool_have_one_writer(tmp_path: Path, method: str) -> None:
    run(
        tmp_path,
        f"""
    writer = SummaryWriter(logdir)
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        pool.starmap(children.add_one, [(writer, i) for i in range(60)], chunksize=1)
        pool.starmap(children.add_one_and_close, [(writer, i) for i in range(60, 90)], chunksize=1)
        pool.close()
        pool.join()
    """,
        method,
    )
    assert sorted(steps(tmp_path)["shared"]) == list(range(90))
    if method != "fork":
        assert len(event_files(tmp_path)) == 1


def test_a_grandchild(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
    writer = SummaryWriter(logdir)
    start(children.pass_on, writer, 2).join()
    """,
    )
    assert steps(tmp_path) == {"generation2": [0], "generation1": [0], "generation0": [0]}
    assert len(event_files(tmp_path)) == 1


def test_a_child_that_never_logs_leaves_nothing(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        before = sorted(tmp_path.iterdir())
        in_another_process(
            pickle.dumps(writer), "assert writer.stats().queue_file == ''; writer.flush()"
        )
        assert sorted(tmp_path.iterdir()) == before


@FACES
def test_unpickled_where_it_came_from_it_is_the_same(tmp_path: Path, face: Any) -> None:
    with face(tmp_path) as writer:
        assert pickle.loads(pickle.dumps(writer)) is writer


@FACES
def test_a_closed_writer_opens_the_next_file(tmp_path: Path, face: Any) -> None:
    writer = face(tmp_path, filename_suffix=".x")
    writer.close()
    in_another_process(pickle.dumps(writer), "writer.add_scalar('x', 1, 3)")
    assert steps(tmp_path) == {"x": [3]}
    assert [path.suffix for path in event_files(tmp_path)] == [".x", ".x"]


@FACES
def test_a_directory_that_is_gone_is_made_again(tmp_path: Path, face: Any) -> None:
    with face(tmp_path / "run") as writer:
        pickled = pickle.dumps(writer)
    for path in (tmp_path / "run").iterdir():
        path.unlink()
    (tmp_path / "run").rmdir()
    in_another_process(pickled, "writer.add_scalar('x', 1, 3)")
    assert steps(tmp_path / "run") == {"x": [3]}


def test_purging_is_not_repeated_and_defaults_are_not_passed_on(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, purge_step=5, log_freq=2) as writer:
        with writer.use_metadata(global_step=9):
            pickled = pickle.dumps(writer)
        in_another_process(
            pickled,
            "[writer.add_scalar('x', 1, step) for step in range(4)]\nwriter.add_scalar('y', 1)",
        )
    assert steps(tmp_path) == {"x": [0, 2], "y": [0]}
    in_another_process(pickle.dumps(writer), "writer.add_scalar('x', 1, 6)")
    found = steps(tmp_path)  # of two files, which may be read in either order
    assert {tag: sorted(found[tag]) for tag in found} == {"x": [0, 2, 6], "y": [0]}


class Labelled(SummaryWriter):
    def __init__(self, directory: Path, label: str) -> None:
        self.label = label
        super().__init__(directory)


def test_subclasses_keep_their_attributes(tmp_path: Path) -> None:
    with Labelled(tmp_path, "mine") as writer:
        in_another_process(
            pickle.dumps(writer), "writer.add_scalar(writer.label, 1, writer.get_logdir() != '')"
        )
        assert steps(tmp_path) == {"mine": [1]}


def test_writing_nothing(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "none", write_to_disk=False) as writer:
        in_another_process(pickle.dumps(writer), "writer.add_scalar('x', 1); writer.close()")
    assert not (tmp_path / "none").exists()


def test_the_mirror_at_comet_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "comet_ml", SimpleNamespace(Experiment=object))
    writer = SummaryWriter(tmp_path, comet_config={"project_name": "tests"})
    assert "add_scalar" in vars(writer)
    in_another_process(pickle.dumps(writer), "writer.add_scalar('x', 1)")
    assert steps(tmp_path) == {"x": [0]}
    writer.close()


@pytest.mark.parametrize("kind", [FileWriter, torch_face.FileWriter, EventFileWriter])
def test_file_writers(tmp_path: Path, kind: Any) -> None:
    writer = kind(str(tmp_path))
    pickled = pickle.dumps(writer)
    taker = "writer.event_writer" if hasattr(writer, "event_writer") else "writer"
    in_another_process(pickled, f"{taker}._append(bytes([16, 7])); writer.close()")
    getattr(writer, "event_writer", writer)._append(bytes([16, 8]))
    writer.close()
    in_another_process(
        pickle.dumps(writer),
        f"""
try:
    {taker}._append(bytes([16, 9]))
except ValueError:
    writer.reopen()
    {taker}._append(bytes([16, 9]))
    writer.close()
""",
    )
    second, first = sorted(path.stat().st_size for path in event_files(tmp_path))
    assert first - second == 2 + 16  # one event more
    assert not any(tbx_native._core.read_scalars(str(path)) for path in event_files(tmp_path))


def test_event_file_writers_are_not_copied(tmp_path: Path) -> None:
    import copy

    writer = EventFileWriter(str(tmp_path))
    for duplicate in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="copied"):
            duplicate(writer)
    writer.close()
