"""tbx-native verify: every length, checksum and event of files."""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

from tbx_native import _core
from tbx_native._event_files import find_event_files
from tbx_native._file_scan import Damage
from tbx_native.commands._terminal import (
    FOUND,
    OK,
    Progress,
    print_json,
    print_line,
    require_event_files,
    size_text,
)


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "verify",
        help="check every record of files",
        description="Checks every length, checksum and event. Exit code: 0 all is sound, 1"
        " something is damaged, 2 something cannot be read. A record that is torn off by the end"
        " of its file is no damage: it may yet be written.",
    )
    parser.add_argument("path", nargs="+", help="event file or log directory")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument(
        "--torn", action="store_true", help="a torn record at the end of a file is damage, too"
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    files = []
    for path in arguments.path:
        runs = find_event_files(path)
        require_event_files(path, runs)
        files += [file for of_run in runs.values() for file in of_run]
    start = time.perf_counter()
    with Progress(sum(map(os.path.getsize, files)), "verifying") as progress:
        found = [_verify(file, progress, arguments.torn) for file in files]
    seconds = time.perf_counter() - start
    total = sum(file["bytes"] for file in found)
    damaged = sum(not file["sound"] for file in found)
    if arguments.json:
        print_json({"files": found, "bytes": total, "seconds": seconds, "damaged": damaged})
    else:
        for file in found:
            for line in file["damage"]:
                print_line(line)
            if file["torn_bytes"]:
                print_line(
                    f"{file['path']}: ends inside a record, {file['torn_bytes']} bytes of it"
                )
        speed = f"{size_text(total)} in {seconds:.2f} s, {total / 1e9 / seconds:.2f} GB/s"
        records = sum(file["records"] for file in found)
        health = f"{damaged} damaged" if damaged else "all sound"
        print(f"{len(found)} files, {records:,} records: {health} ({speed})")
    return FOUND if damaged else OK


def _verify(path: str, progress: Progress, torn_is_damage: bool) -> dict[str, Any]:
    scan = _core.EventScan(os.fsencode(path), False)
    report = progress.in_file()
    scan.advance(False, False, report)
    report(scan.size)
    damage = [Damage(path, *place) for place in scan.damage()]
    return {
        "path": path,
        "bytes": scan.size,
        "records": scan.records,
        "sound": not damage and not (torn_is_damage and scan.torn_bytes),
        "damage": [f"{place}; {place.end - place.offset:,} bytes lost" for place in damage],
        "torn_bytes": scan.torn_bytes,
        "remarks": [list(remark) for remark in scan.remarks()],
    }
