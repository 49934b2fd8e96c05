"""The questions about scalars, in the order of the table's rows."""

from typing import Final

from benchmarks.python.question import Question
from benchmarks.python.scalar import (
    add_scalars,
    burst,
    import_time,
    log,
    open_writers,
    paced,
    sustained,
)

QUESTIONS: Final[tuple[Question, ...]] = (
    burst.QUESTION,
    sustained.QUESTION,
    log.QUESTION,
    add_scalars.QUESTION,
    paced.QUESTION,
    import_time.QUESTION,
    open_writers.QUESTION,
)
