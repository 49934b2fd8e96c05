"""add_histogram(): buckets against numpy's and tensorboardX's, dtypes, inputs, bad values."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboardX import summary as theirs

import tbx_native
from benchmarks.reference_histogram import default_limits, histogram
from tests.python.event_files import events

DTYPES = [*(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)), "bool"]
DTYPES += ["float16", "float32", "float64"]


@pytest.fixture(params=["tensorboardx", "torch"])
def writer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "torch":
        from tbx_native.compat.torch import SummaryWriter as TorchFace

        yield TorchFace(tmp_path)
    else:
        yield tbx_native.SummaryWriter(tmp_path)


def written(writer: Any) -> list[Any]:
    """The histograms that the writer has written, after closing it."""
    writer.close()
    found = events(Path(writer.get_logdir()))
    return [value.histo for event in found for value in event.summary.value]


def check(histo: Any, values: Any, bins: Any = "tensorflow", max_bins: int | None = None) -> None:
    """Compares with the reference: buckets and extremes exactly, sums to 1e-12."""
    expected = histogram(values, bins, max_bins)
    assert list(histo.bucket_limit) == expected.limits
    assert list(histo.bucket) == expected.counts
    assert (histo.min, histo.max, histo.num) == (expected.min, expected.max, expected.num)
    magnitudes = np.abs(np.asarray(values).astype(np.float64).reshape(-1))
    scale = float(magnitudes[np.isfinite(magnitudes)].sum())
    assert histo.sum == pytest.approx(expected.sum, rel=1e-12, abs=1e-12 * scale, nan_ok=True)
    assert histo.sum_squares == pytest.approx(expected.sum_squares, rel=1e-12, nan_ok=True)


def test_the_default_limits_are_tensorboardx_s(tmp_path: Path) -> None:
    from tensorboardX import SummaryWriter as TheirWriter

    with TheirWriter(str(tmp_path / "theirs")) as their_writer:
        assert default_limits() == their_writer.default_bins
    with tbx_native.SummaryWriter(tmp_path / "ours") as our_writer:
        assert our_writer.default_bins == their_writer.default_bins


arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(max_dims=3, max_side=30))
)


@settings(max_examples=150, deadline=None)
@given(values=arrays)
def test_default_buckets_match_the_reference(
    values: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with tbx_native.SummaryWriter(tmp_path_factory.mktemp("run")) as writer:
        with np.errstate(over="ignore", invalid="ignore"):
            writer.add_histogram("tag", values, 7)
            check(written(writer)[0], values)


bounded = st.sampled_from(["float32", "float64", "int32"]).flatmap(
    lambda dtype: hnp.arrays(
        dtype,
        hnp.array_shapes(max_dims=2, max_side=40),
        elements=(
            st.integers(-1000, 1000)
            if dtype == "int32"
            else st.integers(-8000, 8000).map(lambda eighths: eighths / 8)
        ),
    )
)
ESTIMATORS = ["sturges", "sqrt", "rice", "auto", "fd", "doane", "scott", "stone"]
BINS = st.sampled_from([1, 7, 30, *ESTIMATORS])


@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("ignore:The number of bins estimated may be suboptimal")
@given(values=bounded, bins=BINS, max_bins=st.none() | st.integers(1, 50))
def test_numpy_s_bins_match_tensorboardx(
    values: Any, bins: Any, max_bins: int | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with tbx_native.SummaryWriter(tmp_path_factory.mktemp("run")) as writer:
        writer.add_histogram("tag", values, bins=bins, max_bins=max_bins)
        (histo,) = written(writer)
    check(histo, values, bins, max_bins)
    expected = theirs.histogram("tag", values, bins, max_bins).value[0].histo
    assert list(histo.bucket_limit) == list(expected.bucket_limit)
    assert list(histo.bucket) == list(expected.bucket)


@settings(max_examples=100, deadline=None)
@given(values=bounded, max_bins=st.none() | st.integers(1, 2000))
def test_default_bins_match_tensorboardx(
    values: Any, max_bins: int | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with tbx_native.SummaryWriter(tmp_path_factory.mktemp("run")) as writer:
        writer.add_histogram("tag", values, max_bins=max_bins)
        (histo,) = written(writer)
    expected = theirs.histogram("tag", values, default_limits(), max_bins).value[0].histo
    assert list(histo.bucket_limit) == list(expected.bucket_limit)
    assert list(histo.bucket) == list(expected.bucket)
    assert (histo.min, histo.max, histo.num) == (expected.min, expected.max, expected.num)


def test_given_limits_leave_out_what_lies_outside(writer: Any) -> None:
    values = np.array([-5.0, 0.0, 0.5, 1.0, 2.0, 2.5])
    writer.add_histogram("tag", values, bins=[0, 1, 2])
    writer.add_histogram("uneven", values, bins=(0.0, 0.1, 2.0, 2.0))
    even, uneven = written(writer)
    check(even, values, [0, 1, 2])
    check(uneven, values, [0.0, 0.1, 2.0, 2.0])
    assert sum(even.bucket) == 4
    assert even.num == 6


def test_values_on_and_beside_every_limit(writer: Any) -> None:
    limits = np.array(default_limits())
    doubles = np.concatenate([limits, np.nextafter(limits, np.inf), np.nextafter(limits, -np.inf)])
    with np.errstate(under="ignore"):
        singles = limits.astype(np.float32)
    singles = np.concatenate([singles, np.nextafter(singles, np.float32(np.inf))])
    extremes = np.array([1e-320, -1e-320, 0.0, -0.0, 1e300, -1e300, 1.7e308, 1e20, -1e20])
    for values in (doubles, singles, extremes):
        writer.add_histogram("tag", values)
    for histo, values in zip(written(writer), (doubles, singles, extremes), strict=True):
        with np.errstate(over="ignore"):
            check(histo, values)
        assert sum(histo.bucket) == len(values)


@pytest.mark.parametrize("order", ["C", "F"])
def test_strides_do_not_matter(writer: Any, order: Any) -> None:
    base = np.asarray(np.random.default_rng(0).normal(size=(60, 70)), order=order)
    views = [base, base.T, base[::2, ::-3], np.broadcast_to(base[0], (5, 70)), base[3:4, 5]]
    for view in views:
        writer.add_histogram("tag", view)
    for histo, view in zip(written(writer), views, strict=True):
        check(histo, view)


@pytest.mark.parametrize(
    "values",
    [
        3,
        2.5,
        True,
        [1, 2, 3.5],
        ((1, 2), (3, 4)),
        range(10),
        bytearray(b"abc"),
        memoryview(b"abc").cast("b"),
        np.float16(1.5),
        np.arange(5, dtype=">f4"),
        np.arange(5, dtype=np.longdouble),
        np.array([1, 2.5], dtype=object),
    ],
    ids=repr,
)
def test_whatever_holds_numbers_is_taken(writer: Any, values: Any) -> None:
    writer.add_histogram("tag", values)
    (histo,) = written(writer)
    is_buffer = isinstance(values, bytearray)
    check(histo, np.array(memoryview(values)) if is_buffer else np.asarray(values))


class _ArrayLike:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.arange(4.0)


class _DlpackLike:
    def __init__(self) -> None:
        self._array = np.arange(4.0)

    def __dlpack__(self, **arguments: Any) -> Any:
        return self._array.__dlpack__(**arguments)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()


@pytest.mark.parametrize("values", [_ArrayLike(), _DlpackLike()])
def test_array_protocols_are_understood(writer: Any, values: Any) -> None:
    writer.add_histogram("tag", values)
    check(written(writer)[0], np.arange(4.0))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ([], ValueError),
        (np.empty((0, 3)), ValueError),
        ("text", TypeError),
        (b"bytes", TypeError),
        (None, TypeError),
        (["a", "b"], TypeError),
        ([[1, 2], [3]], ValueError),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), TypeError),
        (np.array([(1, 2)], dtype="i4,i4"), TypeError),
        (np.array([object()]), TypeError),
        ({"a": 1}, TypeError),
    ],
    ids=repr,
)
def test_what_holds_none_is_refused(writer: Any, values: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="some/tag"):
        writer.add_histogram("some/tag", values)
    if values is not None:  # which add_histograms() passes over
        with pytest.raises(error, match="all/some/tag"):
            writer.add_histograms("all", {"fine": [1.0], "some/tag": values})
    writer.add_histogram("tag", [1.0])
    assert [list(histo.bucket) for histo in written(writer)] == [[0, 1]]


NO_BINS = ["nonsense", 0, -1, [1.0], [2.0, 1.0], [[1, 2]], [0.0, math.nan], None]


@pytest.mark.parametrize("bins", NO_BINS)
def test_bins_that_are_none_are_refused(writer: Any, bins: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="tag"):
        writer.add_histogram("tag", [1.0, 2.0], bins=bins)
    assert written(writer) == []


@pytest.mark.parametrize("max_bins", [0, -3, "many", 2.5])
def test_max_bins_that_is_none_is_refused(writer: Any, max_bins: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="max_bins of tag 'some/tag'"):
        writer.add_histogram("some/tag", [1.0, 2.0], max_bins=max_bins)
    assert written(writer) == []


def test_an_outlier_does_not_ask_for_endless_buckets(writer: Any) -> None:
    values = np.concatenate([np.random.default_rng(0).normal(size=1000), [1e30]])
    writer.add_histogram("auto", values, bins="auto")
    writer.add_histogram("fd", values, bins="fd")
    for histo in written(writer):
        assert len(histo.bucket) <= 65_537
        assert sum(histo.bucket) == 1001


@pytest.mark.parametrize("bins", ["tensorflow", "auto", 10, [-1.0, 0.0, 1.0]])
def test_values_that_are_not_finite_never_raise(tmp_path: Path, bins: Any, caplog: Any) -> None:
    writer = tbx_native.SummaryWriter(tmp_path)
    with caplog.at_level(logging.WARNING, "tbx_native"):
        for step in range(3):
            some_values = np.array([1.0, math.nan, math.inf, -math.inf, 0.5])
            writer.add_histogram("some", some_values, step, bins)
            writer.add_histogram("only", np.array([math.nan, math.inf]), step, bins)
    assert len(caplog.records) == 2
    assert all("NaN or Inf found in input tensor." in r.getMessage() for r in caplog.records)
    assert "'some', step 0, 3 of 5 values;" in caplog.records[0].getMessage()
    some, only = written(writer)[:2]
    assert (some.num, some.min, some.max, some.sum) == (2, 0.5, 1.0, 1.5)
    assert (only.num, only.sum, len(only.bucket)) == (0, 0, sum(only.bucket))


def test_the_array_may_change_when_the_call_has_returned(writer: Any) -> None:
    values = np.ones(1_000_000, np.float32)
    writer.add_histogram("tag", values)
    values[:] = 5
    (histo,) = written(writer)
    assert (histo.min, histo.max, histo.num) == (1, 1, 1_000_000)


def test_raw_buckets_are_written_as_given(writer: Any) -> None:
    buckets = [2.0, 4.0, 6.0], np.array([1, 2, 3])
    writer.add_histogram_raw("tag", 1, 5.5, 6, 20, 80, *buckets, 9, 123.5)
    writer.add_histogram_raw("empty", 0, 0, 0, 0, 0, [], [])
    with pytest.raises(ValueError, match=r"len\(bucket_limits\) != len\(bucket_counts\)"):
        writer.add_histogram_raw("tag", 0, 1, 2, 3, 4, [1.0], [1, 2])
    writer.close()
    first, second = events(Path(writer.get_logdir()))
    assert (first.step, first.wall_time) == (9, 123.5)
    histo = first.summary.value[0].histo
    assert list(histo.bucket_limit) == [2, 4, 6]
    assert list(histo.bucket) == [1, 2, 3]
    assert (histo.min, histo.max, histo.num, histo.sum, histo.sum_squares) == (1, 5.5, 6, 20, 80)
    assert second.summary.value[0].tag == "empty"


def test_raw_buckets_of_any_type_are_numbers(writer: Any) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="types that numpy lacks")
    limits = np.array([1.0, 2.0, 4.0])
    for name in ("bfloat16", "float8_e5m2"):
        narrow = limits.astype(getattr(ml_dtypes, name))
        writer.add_histogram_raw("tag", 0, 4, 3, 7, 21, narrow, narrow)
    for histo in written(writer):
        assert list(histo.bucket_limit) == list(histo.bucket) == [1, 2, 4]


@pytest.mark.parametrize(
    "statistic", [None, "1", 1j, [1.0, 2.0], 10**400], ids=["none", "str", "complex", "two", "huge"]
)
def test_raw_statistics_that_are_no_numbers_are_refused(writer: Any, statistic: Any) -> None:
    for position, name in enumerate(("min", "max", "num", "sum", "sum_squares")):
        statistics: list[Any] = [0.0] * 5
        statistics[position] = statistic
        with pytest.raises((TypeError, ValueError), match=f"^{name} of tag 'some/tag'"):
            writer.add_histogram_raw("some/tag", *statistics, [1.0], [1])
    with pytest.raises(ValueError, match="tag cannot be encoded"):
        writer.add_histogram_raw("lone \ud800", 0, 1, 2, 3, 4, [1.0], [1])
    assert written(writer) == []


def test_many_arrays_make_one_event(writer: Any) -> None:
    named = {"a": np.arange(3), "b/c": [1.0], "none": None}
    writer.add_histograms("model", named, 5, 77.0)
    writer.add_histograms("", iter(named.items()), step=6)
    writer.add_histograms("nothing", {}, 7)
    writer.close()
    first, second = events(Path(writer.get_logdir()))
    assert (first.step, first.wall_time, second.step) == (5, 77.0, 6)
    assert [value.tag for value in first.summary.value] == ["model/a", "model/b/c"]
    assert [value.tag for value in second.summary.value] == ["a", "b/c"]
    check(first.summary.value[0].histo, np.arange(3))


@pytest.mark.parametrize("pairs", [3, None, [1], [("a", 1, 2)], ["ab"], [(1, [2.0])]])
def test_what_is_no_pairs_is_refused(writer: Any, pairs: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="model|tag must be a str"):
        writer.add_histograms("model", pairs)
    assert written(writer) == []


@pytest.mark.parametrize("prefix", [3, b"model", 1.5])
def test_a_prefix_that_is_none_is_refused(writer: Any, prefix: Any) -> None:
    with pytest.raises(TypeError, match="prefix must be a str"):
        writer.add_histograms(prefix, {"a": [1.0]})
    assert written(writer) == []


def test_tags_are_cleaned_in_one_face_only(tmp_path: Path) -> None:
    from tbx_native.compat.torch import SummaryWriter as TorchFace

    for name, face in {"ours": tbx_native.SummaryWriter, "torch": TorchFace}.items():
        with face(tmp_path / name) as writer:
            writer.add_histogram("/a b", [1.0])
    (ours,), (torch,) = events(tmp_path / "ours"), events(tmp_path / "torch")
    assert (ours.summary.value[0].tag, torch.summary.value[0].tag) == ("a_b", "/a b")
