"""Runs benchmarks: `python -m benchmarks [scalar]`. What the numbers mean is in README.md."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from benchmarks.python import instructions, micro
from benchmarks.python.commands import COMMANDS, Command
from benchmarks.python.plots import write_plots
from benchmarks.python.rounds import Answers, run_rounds
from benchmarks.python.table import (
    OURS,
    calls_of,
    notes_of,
    pace_of,
    pace_text,
    rows_of,
    table_text,
)

RUNS: Final = 5
RUNS_OF_ALL: Final = 2  # for which there is time in ten minutes

# Those that ask no writer but ours, and answer with tables of their own.
OF_OUR_OWN: Final = {"micro": micro, "instructions": instructions}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Without a command, all are run."
    )
    _add_options(parser, RUNS_OF_ALL)
    parser.set_defaults(command=None, questions=None, rivals=None)
    commands = parser.add_subparsers()
    for name, command in COMMANDS.items():
        of_command = commands.add_parser(name, help=command.help)
        of_command.set_defaults(command=name)
        _add_options(of_command, RUNS)
        for what in ("questions", "rivals"):
            names = [each.name for each in getattr(command, what)]
            of_command.add_argument(
                f"--{what}",
                nargs="+",
                choices=names,
                metavar="NAME",
                help="only these: " + " ".join(names),
            )
    for name, program in OF_OUR_OWN.items():
        of_program = commands.add_parser(name, help=program.HELP)
        of_program.set_defaults(command=name)
        program.add_options(of_program)
    return parser.parse_args(arguments)


def _add_options(parser: argparse.ArgumentParser, runs: int) -> None:
    parser.add_argument(
        "--runs", type=_positive, default=runs, help=f"runs of each contender ({runs})"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one small run, to see that everything works"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements there")
    parser.add_argument(
        "--plot", type=Path, metavar="DIR", help="draw them there, PNG and SVG (matplotlib)"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return number


def commands_of(arguments: argparse.Namespace) -> list[Command]:
    """What is to be asked of whom."""
    if arguments.command is None:
        return list(COMMANDS.values())
    command = COMMANDS[arguments.command]
    questions = [
        each for each in command.questions if each.name in (arguments.questions or [each.name])
    ]
    rivals = [each for each in command.rivals if each.name in (arguments.rivals or [each.name])]
    return [replace(command, questions=tuple(questions), rivals=tuple(rivals))]


def cpu_model() -> str:
    """As /proc/cpuinfo names it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def report_of(arguments: argparse.Namespace, answers: list[Answers], load: float) -> dict[str, Any]:
    """Everything that was found, for the JSON file."""
    return {
        "commands": list(dict.fromkeys(answer.command for answer in answers)),
        "quick": arguments.quick,
        "runs": 1 if arguments.quick else arguments.runs,
        "machine": {
            "cpu": cpu_model(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_before": load,
            "load_after": os.getloadavg()[0],
            "pace": pace_of(answers),
        },
        "versions": {
            answer.rival.name: result["version"]
            for answer in answers
            for result in answer.results
            if result["version"]
        },
        "rows": rows_of(answers, judged=not arguments.quick),
        "results": [
            {
                "command": answer.command,
                "question": answer.question.name,
                "rival": answer.rival.name,
                "runs": answer.results,
            }
            for answer in answers
        ],
        "calls_a_run": calls_of(answers, arguments.quick),
        "notes": notes_of(answers),
    }


def print_report(report: dict[str, Any], secs: float) -> None:
    """The table, and what there is to know about it."""
    machine = report["machine"]
    print(
        f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']},"
        f" load {machine['load_before']:.1f} before and {machine['load_after']:.1f} after;"
        f" {report['runs']} runs in {secs:.0f} s"
    )
    print(
        ", ".join(f"{name} {version}" for name, version in report["versions"].items()), end="\n\n"
    )
    print(table_text(report["rows"]), end="\n\n")
    print(
        "Medians of the runs; a ratio is how many times as fast as tensorboardX or, in reading,"
        " TensorBoard's EventAccumulator."
    )
    if machine["pace"]["shares"]:
        print(pace_text(machine["pace"]))
    print("Calls in a run: " + "; ".join(report["calls_a_run"]) + ".")
    if report["quick"]:
        print("Quick: far too few calls for the times to mean anything.")
    if machine["load_before"] > machine["cores"] / 2:
        print("The machine was busy already: times are longer, and ratios other, than when quiet.")
    for note in report["notes"]:
        print(note)


def main() -> int:
    arguments = parse()
    if arguments.command in OF_OUR_OWN:
        code: int = OF_OUR_OWN[arguments.command].main(arguments)
        return code
    load = os.getloadavg()[0]
    start = time.monotonic()
    answers = run_rounds(commands_of(arguments), arguments.runs, arguments.quick)
    report = report_of(arguments, answers, load)
    print_report(report, time.monotonic() - start)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    if arguments.plot is not None:
        write_plots(report["rows"], arguments.plot)
    # Times are for people to judge; a wrong or missing answer of ours is an error.
    return int(any(answer.rival.name == OURS and answer.failure for answer in answers))


if __name__ == "__main__":
    sys.exit(main())
