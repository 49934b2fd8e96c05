"""Arrays of images as both packages' utilities lay them out, on which programs build."""

from __future__ import annotations

from typing import Any

import numpy as np

from tbx_native._figures import render_figures
from tbx_native._pixels import Array, image_view, read_values, video_grid, video_view


def figure_to_image(figures: Any, close: bool = True) -> Array:
    """Draws a matplotlib figure, or a list of figures of one size.

    Returns:
        uint8, (3, height, width), or (figures, 3, height, width) of a list.

    Raises:
        TypeError, ValueError: It is no figure, or they are not of one size.
        ImportError: matplotlib is missing.
    """
    is_list = isinstance(figures, list)
    rendered = render_figures("figure", figures if is_list else [figures], close)
    images = np.stack([pixels[..., :3].transpose(2, 0, 1) for pixels in rendered])
    return images if is_list else images[0]


def _prepare_video(V: Array) -> Array:
    """Puts videos, (videos, frames, channels, height, width), into a grid, as floats in [0, 1].

    Returns:
        (frames, height, width, channels).
    """
    values = np.float32(V) / 255 if V.dtype == np.uint8 else V
    return video_grid(np.asarray(values).transpose(0, 1, 3, 4, 2))


def make_grid(I: Array, ncols: int = 8) -> Array:  # noqa: E741  # their name
    """Puts images, (images, channels, height, width), into rows of up to `ncols` on zeros.

    Returns:
        (channels, height, width), with 3 channels in place of one.

    Raises:
        TypeError, ValueError: It is no such array.
    """
    if not isinstance(I, np.ndarray):
        raise TypeError("plugin error, should pass numpy array here")
    if I.ndim != 4 or I.shape[1] not in (1, 3, 4):
        message = "must be of shape (images, 1, 3 or 4 channels, height, width)"
        raise ValueError(f"images of a grid {message}, not {I.shape}")
    count, channels, height, width = I.shape
    columns = min(count, ncols)
    rows = -(-count // columns)
    canvas = np.zeros((3 if channels == 1 else channels, height * rows, width * columns), I.dtype)
    for number, image in enumerate(I):
        top, left = number // columns * height, number % columns * width
        canvas[:, top : top + height, left : left + width] = image
    return canvas


def convert_to_NTCHW(tensor: Array, input_format: str) -> Array:
    """Returns a view of videos with their dimensions in that order."""
    array, _ = read_values("tensor", tensor)
    return video_view("tensor", array, input_format).transpose(0, 1, 4, 2, 3)


def convert_to_HWC(tensor: Array, input_format: str) -> Array:
    """Returns one image, or a grid of several, as (height, width, channels), grey as RGB.

    Args:
        tensor: Of any dtype, which is kept.
        input_format: What its dimensions are: the letters of "HW", "CHW" or "NCHW" in any order.

    Raises:
        TypeError, ValueError: The dimensions are not those.
    """
    images = image_view("tensor", tensor, input_format, (1, 3, 4))
    if len(input_format) == 4:
        return make_grid(images.transpose(0, 3, 1, 2)).transpose(1, 2, 0)
    return np.repeat(images[0], 3, axis=2) if images.shape[-1] == 1 else images[0]
