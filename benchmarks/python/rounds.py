"""Runs all questions for all contenders, in rounds, each run in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.python.child import RESULT_FILE, Result
from benchmarks.python.question import Question
from benchmarks.python.rivals.rival import Rival

ROOT: Final = Path(__file__).resolve().parents[2]
TIMEOUT_SECS: Final = 300.0


@dataclass
class Answers:
    """All results of one question and one contender."""

    question: Question
    rival: Rival
    results: list[Result] = field(default_factory=list)

    @property
    def failure(self) -> Result | None:
        """The first result that is not ok."""
        return next((result for result in self.results if result["status"] != "ok"), None)

    def values(self, key: str) -> list[float]:
        """What was measured, run by run; nothing if any run went wrong."""
        if self.failure is not None:
            return []
        return [result["measured"][key] for result in self.results if key in result["measured"]]

    def median(self, key: str) -> float | None:
        """The middle of values(key)."""
        values = self.values(key)
        return median(values) if values else None


def run_rounds(
    questions: Sequence[Question],
    rivals: Sequence[Rival],
    runs: int,
    quick: bool,
    together: bool = False,
) -> list[Answers]:
    """Asks everyone everything `runs` times.

    A round asks each question of each contender in turn, so that what the machine does meanwhile
    hits all alike; or all questions `together`. A quick run measures nothing: it has one process
    for each contender, and several at a time.
    """
    answers = [Answers(question, rival) for question in questions for rival in rivals]
    of_rivals = [[answer for answer in answers if answer.rival is rival] for rival in rivals]
    if quick:
        tasks = of_rivals
    elif together:
        tasks = of_rivals * runs
    else:
        tasks = [
            [answer]
            for round in range(runs)
            for answer in answers
            if round == 0 or not answer.question.once
        ]
    done = count(1)

    def ask(task: list[Answers]) -> None:
        asked = [answer for answer in task if answer.failure is None]  # a failure would come again
        if asked:
            results = run_child([answer.question for answer in asked], asked[0].rival, quick)
            for answer in asked:
                answer.results.append(results[answer.question.name])
        if sys.stderr.isatty():
            print(f"\r{next(done)}/{len(tasks)} runs", end="", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(max_workers=os.cpu_count() if quick else 1) as pool:
        list(pool.map(ask, tasks))
    return answers


def run_child(questions: Sequence[Question], rival: Rival, quick: bool) -> dict[str, Result]:
    """One run, with its results by the question's name."""
    with tempfile.TemporaryDirectory(prefix="tbx-benchmark-") as directory:
        command = [sys.executable, "-m", "benchmarks.python.child", rival.name]
        command += ["quick" if quick else "full", directory]
        command += [question.name for question in questions]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        try:
            done = subprocess.run(
                command,
                check=False,
                env={**os.environ, "PYTHONPATH": path},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                timeout=TIMEOUT_SECS,
            )
        except subprocess.TimeoutExpired:
            reason = f"no answer within {TIMEOUT_SECS:.0f} s"
        else:
            if done.returncode == 0:
                results: dict[str, Result] = json.loads(Path(directory, RESULT_FILE).read_text())
                return results
            reason = f"exit code {done.returncode}: {done.stderr.strip()[-500:]}"
    failed = Result(status="failed", version="", measured={}, reason=reason)
    return {question.name: failed for question in questions}
