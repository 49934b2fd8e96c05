"""The questions about histograms, in the order of the table's rows."""

from typing import Final

from benchmarks.python.histogram import half_arrays, large_arrays, model, small_arrays
from benchmarks.python.question import Question

QUESTIONS: Final[tuple[Question, ...]] = (
    small_arrays.QUESTION,
    large_arrays.QUESTION,
    half_arrays.QUESTION,
    model.QUESTION,
)
