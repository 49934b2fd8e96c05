"""tbx-native plot: scalars as a picture."""

from __future__ import annotations

import argparse
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbx_native.commands._terminal import (
    EXIT_CODES,
    OK,
    add_reading_options,
    curves,
    open_reader,
    printable,
)

_MOST_PANELS = 36


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "plot", help="a PNG of scalars", description=f"Draws scalars. {EXIT_CODES}"
    )
    add_reading_options(parser)
    parser.add_argument("-o", "--output", default="scalars.png", help="file to write (scalars.png)")
    parser.add_argument(
        "--smooth", type=float, default=0.0, help="0 to below 1, as TensorBoard's slider (0)"
    )
    parser.add_argument("--log", action="store_true", help="values on a logarithmic axis")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.smooth < 1:
        raise ValueError(f"--smooth must be from 0 to below 1, not {arguments.smooth}")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        message = 'plot needs matplotlib: pip install "tbx_native[figure]"'
        raise ImportError(message) from error
    reader = open_reader(arguments)
    found = curves(reader, arguments)
    tags = list(dict.fromkeys(tag for _, tag in found))
    if not tags:
        raise ValueError(f"{arguments.path} has no scalars")
    if len(tags) > _MOST_PANELS:
        raise ValueError(f"{len(tags)} tags are more than {_MOST_PANELS}: choose with --tags")
    columns = min(3, len(tags))
    rows = -(-len(tags) // columns)
    figure = Figure(figsize=(5 * columns, 3.5 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for tag, axes in zip(tags, panels, strict=False):
        for name in [name for name, other in found if other == tag]:
            steps, _, values = reader.scalars(tag, name)
            label = printable(name)
            if name.startswith("_"):  # else not shown
                label = os.path.join(".", label)
            if arguments.smooth:
                (line,) = axes.plot(steps, values, alpha=0.25, linewidth=1)
                axes.plot(
                    steps, smoothed(values, arguments.smooth), color=line.get_color(), label=label
                )
            else:
                axes.plot(steps, values, label=label, marker="." if len(steps) == 1 else None)
        axes.set_title(printable(tag), fontsize="medium", parse_math=False)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        if arguments.log:
            axes.set_yscale("log")
        if len(reader.runs()) > 1:
            for text in axes.legend(fontsize="small").get_texts():
                text.set_parse_math(False)
    for axes in list(panels):
        axes.set_axis_off()
    figure.savefig(arguments.output, dpi=100)
    return OK


def smoothed(values: NDArray[Any], weight: float) -> NDArray[np.float64]:
    """The moving average that TensorBoard draws: 0 leaves the values, 1 would be a line.

    Source: classicSmoothing() of tensorboard/webapp/widgets/line_chart_v2/data_transformer.ts, an
    exponential average divided by the sum of its weights. Values that are not finite are passed by.
    """
    average = 0.0
    share = 0.0
    out = np.empty(len(values))
    for index, value in enumerate(values.tolist()):
        if np.isfinite(value):
            average = average * weight + (1 - weight) * value
            share = share * weight + (1 - weight)
            out[index] = average / share
        else:
            out[index] = value
    return out
