"""The tbx-native command."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from tbx_native._interrupts import raise_keyboard_interrupts
from tbx_native.commands import (
    diff,
    downsample,
    export,
    inspect,
    merge,
    plot,
    recover,
    repair,
    run,
    tail,
    verify,
)
from tbx_native.commands._terminal import FAILED, OK
from tbx_native.errors import DamagedFileWarning

_COMMANDS = (inspect, verify, repair, recover, tail, export, plot, diff, merge, downsample, run)


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(FAILED, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    try:
        raise_keyboard_interrupts()
        return _run(argv)
    except KeyboardInterrupt:
        return 130  # as shells tell it


def _run(argv: Sequence[str] | None) -> int:
    if sys.stdout is None:  # closed by who started this
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (as long as the process lives)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    parser = _Parser(prog="tbx-native", description="Works on event files.")
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    for module in _COMMANDS:
        module.add_to(commands)
    arguments = parser.parse_args(argv)
    try:
        with warnings.catch_warnings():
            # In a line each; commands that read behind damage tell it so.
            warnings.simplefilter("always", DamagedFileWarning)
            warnings.showwarning = lambda message, *_: _complain(arguments.command, message)
            code: int = arguments.run_command(arguments)
            sys.stdout.flush()
            return code
    except BrokenPipeError:  # as by `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (OSError, ValueError, LookupError, ImportError) as error:
        _complain(arguments.command, error)
        return FAILED


def _complain(command: str, what: object) -> None:
    print(f"tbx-native {command}: " + " ".join(str(what).split()), file=sys.stderr)
