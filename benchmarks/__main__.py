"""Runs benchmarks: `python -m benchmarks scalar`. What the numbers mean is in README.md."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.python import instructions, micro
from benchmarks.python.commands import COMMANDS, Command
from benchmarks.python.rivals import rival_named
from benchmarks.python.rounds import Answers, run_rounds
from benchmarks.python.table import OURS, YARDSTICKS, calls_of, notes_of, rows_of, table_text

# Those that ask no writer but ours, and answer with tables of their own.
OF_OUR_OWN: Final = {"micro": micro, "instructions": instructions}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        _add_options(commands.add_parser(name, help=command.help), command)
    for name, program in OF_OUR_OWN.items():
        program.add_options(commands.add_parser(name, help=program.HELP))
    return parser.parse_args(arguments)


def _add_options(parser: argparse.ArgumentParser, command: Command) -> None:
    parser.add_argument("--runs", type=_positive, default=5, help="runs of each contender (5)")
    parser.add_argument(
        "--quick", action="store_true", help="one small run, to see that everything works"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements there")
    parser.add_argument(
        "--questions",
        nargs="+",
        choices=[question.name for question in command.questions],
        metavar="NAME",
        help="only these: " + " ".join(question.name for question in command.questions),
    )
    parser.add_argument(
        "--rivals",
        nargs="+",
        choices=[rival.name for rival in command.rivals],
        metavar="NAME",
        help="only these: " + " ".join(rival.name for rival in command.rivals),
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return number


def cpu_model() -> str:
    """As /proc/cpuinfo names it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def report_of(arguments: argparse.Namespace, answers: list[Answers], load: float) -> dict[str, Any]:
    """Everything that was found, for the JSON file."""
    return {
        "command": arguments.command,
        "quick": arguments.quick,
        "runs": 1 if arguments.quick else arguments.runs,
        "machine": {
            "cpu": cpu_model(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_before": load,
            "load_after": os.getloadavg()[0],
        },
        "versions": {
            answer.rival.name: result["version"]
            for answer in answers
            for result in answer.results
            if result["version"]
        },
        "rows": rows_of(answers, judged=not arguments.quick),
        "results": [
            {"question": answer.question.name, "rival": answer.rival.name, "runs": answer.results}
            for answer in answers
        ],
        "calls_a_run": calls_of(answers, arguments.quick),
        "notes": notes_of(answers),
    }


def main() -> int:
    arguments = parse()
    if arguments.command in OF_OUR_OWN:
        code: int = OF_OUR_OWN[arguments.command].main(arguments)
        return code
    command = COMMANDS[arguments.command]
    names = arguments.questions or [question.name for question in command.questions]
    questions = [question for question in command.questions if question.name in names]
    rivals = [rival_named(name) for name in arguments.rivals or []] or command.rivals
    load = os.getloadavg()[0]
    start = time.monotonic()
    runs = 1 if arguments.quick else arguments.runs
    answers = run_rounds(questions, rivals, runs, arguments.quick, command.together)
    report = report_of(arguments, answers, load)
    machine = report["machine"]
    print(
        f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']},"
        f" load {machine['load_before']:.1f} before and {machine['load_after']:.1f} after;"
        f" {report['runs']} runs in {time.monotonic() - start:.0f} s"
    )
    print(
        ", ".join(f"{name} {version}" for name, version in report["versions"].items()), end="\n\n"
    )
    print(table_text(report["rows"]), end="\n\n")
    print(
        "Medians of the runs; a ratio is how many times as fast as "
        f"{next(name for name in YARDSTICKS if name in {rival.name for rival in command.rivals})}."
    )
    print("Calls in a run: " + "; ".join(report["calls_a_run"]) + ".")
    if arguments.quick:
        print("Quick: far too few calls for the times to mean anything.")
    if machine["load_before"] > machine["cores"] / 2:
        print("The machine was busy already: times are longer, and ratios other, than when quiet.")
    for note in report["notes"]:
        print(note)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    # Times are for people to judge; a wrong or missing answer of ours is an error.
    return int(any(answer.rival.name == OURS and answer.failure for answer in answers))


if __name__ == "__main__":
    sys.exit(main())
