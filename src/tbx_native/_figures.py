"""Figures of matplotlib, drawn into arrays by the calling thread: matplotlib is not thread-safe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from tbx_native._arguments import shown
from tbx_native._pixels import Pixels


def render_figures(tag: object, figures: Sequence[Any], close: bool) -> list[Pixels]:
    """Draws figures with the Agg backend, whatever backend they are shown with.

    Args:
        tag: Named in exceptions.
        figures: The figures.
        close: Whether pyplot is to forget them then.

    Returns:
        Of each (height, width, 4), RGBA, in memory that nobody else changes.

    Raises:
        TypeError: One is no matplotlib.figure.Figure.
        ValueError: There are none, or not all are of one size.
        ImportError: matplotlib is missing.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        message = 'add_figure() needs matplotlib: pip install "tbx_native[figure]"'
        raise ImportError(message) from error
    if not figures:
        raise ValueError(f"figures of tag {shown(tag)}: there are none")
    for figure in figures:
        if not isinstance(figure, Figure):
            kind = type(figure).__name__
            raise TypeError(f"figure of tag {shown(tag)} must be matplotlib's Figure, not {kind}")
    rendered = [_render(figure) for figure in figures]
    shapes = sorted({pixels.shape for pixels in rendered})
    if len(shapes) > 1:
        raise ValueError(f"figures of tag {shown(tag)} must be of one size, not {shapes}")
    pyplot = sys.modules.get("matplotlib.pyplot")  # which knows none unless it was imported
    if close and pyplot is not None:
        for figure in figures:
            pyplot.close(figure)
    return rendered


def _render(figure: Any) -> Pixels:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    shown_on = figure.canvas
    try:
        canvas: Any = FigureCanvasAgg(figure)  # becomes the figure's own: a window would lose it
        canvas.draw()
    finally:
        figure.set_canvas(shown_on)
    return np.asarray(canvas.buffer_rgba())
