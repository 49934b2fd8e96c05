"""One run in a process of its own; the answers go as JSON into a file.

Called as `python -m benchmarks.python.child full|quick DIRECTORY QUESTION=RIVAL,... ...`.
"""

import json
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final, Literal, TypedDict

from benchmarks.python.answers import WrongAnswer
from benchmarks.python.commands import question_named
from benchmarks.python.pace import loop_ns
from benchmarks.python.question import Measured
from benchmarks.python.rivals import rival_named

RESULT_FILE: Final = "result.json"

Status = Literal["ok", "missing", "wrong", "failed"]


class Result(TypedDict):
    """What a run gave: measurements if it was ok, else a reason."""

    status: Status
    version: str
    measured: Measured
    reason: str
    loop_ns: float  # a pass of an empty loop, before and after: the machine's pace meanwhile


def run(question_name: str, rival_name: str, quick: bool, logdir: Path) -> Result:
    """Asks one contender the question."""
    return run_in_turns(question_name, [rival_name], quick, logdir)[rival_name]


def run_in_turns(
    question_name: str, rival_names: list[str], quick: bool, logdir: Path
) -> dict[str, Result]:
    """Asks the question of all, who go on in turns if it has something between its blocks."""
    running = {name: _blocks(question_name, name, quick, logdir / name) for name in rival_names}
    results = {}
    while running:
        for name, blocks in list(running.items()):
            try:
                next(blocks)
            except StopIteration as end:
                results[name] = end.value
                del running[name]
    return results


def _blocks(
    question_name: str, rival_name: str, quick: bool, logdir: Path
) -> Generator[None, None, Result]:
    """Asks the question; whatever goes wrong is an answer, too."""
    question, rival = question_named(question_name), rival_named(rival_name)
    result = Result(status="ok", version="", measured={}, reason="", loop_ns=loop_ns())
    try:
        result["version"] = rival.version()
    except ImportError as error:
        return {**result, "status": "missing", "reason": str(error)}
    try:
        measured = question.run(rival, logdir, quick)
        if isinstance(measured, Generator):
            measured = yield from measured
        result["measured"] = measured
        result["loop_ns"] = (result["loop_ns"] + loop_ns()) / 2
    except WrongAnswer as error:
        return {**result, "status": "wrong", "reason": str(error)}
    except Exception as error:
        return {**result, "status": "failed", "reason": f"{type(error).__name__}: {error}"}
    return result


def main() -> None:
    size, directory, *asked = sys.argv[1:]
    # Opened first: a contender that fails may have used up all descriptors.
    with open(Path(directory, RESULT_FILE), "w", encoding="utf-8") as file:
        results = {}
        for of_one in asked:
            question, _, rivals = of_one.partition("=")
            results[question] = run_in_turns(
                question, rivals.split(","), size == "quick", Path(directory, question)
            )
        json.dump(results, file)
    # Without clean-up: a contender that failed half-way may have left threads that never end.
    os._exit(0)


if __name__ == "__main__":
    main()
