"""The questions about all other kinds of summaries, in the order of the table's rows."""

from typing import Final

from benchmarks.python.kinds import audio, embedding, hparams, image, mesh, pr_curve, text
from benchmarks.python.question import Question

QUESTIONS: Final[tuple[Question, ...]] = (
    image.QUESTION,
    text.QUESTION,
    pr_curve.QUESTION,
    mesh.QUESTION,
    embedding.QUESTION,
    hparams.QUESTION,
    audio.QUESTION,
)
