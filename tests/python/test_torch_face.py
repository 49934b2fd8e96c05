"""tbx_native.compat.torch against torch.utils.tensorboard: the same files for the same calls."""

from __future__ import annotations

import inspect
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tensorboard.summary.writer.event_file_writer
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event, SessionLog

from tbx_native.compat.torch import FileWriter, RecordWriter, SummaryWriter
from tbx_native.compat.torch import writer as our_module
from tests.golden.make_golden import GOLDEN
from tests.python.event_files import payloads, payloads_by_directory
from tests.python.rivals import (
    CURVE_NAMES,
    GOLDEN_DIRECTORY,
    STAMP,
    VALUES,
    Sequence,
    parameters,
    write,
)

torch = pytest.importorskip("torch")
pytest.importorskip("torch.utils.tensorboard")

STYLE: dict[str, st.SearchStrategy[Any]] = {
    "new_style": st.booleans(),
    "double_precision": st.booleans(),
}
TAGS = st.text(max_size=12) | st.sampled_from(["loss", "/a b", "", "a/b.c-d", "x\0y"])
CALLS = st.lists(
    st.tuples(
        st.just("add_scalar"),
        st.fixed_dictionaries({"tag": TAGS, "scalar_value": VALUES} | STAMP, optional=STYLE),
    )
    | st.tuples(
        st.just("add_scalars"),
        st.fixed_dictionaries(
            {
                "main_tag": CURVE_NAMES | st.tuples(CURVE_NAMES, CURVE_NAMES).map("/".join),
                "tag_scalar_dict": st.dictionaries(
                    CURVE_NAMES | st.tuples(CURVE_NAMES, CURVE_NAMES).map("/".join),
                    VALUES,
                    max_size=3,
                ),
            }
            | STAMP
        ),
    ),
    max_size=12,
)


def at_the_same_time(records: list[bytes], clock: float) -> list[bytes]:
    """`records`, the first of which is written at a time that no caller gives."""
    version = Event.FromString(records[0])
    version.wall_time = clock
    return [version.SerializeToString(), *records[1:]]


@settings(max_examples=100, deadline=None)
@given(CALLS)
def test_writes_what_torch_writes(calls: Sequence) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = Path(scratch, "ours"), Path(scratch, "theirs")
        write(SummaryWriter, ours, calls)
        write(torch.utils.tensorboard.SummaryWriter, theirs, calls)
        found, expected = payloads_by_directory(ours), payloads_by_directory(theirs)
    assert found.keys() == expected.keys()
    for directory, records in expected.items():
        assert at_the_same_time(found[directory], 1.0) == at_the_same_time(records, 1.0)


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.startswith("torch")])
def test_writes_the_golden_files(tmp_path: Path, name: str) -> None:
    arguments, calls = GOLDEN[name]
    assert not arguments
    write(SummaryWriter, tmp_path, [("add_scalar", call) for call in calls])
    golden = payloads(GOLDEN_DIRECTORY / name)
    (records,) = payloads_by_directory(tmp_path).values()
    clock = Event.FromString(golden[0]).wall_time
    assert at_the_same_time(records, clock) == golden


def test_positional_parameters_are_torch_s(tmp_path: Path) -> None:
    calls = [
        ("x", 0.1, 3, 5.0, True, True),
        ("x", 0.1, 3, 5.0, True),
        ("x", 0.1, 3, 5.0, False, True),
    ]
    faces: list[tuple[str, Any]] = [
        ("ours", SummaryWriter),
        ("theirs", torch.utils.tensorboard.SummaryWriter),
    ]
    for name, face in faces:
        with face(str(tmp_path / name), "", None, 20, 30, ".sfx") as writer:
            for call in calls:
                writer.add_scalar(*call)
            writer.add_scalars("m", {"k": 1.0}, 3, 5.0)
        assert all(path.name.endswith(".sfx") for path in (tmp_path / name).rglob("*tfevents*"))
    ours, theirs = (
        payloads_by_directory(tmp_path / "ours"),
        payloads_by_directory(tmp_path / "theirs"),
    )
    assert ours.keys() == theirs.keys()
    assert all(ours[directory][1:] == theirs[directory][1:] for directory in theirs)


def test_purge_step_is_torch_s_with_two_starts(tmp_path: Path) -> None:
    for name, open_writer in [
        ("ours", SummaryWriter),
        ("theirs", torch.utils.tensorboard.SummaryWriter),
    ]:
        writer = open_writer(str(tmp_path / name), purge_step=7)
        assert writer.purge_step is None, "as torch leaves it"
        writer.close()
    (ours,), (theirs,) = (
        payloads_by_directory(tmp_path / name).values() for name in ("ours", "theirs")
    )
    parsed = [Event.FromString(record) for record in ours]
    assert [event.step for event in parsed] == [0, 7, 7, 7]
    assert [event.session_log.status for event in parsed][2:] == [SessionLog.START] * 2
    assert len(theirs) == 3
    for our_record, their_record in zip([*ours[:2], ours[3]], theirs, strict=True):
        assert at_the_same_time([our_record], 1.0) == at_the_same_time([their_record], 1.0)


def test_file_name_is_torch_s(tmp_path: Path) -> None:
    SummaryWriter(str(tmp_path / "ours"), filename_suffix=".x").close()
    torch.utils.tensorboard.SummaryWriter(str(tmp_path / "theirs"), filename_suffix=".x").close()
    pattern = re.compile(r"(events\.out\.tfevents\.)\d{10}(\..+\.)(\d+)\.\d+(\.x)")
    matches = []
    for name in ("ours", "theirs"):
        (path,) = (tmp_path / name).iterdir()
        match = pattern.fullmatch(path.name)
        assert match, path.name
        matches.append(match.groups())
    assert matches[0] == matches[1]


def test_attributes_are_torch_s(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"max_queue": 20, "flush_secs": 30, "filename_suffix": ".x"}
    ours: Any
    with (
        SummaryWriter(str(tmp_path), **arguments) as ours,
        torch.utils.tensorboard.SummaryWriter(str(tmp_path), **arguments) as theirs,
    ):
        # default_bins comes with histograms.
        public = {name for name in vars(theirs) if not name.startswith("_")} - {"default_bins"}
        assert {"log_dir", "file_writer", "all_writers"} < public
        for name in public - {"file_writer", "all_writers"}:
            assert getattr(ours, name) == getattr(theirs, name)
        assert ours.get_logdir() == theirs.get_logdir() == str(tmp_path)
        assert list(ours.all_writers) == list(theirs.all_writers)
        assert ours.file_writer.get_logdir() == theirs.file_writer.get_logdir()
        assert Path(ours.file_writer.event_writer._file_name).is_file()
        assert not hasattr(ours, "logdir")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (SummaryWriter, torch.utils.tensorboard.SummaryWriter),
        (FileWriter, torch.utils.tensorboard.FileWriter),
        (RecordWriter, torch.utils.tensorboard.RecordWriter),
        (our_module.EventFileWriter, tensorboard.summary.writer.event_file_writer.EventFileWriter),
    ],
)
def test_signatures_are_torch_s(ours: type, theirs: type) -> None:
    assert parameters(ours) == parameters(theirs)
    methods = {name for name in vars(theirs) if not name.startswith("_")} & set(dir(ours))
    shared = {name for name in methods if callable(getattr(theirs, name))}
    assert shared, "nothing is compared"
    for name in shared:
        assert parameters(getattr(ours, name)) == parameters(getattr(theirs, name)), name


def test_add_custom_scalar_is_add_scalar(tmp_path: Path) -> None:
    assert inspect.signature(SummaryWriter.add_custom_scalar) == inspect.signature(
        SummaryWriter.add_scalar
    )
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", 0.1, 3, 5.0, True, True)
        writer.add_custom_scalar("x", 0.1, 3, 5.0, True, True)
    (records,) = payloads_by_directory(tmp_path).values()
    assert records[1] == records[2]


def test_file_writer_begins_files_as_torch(tmp_path: Path) -> None:
    for name, open_writer in [
        ("ours", FileWriter),
        ("theirs", torch.utils.tensorboard.FileWriter),
    ]:
        writer = open_writer(log_dir=str(tmp_path / name))
        writer.add_event(Event(file_version="x"), 3, 5.0)
        writer.close()
    (ours,), (theirs,) = (
        payloads_by_directory(tmp_path / name).values() for name in ("ours", "theirs")
    )
    assert at_the_same_time(ours, 1.0) == at_the_same_time(theirs, 1.0)


def test_event_file_writer_is_looked_up_in_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As wandb replaces torch.utils.tensorboard.writer.EventFileWriter."""
    opened = []

    class Watched(our_module.EventFileWriter):
        def __init__(self, logdir: str, *args: Any, **kwargs: Any) -> None:
            opened.append(logdir)
            super().__init__(logdir, *args, **kwargs)

    monkeypatch.setattr(our_module, "EventFileWriter", Watched)
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", 1)
        writer.add_scalars("m", {"k": 1})
    FileWriter(tmp_path / "other").close()
    assert opened == [str(tmp_path), str(tmp_path / "m_k"), str(tmp_path / "other")]


def test_record_writer_takes_a_file_object(tmp_path: Path) -> None:
    for name, kind in [("ours", RecordWriter), ("theirs", torch.utils.tensorboard.RecordWriter)]:
        writer = kind((tmp_path / name).open("wb"))
        writer.write(b"payload")
        writer.write(b"")
        writer.flush()
        assert not writer.closed
        writer.close()
        assert writer.closed
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
