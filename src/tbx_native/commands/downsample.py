"""tbx-native downsample: fewer points of each curve, with the look of all."""

from __future__ import annotations

import argparse
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbx_native import _core
from tbx_native._raw_events import RawEvents
from tbx_native.commands._event_output import new_event_file, version_record
from tbx_native.commands._terminal import (
    EXIT_CODES,
    OK,
    Progress,
    print_json,
    print_line,
    read,
    require_event_files,
)
from tbx_native.event_reader import EventReader


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "downsample",
        help="a copy with fewer points",
        description="Copies a log directory with at most so many points of each curve: the smallest"
        " and the largest of equally long stretches, the first and the last. All other kinds are"
        f" copied as they are. {EXIT_CODES}",
    )
    parser.add_argument("path", help="event file or log directory")
    parser.add_argument("-o", "--output", required=True, help="directory to write")
    parser.add_argument("--points", type=int, default=1000, help="of each curve, 4 or more (1000)")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.points < 4:
        raise ValueError(f"--points must be 4 or more, not {arguments.points}")
    reader = EventReader(arguments.path, errors="skip")
    require_event_files(arguments.path, reader.runs())
    read(reader)
    before = after = 0
    with Progress(sum(file.size for file in reader.files()), "copying") as progress:
        for name in reader.runs():
            kept = {}
            for tag in reader.tags(name)["scalars"]:
                values = reader.scalars(tag, name).values
                kept[tag] = chosen(values, arguments.points)
                before += len(values)
                after += int(kept[tag].sum())
            _copy(reader, name, kept, os.path.join(arguments.output, name), progress)
    if arguments.json:
        print_json({"output": arguments.output, "points": after, "points_before": before})
    else:
        print_line(f"{arguments.output}: {after:,} of {before:,} points")
    return OK


def chosen(values: NDArray[Any], points: int) -> NDArray[np.bool_]:
    """Which of `values` to keep, at most `points` of them."""
    count = len(values)
    if count <= points:
        return np.ones(count, bool)
    kept = np.zeros(count, bool)
    kept[[0, -1]] = True
    limits = np.linspace(0, count, (points - 2) // 2 + 1).astype(int)
    for start, end in zip(limits[:-1].tolist(), limits[1:].tolist(), strict=True):
        stretch = values[start:end]
        finite = np.flatnonzero(np.isfinite(stretch))
        if len(finite):
            kept[start + finite[np.argmin(stretch[finite])]] = True
            kept[start + finite[np.argmax(stretch[finite])]] = True
        else:
            kept[start] = True
    return kept


def _copy(
    reader: EventReader,
    run: str,
    kept: dict[str, NDArray[np.bool_]],
    directory: str,
    progress: Progress,
) -> None:
    numbers: set[tuple[str, str]] = set()  # path and tag
    tensors: set[tuple[str, str]] = set()
    for file in reader.files(run):
        for series, _ in file.series():
            if series.kind == "scalars":
                numbers.add((file.path, series.tag))
            elif series.is_tensor:
                tensors.add((file.path, series.tag))
    of_curves = {"simple_value": numbers, "tensor": numbers - tensors}
    positions = dict.fromkeys(kept, 0)

    def is_kept(path: str, value: Any) -> bool:
        if (path, value.tag) not in of_curves.get(value.WhichOneof("value"), ()):
            return True
        positions[value.tag] += 1
        return bool(kept[value.tag][positions[value.tag] - 1])

    is_first = True
    created = os.path.getmtime(reader.files(run)[0].path)
    with new_event_file(directory, created, "downsampled") as out:
        for file in reader.files(run):
            for payload, event in RawEvents(file.path, "skip", False).with_messages():
                progress(len(payload) + 16)
                if is_first and not event.file_version:
                    out.write(version_record(event.wall_time))
                is_first = False
                values = list(event.summary.value)
                left = [value for value in values if is_kept(file.path, value)]
                if len(left) == len(values):
                    out.write(_core.frame(payload))
                elif left:
                    del event.summary.value[:]
                    event.summary.value.extend(left)
                    out.write(_core.frame(event.SerializeToString()))
