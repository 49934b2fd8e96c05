"""In what one SummaryWriter's images and videos differ from another's."""

from __future__ import annotations

from typing import NamedTuple


class ImageStyle(NamedTuple):
    """Chosen by the API, not by the caller."""

    plugin_name: str = "images"
    """In the metadata; "" writes none."""

    through_float32: bool = False
    """Whether floats of all sizes become float32 before they are multiplied."""

    grid_channels: tuple[int, ...] = (1, 3, 4)
    """How many channels the images of a grid may have."""


TENSORBOARDX = ImageStyle()
TORCH = ImageStyle("", through_float32=True, grid_channels=(1, 3))
