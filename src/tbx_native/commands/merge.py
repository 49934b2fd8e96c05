"""tbx-native merge: one event file out of many."""

from __future__ import annotations

import argparse
import heapq
import math
import os
from collections.abc import Iterator
from typing import Any

from tbx_native import _core
from tbx_native._event_files import find_event_files
from tbx_native._raw_events import RawEvents
from tbx_native.commands._event_output import new_event_file, version_record
from tbx_native.commands._terminal import EXIT_CODES, OK, Progress, print_json, print_line


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "merge",
        help="one event file out of many",
        description="Merges the events of files by their wall times into one run. What is damaged"
        f" is left out. {EXIT_CODES}",
    )
    parser.add_argument("path", nargs="+", help="event file, or directory of one run")
    parser.add_argument("-o", "--output", required=True, help="directory of the new run")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    files = []
    for path in arguments.path:
        runs = find_event_files(path)
        if len(runs) != 1:
            raise ValueError(f"{path} has {len(runs)} runs; merge takes one of each path")
        files += next(iter(runs.values()))
    count = 1
    total = sum(map(os.path.getsize, files))
    streams = [_events(path, number) for number, path in enumerate(files)]
    with Progress(total, "merging") as progress:
        merged = heapq.merge(*streams, key=lambda event: event[:2])
        start = next(merged, None)
        if start is None:
            raise ValueError("there are no events to merge")
        with new_event_file(arguments.output, start[0], "merged") as out:
            if not start[3]:
                out.write(version_record(start[0]))
            out.write(_core.frame(start[2]))
            for _, _, payload, is_version in merged:
                progress(len(payload) + 16)
                if is_version:
                    continue  # one is enough, at the beginning
                out.write(_core.frame(payload))
                count += 1
    if arguments.json:
        print_json({"output": arguments.output, "events": count, "files": len(files)})
    else:
        print_line(f"{arguments.output}: {count:,} events of {len(files)} files")
    return OK


def _events(path: str, number: int) -> Iterator[tuple[float, int, bytes, bool]]:
    """Wall times that never go back, so that a file's events keep their order; and payloads."""
    latest = float("-inf")
    for payload, message in RawEvents(path, "skip", False).with_messages():
        if math.isfinite(message.wall_time):
            latest = max(latest, message.wall_time)
        yield latest, number, payload, bool(message.file_version)
