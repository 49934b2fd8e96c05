"""What the tbx-native command writes: versions of files, names that no encoding has, late tags."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tbx_native import SummaryWriter
from tbx_native._command_line import main
from tests.interop.records import VERSION, point

Output = pytest.CaptureFixture[str]
NAME = "events.out.tfevents.1.host"


@pytest.mark.parametrize("command", ["repair", "merge", "downsample"])
def test_a_copy_has_a_version_where_the_record_with_it_is_damaged(
    command: str, tmp_path: Path
) -> None:
    """Else TensorBoard's Python loader leaves out what lies before a smaller step."""
    lost = bytes([*VERSION[:-1], VERSION[-1] ^ 1])
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / NAME).write_bytes(lost + b"".join(map(point, (5, 6, 1, 2))))
    output = str(tmp_path / "copy")
    option = [] if command == "repair" else ["-o"]
    assert main([command, str(tmp_path / "run"), *option, output]) == 0
    oracle = EventAccumulator(output)
    oracle.Reload()
    assert [scalar.step for scalar in oracle.Scalars("a")] == [5, 6, 1, 2]
    assert oracle.FirstEventTimestamp() == 1e9 + 5


def test_a_copy_has_no_second_version(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"twelve bytes" + VERSION + point(1))
    assert main(["repair", str(damaged), str(tmp_path / "copy")]) == 0
    assert (tmp_path / "copy").read_bytes() == VERSION + point(1)


def test_repair_of_what_has_no_sound_record(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "garbage").write_bytes(b"no event file at all")
    assert main(["repair", str(tmp_path / "garbage"), str(tmp_path / "copy")]) == 0
    assert (tmp_path / "copy").read_bytes() == b""
    assert "0 records kept" in capsys.readouterr().out


def test_tail_shows_all_points_of_a_tag_that_comes_later(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(VERSION + point(0, "old"))
    command = [sys.executable, "-m", "tbx_native", "tail", "-f", "--json", "-n", "2"]
    with subprocess.Popen([*command, str(tmp_path)], stdout=subprocess.PIPE, text=True) as tail:
        late = threading.Timer(120, tail.kill)  # what does not come is not waited for
        late.start()
        assert tail.stdout is not None
        assert json.loads(tail.stdout.readline())["tag"] == "old"
        with path.open("ab") as out:
            out.write(b"".join(point(step, "new") for step in range(6)))
        shown = [json.loads(tail.stdout.readline() or "{}").get("step") for _ in range(6)]
        late.cancel()
        tail.send_signal(signal.SIGINT)
    assert shown == [0, 1, 2, 3, 4, 5]
    assert tail.returncode == 0


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Runs named by a byte that is no UTF-8, and by letters that few encodings have."""
    for run in ("bad\udcff", "größe"):
        with SummaryWriter(tmp_path / "runs" / run, comment="") as writer:
            writer.add_scalar("loss", 1, 0)
    return tmp_path / "runs"


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_names_that_cannot_be_encoded_are_shown_escaped(encoding: str, odd: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding}

    def shown(*arguments: str) -> str:
        command = [sys.executable, "-m", "tbx_native", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert done.stderr == b"" and done.returncode in (0, 1), done.stderr
        return done.stdout.decode()

    name = "größe" if encoding.startswith("utf") else r"gr\xf6\xdfe"
    for arguments in (
        ["inspect", str(odd)],
        ["tail", str(odd)],
        ["diff", str(odd), str(odd / "bad\udcff")],
        ["repair", str(odd), str(odd.parent / "copy\udcff")],
    ):
        text = shown(*arguments)
        assert r"bad\udcff" in text and name in text
        assert r"\udcff: " in shown("downsample", str(odd), "-o", f"{odd}{len(text)}\udcff")
    assert r"out\udcff: " in shown("merge", str(odd / "größe"), "-o", str(odd.parent / "out\udcff"))
    found = json.loads(shown("inspect", "--json", str(odd)))
    assert list(found) == ["bad\udcff", "größe"]


@pytest.mark.parametrize("wide", [[], ["--wide"]])
def test_export_to_csv_keeps_the_bytes_of_names(wide: list[str], odd: Path) -> None:
    output = odd.parent / "out.csv"
    assert main(["export", str(odd), "-o", str(output), *wide]) == 0
    with output.open(encoding="utf-8", errors="surrogateescape", newline="") as rows:
        assert [row["run"] for row in csv.DictReader(rows)] == ["bad\udcff", "größe"]


def test_plot_shows_names_that_cannot_be_encoded(odd: Path) -> None:
    pytest.importorskip("matplotlib", reason="draws")
    output = odd.parent / "out.png"
    assert main(["plot", str(odd), "-o", str(output)]) == 0
    assert output.read_bytes().startswith(b"\x89PNG")
