"""Graphs of both faces, against both packages' events."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.graph_pb2 import GraphDef

import tbx_native
from tbx_native.compat import torch as torch_face
from tbx_native.file_writer import DummyFileWriter
from tests.python.event_files import events

torch = pytest.importorskip("torch")
tensorboardX = pytest.importorskip("tensorboardX")

# Of the tracer, which is torch's own.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The input to trace is already a ScriptModule"),
]


def _open_torchs_own(directory: str) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(directory)


FACES = [
    (tbx_native.SummaryWriter, tensorboardX.SummaryWriter),
    (torch_face.SummaryWriter, _open_torchs_own),
]


def _graphs(directory: Path) -> list[tuple[Any, ...]]:
    """What the events hold but for wall times, parsed: the order of maps is arbitrary."""
    return [
        (
            event.step,
            GraphDef.FromString(event.graph_def),
            event.tagged_run_metadata.tag,
            RunMetadata.FromString(event.tagged_run_metadata.run_metadata),
        )
        for event in events(directory)
    ]


Module: Any = torch.nn.Module


class Model(Module):  # type: ignore[misc]  # its base has no types
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)

    def forward(self, x: Any) -> Any:
        return torch.relu(self.layer(x))


class DictModel(Model):
    def forward(self, x: Any) -> Any:
        return {"out": self.layer(x)}


@pytest.mark.parametrize(("ours", "theirs"), FACES)
def test_a_torch_model_gives_the_same_events(
    ours: Callable[..., Any], theirs: Callable[..., Any], tmp_path: Path
) -> None:
    model = Model()
    for name, open_writer in (("ours", ours), ("theirs", theirs)):
        with open_writer(str(tmp_path / name)) as writer:
            writer.add_graph(model, torch.zeros(1, 3))
    found = _graphs(tmp_path / "ours")
    assert found == _graphs(tmp_path / "theirs")
    assert {node.op for node in found[0][1].node} >= {"aten::linear", "aten::relu"}
    assert len(found[1][3].step_stats.dev_stats) == 1


def test_a_scripted_model_and_a_strict_trace(tmp_path: Path, capsys: Any) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_graph(torch.jit.script(torch.nn.Linear(3, 2)), torch.zeros(1, 3))
        with pytest.raises(RuntimeError, match="strict"):
            writer.add_graph(DictModel(), torch.zeros(1, 3))
        writer.add_graph(DictModel(), torch.zeros(1, 3), use_strict_trace=False)
        capsys.readouterr()
        writer.add_graph(Model(), torch.zeros(1, 3), True)
        assert "aten::linear" in capsys.readouterr().out
    assert len(_graphs(tmp_path)) == 6


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        with pytest.raises(TypeError, match="function"):
            writer.add_graph(lambda x: x, torch.zeros(1, 3))
    assert not events(tmp_path)


def test_tensorboard_loads_the_graph(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with tbx_native.SummaryWriter(tmp_path) as writer:
        writer.add_graph(Model(), torch.zeros(1, 3))
    accumulator = EventAccumulator(str(tmp_path)).Reload()
    assert any(node.op == "aten::linear" for node in accumulator.Graph().node)
    assert accumulator.Tags()["run_metadata"] == ["profiler"]


@pytest.fixture
def onnx_file(tmp_path: Path) -> Path:
    onnx = pytest.importorskip("onnx")
    helper, numbers = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["h"], alpha=0.5, transB=1),
        helper.make_node("Relu", ["h"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "model",
        [
            helper.make_tensor_value_info("x", numbers, [1, 3]),
            helper.make_tensor_value_info("w", numbers, ["batch", 3]),
        ],
        [helper.make_tensor_value_info("y", numbers, [1, 2])],
    )
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph), str(path))
    return path


@pytest.mark.parametrize(("ours", "theirs"), FACES)
def test_an_onnx_model_gives_the_same_event_and_prints_nothing(
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    onnx_file: Path,
    tmp_path: Path,
    capsys: Any,
) -> None:
    with ours(str(tmp_path / "ours")) as writer:
        writer.add_onnx_graph(str(onnx_file))
    assert capsys.readouterr().out == ""
    with theirs(str(tmp_path / "theirs")) as writer:
        writer.add_onnx_graph(str(onnx_file))
    assert _graphs(tmp_path / "ours") == _graphs(tmp_path / "theirs")
    assert len(_graphs(tmp_path / "ours")[0][1].node) == 5


OPENVINO = """<?xml version="1.0" ?>
<net name="model" version="10">
  <layers>
    <layer id="0" name="input"/> <layer id="1" name="weights"/> <layer id="2" name="dense"/>
  </layers>
  <edges>
    <edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>
    <edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>
  </edges>
</net>
"""


def test_an_openvino_model_gives_the_same_event(tmp_path: Path) -> None:
    (tmp_path / "model.xml").write_text(OPENVINO)
    for name, package in (("ours", tbx_native), ("theirs", tensorboardX)):
        with package.SummaryWriter(str(tmp_path / name)) as writer:
            writer.add_openvino_graph(str(tmp_path / "model.xml"))
    assert _graphs(tmp_path / "ours") == _graphs(tmp_path / "theirs")
    assert [node.name for node in _graphs(tmp_path / "ours")[0][1].node] == ["dense", "dense"]


@pytest.mark.parametrize(
    ("method", "content"),
    [
        ("add_onnx_graph", b"no model"),
        ("add_openvino_graph", b"no model"),
        ("add_openvino_graph", b"<html/>"),
        ("add_openvino_graph", OPENVINO.replace('id="2"', 'id="3"').encode()),
    ],
)
def test_files_without_a_model_are_refused(method: str, content: bytes, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    path = tmp_path / "model"
    path.write_bytes(content)
    with tbx_native.SummaryWriter(tmp_path / "run") as writer:
        with pytest.raises(ValueError, match="'.*/model' is no"):
            getattr(writer, method)(path)
        with pytest.raises(FileNotFoundError):
            getattr(writer, method)(tmp_path / "missing")
    assert not events(tmp_path / "run")


def test_file_writers_take_graphs_with_a_wall_time(tmp_path: Path) -> None:
    graph, metadata = GraphDef(), RunMetadata()
    graph.node.add(name="a", op="b")
    with pytest.raises(TypeError, match="not a protobuf message: bytes"):
        tbx_native.FileWriter(tmp_path / "bad").add_graph((b"graph", metadata))  # type: ignore[arg-type]
    writer = tbx_native.FileWriter(tmp_path / "run")
    for file_writer in (writer, DummyFileWriter(tmp_path / "none")):
        file_writer.add_graph((graph, metadata), walltime=5.0)
        file_writer.add_onnx_graph(graph, walltime=6.0)
        file_writer.add_openvino_graph(graph, 7.0)
        file_writer.close()
    found = events(tmp_path / "run")
    assert [event.wall_time for event in found] == [5.0, 5.0, 6.0, 7.0]
    assert [event.graph_def for event in found if event.graph_def] == [
        graph.SerializeToString()
    ] * 3
    assert not (tmp_path / "none").exists()


def test_write_to_disk_false_does_not_trace(tmp_path: Path) -> None:
    class Untraceable(Model):
        def forward(self, x: Any) -> Any:
            raise RuntimeError("was run")

    with tbx_native.SummaryWriter(tmp_path / "run", write_to_disk=False) as writer:
        writer.add_graph(Untraceable(), torch.zeros(1, 3))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("missing", "method", "named"),
    [
        ("onnx", "add_onnx_graph", r"tbx_native\[onnx\]"),
        ("torch.utils.tensorboard._pytorch_graph", "add_graph", "pip install torch tensorboard"),
    ],
)
def test_a_missing_package_is_one_import_error(
    missing: str, method: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with tbx_native.SummaryWriter(tmp_path) as writer:
        with pytest.raises(ImportError, match=named):
            getattr(writer, method)(tmp_path / "model")
    assert not events(tmp_path)
