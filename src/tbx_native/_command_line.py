"""The tbx-native command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tbx_native._recovery import recover


def _recover(arguments: argparse.Namespace) -> int:
    try:
        report = recover(arguments.directory)
    except OSError as error:
        print(f"tbx-native recover: {error}", file=sys.stderr)
        return 2
    print(f"{report.events} events of {report.queues} killed processes recovered")
    if report.unwanted:
        print(f"{report.unwanted} events dropped: their event file is gone, or they are damaged")
    for failure in report.errors:
        print(f"tbx-native recover: {failure}", file=sys.stderr)
    return 1 if report.errors else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="tbx-native", description="Works on event files.")
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser(
        "recover",
        help="append what killed processes left in their queues",
        description="Appends what killed processes left in their queues to their event files."
        " Exit code: 0 done, 1 some queue could not be brought in, 2 no such directory.",
    )
    command.add_argument("directory", help="log directory, with all directories below it")
    command.set_defaults(run=_recover)
    arguments = parser.parse_args(argv)
    code: int = arguments.run(arguments)
    return code
