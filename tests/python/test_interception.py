"""Tools that replace methods to see what is logged: every event passes them, and is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tbx_native
import tbx_native.compat.tensorboardx.writer
import tbx_native.compat.torch.writer
from tbx_native.proto.event import Event
from tests.python.event_files import payloads_by_directory

FACES = [tbx_native.compat.tensorboardx.writer, tbx_native.compat.torch.writer]


def write_everything(writer: Any) -> None:
    writer.add_scalar("loss", 0.5, 3, 1.0)
    writer.add_histogram("weights", np.arange(10.0), 4, walltime=2.0)
    writer.add_text("note", "words", 5, 3.0)
    writer.add_scalars("compare", {"a": 1.0, "b": 2.0}, 6, 4.0)
    writer.add_hparams({"lr": 0.1}, {"accuracy": 0.9}, run_name="row")
    writer.close()
    writer.add_scalar("again", 1.5, 7, 5.0)
    writer.close()


def written(folder: Path) -> dict[Any, list[Any]]:
    """The events in each directory, without the times that differ from run to run."""
    events = {}
    for directory, files in payloads_by_directory(folder).items():
        messages = [Event.FromString(payload) for payload in files]
        for event in messages:
            if str(directory) == "row" or not event.HasField("summary"):
                event.wall_time = 0
        events[directory] = messages
    return events


def replace(monkeypatch: pytest.MonkeyPatch, kind: type, name: str, seen: list[Any]) -> None:
    original: Callable[..., Any] = getattr(kind, name)

    def tapped(self: Any, message: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(type(message).FromString(message.SerializeToString()))
        return original(self, message, *args, **kwargs)

    monkeypatch.setattr(kind, name, tapped)


@pytest.mark.parametrize("module", FACES)
@pytest.mark.parametrize("method", ["add_event", "add_summary"])
def test_a_replaced_method_of_filewriter_sees_every_event(
    module: Any, method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_everything(module.SummaryWriter(str(tmp_path / "plain")))
    seen: list[Any] = []
    replace(monkeypatch, module.FileWriter, method, seen)
    write_everything(module.SummaryWriter(str(tmp_path / "tapped")))
    summaries = [message.summary if method == "add_event" else message for message in seen]
    tags = [value.tag for summary in summaries for value in summary.value]
    assert [tag for tag in tags if not tag.startswith("_hparams_")] == [
        *("loss", "weights", "note/text_summary", "compare", "compare", "accuracy", "again")
    ]
    assert sum(tag.startswith("_hparams_") for tag in tags) == 3
    assert written(tmp_path / "plain") == written(tmp_path / "tapped")


@pytest.mark.parametrize("module", FACES)
def test_a_replaced_class_makes_the_event_files(
    module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    original = module.EventFileWriter

    class Watching(original):  # type: ignore[misc,valid-type]  # as wandb does it
        def __init__(self, logdir: str, *args: Any, **kwargs: Any) -> None:
            made.append(logdir)
            super().__init__(logdir, *args, **kwargs)

    monkeypatch.setattr(module, "EventFileWriter", Watching)
    with module.SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", 1.0, 0)
        assert isinstance(writer.file_writer.event_writer, Watching)
    assert made == [str(tmp_path)]
    assert sum(map(len, payloads_by_directory(tmp_path).values())) == 2


def test_a_replaced_class_may_see_events_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    class Watching(tbx_native.EventFileWriter):
        def add_event(self, event: Any) -> None:
            seen.append(event)
            super().add_event(event)

    monkeypatch.setattr(tbx_native.compat.tensorboardx.writer, "EventFileWriter", Watching)
    with tbx_native.compat.tensorboardx.writer.SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", 1.0, 2)
        writer._get_file_writer().add_summary(seen[0].summary, 3)
    assert [event.step for event in seen] == [2, 3]


def test_an_exception_of_the_tool_is_the_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise KeyError("tool")

    monkeypatch.setattr(tbx_native.FileWriter, "add_event", fail)
    with tbx_native.SummaryWriter(str(tmp_path)) as writer:
        with pytest.raises(KeyError, match="tool"):
            writer.add_scalar("loss", 1.0)
        monkeypatch.undo()
        writer.close()
        writer.add_scalar("loss", 1.0)


def test_a_file_that_was_closed_by_hand_is_followed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(monkeypatch, tbx_native.FileWriter, "add_event", [])
    with tbx_native.SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", 1.0, 0)
        writer._get_file_writer().close()
        writer.add_scalar("loss", 2.0, 1)
    files = list(tmp_path.iterdir())
    assert len(files) == 2
