"""add_embedding() of both faces, against both packages' files and TensorBoard's projector."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.projector.projector_config_pb2 import EmbeddingInfo, ProjectorConfig
from tensorboard.plugins.projector.projector_plugin import (
    ProjectorPlugin,
    _read_tensor_binary_file,
    _read_tensor_tsv_file,
)
from werkzeug.test import Client

import tbx_native
from tbx_native import _core
from tbx_native._projector_config import add_to_config
from tbx_native.compat import torch as torch_face
from tbx_native.errors import EncodingFailedWarning
from tbx_native.plugins.embedding import TensorFormat, tensor_file
from tbx_native.proto import plugin_projector

torch = pytest.importorskip("torch")
tensorboardX = pytest.importorskip("tensorboardX")

POINTS = np.random.default_rng(7).normal(size=(7, 3)).astype(np.float32)
LABELS = [f"label {i}" for i in range(7)]
IMAGES = np.random.default_rng(7).random((7, 3, 4, 4)).astype(np.float32)


def _open_torchs_own(directory: str) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(directory)


FACES = [
    (tbx_native.SummaryWriter, tensorboardX.SummaryWriter),
    (torch_face.SummaryWriter, _open_torchs_own),
]


def _files(directory: Path) -> dict[str, bytes]:
    """All but event files, and the queue's of a writer that is open."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and "tfevents" not in path.name and path.suffix != ".ring"
    }


def _config(directory: Path) -> list[EmbeddingInfo]:
    text = (directory / "projector_config.pbtxt").read_text()
    return list(text_format.Parse(text, ProjectorConfig()).embeddings)


def _pixels(png: bytes) -> Any:
    image = pytest.importorskip("PIL.Image", reason="reads the sprites")
    return np.asarray(image.open(io.BytesIO(png)))


def _projector(log_directory: Path) -> Callable[..., bytes]:
    """TensorBoard's answers to what the page asks for, of one run."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(log_directory))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(log_directory))
    plugin = ProjectorPlugin(TBContext(logdir=str(log_directory), data_provider=provider))
    routes = plugin.get_plugin_apps()

    def ask(route: str, **query: Any) -> bytes:
        response = Client(routes[route]).get(route, query_string={"run": ".", **query})
        assert response.status_code == 200, response.data
        return bytes(response.data)

    return ask


@pytest.mark.parametrize(("ours", "theirs"), FACES)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 4, 5, 7])
def test_files_are_those_of_the_other_packages(
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    channels: int,
    count: int,
    tmp_path: Path,
) -> None:
    points, images = torch.tensor(POINTS[:count]), torch.tensor(IMAGES[:count, :channels])
    rows = [[i, "x"] for i in range(count)]
    for name, open_writer in (("ours", ours), ("theirs", theirs)):
        with open_writer(str(tmp_path / name)) as writer:
            writer.add_embedding(points, LABELS[:count], images, 3, "all/of it%")
            writer.add_embedding(points, rows, None, 12, "all", ["a", "b"])
            writer.add_embedding(points)
    assert _config(tmp_path / "ours") == _config(tmp_path / "theirs")
    ours_files, theirs_files = _files(tmp_path / "ours"), _files(tmp_path / "theirs")
    assert ours_files.keys() == theirs_files.keys()
    for name, content in ours_files.items():
        if name.endswith("metadata.tsv"):
            assert content == theirs_files[name]
        elif name.endswith("tensors.tsv"):
            read, expected = (
                _read_tensor_tsv_file(str(tmp_path / side / name)) for side in ("ours", "theirs")
            )
            np.testing.assert_array_equal(read, expected)
        elif name.endswith("sprite.png"):
            sprite, expected = _pixels(content), _pixels(theirs_files[name])
            assert sprite.shape == expected.shape
            # tensorboardX leaves the rows below the last image as memory happened to be.
            used = -(-count // (sprite.shape[1] // 4)) * 4
            np.testing.assert_array_equal(sprite[:used], expected[:used])
            assert not sprite[used:].any()


@settings(deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 5))))
def test_text_is_numpys_shortest(matrix: Any) -> None:
    lines = _core.encode_tsv(matrix).decode().splitlines()
    read = [[np.float32(cell) for cell in line.split("\t")] for line in lines]
    np.testing.assert_array_equal(np.array(read), matrix)
    for line, row in zip(lines, matrix, strict=True):
        for cell, number in zip(line.split("\t"), row, strict=True):
            assert len(cell) <= len(np.format_float_scientific(number, trim="-"))
            assert len(cell) <= len(str(number))


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((2, 3), np.float64),
        np.zeros((2, 4), np.float32)[:, ::2],
        np.zeros(3, np.float32),
        np.zeros((2, 3), np.float32).T,
    ],
)
def test_only_contiguous_matrices_of_float32_become_text(matrix: Any) -> None:
    with pytest.raises(ValueError, match="not a contiguous matrix of float32"):
        _core.encode_tsv(matrix)


def test_large_matrices_are_written_in_pieces() -> None:
    matrix = np.arange(3_000_000, dtype=np.float32).reshape(1500, 2000)
    name, pieces = tensor_file(matrix, "tsv")
    texts = list(pieces)
    assert name == "tensors.tsv"
    assert len(texts) > 1
    rows = b"".join(texts).decode().splitlines()
    assert [float(number) for number in rows[1234].split("\t")] == matrix[1234].tolist()
    assert len(rows) == 1500


@pytest.mark.parametrize("tensor_format", ["tsv", "bytes"])
@pytest.mark.parametrize(
    "points",
    [POINTS, np.zeros((2, 3)), np.full((1, 1), 0.5), np.full((2, 2), np.float32(8.3e-44))],
    ids=["normal", "zeros", "ascii", "newlines"],
)
def test_the_projector_serves_what_was_added(
    tensor_format: TensorFormat, points: Any, tmp_path: Path
) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        labels = LABELS[: len(points)]
        images = IMAGES[: len(points)]
        writer.add_embedding(
            points, labels, images, 3, 'a "quoted" \\ tag é', tensor_format=tensor_format
        )
    ask = _projector(tmp_path)
    assert json.loads(ask("/runs")) == ["."]
    (embedding,) = json.loads(ask("/info"))["embeddings"]
    assert embedding["tensorName"] == 'a "quoted" \\ tag é:00003'
    assert embedding["tensorShape"] == list(points.shape)
    assert embedding["sprite"]["singleImageDim"] == [4, 4]
    name = embedding["tensorName"]
    served = np.frombuffer(ask("/tensor", name=name), np.float32).reshape(points.shape)
    np.testing.assert_array_equal(served, points.astype(np.float32))
    assert ask("/metadata", name=name).decode().splitlines() == labels
    assert _pixels(ask("/sprite_image", name=name)).shape[2] == 3


def test_bytes_are_float32_where_they_cannot_be_taken_for_text(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_embedding(POINTS, tensor_format="bytes")
        writer.add_embedding(np.zeros((2, 2)), tag="zeros", tensor_format="bytes")
    binary, zeros = _config(tmp_path)
    assert binary.tensor_path == "00000/default/tensors.bytes"
    read = _read_tensor_binary_file(str(tmp_path / binary.tensor_path), binary.tensor_shape)
    np.testing.assert_array_equal(read, POINTS)
    assert zeros.tensor_path == "00000/zeros/tensors.tsv"
    assert not zeros.tensor_shape


def test_a_first_line_that_is_text_is_not_left_to_a_reader_of_lines() -> None:
    # Its first byte ends a line; only a later one is no UTF-8.
    points = np.array([[0x0A], [0xFF]], np.uint32).view(np.float32)
    assert tensor_file(points, "bytes")[0] == "tensors.tsv"


def test_an_earlier_writers_config_is_kept_and_extended(tmp_path: Path) -> None:
    with tensorboardX.SummaryWriter(str(tmp_path)) as writer:
        writer.add_embedding(POINTS, tag="first")
    for step in (0, 1):
        with tbx_native.SummaryWriter(tmp_path) as writer:
            writer.add_embedding(POINTS, global_step=step)
            writer.add_embedding(POINTS, global_step=step, metadata=LABELS)  # again
    assert [embedding.tensor_name for embedding in _config(tmp_path)] == [
        "first:00000",
        "default:00000",
        "default:00001",
    ]
    assert all(embedding.metadata_path for embedding in _config(tmp_path)[1:])
    assert [path.name for path in tmp_path.glob("projector*")] == ["projector_config.pbtxt"]


def test_a_config_that_cannot_be_read_is_left_alone_and_told_of(tmp_path: Path) -> None:
    path = tmp_path / "projector_config.pbtxt"
    path.write_text("embeddings {")
    writer = tbx_native.SummaryWriter(tmp_path)
    writer.add_embedding(POINTS, tag="some")
    with pytest.warns(EncodingFailedWarning, match="'some' at step 0 .*projector_config.pbtxt"):
        writer.flush()
    writer.close()
    assert path.read_text() == "embeddings {"


def test_several_writers_extend_one_config(tmp_path: Path) -> None:
    start = threading.Barrier(4)

    def extend(worker: int) -> None:
        start.wait()
        for step in range(20):
            embedding = plugin_projector.EmbeddingInfo(tensor_name=f"{worker}:{step}")
            add_to_config(str(tmp_path), embedding)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(extend, range(4)))
    names = {embedding.tensor_name for embedding in _config(tmp_path)}
    assert names == {f"{worker}:{step}" for worker in range(4) for step in range(20)}


@pytest.mark.parametrize("open_writer", [tbx_native.SummaryWriter, torch_face.SummaryWriter])
def test_the_published_snippet_works(open_writer: Callable[..., Any], tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        writer.add_embedding(POINTS, torch.tensor(IMAGES), "input_data", 5)
        writer.add_embedding(POINTS, LABELS, "labels", 5)
    images, labels = _config(tmp_path)
    assert images.tensor_name == "input_data:00005"
    assert images.sprite.image_path == "00005/input_data/sprite.png"
    assert not images.metadata_path
    assert labels.tensor_name == "labels:00005"
    assert labels.metadata_path == "00005/labels/metadata.tsv"


def test_points_of_other_kinds(tmp_path: Path) -> None:
    kinds = {
        "list": POINTS.tolist(),
        "double": POINTS.astype(np.float64),
        "gradient": torch.tensor(POINTS, requires_grad=True),
        "strided": np.asfortranarray(POINTS),
        "bfloat16": torch.tensor(POINTS).bfloat16(),
        "integers": np.arange(21).reshape(7, 3),
        "huge": np.full((7, 3), 1e300),
    }
    with tbx_native.SummaryWriter(tmp_path) as writer:
        for tag, points in kinds.items():
            writer.add_embedding(points, tag=tag)
    read = {tag: _read_tensor_tsv_file(str(tmp_path / f"00000/{tag}/tensors.tsv")) for tag in kinds}
    for tag in ("list", "double", "gradient", "strided"):
        np.testing.assert_array_equal(read[tag], POINTS)
    np.testing.assert_array_equal(read["bfloat16"], kinds["bfloat16"].float().numpy())
    np.testing.assert_array_equal(read["integers"], kinds["integers"])
    assert np.isinf(read["huge"]).all()


@pytest.mark.parametrize(
    ("metadata", "header", "text"),
    [
        (torch.tensor([3, 1]), None, "3\n1\n"),
        (np.array(["a", "b"]), None, "a\nb\n"),
        (["a\tb", "c\nd"], None, "a b\nc d\n"),
        (iter(["é", None]), None, "é\nNone\n"),
        ([("a\n", 1), ("b", 2)], ["name", "number"], "name\tnumber\na \t1\nb\t2\n"),
        (["a", "b"], [], "a\nb\n"),
    ],
)
def test_labels_of_other_kinds(metadata: Any, header: Any, text: str, tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_embedding(POINTS[:2], metadata, metadata_header=header)
    assert _files(tmp_path)["00000/default/metadata.tsv"].decode() == text


def test_bytes_of_images_are_pixels(tmp_path: Path) -> None:
    images = np.arange(2 * 16, dtype=np.uint8).reshape(2, 1, 4, 4)
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_embedding(POINTS[:2], None, images)
    sprite = _pixels(_files(tmp_path)["00000/default/sprite.png"])
    np.testing.assert_array_equal(sprite[:4, :4, 0], images[0, 0])
    np.testing.assert_array_equal(sprite[:4, 4:, 2], images[1, 0])
    assert not sprite[4:].any()


def test_what_is_changed_after_the_call_is_written_as_it_was(tmp_path: Path) -> None:
    points, images = POINTS.copy(), IMAGES.copy()
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_embedding(points, None, images)
        points[:], images[:] = 0, 0
        writer.flush()
        files = _files(tmp_path)
    assert files["00000/default/tensors.tsv"] == _core.encode_tsv(POINTS)
    assert _pixels(files["00000/default/sprite.png"]).any()


@pytest.mark.parametrize("tag", [".", "..", "", "../..", "é ü", "a" * 200])
def test_no_tag_leads_out_of_its_directory(tag: str, tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path / "run") as writer:
        writer.add_embedding(POINTS, tag=tag, global_step=-1)
    (embedding,) = _config(tmp_path / "run")
    assert embedding.tensor_name == f"{tag}:-0001"
    assert (tmp_path / "run" / embedding.tensor_path).is_relative_to(tmp_path / "run/-0001")
    assert (tmp_path / "run" / embedding.tensor_path).is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_step_of_use_metadata(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer, writer.use_metadata(global_step=4):
        writer.add_embedding(POINTS)
        writer.add_embedding(POINTS, global_step=0)
    names = [embedding.tensor_name for embedding in _config(tmp_path)]
    assert names == ["default:00004", "default:00000"]


@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        ({"mat": POINTS[0]}, ValueError, r"'default'.*\(3,\)"),
        ({"mat": np.zeros((0, 3))}, ValueError, r"\(0, 3\)"),
        ({"mat": "points"}, TypeError, "'default'"),
        ({"metadata": LABELS[:3]}, ValueError, "#labels should equal"),
        ({"metadata": LABELS, "metadata_header": ["a", "b"]}, ValueError, "len of header"),
        ({"metadata": ["\ud800"] * 7}, ValueError, "UTF-8"),
        ({"label_img": IMAGES[:3]}, ValueError, "#images should equal"),
        ({"label_img": IMAGES[:, :, :2]}, ValueError, "Image should be square"),
        ({"label_img": IMAGES[:, :2]}, ValueError, "channels"),
        ({"label_img": IMAGES[0]}, ValueError, "channels"),
        ({"label_img": np.zeros((7, 1, 2731, 2731), np.uint8)}, ValueError, "Sprite too large"),
        ({"global_step": 1.5}, ValueError, "step"),
        ({"tag": None}, TypeError, "tag"),
        ({"tag": "a\0b"}, ValueError, "tag"),
        ({"tag": "\ud800"}, ValueError, "tag"),
        ({"tensor_format": "text"}, ValueError, "tensor_format"),
        ({"tag": "a" * 300}, OSError, "too long"),
    ],
)
def test_bad_arguments_are_refused_and_nothing_is_written(
    arguments: dict[str, Any], error: type[Exception], named: str, tmp_path: Path
) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        with pytest.raises(error, match=named):
            writer.add_embedding(**{"mat": POINTS, **arguments})
        assert not _files(tmp_path)
        writer.add_embedding(POINTS)
    assert len(_config(tmp_path)) == 1


def test_torchs_sprites_need_not_be_square_but_must_fit(tmp_path: Path) -> None:
    wide, high = torch.tensor(IMAGES[:, :, :2]), torch.tensor(IMAGES[:, :, :, :2])
    with torch_face.SummaryWriter(tmp_path / "ours") as writer:
        writer.add_embedding(POINTS, None, wide)
        with pytest.raises(ValueError, match="higher than wide"):
            writer.add_embedding(POINTS, None, high)
    with _open_torchs_own(str(tmp_path / "theirs")) as writer:
        writer.add_embedding(POINTS, None, wide)
    name = "00000/default/sprite.png"
    np.testing.assert_array_equal(
        _pixels(_files(tmp_path / "ours")[name]), _pixels(_files(tmp_path / "theirs")[name])
    )


def test_write_to_disk_false_checks_and_writes_nothing(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path / "run", write_to_disk=False) as writer:
        writer.add_embedding(POINTS, LABELS, IMAGES)
        with pytest.raises(ValueError, match="#labels"):
            writer.add_embedding(POINTS, LABELS[:2])
    assert not (tmp_path / "run").exists()
