"""Runs all questions for all contenders, in rounds, in new processes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.python.child import RESULT_FILE, Result
from benchmarks.python.commands import Command
from benchmarks.python.progress import Progress
from benchmarks.python.question import Question
from benchmarks.python.rivals.rival import Rival

# Threads of numpy's matrix products wait by spinning, in the way of those that are measured.
ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
ROOT: Final = Path(__file__).resolve().parents[2]
TIMEOUT_SECS: Final = 300.0


@dataclass
class Answers:
    """All results of one question and one contender."""

    command: str
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


Task = list[Answers]  # what one process is asked: these questions, of these contenders


def run_rounds(commands: Sequence[Command], runs: int, quick: bool) -> list[Answers]:
    """Asks everyone everything `runs` times; a quick run, which measures nothing, once."""
    of_commands = [_unanswered(command) for command in commands]
    answers = [answer for of_command in of_commands for answer in of_command]
    if quick:
        tasks = _quick_tasks(answers)
    else:
        tasks = [
            task
            for command, of_command in zip(commands, of_commands, strict=True)
            for round in range(runs)
            for task in _tasks_of_round(of_command, round, command.together)
        ]
    progress = Progress(len(tasks))

    def ask(task: Task) -> None:
        asked = [answer for answer in task if answer.failure is None]  # a failure would come again
        if asked:
            results = run_child(asked, quick)
            for answer in asked:
                answer.results.append(results[answer.question.name][answer.rival.name])
        progress.advance(task[0].command)

    with ThreadPoolExecutor(max_workers=os.cpu_count() if quick else 1) as pool:
        list(pool.map(ask, tasks))
    return answers


def _unanswered(command: Command) -> list[Answers]:
    return [
        Answers(command.name, question, rival)
        for question in command.questions
        for rival in command.rivals
    ]


def _tasks_of_round(answers: Sequence[Answers], round: int, together: bool) -> list[Task]:
    """A round asks each question of each contender in turn, or all questions `together`.

    So what the machine does meanwhile hits all alike.
    """

    def key(answer: Answers) -> object:
        question, rival = answer.question, answer.rival.name
        if question.in_turns:
            return question.name
        return rival if together else (question.name, rival)

    return _grouped((each for each in answers if round == 0 or not each.question.once), key)


def _quick_tasks(answers: Sequence[Answers]) -> list[Task]:
    """Two processes, each with every other command: to import torch takes longer than most."""
    commands = list(dict.fromkeys(answer.command for answer in answers))

    def key(answer: Answers) -> object:
        question = answer.question
        if question.alone:
            return (question.name, answer.rival.name)
        return commands.index(answer.command) % 2

    return _grouped(answers, key)


def _grouped(answers: Iterable[Answers], key: Callable[[Answers], object]) -> list[Task]:
    tasks: dict[object, Task] = {}
    for answer in answers:
        tasks.setdefault(key(answer), []).append(answer)
    return list(tasks.values())


def run_child(task: Task, quick: bool) -> dict[str, dict[str, Result]]:
    """One run, with its results by the names of question and contender."""
    rivals: dict[str, list[str]] = {}
    for answer in task:
        rivals.setdefault(answer.question.name, []).append(answer.rival.name)
    with tempfile.TemporaryDirectory(prefix="tbx-benchmark-") as directory:
        command = [sys.executable, "-m", "benchmarks.python.child"]
        command += ["quick" if quick else "full", directory]
        command += [f"{question}={','.join(names)}" for question, names in rivals.items()]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        try:
            done = subprocess.run(
                command,
                check=False,
                env={**os.environ, **ONE_THREAD, "PYTHONPATH": path},
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
                results: dict[str, dict[str, Result]] = json.loads(
                    Path(directory, RESULT_FILE).read_text()
                )
                return results
            reason = f"exit code {done.returncode}: {done.stderr.strip()[-500:]}"
    failed = Result(status="failed", version="", measured={}, reason=reason, loop_ns=0.0)
    return {question: dict.fromkeys(names, failed) for question, names in rivals.items()}
