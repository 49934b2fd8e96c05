"""tbx-native run: a program that logs through tbx_native without a line changed."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

_STARTUP = Path(__file__).resolve().parents[1] / "_startup"


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run a program in which tensorboardX and torch log through tbx_native",
        description="Runs a program with tbx_native.install() active in it and in all Python"
        " processes it starts, as far as they have tbx_native. A file that ends in .py, and -m"
        " MODULE, are run by this Python. Exit code: the program's; 2 where it cannot be started.",
    )
    parser.add_argument("program", nargs=argparse.REMAINDER, help="-- program and its arguments")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    program: list[str] = arguments.program
    if program[:1] == ["--"]:
        program = program[1:]
    if not program:
        raise ValueError("no program to run")
    if program[0] == "-m" or program[0].endswith(".py"):
        program = [sys.executable, *program]
    paths = [str(_STARTUP), os.environ.get("PYTHONPATH")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    try:
        os.execvpe(program[0], program, environment)
    except FileNotFoundError as error:  # names the last directory of PATH
        raise FileNotFoundError(error.errno, error.strerror, program[0]) from error
