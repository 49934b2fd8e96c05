"""What the reference writer takes, what it refuses, and that a refused call leaves no trace."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboardX.summary import _clean_tag as tensorboardx_clean_tag

from benchmarks.reference_arguments import (
    checked_step,
    checked_value,
    checked_wall_time,
    clean_tag,
)
from benchmarks.reference_writer import ReferenceWriter
from tests.python.bad_arguments import NOT_A_STEP, NOT_A_TAG, NOT_A_VALUE, NOT_A_WALL_TIME

torch = pytest.importorskip("torch")

SURROGATES = [chr(code) for code in range(0xD800, 0xE000)]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (None, 0),
        (3, 3),
        (2.0, 2),
        (-0.0, 0),
        (True, 1),
        (np.int64(3), 3),
        (np.uint64(3), 3),
        (np.float32(3), 3),
        (np.True_, 1),
        (np.array(3), 3),
        (np.array(3.0), 3),
        (torch.tensor(3), 3),
        (torch.tensor([3]), 3),
        (torch.tensor(3.0), 3),
        (Decimal(2**62 + 1), 2**62 + 1),
        (Fraction(6, 2), 3),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (-(2.0**63), -(2**63)),
    ],
)
def test_step(step: Any, expected: int) -> None:
    assert checked_step(step, "tag 'x'") == expected
    assert type(checked_step(step, "tag 'x'")) is int


@pytest.mark.parametrize(
    ("wall_time", "expected"),
    [
        (0, 0.0),
        (-0.0, -0.0),
        (5.5, 5.5),
        (True, 1.0),
        (np.float32(0.5), 0.5),
        (np.array(5.5), 5.5),
        (torch.tensor(5.5), 5.5),
        (Decimal("5.5"), 5.5),
        (-1e300, -1e300),
    ],
)
def test_wall_time(wall_time: Any, expected: float) -> None:
    # As text, to tell -0.0 from 0.0.
    assert repr(checked_wall_time(wall_time, "tag 'x'")) == repr(expected)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        np.float16(1.5),
        np.longdouble(1.5),
        [1.5],
        [[1.5]],
        (1.5,),
        [torch.tensor(1.5)],
        np.array([[[1.5]]]),
        np.array(["x", 1.5], dtype=object)[1:],
        torch.tensor([[1.5]], requires_grad=True),
        [torch.tensor([1.5], requires_grad=True)],
        torch.tensor(1.5, dtype=torch.bfloat16),
        torch.tensor(1.5, dtype=torch.float8_e4m3fn),
        Decimal("1.5"),
        Fraction(3, 2),
    ],
)
def test_value(value: Any) -> None:
    number = checked_value(value, "tag 'x'")
    assert (number, type(number)) == (1.5, float)


@pytest.mark.parametrize(
    ("value", "expected"), [(True, 1.0), (10**30, 1e30), (np.True_, 1.0), (np.uint64(3), 3.0)]
)
def test_other_values(value: Any, expected: float) -> None:
    assert checked_value(value, "tag 'x'") == expected


@given(st.text(st.characters()))
def test_tags_are_cleaned_as_tensorboardx_cleans_them(tag: str) -> None:
    assert clean_tag(tag) == tensorboardx_clean_tag(tag)


def test_cleaning_replaces_every_surrogate() -> None:
    assert {clean_tag(surrogate) for surrogate in SURROGATES} == {"_"}


def refusals() -> list[tuple[str, tuple[Any, ...], type[Exception], list[str]]]:
    """Calls that must fail: method, arguments, the error, and what its message must name."""
    calls: list[tuple[str, tuple[Any, ...], type[Exception], list[str]]] = []
    for step, error in NOT_A_STEP:
        calls.append(("add_scalar", ("t/x", 1, step), error, ["'t/x'", "step"]))
        calls.append(("add_scalars", ("t/x", {"k": 1}, step), error, ["'t/x'", "step"]))
        calls.append(("log", ({"t/x": 1}, step), error, ["step"]))
        calls.append(("log", ({}, step), error, ["step"]))
    for time, error in NOT_A_WALL_TIME:
        calls.append(("add_scalar", ("t", 1, 1, time), error, ["'t'", "wall time"]))
        calls.append(("add_scalars", ("t", {"k": 1}, 1, time), error, ["'t'", "wall time"]))
        calls.append(("log", ({"t": 1}, 1, time), error, ["wall time"]))
    for value, error in NOT_A_VALUE:
        calls.append(("add_scalar", ("t", value), error, ["'t'", "value"]))
        calls.append(("add_scalars", ("t", {"good": 1, "bad": value}), error, ["'t'", "'bad'"]))
        if not isinstance(value, dict):
            calls.append(("log", ({"g": {"good": 1, "bad": value}},), error, ["'g/bad'"]))
    for tag, error in NOT_A_TAG:
        calls.append(("add_scalar", (tag, 1), error, ["tag", repr(tag)]))
        calls.append(("add_scalars", (tag, {"k": 1}), error, ["tag", repr(tag)]))
        if not isinstance(tag, list):
            calls.append(("add_scalars", ("t", {tag: 1}), error, ["'t'", repr(tag)]))
            calls.append(("log", ({"g": {tag: 1}},), error, [repr(tag)]))
    bad = "a\ud800"
    return [
        *calls,
        ("add_scalars", (bad, {"k": 1}), ValueError, [repr(bad)]),
        ("add_scalars", ("t", {bad: 1}), ValueError, ["'t'", repr(bad)]),
        ("add_scalars", ("t", {"a\0": 1}), ValueError, ["'t'", "NUL"]),
        ("add_scalars", ("t", {"good": 1, "../../a": 1}), ValueError, ["'t'", "outside"]),
        ("add_scalars", ("t", [1]), TypeError, ["'t'", "mapping"]),
        ("log", ([("t", 1)],), TypeError, ["mapping"]),
        ("add_scalar", ("t", 1, 1, 1, bad), ValueError, ["'t'", "display name"]),
        ("add_scalar", ("t", 1, 1, 1, "", bad), ValueError, ["'t'", "description"]),
        ("add_scalar", ("t", 1, 1, 1, 3), TypeError, ["'t'", "display name"]),
    ]


@pytest.mark.parametrize(("method", "arguments", "error", "named"), refusals())
def test_refused_calls_leave_no_trace(
    tmp_path: Path,
    method: str,
    arguments: tuple[Any, ...],
    error: type[Exception],
    named: list[str],
) -> None:
    with ReferenceWriter(tmp_path) as writer:
        with pytest.raises(error) as caught:
            getattr(writer, method)(*arguments)
        assert type(caught.value) is error
        assert all(name in str(caught.value) for name in named), str(caught.value)
        writer.add_scalar("after", 1.0)
    (path,) = tmp_path.iterdir()
    version, after = map(Event.FromString, RawEventFileLoader(str(path)).Load())
    assert version.file_version == "brain.Event:2"
    assert after.summary.value[0].tag == "after"


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("add_scalar", ("a\ud800", 1)),
        ("add_scalars", ("a\ud800", {"k": 1})),
        ("log", ({"a\ud800": 1},)),
    ],
)
def test_uncleaned_tags_must_be_utf8(
    tmp_path: Path, method: str, arguments: tuple[Any, ...]
) -> None:
    with (
        ReferenceWriter(tmp_path, clean_tags=False) as writer,
        pytest.raises(ValueError, match=r"tag 'a\\ud800' is not encodable as UTF-8"),
    ):
        getattr(writer, method)(*arguments)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("purge_step", [1.5, float("nan"), 2**63, "3"])
def test_a_refused_purge_step_makes_no_file(tmp_path: Path, purge_step: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="purge_step"):
        ReferenceWriter(tmp_path / "run", purge_step=purge_step)
    assert list(tmp_path.iterdir()) == []


def test_filename_suffix_must_be_a_string(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        ReferenceWriter(tmp_path, filename_suffix=cast(str, None))
    assert list(tmp_path.iterdir()) == []


def test_messages_stay_short(tmp_path: Path) -> None:
    with (
        ReferenceWriter(tmp_path) as writer,
        pytest.raises(ValueError, match="one number") as caught,
    ):
        writer.add_scalar("t" * 10_000, np.zeros(100_000))
    assert len(str(caught.value)) < 200
