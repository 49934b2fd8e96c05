"""One run of one contender in a process of its own; the answers go as JSON into a file.

Called as `python -m benchmarks.python.child RIVAL full|quick DIRECTORY QUESTION...`.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final, Literal, TypedDict

from benchmarks.python.answers import WrongAnswer
from benchmarks.python.commands import question_named
from benchmarks.python.rivals import rival_named

RESULT_FILE: Final = "result.json"

Status = Literal["ok", "missing", "wrong", "failed"]


class Result(TypedDict):
    """What a run gave: measurements if it was ok, else a reason."""

    status: Status
    version: str
    measured: dict[str, float]
    reason: str


def run(question_name: str, rival_name: str, quick: bool, logdir: Path) -> Result:
    """Asks the question; whatever goes wrong is an answer, too."""
    question, rival = question_named(question_name), rival_named(rival_name)
    result = Result(status="ok", version="", measured={}, reason="")
    try:
        result["version"] = rival.version()
    except ImportError as error:
        return {**result, "status": "missing", "reason": str(error)}
    try:
        result["measured"] = question.run(rival, logdir, quick)
    except WrongAnswer as error:
        return {**result, "status": "wrong", "reason": str(error)}
    except Exception as error:
        return {**result, "status": "failed", "reason": f"{type(error).__name__}: {error}"}
    return result


def main() -> None:
    rival, size, directory, *questions = sys.argv[1:]
    # Opened first: a contender that fails may have used up all descriptors.
    with open(Path(directory, RESULT_FILE), "w", encoding="utf-8") as file:
        results = {
            question: run(question, rival, size == "quick", Path(directory, question))
            for question in questions
        }
        json.dump(results, file)
    # Without clean-up: a contender that failed half-way may have left threads that never end.
    os._exit(0)


if __name__ == "__main__":
    main()
