"""Videos: animated GIF or PNG."""

from __future__ import annotations

import math
from itertools import pairwise
from numbers import Real
from typing import Any

from tbx_native import _core
from tbx_native._arguments import shown
from tbx_native._encoding_queue import Encoding
from tbx_native._image_style import TENSORBOARDX, ImageStyle
from tbx_native._pillow import encode_gif, require_pillow
from tbx_native._pixels import (
    RawPixels,
    copied_values,
    read_values,
    to_pixels,
    video_grid,
    video_view,
)
from tbx_native._png import encode_apng

# Browsers show for 0.1 s what asks for less than this.
_MIN_GIF_CENTISECONDS = 2
_MIN_FPS, _MAX_FPS = 0.02, 1000  # a frame's duration is a 16-bit number in both formats
_VIDEO_FORMATS = ("gif", "apng")


def video(
    tag: str,
    vid_tensor: Any,
    fps: float,
    dataformats: str,
    style: ImageStyle = TENSORBOARDX,
    video_format: str = "gif",
) -> Encoding:
    """Returns what makes the Summary of a video, its pixels copied.

    Args:
        tag: As it is to be written.
        vid_tensor: An array or tensor of several videos, which are put into a grid, or of one.
        fps: Frames per second. A GIF's frames last whole hundredths of a second, and two at least;
            where that is not 1/fps they last so on average.
        dataformats: What the dimensions are: the letters of "NTCHW" in any order and case.
        style: Of the SummaryWriter.
        video_format: "gif" or "apng".

    Raises:
        TypeError, ValueError: An argument is not what it should be.
        ImportError: Pillow is missing, and GIF needs it.
    """
    if video_format not in _VIDEO_FORMATS:
        message = f"video_format of tag {shown(tag)} must be 'gif' or 'apng'"
        raise ValueError(f"{message}, not {shown(video_format)}")
    if not isinstance(fps, Real) or isinstance(fps, bool):
        raise TypeError(f"fps of tag {shown(tag)} must be a number, not {shown(fps)}")
    rate = float(fps)
    if not _MIN_FPS <= rate <= _MAX_FPS:
        message = f"fps of tag {shown(tag)} must be in {_MIN_FPS}..{_MAX_FPS}, not {fps!r}"
        raise ValueError(message)
    if video_format == "gif":
        require_pillow("a GIF")
    values, dtype_name = read_values(tag, vid_tensor)
    copy, dtype_name = copied_values(values, dtype_name, style.through_float32)
    raw = RawPixels(video_view(tag, copy, dataformats), dtype_name)

    def encode() -> bytes:
        frames = video_grid(to_pixels(raw, style.through_float32))
        count, *size = frames.shape
        if video_format == "gif":
            durations = _durations(count, 100 / rate, _MIN_GIF_CENTISECONDS)
            encoded = encode_gif(frames, [10 * centiseconds for centiseconds in durations])
        else:
            encoded = encode_apng(frames, _durations(count, 1000 / rate, 1))
        return _core.encode_image(tag, *size, encoded, style.plugin_name)

    return Encoding(raw.values.nbytes, encode)


def _durations(frames: int, duration: float, least: int) -> list[int]:
    """Whole durations, each within one of `duration`, whose sums keep up with its multiples."""
    ends = [math.floor(number * duration + 0.5) for number in range(frames + 1)]
    return [max(least, end - start) for start, end in pairwise(ends)]
