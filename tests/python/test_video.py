"""add_video(): the frames, their sizes and times, as Pillow reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorboardX.utils
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tbx_native import SummaryWriter
from tbx_native.compat.torch import SummaryWriter as TorchFace
from tests.python.event_files import events
from tests.python.pictures import opened, written_images

FACES: list[Any] = [SummaryWriter, TorchFace]
RNG = np.random.default_rng(0)
VIDEO = RNG.integers(0, 256, (3, 5, 3, 6, 8), dtype=np.uint8)


def frames_of(encoded: bytes, mode: str) -> tuple[np.ndarray[Any, Any], list[float]]:
    """(frames, height, width[, channels]) and the frames' durations in milliseconds."""
    image = opened(encoded)
    frames, durations = [], []
    for number in range(image.n_frames):
        image.seek(number)
        frames.append(np.asarray(image.convert(mode)))
        durations.append(image.info["duration"])
    assert image.info["loop"] == 0
    return np.stack(frames), durations


def grid(video: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """tensorboardX's frames, of uint8 without its detour over floats that are cut off."""
    return np.asarray(tensorboardX.utils._prepare_video(video.astype(float)), np.uint8)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_apng_keeps_every_pixel(tmp_path: Path, face: Any, channels: int) -> None:
    video = RNG.integers(0, 256, (3, 5, channels, 6, 8), dtype=np.uint8)
    with face(tmp_path) as writer:
        writer.add_video("a tag", video, 7, 4, 12.5, video_format="apng")
        writer.add_video("f", video / 255 + 1e-9, 8, fps=4, video_format="apng")
    for value in written_images(tmp_path):
        assert (value.image.height, value.image.width) == (6, 32)
        assert value.image.colorspace == channels
        mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
        frames, durations = frames_of(value.image.encoded_image_string, mode)
        assert np.array_equal(frames, grid(video).reshape(frames.shape))
        assert durations == [250] * 5
    first, second = written_images(tmp_path)
    is_torch = face is TorchFace
    assert (first.tag, second.tag) == ("a tag" if is_torch else "a_tag", "f")
    assert first.metadata.plugin_data.plugin_name == ("" if is_torch else "images")
    event, _ = events(tmp_path)
    assert (event.step, event.wall_time) == (7, 12.5)


def test_gif_of_grey_keeps_every_pixel(tmp_path: Path) -> None:
    video = RNG.integers(0, 256, (2, 4, 1, 40, 30), dtype=np.uint8)
    with SummaryWriter(tmp_path) as writer:
        writer.add_video("tag", video)
    (value,) = written_images(tmp_path)
    assert opened(value.image.encoded_image_string).format == "GIF"
    frames, durations = frames_of(value.image.encoded_image_string, "L")
    assert np.array_equal(frames, grid(video)[..., 0])
    assert durations == [250] * 4
    assert value.image.colorspace == 1


@pytest.mark.parametrize("channels", [3, 4])
def test_gif_of_few_colours_keeps_them(tmp_path: Path, channels: int) -> None:
    palette = RNG.integers(0, 256, (256, channels), dtype=np.uint8)
    video = palette[RNG.integers(0, 256, (1, 3, 40, 40))]
    with SummaryWriter(tmp_path) as writer:
        writer.add_video("tag", video, dataformats="ntHWC")
    (value,) = written_images(tmp_path)
    frames, _ = frames_of(value.image.encoded_image_string, "RGB")
    assert np.array_equal(frames, video[0][..., :3])


def test_gif_of_many_colours_comes_near_them(tmp_path: Path) -> None:
    y, x, t = np.mgrid[:64, :64, :6]
    video = np.stack([x / 64, y / 64, (x + y + t) / 134], 0).transpose(3, 0, 1, 2)[None]
    with SummaryWriter(tmp_path) as writer:
        writer.add_video("tag", video)
    (value,) = written_images(tmp_path)
    frames, _ = frames_of(value.image.encoded_image_string, "RGB")
    difference = frames.astype(int) - (video[0] * 255).transpose(0, 2, 3, 1)
    assert np.sqrt(np.mean(difference**2)) < 12


@pytest.mark.parametrize(
    ("fps", "gif", "apng"),
    [
        (4, [250] * 6, [250] * 6),
        (30, [30, 40, 30, 30, 40, 30], [33, 34, 33, 33, 34, 33]),
        (np.float32(12.5), [80] * 6, [80] * 6),
        (200, [20] * 6, [5] * 6),
        (0.5, [2000] * 6, [2000] * 6),
    ],
)
def test_frames_last_as_long_as_fps_says(
    tmp_path: Path, fps: float, gif: list[int], apng: list[int]
) -> None:
    video = RNG.random((1, 6, 1, 4, 4))
    with SummaryWriter(tmp_path) as writer:
        writer.add_video("tag", video, fps=fps)
        writer.add_video("tag", video, fps=fps, video_format="apng")
    found = [
        frames_of(value.image.encoded_image_string, "L")[1] for value in written_images(tmp_path)
    ]
    assert [[round(duration) for duration in durations] for durations in found] == [gif, apng]


def test_tensorboard_loads_it(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_video("tag", VIDEO, 3)
    accumulator = EventAccumulator(str(tmp_path))
    accumulator.Reload()
    (loaded,) = accumulator.Images("tag")
    assert (loaded.step, loaded.height, loaded.width) == (3, 6, 32)
    assert loaded.encoded_image_string.startswith(b"GIF89a")


BAD: list[tuple[type[Exception], str, dict[str, Any]]] = [
    (ValueError, "different.*\\(3, 5, 3, 6, 8\\).*", {"vid_tensor": VIDEO[0]}),
    (ValueError, "twice", {"dataformats": "NTCHH"}),
    (ValueError, "letters of NTCHW", {"dataformats": "NTCHX"}),
    (ValueError, "empty", {"vid_tensor": VIDEO[:, :0]}),
    (ValueError, "1, 3, 4 channels, not 2", {"vid_tensor": VIDEO[:, :, :2]}),
    (ValueError, "fps", {"fps": 0}),
    (ValueError, "fps", {"fps": float("nan")}),
    (TypeError, "fps", {"fps": "4"}),
    (ValueError, "video_format", {"video_format": "mp4"}),
]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(("error", "match", "arguments"), BAD)
def test_bad_arguments_are_named_at_the_call(
    tmp_path: Path, face: Any, error: type[Exception], match: str, arguments: dict[str, Any]
) -> None:
    with face(tmp_path) as writer:
        with pytest.raises(error, match=match.replace("(3, ", "(")) as raised:
            writer.add_video(**{"tag": "the/tag", "vid_tensor": VIDEO} | arguments)
        assert "the/tag" in str(raised.value)
    assert not events(tmp_path)
