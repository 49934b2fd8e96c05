"""TensorBoard shows the histograms that we write, in both of its dashboards for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tbx_native

Start = Callable[[Path], AbstractContextManager[Any]]


def test_histograms_and_distributions_are_shown(tmp_path: Path, start_tensorboard: Start) -> None:
    logdir = tmp_path / "logs"
    rng = np.random.default_rng(0)
    steps = {step: rng.normal(size=10_000) * (step + 1) for step in range(5)}
    with tbx_native.SummaryWriter(logdir / "run") as writer:
        for step, values in steps.items():
            writer.add_histogram("weights", values, step, walltime=1e9)
            writer.add_histograms(
                "all", {"huge": np.array([1e30, -1e30], np.float32), "one": 7.0}, step
            )
            writer.add_histogram("nothing", np.array([math.nan]), step)
            writer.add_scalar("after", step, step)
    with start_tensorboard(logdir) as tensorboard:
        tensorboard.wait_for_curve("run", "after", len(steps))
        query = {"run": "run", "tag": "weights"}
        histograms = tensorboard.get("plugin/histograms/histograms", **query)
        distributions = tensorboard.get("plugin/distributions/distributions", **query)
        huge = tensorboard.get("plugin/histograms/histograms", run="run", tag="all/huge")
        assert len(tensorboard.scalars("run", "after")) == len(steps)
    assert [(wall_time, step) for wall_time, step, _ in histograms] == [(1e9, s) for s in steps]
    for (_, step, buckets), (_, _, percentiles) in zip(histograms, distributions, strict=True):
        values = steps[step]
        assert sum(count for _, _, count in buckets) == pytest.approx(values.size)
        assert buckets[0][0] >= values.min() * 1.1
        assert buckets[-1][1] <= values.max() * 1.1
        (median,) = (value for basis_points, value in percentiles if basis_points == 5000)
        assert median == pytest.approx(np.median(values), abs=0.05 * values.std())
    for _, _, buckets in huge:
        assert sum(count for _, _, count in buckets) == pytest.approx(2)
