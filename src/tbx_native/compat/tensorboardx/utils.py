"""As tensorboardX.utils: images, videos and figures as arrays."""

from __future__ import annotations

from tbx_native.compat._pixels import (
    _prepare_video,
    convert_to_HWC,
    convert_to_NTCHW,
    figure_to_image,
    make_grid,
)

__all__ = [
    "_prepare_video",
    "convert_to_HWC",
    "convert_to_NTCHW",
    "figure_to_image",
    "graphviz_to_image",
    "make_grid",
]


def graphviz_to_image() -> None:
    """Does nothing, as in tensorboardX."""
