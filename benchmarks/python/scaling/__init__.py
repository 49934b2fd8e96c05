"""The questions about many of everything, in the order of the table's rows."""

from typing import Final

from benchmarks.python.question import Question
from benchmarks.python.scaling import processes, queues, records, tags, threads, writers

QUESTIONS: Final[tuple[Question, ...]] = (
    threads.QUESTION,
    processes.QUESTION,
    records.QUESTION,
    tags.QUESTION,
    queues.QUESTION,
    writers.QUESTION,
)
