"""The questions about real training, in the order of the table's rows."""

from typing import Final

from benchmarks.python.question import Question
from benchmarks.python.training import gpt, mlp

QUESTIONS: Final[tuple[Question, ...]] = (gpt.QUESTION, mlp.QUESTION)
