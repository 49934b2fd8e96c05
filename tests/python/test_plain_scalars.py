"""The short way of add_scalar() writes what the long one does, and where it does not apply nothing
is lost: tag, float and int, given again and again."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tbx_native
from tbx_native.compat import torch as torch_face
from tests.python.event_files import events, points

STEPS = [0, 1, 127, 128, 2**31, 2**63 - 1, -1, -(2**63), True]
VALUES = [0.0, -0.0, 0.1, 1e300, -1e300, 5e-324, math.inf, -math.inf, math.nan]
TAGS = ["a", "loss/train", "x" * 117, "x" * 118, "x" * 119, "/ab", "a b", "naïve", ""]

FACES = [tbx_native.SummaryWriter, torch_face.SummaryWriter]


@pytest.mark.parametrize("face", FACES)
def test_equals_the_long_way(face: Callable[..., Any], tmp_path: Path) -> None:
    with face(tmp_path) as writer:
        for tag in TAGS:
            for step in STEPS:
                for value in VALUES:
                    writer.add_scalar(tag, value, step)
                    writer.add_scalar(tag, value, step, walltime=1.5)
    written = events(tmp_path)
    assert len(written) == 2 * len(TAGS) * len(STEPS) * len(VALUES)
    for short, long in zip(written[::2], written[1::2], strict=True):
        assert 1.7e9 < short.wall_time < 1e10
        assert long.wall_time == 1.5
        short.wall_time = 1.5
        assert short.SerializeToString() == long.SerializeToString()


class Tag(str):
    """Of a str's own subclass."""


class Number(float):
    """Which is another one as a float."""

    def __float__(self) -> float:
        return 7.0


def test_other_types_take_the_long_way(tmp_path: Path) -> None:
    tag = Tag("tag")
    with tbx_native.SummaryWriter(tmp_path) as writer:
        for _ in range(2):
            writer.add_scalar(tag, 1.0, 1)
            writer.add_scalar("tag", 2, 1)
            writer.add_scalar("tag", Number(3), 1)
            writer.add_scalar("tag", 4.0, None)
            with pytest.raises(ValueError, match="step"):
                writer.add_scalar("tag", 5.0, 2**63)
    expected = [("tag", 1, 1.0), ("tag", 1, 2.0), ("tag", 1, 3.0), ("tag", 0, 4.0)]
    assert points(tmp_path) == 2 * expected


def test_settings_hold(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with tbx_native.SummaryWriter(tmp_path / "freq", log_freq=2) as writer:
        for step in range(4):
            writer.add_scalar("x", 1.0, step)
    assert [step for _, step, _ in points(tmp_path / "freq")] == [0, 2]

    with tbx_native.SummaryWriter(tmp_path / "nothing", write_to_disk=False) as writer:
        for step in range(4):
            writer.add_scalar("x", 1.0, step)
    assert not (tmp_path / "nothing").exists()

    with tbx_native.SummaryWriter(tmp_path / "times") as writer:
        writer.add_scalar("x", 1.0, 1)
        with writer.use_metadata(global_step=9, walltime=2.5):
            writer.add_scalar("x", 1.0, 1)
        writer.add_scalar("x", 1.0, 1)
        with caplog.at_level(logging.WARNING, logger="tbx_native"):
            writer.add_scalar("x", math.nan, 1)
        writer.close()
        writer.add_scalar("x", 1.0, 2)
    assert [event.wall_time == 2.5 for event in events(tmp_path / "times")] == [0, 1, 0, 0, 0]
    assert [event.step for event in events(tmp_path / "times")] == [1, 1, 1, 1, 2]
    assert "'x'" in caplog.text


def test_a_full_queue_is_waited_for(tmp_path: Path) -> None:
    calls = 20_000
    with tbx_native.SummaryWriter(tmp_path, queue_bytes=4096) as writer:
        for step in range(calls):
            writer.add_scalar("x", float(step), step)
    assert points(tmp_path) == [("x", step, float(step)) for step in range(calls)]
