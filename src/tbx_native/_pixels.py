"""Arrays of pixels: what their dimensions mean, their values as bytes, and several in one grid."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from tbx_native import _core
from tbx_native._arguments import shown
from tbx_native._arrays import snapshot, to_array, to_numbers

Array = np.ndarray[Any, np.dtype[Any]]
Pixels = np.ndarray[Any, np.dtype[np.uint8]]

_GRID_COLUMNS = 8  # as many as both rivals put side by side
_IMAGE_CHANNELS = (1, 2, 3, 4)  # grey, grey and alpha, RGB, RGBA
_COPIED_BY_CORE = ("uint8", "float32", "float64")
_HALF_TYPES = ("float16", "bfloat16")  # so few values that a table knows the pixels of all


class RawPixels(NamedTuple):
    """Values that are not yet pixels, or are."""

    values: Array
    """(images, [frames,] height, width, channels), in whatever order of memory."""

    dtype_name: str
    """Of what the values mean: those of bfloat16 are there as the integers of their bits."""


def copied_values(array: Array, dtype_name: str, through_float32: bool) -> tuple[Array, str]:
    """Returns a copy that nobody else changes, in the order in which the array's memory is.

    Of float32 and float64 it has the pixels, as to_pixels() makes them, and comes with the name of
    their type: a copy of a quarter of the size, or an eighth, is made sooner.
    """
    if dtype_name in _COPIED_BY_CORE:
        pixels = np.empty_like(array, np.uint8)
        if _core.copy_pixels(array, pixels, through_float32):
            return pixels, "uint8"
    return snapshot(array), dtype_name


def read_values(tag: object, values: Any) -> tuple[Array, str]:
    """Returns an array and the name of its type, both as to_array() does.

    But for the float8 types: they come as float32.
    """
    array, name = to_array(tag, values)
    if name.startswith("float8"):
        array = to_numbers(tag, values)
        name = array.dtype.name
    return array, name


def stack(tag: object, images: Any) -> tuple[Array, str]:
    """As read_values(), of several arrays of one shape and dtype: a copy.

    Raises:
        ValueError: There are none, or not all are of one shape and dtype.
    """
    read = [read_values(tag, image) for image in images]
    if not read:
        raise ValueError(f"images of tag {shown(tag)}: there are none")
    kinds = sorted({f"{name} {array.shape}" for array, name in read})
    if len(kinds) > 1:
        message = f"images of tag {shown(tag)} must be of one shape and dtype, not"
        raise ValueError(f"{message} {' and '.join(kinds[:3])}")
    return np.stack([array for array, _ in read]), read[0][1]


def image_view(
    tag: object, array: Array, dataformats: object, grid_channels: tuple[int, ...]
) -> Array:
    """Returns `array` with its dimensions in the order (images, height, width, channels).

    Args:
        tag: Named in exceptions.
        array: One image, or several.
        dataformats: What its dimensions are: the letters of "HW", "CHW" or "NCHW" in any order and
            case.
        grid_channels: How many channels several images may have.

    Raises:
        TypeError: `dataformats` is no str.
        ValueError: The dimensions are not those, one has no elements, or there are as many channels
            as no image has.
    """
    return images_in(array, image_axes(tag, array.shape, dataformats, grid_channels))


def image_axes(
    tag: object, shape: tuple[int, ...], dataformats: object, grid_channels: tuple[int, ...]
) -> tuple[int, ...]:
    """Returns which dimensions of `shape` are (images, height, width, channels), as far as there.

    Args:
        tag, dataformats, grid_channels: As for image_view().
        shape: Of the array.

    Raises:
        TypeError, ValueError: As from image_view().
    """
    axes = _axes_of(tag, shape, dataformats, ("HW", "CHW", "NCHW"), "NHWC")
    channels = 1 if len(axes) == 2 else shape[axes[-1]]
    allowed = grid_channels if len(axes) == 4 else _IMAGE_CHANNELS
    _check_size(tag, shape, dataformats, channels, allowed)
    return axes


def images_in(array: Array, axes: tuple[int, ...]) -> Array:
    """Returns the array's view that image_view() returns, by what image_axes() found."""
    view = array.transpose(axes)
    if len(axes) == 2:
        view = view[..., np.newaxis]
    return view if len(axes) == 4 else view[np.newaxis]


def video_view(tag: object, array: Array, dataformats: object) -> Array:
    """Returns `array` with its dimensions in the order (videos, frames, height, width, channels).

    Args:
        tag: Named in exceptions.
        array: Several videos, or one.
        dataformats: What its dimensions are: the letters of "NTCHW" in any order and case.

    Raises:
        TypeError, ValueError: As for image_view().
    """
    view = array.transpose(_axes_of(tag, array.shape, dataformats, ("NTCHW",), "NTHWC"))
    _check_size(tag, array.shape, dataformats, view.shape[-1], (1, 3, 4))
    return view


def _axes_of(
    tag: object,
    shape: tuple[int, ...],
    dataformats: object,
    known: tuple[str, ...],
    wanted: str,
) -> tuple[int, ...]:
    """Where each wanted dimension is, of those that `shape` has."""
    if not isinstance(dataformats, str):
        kind = type(dataformats).__name__
        raise TypeError(f"dataformats of tag {shown(tag)} must be a str, not {kind}")
    axes, problem = _read_format(dataformats, known, wanted)
    if not problem and len(shape) != len(axes):
        problem = "size of input tensor and input format are different."
    if problem:
        seen = f"tag {shown(tag)}, tensor shape: {shape}, input_format: {shown(dataformats)}"
        raise ValueError(f"{problem} ({seen})")
    return axes


# Nobody's program has many formats; working out what one means takes longer than copying pixels.
@lru_cache(maxsize=64)
def _read_format(
    dataformats: str, known: tuple[str, ...], wanted: str
) -> tuple[tuple[int, ...], str]:
    """Where each wanted dimension is, of those that are there, or what is wrong with them."""
    letters = dataformats.upper()
    if len(set(letters)) != len(letters):
        return (), "You can not use the same dimension shorthand twice."
    if not any(sorted(letters) == sorted(order) for order in known):
        return (), f"dataformats must be the letters of {' or '.join(known)}."
    return tuple(letters.index(letter) for letter in wanted if letter in letters), ""


def _check_size(
    tag: object,
    shape: tuple[int, ...],
    dataformats: object,
    channels: int,
    allowed: tuple[int, ...],
) -> None:
    is_empty = 0 in shape
    if not is_empty and channels in allowed:
        return
    seen = f"(tag {shown(tag)}, shape {shape}, dataformats {dataformats!r})"
    if is_empty:
        raise ValueError(f"cannot write an empty image {seen}")
    numbers = ", ".join(map(str, allowed))
    raise ValueError(f"an image has one of {numbers} channels, not {channels} {seen}")


def to_pixels(raw: RawPixels, through_float32: bool) -> Pixels:
    """Returns the values as bytes: in a new array, or uint8 as they are.

    Floats are in [0, 1], and clipped where they are not; NaN is 0. They are multiplied by 255 and
    cut off after the point, in their own precision or in float32. Of uint16 the upper eight bits
    count. Of bool and all other integers what is above 0 is 255, as a float would be.
    """
    values, name = raw
    if values.dtype == np.uint8:
        return values
    if name in _HALF_TYPES:
        return _pixel_of_half(name, through_float32)[values.view(np.uint16)]
    if values.dtype.kind == "f":
        return _pixels_of_floats(values, through_float32)
    if values.dtype == np.uint16:
        return (values >> 8).astype(np.uint8)
    return np.multiply(values > 0, np.uint8(255), dtype=np.uint8)


def _pixels_of_floats(values: Array, through_float32: bool) -> Pixels:
    with np.errstate(all="ignore"):  # of NaN that is meant to signal
        unit = np.fmax(values, 0)  # the other one where one is NaN
    np.fmin(unit, 1, out=unit)
    if through_float32:
        unit = unit.astype(np.float32, copy=False)
    unit *= 255
    return unit.astype(np.uint8)


@lru_cache
def _pixel_of_half(name: str, through_float32: bool) -> Pixels:
    """The pixel of each of the 65,536 values: numpy's own arithmetic on them is slow."""
    bits = np.arange(1 << 16, dtype=np.uint16)
    if name == "bfloat16":  # the upper half of a float32
        return _pixels_of_floats((bits.astype(np.uint32) << 16).view(np.float32), True)
    return _pixels_of_floats(bits.view(np.float16), through_float32)


def image_grid(images: Pixels) -> Pixels:
    """Puts images into rows of up to eight on black.

    Args:
        images: (images, height, width, channels).

    Returns:
        (height, width, channels) in C order; grey without alpha comes as RGB, as from both rivals.
    """
    count, height, width, channels = images.shape
    columns = min(count, _GRID_COLUMNS)
    rows = -(-count // columns)
    grid = np.zeros((rows * height, columns * width, 3 if channels == 1 else channels), np.uint8)
    for number, image in enumerate(images):
        top, left = number // columns * height, number % columns * width
        _place(image, grid[top : top + height, left : left + width])
    return grid


def _place(image: Pixels, place: Pixels) -> None:
    """Copies (height, width, channels) of whatever strides; one channel into all."""
    if image.strides[2] == 1:
        place[...] = image
        return
    # numpy would copy three bytes at a time.
    for channel in range(place.shape[2]):
        place[..., channel] = image[..., min(channel, image.shape[2] - 1)]


def video_grid(videos: Array) -> Array:
    """Puts videos side by side, beside as many black ones as make their number a power of two.

    Args:
        videos: (videos, frames, height, width, channels).

    Returns:
        (frames, height, width, channels) in C order. Rows are as many as both rivals have: the
        largest power of two whose square is at most the number of videos.
    """
    count, frames, height, width, channels = videos.shape
    padded = 1 << (count - 1).bit_length()
    rows = 1 << ((count.bit_length() - 1) // 2)
    columns = padded // rows
    grid = np.zeros((frames, rows * height, columns * width, channels), videos.dtype)
    for number, video in enumerate(videos):
        top, left = number // columns * height, number % columns * width
        grid[:, top : top + height, left : left + width] = video
    return grid
