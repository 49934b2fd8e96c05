"""What Pillow does for images and videos: its own kind of image, JPEG, GIF, boxes, resizing."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from tbx_native._pixels import Array, Pixels

_MODES_AS_THEY_ARE = ("1", "L", "LA", "RGB", "RGBA", "I;16", "I;16L", "I;16B", "I;16N")
_SHOWN_AS = {"I": "L", "F": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}  # all others: RGB
_LINE_WIDTH = 2  # pixels, as both rivals draw


def require_pillow(purpose: str) -> None:
    """Raises an ImportError that says how to install Pillow, where it is missing."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError as error:
        message = f'{purpose} needs Pillow: pip install "tbx_native[media]"'
        raise ImportError(message) from error


def is_pillow_image(value: object) -> bool:
    # Asked of sys.modules: who has such an image has Pillow.
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(value, pillow.Image)


def pillow_array(image: Any) -> Array:
    """Returns the pixels of a PIL.Image.Image of any mode.

    Returns:
        (height, width) or (height, width, channels), of bool, uint8 or uint16.
    """
    if "transparency" in image.info and image.mode == "P":
        image = image.convert("RGBA")
    elif image.mode not in _MODES_AS_THEY_ARE:
        image = image.convert(_SHOWN_AS.get(image.mode, "RGB"))
    array = np.asarray(image)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def resize(pixels: Pixels, rescale: float) -> Pixels:
    """Returns `pixels`, of shape (height, width, channels), at `rescale` times their size."""
    import PIL.Image

    height, width, _ = pixels.shape
    size = int(width * rescale), int(height * rescale)
    resized = PIL.Image.fromarray(pixels).resize(size, PIL.Image.Resampling.LANCZOS)
    return np.asarray(resized)


def draw_boxes(pixels: Pixels, boxes: Array, labels: Sequence[str] | None) -> Pixels:
    """Returns `pixels` with red boxes, each with its label on red at the inside of its bottom left.

    Args:
        pixels: (height, width, channels).
        boxes: (boxes, 4): left, top, right and bottom of each, in pixels.
        labels: One for each box, or None.
    """
    import PIL.Image
    import PIL.ImageDraw
    import PIL.ImageFont

    image = PIL.Image.fromarray(pixels)
    draw = PIL.ImageDraw.Draw(image)
    font = PIL.ImageFont.load_default()
    for number, (left, top, right, bottom) in enumerate(boxes.tolist()):
        corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)]
        draw.line(corners, fill="red", width=_LINE_WIDTH)
        label = labels[number] if labels is not None else ""
        if not label:
            continue
        text_left, text_top, text_right, text_bottom = font.getbbox(label)
        width, height = text_right - text_left, text_bottom - text_top
        margin = math.ceil(0.05 * height)
        label_top = bottom - height - 2 * margin
        draw.rectangle([(left, label_top), (left + width, bottom)], fill="red")
        draw.text((left + margin, label_top + margin), label, fill="black", font=font)
    return np.asarray(image)


def encode_jpeg(pixels: Pixels, quality: int) -> bytes:
    """Returns a JPEG file of `pixels`, RGB of shape (height, width, 3)."""
    import PIL.Image

    return _saved(PIL.Image.fromarray(pixels), "JPEG", quality=quality)


def encode_gif(frames: Pixels, durations: Sequence[int]) -> bytes:
    """Returns a GIF file that plays for ever.

    Args:
        frames: (frames, height, width, channels): grey, which keeps its values, or RGB, for which
            each frame gets a palette of its own. Alpha is left out.
        durations: Of the frames, in milliseconds, multiples of 10.
    """
    import PIL.Image

    grey = frames.shape[-1] == 1
    images = [
        PIL.Image.fromarray(frame[..., 0]) if grey else _with_palette(frame) for frame in frames
    ]
    first, *rest = images
    options = {"append_images": rest, "duration": list(durations), "loop": 0}
    return _saved(first, "GIF", save_all=True, **options)


def _with_palette(frame: Pixels) -> Any:
    import PIL.Image

    image = PIL.Image.fromarray(np.ascontiguousarray(frame[..., :3]))
    # Up to 256 colours are all kept by the median cut. Of more it makes about as large an error as
    # the octree does (14 of 255 in natural pictures), in 400 times the time: 0.3 s for 256x256.
    method = PIL.Image.Quantize.FASTOCTREE
    if image.getcolors(256) is not None:
        method = PIL.Image.Quantize.MEDIANCUT
    return image.quantize(256, method, dither=PIL.Image.Dither.NONE)


def _saved(image: Any, file_format: str, **options: Any) -> bytes:
    # A file in memory, not a BytesIO: Pillow's encoders keep the GIL while they fill a buffer of
    # Python's, and let go of it while they write to a file descriptor (encode() and
    # encode_to_file() in its src/encode.c). Unbuffered, as Pillow goes round the buffer.
    with open(os.memfd_create("tbx_native"), "w+b", buffering=0) as file:
        image.save(file, file_format, **options)
        file.seek(0)
        return file.read()
