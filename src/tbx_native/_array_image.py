"""What is done with every array of one tag, shape and dtype that is added as an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import NamedTuple

from tbx_native import _core
from tbx_native._arguments import shown
from tbx_native._encoding_queue import Encoding
from tbx_native._image_style import ImageStyle
from tbx_native._pillow import draw_boxes, encode_jpeg, require_pillow, resize
from tbx_native._pixels import (
    Array,
    RawPixels,
    copied_values,
    image_axes,
    image_grid,
    images_in,
    to_pixels,
)
from tbx_native._png import DEFAULT_LEVEL, encode_png


class ImageFile(NamedTuple):
    """What kind of file is written."""

    image_format: str = "png"
    compression: int = DEFAULT_LEVEL


PNG = ImageFile()


class Boxes(NamedTuple):
    """What is drawn over an image."""

    corners: Array
    """(boxes, 4): left, top, right and bottom of each, in pixels."""

    labels: Sequence[str] | None


class ArrayImage:
    """Finds out once what holds for all those arrays, and makes Summaries of them.

    Args:
        tag: As it is to be written.
        shape: Of the arrays.
        dtype_name: Of the arrays, as from read_values().
        dataformats: What their dimensions are; see image_view().
        style: Of the SummaryWriter.
        file: What kind of file.
        rescale: Images are resized by this factor. Their height and width in the Summary stay, as
            both rivals have it.
        overlay: Boxes to draw over them.

    Raises:
        TypeError, ValueError: An argument is not what it should be.
        ImportError: Pillow is missing, and is needed.
    """

    def __init__(
        self,
        tag: str,
        shape: tuple[int, ...],
        dtype_name: str,
        dataformats: str,
        style: ImageStyle,
        file: ImageFile,
        rescale: float = 1,
        overlay: Boxes | None = None,
    ) -> None:
        self._tag = tag
        self._dtype_name = dtype_name
        self._style = style
        self._file = file
        self._overlay = overlay
        self._axes = image_axes(tag, shape, dataformats, style.grid_channels)
        sizes = [shape[axis] for axis in self._axes]
        height, width = sizes if len(sizes) == 2 else sizes[-3:-1]
        self._scale = _checked_scale(tag, rescale, height, width)
        if file.image_format == "jpeg" and len(sizes) > 2 and sizes[-1] in (2, 4):
            message = f"image of tag {shown(tag)} has an alpha channel, which JPEG has no place for"
            raise ValueError(f"{message} (shape {shape})")

    def encoding(self, array: Array) -> Encoding:
        """Returns what makes the Summary of an array, which is copied."""
        values, dtype_name = copied_values(array, self._dtype_name, self._style.through_float32)
        return Encoding(values.nbytes, lambda: self._encode(values, dtype_name))

    def encoding_of_copy(self, array: Array) -> Encoding:
        """As encoding(), of an array that nobody else changes."""
        return Encoding(array.nbytes, lambda: self._encode(array, self._dtype_name))

    def _encode(self, values: Array, dtype_name: str) -> bytes:
        raw = RawPixels(images_in(values, self._axes), dtype_name)
        pixels = image_grid(to_pixels(raw, self._style.through_float32))
        height, width, channels = pixels.shape
        if self._overlay is not None:
            pixels = draw_boxes(pixels, *self._overlay)
        if self._scale != 1:
            pixels = resize(pixels, self._scale)
        if self._file.image_format == "png":
            encoded = encode_png(pixels, self._file.compression)
        else:
            encoded = encode_jpeg(pixels, self._file.compression)
        size = height, width, channels  # as both rivals have it: before it was resized
        return _core.encode_image(self._tag, *size, encoded, self._style.plugin_name)


def _checked_scale(tag: str, rescale: object, height: int, width: int) -> float:
    """`height` and `width` are those of one image, not of the grid, which is larger."""
    if type(rescale) is int and rescale == 1:  # as most are
        return 1
    if not isinstance(rescale, Real):
        raise TypeError(f"rescale of tag {shown(tag)} must be a number, not {shown(rescale)}")
    scale = float(rescale)
    if scale == 1:
        return scale
    require_pillow("rescale")
    if not math.isfinite(scale) or min(height, width) * scale < 1:
        message = f"rescale of tag {shown(tag)} leaves nothing of height {height}, width {width}"
        raise ValueError(f"{message}: {rescale!r}")
    return scale
