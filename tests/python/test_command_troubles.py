"""The tbx-native command on odd paths, odd events and closed streams."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.figure
import pytest

from tbx_native import EventReader, _core
from tbx_native._command_line import main
from tbx_native.proto import event

NAME = "events.out.tfevents.1.host"
Output = pytest.CaptureFixture[str]


def number(value: float, step: int = 0, wall_time: float = 5.0, tag: str = "a") -> Any:
    made = event.Event(wall_time=wall_time, step=step)
    made.summary.value.add(tag=tag, simple_value=value)
    return made


def write(directory: Path, events: Sequence[Any]) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / NAME
    version = event.Event(wall_time=1, file_version="brain.Event:2")
    with file.open("wb") as out:
        for made in [version, *events]:
            out.write(_core.frame(made.SerializeToString()))
    return file


def test_what_cannot_be_read_is_no_event_file(tmp_path: Path, capsys: Output) -> None:
    write(tmp_path, [number(1)])
    (tmp_path / "nowhere.tfevents").symlink_to(tmp_path / "missing")
    pipe = tmp_path / "pipe.tfevents"
    os.mkfifo(pipe)
    (tmp_path / "again").symlink_to(tmp_path)
    assert [file.path for file in EventReader(tmp_path).files()] == [str(tmp_path / NAME)]
    with pytest.raises(ValueError, match="neither a file nor a directory"):
        EventReader(pipe)
    assert main(["verify", str(tmp_path)]) == 0
    assert "1 files, 2 records: all sound" in capsys.readouterr().out


def test_links_that_do_not_lead_back_are_followed(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", [number(1)])
    (tmp_path / "logs").mkdir()
    for name in ("one", "two"):
        (tmp_path / "logs" / name).symlink_to(tmp_path / "elsewhere")
    assert EventReader(tmp_path / "logs").runs() == ["one", "two"]


def test_a_directory_that_cannot_be_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    write(tmp_path, [number(1)])
    (tmp_path / "closed").mkdir()
    list_directory = os.scandir

    def scandir(path: str) -> Any:
        if os.fspath(path).endswith("closed"):  # also for root, who may list all
            raise PermissionError(13, "Permission denied", path)
        return list_directory(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert main(["verify", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert str(tmp_path / "closed") in error and error.count("\n") == 1


@pytest.mark.parametrize(
    "command", ["verify", "repair", "export", "plot", "diff", "tail", "downsample"]
)
def test_nothing_to_work_on_is_told(command: str, tmp_path: Path, capsys: Output) -> None:
    output = str(tmp_path / "out")
    arguments = {"repair": [output], "diff": [str(tmp_path)], "downsample": ["-o", output]}
    assert main([command, str(tmp_path), *arguments.get(command, [])]) == 2
    assert capsys.readouterr().err == f"tbx-native {command}: {tmp_path} has no event files\n"


@pytest.mark.parametrize("wall_time", [float("nan"), float("inf"), -float("inf"), 1e300, -3.0])
def test_odd_wall_times(wall_time: float, tmp_path: Path, capsys: Output) -> None:
    file = write(tmp_path / "run", [number(1, 0, wall_time), number(2, 1, 5)])
    file.write_bytes(file.read_bytes()[40:])  # the version told a wall time, too
    for command in ("inspect", "tail", "export"):
        assert main([command, str(file)]) == 0, capsys.readouterr().err
    assert main(["merge", str(file), "-o", str(tmp_path / "merged")]) == 0
    assert EventReader(tmp_path / "merged").scalars("a").values.tolist() == [1, 2]
    version, *_ = EventReader(tmp_path / "merged").events(raw=False)
    assert version.file_version and math.isfinite(version.wall_time)


def test_downsample_tells_numbers_from_tensors_of_their_tag(tmp_path: Path) -> None:
    events = []
    for step in range(20):
        tensor = event.Event(wall_time=5, step=step)
        of = tensor.summary.value.add(tag="a").tensor
        of.dtype = 1
        of.tensor_shape.dim.add(size=2)
        of.float_val.extend([step, 2])
        events += [number(step % 7, step), tensor]
    write(tmp_path / "run", events)
    output = tmp_path / "fewer"
    assert main(["downsample", str(tmp_path / "run"), "-o", str(output), "--points", "4"]) == 0
    reader = EventReader(output)
    assert reader.scalars("a").steps.tolist() == [0, 6, 19]
    assert [tensor.tolist() for tensor in reader.tensors("a")] == [[step, 2] for step in range(20)]


@pytest.mark.parametrize("command", ["export", "plot"])
def test_the_input_is_not_overwritten(command: str, tmp_path: Path, capsys: Output) -> None:
    file = write(tmp_path, [number(1)])
    content = file.read_bytes()
    assert main([command, str(tmp_path), "-o", str(file)]) == 2
    assert "it cannot be the output" in capsys.readouterr().err
    assert file.read_bytes() == content


def test_plot_shows_names_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in ("_a$^^$", "b"):
        write(tmp_path / run, [number(1, 0, tag="loss $x^^$"), number(2, 1, tag="loss $x^^$")])
    shown: list[str] = []
    save = matplotlib.figure.Figure.savefig

    def savefig(figure: Any, *arguments: Any, **options: Any) -> None:
        save(figure, *arguments, **options)
        (panel,) = figure.axes
        shown.extend([panel.get_title(), *(text.get_text() for text in panel.get_legend().texts)])

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", savefig)
    assert main(["plot", str(tmp_path), "-o", str(tmp_path / "out.png")]) == 0
    assert shown == ["loss $x^^$", "./_a$^^$", "b"]


def test_tail_tells_a_tag_that_is_not_there(tmp_path: Path, capsys: Output) -> None:
    write(tmp_path, [number(1, tag="loss")])
    assert main(["tail", str(tmp_path), "--tags", "los"]) == 2
    assert "did you mean 'loss'?" in capsys.readouterr().err


def test_json_of_what_was_done(tmp_path: Path, capsys: Output) -> None:
    run = write(tmp_path / "run", [number(1), number(2, 1)]).parent
    for command, expected in {
        "recover": {"queues": 0, "events": 0, "unwanted": 0, "errors": []},
        "merge": {"output": str(tmp_path / "merge"), "events": 3, "files": 1},
        "downsample": {"output": str(tmp_path / "downsample"), "points": 2, "points_before": 2},
    }.items():
        output = [] if command == "recover" else ["-o", str(tmp_path / command)]
        assert main([command, "--json", str(run), *output]) == 0
        assert json.loads(capsys.readouterr().out) == expected


def test_closed_streams(tmp_path: Path) -> None:
    write(tmp_path, [number(1)])
    for closing in (">&-", "2>&-", ">&- 2>&-"):
        line = f'exec "$0" -m tbx_native inspect "$1" {closing}'
        shell = ["sh", "-c", line, sys.executable, str(tmp_path)]
        done = subprocess.run(shell, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), closing


def test_a_program_that_is_missing_is_named(capsys: Output) -> None:
    assert main(["run", "--", "no-such-program"]) == 2
    assert "directory: 'no-such-program'" in capsys.readouterr().err


def test_files_that_are_read_take_no_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in ("a", "b"):
        write(tmp_path / run, [number(1)])
    reader = EventReader(tmp_path)
    reader.read()
    monkeypatch.setattr("concurrent.futures.ThreadPoolExecutor", None)
    assert len(reader.scalars("a", "a").values) == 1
    assert reader.tags()["scalars"] == ["a"]


def test_repair_leaves_no_half_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    file = write(tmp_path / "run", [number(1)])

    def fsync(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    assert main(["repair", str(file), str(tmp_path / "copy")]) == 2
    assert "No space left" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["run"]


def test_repair_in_place_keeps_links(tmp_path: Path) -> None:
    file = write(tmp_path / "run", [number(1), number(2, 1)])
    whole = file.read_bytes()
    file.write_bytes(whole + b"torn")
    link = tmp_path / NAME
    link.symlink_to(file)
    assert main(["repair", "--in-place", str(link)]) == 0
    assert link.is_symlink() and file.read_bytes() == whole


def test_inspect_tells_hyperparameters_that_are_none(tmp_path: Path, capsys: Output) -> None:
    start = event.Event(wall_time=1)
    data = start.summary.value.add(tag="_hparams_/session_start_info").metadata.plugin_data
    data.plugin_name, data.content = "hparams", b"\xff\xff"
    write(tmp_path, [start, number(1)])
    assert main(["inspect", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "the value is no message" in shown and "steps 0 to 0" in shown


def test_what_a_terminal_would_obey_is_shown_escaped(tmp_path: Path, capsys: Output) -> None:
    write(
        tmp_path / "run\x1b[2J", [number(1, tag="loss\x1b]0;title\x07\r\n"), number(2, tag="größe")]
    )
    other = write(tmp_path / "other", [number(3, tag="loss\x1b]0;title\x07\r\n")])
    for command in (
        ["inspect", str(tmp_path)],
        ["tail", str(tmp_path)],
        ["diff", str(tmp_path / "run\x1b[2J"), str(other.parent)],
        ["verify", "--torn", str(tmp_path)],
    ):
        main(command)
        out = capsys.readouterr().out
        assert not any(c in out for c in "\x1b\x07\r"), command
        if command[0] != "verify":
            assert r"loss\x1b]0;title\x07\r\n" in out
            assert "größe" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "tbx-native: the following arguments are required: command"),
        (["sing"], "tbx-native: argument command: invalid choice: 'sing'"),
        (["verify"], "tbx-native verify: the following arguments are required: path"),
        (["inspect", "--nonsense", "x"], "unrecognized arguments: --nonsense"),
    ],
)
def test_arguments_that_are_wrong_are_told_of_in_one_line(
    arguments: Sequence[str], problem: str, capsys: Output
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert problem in err
    assert err.count("\n") == 1
    assert "--help)" in err
