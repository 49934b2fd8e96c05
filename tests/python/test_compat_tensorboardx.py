"""tbx_native.compat.tensorboardx against tensorboardX: the same names, calls and messages."""

from __future__ import annotations

import importlib
import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorboardX
import tensorboardX.summary
import tensorboardX.utils
from google.protobuf import text_format

import tbx_native
from tbx_native.compat import tensorboardx
from tbx_native.compat.tensorboardx import crc32c, record_writer, summary, utils, x2num
from tbx_native.compat.tensorboardx.event_file_writer import EventFileWriter, EventsWriter
from tbx_native.proto.event import Event
from tbx_native.proto.plugin_projector import ProjectorConfig
from tests.python.event_files import only_file, payloads
from tests.python.mirrored_modules import differences, lent_names

# What is missing or otherwise on purpose, by module.
DELIBERATE: dict[str, set[str]] = {
    # None, which nobody can change, disables Comet as their dictionary does.
    "writer": {"SummaryWriter(comet_config)"},
    # A message that neither writes.
    "proto.summary_pb2": {"SummaryDescription"},
    # What TensorBoard's server and page say to each other.
    "proto.api_pb2": {
        *("Session", "ColParams", "ListSessionGroupsResponse", "ListSessionGroupsRequest"),
        *("ListMetricEvalsRequest", "GetExperimentRequest", "SessionGroup", "MetricValue"),
        *("ORDER_UNSPECIFIED", "ORDER_ASC", "ORDER_DESC", "AGGREGATION_UNSET"),
        *("AGGREGATION_AVG", "AGGREGATION_MEDIAN", "AGGREGATION_MIN", "AGGREGATION_MAX"),
    },
}
MODULES = [
    *("writer", "summary", "record_writer", "event_file_writer", "global_writer", "utils"),
    *("x2num", "crc32c", "embedding", "onnx_graph", "openvino_graph", "torchvis"),
    *("proto.api_pb2", "proto.attr_value_pb2", "proto.event_pb2", "proto.graph_pb2"),
    *("proto.layout_pb2", "proto.node_def_pb2", "proto.plugin_hparams_pb2"),
    *("proto.plugin_mesh_pb2", "proto.plugin_pr_curve_pb2", "proto.plugin_text_pb2"),
    *("proto.resource_handle_pb2", "proto.summary_pb2", "proto.tensor_pb2"),
    *("proto.tensor_shape_pb2", "proto.types_pb2", "proto.versions_pb2"),
]


@pytest.mark.parametrize("module", MODULES)
def test_every_name_is_there_with_its_parameters(module: str) -> None:
    theirs = importlib.import_module(f"tensorboardX.{module}")
    ours = importlib.import_module(f"tbx_native.compat.tensorboardx.{module}")
    found = {name for name in differences(theirs, ours) if not name.endswith("_REF")}
    assert found == DELIBERATE.get(module, set())


@pytest.mark.parametrize("module", ["writer", "summary", "global_writer", "event_file_writer"])
def test_what_a_module_takes_from_others_is_to_be_had_from_it(module: str) -> None:
    theirs = importlib.import_module(f"tensorboardX.{module}")
    ours = importlib.import_module(f"tbx_native.compat.tensorboardx.{module}")
    names = set(lent_names(theirs, "tensorboardX")) - {"CometLogger"}
    assert names and not {name for name in names if not callable(getattr(ours, name, None))}


def test_the_package_has_the_names_of_theirs() -> None:
    # Theirs are found where tensorboardX is installed; the way to Comet is private.
    absent = {"visdom_writer", "_version", "comet_utils"}
    theirs = set(vars(tensorboardX)) - absent
    for name in theirs:
        if not (name.startswith("__") and name != "__version__"):
            assert hasattr(tensorboardx, name), name
    assert tensorboardx.__version__ == tensorboardX.__version__
    assert set(dir(tensorboardx)) >= {"summary", "proto", "SummaryWriter"}
    with pytest.raises(AttributeError, match="beholder"):
        _ = tensorboardx.beholder


def test_torchvis_hands_calls_to_its_writers(tmp_path: Path) -> None:
    visualiser = tensorboardx.TorchVis(tensorboard={"logdir": tmp_path})
    visualiser.add_scalar("loss", 0.5, 1)
    visualiser.there_is_no_such_method()
    visualiser.unregister("tensorboard")
    assert b"loss" in payloads(only_file(tmp_path))[-1]
    assert not hasattr(visualiser, "add_scalar")
    with pytest.raises(ImportError, match=r"[Vv]isdom"):
        tensorboardx.TorchVis("visdom")


VERTICES = np.arange(12, dtype=np.float32).reshape(1, 4, 3)
LABELS, SCORES = np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.4, 0.6])
CURVE = tensorboardX.summary.compute_curve(LABELS, SCORES, 5)
CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("scalar", ("a b/c", 0.5)),
    ("scalar", ("loss", np.float32(1.5), "Loss", "what it costs")),
    ("histogram", ("weights", np.arange(20.0), [-1.0, 3.0, 10.0, 30.0])),
    ("histogram", ("weights", np.arange(20.0), 10, 4)),
    ("histogram_raw", ("raw", 0.0, 1.0, 3, 1.5, 2.0, [0.5, 1.0], [1, 2])),
    ("make_histogram", (np.arange(20.0), "auto")),
    ("text", ("note", "words, wörter")),
    ("pr_curve", ("pr", LABELS, SCORES, 10)),
    ("pr_curve_raw", ("pr", *CURVE, 5)),
    ("mesh", ("mesh", VERTICES, None, VERTICES.astype(np.int32), {"camera": 1})),
    ("custom_scalars", ({"train": {"loss": ["Multiline", ["a", "b"]]}},)),
    ("custom_scalars", ({"train": {"loss": ["Margin", ["a", "b", "c"]]}},)),
]


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_summaries_are_theirs(name: str, arguments: tuple[Any, ...]) -> None:
    expected = getattr(tensorboardX.summary, name)(*arguments)
    got = getattr(summary, name)(*arguments)
    assert got.SerializeToString() == expected.SerializeToString()
    assert type(got).FromString(expected.SerializeToString()) == got


def test_hparams_are_theirs() -> None:
    arguments = {"lr": 0.1, "on": True, "name": "x", "fn": len}, {"accuracy": 0}
    for got, expected in zip(
        summary.hparams(*arguments), tensorboardX.summary.hparams(*arguments), strict=True
    ):
        assert type(got).FromString(expected.SerializeToString()) == got


def test_the_curve_is_theirs() -> None:
    np.testing.assert_allclose(summary.compute_curve(LABELS, SCORES, 5), CURVE, rtol=1e-6)


def pixels(image: Any) -> np.ndarray[Any, Any]:
    pillow = pytest.importorskip("PIL.Image", reason="reads the image back")
    return np.asarray(pillow.open(io.BytesIO(image.encoded_image_string)))


IMAGE = (np.arange(8 * 6 * 3) % 255).astype(np.uint8).reshape(8, 6, 3)
BOXES = np.array([[1.0, 1.0, 4.0, 5.0]])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("image", ("i", IMAGE, 1, "HWC")),
        ("image", ("i", IMAGE, 2, "hwc")),
        ("image", ("i", IMAGE[..., 0], 1, "HW")),
        ("image", ("i", IMAGE.transpose(2, 0, 1)[np.newaxis].repeat(3, 0), 1, "NCHW")),
        ("image_boxes", ("i", IMAGE, BOXES, 3, "HWC", None)),
    ],
)
def test_images_are_theirs(name: str, arguments: tuple[Any, ...]) -> None:
    (expected,) = getattr(tensorboardX.summary, name)(*arguments).value
    (got,) = getattr(summary, name)(*arguments).value
    assert (got.tag, got.image.height, got.image.width, got.image.colorspace) == (
        *(expected.tag, expected.image.height, expected.image.width, expected.image.colorspace),
    )
    np.testing.assert_array_equal(pixels(got.image), pixels(expected.image))


def test_images_without_a_tag_are_theirs() -> None:
    pillow = pytest.importorskip("PIL.Image", reason="draws")
    for arguments in ((IMAGE, 2), (IMAGE, 1, BOXES, ["x"])):
        expected = tensorboardX.summary.make_image(*arguments)
        np.testing.assert_array_equal(pixels(summary.make_image(*arguments)), pixels(expected))
    drawn = summary.draw_boxes(pillow.fromarray(IMAGE), BOXES)
    expected = tensorboardX.summary.draw_boxes(pillow.fromarray(IMAGE), BOXES)
    np.testing.assert_array_equal(np.asarray(drawn), np.asarray(expected))


def test_videos_and_sounds_say_what_they_are() -> None:
    pytest.importorskip("PIL", reason="writes GIF")
    video = summary.make_video(np.zeros((5, 8, 6, 3), np.uint8), 4)
    assert (video.height, video.width, video.colorspace) == (8, 6, 3)
    assert video.encoded_image_string.startswith(b"GIF8")
    (value,) = summary.audio("s", np.zeros(100), 8000).value
    assert (value.audio.length_frames, value.audio.sample_rate) == (100, 8000)
    assert value.audio.encoded_audio_string.startswith(b"RIFF")


ARRAY = np.random.default_rng(1).random((3, 5, 1, 4, 6)).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("_prepare_video", (ARRAY,)),
        ("_prepare_video", ((ARRAY * 255).astype(np.uint8),)),
        ("make_grid", (ARRAY[:, 0],)),
        ("make_grid", (ARRAY[:, 0].repeat(4, 1), 2)),
        ("convert_to_HWC", (ARRAY[0, 0], "CHW")),
        ("convert_to_HWC", (ARRAY[0, 0, 0], "wh")),
        ("convert_to_HWC", (ARRAY[:, 0], "NCHW")),
        ("convert_to_NTCHW", (ARRAY, "NTCHW")),
        ("convert_to_NTCHW", (ARRAY.transpose(4, 0, 3, 1, 2), "WNHTC")),
    ],
)
def test_arrays_are_laid_out_as_theirs(name: str, arguments: tuple[Any, ...]) -> None:
    got = getattr(utils, name)(*arguments)
    np.testing.assert_array_equal(got, getattr(tensorboardX.utils, name)(*arguments))


def test_figures_are_theirs() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="draws the figure")
    figure = pyplot.figure(figsize=(2, 1))
    pyplot.plot([1, 2])
    expected = tensorboardX.utils.figure_to_image(figure, close=False)
    np.testing.assert_array_equal(utils.figure_to_image(figure, close=False), expected)
    assert utils.figure_to_image([figure, figure]).shape == (2, *expected.shape)
    assert not pyplot.fignum_exists(figure.number)


def test_checksums_are_theirs() -> None:
    data = b"123456789"
    assert crc32c.crc32c(data) == crc32c._crc32c(data) == 0xE3069283
    assert crc32c.CRC_TABLE == importlib.import_module("tensorboardX.crc32c").CRC_TABLE
    assert crc32c.crc_update(crc32c.crc_update(0, data[:4]), data[4:]) == 0xE3069283
    assert record_writer.masked_crc32c(data) == 0xC78AB0E5
    assert crc32c.crc32c(list(data)) == 0xE3069283
    assert record_writer.u32(zlib.crc32(data) + 2**32) == zlib.crc32(data)


@pytest.mark.parametrize("name", ["$ave/&sound", "a b", "", "x-y"])
def test_names_for_tensorflow_are_theirs(name: str) -> None:
    theirs = importlib.import_module("tensorboardX.record_writer")
    assert record_writer.make_valid_tf_name(name) == theirs.make_valid_tf_name(name)


class Memory(io.BytesIO):
    def close(self) -> None:
        self.content = self.getvalue()


def test_a_registered_factory_opens_the_file(tmp_path: Path) -> None:
    opened: dict[str, Memory] = {}

    class Factory:
        def open(self, path: str) -> Memory:
            return opened.setdefault(path, Memory())

        def directory_check(self, path: str) -> None:
            opened[path] = Memory()

    with pytest.raises(ValueError, match="cannot contain a :"):
        record_writer.register_writer_factory("mem:", Factory())
    record_writer.register_writer_factory("mem", Factory())
    try:
        record_writer.directory_check("mem://a")
        writer = record_writer.RecordWriter("mem://a/b")
        writer.write(b"payload")
        with pytest.raises(io.UnsupportedOperation):
            writer.flush()  # it has a fileno(), which has none
        writer.close()
    finally:
        del record_writer.REGISTERED_FACTORIES["mem"]
    copy = tmp_path / "copy"
    copy.write_bytes(opened["mem://a/b"].content)
    assert payloads(copy) == [b"payload"]
    assert "mem://a" in opened
    record_writer.directory_check(str(tmp_path / "mem"))
    record_writer.directory_check(str(tmp_path / "mem"))


@pytest.mark.parametrize(("url", "package"), [("s3://b/x", "boto3"), ("gs://b/x", "google-cloud")])
def test_a_missing_object_store_is_one_error(
    url: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    monkeypatch.setitem(__import__("sys").modules, "google.cloud.storage", None)
    with pytest.raises(ImportError, match=package):
        record_writer.RecordWriter(url)


def test_s3_gets_the_whole_object_at_each_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = []

    class Client:
        def upload_fileobj(self, file: Any, bucket: str, path: str) -> None:
            uploads.append((file.read(), bucket, path))

    boto3: Any = type("boto3", (), {"client": staticmethod(lambda *_, **__: Client())})
    monkeypatch.setitem(__import__("sys").modules, "boto3", boto3)
    writer = record_writer.S3RecordWriter("s3://bucket/a/b")
    writer.write(b"12")
    writer.flush()
    writer.write(b"3")
    writer.close()
    assert uploads == [(b"12", "bucket", "a/b"), (b"123", "bucket", "a/b")]


def test_numbers_become_arrays(caplog: pytest.LogCaptureFixture) -> None:
    for values in ([1, 2], np.float32(3), 4, np.arange(3)):
        np.testing.assert_array_equal(x2num.make_np(values), np.array(values))
    assert not caplog.records
    x2num.make_np([float("nan")])
    assert "NaN or Inf found in input tensor." in caplog.text
    with pytest.raises(NotImplementedError, match="expected numpy array or torch tensor"):
        x2num.make_np(object())
    with pytest.raises(NotImplementedError, match="NoneType"):
        x2num.make_np(None)


def test_an_eventswriter_writes_at_once(tmp_path: Path) -> None:
    writers = [EventsWriter(str(tmp_path / "events"), ".x") for _ in range(2)]
    assert len(list(tmp_path.iterdir())) == 2, "of one second, yet not one file"
    writers[0].write_event(Event(wall_time=1.0, step=2))
    assert writers[0].flush()
    assert [Event.FromString(p).step for p in payloads(Path(writers[0]._file_name))] == [0, 2]
    with pytest.raises(TypeError, match="no"):
        writers[0].write_event("no event")  # type: ignore[arg-type]
    for writer in writers:
        assert writer.close()


def test_the_files_name_is_where_programs_look(tmp_path: Path) -> None:
    writer = EventFileWriter(str(tmp_path))
    assert Path(writer._ev_writer._file_name) == only_file(tmp_path)
    writer.close()


def test_the_projectors_files_are_theirs(tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="tensorboardX writes the sprite with it")
    points, labels = np.arange(6, dtype=np.float32).reshape(3, 2) / 10, ["a", "b", "c"]
    images = np.random.default_rng(2).random((3, 3, 4, 4))
    theirs = importlib.import_module("tensorboardX.embedding")
    ours = importlib.import_module("tbx_native.compat.tensorboardx.embedding")
    for module in (theirs, ours):
        folder = tmp_path / module.__name__
        folder.mkdir()
        module.make_mat(points, str(folder))
        module.make_tsv(labels, str(folder))
        module.make_sprite(images, str(folder))
        module.append_pbtxt(labels, images, str(folder), "00001/x", 1, "x")
    read = [
        {path.name: path.read_bytes() for path in (tmp_path / module.__name__).iterdir()}
        for module in (theirs, ours)
    ]
    assert read[0].keys() == read[1].keys()
    assert read[0]["metadata.tsv"] == read[1]["metadata.tsv"]
    configs = [
        text_format.Parse(files["projector_config.pbtxt"].decode(), ProjectorConfig())
        for files in read
    ]
    assert configs[0] == configs[1]
    numbers = [np.loadtxt(io.BytesIO(files["tensors.tsv"])) for files in read]
    np.testing.assert_allclose(numbers[0], numbers[1], rtol=1e-6)


def test_the_projectors_files_are_uploaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploaded: dict[str, bytes] = {}

    class Client:
        def upload_fileobj(self, file: io.BytesIO, bucket: str, path: str) -> None:
            uploaded[f"{bucket} {path}"] = file.read()

    boto3: Any = type("boto3", (), {"client": staticmethod(lambda *_, **__: Client())})
    monkeypatch.setitem(__import__("sys").modules, "boto3", boto3)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s3:/bucket/run").mkdir(parents=True)
    ours = importlib.import_module("tbx_native.compat.tensorboardx.embedding")
    ours.make_mat(np.ones((2, 2)), "s3://bucket/run")
    ours.make_tsv(["a", "b"], "s3://bucket/run")
    ours.make_sprite(np.zeros((2, 3, 4, 4)), "s3://bucket/run")
    ours.append_pbtxt(["a", "b"], None, "s3://bucket/run", "00001/x", 1, "x")
    assert uploaded == {
        f"bucket run/{path.name}": path.read_bytes()
        for path in (tmp_path / "s3:/bucket/run").iterdir()
    }
    assert len(uploaded) == 4


def test_lightnings_way_of_hparams(tmp_path: Path) -> None:
    with tensorboardx.SummaryWriter(log_dir=str(tmp_path)) as writer:
        for message in summary.hparams({"lr": 0.1}, {"accuracy": 1.0}):
            writer._get_file_writer().add_summary(message, 3)
    found = [Event.FromString(payload) for payload in payloads(only_file(tmp_path))][1:]
    tags = [event.summary.value[0].tag for event in found]
    assert tags == [f"_hparams_/{n}" for n in ("experiment", "session_start_info")] + [
        "_hparams_/session_end_info"
    ]
    assert isinstance(writer, tbx_native.SummaryWriter)
