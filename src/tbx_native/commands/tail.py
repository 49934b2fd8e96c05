"""tbx-native tail: the last values, and those to come."""

from __future__ import annotations

import argparse
import time
from typing import Any

from tbx_native.commands._terminal import (
    EXIT_CODES,
    OK,
    add_path_and_tags,
    print_json,
    print_line,
    require_event_files,
    settle_path,
    time_text,
)
from tbx_native.event_reader import EventReader

Point = tuple[float, int, str, str, float]  # wall time, step, run, tag, value


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "tail",
        help="the last scalars, and with -f those to come",
        description=f"Prints the last scalars. {EXIT_CODES}",
    )
    add_path_and_tags(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="wait for more, until Ctrl-C")
    parser.add_argument("-n", "--lines", type=int, default=10, help="how many (10)")
    parser.add_argument("--json", action="store_true", help="an object a line")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    settle_path(arguments)
    reader = EventReader(arguments.path, errors="skip", follow=arguments.follow)
    seen: dict[tuple[str, str], int] = {}
    if not arguments.follow:  # else they may yet come
        require_event_files(arguments.path, reader.runs())
        for tag in arguments.tags or ():
            if tag not in reader.tags()["scalars"]:
                reader.scalars(tag)  # raises
    lines = max(arguments.lines, 0)
    points = _new_points(reader, arguments, seen, lines)
    _show(points[max(len(points) - lines, 0) :], arguments)
    try:
        while arguments.follow:
            time.sleep(0.2)
            reader.refresh()
            _show(_new_points(reader, arguments, seen), arguments)
    except KeyboardInterrupt:
        pass  # as it is meant to end
    return OK


def _new_points(
    reader: EventReader,
    arguments: argparse.Namespace,
    seen: dict[tuple[str, str], int],
    most: int | None = None,
) -> list[Point]:
    """The points behind those `seen`; of a tag that was not seen, `most` at most."""
    points: list[Point] = []
    for run in reader.runs():
        for tag in reader.tags(run)["scalars"]:
            if arguments.tags is not None and tag not in arguments.tags:
                continue
            steps, times, values = reader.scalars(tag, run)
            unseen = 0 if most is None else max(0, len(steps) - most)
            first = seen.get((run, tag), unseen)
            columns = (times[first:].tolist(), steps[first:].tolist(), values[first:].tolist())
            points += [
                (at, step, run, tag, value) for at, step, value in zip(*columns, strict=True)
            ]
            seen[run, tag] = len(steps)
    return sorted(points, key=lambda point: point[0])


def _show(points: list[Point], arguments: argparse.Namespace) -> None:
    for wall_time, step, run, tag, value in points:
        if arguments.json:
            names = ("run", "tag", "step", "wall_time", "value")
            print_json(dict(zip(names, (run, tag, step, wall_time, value), strict=True)))
        else:
            where = tag if run == "." else f"{run}  {tag}"
            print_line(f"{time_text(wall_time)}  step {step:>8}  {where}  {value:.6g}")
    if points:
        import sys

        sys.stdout.flush()
