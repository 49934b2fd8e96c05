"""Values to pixels, and pictures to grids, as both rivals do it."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pytest
import tensorboardX.summary
import tensorboardX.utils
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tbx_native._image_style import TENSORBOARDX, TORCH
from tbx_native._pixels import RawPixels, copied_values, to_pixels, video_grid, video_view
from tbx_native.plugins.image import image
from tests.python.pictures import PIL_Image, only_value, opened, pixels

FLOATS = ["float16", "float32", "float64"]
DTYPES = ["uint8", *FLOATS]


@st.composite
def pictures(draw: st.DrawFn) -> tuple[np.ndarray[Any, Any], str]:
    """(array, dataformats): values that both rivals take without wrapping."""
    order = draw(st.sampled_from(["HW", "CHW", "NCHW"]).flatmap(st.permutations))
    channels = draw(st.sampled_from([1, 3] if "N" in order else [1, 2, 3, 4]))
    sizes = {"N": draw(st.integers(1, 11)), "C": channels, "H": draw(st.integers(1, 7))}
    sizes["W"] = draw(st.integers(1, 7))
    shape = tuple(sizes[letter] for letter in order)
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    unit = st.floats(0, 1, width=dtype.itemsize * 8) if dtype.kind == "f" else None  # type: ignore[arg-type]
    array = draw(arrays(dtype, shape, elements=unit))
    if draw(st.booleans()):
        array = np.asfortranarray(array)
    cased = "".join(draw(st.sampled_from([c, c.lower()])) for c in order)
    return array, cased


@settings(max_examples=300, deadline=None)
@given(pictures())
def test_pixels_are_tensorboardx_s(picture: tuple[np.ndarray[Any, Any], str]) -> None:
    array, dataformats = picture
    theirs = tensorboardX.summary.image("tag", array, dataformats=dataformats).value[0].image
    ours = only_value(image("tag", array, dataformats).encode()).image
    assert (ours.height, ours.width) == (theirs.height, theirs.width)
    assert ours.colorspace == theirs.colorspace
    assert np.array_equal(pixels(ours.encoded_image_string), pixels(theirs.encoded_image_string))


@settings(max_examples=300, deadline=None)
@given(pictures(), st.sampled_from([1, -1, 3]))
def test_pixels_are_torch_s(picture: tuple[np.ndarray[Any, Any], str], factor: int) -> None:
    torch_summary = pytest.importorskip("torch.utils.tensorboard.summary", reason="the oracle")
    array, dataformats = picture
    if array.dtype.kind == "f":
        array = array * array.dtype.type(factor)
    theirs = torch_summary.image("tag", array, dataformats=dataformats).value[0].image
    ours = only_value(image("tag", array, dataformats, TORCH).encode()).image
    assert (ours.height, ours.width) == (theirs.height, theirs.width)
    assert ours.colorspace == theirs.colorspace
    assert np.array_equal(pixels(ours.encoded_image_string), pixels(theirs.encoded_image_string))


def converted(values: Any, through_float32: bool = False) -> list[int]:
    values = np.asarray(values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pixels = to_pixels(RawPixels(values, values.dtype.name), through_float32)
    assert pixels.dtype == np.uint8
    return [int(pixel) for pixel in pixels.ravel()]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("through_float32", [False, True])
def test_floats_are_clipped(dtype: str, through_float32: bool) -> None:
    values = np.array([-0.1, 1.1, np.nan, np.inf, -np.inf, 0.5, -np.nan, 6e4], dtype)
    assert converted(values, through_float32) == [0, 255, 0, 255, 0, 127, 0, 255]


def test_every_float16_is_what_its_arithmetic_makes_of_it() -> None:
    values = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    values = values[(values >= 0) & (values <= 1)]
    assert converted(values) == (values * 255.0).astype(np.uint8).tolist()
    wide = values.astype(np.float32) * 255
    assert converted(values, through_float32=True) == wide.astype(np.uint8).tolist()


def test_all_other_dtypes() -> None:
    assert converted([False, True]) == [0, 255]
    assert converted(np.array([0, 255, 256, 65535], np.uint16)) == [0, 0, 1, 255]
    for dtype in "int8", "int16", "int32", "int64":
        assert converted(np.array([-1, 0, 1, 127], dtype)) == [0, 0, 255, 255]
    assert converted(np.array([0, 2**63], np.uint64)) == [0, 255]


def test_tensors_of_types_that_numpy_has_not() -> None:
    torch = pytest.importorskip("torch", reason="torch has these types")
    values = torch.arange(-5, 260).reshape(1, 1, -1) / 255
    for name in "bfloat16", "float8_e4m3fn", "float8_e5m2":
        tensor = values.to(getattr(torch, name))
        expected = (tensor.float().clamp(0, 1) * 255).to(torch.uint8).numpy()
        for style in TENSORBOARDX, TORCH:
            file = only_value(image("tag", tensor, "CHW", style).encode()).image
            assert np.array_equal(pixels(file.encoded_image_string)[..., 0], expected[0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8, np.bool_])
@pytest.mark.parametrize("through_float32", [False, True])
def test_copies_are_the_pixels_in_the_same_order(dtype: Any, through_float32: bool) -> None:
    random = np.random.default_rng(0).uniform(-0.2, 1.2, (6, 5, 8))
    base = (random * (255 if dtype is np.uint8 else 1)).clip(0).astype(dtype)
    for array in (
        *(
            base,
            base.T,
            np.asfortranarray(base),
            base.transpose(1, 0, 2),
            base[:, :1],
            base[:1, 2:],
        ),
        *(base[::2], base[..., ::-1], base[::-1], np.broadcast_to(base[0], base.shape)),
        *(base[0, 0], base[:, 0, 0], base.reshape(1, 6, 5, 8, 1)[:, ::3]),
    ):
        expected = to_pixels(RawPixels(array, array.dtype.name), through_float32)
        copy, name = copied_values(array, array.dtype.name, through_float32)
        assert not np.shares_memory(copy, array)
        if array.flags.forc and array.dtype in (np.float32, np.float64):
            assert name == "uint8"
        np.testing.assert_array_equal(to_pixels(RawPixels(copy, name), through_float32), expected)


def test_values_are_copied_at_the_call() -> None:
    for array in np.full((3, 4, 5), 7, np.uint8), np.full((3, 4, 5), 7 / 255 + 1e-3):
        encoding = image("tag", array, "CHW")
        assert encoding.nbytes == array.size, "a byte for each value"
        array[:] = 0
        file = only_value(encoding.encode()).image.encoded_image_string
        assert (pixels(file) == 7).all()


SHOWN_AS = {"1": "RGB", "L": "RGB", "P": "RGB", "RGB": "RGB", "CMYK": "RGB", "LAB": "RGB"}
SHOWN_AS |= {"HSV": "RGB", "YCbCr": "RGB", "I": "RGB", "F": "RGB"}
SHOWN_AS |= {"LA": "LA", "La": "LA", "PA": "RGBA", "RGBA": "RGBA", "RGBa": "RGBA"}
VIA = {"PA": "P", "La": "LA", "RGBa": "RGBA", "LA": "RGBA", "RGBA": "RGBA"}  # Pillow's ways there


@pytest.mark.parametrize("mode", SHOWN_AS)
def test_pillow_images_of_every_mode(mode: str) -> None:
    rng = np.random.default_rng(0)
    source = PIL_Image.fromarray(rng.integers(0, 256, (6, 5, 4), dtype=np.uint8))
    if mode == "LAB":
        picture = PIL_Image.new("LAB", (5, 6), (100, 5, 7))
    else:
        picture = source.convert(VIA.get(mode, "RGB")).convert(mode)
    written = only_value(image("tag", picture, "unused").encode()).image
    file = pixels(written.encoded_image_string)
    assert (written.height, written.width) == (6, 5)
    assert opened(written.encoded_image_string).mode == SHOWN_AS[mode]
    assert written.colorspace == len(SHOWN_AS[mode])
    assert np.array_equal(file, np.asarray(picture.convert(SHOWN_AS[mode])))


def test_pillow_images_of_many_bits() -> None:
    values = np.array([[0, 255, 256, 65535]], np.uint16)
    big_endian = PIL_Image.frombytes("I;16B", (4, 1), values.astype(">u2").tobytes())
    for picture in (PIL_Image.fromarray(values), big_endian):
        file = only_value(image("tag", picture, "").encode()).image.encoded_image_string
        assert pixels(file)[..., 0].tolist() == [[0, 0, 1, 255]]
    transparent = PIL_Image.new("P", (2, 2))
    transparent.info["transparency"] = 0
    assert only_value(image("tag", transparent, "").encode()).image.colorspace == 4


def test_a_pillow_file_is_read_before_it_is_closed() -> None:
    memory = io.BytesIO()
    PIL_Image.new("RGB", (3, 2), "red").save(memory, "PNG")
    with PIL_Image.open(memory) as picture:
        encoding = image("tag", picture, "")
    assert only_value(encoding.encode()).image.width == 3


@settings(max_examples=100, deadline=None)
@given(st.tuples(*[st.integers(1, n) for n in (17, 3, 4, 3, 2)]), st.permutations("NTCHW"))
def test_video_grids_are_tensorboardx_s(shape: tuple[int, ...], order: list[str]) -> None:
    count, frames, _, height, width = shape
    rng = np.random.default_rng(0)
    for channels in 1, 3, 4:
        video = rng.random((count, frames, channels, height, width))
        theirs = (tensorboardX.utils._prepare_video(video) * 255.0).astype(np.uint8)
        dataformats = "".join(order)
        permuted = video.transpose(["NTCHW".index(letter) for letter in order])
        view = video_view("tag", permuted, dataformats.lower())
        ours = video_grid(to_pixels(RawPixels(view, "float64"), False))
        assert np.array_equal(ours, theirs)
