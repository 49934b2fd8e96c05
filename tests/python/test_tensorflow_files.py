"""EventReader, of the golden files that TensorFlow wrote: what was put in is what comes out."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from tbx_native import EventReader
from tests.golden import make_tensorflow_golden as made

GOLDEN = Path(__file__).parents[1] / "golden" / "tensorflow"
TENSORS = GOLDEN / "tensorflow-2.21.0-tensors.tfevents"
VALUES = GOLDEN / "tensorflow-2.21.0-values.tfevents"
STEPS = list(made.STEPS)

# The tags that each style of tf.summary gives.
TAGS: dict[Path, dict[str, str]] = {
    TENSORS: {
        "scalars": "train/loss",
        "histograms": "weights",
        "images": "picture",
        "audio": "sound",
        "text": "note",
        "tensors": "raw",
    },
    VALUES: {
        "scalars": "loss",
        "histograms": "weights",
        "images": "picture/image/0",
        "audio": "sound/audio/0",
        "text": "note",
    },
}
BOTH = pytest.mark.parametrize("path", TAGS, ids=["tensors", "values"])


@BOTH
def test_every_kind_is_there_and_nothing_is_damaged(path: Path) -> None:
    reader = EventReader(path)
    found = {kind: tags for kind, tags in reader.tags().items() if tags}
    assert found == {kind: [tag] for kind, tag in TAGS[path].items()}
    assert reader.damage() == []
    assert reader.graph() is not None


@BOTH
def test_scalars(path: Path) -> None:
    scalars = EventReader(path).scalars(TAGS[path]["scalars"])
    assert scalars.steps.tolist() == STEPS
    wanted = np.array([made.loss(step) for step in STEPS], np.float32)
    np.testing.assert_array_equal(scalars.values, wanted)
    assert scalars.values.dtype == np.float32
    assert (np.diff(scalars.wall_times) >= 0).all()


@BOTH
def test_histograms(path: Path) -> None:
    histograms = EventReader(path).histograms(TAGS[path]["histograms"])
    factors = (
        [step + 1 for step in STEPS] if path is TENSORS else [made.loss(step) + 1 for step in STEPS]
    )
    for factor, histogram in zip(factors, histograms, strict=True):
        values = made.WEIGHTS * np.float32(factor)
        assert histogram.counts.sum() == values.size
        limits = histogram.right[:-1]  # a value on a limit may be on either side of it
        below = np.cumsum(histogram.counts)[:-1]
        assert (below >= (values[:, np.newaxis] < limits * 0.9999).sum(axis=0) - 1).all()
        assert (below <= (values[:, np.newaxis] <= limits * 1.0001).sum(axis=0) + 1).all()


@BOTH
def test_images(path: Path) -> None:
    images = EventReader(path).images(TAGS[path]["images"])
    assert images.steps.tolist() == STEPS
    assert (images[0].height, images[0].width) == made.PICTURE.shape[:2]
    open_image = pytest.importorskip("PIL.Image", reason="decodes the image").open
    for image in images:
        shown = np.asarray(open_image(io.BytesIO(image.data)))
        np.testing.assert_array_equal(shown, made.PICTURE)


@BOTH
def test_sounds(path: Path) -> None:
    for sound in EventReader(path).audio(TAGS[path]["audio"]):
        with wave.open(io.BytesIO(sound.data)) as file:
            assert file.getframerate() == made.RATE
            found = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        np.testing.assert_allclose(found, made.SOUND[:, 0], atol=2 / 32768)


def test_texts() -> None:
    assert list(EventReader(TENSORS).text("note")) == list(made.NOTES)
    assert list(EventReader(VALUES).text("note")) == ["ä"] * 3


def test_tensors() -> None:
    raw = EventReader(TENSORS).tensors("raw")
    for step, tensor in zip(STEPS, raw, strict=True):
        np.testing.assert_array_equal(tensor, [[step, 1.5]])
        assert tensor.dtype == np.float64


def test_the_loader_finds_the_same() -> None:
    def loaded(path: Path) -> Any:
        everything = dict.fromkeys(("scalars", "histograms", "tensors"), 0)
        accumulator = EventAccumulator(str(path), size_guidance=everything)
        accumulator.Reload()
        return accumulator

    for event, value in zip(
        loaded(TENSORS).Tensors("train/loss"),
        EventReader(TENSORS).scalars("train/loss").values,
        strict=True,
    ):
        assert make_ndarray(event.tensor_proto) == value
    found = EventReader(VALUES).scalars("loss")
    events = loaded(VALUES).Scalars("loss")
    assert [event.value for event in events] == found.values.tolist()
    assert [event.wall_time for event in events] == found.wall_times.tolist()
    for wanted, histogram in zip(
        loaded(VALUES).Histograms("weights"), EventReader(VALUES).histograms("weights"), strict=True
    ):
        assert histogram.counts.tolist() == list(wanted.histogram_value.bucket)
        assert histogram.right.tolist() == list(wanted.histogram_value.bucket_limit)
