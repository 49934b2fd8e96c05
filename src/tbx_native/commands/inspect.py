"""tbx-native inspect: what is in event files."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from tbx_native.commands._terminal import (
    EXIT_CODES,
    OK,
    duration_text,
    print_json,
    print_line,
    read,
    size_text,
    time_text,
)
from tbx_native.errors import DamagedFileError
from tbx_native.event_reader import EventReader


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "inspect",
        help="runs, tags, counts, ranges, sizes and health of files",
        description=f"Tells what is in event files. {EXIT_CODES}",
    )
    parser.add_argument("path", help="event file or log directory")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    reader = EventReader(arguments.path, errors="skip")
    read(reader)
    found = {name: _run(reader, name) for name in reader.runs()}
    if arguments.json:
        print_json(found)
        return OK
    if not found:
        print_line(f"{arguments.path}: no event files")
    for name, content in found.items():
        _show(name, content)
    return OK


def _run(reader: EventReader, run: str) -> dict[str, Any]:
    files = [
        {
            "path": file.path,
            "bytes": file.size,
            "records": file.records,
            "torn_bytes": file.torn_bytes,
            "damage": [str(place) for place in file.damage()],
            "remarks": [f"{what} ({count}×)" for what, count, _ in file.remarks()],
        }
        for file in reader.files(run)
    ]
    tags = []
    for kind, names in reader.tags(run).items():
        for tag in names:
            tags.append({"kind": kind, "tag": tag} | _ranges(reader, run, kind, tag))
    return {"files": files, "tags": tags}


def _ranges(reader: EventReader, run: str, kind: str, tag: str) -> dict[str, Any]:
    if kind == "hparams":
        try:
            return {"count": len(reader.hparams(run))}
        except DamagedFileError as error:
            return {"count": 0, "damage": str(error)}
    values = getattr(reader, kind)(tag, run)
    steps, times = values.steps, values.wall_times
    ranges: dict[str, Any] = {
        "count": len(steps),
        "steps": [int(steps.min()), int(steps.max())],
        "wall_times": [float(times.min()), float(times.max())],
    }
    if kind == "scalars":
        finite = values.values[np.isfinite(values.values)]
        if len(finite):
            ranges["values"] = [float(finite.min()), float(finite.max())]
        ranges["not_finite"] = len(steps) - len(finite)
        ranges["last"] = float(values.values[-1])
    return ranges


def _show(name: str, content: dict[str, Any]) -> None:
    print_line(f"run {name}")
    for file in content["files"]:
        torn = f", {file['torn_bytes']} bytes of a torn record" if file["torn_bytes"] else ""
        health = f"{len(file['damage'])} damaged places" if file["damage"] else "sound"
        records = f"{file['records']:,} records"
        print_line(f"  {file['path']}: {size_text(file['bytes'])}, {records}, {health}{torn}")
        for line in file["damage"][:10] + file["remarks"]:
            print_line(f"    {line}")
    times = [tag["wall_times"] for tag in content["tags"] if "wall_times" in tag]
    if times:
        first, last = min(time[0] for time in times), max(time[1] for time in times)
        print(f"  {time_text(first)} to {time_text(last)}, {duration_text(last - first)}")
    width = max((len(tag["tag"]) for tag in content["tags"]), default=0)
    for tag in content["tags"]:
        line = f"  {tag['kind']:10} {tag['tag']:{width}}  {tag['count']:>9,}"
        if "steps" in tag:
            line += f"  steps {tag['steps'][0]} to {tag['steps'][1]}"
        if "values" in tag:
            line += f"  values {tag['values'][0]:.6g} to {tag['values'][1]:.6g}"
            line += f", last {tag['last']:.6g}"
        if "damage" in tag:
            line += f"  {tag['damage']}"
        if tag.get("not_finite"):
            line += f", {tag['not_finite']:,} not finite"
        print_line(line)
