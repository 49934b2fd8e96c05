"""The questions about starting and ending, in the order of the table's rows."""

from typing import Final

from benchmarks.python.question import Question
from benchmarks.python.startup import import_time, open_close

QUESTIONS: Final[tuple[Question, ...]] = (import_time.QUESTION, open_close.QUESTION)
