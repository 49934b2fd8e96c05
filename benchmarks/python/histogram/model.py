"""What do the histograms of a model's weights and gradients cost, all of a step together?

The model has the shapes of a small transformer: 52 parameters, 0.8 million values, in tensors where
torch is installed. Writers without add_histograms() get one add_histogram() a parameter.
"""

import importlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any, Final

import numpy as np

from benchmarks.python.histogram_answers import check_histograms
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import AddHistograms, Rival
from benchmarks.reference_histogram import Histogram, histogram

CALLS: Final = Calls(fast=7, others=1, quick=1)
LAYERS: Final = 4
WIDTH: Final = 128

Arrays = Mapping[str, np.ndarray[Any, Any]]


def shapes() -> dict[str, tuple[int, ...]]:
    """Of the parameters, by name."""
    layer = {
        "norm1.weight": (WIDTH,),
        "norm1.bias": (WIDTH,),
        "attention.in.weight": (3 * WIDTH, WIDTH),
        "attention.in.bias": (3 * WIDTH,),
        "attention.out.weight": (WIDTH, WIDTH),
        "attention.out.bias": (WIDTH,),
        "norm2.weight": (WIDTH,),
        "norm2.bias": (WIDTH,),
        "mlp.in.weight": (4 * WIDTH, WIDTH),
        "mlp.in.bias": (4 * WIDTH,),
        "mlp.out.weight": (WIDTH, 4 * WIDTH),
        "mlp.out.bias": (WIDTH,),
    }
    named = {
        f"layers.{index}.{name}": shape for index in range(LAYERS) for name, shape in layer.items()
    }
    last = {"norm.weight": (WIDTH,), "norm.bias": (WIDTH,), "head.bias": (10,)}
    return {"embedding.weight": (64, WIDTH), **named, **last}


def random_arrays(seed: int, scale: float) -> Arrays:
    """Normally distributed numbers for every parameter."""
    random = np.random.default_rng(seed)
    return {
        name: random.standard_normal(shape, np.float32) * np.float32(scale)
        for name, shape in shapes().items()
    }


def as_tensors(arrays: Arrays) -> Mapping[str, Any]:
    """The arrays as tensors if there is torch, else themselves."""
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        return arrays
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def add_step(
    add_histograms: AddHistograms, weights: Mapping[str, Any], gradients: Any, step: int
) -> float:
    """Nanoseconds."""
    start = perf_counter_ns()
    add_histograms("weights", weights, step)
    add_histograms("gradients", gradients, step)
    return perf_counter_ns() - start


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    arrays = {"weights": random_arrays(1, 0.05), "gradients": random_arrays(2, 0.001)}
    weights, gradients = as_tensors(arrays["weights"]), as_tensors(arrays["gradients"])
    steps = range(CALLS.of(rival, quick))
    started = time.time()
    writer = rival.open(logdir)
    add_histograms = rival.add_histograms(writer)
    times = []
    for step in steps:
        times.append(add_step(add_histograms, weights, gradients, step))
        writer.flush()
    writer.close()
    counted = {
        f"{kind}/{name}": histogram(array)
        for kind, named in arrays.items()
        for name, array in named.items()
    }

    def expected() -> Iterator[tuple[str, int, Histogram]]:
        for step in steps:
            for tag, histo in counted.items():
                yield tag, step, histo

    check_histograms(logdir, started, expected())
    return {"step_ns": median(times)}


QUESTION: Final = Question(
    "model",
    (Metric("step_ns", "weights and gradients of 52 parameters", "ns", at_most=2e6),),
    run,
    CALLS,
)
