"""Trains a small classifier on scikit-learn's handwritten digits and logs every step.

python examples/quickstart.py [--steps 600] [--logdir runs/quickstart]
"""

from __future__ import annotations

import argparse
import itertools
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tqdm import tqdm

from tbx_native import SummaryWriter

BATCH = 64
HIDDEN = (128, 64)


class Classifier:
    """A multi-layer perceptron with ReLU and softmax, trained by gradient descent with momentum."""

    def __init__(self, sizes: tuple[int, ...], seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.weights = [
            rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)).astype(np.float32)
            for fan_in, fan_out in itertools.pairwise(sizes)
        ]
        self.biases = [np.zeros(fan_out, np.float32) for fan_out in sizes[1:]]
        self.momentum = [np.zeros_like(p) for p in [*self.weights, *self.biases]]

    def forward(self, images: np.ndarray) -> list[np.ndarray]:
        """Returns the activations of every layer; the last are class probabilities."""
        activations = [images]
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            linear = activations[-1] @ weight + bias
            if layer + 1 < len(self.weights):
                activations.append(np.maximum(linear, 0))
            else:
                exponent = np.exp(linear - linear.max(axis=1, keepdims=True))
                activations.append(exponent / exponent.sum(axis=1, keepdims=True))
        return activations

    def gradients(
        self, activations: list[np.ndarray], labels: np.ndarray
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Returns the gradients of the mean cross-entropy for weights and biases."""
        delta = activations[-1].copy()
        delta[np.arange(len(labels)), labels] -= 1
        delta /= len(labels)
        weights, biases = [], []
        for layer in reversed(range(len(self.weights))):
            weights.append(activations[layer].T @ delta)
            biases.append(delta.sum(axis=0))
            delta = (delta @ self.weights[layer].T) * (activations[layer] > 0)
        return weights[::-1], biases[::-1]

    def update(self, gradients: list[np.ndarray], learning_rate: float) -> None:
        parameters = [*self.weights, *self.biases]
        for parameter, velocity, gradient in zip(parameters, self.momentum, gradients, strict=True):
            velocity *= 0.9
            velocity -= learning_rate * gradient
            parameter += velocity

    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        return float((self.forward(images)[-1].argmax(axis=1) == labels).mean())


def train(writer: SummaryWriter, steps: int) -> float:
    """Trains for `steps` batches and returns the seconds that logging took."""
    digits = load_digits()
    images = (digits.data / 16).astype(np.float32)
    split = train_test_split(images, digits.target, test_size=0.25, random_state=0)
    train_images, test_images, train_labels, test_labels = split
    model = Classifier((images.shape[1], *HIDDEN, 10), seed=0)
    rng = np.random.default_rng(1)
    logging_secs = 0.0
    progress = tqdm(range(steps), unit="step")
    for step in progress:
        chosen = rng.integers(0, len(train_images), BATCH)
        batch, labels = train_images[chosen], train_labels[chosen]
        activations = model.forward(batch)
        loss = -np.log(activations[-1][np.arange(BATCH), labels] + 1e-9).mean()
        weight_gradients, bias_gradients = model.gradients(activations, labels)
        learning_rate = 0.1 * 0.5 * (1 + np.cos(np.pi * step / steps))
        model.update([*weight_gradients, *bias_gradients], learning_rate)
        accuracy = (activations[-1].argmax(axis=1) == labels).mean()
        norms = {f"layer{i}": np.linalg.norm(g) for i, g in enumerate(weight_gradients)}

        start = time.perf_counter()
        writer.add_scalar("train/loss", loss, step)
        writer.add_scalar("train/accuracy", accuracy, step)
        writer.add_scalar("train/learning_rate", learning_rate, step)
        writer.log({"gradient_norm": norms}, step)
        logging_secs += time.perf_counter() - start
        if step % 20 == 19 or step == steps - 1:
            test_accuracy = model.accuracy(test_images, test_labels)
            writer.add_scalar("test/accuracy", test_accuracy, step)
            progress.set_postfix_str(f"loss {loss:.3f}, test accuracy {test_accuracy:.1%}", False)
    return logging_secs


def show_what_was_written(logdir: str) -> None:
    """Reads the run back as TensorBoard does."""
    run = EventAccumulator(logdir, size_guidance={"scalars": 0}).Reload()
    print(f"\n{'curve':<24}{'points':>8}{'first':>10}{'last':>10}")
    for tag in sorted(run.Tags()["scalars"]):
        points = run.Scalars(tag)
        print(f"{tag:<24}{len(points):>8}{points[0].value:>10.4f}{points[-1].value:>10.4f}")
    print(f"\nLook at it:  tensorboard --logdir {logdir}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=600, help="batches to train for")
    parser.add_argument("--logdir", help="directory of the run; by default a new one below runs/")
    arguments = parser.parse_args()
    start = time.perf_counter()
    with SummaryWriter(arguments.logdir, comment="_quickstart") as writer:
        logging_secs = train(writer, arguments.steps)
        logdir = writer.get_logdir()
    written = writer.stats().events_written
    total_secs = time.perf_counter() - start
    print(
        f"{written} events in {total_secs:.2f} s, of which logging took {logging_secs * 1e3:.1f} ms"
    )
    show_what_was_written(logdir)


if __name__ == "__main__":
    main()
