"""tbx_native.SummaryWriter against tensorboardX itself: the same files for the same calls."""

from __future__ import annotations

import inspect
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import tensorboardX
import tensorboardX.event_file_writer
import tensorboardX.record_writer
import tensorboardX.x2num
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event

import tbx_native
from tests.golden.make_golden import GOLDEN
from tests.python.event_files import payloads, payloads_by_directory, without_times
from tests.python.rivals import (
    CURVE_NAMES,
    GOLDEN_DIRECTORY,
    STAMP,
    VALUES,
    Sequence,
    parameters,
    write,
)

# tensorboardX 2.6.5 has no bfloat16.
TAKEN = VALUES.filter(lambda value: str(getattr(value, "dtype", "")) != "torch.bfloat16")
TAGS = st.text(st.characters(), max_size=12) | st.sampled_from(["loss", "/a b", "", "a/b.c-d"])
TITLES = st.just("") | st.text(max_size=12)
CALLS = st.lists(
    st.tuples(
        st.just("add_scalar"),
        st.fixed_dictionaries(
            {"tag": TAGS, "scalar_value": TAKEN | st.floats().map(lambda value: [value])} | STAMP,
            optional={"display_name": TITLES, "summary_description": TITLES},
        ),
    )
    | st.tuples(
        st.just("add_scalars"),
        st.fixed_dictionaries(
            {
                "main_tag": CURVE_NAMES | st.tuples(CURVE_NAMES, CURVE_NAMES).map("/".join),
                "tag_scalar_dict": st.dictionaries(CURVE_NAMES, TAKEN, max_size=3),
            }
            | STAMP
        ),
    ),
    max_size=12,
)


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """Both remark on values that are not finite, and tensorboardX does each time."""
    with (
        mock.patch.object(tensorboardX.x2num.logger, "disabled", True),
        mock.patch.object(logging.getLogger("tbx_native"), "disabled", True),
    ):
        yield


def check_equal(ours: Path, theirs: Path) -> None:
    found, expected = payloads_by_directory(ours), payloads_by_directory(theirs)
    assert found.keys() == expected.keys()
    for directory, records in expected.items():
        assert without_times(found[directory][0]) == without_times(records[0])
        assert found[directory][1:] == records[1:]


@settings(max_examples=100, deadline=None)
@given(CALLS)
def test_writes_what_tensorboardx_writes(calls: Sequence) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = Path(scratch, "ours"), Path(scratch, "theirs")
        write(tbx_native.SummaryWriter, ours, calls)
        write(tensorboardX.SummaryWriter, theirs, calls)
        check_equal(ours, theirs)


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.startswith("tensorboardx")])
def test_writes_the_golden_files(tmp_path: Path, name: str) -> None:
    arguments, calls = GOLDEN[name]
    with tbx_native.SummaryWriter(tmp_path, **arguments) as writer:
        for call in calls:
            writer.add_scalar(**call)
    (ours,) = payloads_by_directory(tmp_path).values()
    theirs = payloads(GOLDEN_DIRECTORY / name)
    if "purge_step" in arguments:
        assert without_times(ours.pop(2)) == without_times(ours[2]), "START stands twice"
    opening = len(theirs) - len(calls)
    assert [without_times(record) for record in ours[:opening]] == [
        without_times(record) for record in theirs[:opening]
    ]
    assert ours[opening:] == theirs[opening:]


def test_add_scalars_lays_out_as_tensorboardx(tmp_path: Path) -> None:
    for open_writer, name in (
        (tbx_native.SummaryWriter, "ours"),
        (tensorboardX.SummaryWriter, "theirs"),
    ):
        with open_writer(str(tmp_path / name)) as writer:
            for step in range(3):
                metrics = {"train": 0.5, "a b/é": float("inf"), "": step}
                writer.add_scalars("group/lo ss", metrics, step, 5.0)
            writer.add_scalars("nothing", {})
    check_equal(tmp_path / "ours", tmp_path / "theirs")


def test_walltime_is_taken_once_per_call(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_scalars("loss", {str(i): i for i in range(50)})
    times = {
        Event.FromString(records[1]).wall_time
        for directory, records in payloads_by_directory(tmp_path).items()
        if directory != Path()
    }
    assert len(times) == 1


def test_attributes_are_tensorboardx_s(tmp_path: Path) -> None:
    ours: Any
    arguments: dict[str, Any] = {"purge_step": 5, "max_queue": 20, "filename_suffix": ".x"}
    with (
        tbx_native.SummaryWriter(str(tmp_path / "x"), **arguments) as ours,
        tensorboardX.SummaryWriter(str(tmp_path / "x"), **arguments) as theirs,
    ):
        # default_bins comes with histograms.
        public = {name for name in vars(theirs) if not name.startswith("_")} - {"default_bins"}
        assert {"logdir", "purge_step", "kwargs", "scalar_dict"} < public
        for name in public - {"file_writer", "all_writers"}:
            assert getattr(ours, name) == getattr(theirs, name)
        assert list(ours.all_writers) == list(theirs.all_writers)
        assert ours.file_writer.get_logdir() == theirs.file_writer.get_logdir()
        assert ours.log_dir == ours.get_logdir() == ours.logdir
        for writer in (ours, theirs):
            assert Path(writer.file_writer.event_writer._ev_writer._file_name).is_file()


@pytest.mark.parametrize(
    ("ours", "theirs", "unlike"),
    [
        # Its default is a dict that everybody could change.
        (tbx_native.SummaryWriter, tensorboardX.SummaryWriter, {"comet_config"}),
        (tbx_native.FileWriter, tensorboardX.FileWriter, set()),
        (tbx_native.DummyFileWriter, tensorboardX.writer.DummyFileWriter, set()),
        (tbx_native.EventFileWriter, tensorboardX.event_file_writer.EventFileWriter, set()),
        (tbx_native.RecordWriter, tensorboardX.record_writer.RecordWriter, set()),
    ],
)
def test_signatures_are_tensorboardx_s(ours: type, theirs: type, unlike: set[str]) -> None:
    def comparable(function: Callable[..., Any]) -> list[Any]:
        return [
            (name, kind) if name in unlike else (name, kind, default)
            for name, kind, default in parameters(function)
        ]

    assert comparable(ours) == comparable(theirs)
    methods = {name for name in vars(theirs) if not name.startswith("_")} & set(dir(ours))
    shared = {name for name in methods if callable(getattr(theirs, name))}
    assert shared, "nothing is compared"
    for name in shared:
        assert comparable(getattr(ours, name)) == comparable(getattr(theirs, name)), name


def test_use_metadata_has_tensorboardx_s_signature() -> None:
    for ours, theirs in (
        (tbx_native.SummaryWriter, tensorboardX.SummaryWriter),
        (tbx_native.FileWriter, tensorboardX.FileWriter),
    ):
        if not hasattr(theirs, "use_metadata"):
            pytest.skip(f"tensorboardX {tensorboardX.__version__} has no use_metadata()")
        found = inspect.signature(ours.use_metadata).parameters
        expected = inspect.signature(theirs.use_metadata).parameters
        assert list(found) == list(expected)
        assert all(found[name].kind is expected[name].kind for name in found)
