"""What does logging cost while a small GPT learns to write Python, character by character?

It has 0.47 million parameters in 53 tensors, and one thread of torch's to itself, so that writers
with threads of their own find a processor free.
"""

import importlib
from typing import Final

from benchmarks.python.training.blocks import Model, question


def make_model(quick: bool) -> Model:
    """A small one where times mean nothing.

    Raises:
        ImportError: torch is not installed.
    """
    module = importlib.import_module("benchmarks.python.training.gpt_model")
    model: Model = module.GptTraining(width=16 if quick else 96)
    return model


QUESTION: Final = question("gpt", "GPT in torch", make_model, most=1.5)
