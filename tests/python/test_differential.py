"""The native writers against the reference writer: for equal calls equal bytes, equal refusals."""

from __future__ import annotations

import logging
import os
import tempfile
from collections import ChainMap, OrderedDict
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

import tbx_native
from benchmarks.reference_record import frame
from benchmarks.reference_writer import ReferenceWriter
from tbx_native.compat.torch import SummaryWriter as TorchSummaryWriter
from tests.python.bad_arguments import NOT_A_STEP, NOT_A_TAG, NOT_A_VALUE, NOT_A_WALL_TIME
from tests.python.event_files import SCRATCH, payloads, without_times

torch = pytest.importorskip("torch")

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
EXTREME_FLOATS = st.sampled_from(
    [
        *(0.0, -0.0, float("nan"), float("inf"), float("-inf"), 5e-324, -5e-324, 1e-45, 1.5e-45),
        # The largest float32, and the doubles on both sides of what rounds to infinity.
        *(3.4028234663852886e38, 3.4028235677973366e38, 3.402823567797337e38, -1e39, 1.7e308),
    ]
)
FLOATS = st.floats() | EXTREME_FLOATS


class Floaty:
    """Only a float to whoever asks."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Floaty({self.value!r})"

    def __float__(self) -> float:
        return self.value


class Count(int):
    """An int of another type."""


NUMPY_SCALARS = st.sampled_from(
    [
        *(np.bool_, np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32),
        *(np.int64, np.uint64, np.float16, np.float32, np.float64),
    ]
).flatmap(lambda kind: st_np.from_dtype(np.dtype(kind)))
TORCH_DTYPES = st.sampled_from(
    [
        *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.uint16),
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
        *(torch.float8_e4m3fn, torch.float8_e5m2),
    ]
)
SMALL_NUMBERS = st.integers(0, 100) | st.floats(0, 100, width=16)
TENSORS = st.builds(
    lambda value, dtype, shape: torch.tensor(value).to(dtype).reshape(shape),
    SMALL_NUMBERS,
    TORCH_DTYPES,
    st.sampled_from([(), (1,), (1, 1)]),
) | FLOATS.map(lambda value: torch.tensor(value, dtype=torch.float64, requires_grad=True))
NUMBERS = (
    FLOATS
    | st.integers()
    | st.integers(-(10**40), 10**40)
    | st.booleans()
    | NUMPY_SCALARS
    | TENSORS
    | st.integers().map(Count)
    | FLOATS.map(Floaty)
    | st.decimals(allow_nan=False)
    | st.fractions()
)
VALUES = (
    FLOATS
    | NUMBERS
    | NUMPY_SCALARS.map(np.asarray)
    | NUMPY_SCALARS.map(lambda value: np.full((1, 1), value))
    | NUMBERS.map(lambda value: [value])
    | NUMBERS.map(lambda value: ([value],))
)
NOT_VALUES = st.sampled_from([value for value, _ in NOT_A_VALUE])
STEPS = (
    st.none()
    | INT64
    | st.booleans()
    | st.integers(-1000, 1000)
    | INT64.map(np.int64)
    | st.integers(-1000, 1000).map(float)
    | st.integers(0, 1000).map(np.array)
    | st.integers(0, 1000).map(torch.tensor)
    | INT64.map(Decimal)
    | INT64.map(Fraction)
)
NOT_STEPS = st.sampled_from([step for step, _ in NOT_A_STEP])
WALL_TIMES = (
    st.sampled_from([0.0, -0.0, -1.5, 0, 1_700_000_000.25])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False, width=32).map(np.float32)
    | st.fractions()
)
NOT_WALL_TIMES = st.sampled_from([wall_time for wall_time, _ in NOT_A_WALL_TIME])
ANY_TEXT = st.text(st.characters(), max_size=12)  # lone surrogates and all
PLAIN_TAGS = st.from_regex(r"[a-zA-Z0-9_./-]{1,20}", fullmatch=True)
TAGS = ANY_TEXT | PLAIN_TAGS | st.sampled_from(["loss", "", "/", "//a", "a b", "日本/é", "a\0b"])
NOT_TAGS = st.sampled_from([tag for tag, _ in NOT_A_TAG if not isinstance(tag, list)])
TITLES = st.just("") | st.none() | ANY_TEXT | st.sampled_from([3, b"x"])

# Directories below the run's, in one spelling; no file name is longer than 255 bytes.
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0."), min_size=1, max_size=6
)
PATH_TAGS = st.lists(NAMES, min_size=1, max_size=2).map("/".join)
ABSOLUTE_TAGS = PATH_TAGS.map(lambda tag: "/" + tag)  # below the run's directory all the same
BAD_PATH_TAGS = st.sampled_from(["a\0b", "\ud800", 3, None])
OUTSIDE = st.just("../../..")  # for who joins tags with slashes; torch does not


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """Nearly every value that is not finite comes with a new tag, and would be remarked on."""
    logger = logging.getLogger("tbx_native")
    level = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(level)


def mostly(good: st.SearchStrategy[Any], bad: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """`good` but for one time in twenty: a call has several arguments, and should often succeed."""
    return st.integers(0, 19).flatmap(lambda die: bad if die == 13 else good)


STAMP = {
    "global_step": mostly(STEPS, NOT_STEPS),
    "walltime": mostly(WALL_TIMES, NOT_WALL_TIMES),
}
STYLE = {
    "new_style": st.booleans() | st.sampled_from([0, 1, None, "yes"]),
    "double_precision": st.booleans(),
}
ADD_SCALAR = st.fixed_dictionaries(
    {"tag": mostly(TAGS, NOT_TAGS), "scalar_value": mostly(VALUES, NOT_VALUES)} | STAMP
)
METRICS = st.recursive(
    mostly(VALUES, NOT_VALUES),
    lambda inner: st.builds(
        lambda kind, metrics: kind(metrics),
        st.sampled_from([dict, OrderedDict, MappingProxyType, ChainMap]),
        st.dictionaries(TAGS, inner, max_size=4),
    ),
    max_leaves=8,
)
LOG = st.fixed_dictionaries(
    {
        "metrics": st.dictionaries(mostly(TAGS, NOT_TAGS), METRICS, max_size=4),
        "step": STAMP["global_step"],
        "walltime": STAMP["walltime"],
    }
)


def add_scalars(
    main_tags: st.SearchStrategy[Any], bad_tags: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    curves = st.dictionaries(
        mostly(PATH_TAGS, bad_tags), mostly(VALUES, NOT_VALUES), min_size=1, max_size=3
    )
    return st.fixed_dictionaries(
        {"main_tag": mostly(main_tags, bad_tags), "tag_scalar_dict": curves} | STAMP
    )


def calls(
    add_scalar_optional: dict[str, st.SearchStrategy[Any]],
    main_tags: st.SearchStrategy[Any],
    bad_tags: st.SearchStrategy[Any],
) -> st.SearchStrategy[list[tuple[str, dict[str, Any]]]]:
    """Sequences of (method, keyword arguments)."""
    add_scalar = st.builds(
        lambda required, optional: required | optional,
        ADD_SCALAR,
        st.just({}) | st.fixed_dictionaries({}, optional=add_scalar_optional),
    )
    return st.lists(
        st.tuples(st.just("add_scalar"), add_scalar)
        | st.tuples(st.just("add_scalar"), add_scalar)
        | st.tuples(st.just("log"), LOG)
        | st.tuples(st.just("add_scalars"), add_scalars(main_tags, bad_tags)),
        max_size=10,
    )


def refused(writer: Any, sequence: list[tuple[str, dict[str, Any]]]) -> list[bool]:
    """Which calls raised an error; the writer goes on.

    Not which error: the two may look at several bad arguments in different orders. One bad argument
    at a time is for test_arguments.py.
    """
    errors = []
    for method, arguments in sequence:
        try:
            getattr(writer, method)(**arguments)
        except (TypeError, ValueError):
            errors.append(True)
        else:
            errors.append(False)
    return errors


def directory_of_torch(main_tag: str, tag: str) -> str:
    return f"{main_tag.replace('/', '_')}_{tag}"


def directories_of_curves(
    sequence: list[tuple[str, dict[str, Any]]], errors: list[bool]
) -> dict[str, str]:
    """Where the reference writer has each curve, and where torch has it."""
    return {
        os.path.join(arguments["main_tag"].lstrip("/"), tag.lstrip("/")): directory_of_torch(
            arguments["main_tag"], tag
        )
        for (method, arguments), error in zip(sequence, errors, strict=True)
        if method == "add_scalars" and not error
        for tag in arguments["tag_scalar_dict"]
    }


def written(directory: Path, opening_records: int) -> list[bytes]:
    """The records right in `directory`; the first ones without their times."""
    records: list[bytes] = []
    for path in sorted(directory.glob("*tfevents*")):
        found = payloads(path)
        assert path.read_bytes() == b"".join(map(frame, found))
        records += found
    opening = [without_times(record) for record in records[:opening_records]]
    return opening + records[opening_records:]


def without_source(payload: bytes) -> bytes:
    """A version record without the name of the writing code, which only torch's face gives."""
    tail = b"R.\n,tensorboard.summary.writer.event_file_writer"
    assert payload.endswith(tail)
    return payload[: -len(tail)]


def check(
    open_native: Callable[..., Any],
    sequence: list[tuple[str, dict[str, Any]]],
    purge_step: int | None,
    *,
    torch_face: bool,
) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        native, reference = Path(scratch, "native"), Path(scratch, "reference")
        with open_native(native, purge_step=purge_step) as writer:
            native_errors = refused(writer, sequence)
        with ReferenceWriter(reference, purge_step=purge_step, clean_tags=not torch_face) as writer:
            errors = refused(writer, sequence)
        assert native_errors == errors

        curves = directories_of_curves(sequence, errors)
        if not torch_face:
            curves = {curve: curve for curve in curves}
        found = {path.parent.relative_to(native) for path in native.rglob("*tfevents*")}
        assert found == {Path(), *map(Path, curves.values())}
        opening = 1 if purge_step is None else 4
        for of_reference, of_native, count in [
            ("", "", opening),
            *((of_reference, of_native, 1) for of_reference, of_native in curves.items()),
        ]:
            ours = written(native / of_native, count)
            if torch_face:
                ours[0] = without_source(ours[0])
            assert ours == written(reference / of_reference, count)


THOROUGHLY = settings(
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PURGE_STEPS = st.none() | st.none() | INT64


@THOROUGHLY
@given(
    calls(
        STYLE | {"display_name": TITLES, "summary_description": TITLES},
        PATH_TAGS | ABSOLUTE_TAGS,
        BAD_PATH_TAGS | OUTSIDE,
    ),
    PURGE_STEPS,
)
@example([("add_scalars", {"main_tag": "/a", "tag_scalar_dict": {"/k": 1}, "walltime": 0.0})], 3)
def test_main_face(sequence: list[tuple[str, dict[str, Any]]], purge_step: int | None) -> None:
    check(tbx_native.SummaryWriter, sequence, purge_step, torch_face=False)


def curves_meet(sequence: list[tuple[str, dict[str, Any]]]) -> bool:
    """torch gives ("a", "b_c") and ("a_b", "c") one directory, the reference writer two."""
    named = {
        (str(arguments["main_tag"]).lstrip("/"), str(tag))
        for method, arguments in sequence
        if method == "add_scalars"
        for tag in arguments["tag_scalar_dict"]
    }
    return len({directory_of_torch(*names) for names in named}) != len(named)


@THOROUGHLY
@given(
    calls(STYLE, PATH_TAGS, BAD_PATH_TAGS).filter(lambda sequence: not curves_meet(sequence)),
    PURGE_STEPS,
)
def test_torch_face(sequence: list[tuple[str, dict[str, Any]]], purge_step: int | None) -> None:
    check(TorchSummaryWriter, sequence, purge_step, torch_face=True)
