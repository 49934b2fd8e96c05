"""The stub of the extension module says what the module has, and the package is typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import tbx_native
from tbx_native import _core

ALLOWLIST = Path(__file__).resolve().parents[1] / "stubtest_allowlist.txt"


def test_the_stub_matches_the_compiled_module() -> None:
    names = {name for name in dir(_core) if not name.startswith("__")}
    assert {"EventWriter", "SummaryMethods", "crc32c", "RecordReader"} <= names
    command = [sys.executable, "-m", "mypy.stubtest", "tbx_native._core"]
    command += ["--allowlist", str(ALLOWLIST)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "no issues found in 1 module" in result.stdout


def test_the_package_ships_its_types() -> None:
    package = Path(tbx_native.__file__).parent
    assert (package / "py.typed").exists()
    assert (package / "_core.pyi").exists()
