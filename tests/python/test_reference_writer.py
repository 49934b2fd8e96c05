"""The reference writer against its rivals' own files, and read back by TensorBoard."""

from __future__ import annotations

import re
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorboardX
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import Event, SessionLog

from benchmarks import reference_writer
from benchmarks.reference_writer import ReferenceWriter, SummaryWriter
from tests.golden.make_golden import CLOCK, GOLDEN, make_golden, written_by
from tests.python.event_files import only_file, payloads
from tests.python.event_files import payloads_by_directory as event_files

torch = pytest.importorskip("torch")
pytest.importorskip("torch.utils.tensorboard")

GOLDEN_DIRECTORY = Path(__file__).resolve().parents[1] / "golden"

STEPS = st.none() | st.integers(-(1 << 63), (1 << 63) - 1) | st.booleans()
WALL_TIMES = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = st.floats() | st.integers(-(1 << 63), (1 << 63) - 1) | st.booleans()
VALUES = (
    NUMBERS
    | NUMBERS.map(lambda number: [number])
    | NUMBERS.map(lambda number: np.array([[number]]))
    | st.floats(width=32).map(np.float32)
    | st.floats().map(torch.tensor)
)
# Both rivals cannot encode surrogates; tensorboardX replaces them in tags before it tries.
TAGS = st.text(st.characters(), max_size=20)
TITLES = st.just("") | st.text(max_size=20)


def calls_of_add_scalar(**arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    required = {"scalar_value": VALUES, "global_step": STEPS, "walltime": WALL_TIMES}
    return st.lists(st.fixed_dictionaries(required | arguments), min_size=1, max_size=30)


def records(open_writer: Callable[..., Any], calls: list[dict[str, Any]]) -> list[bytes]:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(written_by(open_writer, {}, calls))
        return payloads(Path(file.name))


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: CLOCK)


@settings(max_examples=30, deadline=None)
@given(calls_of_add_scalar(tag=TAGS, display_name=TITLES, summary_description=TITLES))
def test_tensorboardx_writes_the_same(calls: list[dict[str, Any]]) -> None:
    assert records(ReferenceWriter, calls) == records(tensorboardX.SummaryWriter, calls)


def keeping_tags(directory: str) -> ReferenceWriter:
    return ReferenceWriter(directory, clean_tags=False)


@settings(max_examples=30, deadline=None)
@given(
    calls_of_add_scalar(
        tag=st.text(max_size=20),
        scalar_value=VALUES.filter(lambda value: not isinstance(value, list)),
        new_style=st.booleans(),
        double_precision=st.booleans(),
    )
)
def test_torch_writes_the_same(calls: list[dict[str, Any]]) -> None:
    ours = records(keeping_tags, calls)
    theirs = records(torch.utils.tensorboard.SummaryWriter, calls)
    assert ours[1:] == theirs[1:]
    first = Event.FromString(theirs[0])
    first.ClearField("source_metadata")
    assert ours[0] == first.SerializeToString()


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_files(name: str, tmp_path: Path) -> None:
    arguments, calls = GOLDEN[name]
    clean_tags = name.startswith("tensorboardx")
    path = tmp_path / "tfevents"
    path.write_bytes(written_by(ReferenceWriter, arguments | {"clean_tags": clean_tags}, calls))
    ours, theirs = payloads(path), payloads(GOLDEN_DIRECTORY / name)
    assert len(theirs) > len(calls)
    if "purge_step" in arguments:
        assert ours.pop(2) == ours[2], "START stands twice"
    if not clean_tags:
        ours, theirs = ours[1:], theirs[1:]  # the first has torch's source_metadata
    assert ours == theirs


def test_golden_files_are_what_the_rivals_write() -> None:
    assert {path.name for path in GOLDEN_DIRECTORY.glob("*.tfevents")} == set(GOLDEN)
    made = make_golden()
    assert made, "neither package is installed in the version of a golden file"
    assert made == {name: (GOLDEN_DIRECTORY / name).read_bytes() for name in made}


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("purge_step", [None, 0, 7, -3])
def test_files_begin_as_tensorboardx_begins_them(tmp_path: Path, purge_step: int | None) -> None:
    ReferenceWriter(str(tmp_path / "ours"), purge_step=purge_step).close()
    tensorboardX.SummaryWriter(str(tmp_path / "theirs"), purge_step=purge_step).close()
    ours, theirs = event_files(tmp_path / "ours"), event_files(tmp_path / "theirs")
    if purge_step is not None:
        assert ours[Path()].pop() == ours[Path()][-1], "START stands twice"
    assert ours == theirs


def test_purge_step_purges(tmp_path: Path) -> None:
    for purge_step, value in ((None, 1.0), (3, 2.0)):
        with ReferenceWriter(tmp_path, purge_step=purge_step) as writer:
            for step in range(5):
                if step >= (purge_step or 0):
                    writer.add_scalar("loss", value, step)
            writer.close()
            writer.add_scalar("after", value, 9)  # the new file does not purge once more
    accumulator = EventAccumulator(str(tmp_path)).Reload()
    points = [(event.step, event.value) for event in accumulator.Scalars("loss")]
    assert points == [(0, 1.0), (1, 1.0), (2, 1.0), (3, 2.0), (4, 2.0)]
    starts = [
        event
        for records in event_files(tmp_path).values()
        for event in map(Event.FromString, records)
        if event.session_log.status == SessionLog.START
    ]
    assert [start.step for start in starts] == [3, 3]


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("walltime", [None, 5.5])
def test_add_scalars_lays_out_as_tensorboardx(tmp_path: Path, walltime: float | None) -> None:
    for open_writer, name in ((ReferenceWriter, "ours"), (tensorboardX.SummaryWriter, "theirs")):
        with open_writer(str(tmp_path / name), purge_step=2) as writer:
            for step in range(3):
                metrics = {"train": 0.5, "a b/é": float("inf"), "": step}
                writer.add_scalars("group/lo ss", metrics, step, walltime)
            writer.add_scalars("nothing", {})
    ours, theirs = event_files(tmp_path / "ours"), event_files(tmp_path / "theirs")
    assert ours[Path()].pop() == ours[Path()][-1]  # the second START, see above
    assert ours == theirs
    assert len(ours) == 4


def test_add_scalars_takes_the_time_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ReferenceWriter(tmp_path) as writer:
        ticks = iter(range(100))
        monkeypatch.setattr(time, "time", lambda: CLOCK + next(ticks))
        writer.add_scalars("loss", {"train": 1, "val": 2})
    last_events = [Event.FromString(loaded[-1]) for loaded in event_files(tmp_path).values()]
    wall_times = [event.wall_time for event in last_events if event.HasField("summary")]
    assert wall_times == [CLOCK, CLOCK]


def test_add_scalars_stays_in_the_log_directory(tmp_path: Path) -> None:
    with ReferenceWriter(tmp_path / "run") as writer:
        writer.add_scalars(f"/{tmp_path}/main", {"/key": 1, f"{tmp_path}/key": 2})
    inside = str(tmp_path).lstrip("/")
    expected = {".", f"{inside}/main/key", f"{inside}/main/{inside}/key"}
    assert {str(directory) for directory in event_files(tmp_path / "run")} == expected
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_log_writes_one_event(tmp_path: Path) -> None:
    metrics = {"loss": 1, "val": {"/lo ss": np.float32(2), "top": {"5": torch.tensor([3.0])}}}
    for clean_tags in (True, False):
        with ReferenceWriter(tmp_path / str(clean_tags), clean_tags=clean_tags) as writer:
            writer.log(metrics | {"empty": {}}, 4, 5.0)
            writer.log({})
    for name, tags in (
        ("True", ["loss", "val//lo_ss", "val/top/5"]),
        ("False", ["loss", "val//lo ss", "val/top/5"]),
    ):
        (loaded,) = event_files(tmp_path / name).values()
        version, event = map(Event.FromString, loaded)
        assert version.file_version == "brain.Event:2"
        assert (event.step, event.wall_time) == (4, 5.0)
        assert [value.tag for value in event.summary.value] == tags
        assert [value.simple_value for value in event.summary.value] == [1, 2, 3]


def test_tensorboard_loads_the_file(tmp_path: Path) -> None:
    with ReferenceWriter(tmp_path) as writer:
        for step in range(100):
            writer.add_scalar("loss", step / 2, step, new_style=step % 2 == 1)
    (path,) = tmp_path.iterdir()
    version, *events = EventFileLoader(str(path)).Load()
    assert version.file_version == "brain.Event:2"
    # The loader turns every scalar into a float tensor, packed either way.
    tensors = [event.summary.value[0].tensor for event in events]
    scalars = [
        tensor.float_val[0] if tensor.float_val else struct.unpack("<f", tensor.tensor_content)[0]
        for tensor in tensors
    ]
    assert scalars == [step / 2 for step in range(100)]


def test_what_is_on_disk_when(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path, filename_suffix=".x")
    path = only_file(tmp_path)
    assert path.name.endswith(".x")
    assert len(payloads(path)) == 1, "the version, once the constructor has returned"
    writer.add_scalar("loss", 1.0)
    writer.flush()
    assert len(payloads(path)) == 2
    writer.add_scalar("loss", 2.0)
    writer.close()
    writer.close()
    writer.flush()
    assert len(payloads(path)) == 3
    writer.add_scalar("loss", 3.0)
    writer.close()
    first, second = sorted(tmp_path.iterdir())
    assert (first, len(payloads(second))) == (path, 2)


def test_flush_secs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([100.0, 109.0, 111.0, 111.0])
    clock = SimpleNamespace(time=time.time, monotonic=lambda: next(ticks))
    monkeypatch.setattr(reference_writer, "time", clock)
    with ReferenceWriter(tmp_path, flush_secs=10) as writer:
        writer.add_scalar("loss", 1.0)
        assert len(payloads(only_file(tmp_path))) == 1
        writer.add_scalar("loss", 2.0)
        assert len(payloads(only_file(tmp_path))) == 3


def test_default_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        ReferenceWriter(comment="_lr") as ours,
        tensorboardX.SummaryWriter(comment="_lr") as theirs,
    ):
        names = [re.sub(r"\d", "0", str(writer.logdir)) for writer in (ours, theirs)]
        assert names[0] == names[1]
        assert (tmp_path / ours.get_logdir()).is_dir()
