"""What README.md shows works: the sample, the quickstart, and the command that CI takes from it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import tbx_native
from tests.python.event_files import events, points

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def run(command: list[str], folder: Path) -> str:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


SAMPLE, SAMPLE_WITH_PROCESSES, SAMPLE_OF_KINDS, READING_SAMPLE = re.findall(
    r"```python\n(.*?)```", README, re.DOTALL
)


def test_the_sample_runs_as_printed(tmp_path: Path) -> None:
    output = run([sys.executable, "-c", SAMPLE], tmp_path)
    # 1,000 scalars, 1,000 log(), 2 curves of 1,000, 10 of each histogram, image and video
    assert "events_written=4040" in output
    assert len(list(tmp_path.rglob("*tfevents*"))) == 3


def test_the_sample_with_processes_runs_as_printed(tmp_path: Path) -> None:
    program = tmp_path / "search.py"  # a file: where processes are not forked, they import it
    program.write_text(SAMPLE_WITH_PROCESSES)
    run([sys.executable, str(program)], tmp_path)
    found = points(tmp_path / "runs" / "search")
    assert sorted(step for _, step, _ in found) == list(range(100))


def test_the_sample_of_every_kind_runs_as_printed(tmp_path: Path) -> None:
    run([sys.executable, "-c", SAMPLE_OF_KINDS], tmp_path)
    found = {
        value.tag for event in events(tmp_path / "runs" / "kinds") for value in event.summary.value
    }
    assert {"loss", "weights", "photo", "batch", "found", "figure", "video"} <= found
    assert {"tone", "note/text_summary", "numbers", "cloud_1", "classifier"} <= found
    assert "custom_scalars__config__" in found
    assert {path.parent.name for path in tmp_path.rglob("*tfevents*")} == {
        *("kinds", "train", "test", "trial1")
    }
    assert (tmp_path / "runs/kinds/00000/points/tensors.tsv").exists()


def test_every_kind_is_in_the_readme() -> None:
    """But for what takes what others have computed, and shorthands."""
    methods = {name for name in dir(tbx_native.SummaryWriter) if name.startswith("add_")}
    assert {name for name in methods if f"writer.{name}(" not in README} == {
        *("add_histogram_raw", "add_pr_curve_raw", "add_custom_scalar"),
        *("add_custom_scalars_marginchart", "add_custom_scalars_multilinechart"),
    }


def test_the_reading_sample_runs_as_printed(tmp_path: Path) -> None:
    program = READING_SAMPLE + "print(steps[-1], values.dtype)\n"
    output = run([sys.executable, "-c", program], tmp_path)
    assert output.startswith("['.'] {'scalars': ['loss'],") and output.endswith("99 float32\n")


def test_the_readme_names_every_command() -> None:
    folder = ROOT / "src/tbx_native/commands"
    for path in folder.glob("[a-z]*.py"):
        assert re.search(rf"^\|.*`{path.stem}\b", README, re.MULTILINE), path.stem


def test_the_quickstart_shows_what_it_wrote(tmp_path: Path) -> None:
    script = ROOT / "examples/quickstart.py"
    output = run([sys.executable, str(script), "--steps", "40", "--logdir", "run"], tmp_path)
    assert re.search(r"train/loss +40 ", output)
    assert re.search(r"gradient_norm/layer2 +40 ", output)
    assert "tensorboard --logdir run" in output


def test_the_commands_stand_where_ci_looks_for_them() -> None:
    for name in ("quickstart", "test"):
        (command,) = re.findall(rf"<!-- {name} -->\n```sh\n(.*)\n```", README)
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install '.[")
