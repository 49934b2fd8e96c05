"""The questions about scalars, in the order of the table's rows."""

from typing import Final

from benchmarks.python.question import Question
from benchmarks.python.scalar import (
    add_scalars,
    burst,
    log,
    open_writers,
    paced,
    sustained,
    write_floor,
)

QUESTIONS: Final[tuple[Question, ...]] = (
    burst.QUESTION,
    sustained.QUESTION,
    write_floor.QUESTION,
    log.QUESTION,
    add_scalars.QUESTION,
    paced.QUESTION,
    open_writers.QUESTION,
)
