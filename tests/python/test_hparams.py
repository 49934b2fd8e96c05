"""add_hparams() of both faces, against both packages' messages and TensorBoard's hparams page."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.hparams import backend_context, list_session_groups
from tensorboard.plugins.hparams.api_pb2 import ListSessionGroupsRequest, Status
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

import tbx_native
from tbx_native._finished_files import FinishedFiles
from tbx_native.compat import torch as torch_face
from tbx_native.errors import WriteFailedWarning
from tbx_native.file_writer import FileWriter
from tbx_native.plugins.hparams import hparams
from tests.python.event_files import events, payloads, points
from tests.python.programs import run_program

torch = pytest.importorskip("torch")
tensorboardX_summary = pytest.importorskip("tensorboardX.summary")

HPARAMS: dict[str, Any] = {
    "lr": 0.25,
    "layers": 3,
    "bias": True,
    "optimizer": "adam",
    "seed": None,
    "act": max,
}
METRICS = {"hparam/accuracy": 1, "hparam/loss": 0.5}


def _content(summary: Any) -> HParamsPluginData:
    (value,) = summary.value
    assert value.metadata.plugin_data.plugin_name == "hparams"
    return HParamsPluginData.FromString(value.metadata.plugin_data.content)


def _described(summaries: Any) -> list[tuple[str, Any]]:
    return [(summary.value[0].tag, _content(summary)) for summary in summaries]


def _page(log_directory: Path) -> dict[str, Any]:
    """The rows that TensorBoard's page shows: (status, hyperparameters, metrics) by name."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(log_directory))
    multiplexer.Reload()
    context = backend_context.Context(
        type("Context", (), {"data_provider": MultiplexerDataProvider(multiplexer, "")})()
    )
    request = RequestContext()
    experiment = context.experiment_from_metadata(
        request, "", True, context.hparams_metadata(request, ""), []
    )
    columns = ListSessionGroupsRequest(
        start_index=0, slice_size=100, allowed_statuses=list(Status.values())
    )
    for metric in experiment.metric_infos:
        columns.col_params.add(metric=metric.name)
    groups = list_session_groups.Handler(
        request,
        backend_context=context,
        experiment_id="",
        request=columns,
    ).run()
    rows = {}
    for group in groups.session_groups:
        (session,) = group.sessions
        metrics = {
            value.name.tag: (value.value, value.training_step) for value in group.metric_values
        }
        values = {
            name: getattr(value, value.WhichOneof("kind")) for name, value in group.hparams.items()
        }
        rows[session.name] = session.status, values, metrics
    return rows


def test_messages_are_those_of_tensorboardx() -> None:
    theirs = tensorboardX_summary.hparams(HPARAMS, METRICS)
    assert _described(hparams(HPARAMS, METRICS)) == _described(theirs)


def test_messages_are_those_of_torch() -> None:
    from torch.utils.tensorboard.summary import hparams as torch_hparams

    numbers: dict[str, Any] = {
        "lr": 0.25,
        "layers": 3,
        "bias": True,
        "optimizer": "adam",
        "seed": None,
    }
    numbers["tensor"] = torch.tensor([0.5])
    domains: dict[str, Any] = {
        "lr": [0.25, 0.5],
        "optimizer": ["adam", "sgd"],
        "bias": [True, False],
    }
    theirs = cast(Any, torch_hparams)(numbers, METRICS, domains)
    ours = hparams(numbers, METRICS, domains, bools_as_numbers=True)
    assert _described(ours) == _described(theirs)


def test_a_domain_of_bools_is_of_bools() -> None:
    content = _content(hparams({"bias": True}, {}, {"bias": [True, False]}).experiment)
    (info,) = content.experiment.hparam_infos
    assert [value.bool_value for value in info.domain_discrete.values] == [True, False]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.bool_(True), True),
        (np.array([0.5]), 0.5),
        (torch.tensor(3), 3.0),
        (torch.tensor([[0.5]], dtype=torch.bfloat16, requires_grad=True), 0.5),
        ([1, "a"], "[1, 'a']"),
        ((1, 2), "(1, 2)"),
        (Path("data/train"), "data/train"),
        (np.array([1, 2]), "[1 2]"),
        (np.array([], int), "[]"),
        ({"a": 1}, "{'a': 1}"),
        (1j, "1j"),
        (torch.nn.ReLU, "ReLU"),
    ],
)
def test_values_that_tensorboardx_leaves_out_are_shown(value: Any, shown: object) -> None:
    content = _content(hparams({"name": value}, {}).session_start_info)
    stored = content.session_start_info.hparams["name"]
    assert getattr(stored, stored.WhichOneof("kind")) == shown
    assert type(getattr(stored, stored.WhichOneof("kind"))) is type(shown)


def _open_ours(directory: Path, **options: Any) -> Any:
    return tbx_native.SummaryWriter(str(directory), **options)


def _open_torchs(directory: Path, **options: Any) -> Any:
    return torch_face.SummaryWriter(str(directory), **options)


def test_events_are_those_of_tensorboardx(tmp_path: Path) -> None:
    import tensorboardX

    for directory, package in (("ours", tbx_native), ("theirs", tensorboardX)):
        with package.SummaryWriter(str(tmp_path / directory)) as writer:
            writer.add_hparams(HPARAMS, METRICS, "trial", 7)
    ours, theirs = (events(tmp_path / name / "trial") for name in ("ours", "theirs"))
    assert _comparable(ours) == _comparable(theirs)
    assert points(tmp_path / "ours/trial")[-2:] == [
        ("hparam/accuracy", 7, 1.0),
        ("hparam/loss", 7, 0.5),
    ]


def test_events_are_those_of_torch(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    values = {"lr": 0.25, "bias": True, "optimizer": "adam"}
    for directory, kind in (("ours", torch_face.SummaryWriter), ("theirs", SummaryWriter)):
        with kind(str(tmp_path / directory)) as writer:
            writer.add_hparams(values, METRICS, {"lr": [0.25, 1.0]}, "trial", 7)
    ours, theirs = (events(tmp_path / name / "trial") for name in ("ours", "theirs"))
    assert _comparable(ours) == _comparable(theirs)
    assert [event.step for event in ours] == [7] * 5


def _comparable(found: list[Any]) -> list[Any]:
    return [
        (event.step, value.tag, value.simple_value, _plugin(value))
        for event in found
        for value in event.summary.value
    ]


def _plugin(value: Any) -> Any:
    data = value.metadata.plugin_data
    return data.plugin_name and HParamsPluginData.FromString(data.content)


@pytest.mark.parametrize("open_writer", [_open_ours, _open_torchs])
def test_tensorboards_page_shows_a_row_for_each_call(
    open_writer: Callable[..., Any], tmp_path: Path
) -> None:
    with open_writer(tmp_path) as writer:
        for trial in range(3):
            metrics = {"accuracy of it": trial / 4}
            writer.add_hparams(
                {"lr": 0.5 * trial}, metrics, run_name=f"trial{trial}", global_step=trial
            )
    tag = "accuracy_of_it" if open_writer is _open_ours else "accuracy of it"
    assert _page(tmp_path) == {
        f"trial{trial}": (
            Status.Value("STATUS_SUCCESS"),
            {"lr": 0.5 * trial},
            {tag: (trial / 4, trial)},
        )
        for trial in range(3)
    }


@pytest.mark.parametrize(
    ("open_writer", "name"),
    [(_open_ours, ""), (_open_ours, "."), (_open_ours, "a/.."), (_open_torchs, ".")],
)
def test_the_run_itself_can_be_the_row(
    open_writer: Callable[..., Any], name: str, tmp_path: Path
) -> None:
    with open_writer(tmp_path / "run") as writer:
        writer.add_scalar("loss", 1.0, 0)
        writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, run_name=name, global_step=1)
        writer.add_scalar("loss", 0.125, 2)
    assert len(list((tmp_path / "run").rglob("*tfevents*"))) == 1
    assert _page(tmp_path)["run"][1:] == ({"lr": 0.5}, {"loss": (0.125, 2)})


def test_an_absolute_name_within_the_run_is_that_directory(tmp_path: Path) -> None:
    with _open_torchs(tmp_path) as writer:
        writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, run_name=str(tmp_path))
        writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, run_name=str(tmp_path / "below"))
    assert len(events(tmp_path)) == len(events(tmp_path / "below")) == 4


def test_a_name_by_way_of_a_symbolic_link_is_the_run_itself(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with _open_torchs(tmp_path / "link" / "run") as writer:
        (tmp_path / "real" / "run" / "below").mkdir()
        writer.add_hparams({"lr": 0.5}, {}, run_name=os.path.realpath(tmp_path / "link" / "run"))
        writer.add_hparams({"lr": 0.5}, {}, run_name=str(tmp_path / "real" / "run" / "below"))
    assert len(events(tmp_path / "real" / "run")) == 3
    assert len(events(tmp_path / "real" / "run" / "below")) == 3


@pytest.mark.parametrize("open_writer", [_open_ours, _open_torchs])
def test_a_name_may_lead_anywhere(open_writer: Callable[..., Any], tmp_path: Path) -> None:
    with open_writer(tmp_path / "run") as writer:
        for name in (str(tmp_path / "beside"), "../relative"):
            writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, run_name=name)
    assert len(events(tmp_path / "beside")) == len(events(tmp_path / "relative")) == 4


@pytest.mark.parametrize("open_writer", [_open_ours, _open_torchs])
def test_a_row_without_a_name_is_called_after_the_time(
    open_writer: Callable[..., Any], tmp_path: Path
) -> None:
    before = time.time()
    with open_writer(tmp_path, filename_suffix=".mine") as writer:
        writer.add_hparams({"lr": 0.5}, {"loss": 0.25})
    (directory,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert before <= float(directory.name) <= time.time()
    (file,) = directory.iterdir()
    assert file.name.endswith(".mine")


def test_use_metadata_reaches_metrics_and_log_freq_skips_none(tmp_path: Path) -> None:
    with (
        _open_ours(tmp_path, log_freq=10) as writer,
        writer.use_metadata(global_step=3, walltime=5.0),
    ):
        writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, "trial")
    found = events(tmp_path / "trial")
    assert [event.step for event in found] == [0, 0, 0, 3]
    assert {event.wall_time for event in found} == {5.0}


def test_everything_is_in_the_file_after_flush(tmp_path: Path) -> None:
    with _open_ours(tmp_path) as writer:
        for name in ("a", "b", "a"):
            writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, name)
        writer.flush()
        assert len(events(tmp_path / "a")) == 8
        assert len(events(tmp_path / "b")) == 4


def test_the_first_file_of_a_row_is_complete_before_there_is_a_second(tmp_path: Path) -> None:
    with _open_ours(tmp_path) as writer:
        for _ in range(20):
            writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, "trial")
            *complete, _newest = sorted((tmp_path / "trial").iterdir())
            assert all(len(payloads(path)) == 5 for path in complete)


def test_files_are_closed_while_the_writer_is_open(tmp_path: Path) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    with _open_ours(tmp_path) as writer:
        writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, "first")
        before = descriptors()
        for trial in range(50):
            writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, str(trial))
        deadline = time.monotonic() + 30
        while descriptors() > before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert descriptors() <= before
        assert all(len(events(tmp_path / str(trial))) == 4 for trial in range(50))
        writer.add_scalar("still", 1.0)


def test_write_to_disk_false_checks_and_writes_nothing(tmp_path: Path) -> None:
    with _open_ours(tmp_path / "run", write_to_disk=False) as writer:
        writer.add_hparams({"lr": 0.5}, {"loss": 0.25}, "trial")
        with pytest.raises(TypeError, match="'loss'"):
            writer.add_hparams({"lr": 0.5}, {"loss": "low"})
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        (([("lr", 1)], {}), TypeError, "list"),
        (({}, None), TypeError, "NoneType"),
        (({1: 2}, {}), TypeError, "hyperparameter"),
        (({}, {1: 2}), TypeError, "1"),
        (({"\ud800": 2}, {}), ValueError, "UTF-8"),
        (({"lr": "\ud800"}, {}), ValueError, "lr"),
        (({"lr": 10**400}, {}), ValueError, "lr"),
        (({}, {"loss": "low"}), TypeError, "loss"),
        (({}, {"loss": [1, 2]}), ValueError, "loss"),
        (({}, {}, "a\0b"), ValueError, "directory"),
        (({}, {}, 3), TypeError, "name"),
        (({}, {}, "trial", 1.5), ValueError, "step"),
    ],
)
def test_bad_arguments_are_refused_and_nothing_is_written(
    arguments: tuple[Any, ...], error: type[Exception], named: str, tmp_path: Path
) -> None:
    with _open_ours(tmp_path) as writer:
        with pytest.raises(error, match=named):
            writer.add_hparams(*arguments)
        writer.add_scalar("loss", 1.0)
    assert points(tmp_path) == [("loss", 0, 1.0)]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "domains", [{"lr": ["a"]}, {"lr": 0.5}, {"other": [1.0]}, [("lr", [1.0])], {"lr": [1.0, None]}]
)
def test_domains_are_lists_of_the_hyperparameters_type(domains: Any, tmp_path: Path) -> None:
    with _open_torchs(tmp_path) as writer, pytest.raises(TypeError, match="hparam_domain_discrete"):
        writer.add_hparams({"lr": 0.5}, {}, domains)


def test_a_file_that_cannot_be_closed_is_told_of_by_the_next_call(tmp_path: Path) -> None:
    with _open_ours(tmp_path) as writer:
        writer.add_scalar("loss", 1.0)
        run_file = writer._get_file_writer()

        class OnAFullDisk:
            event_writer = run_file.event_writer
            get_logdir = run_file.get_logdir

            def close(self) -> None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "the file")

        finished = FinishedFiles()
        finished.add(cast(FileWriter, OnAFullDisk()))
        deadline = time.monotonic() + 30
        while finished.has_one_in(str(tmp_path)) and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.warns(WriteFailedWarning, match="No space left.*tried again"):
            writer.add_scalar("loss", 1.0)


def test_a_signal_handler_may_add_hparams_too() -> None:
    run_program(
        """
    import signal
    from tbx_native._finished_files import FinishedFiles

    finished = FinishedFiles()
    calls = 0

    def handle(number, frame):
        global calls
        calls += 1
        finished.has_one_in("run")

    signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    while calls < 100:
        finished.has_one_in("run")
    signal.setitimer(signal.ITIMER_REAL, 0)
    """
    )
