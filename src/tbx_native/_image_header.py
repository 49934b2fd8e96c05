"""The size of an image that is a file already: PNG, JPEG or GIF, read from its header alone."""

from __future__ import annotations

import struct
from typing import NamedTuple

from tbx_native._arguments import shown

_PNG, _JPEG, _GIFS = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", (b"GIF87a", b"GIF89a")
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type; 3 is a palette of RGB

# JPEG's markers (ITU-T T.81, table B.1): which begin a frame, and which have no segment.
_FRAME_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_LONE_MARKERS = {0x01, *range(0xD0, 0xD9)}


class ImageHeader(NamedTuple):
    """Sizes in pixels."""

    height: int
    width: int
    channels: int


def read_header(tag: object, encoded: bytes) -> ImageHeader:
    """Returns what the file `encoded` says of itself.

    Raises:
        ValueError: It is no PNG, JPEG or GIF file, or ends before it has said so.
    """
    try:
        if encoded.startswith(_PNG):
            header = _png(encoded)
        elif encoded.startswith(_JPEG):
            header = _jpeg(encoded)
        elif encoded.startswith(_GIFS):
            header = _gif(encoded)
        else:
            beginning = bytes(encoded[:8])
            message = f"image of tag {shown(tag)} is no PNG, JPEG or GIF file: it begins with"
            raise ValueError(f"{message} {beginning!r}")
    except (struct.error, IndexError, KeyError):
        message = f"image of tag {shown(tag)} is a damaged file of {len(encoded)} bytes"
        raise ValueError(message) from None
    if not header.height or not header.width:
        raise ValueError(f"image of tag {shown(tag)} is an empty one: {header}")
    return header


def _png(encoded: bytes) -> ImageHeader:
    kind, width, height, _, colour_type = struct.unpack_from(">4sIIBB", encoded, 12)
    if kind != b"IHDR":
        raise KeyError(kind)
    return ImageHeader(height, width, _PNG_CHANNELS[colour_type])


def _gif(encoded: bytes) -> ImageHeader:
    width, height = struct.unpack_from("<HH", encoded, 6)
    return ImageHeader(height, width, 3)


def _jpeg(encoded: bytes) -> ImageHeader:
    position = 2
    while True:
        if encoded[position] != 0xFF:
            raise KeyError(position)
        marker = encoded[position + 1]
        if marker == 0xFF:  # filler
            position += 1
        elif marker in _LONE_MARKERS:
            position += 2
        elif marker in _FRAME_MARKERS:
            height, width, components = struct.unpack_from(">HHB", encoded, position + 5)
            return ImageHeader(height, width, 1 if components == 1 else 3)
        else:
            (length,) = struct.unpack_from(">H", encoded, position + 2)
            position += 2 + length
