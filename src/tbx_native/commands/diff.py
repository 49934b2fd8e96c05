"""tbx-native diff: in what the scalars of two runs differ."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from tbx_native.commands._terminal import (
    FOUND,
    OK,
    print_json,
    print_line,
    read,
    require_event_files,
)
from tbx_native.event_reader import EventReader, Scalars


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "diff",
        help="in what the scalars of two runs differ",
        description="Compares steps and values of scalars. Exit code: 0 they are equal, 1 they"
        " differ, 2 something cannot be read.",
    )
    parser.add_argument("first", help="event file or log directory")
    parser.add_argument("second", help="what to compare with it")
    parser.add_argument("--rtol", type=float, default=0.0, help="relative difference allowed (0)")
    parser.add_argument("--atol", type=float, default=0.0, help="absolute difference allowed (0)")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    readers = [EventReader(path, errors="skip") for path in (arguments.first, arguments.second)]
    for reader in readers:
        require_event_files(reader.path, reader.runs())
        read(reader)
    first, second = (
        {
            (run, tag): reader.scalars(tag, run)
            for run in reader.runs()
            for tag in reader.tags(run)["scalars"]
        }
        for reader in readers
    )
    found = []
    for key in dict.fromkeys([*first, *second]):
        what: dict[str, Any] | None
        if key not in first or key not in second:
            what = {"only_in": arguments.first if key in first else arguments.second}
        else:
            what = _difference(first[key], second[key], arguments.rtol, arguments.atol)
        if what is not None:
            found.append({"run": key[0], "tag": key[1]} | what)
    if arguments.json:
        print_json(found)
        return FOUND if found else OK
    for item in found:
        name = item.pop("tag") if item["run"] == "." else f"{item['run']} {item.pop('tag')}"
        del item["run"]
        print_line(f"{name}: " + ", ".join(f"{key.replace('_', ' ')} {item[key]}" for key in item))
    print(f"{len(found)} of {len(first.keys() | second.keys())} curves differ")
    return FOUND if found else OK


def _difference(first: Scalars, second: Scalars, rtol: float, atol: float) -> dict[str, Any] | None:
    if not np.array_equal(first.steps, second.steps):
        counts = f"{len(first.steps)} and {len(second.steps)}"
        both = min(len(first.steps), len(second.steps))
        unequal = np.flatnonzero(first.steps[:both] != second.steps[:both])
        at = int(unequal[0]) if len(unequal) else both
        return {"points": counts, "steps_differ_from_point": at}
    near = np.isclose(first.values, second.values, rtol=rtol, atol=atol, equal_nan=True)
    if near.all():
        return None
    where = np.flatnonzero(~near)
    with np.errstate(invalid="ignore"):  # infinities
        distances = np.abs(first.values[where].astype(float) - second.values[where])
    return {
        "values_differ": f"{len(where)} of {len(near)}",
        "first_at_step": int(first.steps[where[0]]),
        "largest_difference": float(distances.max()),
    }
