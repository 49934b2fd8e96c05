"""export_scalars_to_json(): what add_scalars() has added since the last export."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorboardX

import tbx_native
from tbx_native.compat.torch import SummaryWriter as TorchSummaryWriter

FACES = pytest.mark.parametrize("face", [tbx_native.SummaryWriter, TorchSummaryWriter])
Face = Callable[..., Any]


def exported(writer: Any, path: Path) -> Any:
    writer.export_scalars_to_json(path)
    return json.loads(path.read_text())


def test_export_is_tensorboardx_s(tmp_path: Path) -> None:
    found = []
    for face in (tbx_native.SummaryWriter, tensorboardX.SummaryWriter):
        with face(str(tmp_path / "run")) as writer:
            for step in range(3):
                writer.add_scalars("m", {"k": step * 0.1, "l": 1e39}, step, 5.5 + step)
            writer.add_scalars("n/o", {"k": -math.inf}, -1, 0.0)
            writer.add_scalar("x", 1)
            found.append(exported(writer, tmp_path / "json"))
    ours, theirs = found
    assert ours.keys() == theirs.keys()
    # They keep the float64 that was given; a file has the float32, which we export.
    theirs[str(tmp_path / "run/m/k")][2][2] = 0.2
    for rows in theirs.values():
        for row in rows:
            row[2] = math.inf if row[2] == 1e39 else row[2]
    assert ours == theirs
    assert ours[str(tmp_path / "run/m/k")] == [[5.5, 0, 0.0], [6.5, 1, 0.1], [7.5, 2, 0.2]]


@FACES
def test_export_is_of_what_is_new(tmp_path: Path, face: Face) -> None:
    with face(tmp_path / "run") as writer:
        steps = []
        for step in range(6):
            writer.add_scalars("m", {"k": 1}, step)
            if step == 3:
                writer.close()  # the next file goes on
            if step != 1:
                (rows,) = exported(writer, tmp_path / "json").values()
                steps.append([row[1] for row in rows])
        assert steps == [[0], [1, 2], [3], [4], [5]]
        assert list(exported(writer, tmp_path / "json").values()) == [[]]


@FACES
def test_export_after_close(tmp_path: Path, face: Face) -> None:
    writer = face(tmp_path / "run")
    writer.add_scalars("m", {"k": 1}, 5)
    writer.close()
    (rows,) = exported(writer, tmp_path / "json").values()
    assert [row[1:] for row in rows] == [[5, 1.0]]


@FACES
def test_what_could_not_be_exported_comes_again(tmp_path: Path, face: Face) -> None:
    with face(tmp_path / "run") as writer:
        writer.add_scalars("m", {"k": 1}, 5)
        with pytest.raises(FileNotFoundError):
            writer.export_scalars_to_json(tmp_path / "missing" / "json")
        (rows,) = exported(writer, tmp_path / "json").values()
    assert [row[1:] for row in rows] == [[5, 1.0]]


@FACES
def test_export_of_nothing(tmp_path: Path, face: Face) -> None:
    with face(tmp_path / "run") as writer:
        writer.add_scalar("x", 1)
        assert exported(writer, tmp_path / "json") == {}


def test_memory_does_not_grow_with_the_curves(tmp_path: Path) -> None:
    """tensorboardX keeps every point until it is exported, which most programs never do."""
    with tbx_native.SummaryWriter(tmp_path) as writer:
        for step in range(100):
            writer.add_scalars("m", {"k": 1.0, "l": 2.0}, step)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for step in range(20_000):
            writer.add_scalars("m", {"k": 1.0, "l": 2.0}, step)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown < 10_000  # bytes; a list of points would have grown by millions
        assert writer.scalar_dict == {}
