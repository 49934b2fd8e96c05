"""What tensorboardX's face has of its own: names of the directory, writing nothing, Comet."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tbx_native
from tbx_native import DummyFileWriter, SummaryWriter
from tests.python.event_files import events, points


def test_both_names_of_the_directory(tmp_path: Path) -> None:
    for i, arguments in enumerate(
        [{"logdir": "%s"}, {"log_dir": "%s"}, {"logdir": "%s", "log_dir": "elsewhere"}]
    ):
        directory = str(tmp_path / str(i))
        named: Any = {name: text.replace("%s", directory) for name, text in arguments.items()}
        with SummaryWriter(**named) as writer:
            assert writer.logdir == writer.log_dir == writer.get_logdir() == directory
        assert events(Path(directory)) == []


def test_a_new_logdir_is_for_the_next_file(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "old") as writer:
        writer.add_scalar("x", 1)
        writer.close()
        writer.logdir = tmp_path / "new"
        assert writer.log_dir == tmp_path / "new"
        writer.add_scalar("x", 2)
        writer.add_scalars("m", {"k": 3})
    assert points(tmp_path / "old") == [("x", 0, 1.0)]
    assert points(tmp_path / "new") == [("x", 0, 2.0)]
    assert points(tmp_path / "new" / "m" / "k") == [("m", 0, 3.0)]


def test_titles(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", 1, 1, 2.0, "Name", "*text*")
        writer.add_custom_scalar("x", 1, 1, 2.0, "Name", "*text*")
        writer.add_scalar("x", 1, display_name=None, summary_description=None)
        writer.add_scalar("x", 1, display_name="Name", new_style=True)
    first, second, plain, tensor = (event.summary.value[0] for event in events(tmp_path))
    assert first == second
    assert (first.metadata.display_name, first.metadata.summary_description) == ("Name", "*text*")
    assert not plain.HasField("metadata")
    assert tensor.metadata.plugin_data.plugin_name == "scalars"
    assert tensor.metadata.display_name == "Name"


# ---- write_to_disk=False ----


def test_writing_nothing_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for logdir in (None, tmp_path / "run"):
        with SummaryWriter(logdir, write_to_disk=False, purge_step=3) as writer:
            assert isinstance(writer.file_writer, DummyFileWriter)
            assert writer._get_file_writer() is writer.file_writer
            assert writer.all_writers is not None
            assert list(writer.all_writers) == [str(writer.logdir)]
            writer.add_scalar("x", np.float32(1), 3)
            writer.log({"x": {"y": 1}})
            writer.add_scalars("m", {"k": 1})
            writer.file_writer.add_event(object())
            writer.file_writer.add_summary(object())
            with writer.use_metadata(global_step=3):
                writer.add_scalar("x", 1)
            writer.flush()
            writer.close()
            writer.add_scalar("x", 1)
            assert writer.stats() == tbx_native.WriterStats()
    assert list(tmp_path.iterdir()) == []


def test_writing_nothing_still_checks(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, write_to_disk=False) as writer:
        with pytest.raises(TypeError):
            writer.add_scalar("x", "1")
        with pytest.raises(ValueError):
            writer.add_scalar("x", 1, 0.5)
        with pytest.raises(ValueError):
            writer.log({"x": []})
        with pytest.raises(ValueError):
            writer.add_scalars("m", {"../..": 1})
    with pytest.raises(ValueError):
        SummaryWriter(tmp_path, write_to_disk=False, queue_bytes=0)


def test_writing_nothing_exports_nothing(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "run", write_to_disk=False) as writer:
        writer.add_scalars("m", {"k": 1})
        writer.export_scalars_to_json(tmp_path / "json")
    assert (tmp_path / "json").read_text() == "{}"


# ---- Comet ----


def test_comet_config_that_is_off(tmp_path: Path) -> None:
    for config in ({"disabled": True}, {}, None):
        with SummaryWriter(tmp_path, comet_config=config) as writer:
            writer.add_scalar("x", 1)


# ---- mappings of other types ----


class Lazy(Mapping[str, float]):
    """A mapping that is no dict."""

    def __getitem__(self, key: str) -> float:
        return {"a": 1.0, "b": math.inf}[key]

    def __iter__(self) -> Iterator[str]:
        return iter("ab")

    def __len__(self) -> int:
        return 2


def test_any_mapping_will_do(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.log(Lazy())
        writer.log({"nested": Lazy()})
        writer.add_scalars("m", Lazy())
    assert [tag for tag, _, _ in points(tmp_path)] == ["a", "b", "nested/a", "nested/b"]
    assert points(tmp_path / "m" / "b") == [("m", 0, math.inf)]


def test_a_mapping_whose_items_are_none(tmp_path: Path) -> None:
    class Odd(Lazy):
        def items(self) -> Any:
            return ["ab", 3]

    with SummaryWriter(tmp_path) as writer, pytest.raises(TypeError, match="pairs"):
        writer.log(Odd())
    assert points(tmp_path) == []


# ---- curves ----


@pytest.mark.parametrize(
    ("main_tag", "tag", "directory"),
    [
        ("m", "k", "m/k"),
        ("a b/c", "d e", "a b/c/d e"),
        ("/m", "/k", "m/k"),
        ("//m", "k", "m/k"),
        ("m", "", "m"),
        ("", "k", "k"),
        ("m/./x", "../k", "m/k"),
        ("m//x", "k/", "m/x/k"),
        ("日本", "é", "日本/é"),
    ],
)
def test_directories_of_curves(tmp_path: Path, main_tag: str, tag: str, directory: str) -> None:
    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalars(main_tag, {tag: 1}, 1)
        assert writer.all_writers is not None
        assert str(tmp_path / "run" / directory) in writer.all_writers
    assert [point[1:] for point in points(tmp_path / "run" / directory)] == [(1, 1.0)]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("names", [("", ""), (".", ""), ("m", "..")])
def test_a_curve_in_the_run_s_directory_shares_its_file(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    """Of two files TensorBoard would read on in the newer one only."""
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", 1, 1)
        writer.add_scalars(names[0], {names[1]: 2}, 2)
        writer.add_scalar("x", 3, 3)
    assert [point[1:] for point in points(tmp_path)] == [(1, 1.0), (2, 2.0), (3, 3.0)]
    assert len(list(tmp_path.glob("*tfevents*"))) == 1


def test_curves_with_one_directory_share_its_file(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalars("a", {"b/c": 1}, 1)
        writer.add_scalars("a/b", {"c": 2}, 2)
        writer.add_scalars("a//b", {"./c/": 3}, 3)
    assert [step for _, step, _ in points(tmp_path / "a" / "b" / "c")] == [1, 2, 3]
    assert len(list((tmp_path / "a" / "b" / "c").iterdir())) == 1


def test_a_curve_that_cannot_be_opened_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "file").write_bytes(b"in the way")
    with SummaryWriter(tmp_path) as writer:
        for step in range(2):
            with pytest.raises(OSError) as caught:
                writer.add_scalars("m", {"good": 1, "file": 1}, step)
            assert caught.value.filename == os.fspath(tmp_path / "m" / "file")
        writer.add_scalars("m", {"good": 1}, 2)
    assert points(tmp_path / "m" / "good") == [("m", 2, 1.0)]
