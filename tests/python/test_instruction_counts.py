"""Instruction counts are what a path takes, and a rise is an error."""

import argparse
import json
import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.python import hot_calls, instructions
from benchmarks.python.callgrind import count_instructions
from benchmarks.python.cpp_programs import Unavailable
from benchmarks.python.instructions import COUNTS, compared, compiler_of, differences, verdict
from tbx_native import SummaryWriter

# Two paths, the second of which does ten times as much.
PROGRAM = """
import os
for name, length in ("short", 100), ("long", 1000):
    print(name, 200, sep="\\t", flush=True)
    for part in 0, 200, 400:
        for _ in range(part):
            for _ in (None,) * length: pass
        os.getpriority(os.PRIO_PROCESS, 0)
"""
needs_valgrind = pytest.mark.skipif(
    shutil.which("valgrind") is None, reason="valgrind is not installed (Debian: valgrind)"
)


@needs_valgrind
def test_count_is_of_the_path_alone() -> None:
    counts = count_instructions([sys.executable, "-I", "-S", "-c", PROGRAM])
    assert list(counts) == ["short", "long"]
    assert counts["long"] == pytest.approx(10 * counts["short"], rel=0.2)
    assert counts["short"] > 100  # an instruction or more for each time round


@needs_valgrind
def test_program_that_fails_or_marks_too_little_has_no_counts() -> None:
    with pytest.raises(RuntimeError, match="no such path"):
        count_instructions([sys.executable, "-I", "-S", "-c", "raise SystemExit('no such path')"])
    with pytest.raises(RuntimeError, match="0 marks of 1 paths"):
        count_instructions([sys.executable, "-I", "-S", "-c", "print('path', 1, sep='\\t')"])


def test_missing_valgrind_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(Unavailable, match="apt-get install valgrind"):
        count_instructions(["true"])


@pytest.mark.parametrize(
    ("count", "recorded", "expected"),
    [
        (100.0, 100.0, ""),
        (102.9, 100.0, ""),
        (103.1, 100.0, "ROSE"),
        (97.1, 100.0, ""),
        (96.9, 100.0, "fell"),
        (100.0, None, "NEW"),
        (None, 100.0, "GONE"),
    ],
)
def test_verdict(count: float | None, recorded: float | None, expected: str) -> None:
    assert verdict(count, recorded) == expected


def test_table_shows_every_path_of_either_side() -> None:
    table, words = compared({"b": 2.0, "c": 3.0}, {"a": 1.0, "b": 2.0})
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["a", "b", "c"]
    assert words == {"GONE", "", "NEW"}


def test_counts_of_another_compiler_are_no_measure() -> None:
    assert differences({"compiler": "12"}, {"compiler": "12"}) == []
    (difference,) = differences({"compiler": "12"}, {"compiler": "13"})
    assert "12" in difference and "13" in difference


def test_compiler_is_found_in_what_it_made() -> None:
    assert compiler_of(Path(str(sys.modules["tbx_native._core"].__file__))) != "unknown"


def run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, recorded: float, update: bool = False
) -> tuple[int, dict[str, float]]:
    """The exit code, and what is recorded then, where 100 instructions are counted."""
    file = tmp_path / "counts.json"
    file.write_text(json.dumps({"recorded with": {}, "instructions": {"path": recorded}}))
    monkeypatch.setattr(instructions, "COUNTS", file)
    monkeypatch.setattr(instructions, "cpp_program", lambda _name: Path(sys.executable))
    monkeypatch.setattr(instructions, "environment_of", lambda _program, _extension: {})
    monkeypatch.setattr(instructions, "count_all", lambda _program: {"path": 100.0})
    code = instructions.main(argparse.Namespace(update=update))
    return code, json.loads(file.read_text())["instructions"]


def test_rise_is_an_error_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, recorded=90.0) == (1, {"path": 90.0})
    output = capsys.readouterr().out
    assert "ROSE" in output and "--update" in output


def test_fall_asks_to_be_recorded_and_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, recorded=110.0) == (0, {"path": 110.0})
    assert "--update" in capsys.readouterr().out


def test_update_records(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run(monkeypatch, tmp_path, recorded=90.0, update=True) == (0, {"path": 100.0})


def test_elsewhere_nothing_is_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "counts.json"
    file.write_text(json.dumps({"recorded with": {"machine": "vax"}, "instructions": {}}))
    monkeypatch.setattr(instructions, "COUNTS", file)
    monkeypatch.setattr(instructions, "cpp_program", lambda _name: Path(sys.executable))
    monkeypatch.setattr(instructions, "build_flags", lambda: "")
    assert instructions.main(argparse.Namespace(update=False)) == 0
    output = capsys.readouterr().out
    assert output.startswith("Skipped") and "vax" in output


def test_every_hot_call_is_recorded(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        for name, path in hot_calls.paths(writer).items():
            assert name in json.loads(COUNTS.read_text())["instructions"]
            path(2)
        assert writer.stats().events_enqueued >= 2
