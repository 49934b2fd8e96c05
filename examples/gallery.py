"""Writes every kind of summary, with data worth looking at, in seconds.

python examples/gallery.py [--logdir runs/gallery]
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits, make_swiss_roll
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from tbx_native import SummaryWriter

Array = np.ndarray[Any, np.dtype[Any]]

EPOCHS = 15
SAMPLE_RATE = 16_000


class Digits(NamedTuple):
    """Handwritten digits of 8 by 8 pixels: floats in [0, 1], a row each."""

    train_images: Array
    test_images: Array
    train_labels: Array
    test_labels: Array


def read_digits() -> Digits:
    bunch = load_digits()
    split = train_test_split(bunch.data / 16, bunch.target, test_size=0.25, random_state=0)
    return Digits(*split)


def enlarged(images: Array, factor: int) -> Array:
    """Each pixel of (..., height, width) as a square of many."""
    return images.repeat(factor, axis=-2).repeat(factor, axis=-1)


def chirp(low: float, high: float, secs: float = 1.5) -> Array:
    """A tone that rises, or falls, from `low` to `high` hertz: floats in [-1, 1]."""
    seconds = np.arange(int(SAMPLE_RATE * secs)) / SAMPLE_RATE
    tone = np.sin(2 * np.pi * (low + (high - low) * seconds / (2 * secs)) * seconds)
    return tone * np.sin(np.pi * seconds / secs)  # no click at its ends


def game_of_life(size: int = 64, generations: int = 60) -> Array:
    """Frames of (time, 1, size, size), bool: Conway's game on a torus."""
    cells = np.random.default_rng(0).random((size, size)) < 0.3
    frames = []
    for _ in range(generations):
        frames.append(cells)
        shifts = itertools.product((-1, 0, 1), repeat=2)
        alive = sum(np.roll(cells, shift, (0, 1)).astype(int) for shift in shifts if any(shift))
        cells = (alive == 3) | (cells & (alive == 2))
    return np.array(frames)[:, np.newaxis]


def torus(turn: float, around: int = 48, across: int = 24) -> tuple[Array, Array, Array]:
    """Vertices, colors and faces of a torus that is turned by so many radians, each of one mesh."""
    index = np.arange(around * across).reshape(around, across)
    u, v = index // across * 2 * np.pi / around, index % across * 2 * np.pi / across
    radius = 1 + 0.4 * np.cos(v)
    y, z = radius * np.sin(u), 0.4 * np.sin(v)
    turned = (y * np.cos(turn) - z * np.sin(turn), y * np.sin(turn) + z * np.cos(turn))
    vertices = np.stack([radius * np.cos(u), *turned], -1).reshape(1, -1, 3)
    waves = [127.5 * (1 + np.cos(u + phase)) for phase in (0, 2, 4)]
    colors = np.stack(waves, -1).astype(np.uint8).reshape(1, -1, 3)
    right, down = np.roll(index, -1, 0), np.roll(index, -1, 1)
    both = np.roll(right, -1, 1)
    triangles = [[index, right, down], [right, both, down]]
    faces = np.concatenate([np.stack(corners, -1).reshape(-1, 3) for corners in triangles])
    return vertices.astype(np.float32), colors, faces.astype(np.int32)[np.newaxis]


def page_of_digits(digits: Digits, count: int = 12) -> tuple[Array, Array, list[str]]:
    """Digits at random places: pixels (height, width), boxes (digits, 4) around them, and names."""
    page, boxes = np.zeros((240, 384)), []
    cells = np.random.default_rng(0).choice(40, count, replace=False)
    for cell, image in zip(cells, digits.test_images[:count], strict=True):
        top, left = cell // 8 * 48 + 8, cell % 8 * 48 + 14
        page[top : top + 32, left : left + 32] = enlarged(image.reshape(8, 8), 4)
        boxes.append((left - 12, top - 6, left + 32, top + 38))  # with room for the name
    return page, np.array(boxes), [str(label) for label in digits.test_labels[:count]]


def show_training(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """scalars, histograms, PR curves, custom scalars: a classifier of digits learns"""
    for epoch in range(EPOCHS):
        model.partial_fit(digits.train_images, digits.train_labels, classes=range(10))
        probabilities = model.predict_proba(digits.test_images)
        right = probabilities.argmax(1) == digits.test_labels
        recall = [right[digits.test_labels == digit].mean() for digit in range(10)]
        writer.add_scalar("training/loss", model.loss_, epoch)
        train_accuracy = model.score(digits.train_images, digits.train_labels)
        writer.add_scalars("accuracy", {"train": train_accuracy, "test": right.mean()}, epoch)
        bounds = {"mean": np.mean(recall), "lowest": min(recall), "highest": max(recall)}
        writer.log({"recall": bounds}, epoch)
        layers = {f"layer{i}": weights for i, weights in enumerate(model.coefs_)}
        writer.add_histograms("weights", layers, epoch)
        writer.add_histogram("certainty", probabilities.max(1), epoch)
        for digit in (1, 8):
            found = digits.test_labels == digit
            writer.add_pr_curve(f"digit_{digit}", found, probabilities[:, digit], epoch)
    band = ["recall/mean", "recall/lowest", "recall/highest"]
    charts = {"recall of ten digits": ["Margin", band], "all of them": ["Multiline", ["recall/.*"]]}
    writer.add_custom_scalars({"digits": charts})


def show_images(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """images: digits, what the first layer looks for, boxes around digits"""
    grid = enlarged(digits.test_images[:32].reshape(-1, 1, 8, 8), 6)
    writer.add_images("digits", grid, 0)
    for unit, weights in enumerate(model.coefs_[0].T[:4]):
        strength = weights.reshape(8, 8) / abs(weights).max()
        colors = np.stack([strength, 0 * strength, -strength])  # red speaks for it, blue against
        writer.add_image("first_layer", enlarged(colors, 16), unit)
    page, boxes, labels = page_of_digits(digits)
    writer.add_image_with_boxes("page", page, boxes, 0, dataformats="HW", labels=labels)


def show_figure(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """figure: the confusion matrix, drawn by matplotlib"""
    try:
        Figure: Any = importlib.import_module("matplotlib.figure").Figure
    except ImportError:
        raise ImportError('pip install "tbx_native[figure]"') from None
    counts = confusion_matrix(digits.test_labels, model.predict(digits.test_images))
    figure = Figure(figsize=(4, 4), dpi=100, layout="tight")
    axes = figure.add_subplot(xlabel="predicted", ylabel="true", xticks=range(10), yticks=range(10))
    axes.imshow(np.log1p(counts), cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if row == column else "black"
        axes.text(column, row, count or "", ha="center", va="center", color=color)
    writer.add_figure("confusion", figure, EPOCHS)


def show_videos(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """videos: Conway's game of life as APNG, and as GIF where there is Pillow"""
    frames = enlarged(game_of_life(), 4)[np.newaxis]
    writer.add_video("life/apng", frames, 0, fps=10, video_format="apng")
    writer.add_video("life/gif", frames, 0, fps=10)


def show_audio(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """audio: a tone that rises, and one on each side"""
    writer.add_audio("chirp/mono", chirp(200, 2000), 0, SAMPLE_RATE)
    stereo = np.stack([chirp(200, 2000), chirp(2000, 200)], axis=1)
    writer.add_audio("chirp/stereo", stereo, 0, SAMPLE_RATE)


def show_text(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """text and tensor: the confusion matrix as a table, and as numbers"""
    counts = confusion_matrix(digits.test_labels, model.predict(digits.test_images))
    lines = ["true | " + " | ".join(map(str, range(10))), "---|" * 11]
    for digit, row in enumerate(counts):
        lines.append(f"**{digit}** | " + " | ".join(map(str, row)))
    writer.add_text("confusion", "\n".join(lines), EPOCHS)
    writer.add_tensor("confusion_counts", counts, EPOCHS)  # for programs: it has no page


def show_meshes(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """meshes: a torus that turns, and the swiss roll as a cloud of points"""
    light = {"cls": "AmbientLight", "color": "#ffffff", "intensity": 1.0}
    camera = {"cls": "PerspectiveCamera", "fov": 75}
    for step in range(6):
        vertices, colors, faces = torus(step * np.pi / 12)
        config = {"camera": camera, "lights": [light]}
        writer.add_mesh("torus", vertices, colors, faces, config, step)
    points, along = make_swiss_roll(3000, random_state=0)
    hue = (along - along.min()) / np.ptp(along)
    rainbow = np.stack([255 * hue, 160 * np.sin(np.pi * hue), 255 * (1 - hue)], -1)
    writer.add_mesh("swiss_roll", points[np.newaxis] / 15, rainbow.astype(np.uint8)[np.newaxis])


def show_hparams(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """hparams: six classifiers, a row and a run each"""
    rates = (0.001, 0.01, 0.1)
    for units, rate in itertools.product((8, 32), rates):
        trial = MLPClassifier((units,), learning_rate_init=rate, random_state=0)
        for _ in range(3):
            trial.partial_fit(digits.train_images, digits.train_labels, classes=range(10))
        accuracy = trial.score(digits.test_images, digits.test_labels)
        writer.add_hparams(
            {"hidden units": units, "learning rate": rate, "solver": trial.solver},
            {"sweep/accuracy": accuracy, "sweep/loss": trial.loss_},
            name=f"sweep/{units}_units_{rate}",
            hparam_domain_discrete={"learning rate": list(rates)},
        )


def show_embeddings(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """projector: digits with their images, and the swiss roll with two columns of labels"""
    points, along = make_swiss_roll(400, random_state=0)
    columns = [(f"{angle:.2f}", "inner" if angle < 9 else "outer") for angle in along]
    header = ["angle", "half"]
    writer.add_embedding(
        points, columns, tag="swiss_roll", metadata_header=header, tensor_format="bytes"
    )
    images = digits.test_images.reshape(-1, 1, 8, 8)
    labels = digits.test_labels.tolist()
    writer.add_embedding(digits.test_images, labels, enlarged(images, 2), tag="digits")


def show_graph(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """graph: a network for the same digits, traced by torch"""
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        raise ImportError("pip install torch") from None
    nn = torch.nn
    features = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    classes = nn.Sequential(nn.Flatten(), nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 10))
    writer.add_graph(nn.Sequential(features, classes), torch.zeros(1, 1, 8, 8))


def show_onnx_graph(writer: SummaryWriter, digits: Digits, model: MLPClassifier) -> None:
    """graph of an ONNX file: the classifier itself, in a run of its own"""
    try:
        helper: Any = importlib.import_module("onnx.helper")
    except ImportError:
        raise ImportError('pip install "tbx_native[onnx]"') from None
    hidden = [("MatMul", "weights1"), ("Add", "bias1"), ("Relu",)]
    classes = [("MatMul", "weights2"), ("Add", "bias2"), ("Softmax",)]
    nodes, last = [], "image"
    for number, (operation, *constants) in enumerate([*hidden, *classes]):
        nodes.append(helper.make_node(operation, [last, *constants], [f"x{number}"]))
        last = f"x{number}"
    shapes = {"weights1": (64, 32), "bias1": (32,), "weights2": (32, 10), "bias2": (10,)}
    ends = [("image", (1, 64)), *shapes.items()], [(last, (1, 10))]
    values = [[helper.make_tensor_value_info(name, 1, shape) for name, shape in e] for e in ends]
    graph = helper.make_graph(nodes, "digits", *values)
    run = Path(writer.get_logdir(), "onnx")
    run.mkdir()
    run.joinpath("digits.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    with SummaryWriter(run) as onnx_writer:
        onnx_writer.add_onnx_graph(run / "digits.onnx")


SHOWS = (
    *(show_training, show_images, show_figure, show_videos, show_audio, show_text),
    *(show_meshes, show_hparams, show_embeddings),
    *(show_graph, show_onnx_graph),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--logdir", type=Path, default=Path("runs/gallery"), help="below which")
    logdir: Path = parser.parse_args().logdir
    start = time.perf_counter()
    digits = read_digits()
    model = MLPClassifier((32,), learning_rate_init=0.003, random_state=0)
    run = logdir / time.strftime("%b%d_%H-%M-%S")
    with SummaryWriter(run) as writer:
        for show in SHOWS:
            try:
                show(writer, digits, model)
            except ImportError as error:
                print(f"left out: {show.__doc__} ({error})")
            else:
                print(f"wrote     {show.__doc__}")
    print(f"\n{run} has it all after {time.perf_counter() - start:.1f} s.")
    print(f"Look at it:  tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
