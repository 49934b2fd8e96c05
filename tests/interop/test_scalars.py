"""TensorBoard shows the scalars that we write: its data server and its Python loader, over HTTP."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

import tbx_native
from tbx_native.compat.torch import SummaryWriter as TorchFace

Start = Callable[[Path], AbstractContextManager[Any]]


def test_every_way_to_write_a_scalar_is_shown(tmp_path: Path, start_tensorboard: Start) -> None:
    logdir = tmp_path / "logs"
    steps = [-3, 0, 1, 2**40, 2**63 - 1]
    values = [0.5, -0.0, 1e-40, 3e38, -2.0]
    with tbx_native.SummaryWriter(logdir / "main") as writer:
        for step, value in zip(steps, values, strict=True):
            writer.add_scalar("plain", value, step, walltime=1e9 + 0.25)
            writer.log({"nested": {"a": value, "b": 2}}, step, walltime=1e9 + 0.5)
        writer.add_scalar("über/日本 ", 1.5, 7, walltime=12.0)
        titles: dict[str, Any] = {"display_name": "A title", "summary_description": "*why*"}
        writer.add_scalar("titled", 1, 1, **titles)
        writer.add_scalar("titled_tensor", 1, 1, **titles, new_style=True)
        for step in range(3):
            writer.add_scalars("chart", {"one": step, "two": 2 * step}, step)
    with TorchFace(logdir / "torch") as writer:
        for step, value in zip(steps, values, strict=True):
            writer.add_scalar("any tag (at all)", value, step, new_style=True)

    with start_tensorboard(logdir) as tensorboard:
        runs = {"main", "torch", "main/chart/one", "main/chart/two"}
        tensorboard.wait_for(lambda: set(tensorboard.get("runs")) == runs)
        tensorboard.wait_for_curve("main", "titled_tensor", 1)
        tensorboard.wait_for_curve("main/chart/two", "chart", 3)
        tensorboard.wait_for_curve("torch", "any tag (at all)", len(steps))
        expected = [(step, float(np.float32(v))) for step, v in zip(steps, values, strict=True)]
        points = tensorboard.scalars("main", "plain")
        assert [point[1:] for point in points] == expected
        assert {point[0] for point in points} == {1e9 + 0.25}
        assert [p[1:] for p in tensorboard.scalars("main", "nested/a")] == expected
        assert [p[1:] for p in tensorboard.scalars("torch", "any tag (at all)")] == expected
        assert tensorboard.scalars("main", "über/日本_") == [(12.0, 7, 1.5)]
        two = tensorboard.scalars("main/chart/two", "chart")
        assert [p[1:] for p in two] == [(0, 0), (1, 2), (2, 4)]
        tags = tensorboard.get("plugin/scalars/tags")["main"]
        assert tags["titled_tensor"]["displayName"] == "A title"
        assert "<em>why</em>" in tags["titled_tensor"]["description"]
        # The data server makes up the metadata of a simple_value and leaves ours out.
        assert tags["titled"]["displayName"] == ("" if tensorboard.is_fast else "A title")


def test_values_that_are_not_finite_do_not_hide_the_rest(
    tmp_path: Path, start_tensorboard: Start
) -> None:
    logdir = tmp_path / "logs"
    with tbx_native.SummaryWriter(logdir / "run") as writer:
        for step, value in enumerate([1.0, math.nan, math.inf, -math.inf, 1e39, 2.0]):
            writer.add_scalar("curve", value, step)
    with start_tensorboard(logdir) as tensorboard:
        tensorboard.wait_for_curve("run", "curve", 6)
        points = [(step, value) for _, step, value in tensorboard.scalars("run", "curve")]
    assert [step for step, _ in points] == list(range(6))
    assert [value for _, value in points] == [1.0, "NaN", "Infinity", "-Infinity", "Infinity", 2.0]


def test_a_growing_file_is_followed(tmp_path: Path, start_tensorboard: Start) -> None:
    logdir = tmp_path / "logs"
    with tbx_native.SummaryWriter(logdir / "run") as writer:
        writer.add_scalar("curve", 0, 0)
        writer.flush()
        with start_tensorboard(logdir) as tensorboard:
            tensorboard.wait_for_curve("run", "curve", 1)
            for step in range(1, 1000):
                writer.add_scalar("curve", step, step)
            # Neither flushed nor closed: the drain alone makes them visible.
            tensorboard.wait_for(lambda: len(tensorboard.scalars("run", "curve")) == 1000)
            assert tensorboard.scalars("run", "curve")[-1][1:] == (999, 999.0)


def test_a_resumed_run_replaces_what_came_after_its_purge_step(
    tmp_path: Path, start_tensorboard: Start
) -> None:
    logdir = tmp_path / "logs"
    with tbx_native.SummaryWriter(logdir / "run") as writer:
        for step in range(10):
            writer.add_scalar("curve", 1, step)
    with tbx_native.SummaryWriter(logdir / "run", purge_step=5) as writer:
        for step in range(5, 8):
            writer.add_scalar("curve", 2, step)
    with start_tensorboard(logdir) as tensorboard:
        tensorboard.wait_for_curve("run", "curve", 8)
        points = [point[1:] for point in tensorboard.scalars("run", "curve")]
    assert points == [(step, 1) for step in range(5)] + [(step, 2) for step in range(5, 8)]
