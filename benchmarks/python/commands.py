"""The commands of `python -m benchmarks`, and the questions of each."""

from dataclasses import dataclass
from typing import Final

from benchmarks.python import histogram, kinds, read, scalar, scaling, startup, training
from benchmarks.python.question import Question
from benchmarks.python.rivals import EVERYBODY, NO_REFERENCE, QUEUES, READERS, RIVALS, STARTERS
from benchmarks.python.rivals.rival import Rival


@dataclass(frozen=True)
class Command:
    """What one command asks.

    Args:
        name: What follows `python -m benchmarks`.
        help: In a line.
        questions: In the order of the table's rows.
        rivals: Who is asked.
        together: A run asks all of them in one process; else each has one of its own.
    """

    name: str
    help: str
    questions: tuple[Question, ...]
    rivals: tuple[Rival, ...]
    together: bool = False


COMMANDS: Final = {
    command.name: command
    for command in (
        Command("training", "what does logging cost in training?", training.QUESTIONS, EVERYBODY),
        Command("scalar", "what do scalars cost?", scalar.QUESTIONS, EVERYBODY),
        # Importing torch, which the rivals need, takes longer than most of the answers.
        Command(
            "histogram", "what do histograms cost?", histogram.QUESTIONS, RIVALS, together=True
        ),
        Command(
            "kinds", "what do all other kinds cost?", kinds.QUESTIONS, NO_REFERENCE, together=True
        ),
        Command(
            "scaling", "what do many of everything cost?", scaling.QUESTIONS, QUEUES, together=True
        ),
        Command("startup", "what do import, open and close cost?", startup.QUESTIONS, STARTERS),
        Command("read", "what does reading back cost?", read.QUESTIONS, READERS),
    )
}


def question_named(name: str) -> Question:
    """The question called `name`, of whichever command."""
    return next(
        question
        for command in COMMANDS.values()
        for question in command.questions
        if question.name == name
    )
