"""Points for TensorBoard's projector: the contents of the files that it reads.

Source of the formats: tensorboard/plugins/projector/{projector_plugin.py,projector_config.proto}.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from tbx_native import _core
from tbx_native._arguments import shown
from tbx_native._arrays import snapshot, to_numbers
from tbx_native._pixels import Array, RawPixels, to_pixels
from tbx_native._png import encode_png

TensorFormat = Literal["tsv", "bytes"]
Matrix = np.ndarray[Any, np.dtype[np.float32]]

# Turned into text at once: so few that malloc() reuses the memory of a block for the next, instead
# of asking the system for fresh pages, which took a quarter of the time; enough for two threads.
_BLOCK_NUMBERS = 1 << 14
_MAX_SPRITE_SIDE = 8192  # pixels: what the page can load, see lanpa/tensorboardX#516
# What ends a cell or a line of a TSV file.
_NOT_IN_CELLS = str.maketrans({"\t": " ", "\n": " ", "\r": " "})


def read_points(tag: str, mat: Any) -> Matrix:
    """Returns a copy of the points as float32, which is what the page works with.

    Raises:
        TypeError, ValueError: They are no matrix of numbers, or it is empty.
    """
    array = to_numbers(tag, mat)
    if array.ndim != 2 or not array.size:
        raise ValueError(
            f"mat of tag {shown(tag)} must be a matrix with a row for each point, not of shape"
            f" {array.shape}"
        )
    with np.errstate(over="ignore"):  # beyond float32 is infinite
        return np.array(array, dtype=np.float32, order="C")


def metadata_tsv(tag: str, metadata: Any, header: Sequence[Any] | None, points: int) -> bytes:
    """Returns metadata.tsv: a line for each point, below the header if there is one.

    Args:
        tag: Named in exceptions.
        metadata: A label for each point; with a header a row of cells for each.
        header: Names of the columns.
        points: How many there are.

    Raises:
        ValueError: There are not as many labels as points, or cells as columns.
    """
    rows = _label_list(metadata)
    if len(rows) != points:
        raise ValueError(
            f"#labels should equal with #data points: {len(rows)}, {points} (tag {shown(tag)})"
        )
    if header is None or not len(header):
        lines = _cells(rows)
    else:
        for row in rows:
            if len(row) != len(header):
                raise ValueError(
                    "len of header must be equal to the number of columns in metadata:"
                    f" {len(header)}, {len(row)} (tag {shown(tag)})"
                )
        lines = ["\t".join(_cells(row)) for row in (header, *rows)]
    text = "\n".join(lines) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"metadata of tag {shown(tag)} is no UTF-8: {error}") from None


def _label_list(metadata: Any) -> Sequence[Any]:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(metadata, torch.Tensor):
        return list(to_numbers("metadata", metadata))  # "3", not "tensor(3)"
    return metadata if isinstance(metadata, (list, tuple)) else list(metadata)


def _cells(values: Iterable[object]) -> list[str]:
    texts = list(map(str, values))
    together = "".join(texts)  # to look at thousands of them at once
    if any(character in together for character in "\t\n\r"):
        return [text.translate(_NOT_IN_CELLS) for text in texts]
    return texts


def read_images(tag: str, label_img: Any, points: int, *, only_squares: bool) -> Array:
    """Returns a copy of the points' images, (images, channels, height, width).

    Raises:
        TypeError, ValueError: They are no such images, are not as many as the points, or are too
            many for the page.
    """
    images = to_numbers(tag, label_img)
    seen = f"(tag {shown(tag)}, shape {images.shape})"
    if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.size:
        raise ValueError(f"label_img must be (images, 1 or 3 channels, height, width) {seen}")
    count, _, height, width = images.shape
    if count != points:
        raise ValueError(f"#images should equal with #data points: {count}, {points} {seen}")
    if only_squares and height != width:
        raise ValueError(f"Image should be square, see tensorflow/tensorboard#670 {seen}")
    if height > width:
        raise ValueError(f"images that are higher than wide do not fit into a sprite {seen}")
    if only_squares and _sprite_columns(count) * width > _MAX_SPRITE_SIDE:
        raise ValueError(f"Sprite too large, more than {_MAX_SPRITE_SIDE} pixels wide {seen}")
    return snapshot(images)


def _sprite_columns(images: int) -> int:
    return math.isqrt(images - 1) + 1  # the square root, rounded up


def sprite_png(images: Array) -> bytes:
    """Returns sprite.png: the images row by row in a square, on black where there are none.

    Args:
        images: As from read_images(). Floats are in [0, 1], uint8 are pixels.
    """
    if images.dtype.kind == "f":
        images = images.astype(np.float64)  # as both rivals calculate
    pixels = to_pixels(RawPixels(images.transpose(0, 2, 3, 1), images.dtype.name), False)
    count, height, width, _ = pixels.shape
    columns = _sprite_columns(count)
    grid = np.zeros((columns * height, columns * width, 3), np.uint8)
    places = grid.reshape(columns, height, columns, width, 3).swapaxes(1, 2)
    for place, image in zip(np.ndindex(columns, columns), pixels, strict=False):
        places[place] = image  # of one channel: in all three
    square = np.zeros((columns * width, columns * width, 3), np.uint8)
    square[: len(grid)] = grid
    return encode_png(square)


def tensor_file(points: Matrix, tensor_format: TensorFormat) -> tuple[str, Iterator[bytes]]:
    """Returns the name and the content, in pieces, of the file of points.

    The projector tells the two formats apart by whether the file can be read as UTF-8. Points whose
    bytes can, such as zeros, are written as text whatever `tensor_format` says.
    """
    if tensor_format == "bytes":
        content = points.astype("<f4").tobytes()
        if _is_taken_for_binary(content):
            return "tensors.bytes", iter([content])
    rows = max(1, _BLOCK_NUMBERS // points.shape[1])
    blocks = (points[start : start + rows] for start in range(0, len(points), rows))
    return "tensors.tsv", map(_core.encode_tsv, blocks)


def _is_taken_for_binary(content: bytes) -> bool:
    # The first line, because TensorFlow's reader goes line by line, and no line of binary numbers
    # must come to be parsed.
    first_line = content[: content.find(b"\n") + 1 or len(content)]
    try:
        first_line.decode()
    except UnicodeDecodeError:
        return True
    return False
