"""add_text(): tensorboardX's and torch's values, stamps, bad arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.util import tensor_util
from tensorboardX import summary as theirs

import tbx_native
from tests.python.faces import FACES, add, as_tensorboard_s, only_summary, torch_s, written

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@settings(max_examples=150, deadline=None)
@given(tag=TEXTS, text=TEXTS)
def test_the_value_is_tensorboardx_s(
    tag: str, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    writer = tbx_native.SummaryWriter(tmp_path_factory.mktemp("run"))
    writer.add_text(tag, text)
    assert only_summary(writer) == as_tensorboard_s(theirs.text(tag, text))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 3_000_000])
def test_a_text_of_any_length_is_read_back(tmp_path: Path, face: str, size: int) -> None:
    text = "é" * size
    (value,) = add(face, tmp_path, "add_text", "a tag", text).value
    assert value.tag == "a tag/text_summary"
    assert tensor_util.make_ndarray(value.tensor).tolist() == [text.encode()]


def test_the_value_is_torch_s(tmp_path: Path) -> None:
    ours = add("torch", tmp_path, "add_text", "/a tag", "*text*")
    assert ours == as_tensorboard_s(torch_s().text("/a tag", "*text*"))


@pytest.mark.parametrize("face", FACES)
def test_steps_and_wall_times_are_kept(tmp_path: Path, face: str) -> None:
    writer = FACES[face](tmp_path)
    writer.add_text("tag", "first", 3, 12.5)
    writer.add_text(tag="tag", text_string="second", global_step=-1, walltime=13)
    with writer.use_metadata(global_step=7, walltime=14.0):
        writer.add_text("tag", "third")
    stamps = [(event.step, event.wall_time) for event in written(writer)]
    assert stamps == [(3, 12.5), (-1, 13.0), (7, 14.0)]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("args", "error"),
    [
        (("tag", 3), TypeError),
        (("tag", None), TypeError),
        (("tag", b"text"), TypeError),
        (("tag", "\ud800"), ValueError),
        ((3, "text"), TypeError),
        (("\ud800", "text"), ValueError),
        (("tag", "text", "step"), TypeError),
        (("tag", "text", 1, float("nan")), ValueError),
        (("tag",), TypeError),
    ],
    ids=repr,
)
def test_bad_arguments_write_nothing(
    tmp_path: Path, face: str, args: tuple[Any, ...], error: type[Exception]
) -> None:
    writer = FACES[face](tmp_path)
    with pytest.raises(error):
        writer.add_text(*args)
    writer.add_text("fine", "text")
    assert [value.tag for value in only_summary(writer).value] == ["fine/text_summary"]
