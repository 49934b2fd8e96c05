"""Runs a Python program in a process of its own, and ends it if it hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

LIMIT_SECS = 300  # far above what any of them needs, also on a machine that does much besides


def run_program(
    source: str, *arguments: object, returncode: int | None = 0, limit_secs: float = LIMIT_SECS
) -> subprocess.CompletedProcess[str]:
    """Runs `source` with `arguments` in sys.argv[1:]; whatever it left running is killed, too."""
    command = [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=limit_secs)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"the program hangs:\n{out}\n{err}") from None
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if returncode is not None:
        assert process.returncode == returncode, f"{process.returncode}:\n{out}\n{err}"
    return done
