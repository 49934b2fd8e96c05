"""add_pr_curve(): tensorboardX's sums, bit for bit; shapes, dtypes, bad arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.plugins.pr_curve import metadata
from tensorboard.util import tensor_util
from tensorboardX import summary as theirs

from tbx_native import _core
from tests.python.faces import FACES, add, as_tensorboard_s, only_summary, torch_s, written

RNG = np.random.default_rng(0)
LABELS = RNG.random(1000) < 0.3
PREDICTIONS = RNG.random(1000).astype(np.float32)


def their_sums(labels: Any, predictions: Any, thresholds: int, weights: Any = None) -> Any:
    """tensorboardX's true and false positives of each threshold, as float64."""
    with np.errstate(all="ignore"):
        return theirs.compute_curve(labels, predictions, thresholds, weights)[:2]


def our_sums(labels: Any, predictions: Any, thresholds: int, weights: Any = None) -> Any:
    sums = _core.count_thresholds("tag", labels, predictions, weights, thresholds)
    buckets = np.frombuffer(sums).reshape(2, thresholds)
    with np.errstate(all="ignore"):
        return np.cumsum(buckets[:, ::-1], axis=1)[:, ::-1]


SIZES = st.integers(0, 3000)
ANY_PREDICTION = st.floats(0, 1) | st.floats() | st.sampled_from([0.0, -0.0, 1.0, 1.5, -1e-9])


@st.composite
def curves(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of compute_curve()."""
    size = draw(SIZES)
    seeded = np.random.default_rng(draw(st.integers(0, 2**32)))
    thresholds = draw(st.integers(1, 127))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    predictions = seeded.random(size).astype(dtype)
    # On the borders of buckets, and beside them.
    on_border = seeded.integers(0, 2, size, bool)
    borders = (seeded.integers(0, thresholds + 1, size) / max(thresholds - 1, 1)).astype(dtype)
    beside = np.nextafter(borders, seeded.integers(-1, 2, size).astype(dtype))
    predictions[on_border] = beside[on_border]
    some = draw(st.lists(ANY_PREDICTION, max_size=min(size, 9)))
    with np.errstate(over="ignore"):
        predictions[: len(some)] = some
    label_type = draw(st.sampled_from(["bool", "int64", "int32", "uint8", "float32", "soft"]))
    soft = seeded.random(size)
    labels: Any = soft if label_type == "soft" else np.rint(soft).astype(label_type)
    weights = draw(st.none() | st.just(seeded.random(size)) | st.just(seeded.random(size) * 1e9))
    return {
        "labels": labels,
        "predictions": predictions,
        "thresholds": thresholds,
        "weights": weights,
    }


@settings(max_examples=200, deadline=None)
@given(curve=curves())
def test_sums_are_tensorboardx_s_bit_for_bit(curve: dict[str, Any]) -> None:
    assert our_sums(**curve).tobytes() == np.asarray(their_sums(**curve)).tobytes()


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 200_000])
def test_sums_of_more_than_numpy_s_runs_are_the_same(size: int) -> None:
    predictions, weights = RNG.random(size), RNG.random(size) * RNG.choice([1e-9, 1, 1e9], size)
    labels = RNG.random(size)
    ours, expected = (sums(labels, predictions, 100, weights) for sums in (our_sums, their_sums))
    assert ours.tobytes() == np.asarray(expected).tobytes()


shapes = hnp.array_shapes(max_dims=3, max_side=20)


@settings(max_examples=60, deadline=None)
@given(
    shape=shapes,
    num_thresholds=st.sampled_from([1, 2, 50, 126, 127, 128, 1000]),
    weights=st.sampled_from([None, 2, 0.5, "array", "row"]),
)
def test_the_value_is_tensorboardx_s(
    shape: Any, num_thresholds: int, weights: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seeded = np.random.default_rng(0)
    labels, predictions = seeded.random(shape) < 0.4, seeded.random(shape)
    if isinstance(weights, str):
        weights = seeded.random(shape if weights == "array" else shape[-1:])
    expected = as_tensorboard_s(
        theirs.pr_curve("/a tag", labels, predictions, num_thresholds, weights)
    )
    for face in FACES:
        directory = tmp_path_factory.mktemp("run")
        arguments = ("/a tag", labels, predictions, None, num_thresholds, weights)
        assert add(face, directory, "add_pr_curve", *arguments) == expected


def test_the_value_is_torch_s(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    labels, predictions = torch.tensor(LABELS), torch.tensor(PREDICTIONS, requires_grad=True)
    ours = add("torch", tmp_path, "add_pr_curve", "tag", labels, predictions)
    assert ours == as_tensorboard_s(torch_s().pr_curve("tag", LABELS, PREDICTIONS))


@pytest.mark.parametrize(
    ("labels", "predictions"),
    [
        (LABELS.tolist(), PREDICTIONS.tolist()),
        (LABELS[::2], PREDICTIONS[::2]),
        (LABELS.reshape(20, 50).T, np.asfortranarray(PREDICTIONS.reshape(20, 50)).T),
        (LABELS, LABELS),
        (LABELS, LABELS.astype(np.int32)),
        (np.zeros(0, bool), np.zeros(0)),
        (LABELS.astype(">f4"), PREDICTIONS.astype(">f8")),
    ],
    ids=["lists", "strided", "transposed", "bool", "int32", "nothing", "big-endian"],
)
def test_arrays_of_every_kind_are_counted(tmp_path: Path, labels: Any, predictions: Any) -> None:
    expected = theirs.pr_curve("tag", np.array(labels), np.array(predictions))
    ours = add("tensorboardx", tmp_path, "add_pr_curve", "tag", labels, predictions)
    assert ours == as_tensorboard_s(expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float8_e4m3fn"])
def test_short_floats_are_counted_as_float32(tmp_path: Path, dtype: str) -> None:
    """tensorboardX multiplies float16 in float16, which puts some into the next bucket."""
    torch = pytest.importorskip("torch")
    predictions = torch.tensor(PREDICTIONS).to(getattr(torch, dtype))
    ours = add("tensorboardx", tmp_path, "add_pr_curve", "tag", LABELS, predictions)
    assert ours == as_tensorboard_s(theirs.pr_curve("tag", LABELS, predictions.float().numpy()))


def test_tensorboard_reads_the_curve(tmp_path: Path) -> None:
    writer = FACES["tensorboardx"](tmp_path)
    writer.add_pr_curve("tag", LABELS, PREDICTIONS, 3, num_thresholds=50, walltime=12.5)
    (event,) = written(writer)
    assert (event.step, event.wall_time) == (3, 12.5)
    (value,) = event.summary.value
    assert metadata.parse_plugin_metadata(value.metadata.plugin_data.content).num_thresholds == 50
    tp, fp, tn, fn, precision, recall = tensor_util.make_ndarray(value.tensor)
    assert tp[0] == LABELS.sum() and fp[0] == (~LABELS).sum()
    assert (tp + fn == tp[0]).all() and (fp + tn == fp[0]).all()
    assert precision[0] == pytest.approx(LABELS.mean()) and recall[0] == 1


RAW = [[75, 64, 21], (150, 105, 18), np.array([0, 45, 132]), [0, 11, 54]]
RAW += [np.array([1 / 3, 0.378, 0.538]), np.array([1.0, 0.853, 0.28], np.float32)]


@pytest.mark.parametrize("num_thresholds", [3, 127, 500])
def test_raw_curves_are_written_as_given(tmp_path: Path, num_thresholds: int) -> None:
    arguments = ("/a tag", *RAW)
    expected = as_tensorboard_s(theirs.pr_curve_raw(*arguments, num_thresholds))
    for face in FACES:
        writer = FACES[face](tmp_path / face)
        writer.add_pr_curve_raw(*arguments, 9, num_thresholds, "not used", 12.5)
        (event,) = written(writer)
        assert (event.step, event.wall_time) == (9, 12.5)
        assert event.summary == expected


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"tag": 3}, TypeError),
        ({"labels": LABELS[1:]}, ValueError),
        ({"labels": LABELS.reshape(20, 50)}, ValueError),
        ({"labels": "text"}, TypeError),
        ({"predictions": None}, TypeError),
        ({"weights": np.ones(999)}, ValueError),
        ({"weights": "text"}, TypeError),
        ({"num_thresholds": 0}, ValueError),
        ({"num_thresholds": -3}, ValueError),
        ({"num_thresholds": 2.5}, TypeError),
        ({"global_step": "1"}, TypeError),
    ],
    ids=lambda argument: next(iter(argument)) if isinstance(argument, dict) else argument.__name__,
)
def test_bad_arguments_write_nothing(
    tmp_path: Path, face: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    writer = FACES[face](tmp_path)
    given_arguments = {"tag": "some/tag", "labels": LABELS, "predictions": PREDICTIONS}
    with pytest.raises(error, match="tag"):
        writer.add_pr_curve(**given_arguments | arguments)
    writer.add_pr_curve("fine", LABELS, PREDICTIONS)
    assert [value.tag for value in only_summary(writer).value] == ["fine"]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("row", "error"),
    [([1, 2], ValueError), (3, ValueError), ([[1, 2, 3]], ValueError), ("abc", TypeError)],
)
def test_bad_raw_rows_write_nothing(
    tmp_path: Path, face: str, row: Any, error: type[Exception]
) -> None:
    writer = FACES[face](tmp_path)
    for position in range(6):
        rows = [*RAW[:position], row, *RAW[position + 1 :]]
        with pytest.raises(error, match="some/tag"):
            writer.add_pr_curve_raw("some/tag", *rows)
    with pytest.raises(ValueError, match=r"some/tag.*at least 1"):
        writer.add_pr_curve_raw("some/tag", *RAW, num_thresholds=0)
    writer.add_pr_curve_raw("fine", *RAW)
    assert [value.tag for value in only_summary(writer).value] == ["fine"]


def test_the_core_refuses_what_does_not_fit() -> None:
    labels, predictions = np.zeros(4), np.zeros(4, np.float32)
    for arguments in [
        (labels[:3], predictions, None, 5),
        (labels, predictions, labels[:3], 5),
        (labels[::2], predictions[:2], None, 5),
        (labels, predictions, None, 0),
        (labels, predictions, None, 65_537),
    ]:
        with pytest.raises(ValueError):
            _core.count_thresholds("tag", *arguments)
