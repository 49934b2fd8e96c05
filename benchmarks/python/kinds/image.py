"""What does an image of 3 by 256 by 256 cost its caller, and what all threads?

Noise is what PNG cannot compress; a smooth image is what it is good at.
"""

import importlib
import io
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.python.answers import event_file, loaded_values, require
from benchmarks.python.kinds.timed_calls import timed_with_and_without_pause
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=30, others=5, quick=1)
SIZE: Final = 256
TAG: Final = "picture"

Array = np.ndarray[Any, np.dtype[Any]]


def noise() -> Array:
    """(3, 256, 256), uint8."""
    return np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE), np.uint8)


def smooth() -> Array:
    """(3, 256, 256), float32 in [0, 1]."""
    waves = np.sin(np.arange(SIZE) / 40) / 2 + 0.5
    both = np.multiply.outer(waves, waves)
    return np.stack([both, both.T, 1 - both]).astype(np.float32)


def check_images(directory: Path, started: float, pixels: Array, count: int) -> None:
    """Compares a file with `count` images of (3, height, width), added since `started`."""
    read = list(loaded_values(event_file(directory), started))
    require([step for step, _ in read] == list(range(count)), "all images are there, in order")
    open_image = importlib.import_module("PIL.Image").open
    for _, value in read:
        require(value.tag == TAG and value.WhichOneof("value") == "image", "all are images")
        shown = np.asarray(open_image(io.BytesIO(value.image.encoded_image_string)))
        require(np.array_equal(shown, pixels.transpose(1, 2, 0)), "all pixels are right")


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    measured: dict[str, float] = {}
    for name, image in {"noise": noise(), "smooth": smooth()}.items():
        started = time.time()
        writer = rival.open(logdir / name)

        def add(step: int, writer: Any = writer, image: Array = image) -> None:
            writer.add_image(TAG, image, step)

        at_once, paused = timed_with_and_without_pause(writer, add, calls)
        writer.close()
        pixels = image if image.dtype == np.uint8 else (image * 255).astype(np.uint8)
        check_images(logdir / name, started, pixels, 2 * calls)
        measured[f"{name}_ns"] = at_once.caller
        measured[f"{name}_paused_ns"] = paused.caller
        measured[f"{name}_cpu_ns"] = at_once.all_threads
    return measured


QUESTION: Final = Question(
    "image",
    (
        Metric("noise_ns", "add_image() of 3x256x256 uint8, noise", "ns", at_most=100e3),
        Metric("noise_paused_ns", "  after a pause of 10 ms", "ns"),
        Metric("noise_cpu_ns", "  CPU time of all threads", "ns", times_tensorboardx=3),
        Metric("smooth_ns", "add_image() of 3x256x256 float32, smooth", "ns", at_most=150e3),
        Metric("smooth_paused_ns", "  after a pause of 10 ms", "ns"),
        Metric("smooth_cpu_ns", "  CPU time of all threads", "ns"),
    ),
    run,
    CALLS,
    bursts=4,
)
