"""The questions about reading back, in the order of the table's rows."""

from typing import Final

from benchmarks.python.question import Question
from benchmarks.python.read import scalars, verify

QUESTIONS: Final[tuple[Question, ...]] = (scalars.QUESTION, verify.QUESTION)
