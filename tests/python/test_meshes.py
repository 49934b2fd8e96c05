"""add_mesh(): tensorboardX's and torch's values, as TensorBoard reads them, bad arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.plugins.mesh import metadata
from tensorboard.util import tensor_util
from tensorboardX import summary as theirs

from tests.python.faces import FACES, add, as_tensorboard_s, only_summary, torch_s, written

RNG = np.random.default_rng(0)
VERTICES = RNG.normal(size=(2, 5, 3)).astype(np.float32)
COLORS = RNG.integers(0, 256, (2, 5, 3), np.uint8)
FACES_OF_MESH = RNG.integers(0, 5, (2, 4, 3), np.int64)
CONFIG = {"camera": {"cls": "PerspectiveCamera", "fov": 75}, "a": [1, 2.5, None]}

MESHES = {
    "points": (VERTICES, None, None, None),
    "colors": (VERTICES.astype(np.float64), COLORS, None, CONFIG),
    "faces": (VERTICES, None, FACES_OF_MESH, {}),
    "all": (VERTICES.astype(np.float16), COLORS.astype(float) / 3, FACES_OF_MESH, CONFIG),
    "beyond float32": (VERTICES.astype(np.float64) * 1e300, None, None, None),
    "none": (np.zeros((1, 0, 3)), None, None, None),
    "views": (VERTICES[::-1, ::2], np.asfortranarray(COLORS)[:, ::2], None, None),
}


@pytest.mark.parametrize("mesh", MESHES.values(), ids=MESHES)
def test_the_values_are_tensorboardx_s(tmp_path: Path, mesh: Any) -> None:
    vertices, colors, faces, config = mesh
    ours = add("tensorboardx", tmp_path, "add_mesh", "/a tag", *mesh)
    assert ours == as_tensorboard_s(theirs.mesh("/a tag", vertices, colors, faces, config))


@pytest.mark.parametrize("mesh", MESHES.values(), ids=MESHES)
def test_the_values_are_torch_s(tmp_path: Path, mesh: Any) -> None:
    torch = pytest.importorskip("torch")
    *arrays, config = mesh
    tensors = [
        None if array is None else torch.tensor(np.ascontiguousarray(array)) for array in arrays
    ]
    expected = as_tensorboard_s(torch_s().mesh("/a tag", *tensors, config))
    assert add("torch", tmp_path / "tensors", "add_mesh", "/a tag", *tensors, config) == expected
    assert add("torch", tmp_path / "arrays", "add_mesh", "/a tag", *mesh) == expected


@pytest.mark.parametrize("face", FACES)
def test_tensorboard_reads_a_mesh_as_one_event(tmp_path: Path, face: str) -> None:
    writer = FACES[face](tmp_path)
    writer.add_mesh("tag", VERTICES.tolist(), COLORS, FACES_OF_MESH, CONFIG, 7, 12.5)
    (event,) = written(writer)
    assert (event.step, event.wall_time) == (7, 12.5)
    arrays: tuple[np.ndarray[Any, Any], ...] = (VERTICES, FACES_OF_MESH, COLORS)
    for value, array in zip(event.summary.value, arrays, strict=True):
        read = metadata.parse_plugin_metadata(value.metadata.plugin_data.content)
        assert (read.name, list(read.shape)) == ("tag", list(array.shape))
        np.testing.assert_array_equal(tensor_util.make_ndarray(value.tensor), array)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"tag": None}, TypeError),
        ({"vertices": VERTICES[0]}, ValueError),
        ({"vertices": VERTICES[np.newaxis]}, ValueError),
        ({"vertices": 3}, ValueError),
        ({"vertices": None}, TypeError),
        ({"vertices": "text"}, TypeError),
        ({"colors": COLORS[0]}, ValueError),
        ({"faces": FACES_OF_MESH[0]}, ValueError),
        ({"config_dict": {"a": object()}}, TypeError),
        ({"config_dict": {"a": 1, 2: 3}}, TypeError),
        ({"global_step": 1.5}, ValueError),
        ({"walltime": "now"}, TypeError),
    ],
    ids=lambda argument: next(iter(argument)) if isinstance(argument, dict) else argument.__name__,
)
def test_bad_arguments_write_nothing(
    tmp_path: Path, face: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    writer = FACES[face](tmp_path)
    with pytest.raises(error, match="tag"):
        writer.add_mesh(**{"tag": "some/tag", "vertices": VERTICES} | arguments)
    writer.add_mesh("fine", VERTICES)
    suffix = {"tensorboardx": "1", "torch": "VERTEX"}[face]
    assert [value.tag for value in only_summary(writer).value] == [f"fine_{suffix}"]
