"""The commands of `python -m benchmarks`, and the questions of each."""

from dataclasses import dataclass
from typing import Final

from benchmarks.python import histogram, kinds, read, scalar
from benchmarks.python.question import Question
from benchmarks.python.rivals import NO_REFERENCE, READERS, RIVALS
from benchmarks.python.rivals.rival import Rival


@dataclass(frozen=True)
class Command:
    """What one command asks.

    Args:
        help: In a line.
        questions: In the order of the table's rows.
        together: A run asks all of them in one process; else each has one of its own.
        rivals: Who is asked.
    """

    help: str
    questions: tuple[Question, ...]
    together: bool
    rivals: tuple[Rival, ...] = RIVALS


COMMANDS: Final = {
    "scalar": Command("what do scalars cost?", scalar.QUESTIONS, together=False),
    # Importing torch, which the rivals need, takes longer than most of the answers.
    "histogram": Command("what do histograms cost?", histogram.QUESTIONS, together=True),
    "kinds": Command(
        "what do all other kinds cost?", kinds.QUESTIONS, together=True, rivals=NO_REFERENCE
    ),
    "read": Command("what does reading back cost?", read.QUESTIONS, False, rivals=READERS),
}


def question_named(name: str) -> Question:
    """The question called `name`, of whichever command."""
    return next(
        question
        for command in COMMANDS.values()
        for question in command.questions
        if question.name == name
    )
