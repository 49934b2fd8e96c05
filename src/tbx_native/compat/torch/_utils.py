"""As torch.utils.tensorboard._utils: images, videos and figures as arrays."""

from __future__ import annotations

from tbx_native.compat._pixels import (
    _prepare_video,
    convert_to_HWC,
    figure_to_image,
    make_grid,
)

__all__ = ["_prepare_video", "convert_to_HWC", "figure_to_image", "make_grid"]
