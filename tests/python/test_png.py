"""The PNG writer: Pillow reads what it writes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tbx_native import _png
from tbx_native._png import encode_apng, encode_png
from tests.python.pictures import opened, pixels

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 2, 3, 4]))
IMAGES = SHAPES.flatmap(lambda shape: arrays(np.uint8, shape))
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def same_shape(read: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return read if read.ndim == 3 else read[..., np.newaxis]


@settings(max_examples=200, deadline=None)
@given(IMAGES, st.integers(0, 9))
def test_pillow_reads_every_shape(image: np.ndarray[Any, Any], level: int) -> None:
    file = encode_png(image, level)
    assert opened(file).mode == MODES[image.shape[2]]
    assert np.array_equal(same_shape(pixels(file)), image)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_rows_of_all_filters_are_read(channels: int) -> None:
    """Pictures each of which one filter suits, over more rows than are filtered at once."""
    height, width = 700, 129
    rng = np.random.default_rng(0)
    y, x, _ = np.ogrid[:height, :width, :channels]
    noise = rng.integers(0, 3, (height, width, channels))
    texture = rng.integers(0, 256, (1, width, channels))
    steps = rng.integers(0, 256, (height, 1, channels))
    sparse = rng.integers(0, 256, (height, width, channels)) * (
        rng.random((height, width, 1)) < 0.2
    )
    shapes = [x * 2 + y * 3, texture, steps, texture // 2 + steps // 2, x * y // 90 + noise, sparse]
    parts = [np.broadcast_to(part, noise.shape).astype(np.uint8) for part in shapes]
    seen: set[int] = set()
    for part in parts:
        seen |= set(_png._filtered(part)[:, 0].tolist())
        assert np.array_equal(same_shape(pixels(encode_png(part))), part)
    assert seen == {0, 1, 2, 3, 4}


def test_filters_make_smooth_pictures_small() -> None:
    y, x, c = np.ogrid[:256, :256, :3]
    smooth = (x + y * 2 + c * 7).astype(np.uint8)
    assert len(encode_png(smooth)) < len(encode_png(smooth, 0)) / 50


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 5), SHAPES, st.data())
def test_pillow_reads_animations(
    count: int, shape: tuple[int, int, int], data: st.DataObject
) -> None:
    frames = data.draw(arrays(np.uint8, (count, *shape)))
    durations = data.draw(st.lists(st.integers(1, 65535), min_size=count, max_size=count))
    image = opened(encode_apng(frames, durations))
    assert getattr(image, "n_frames", 1) == count
    assert image.info["loop"] == 0
    for number, (frame, duration) in enumerate(zip(frames, durations, strict=True)):
        image.seek(number)
        assert image.info["duration"] == pytest.approx(duration)
        assert np.array_equal(same_shape(np.asarray(image)), frame)


def test_paeth_is_the_specification_s() -> None:
    values = np.array([*range(0, 256, 15), 1, 2, 127, 128, 254], np.uint8)
    left, above, corner = (grid.ravel() for grid in np.meshgrid(values, values, values))
    a, b, c = (neighbour.astype(int) for neighbour in (left, above, corner))
    estimate = a + b - c
    distances = np.stack([np.abs(estimate - neighbour) for neighbour in (a, b, c)])
    expected = np.stack([left, above, corner])[distances.argmin(axis=0), np.arange(a.size)]
    assert np.array_equal(_png._paeth(left, above, corner), expected)


def test_noise_is_stored_and_half_noise_compressed() -> None:
    image = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    assert len(encode_png(image)) - image.size < 400  # rows' filters and the frame of the file
    assert np.array_equal(pixels(encode_png(image)), image)
    image[:100] = 7
    assert len(encode_png(image)) < image.size * 0.6
    image[:] >>= 1
    assert len(encode_png(image)) < image.size * 0.6
