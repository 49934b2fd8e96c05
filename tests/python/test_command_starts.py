"""The tbx-native command: where tags and paths stand, and Ctrl-C before there is much of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tbx_native import _command_line
from tbx_native._command_line import main
from tests.interop.records import VERSION, point

Output = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "file"
    path.write_bytes(VERSION + point(1, "a") + point(2, "b") + point(3, "c"))
    return str(path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["PATH", "--tags", "a", "b"],
        ["--tags", "a", "b", "PATH"],
        ["--tags", "a", "--tags", "b", "PATH"],
        ["--tags", "a", "--tags", "b", "--", "PATH"],
        ["--tags", "a", "b", "PATH", "OPTION"],
        ["--tags", "a", "b", "OPTION", "PATH"],
        ["OPTION", "PATH", "--tags", "a", "--tags", "b"],
    ],
)
@pytest.mark.parametrize("command", ["export", "tail"])
def test_the_path_may_stand_behind_the_tags(
    command: str, arguments: list[str], file: str, capsys: Output
) -> None:
    option = {"export": "--format=csv", "tail": "-n9"}[command]
    assert main([command, *({"PATH": file, "OPTION": option}.get(a, a) for a in arguments)]) == 0
    shown = capsys.readouterr().out
    a, c = (",a,", ",c,") if command == "export" else ("  a  ", "  c  ")
    assert a in shown and c not in shown


@pytest.mark.parametrize("command", ["export", "plot", "tail"])
@pytest.mark.parametrize("arguments", [[], ["--tags", "a"], ["--tags"]])
def test_a_path_that_is_missing_is_told_in_one_line(
    command: str, arguments: list[str], capsys: Output
) -> None:
    try:
        code = main([command, *arguments])
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        code = ended.code
    error = capsys.readouterr().err
    wanted = "expected at least one argument" if arguments == ["--tags"] else "required: path"
    assert code == 2 and wanted in error and error.count("\n") == 1


SCRIPT = "import sys; from tbx_native._command_line import main; sys.exit(main())"


@pytest.mark.parametrize("start", ["module", "script", "library"])
def test_ctrl_c_while_the_command_is_imported(start: str, tmp_path: Path) -> None:
    (tmp_path / "numpy").mkdir()
    interrupted = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(60)"
    (tmp_path / "numpy" / "__init__.py").write_text(interrupted)
    script = tmp_path / ("tbx-native" if start == "script" else "program")
    script.write_text(SCRIPT)
    command = ["-m", "tbx_native", "inspect"] if start == "module" else [str(script), "inspect"]
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, *command],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGINT  # which shells tell as 130
    assert ("KeyboardInterrupt" in done.stderr) == (start == "library")
    assert (done.stderr == "") == (start != "library")


def test_ctrl_c_while_arguments_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse_args(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_command_line._Parser, "parse_args", parse_args)
    assert main(["inspect"]) == 130
