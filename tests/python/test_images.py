"""add_image() and its like, on both faces: what is in the file, and what is refused."""

from __future__ import annotations

import io
import logging
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import tensorboardX
import tensorboardX.summary
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tbx_native import SummaryWriter
from tbx_native.compat.torch import SummaryWriter as TorchFace
from tests.python.event_files import events
from tests.python.pictures import PIL_Image, opened, pixels, written_images

FACES: list[Any] = [SummaryWriter, TorchFace]
RNG = np.random.default_rng(0)
IMAGE = RNG.random((3, 12, 9))


def encoded(file_format: str, mode: str = "RGB") -> bytes:
    memory = io.BytesIO()
    PIL_Image.new(mode, (5, 4)).save(memory, file_format)
    return memory.getvalue()


def test_fields_are_tensorboardx_s(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("a tag", IMAGE, 3, 12.5)
        writer.add_images("b", IMAGE[None], 4)
        writer.add_image_with_boxes("a tag", IMAGE, np.array([[1, 1, 4, 4]]), 5)
    first, second, third = written_images(tmp_path)
    assert [event.step for event in events(tmp_path)] == [3, 4, 5]
    assert events(tmp_path)[0].wall_time == 12.5
    assert [value.tag for value in (first, second, third)] == ["a_tag", "b", "a tag"]
    # As in tensorboardX's master: its 2.6.5 writes no metadata.
    assert first.metadata.plugin_data.plugin_name == "images"
    assert second.metadata.plugin_data.plugin_name == "images"
    assert not third.HasField("metadata")
    expected = (IMAGE * 255).astype(np.uint8).transpose(1, 2, 0)
    assert np.array_equal(pixels(first.image.encoded_image_string), expected)


def test_fields_are_torch_s(tmp_path: Path) -> None:
    with TorchFace(tmp_path) as writer:
        writer.add_image("a tag", IMAGE, 3)
        writer.add_image_with_boxes("boxes", IMAGE, np.zeros((0, 4)), 3, None, 2, "chw", None)
    first, boxes = written_images(tmp_path)
    assert first.tag == "a tag"
    assert not first.HasField("metadata")
    assert (boxes.image.height, boxes.image.width) == (12, 9)
    assert opened(boxes.image.encoded_image_string).size == (18, 24)


def test_tensorboard_loads_them(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        for step in range(3):
            writer.add_image("image", IMAGE, step)
    accumulator = EventAccumulator(str(tmp_path))
    accumulator.Reload()
    loaded = accumulator.Images("image")
    assert [(image.step, image.height, image.width) for image in loaded] == [
        (step, 12, 9) for step in range(3)
    ]


@pytest.mark.parametrize("face", FACES)
def test_lists_are_one_grid(tmp_path: Path, face: Any) -> None:
    batch = RNG.integers(0, 256, (10, 3, 4, 5), dtype=np.uint8)
    hwc = batch.transpose(0, 2, 3, 1)
    with face(tmp_path) as writer:
        writer.add_images("tag", batch)
        writer.add_images("tag", list(batch), dataformats="CHW")
        writer.add_images("tag", tuple(hwc), dataformats="hwc")
        writer.add_images("tag", list(batch))
        writer.add_images("tag", [PIL_Image.fromarray(image) for image in hwc])
        writer.add_images("tag", list(batch.astype(np.float32) / 255), dataformats="CHW")
        writer.add_images("grey", list(batch[:, 0]), dataformats="HW")
    images = [pixels(value.image.encoded_image_string) for value in written_images(tmp_path)]
    assert images[0].shape == (2 * 4, 8 * 5, 3)
    assert np.array_equal(images[0][4:8, 5:10], hwc[9])
    for image in images[1:5]:
        assert np.array_equal(image, images[0])
    assert np.abs(images[5].astype(int) - images[0]).max() <= 1
    assert np.array_equal(images[6], np.repeat(images[0][..., :1], 3, 2))


@pytest.mark.parametrize("face", FACES)
def test_files_are_written_as_they_are(tmp_path: Path, face: Any) -> None:
    modes = {"PNG": ["L", "LA", "RGB", "RGBA", "P"], "JPEG": ["L", "RGB", "CMYK"], "GIF": ["RGB"]}
    channels = {"L": 1, "LA": 2, "RGBA": 4}
    expected = []
    with face(tmp_path / "logs") as writer:
        for file_format, names in modes.items():
            for mode in names:
                file = encoded(file_format, mode)
                path = tmp_path / f"{mode}.{file_format}"
                path.write_bytes(file)
                in_memory = (file, bytearray(file), memoryview(file), io.BytesIO(file))
                with path.open("rb") as opened_file:
                    for given in (*in_memory, path, str(path), opened_file):
                        writer.add_image("tag", given)
                        expected.append((4, 5, channels.get(mode, 3), file))
    found = [
        (image.height, image.width, image.colorspace, image.encoded_image_string)
        for image in (value.image for value in written_images(tmp_path / "logs"))
    ]
    assert found == expected


def test_a_file_open_as_text_is_refused(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(TypeError, match=r"'tag' is a file that is not open in binary mode"):
            writer.add_image("tag", io.StringIO("text"))
        writer.add_image("tag", encoded("PNG", "L"))
    assert len(written_images(tmp_path)) == 1


def test_progressive_jpeg_with_segments_before_its_frame(tmp_path: Path) -> None:
    memory = io.BytesIO()
    picture = PIL_Image.fromarray(RNG.integers(0, 256, (40, 30, 3), dtype=np.uint8))
    picture.save(memory, "JPEG", progressive=True, comment=b"\xff\xc0" * 9, exif=b"Exif\0\0" * 50)
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("tag", memory.getvalue())
    (value,) = written_images(tmp_path)
    assert (value.image.height, value.image.width, value.image.colorspace) == (40, 30, 3)


def test_jpeg_and_compression(tmp_path: Path) -> None:
    smooth = np.linspace(0, 1, 64 * 64).reshape(1, 64, 64)
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("png", smooth, compression=9)
        writer.add_image("png", smooth, compression=0)
        writer.add_image("jpeg", smooth, image_format="jpeg")
        writer.add_images("jpeg", smooth[None], image_format="jpeg", compression=5)
    smallest, largest, fine, coarse = (
        value.image.encoded_image_string for value in written_images(tmp_path)
    )
    assert len(smallest) < len(largest)
    assert np.array_equal(pixels(smallest), pixels(largest))
    assert opened(fine).format == opened(coarse).format == "JPEG"
    assert len(coarse) < len(fine)
    assert np.abs(pixels(fine).astype(int) - pixels(largest)).max() < 10


LABELLED: dict[str, Any] = {
    "none": None,
    "str": "one",
    "list": ["one", "ünother, longer label"],
    "empty": ["", "x"],
    "wrong": ["a", "b", "c"],
}


@pytest.mark.parametrize("labels", LABELLED.values(), ids=LABELLED)
@pytest.mark.parametrize("rescale", [1, 0.5, 1.7])
@pytest.mark.parametrize("face", FACES)
def test_boxes_are_the_rivals(
    tmp_path: Path, face: Any, labels: Any, rescale: float, caplog: pytest.LogCaptureFixture
) -> None:
    image = RNG.random((3, 90, 70)).astype(np.float32)
    corners = np.array([[3.5, 2, 60, 40], [10, 30.25, 69, 89]])
    if isinstance(labels, str):
        corners = corners[:1]
    with caplog.at_level(logging.WARNING, "tbx_native"), face(tmp_path) as writer:
        writer.add_image_with_boxes("tag", image, corners, labels=labels, rescale=rescale)
    (ours,) = written_images(tmp_path)
    theirs_labels = [labels] if isinstance(labels, str) else labels
    if labels is not None and len(theirs_labels) != len(corners):
        assert "Number of labels do not equal" in caplog.text
        theirs_labels = None
    arguments = {"rescale": rescale, "labels": theirs_labels}
    theirs = tensorboardX.summary.image_boxes("tag", image, corners, **arguments).value[0].image
    assert (ours.image.height, ours.image.width) == (theirs.height, theirs.width)
    found = pixels(ours.image.encoded_image_string)
    assert np.array_equal(found, pixels(theirs.encoded_image_string))


# ---- figures ----


@pytest.fixture
def pyplot() -> Any:
    pytest.importorskip("matplotlib", reason="its figures are what is tested").use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


def test_figures_are_tensorboardx_s(tmp_path: Path, pyplot: Any) -> None:
    import tensorboardX.utils

    figures = []
    for number in range(3):
        figure, axes = pyplot.subplots(figsize=(2, 1.5), dpi=50)
        axes.plot([0, 1], [number, 2])
        figures.append(figure)
    canvas = figures[0].canvas
    with SummaryWriter(tmp_path) as writer:
        writer.add_figure("kept", figures[0], 1, close=False)
        writer.add_figure("kept", figures, 2, close=False)
        assert len(pyplot.get_fignums()) == 3
        assert figures[0].canvas is canvas
        expected = tensorboardX.utils.figure_to_image(figures, close=False)
        writer.add_figure("closed", figures)
        assert not pyplot.get_fignums()
    one, grid, closed = written_images(tmp_path)
    assert np.array_equal(pixels(one.image.encoded_image_string), expected[0].transpose(1, 2, 0))
    theirs = tensorboardX.summary.image("tag", expected, dataformats="NCHW").value[0].image
    for value in grid, closed:
        found = pixels(value.image.encoded_image_string)
        assert np.array_equal(found, pixels(theirs.encoded_image_string))
    assert (grid.image.height, grid.image.width, grid.image.colorspace) == (75, 300, 3)


def test_a_figure_that_is_drawn_on_stays_as_it_was(tmp_path: Path, pyplot: Any) -> None:
    figure, axes = pyplot.subplots(figsize=(1, 1), dpi=50)
    with SummaryWriter(tmp_path) as writer, mock.patch.object(writer, "_encode_later") as later:
        writer.add_figure("tag", figure, close=False)
        encode = later.call_args.args[1].encode
    before = encode()
    axes.plot([0, 1], [0, 1], linewidth=20)
    figure.canvas.draw()
    assert encode() == before


def test_what_is_no_figure_is_refused(tmp_path: Path, pyplot: Any) -> None:
    small, large = pyplot.figure(figsize=(1, 1)), pyplot.figure(figsize=(2, 2))
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(TypeError, match="'tag'.*ndarray"):
            writer.add_figure("tag", IMAGE)
        with pytest.raises(ValueError, match="'tag'.*one size"):
            writer.add_figure("tag", [small, large])
        with pytest.raises(ValueError, match="'tag'.*none"):
            writer.add_figure("tag", [])
    assert len(pyplot.get_fignums()) == 2
    assert not events(tmp_path)


# ---- what is refused ----

BAD: dict[str, tuple[type[Exception], str, dict[str, Any]]] = {
    "twice": (ValueError, "twice.*CHH", {"dataformats": "CHH"}),
    "too few": (ValueError, "different.*\\(3, 12, 9\\).*HW", {"dataformats": "HW"}),
    "unknown": (ValueError, "letters of HW", {"dataformats": "CHX"}),
    "no str": (TypeError, "NoneType", {"dataformats": None}),
    "channels": (ValueError, "5 .*\\(5, 2, 2\\)", {"img_tensor": np.zeros((5, 2, 2))}),
    "pairs": (ValueError, "1, 3", {"img_tensor": np.zeros((2, 2, 4, 4)), "dataformats": "NCHW"}),
    "empty": (ValueError, "empty.*\\(3, 0, 2\\)", {"img_tensor": np.zeros((3, 0, 2))}),
    "strings": (TypeError, "numbers", {"img_tensor": np.array([[["a"]]])}),
    "None": (TypeError, "numbers", {"img_tensor": None}),
    "format": (ValueError, "'png' or 'jpeg'", {"image_format": "webp"}),
    "level": (ValueError, "0..9 for png", {"compression": 10}),
    "quality": (ValueError, "1..100", {"image_format": "jpeg", "compression": 0}),
    "float level": (TypeError, "integer", {"compression": 1.5}),
    "alpha": (ValueError, "alpha", {"img_tensor": np.zeros((4, 2, 2)), "image_format": "jpeg"}),
    "no image file": (ValueError, "PNG, JPEG or GIF.*hello", {"img_tensor": b"hello"}),
    "cut png": (ValueError, "damaged", {"img_tensor": encoded("PNG")[:20]}),
    "cut jpeg": (ValueError, "damaged", {"img_tensor": encoded("JPEG")[:100]}),
    "cut gif": (ValueError, "damaged", {"img_tensor": encoded("GIF")[:9]}),
    "step": (TypeError, "step", {"global_step": "x"}),
}


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(("error", "match", "arguments"), BAD.values(), ids=BAD)
def test_bad_arguments_are_named_at_the_call(
    tmp_path: Path, face: Any, error: type[Exception], match: str, arguments: dict[str, Any]
) -> None:
    with face(tmp_path) as writer:
        with pytest.raises(error, match=match) as raised:
            writer.add_image(**{"tag": "the/tag", "img_tensor": IMAGE} | arguments)
        assert "the/tag" in str(raised.value)
        writer.add_image("after", IMAGE)
    assert [value.tag for value in written_images(tmp_path)] == ["after"]


@pytest.mark.parametrize("face", FACES)
def test_other_bad_arguments(tmp_path: Path, face: Any) -> None:
    boxes = np.zeros((1, 4))
    with face(tmp_path) as writer:
        for tag in None, b"x", 3:
            with pytest.raises(TypeError, match="tag must be a str"):
                writer.add_image(tag, IMAGE)
        with pytest.raises(FileNotFoundError):
            writer.add_image("tag", tmp_path / "missing.png")
        for images in [], [IMAGE, IMAGE[:, 1:]], [IMAGE, IMAGE.astype(np.uint8)]:
            with pytest.raises(ValueError, match="'tag'"):
                writer.add_images("tag", images)
        for bad in np.zeros(4), np.zeros((2, 5)), np.full((1, 4), np.nan):
            with pytest.raises(ValueError, match="boxes of tag 'tag'"):
                writer.add_image_with_boxes("tag", IMAGE, bad)
        with pytest.raises(TypeError, match="labels of tag 'tag'"):
            writer.add_image_with_boxes("tag", IMAGE, boxes, labels=[1])
        for rescale in 0, -1, 0.01, float("nan"):
            with pytest.raises(ValueError, match="rescale of tag 'tag'"):
                writer.add_image_with_boxes("tag", IMAGE, boxes, rescale=rescale)
        with pytest.raises(TypeError, match="rescale of tag 'tag'"):
            writer.add_image_with_boxes("tag", IMAGE, boxes, rescale="2")
        with pytest.raises(ValueError, match="as it is"):
            writer.add_image_with_boxes("tag", encoded("PNG"), boxes)
    assert not events(tmp_path)


def test_only_tensorboardx_has_grids_of_rgba(tmp_path: Path) -> None:
    batch = np.zeros((2, 4, 3, 3))
    with SummaryWriter(tmp_path) as writer:
        writer.add_images("tag", batch)
    with TorchFace(tmp_path / "torch") as writer:
        with pytest.raises(ValueError, match="1, 3 channels"):
            writer.add_images("tag", batch)
        writer.add_image("tag", batch[0])
    (value,) = written_images(tmp_path)
    assert value.image.colorspace == 4


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    boxes = np.zeros((1, 4))
    video = np.zeros((1, 2, 3, 4, 4))
    file = encoded("PNG")
    with SummaryWriter(tmp_path) as writer:
        with mock.patch.dict(sys.modules, {"PIL": None, "PIL.Image": None}):
            says_how = r"Pillow.*tbx_native\[media\]"
            with pytest.raises(ImportError, match=says_how):
                writer.add_image_with_boxes("tag", IMAGE, boxes)
            with pytest.raises(ImportError, match=says_how):
                writer.add_image("tag", IMAGE, image_format="jpeg")
            with pytest.raises(ImportError, match=says_how):
                writer.add_video("tag", video)
            writer.add_image("png", IMAGE)
            writer.add_image("png", file)
            writer.add_video("apng", video, video_format="apng")
            writer.flush()
        with mock.patch.dict(sys.modules, {"matplotlib": None, "matplotlib.figure": None}):
            with pytest.raises(ImportError, match=r"matplotlib.*tbx_native\[figure\]"):
                writer.add_figure("tag", None)
    assert [value.tag for value in written_images(tmp_path)] == ["png", "png", "apng"]
