"""TensorBoard shows texts, sounds, meshes, PR curves and layouts, with both of its readers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tbx_native
from tbx_native.compat.torch import SummaryWriter as TorchFace

Start = Callable[[Path], AbstractContextManager[Any]]


def test_every_dashboard_shows_its_kind(tmp_path: Path, start_tensorboard: Start) -> None:
    logdir = tmp_path / "logs"
    rng = np.random.default_rng(0)
    labels, predictions = rng.random(1000) < 0.4, rng.random(1000)
    vertices = rng.normal(size=(1, 20, 3)).astype(np.float32)
    for run, face in {"run": tbx_native.SummaryWriter, "torch": TorchFace}.items():
        with face(logdir / run) as writer:
            writer.add_text("text", "some *words*", 1)
            writer.add_audio("sound", np.sin(np.arange(1000) / 9), 1, sample_rate=8000)
            writer.add_mesh("mesh", vertices, global_step=1)
            writer.add_tensor("tensor", vertices, 1)
            writer.add_pr_curve("curve", labels, predictions, 1, num_thresholds=50)
            writer.add_custom_scalars({"group": {"chart": ["Multiline", ["after"]]}})
            writer.add_scalar("after", 2.5, 1)
    with start_tensorboard(logdir) as tensorboard:
        for run in ("run", "torch"):
            tensorboard.wait_for_curve(run, "after", 1)
        for run in ("run", "torch"):
            (text,) = tensorboard.get("plugin/text/text", run=run, tag="text/text_summary")
            assert "<em>words</em>" in text["text"]
            (sound,) = tensorboard.get("plugin/audio/audio", run=run, tag="sound", sample="0")
            if not tensorboard.is_fast:  # the data server says "application/octet-stream" of all
                assert sound["contentType"] == "audio/wav"
            (curve,) = tensorboard.get("plugin/pr_curves/pr_curves", run=run, tag="curve")[run]
            assert curve["recall"][0] == 1 and len(curve["recall"]) <= 50
            assert curve["precision"][0] == pytest.approx(labels.mean(), abs=1e-6)
            (mesh,) = tensorboard.get("plugin/mesh/meshes", run=run, tag="mesh", sample="0")
            assert mesh["data_shape"] == [1, 20, 3]
            assert tensorboard.scalars(run, "after")[0][1:] == (1, 2.5)
        layout = tensorboard.get("plugin/custom_scalars/layout")
        titles = [chart["title"] for group in layout["category"] for chart in group["chart"]]
        assert set(titles) == {"chart"}
