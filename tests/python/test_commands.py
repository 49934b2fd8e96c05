"""The tbx-native command, on files that were written a moment ago and on damaged ones."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tbx_native import EventReader, SummaryWriter
from tbx_native._command_line import main
from tbx_native._tables import all_curves, long_table, wide_table
from tbx_native.commands._terminal import duration_text, size_text
from tbx_native.commands.downsample import chosen
from tbx_native.commands.plot import smoothed
from tests.python.event_files import only_file

Output = pytest.CaptureFixture[str]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for run in ("a", "b"):
        with SummaryWriter(tmp_path / "runs" / run) as writer:
            for step in range(100):
                writer.add_scalar("loss", step * (1 if run == "a" else 2), step)
                if step % 10 == 0:
                    writer.add_scalar("rare", float("nan") if step == 50 else -step, step)
            writer.add_image("picture", np.zeros((3, 4, 4)), 1)
    return tmp_path / "runs"


@pytest.fixture
def damaged(runs: Path) -> Path:
    path = only_file(runs / "a")
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(bytes(content[:-3]))
    return path


def test_inspect(runs: Path, capsys: Output) -> None:
    assert main(["inspect", str(runs)]) == 0
    shown = capsys.readouterr().out
    assert "steps 0 to 99  values 0 to 198, last 198" in shown
    assert "1 not finite" in shown
    assert main(["inspect", str(runs), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["a", "b"]
    loss = found["a"]["tags"][0]
    assert (loss["tag"], loss["count"], loss["steps"], loss["values"]) == (
        "loss",
        100,
        [0, 99],
        [0, 99],
    )


def test_verify(runs: Path, capsys: Output) -> None:
    assert main(["verify", str(runs)]) == 0
    assert "2 files, 224 records: all sound" in capsys.readouterr().out


def test_verify_tells_damage(damaged: Path, capsys: Output) -> None:
    assert main(["verify", str(damaged)]) == 1
    shown = capsys.readouterr().out
    assert f"{damaged}: " in shown and "CRC does not match, at byte" in shown
    assert "ends inside a record" in shown
    assert main(["verify", "--json", str(damaged)]) == 1
    assert json.loads(capsys.readouterr().out)["damaged"] == 1
    assert main(["verify", str(damaged.parent / "none")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("tbx-native verify: ") and error.count("\n") == 1


def test_repair_to_a_copy_that_tensorboard_reads_whole(
    damaged: Path, tmp_path: Path, capsys: Output
) -> None:
    before = damaged.read_bytes()
    assert main(["repair", str(damaged.parent), str(tmp_path / "clean")]) == 0
    assert damaged.read_bytes() == before
    (copy,) = (tmp_path / "clean").iterdir()
    assert main(["verify", "--torn", str(copy)]) == 0
    oracle = EventAccumulator(str(copy), {"scalars": 0})
    oracle.Reload()
    assert len(oracle.Scalars("loss")) + len(oracle.Scalars("rare")) == 109
    assert main(["repair", str(damaged), str(copy)]) == 2  # is there already
    assert main(["repair", str(damaged)]) == 2
    assert damaged.read_bytes() == before
    assert main(["repair", "--in-place", str(damaged)]) == 0
    assert damaged.read_bytes() == copy.read_bytes()
    assert [path.name for path in damaged.parent.iterdir()] == [damaged.name]


def test_export(runs: Path, tmp_path: Path, capsys: Output) -> None:
    assert main(["export", str(runs), "--tags", "rare"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 20
    assert rows[1] | {"wall_time": ""} == {
        "run": "a",
        "tag": "rare",
        "step": "10",
        "wall_time": "",
        "value": "-10.0",
    }
    assert rows[5]["value"] == "nan"
    path = tmp_path / "points.jsonl"
    assert main(["export", str(runs), "--wide", "--run", "b", "-o", str(path)]) == 0
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[10] == {"run": "b", "step": 10, "loss": 20.0, "rare": -10.0}
    assert lines[11]["rare"] is None
    assert main(["export", str(runs), "--tags", "lost"]) == 2
    assert "did you mean 'loss'?" in capsys.readouterr().err


def test_export_to_parquet(runs: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="reads the file")
    path = tmp_path / "points.parquet"
    assert main(["export", str(runs), "-o", str(path)]) == 0
    table = parquet.read_table(path)
    wanted = EventReader(runs).to_arrow()
    assert table.schema.names == wanted.schema.names
    for column in ("run", "tag", "step", "wall_time"):
        assert table[column].to_pylist() == wanted[column].to_pylist()
    np.testing.assert_array_equal(table["value"].to_numpy(), wanted["value"].to_numpy())
    assert table.num_rows == 220


def test_to_pandas(runs: Path) -> None:
    pytest.importorskip("pandas", reason="makes the table")
    reader = EventReader(runs)
    table = reader.to_pandas()
    of_b = table[(table.run == "b") & (table.tag == "loss")]
    assert of_b.value.tolist() == reader.scalars("loss", "b").values.tolist()
    assert reader.to_pandas(wide=True).shape == (200, 4)


def test_tables(runs: Path) -> None:
    curves = all_curves(EventReader(runs))
    long = long_table(curves)
    assert {name: len(column) for name, column in long.items()} == dict.fromkeys(long, 220)
    wide = wide_table(curves)
    assert wide["loss"].tolist() == [*range(100), *range(0, 200, 2)]
    assert np.isfinite(wide["rare"]).sum() == 18


def test_a_missing_package_is_one_line(
    runs: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["export", str(runs), "-o", str(tmp_path / "a.parquet")]) == 2
    assert 'pip install "tbx_native[export]"' in capsys.readouterr().err
    assert not (tmp_path / "a.parquet").exists()


def test_plot(runs: Path, tmp_path: Path, capsys: Output) -> None:
    Image = pytest.importorskip("PIL.Image", reason="looks at the picture")
    pytest.importorskip("matplotlib", reason="draws")
    path = tmp_path / "plot.png"
    assert main(["plot", str(runs), "-o", str(path), "--smooth", "0.6"]) == 0
    with Image.open(path) as picture:
        assert picture.size[0] == 1000
    assert main(["plot", str(runs), "-o", str(path), "--smooth", "1"]) == 2
    np.testing.assert_allclose(smoothed(np.array([1.0, 3.0, np.nan]), 0.5), [1, 7 / 3, np.nan])


def test_diff(runs: Path, capsys: Output) -> None:
    assert main(["diff", str(runs / "a"), str(runs / "a")]) == 0
    assert main(["diff", str(runs / "a"), str(runs / "b")]) == 1
    shown = capsys.readouterr().out
    assert "loss: values differ 99 of 100, first at step 1, largest difference 99.0" in shown
    assert "1 of 2 curves differ" in shown
    assert main(["diff", str(runs / "a"), str(runs / "b"), "--rtol", "0.5"]) == 0
    assert main(["diff", str(runs / "a"), str(runs)]) == 1


def test_merge(runs: Path, tmp_path: Path) -> None:
    output = tmp_path / "merged"
    assert main(["merge", str(runs / "a"), str(runs / "b"), "-o", str(output)]) == 0
    points = EventReader(output).scalars("loss")
    assert sorted(points.values.tolist()) == sorted([*range(100), *range(0, 200, 2)])
    versions = [event.file_version for event in EventReader(output).events(raw=False)]
    assert versions[0] == "brain.Event:2" and not any(versions[1:])
    assert main(["merge", str(runs / "a"), "-o", str(output)]) == 2


def test_downsample(runs: Path, tmp_path: Path) -> None:
    output = tmp_path / "small"
    assert main(["downsample", str(runs), "-o", str(output), "--points", "12"]) == 0
    reader = EventReader(output)
    steps, _, values = reader.scalars("loss", "b")
    assert len(steps) <= 12 and {0, 99} <= set(steps.tolist())
    assert values.tolist() == (2 * steps).tolist()
    assert len(reader.images("picture", "a")) == 1
    spike = np.zeros(1000)
    spike[777] = -5
    assert chosen(spike, 10)[777] and chosen(spike, 10).sum() <= 10


def test_tail(runs: Path, capsys: Output) -> None:
    assert main(["tail", str(runs / "a"), "-n", "2", "--tags", "loss"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[-1].endswith("step       99  loss  99")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tbx_native", *arguments]


def test_tail_follows(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 0, 0)
        writer.flush()
        with subprocess.Popen(
            command("tail", "-f", "--json", str(tmp_path)), stdout=subprocess.PIPE, text=True
        ) as tail:
            assert tail.stdout is not None
            assert json.loads(tail.stdout.readline())["step"] == 0
            writer.add_scalar("a", 0.5, 1)
            point = json.loads(tail.stdout.readline())
            assert (point["tag"], point["step"], point["value"]) == ("a", 1, 0.5)
            tail.terminate()


PROGRAM = """
import subprocess, sys
from tensorboardX import SummaryWriter
assert SummaryWriter.__module__.startswith("tbx_native"), SummaryWriter.__module__
import sitecustomize
assert sitecustomize.theirs
if len(sys.argv) == 2:
    subprocess.run([sys.executable, __file__, "child", "again"], check=True)
    sys.exit(int(sys.argv[1]))
"""


def test_run(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "sitecustomize.py").write_text("theirs = True\n")
    paths = [str(tmp_path), *filter(None, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    run = command("run", "--", str(tmp_path / "program.py"), "7")
    result = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (7, "")
    result = subprocess.run(
        command("run", "--", "no-such-program"), capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "no-such-program" in result.stderr and result.stderr.count("\n") == 1


def test_texts() -> None:
    assert [size_text(size) for size in (999, 1500, 2.5e9)] == ["999 B", "1.5 kB", "2.5 GB"]
    assert [duration_text(value) for value in (0.72, 306, 7260, 273_600)] == [
        "0.7 s",
        "5 min 6 s",
        "2 h 1 min",
        "3 d 4 h",
    ]
