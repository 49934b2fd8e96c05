"""tbx-native recover: what killed processes left in their queues."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tbx_native._recovery import recover
from tbx_native.commands._terminal import FOUND, OK, print_json


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "recover",
        help="append what killed processes left in their queues",
        description="Appends what killed processes left in their queues to their event files."
        " Exit code: 0 done, 1 some queue could not be brought in, 2 no such directory.",
    )
    parser.add_argument("directory", help="log directory, with all directories below it")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    report = recover(arguments.directory)
    if arguments.json:
        counts = {name: getattr(report, name) for name in ("queues", "events", "unwanted")}
        print_json(counts | {"errors": [str(failure) for failure in report.errors]})
    else:
        print(f"{report.events} events of {report.queues} killed processes recovered")
        if report.unwanted:
            print(f"{report.unwanted} dropped: their event file is gone, or they are damaged")
    for failure in report.errors:
        print(f"tbx-native recover: {failure}", file=sys.stderr)
    return FOUND if report.errors else OK
