"""What does logging cost while a perceptron in numpy guesses the next character from eight?

It has 0.31 million parameters in six arrays, and gradients by hand.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from benchmarks.python.training.blocks import SCALARS, Model, question
from benchmarks.python.training.source_text import VOCABULARY, excerpts

CONTEXT: Final = 8  # characters that a guess can see
BATCH: Final = 256
LEARNING_RATE: Final = np.float32(0.5)

Floats = np.ndarray[Any, np.dtype[np.float32]]


class MlpTraining:
    """Two hidden layers with ReLU, softmax, and plain gradient descent."""

    def __init__(self, widths: tuple[int, int]) -> None:
        self._random = np.random.default_rng(0)
        sizes = (CONTEXT * VOCABULARY, *widths, VOCABULARY)
        self.weights: dict[str, Floats] = {}
        for layer, (inputs, outputs) in enumerate(pairwise(sizes)):
            scale = np.float32((2 / inputs) ** 0.5)
            normal = self._random.standard_normal((inputs, outputs), np.float32)
            self.weights[f"layer{layer}.weight"] = normal * scale
            self.weights[f"layer{layer}.bias"] = np.zeros(outputs, np.float32)
        self._gradients: Mapping[str, Floats] = {}
        self._next = np.zeros(BATCH, np.int64)
        self._losses = np.zeros(BATCH, np.float32)

    @property
    def gradients(self) -> Mapping[str, Floats]:
        return self._gradients

    def train(self) -> None:
        codes = excerpts(self._random, BATCH, CONTEXT)
        self._next = codes[:, -1]
        seen = np.eye(VOCABULARY, dtype=np.float32)[codes[:, :-1]].reshape(BATCH, -1)
        activations = [seen]
        for layer in range(3):
            weight, bias = self.weights[f"layer{layer}.weight"], self.weights[f"layer{layer}.bias"]
            sums = activations[-1] @ weight + bias
            activations.append(np.maximum(sums, 0) if layer < 2 else sums)
        logits = activations.pop()
        shifted = logits - logits.max(axis=1, keepdims=True)  # or exp() would overflow
        powers = np.exp(shifted)
        totals = powers.sum(axis=1, keepdims=True)
        rows = np.arange(BATCH)
        self._losses = np.log(totals[:, 0]) - shifted[rows, self._next]

        chances = powers / totals
        chances[rows, self._next] -= 1
        errors = chances / np.float32(BATCH)  # of the loss by the logits
        gradients = {}
        for layer in (2, 1, 0):
            gradients[f"layer{layer}.weight"] = activations[layer].T @ errors
            gradients[f"layer{layer}.bias"] = errors.sum(axis=0)
            errors = errors @ self.weights[f"layer{layer}.weight"].T * (activations[layer] > 0)
        self._gradients = gradients
        for name, gradient in gradients.items():
            self.weights[name] -= LEARNING_RATE * gradient

    def metrics(self) -> dict[str, float]:
        """The loss, and that of the characters from " " on; 0 for those that were not there."""
        metrics = {"train/loss": float(self._losses.mean())}
        counts = np.bincount(self._next, minlength=VOCABULARY)
        sums = np.bincount(self._next, self._losses, VOCABULARY)
        means = (sums / np.maximum(counts, 1)).astype(np.float32)
        for code in range(ord(" "), ord(" ") + SCALARS - 1):
            metrics[f"loss_of/{code}"] = float(means[code])
        return metrics


def make_model(quick: bool) -> Model:
    """A small one where times mean nothing."""
    return MlpTraining((16, 16) if quick else (256, 128))


QUESTION: Final = question("mlp", "MLP in numpy", make_model, most=1.5)
