"""EventReader gives what TensorBoard's own loader gives, of files that all writers made."""

from __future__ import annotations

import io
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorboardX
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import tbx_native
from tbx_native import EventReader, NoSuchTagError, _core
from tbx_native.proto.event import Event
from tests.python.event_files import only_file, payloads

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.tfevents"))


def write_everything(writer: Any) -> None:
    generator = np.random.default_rng(7)
    for step in range(5):
        writer.add_scalar("loss", 1 / (step + 1), step)
        writer.add_scalar("accuracy", np.float32(step / 5), step)
        writer.add_histogram("weights", generator.normal(size=1000), step)
        writer.add_image("picture", generator.random((3, 8, 16)), step)
        writer.add_text("note", f"step {step} ä", step)
    shape = (1, 100) if "torch" in type(writer).__module__ else (100, 1)
    writer.add_audio("sound", np.zeros(shape, np.float32), 1, sample_rate=8000)
    writer.close()


def open_writer(name: str, directory: Path) -> Any:
    if name == "torch":
        torch = pytest.importorskip("torch.utils.tensorboard", reason="torch's own files")
        return torch.SummaryWriter(str(directory))
    return {"tensorboardX": tensorboardX, "tbx_native": tbx_native}[name].SummaryWriter(
        str(directory)
    )


def loaded(path: Path) -> EventAccumulator:
    everything = dict.fromkeys(("scalars", "images", "audio", "histograms", "tensors"), 0)
    accumulator = EventAccumulator(str(path), size_guidance=everything, purge_orphaned_data=False)
    accumulator.Reload()
    return accumulator


@pytest.mark.parametrize("name", ["tensorboardX", "torch", "tbx_native"])
def test_everything_as_tensorboard_loads_it(name: str, tmp_path: Path) -> None:
    if name == "tensorboardX":
        pytest.importorskip("soundfile", reason="tensorboardX writes sounds with it")
    write_everything(open_writer(name, tmp_path))
    reader, oracle = EventReader(tmp_path), loaded(tmp_path)
    tags = reader.tags()
    assert sorted(tags["scalars"]) == sorted(oracle.Tags()["scalars"])
    for tag in tags["scalars"]:
        events = oracle.Scalars(tag)
        steps, wall_times, values = reader.scalars(tag)
        assert steps.tolist() == [event.step for event in events]
        assert wall_times.tolist() == [event.wall_time for event in events]
        assert values.tolist() == [event.value for event in events]
    for tag, histogram, event in zip(
        ["weights"] * 5, reader.histograms("weights"), oracle.Histograms("weights"), strict=True
    ):
        wanted = event.histogram_value
        assert tag in tags["histograms"]
        assert histogram.right.tolist() == wanted.bucket_limit
        assert histogram.counts.tolist() == wanted.bucket
        assert (histogram.num, histogram.sum) == (wanted.num, wanted.sum)
    images = reader.images("picture")
    assert [image.data for image in images] == [
        event.encoded_image_string for event in oracle.Images("picture")
    ]
    assert (images[0].width, images[0].height) == (16, 8)
    PIL = pytest.importorskip("PIL.Image", reason="decodes the image")
    assert images[0].pil().size == PIL.open(io.BytesIO(images[0].data)).size == (16, 8)
    (text_tag,) = tags["text"]
    assert list(reader.text(text_tag)) == [f"step {step} ä" for step in range(5)]
    sound = reader.audio("sound")[0]
    assert sound.data == oracle.Audio("sound")[0].encoded_audio_string
    assert sound.sample_rate == 8000


def test_events_are_the_payloads(tmp_path: Path) -> None:
    write_everything(tbx_native.SummaryWriter(tmp_path))
    path = only_file(tmp_path)
    assert list(EventReader(path).events()) == payloads(path)
    messages = list(EventReader(path).events(raw=False))
    assert messages[0].file_version == "brain.Event:2"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_golden_files(path: Path) -> None:
    reader, oracle = EventReader(path), loaded(path)
    found = {tag: reader.scalars(tag) for tag in reader.tags()["scalars"]}
    for tag in oracle.Tags()["scalars"]:
        wanted = [event.value for event in oracle.Scalars(tag)]
        np.testing.assert_array_equal(found.pop(tag).values, wanted)
    for tag, scalars in found.items():  # written as tensors
        tensors = oracle.Tensors(tag)
        assert scalars.steps.tolist() == [event.step for event in tensors]
        values = [
            (event.tensor_proto.float_val or event.tensor_proto.double_val)[0] for event in tensors
        ]
        np.testing.assert_array_equal(scalars.values, values)


def test_tensor_scalars_keep_their_precision(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 0.1, 1, new_style=True, double_precision=True)
        writer.add_scalar("b", 0.1, 1, new_style=True)
        writer.add_scalar("c", 0.1, 1)
        writer.add_scalar("c", 0.1, 2, new_style=True, double_precision=True)
    reader = EventReader(tmp_path)
    assert reader.scalars("a").values.tolist() == [0.1]
    assert reader.scalars("b").values.dtype == np.float32
    assert reader.scalars("c").values.tolist() == [float(np.float32(0.1)), 0.1]


def test_runs_and_their_files(tmp_path: Path) -> None:
    for run in ("a", "b/c"):
        for part in range(2):
            with tbx_native.SummaryWriter(tmp_path / run) as writer:
                writer.add_scalar("loss", part, part)
    reader = EventReader(tmp_path)
    assert reader.runs() == ["a", "b/c"]
    assert reader.scalars("loss", "b/c").values.tolist() == [0, 1]
    with pytest.raises(ValueError, match="say which: a, b/c"):
        reader.scalars("loss")
    with pytest.raises(NoSuchTagError, match="did you mean 'loss'"):
        reader.scalars("los", "a")
    with pytest.raises(NoSuchTagError, match="no run 'd'"):
        reader.scalars("loss", "d")
    with pytest.raises(FileNotFoundError):
        EventReader(tmp_path / "none")
    with pytest.raises(ValueError, match="errors must be"):
        EventReader(tmp_path, errors="ignore")  # type: ignore[arg-type]


def test_resumed_runs(tmp_path: Path) -> None:
    for steps, purge in ((range(6), None), (range(3, 8), 3)):
        with tbx_native.SummaryWriter(tmp_path, purge_step=purge) as writer:
            for step in steps:
                writer.add_scalar("loss", step + 10 * (purge is not None), step)
    everything = [0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7]
    assert EventReader(tmp_path).scalars("loss").steps.tolist() == everything
    purged = EventReader(tmp_path, purge=True).scalars("loss")
    assert purged.steps.tolist() == list(range(8))
    assert purged.values.tolist() == [0, 1, 2, 13, 14, 15, 16, 17]
    preempting = EventReader(tmp_path, preempt=True).scalars("loss")
    assert preempting.values.tolist() == purged.values.tolist()


def test_hparams_graph_and_tensors(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.int64).reshape(2, 3)
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_hparams({"lr": 0.5, "name": "x", "fast": True}, {"best": 1.0}, name=".")
        writer.add_tensor("matrix", array)
    reader = EventReader(tmp_path)
    assert reader.hparams() == {"lr": 0.5, "name": "x", "fast": True}
    assert reader.graph() is None
    np.testing.assert_array_equal(reader.tensors("matrix")[0], array)


def test_following_a_growing_file(tmp_path: Path) -> None:
    writer = tbx_native.SummaryWriter(tmp_path)
    reader = EventReader(tmp_path, follow=True, poll_seconds=0.01)

    def write() -> None:
        for step in range(3):
            writer.add_scalar("a", step, step)
            time.sleep(0.05)
        writer.close()
        writer.add_scalar("b", 1, 1)  # the next file
        writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    events = reader.events(raw=False)
    tags: list[str] = []
    while len(tags) < 4:
        tags += [value.tag for value in next(events).summary.value]
    thread.join()
    assert tags == ["a", "a", "a", "b"]
    reader.refresh()
    assert reader.scalars("a").steps.tolist() == [0, 1, 2]


def test_refresh_reads_what_was_appended(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 0.5, 0)
        writer.flush()
        reader = EventReader(tmp_path)
        assert reader.scalars("a").values.tolist() == [0.5]
        writer.add_scalar("a", 0.1, 1, new_style=True, double_precision=True)
        writer.flush()
        assert reader.scalars("a").values.tolist() == [0.5]
        reader.refresh()
        assert reader.scalars("a").values.tolist() == [0.5, 0.1]


def test_all_images_and_sounds_of_a_step(tmp_path: Path) -> None:
    step = Event(wall_time=1, step=1)
    for plugin, shape, strings in (
        ("images", (4,), [b"3", b"2", b"first", b"second"]),
        ("audio", (2, 2), [b"first", b"a label", b"second", b"another"]),
        ("audio", (2,), [b"first", b"second"]),
    ):
        value = step.summary.value.add(tag=f"{plugin} {len(shape)}")
        value.metadata.plugin_data.plugin_name = plugin
        value.tensor.dtype = 7
        for size in shape:
            value.tensor.tensor_shape.dim.add(size=size)
        value.tensor.string_val.extend(strings)
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(_core.frame(step.SerializeToString()))
    reader = EventReader(path)
    (image,) = reader.images("images 1")
    assert (image.width, image.height, image.data, image.others) == (3, 2, b"first", (b"second",))
    for tag in ("audio 2", "audio 1"):
        (sound,) = reader.audio(tag)
        assert (sound.data, sound.others) == (b"first", (b"second",))
