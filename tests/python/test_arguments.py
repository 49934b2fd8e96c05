"""What both faces take for tags, steps, wall times and values, and what they refuse."""

from __future__ import annotations

import logging
import math
import sys
import warnings
from collections.abc import Callable
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event

import tbx_native
from tbx_native._arguments import clean_tag, shown, to_step, to_value, to_wall_time
from tbx_native.compat.torch import SummaryWriter as TorchSummaryWriter
from tests.python.bad_arguments import NOT_A_STEP, NOT_A_TAG, NOT_A_VALUE, NOT_A_WALL_TIME
from tests.python.event_files import events, only_file, points

torch = pytest.importorskip("torch")

FACES = pytest.mark.parametrize("face", [tbx_native.SummaryWriter, TorchSummaryWriter])
SURROGATE = "a\ud800"
Refusal = tuple[str, tuple[Any, ...], type[Exception], list[str]]


class Temperature:
    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


class Row:
    def __init__(self, index: int) -> None:
        self.index = index

    def __index__(self) -> int:
        return self.index


class Count(int):
    pass


class Level(IntEnum):
    HIGH = 3


def values_of_numpy() -> list[Any]:
    codes = "?" + np.typecodes["AllInteger"] + np.typecodes["Float"]
    real = {np.dtype(code).type for code in codes}
    assert len(real) >= 13
    scalars: list[Any] = [kind(1) for kind in sorted(real, key=str)]
    arrays = [np.full(shape, scalar) for scalar in scalars for shape in [(), (1,), (1, 1, 1)]]
    return scalars + arrays


def values_of_torch() -> list[Any]:
    values = []
    for dtype in sorted(
        {kind for kind in vars(torch).values() if isinstance(kind, torch.dtype)}, key=str
    ):
        if dtype.is_complex:
            continue
        try:
            one = torch.tensor(1.0).to(dtype)
            one.item()
        except (NotImplementedError, RuntimeError):
            continue  # torch itself cannot say what such an element is
        values += [one, one.reshape(1), one.reshape(1, 1)]
    dtypes = {value.dtype for value in values}
    assert {torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2, torch.bool} <= dtypes
    assert len(dtypes) >= 18
    return values


OTHER_ONES: list[Any] = [
    *(1, 1.0, True, Count(1), Row(1), Temperature(1.0), Decimal(1), Fraction(2, 2)),
    *([1], (1,), [[1.0]], [np.ones(1)], np.array([1], dtype=object)),
    *(np.True_, np.ma.array([1.0]), np.ones((1, 2))[:, :1], np.broadcast_to(np.float32(1), (1, 1))),
    torch.nn.Parameter(torch.ones(1)),
    torch.ones(1, 1, requires_grad=True),
    torch.ones(2)[:1],
    torch.nn.Buffer(torch.ones(())),
    [torch.ones(1, requires_grad=True)],
]


@FACES
def test_every_kind_of_number_is_taken(tmp_path: Path, face: Callable[..., Any]) -> None:
    ones = [*values_of_numpy(), *values_of_torch(), *OTHER_ONES]
    with face(tmp_path) as writer, warnings.catch_warnings():
        warnings.simplefilter("error")
        for one in ones:
            writer.add_scalar("one", one)
            writer.log({"one": one})
        writer.add_scalars("ones", {str(i): one for i, one in enumerate(ones[:20])})
    assert points(tmp_path) == [("one", 0, 1.0)] * (2 * len(ones))


@FACES
def test_numbers_of_jax(tmp_path: Path, face: Callable[..., Any]) -> None:
    jnp = pytest.importorskip("jax.numpy", reason="jax is not installed")
    values = [jnp.ones(()), jnp.ones((1, 1), dtype=jnp.bfloat16), jnp.ones(1, dtype=jnp.int32)]
    with face(tmp_path) as writer:
        for value in values:
            writer.add_scalar("one", value, jnp.asarray(3))
    assert points(tmp_path) == [("one", 3, 1.0)] * len(values)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-0.0, -0.0),
        (5e-324, 0.0),
        (1e-45, 1.401298464324817e-45),
        (1e39, math.inf),
        (-(10**300), -math.inf),
        (2**53 + 1, float(np.float32(2**53 + 1))),
        (np.uint64(2**64 - 1), 2.0**64),
        (np.longdouble("1e400"), math.inf),
        (torch.tensor(1e300, dtype=torch.float64), math.inf),
        (torch.tensor(70000.0, dtype=torch.bfloat16), 70144.0),
        (np.float16(0.1), float(np.float16(0.1))),
        (Level.HIGH, 3.0),
        (float("nan"), math.nan),
    ],
)
@FACES
def test_values_become_float32(
    tmp_path: Path, face: Callable[..., Any], value: Any, written: float
) -> None:
    with face(tmp_path) as writer:
        writer.add_scalar("x", value)
    ((_, _, found),) = points(tmp_path)
    assert repr(found) == repr(written)


@pytest.mark.parametrize(
    ("step", "written"),
    [
        (None, 0),
        (3, 3),
        (True, 1),
        (Count(3), 3),
        (Level.HIGH, 3),
        (Row(3), 3),
        (2.0, 2),
        (-0.0, 0),
        (np.int8(-3), -3),
        (np.uint64(3), 3),
        (np.float32(3), 3),
        (np.True_, 1),
        (np.array(3), 3),
        (np.array(3.0), 3),
        (torch.tensor(3), 3),
        (torch.tensor([3]), 3),
        (torch.tensor(3.0, requires_grad=True), 3),
        (Decimal(2**62 + 1), 2**62 + 1),
        (Fraction(6, 2), 3),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
    ],
)
@FACES
def test_steps(tmp_path: Path, face: Callable[..., Any], step: Any, written: int) -> None:
    with face(tmp_path) as writer, warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.add_scalar("x", 1, step)
        writer.log({"x": 1}, step)
        writer.add_scalars("x", {"y": 1}, step)
    assert [event.step for event in events(tmp_path)] == [written, written]
    (curve,) = {path.parent for path in tmp_path.rglob("*tfevents*")} - {tmp_path}
    assert [event.step for event in events(curve)] == [written]


@pytest.mark.parametrize(
    "walltime",
    [
        *(0, 0.0, -0.0, -5.5, 1e300, True, np.int64(5), np.float32(0.5), np.array(5.5)),
        *(torch.tensor(5.5), Decimal("5.5"), Fraction(1, 2)),
    ],
)
@FACES
def test_wall_times(tmp_path: Path, face: Callable[..., Any], walltime: Any) -> None:
    with face(tmp_path) as writer:
        writer.add_scalar("x", 1, 1, walltime)
        writer.log({"x": 1}, 1, walltime)
    found = [repr(event.wall_time) for event in events(tmp_path)]
    assert found == [repr(float(walltime))] * 2  # as text, to tell -0.0 from 0.0


def refusals() -> list[Refusal]:
    """Calls with one bad argument: method, arguments, the error, and what its message must name."""
    calls: list[Refusal] = []
    for step, error in NOT_A_STEP:
        calls.append(("add_scalar", ("t/x", 1, step), error, ["'t/x'", "step", shown(step)]))
        calls.append(
            ("add_scalars", ("t/x", {"k": 1}, step), error, ["'t/x'", "step", shown(step)])
        )
        calls.append(("log", ({"t/x": 1}, step), error, ["step", shown(step)]))
    for time, error in NOT_A_WALL_TIME:
        calls.append(("add_scalar", ("t", 1, 1, time), error, ["'t'", "walltime", shown(time)]))
        calls.append(
            ("add_scalars", ("t", {"k": 1}, 1, time), error, ["'t'", "walltime", shown(time)])
        )
        calls.append(("log", ({"t": 1}, 1, time), error, ["walltime", shown(time)]))
    for value, error in NOT_A_VALUE:
        # Of an array, its shape says more than its elements.
        named = [] if hasattr(value, "shape") or value == [] else [shown(value)]
        calls.append(("add_scalar", ("t", value), error, ["'t'", "value", *named]))
        calls.append(("add_scalars", ("t", {"good": 1, "bad": value}), error, ["'t/bad'", *named]))
        if not isinstance(value, dict):
            calls.append(("log", ({"g": {"good": 1, "bad": value}},), error, ["'g/bad'", *named]))
    for tag, error in NOT_A_TAG:
        calls.append(("add_scalar", (tag, 1), error, ["tag", repr(tag)]))
        calls.append(("add_scalars", (tag, {"k": 1}), error, ["tag", repr(tag)]))
        if not isinstance(tag, list):
            calls.append(("add_scalars", ("t", {"good": 1, tag: 1}), error, ["'t'", repr(tag)]))
            calls.append(("log", ({"good": 1, "g": {tag: 1}},), error, [repr(tag)]))
    return [
        *calls,
        ("add_scalars", (SURROGATE, {"k": 1}), ValueError, [repr(SURROGATE)]),
        ("add_scalars", ("t", {"good": 1, SURROGATE: 1}), ValueError, ["'t'", repr(SURROGATE)]),
        ("add_scalars", ("t", {"good": 1, "a\0": 1}), ValueError, ["'t'", r"'a\x00'"]),
        ("add_scalars", ("a\0", {"good": 1}), ValueError, [r"'a\x00'"]),
        ("add_scalars", ("t", [1]), TypeError, ["'t'", "mapping", "list"]),
        ("add_scalars", ("t", {"good": 1, "a/../../../b": 1}), ValueError, ["'a/../../../b'"]),
        ("log", ([("t", 1)],), TypeError, ["mapping", "list"]),
        ("log", (None,), TypeError, ["mapping"]),
        ("add_scalar", (), TypeError, ["tag"]),
        ("add_scalar", ("t",), TypeError, ["scalar_value"]),
        ("add_scalar", ("t", 1, 2, 3, "4", "5", 6), TypeError, ["positional"]),
        ("log", ({}, 1, 2, 3), TypeError, ["positional"]),
    ]


def refusals_of_main_face() -> list[Refusal]:
    return [
        ("add_scalar", ("t", 1, 1, 1, SURROGATE), ValueError, ["'t'", "display_name"]),
        ("add_scalar", ("t", 1, 1, 1, "", SURROGATE), ValueError, ["'t'", "summary_description"]),
        ("add_scalar", ("t", 1, 1, 1, 3), TypeError, ["'t'", "display_name"]),
        ("add_scalar", ("t", 1, 1, 1, "", b"x"), TypeError, ["'t'", "summary_description"]),
    ]


def refusals_of_torch_face() -> list[Refusal]:
    return [
        ("add_scalar", (SURROGATE, 1), ValueError, [repr(SURROGATE)]),
        ("log", ({"g": {"good": 1, SURROGATE: 1}},), ValueError, [repr(SURROGATE)]),
        ("add_scalars", ("t", {"good": 1, "/../../b": 1}), ValueError, ["'/../../b'"]),
    ]


def check_refusal(face: Callable[..., Any], directory: Path, refusal: Refusal) -> None:
    method, arguments, error, named = refusal
    with face(directory) as writer:
        path = only_file(directory)
        before = path.read_bytes()
        with pytest.raises(error) as caught:
            getattr(writer, method)(*arguments)
        assert type(caught.value) is error
        message = str(caught.value)
        assert all(name in message for name in named), message
        assert len(message) < 1000
        writer.flush()
        assert path.read_bytes() == before
        assert list(directory.glob("[!.]*")) == [path], "a directory for a curve that was refused"
        writer.add_scalar("after", 1.0)
        writer.add_scalars("after", {"curve": 1.0})
    assert points(directory) == [("after", 0, 1.0)]
    assert len(list(directory.rglob("*tfevents*"))) == 2


@pytest.mark.parametrize("refusal", refusals() + refusals_of_main_face())
def test_main_face_refuses_without_a_trace(tmp_path: Path, refusal: Refusal) -> None:
    check_refusal(tbx_native.SummaryWriter, tmp_path, refusal)


@pytest.mark.parametrize("refusal", refusals() + refusals_of_torch_face())
def test_torch_face_refuses_without_a_trace(tmp_path: Path, refusal: Refusal) -> None:
    check_refusal(TorchSummaryWriter, tmp_path, refusal)


@FACES
def test_unknown_and_doubled_keywords(tmp_path: Path, face: Callable[..., Any]) -> None:
    with face(tmp_path) as writer:
        with pytest.raises(TypeError, match="unexpected keyword argument 'wall_time'"):
            writer.add_scalar("x", 1, wall_time=3)
        with pytest.raises(TypeError, match="multiple values for argument 'tag'"):
            writer.add_scalar("x", 1, tag="y")
        # As from a config file: keywords that are equal, not identical, to the names in the code.
        writer.add_scalar(**{"".join(["t", "ag"]): "x", "".join(["scalar", "_value"]): 1})
    assert points(tmp_path) == [("x", 0, 1.0)]


def test_errors_keep_their_cause() -> None:
    class Broken:
        def __float__(self) -> float:
            raise RuntimeError("device lost")

    with pytest.raises(ValueError, match=r"tag 'x' cannot be read: .*device lost") as caught:
        to_value("x", Broken())
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_errors_of_a_value_that_are_not_about_it_pass(tmp_path: Path) -> None:
    class Interrupted:
        def __float__(self) -> float:
            raise KeyboardInterrupt

    with tbx_native.SummaryWriter(tmp_path) as writer:
        with pytest.raises(KeyboardInterrupt):
            writer.add_scalar("x", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            writer.log({"y": 1, "x": Interrupted()})
    assert events(tmp_path) == []


def test_without_a_tag_messages_name_none() -> None:
    with pytest.raises(ValueError, match=r"^step must be integral, not 1\.5$"):
        to_step(None, 1.5)
    with pytest.raises(ValueError, match=r"^walltime must be finite, not inf$"):
        to_wall_time(None, math.inf)


def test_messages_stay_short(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        for value in (np.zeros(100_000), [0.0] * 100_000, "x" * 100_000, 10**100_000):
            with pytest.raises((TypeError, ValueError)) as caught:
                writer.add_scalar("t", value)
            assert len(str(caught.value)) < 1000


def test_shown_survives_any_repr() -> None:
    class Unprintable:
        def __repr__(self) -> str:
            raise RuntimeError

    assert "Unprintable" in shown(Unprintable())
    assert shown(10**5000) == "<int>"


# ---- tags ----


def test_surrogates_are_cleaned_as_by_tensorboardx(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_scalar(SURROGATE, 1)
        writer.add_scalar(SURROGATE, 2)  # now remembered
        writer.log({SURROGATE: {"b\udfff": float("nan")}}, 3)
        with pytest.raises(ValueError, match=r"'a\\ud800/b'"):
            writer.log({SURROGATE: {"b": []}})
    assert [point[0] for point in points(tmp_path)] == ["a_", "a_", "a_/b_"]


def test_cleaning_is_remarked_on_once_per_tag(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "tbx_native"), tbx_native.SummaryWriter(tmp_path) as writer:
        for _ in range(3):
            writer.add_scalar("/a b", 1)
    assert caplog.messages == ["Summary name /a b is illegal; using a_b instead."]
    assert clean_tag("plain/tag_1.0-x") == "plain/tag_1.0-x"


def test_a_cleaned_tag_outlives_the_memory_of_tags(tmp_path: Path) -> None:
    """Python code may run between cleaning and writing, and clean as many tags as it likes."""

    class Flag:
        def __init__(self, writer: tbx_native.SummaryWriter) -> None:
            self.writer = writer

        def __bool__(self) -> bool:
            for i in range(10_001):
                self.writer.log({f"other {i}": 1})
            return False

    flag: Any = Flag
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a tag that fits into no small buffer", 1, new_style=flag(writer))
    assert points(tmp_path)[-1][0] == "a_tag_that_fits_into_no_small_buffer"
    assert len(points(tmp_path)) == 10_002


def test_more_tags_than_are_remembered(tmp_path: Path) -> None:
    """Clean ones, others, and those of a subclass, whatever was met before them."""

    class Tag(str):
        __slots__ = ()

    plain = [f"layer{i}/weight" for i in range(2000)]
    given = [*plain, *map(Tag, plain), *(f"layer {i}" for i in range(2000))]
    cleaned = [tag.replace(" ", "_") for tag in given]
    with tbx_native.SummaryWriter(tmp_path) as writer:
        for tag in given * 2:
            writer.add_scalar(tag, 1)
        writer.log({tag: {tag: 1} for tag in given})
    nested = [f"{tag}/{tag}" for tag in dict.fromkeys(cleaned)]
    assert [tag for tag, _, _ in points(tmp_path)] == cleaned * 2 + nested


def test_remembered_tags_go_with_their_writer(tmp_path: Path) -> None:
    tags = [f"layer{i}" for i in range(100)]
    before = list(map(sys.getrefcount, tags))
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.log(dict.fromkeys(tags, 1))
        assert sum(map(sys.getrefcount, tags)) > sum(before)
    del writer
    assert list(map(sys.getrefcount, tags)) == before


def test_nan_is_remarked_on_once_per_tag(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        for step in range(3, 6):
            writer.add_scalar("loss", float("nan"), step)
            writer.log({"a": {"b": np.float32("inf")}}, step)
        writer.add_scalar("fine", 1e39)  # becomes infinite, but was not given so
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert all("NaN or Inf found in input tensor." in message for message in caplog.messages)
    assert "'loss', step 3;" in caplog.messages[0]
    assert "'a/b'" in caplog.messages[1]
    caplog.clear()
    with TorchSummaryWriter(tmp_path / "torch") as writer:
        writer.add_scalar("loss", float("nan"))
    assert caplog.messages == []


# ---- log() ----


def test_log_is_one_event(tmp_path: Path) -> None:
    metrics = {"loss": 1, "val": {"/lo ss": np.float32(2), "top": {"5": torch.tensor([3.0])}}}
    for face, tags in (
        (tbx_native.SummaryWriter, ["loss", "val//lo_ss", "val/top/5"]),
        (TorchSummaryWriter, ["loss", "val//lo ss", "val/top/5"]),
    ):
        directory = tmp_path / face.__module__
        with face(directory) as writer:
            writer.log(metrics | {"empty": {}}, 4, 5.0)
            writer.log({})
            writer.log({"empty": {"nested": {}}})
        (event,) = events(directory)
        assert (event.step, event.wall_time) == (4, 5.0)
        assert [value.tag for value in event.summary.value] == tags
        assert [value.simple_value for value in event.summary.value] == [1, 2, 3]


def test_log_of_endless_metrics(tmp_path: Path) -> None:
    endless: dict[str, Any] = {}
    endless["more"] = endless
    with tbx_native.SummaryWriter(tmp_path) as writer:
        with pytest.raises(RecursionError):
            writer.log({"fine": 1, "endless": endless})
        writer.log({"after": 1})
    assert points(tmp_path) == [("after", 0, 1.0)]


def test_log_of_metrics_that_change(tmp_path: Path) -> None:
    class Growing:
        def __float__(self) -> float:
            metrics["new"] = 1
            return 1.0

    metrics: dict[str, Any] = {"a": Growing(), "b": 1}
    with (
        tbx_native.SummaryWriter(tmp_path) as writer,
        pytest.raises(RuntimeError, match="changed size"),
    ):
        writer.log(metrics)
    assert events(tmp_path) == []


def test_log_of_many_metrics(tmp_path: Path) -> None:
    """More than the queue takes in one piece."""
    metrics = {f"layer/{i}/weight": i for i in range(5000)}
    with tbx_native.SummaryWriter(tmp_path, queue_bytes=4096) as writer:
        writer.log(metrics, 1)
        writer.add_scalar("x" * 100_000, 1, 2)
    many, large = events(tmp_path)
    assert [value.tag for value in many.summary.value] == list(metrics)
    assert large == Event.FromString(large.SerializeToString())
    assert large.summary.value[0].tag == "x" * 100_000


# ---- log_freq ----


@FACES
def test_log_freq_skips_steps_between(tmp_path: Path, face: Callable[..., Any]) -> None:
    class NeverRead:
        def __float__(self) -> float:
            raise AssertionError("reading it may wait for a device")

    with face(tmp_path, log_freq=3) as writer:
        for step in range(-3, 5):
            value = 1.0 if step % 3 == 0 else NeverRead()
            writer.add_scalar("x", value, step)
            writer.log({"y": value}, step)
            writer.add_scalars("z", {"k": value}, step)
        writer.add_scalar("x", 1.0)
        for bad_step in ("1", 1.5):
            with pytest.raises((TypeError, ValueError)):
                writer.add_scalar("x", 1.0, bad_step)
    expected = [(tag, step, 1.0) for step in (-3, 0, 3) for tag in ("x", "y")]
    assert points(tmp_path) == [*expected, ("x", 0, 1.0)]
    (curve,) = {path.parent for path in tmp_path.rglob("*tfevents*")} - {tmp_path}
    assert points(curve) == [("z", step, 1.0) for step in (-3, 0, 3)]
