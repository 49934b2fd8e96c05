"""Images: arrays, Pillow's, and those that are files already."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import lru_cache
from numbers import Integral
from typing import Any

import numpy as np

from tbx_native import _core
from tbx_native._arguments import shown
from tbx_native._array_image import PNG, ArrayImage, Boxes, ImageFile
from tbx_native._arrays import plain_name_of, to_numbers
from tbx_native._encoding_queue import Encoding
from tbx_native._image_header import read_header
from tbx_native._image_style import TENSORBOARDX, ImageStyle
from tbx_native._logger import logger
from tbx_native._pillow import is_pillow_image, pillow_array, require_pillow
from tbx_native._pixels import Pixels, read_values, stack
from tbx_native._png import DEFAULT_LEVEL

_DEFAULT_QUALITY = 75  # Pillow's own
_COMPRESSION_RANGES = {"png": (0, 9), "jpeg": (1, 100)}


def image_file(tag: object, image_format: object, compression: object) -> ImageFile:
    """Returns the checked arguments of an add_image().

    Raises:
        TypeError: `compression` is neither None nor an integer.
        ValueError: One of them is not what it may be.
        ImportError: Pillow is missing, and JPEG needs it.
    """
    if image_format == "png" and compression is None:
        return PNG
    if image_format not in _COMPRESSION_RANGES:
        formats = " or ".join(map(repr, _COMPRESSION_RANGES))
        message = f"image_format of tag {shown(tag)} must be {formats}"
        raise ValueError(f"{message}, not {shown(image_format)}")
    name = str(image_format)
    if name == "jpeg":
        require_pillow("image_format='jpeg'")
    if compression is None:
        return ImageFile(name, DEFAULT_LEVEL if name == "png" else _DEFAULT_QUALITY)
    what = f"compression of tag {shown(tag)}"
    if not isinstance(compression, Integral) or isinstance(compression, bool):
        raise TypeError(f"{what} must be an integer, not {shown(compression)}")
    level = int(compression)
    least, most = _COMPRESSION_RANGES[name]
    if not least <= level <= most:
        raise ValueError(f"{what} must be in {least}..{most} for {name}, not {level}")
    return ImageFile(name, level)


def boxes(tag: object, box_tensor: Any, labels: str | Sequence[str] | None) -> Boxes:
    """Returns the checked arguments of an add_image_with_boxes(), copied.

    Where there are more or fewer labels than boxes all are left out with a warning in the log, as
    in tensorboardX.

    Raises:
        TypeError: The corners are no numbers, or the labels no str.
        ValueError: The corners are not finite or not four per box.
        ImportError: Pillow is missing, which draws them.
    """
    require_pillow("an image with boxes")
    corners = to_numbers(tag, box_tensor).astype(float)
    if corners.ndim != 2 or corners.shape[1] != 4:
        message = f"boxes of tag {shown(tag)} must be of shape (boxes, 4)"
        raise ValueError(f"{message}, not {corners.shape}")
    if not all(map(math.isfinite, corners.flat)):
        raise ValueError(f"boxes of tag {shown(tag)} must be finite: {shown(corners.tolist())}")
    if isinstance(labels, str):
        labels = [labels]
    for label in labels or ():
        if not isinstance(label, str):
            raise TypeError(f"labels of tag {shown(tag)} must be str, not {shown(label)}")
    if labels is not None and len(labels) != len(corners):
        message = "Number of labels do not equal to number of box, skip the labels. (tag %r)"
        logger().warning(message, tag)
        labels = None
    return Boxes(corners, None if labels is None else list(labels))


def image(
    tag: str,
    img_tensor: Any,
    dataformats: str,
    style: ImageStyle = TENSORBOARDX,
    file: ImageFile = PNG,
    rescale: float = 1,
    overlay: Boxes | None = None,
) -> Encoding:
    """Returns what makes the Summary of an image, its pixels copied.

    Args:
        tag: As it is to be written.
        img_tensor: An array or tensor of one image, or of several, which are put into a grid; a
            PIL.Image.Image; a PNG, JPEG or GIF file as bytes, bytearray or memoryview, its path as
            str or os.PathLike, or open in binary mode. Files are written as they are.
        dataformats: What the dimensions of an array are; see image_view(). For all else, unused.
        style: Of the SummaryWriter.
        file: What kind of file.
        rescale: The image is resized by this factor. Its height and width in the Summary stay, as
            both rivals have it.
        overlay: Boxes to draw over it.

    Raises:
        TypeError, ValueError: An argument is not what it should be.
        ImportError: Pillow is missing, and is needed.
        OSError: The file cannot be read.
    """
    if type(img_tensor) is not np.ndarray:  # as most are
        encoded = _encoded(tag, img_tensor)
        if encoded is not None:
            return _image_as_it_is(tag, encoded, style, rescale, overlay)
        if is_pillow_image(img_tensor):
            img_tensor = pillow_array(img_tensor)
            dataformats = "HWC"[: img_tensor.ndim]
    array, dtype_name = read_values(tag, img_tensor)
    kind = ArrayImage(tag, array.shape, dtype_name, dataformats, style, file, rescale, overlay)
    return kind.encoding(array)


# Nobody's program has many; to find all of it out anew takes longer than copying the pixels.
@lru_cache(maxsize=256)
def array_png(
    tag: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    dataformats: str,
    style: ImageStyle = TENSORBOARDX,
) -> ArrayImage | None:
    """Returns what makes PNG files of numpy arrays, or None where image() must read them.

    Args:
        tag, dataformats, style: As for image().
        shape, dtype: Of the arrays.

    Raises:
        ValueError: As from image().
    """
    name = plain_name_of(dtype)
    return None if name is None else ArrayImage(tag, shape, name, dataformats, style, PNG)


def image_list(
    tag: str,
    images: Sequence[Any],
    dataformats: str,
    style: ImageStyle = TENSORBOARDX,
    file: ImageFile = PNG,
) -> Encoding:
    """As image(), of several arrays or Pillow images of one shape and dtype, put into a grid.

    Args:
        tag, style, file: As for image().
        images: The images.
        dataformats: What the dimensions of each array are: the letters of "CHW" or "HW". A leading
            "N", which is the sequence itself, is left out.

    Raises:
        TypeError, ValueError, ImportError: As for image().
    """
    if images and is_pillow_image(images[0]):
        images = [pillow_array(item) if is_pillow_image(item) else item for item in images]
        dataformats = "HWC"[: images[0].ndim]
    stacked, dtype_name = stack(tag, images)
    if isinstance(dataformats, str):
        dataformats = dataformats.upper().removeprefix("N")
        if sorted(dataformats) == ["H", "W"]:  # grey: a channel for the grid
            stacked, dataformats = stacked[..., np.newaxis], dataformats + "C"
        dataformats = "N" + dataformats
    kind = ArrayImage(tag, stacked.shape, dtype_name, dataformats, style, file)
    return kind.encoding_of_copy(stacked)


def figures(
    tag: str, rendered: Sequence[Pixels], style: ImageStyle = TENSORBOARDX, file: ImageFile = PNG
) -> Encoding:
    """As image(), of rendered figures that nobody else changes, in a grid where there are several.

    Args:
        tag, style, file: As for image().
        rendered: (height, width, 4) each, of one size: RGBA, of which the alpha is left out.
    """
    pixels = rendered[0][np.newaxis] if len(rendered) == 1 else np.stack(rendered)
    pixels = pixels[..., :3]
    kind = ArrayImage(tag, pixels.shape, pixels.dtype.name, "NHWC", style, file)
    return kind.encoding_of_copy(pixels)


def _encoded(tag: str, img_tensor: Any) -> bytes | None:
    """The image that is a file already, or None."""
    if isinstance(img_tensor, (str, os.PathLike)):
        with open(img_tensor, "rb") as file:
            return file.read()
    if isinstance(img_tensor, (bytes, bytearray)):
        return bytes(img_tensor)
    if hasattr(img_tensor, "read"):
        return _read_all(tag, img_tensor)
    # One of more dimensions is an array.
    if isinstance(img_tensor, memoryview) and img_tensor.ndim == 1:
        return img_tensor.tobytes()
    return None


def _read_all(tag: str, file: Any) -> bytes:
    content = file.read()
    if not isinstance(content, bytes):
        raise TypeError(f"image of tag {shown(tag)} is a file that is not open in binary mode")
    return content


def _image_as_it_is(
    tag: str, encoded: bytes, style: ImageStyle, rescale: float, overlay: Boxes | None
) -> Encoding:
    if overlay is not None or rescale != 1:
        message = f"image of tag {shown(tag)} is a file, which is written as it is: without boxes"
        raise ValueError(f"{message}, and not resized")
    header = read_header(tag, encoded)
    return Encoding(
        len(encoded), lambda: _core.encode_image(tag, *header, encoded, style.plugin_name)
    )
