"""TensorBoard shows all that the gallery writes: every page's data over HTTP, by both readers."""

from __future__ import annotations

import io
import subprocess
import sys
import urllib.parse
import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

datasets = pytest.importorskip("sklearn.datasets", reason="the gallery's data are from there")
Image = pytest.importorskip("PIL.Image", reason="decodes the images")

from examples import gallery  # noqa: E402  # which imports scikit-learn
from tests.interop.sentinel import Sentinel  # noqa: E402

Array = np.ndarray[Any, np.dtype[Any]]
Start = Callable[[Path], AbstractContextManager[Any]]

ROOT = Path(__file__).resolve().parents[2]
DIGITS = gallery.read_digits()


class Gallery(NamedTuple):
    """What the program has written, and said."""

    logdir: Path
    run: str
    output: str


class Pages:
    """The gallery in a running TensorBoard."""

    def __init__(self, tensorboard: Any, written: Gallery) -> None:
        self.tensorboard = tensorboard
        self.run = written.run
        self.output = written.output

    def get(self, route: str, **query: str) -> Any:
        return self.tensorboard.get(f"plugin/{route}", **({"run": self.run} | query))

    def fetch(self, route: str, **query: str) -> bytes:
        query = {"run": self.run} | query
        content = self.tensorboard.fetch(f"plugin/{route}?{urllib.parse.urlencode(query)}")
        return bytes(content)

    def image(self, tag: str, index: int = 0) -> Any:
        """Decoded by Pillow."""
        answer = self.get("images/images", tag=tag, sample="0")[index]
        content = self.tensorboard.fetch(f"plugin/images/individualImage?{answer['query']}")
        return Image.open(io.BytesIO(content))

    def sound(self, tag: str) -> tuple[int, Array]:
        """Frames a second, and samples of shape (frames, channels)."""
        (answer,) = self.get("audio/audio", tag=tag, sample="0")
        content = self.tensorboard.fetch(f"plugin/audio/individualAudio?{answer['query']}")
        with wave.open(io.BytesIO(content)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            return file.getframerate(), samples.reshape(-1, file.getnchannels())

    def skip_without(self, package: str) -> None:
        """Where the program had to leave something out, it has to say what was missing."""
        pytest.importorskip(package, reason="the gallery leaves this out without it")
        left_out = [line for line in self.output.splitlines() if "left out" in line]
        assert all(package != "torch" and "pip install torch" in line for line in left_out)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    logdir = tmp_path_factory.mktemp("gallery") / "logs"
    command = [sys.executable, str(ROOT / "examples/gallery.py"), "--logdir", str(logdir)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = logdir.iterdir()
    return Gallery(logdir, run.name, done.stdout)


@pytest.fixture(scope="module")
def pages(written: Gallery, start_tensorboard: Start) -> Iterator[Pages]:
    with start_tensorboard(written.logdir) as tensorboard:
        runs = {path.parent for path in written.logdir.rglob("*tfevents*")}
        names = {str(path.relative_to(written.logdir)) for path in runs}
        tensorboard.wait_for(lambda: set(tensorboard.get("runs")) == names)
        if not tensorboard.is_fast:  # which lists runs that it has not read yet
            Sentinel(written.logdir, tensorboard).wait()
        yield Pages(tensorboard, written)


def test_the_program_says_how_to_look_at_it(written: Gallery) -> None:
    assert f"tensorboard --logdir {written.logdir}" in written.output
    shown = written.output.count("wrote") + written.output.count("left out")
    assert shown == len(gallery.SHOWS)


def test_scalars(pages: Pages) -> None:
    loss = pages.tensorboard.scalars(pages.run, "training/loss")
    assert [step for _, step, _ in loss] == list(range(gallery.EPOCHS))
    assert loss[-1][2] < loss[0][2] / 4
    for curve in ("train", "test"):
        points = pages.tensorboard.scalars(f"{pages.run}/accuracy/{curve}", "accuracy")
        assert len(points) == gallery.EPOCHS
        assert points[-1][2] > 0.9


def test_histograms_and_distributions(pages: Pages) -> None:
    for tag, count in {"weights/layer0": 64 * 32, "certainty": len(DIGITS.test_labels)}.items():
        histograms = pages.get("histograms/histograms", tag=tag)
        assert [step for _, step, _ in histograms] == list(range(gallery.EPOCHS))
        for _, _, buckets in histograms:
            assert sum(bucket[2] for bucket in buckets) == pytest.approx(count)
        distributions = pages.get("distributions/distributions", tag=tag)
        assert len(distributions) == gallery.EPOCHS


def test_images_have_their_pixels(pages: Pages) -> None:
    digits = gallery.enlarged(DIGITS.test_images[:32].reshape(-1, 1, 8, 8), 6)
    grid = digits.reshape(4, 8, 48, 48).swapaxes(1, 2).reshape(4 * 48, 8 * 48)
    shown = np.asarray(pages.image("digits"))
    for channel in range(3):
        np.testing.assert_array_equal(shown[..., channel], (grid * 255).astype(np.uint8))
    assert len(pages.get("images/images", tag="first_layer", sample="0")) == 4
    assert pages.image("first_layer").size == (128, 128)


def test_boxes_are_drawn_around_what_is_on_the_page(pages: Pages) -> None:
    page, boxes, _ = gallery.page_of_digits(DIGITS)
    shown = np.asarray(pages.image("page"))
    assert shown.shape == (*page.shape, 3)
    is_red = (shown == (255, 0, 0)).all(-1)
    for left, top, right, bottom in boxes:
        assert is_red[top, left:right].all()
        assert is_red[top:bottom, right].all()
        assert is_red[bottom, left + 12 : right].all()  # the name is in the corner
    is_digit = (shown == (page * 255).astype(np.uint8)[..., np.newaxis]).all(-1)
    assert (is_red | is_digit).mean() > 0.99  # all else is names


def test_the_figure_is_the_confusion_matrix(pages: Pages) -> None:
    pages.skip_without("matplotlib")
    shown = pages.image("confusion")
    assert shown.size == (400, 400)
    assert len(np.unique(np.asarray(shown).reshape(-1, 3), axis=0)) > 50


@pytest.mark.parametrize("name", ["apng", "gif"])
def test_videos_have_their_frames(pages: Pages, name: str) -> None:
    video = pages.image(f"life/{name}")
    assert video.format == {"apng": "PNG", "gif": "GIF"}[name]
    frames = gallery.enlarged(gallery.game_of_life(), 4)[:, 0]
    assert video.n_frames == len(frames)
    for index, frame in enumerate(frames):
        video.seek(index)
        np.testing.assert_array_equal(np.asarray(video.convert("L")) == 255, frame)


def test_sounds_have_their_samples(pages: Pages) -> None:
    up, down = gallery.chirp(200, 2000), gallery.chirp(2000, 200)
    wanted = {"chirp/mono": up[:, np.newaxis], "chirp/stereo": np.stack([up, down], 1)}
    for tag, samples in wanted.items():
        rate, shown = pages.sound(tag)
        assert rate == gallery.SAMPLE_RATE
        assert shown.shape == samples.shape
        assert abs(shown / 32768 - samples).max() <= 1 / 32768  # floored to 16 bits


def test_text_is_a_table(pages: Pages) -> None:
    (text,) = pages.get("text/text", tag="confusion/text_summary")
    assert "<table>" in text["text"]
    assert text["text"].count("<strong>") == 10


def test_pr_curves(pages: Pages) -> None:
    for digit in (1, 8):
        curves = pages.get("pr_curves/pr_curves", tag=f"digit_{digit}")[pages.run]
        assert [curve["step"] for curve in curves] == list(range(gallery.EPOCHS))
        first, last = curves[0], curves[-1]
        found = (DIGITS.test_labels == digit).sum()
        assert last["true_positives"][0] == found
        assert last["false_positives"][0] == len(DIGITS.test_labels) - found
        assert np.mean(last["precision"]) > np.mean(first["precision"])


def test_meshes_have_their_vertices_colors_and_faces(pages: Pages) -> None:
    for step in range(6):
        vertices, colors, faces = gallery.torus(step * np.pi / 12)
        for name, array in {"VERTEX": vertices, "COLOR": colors, "FACE": faces}.items():
            query = {"tag": "torus", "sample": "0", "step": str(step), "content_type": name}
            assert pages.fetch("mesh/data", **query) == array.tobytes()
    (points, _) = pages.get("mesh/meshes", tag="swiss_roll", sample="0")
    assert points["data_shape"] == [1, 3000, 3]


def test_custom_scalars(pages: Pages) -> None:
    layout = pages.tensorboard.get("plugin/custom_scalars/layout")
    (category,) = layout["category"]
    assert [chart["title"] for chart in category["chart"]] == [
        "recall of ten digits",
        "all of them",
    ]
    (tag,) = category["chart"][1]["multiline"]["tag"]
    found = pages.get("custom_scalars/scalars", tag=tag)["tag_to_events"]
    assert set(found) == {"recall/mean", "recall/lowest", "recall/highest"}


def test_hparams_are_rows_of_the_table(pages: Pages) -> None:
    question = {"experimentName": "", "startIndex": 0, "sliceSize": 100}
    states = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
    answer = pages.tensorboard.post(
        "plugin/hparams/session_groups", **question, allowedStatuses=states
    )
    rows = {
        (group["hparams"]["hidden units"], group["hparams"]["learning rate"])
        for group in answer["sessionGroups"]
    }
    assert rows == {(units, rate) for units in (8, 32) for rate in (0.001, 0.01, 0.1)}
    for group in answer["sessionGroups"]:
        assert group["hparams"]["solver"] == "adam"
        metrics = {value["name"]["tag"]: value["value"] for value in group["metricValues"]}
        assert set(metrics) == {"sweep/accuracy", "sweep/loss"}
        assert 0 < metrics["sweep/accuracy"] <= 1


def test_the_projector_has_points_labels_and_images(pages: Pages) -> None:
    assert pages.tensorboard.get("plugin/projector/runs") == [pages.run]
    roll, digits = pages.get("projector/info")["embeddings"]
    assert digits["tensorShape"] == list(DIGITS.test_images.shape)
    points = np.frombuffer(pages.fetch("projector/tensor", name=digits["tensorName"]), "<f4")
    np.testing.assert_array_equal(points, DIGITS.test_images.astype(np.float32).ravel())
    labels = pages.fetch("projector/metadata", name=digits["tensorName"]).decode()
    assert labels.splitlines() == [str(label) for label in DIGITS.test_labels]
    sprite = Image.open(
        io.BytesIO(pages.fetch("projector/sprite_image", name=digits["tensorName"]))
    )
    columns = sprite.width // 16
    for index in (0, 1, len(DIGITS.test_labels) - 1):
        left, top = index % columns * 16, index // columns * 16
        shown = np.asarray(sprite.crop((left, top, left + 16, top + 16)).convert("L"))
        wanted = gallery.enlarged(DIGITS.test_images[index].reshape(8, 8), 2)
        np.testing.assert_array_equal(shown, (wanted * 255).astype(np.uint8))
    points, _ = datasets.make_swiss_roll(400, random_state=0)
    shown = np.frombuffer(pages.fetch("projector/tensor", name=roll["tensorName"]), "<f4")
    np.testing.assert_array_equal(shown, points.astype(np.float32).ravel())
    table = pages.fetch("projector/metadata", name=roll["tensorName"]).decode().splitlines()
    assert table[0] == "angle\thalf"
    assert len(table) == 401


def test_the_graph_is_the_traced_network(pages: Pages) -> None:
    pages.skip_without("torch")
    graph = pages.fetch("graphs/graph").decode()
    for node in ("Conv2d[0]", "MaxPool2d[2]", "Linear[3]"):
        assert node in graph


def test_the_onnx_graph_is_the_classifier(pages: Pages) -> None:
    pages.skip_without("onnx")
    graph = pages.fetch("graphs/graph", run=f"{pages.run}/onnx").decode()
    assert [graph.count(f'op: "{op}"') for op in ("MatMul", "Relu", "Softmax")] == [2, 1, 1]
