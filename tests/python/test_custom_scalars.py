"""add_custom_scalars() and its shorthands: tensorboardX's layouts, bad arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.plugins.custom_scalar import layout_pb2, metadata
from tensorboard.util import tensor_util
from tensorboardX import summary as theirs

from tests.python.faces import FACES, add, as_tensorboard_s, only_summary, torch_s, written

LAYOUT = {
    "Taiwan": {"twse": ["Multiline", ["twse/0050", "twse/2330"]], "none": ["Multiline", []]},
    "USA": {"dow": ("Margin", ("dow/a", "dow/b", "dow/c")), "any": ["other", [r"loss/\d+"]]},
    "": {},
}
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
CHARTS = st.tuples(st.just("Margin"), st.lists(NAMES, min_size=3, max_size=3)) | st.tuples(
    st.sampled_from(["Multiline", "margin", ""]), st.lists(NAMES, max_size=5)
)
LAYOUTS = st.dictionaries(NAMES, st.dictionaries(NAMES, CHARTS, max_size=3), max_size=3)


@settings(max_examples=100, deadline=None)
@given(layout=LAYOUTS)
def test_the_value_is_tensorboardx_s(layout: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    expected = as_tensorboard_s(theirs.custom_scalars(layout))
    for face in FACES:
        directory = tmp_path_factory.mktemp("run")
        assert add(face, directory, "add_custom_scalars", layout) == expected


def test_the_value_is_torch_s(tmp_path: Path) -> None:
    ours = add("torch", tmp_path, "add_custom_scalars", LAYOUT)
    assert ours == as_tensorboard_s(torch_s().custom_scalars(LAYOUT))


@pytest.mark.parametrize("face", FACES)
def test_shorthands_are_layouts_of_one_chart(tmp_path: Path, face: str) -> None:
    tags = ["a", "b", "c"]
    for kind, method in (("Multiline", "multilinechart"), ("Margin", "marginchart")):
        for names in ((), ("category", "title")):
            layout = {
                names[0] if names else "default": {"title" if names else "untitled": [kind, tags]}
            }
            ours = add(
                face, tmp_path / f"{kind}{names}", f"add_custom_scalars_{method}", tags, *names
            )
            assert ours == as_tensorboard_s(theirs.custom_scalars(layout))


def test_tensorboard_reads_the_layout(tmp_path: Path) -> None:
    writer = FACES["tensorboardx"](tmp_path)
    writer.add_custom_scalars(LAYOUT)
    (event,) = written(writer)
    assert event.step == 0
    (value,) = event.summary.value
    assert value.tag == metadata.CONFIG_SUMMARY_TAG
    layout = layout_pb2.Layout.FromString(tensor_util.make_ndarray(value.tensor).item())
    assert [category.title for category in layout.category] == list(LAYOUT)
    dow, other = layout.category[1].chart
    assert (dow.margin.series[0].value, dow.margin.series[0].upper) == ("dow/a", "dow/c")
    assert list(other.multiline.tag) == [r"loss/\d+"]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("layout", "error"),
    [
        (None, TypeError),
        ([("a", {})], TypeError),
        ({"a": None}, TypeError),
        ({3: {}}, TypeError),
        ({"a": {3: ["Multiline", []]}}, TypeError),
        ({"a": {"b": "Multiline"}}, TypeError),
        ({"a": {"b": ["Multiline"]}}, ValueError),
        ({"a": {"b": ["Multiline", "tag"]}}, TypeError),
        ({"a": {"b": ["Multiline", 3]}}, TypeError),
        ({"a": {"b": ["Multiline", [3]]}}, TypeError),
        ({"a": {"b": ["Multiline", ["\ud800"]]}}, ValueError),
        ({"a": {"b": ["Margin", ["value", "lower"]]}}, ValueError),
    ],
    ids=repr,
)
def test_bad_layouts_write_nothing(
    tmp_path: Path, face: str, layout: Any, error: type[Exception]
) -> None:
    writer = FACES[face](tmp_path)
    with pytest.raises(error):
        writer.add_custom_scalars(layout)
    with pytest.raises(ValueError, match="three tags"):
        writer.add_custom_scalars_marginchart(["a", "b"])
    writer.add_custom_scalars({})
    assert len(only_summary(writer).value) == 1
