"""Counts the instructions of a program's parts, under valgrind's callgrind.

The program runs each of its paths so often that three calls of getpriority(2) mark two parts, the
second of which does twice as much as the first. The difference of the two is what the first does,
without the marks, and without whatever a run needs beside the work. For each path it prints a
line: its name, a tab, how many units the first part does.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.python.cpp_programs import Unavailable

MARK: Final = "getpriority"  # in every C library, and called by nobody else

# What would make the counts depend on the machine, or on the day. valgrind shows programs a
# processor without AVX-512, which it does not know; the C library and counting would still choose
# by the rest.
ENVIRONMENT: Final = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TBX_NATIVE_COUNTING": "portable",
    "TBX_NATIVE_CRC32C": "sse42" if os.uname().machine == "x86_64" else "",
}


def count_instructions(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Instructions of a unit of each path, in the program's main thread.

    Args:
        command: The program.
        environment: Variables beside ENVIRONMENT and PATH: there are no others.

    Raises:
        Unavailable: valgrind is not installed.
        RuntimeError: The program failed, or did not mark what it printed.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise Unavailable("valgrind is missing: apt-get install valgrind")
    with tempfile.TemporaryDirectory(prefix="tbx-callgrind-") as directory:
        output = Path(directory, "counts")
        options = ["--tool=callgrind", f"--callgrind-out-file={output}"]
        # The drain's instructions depend on when it wakes up: each thread has a file of its own.
        options += ["--separate-threads=yes", f"--dump-before={MARK}"]
        done = subprocess.run(
            [valgrind, *options, *command],
            check=False,
            env={"PATH": os.environ["PATH"], **ENVIRONMENT, **(environment or {})},
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} under valgrind\n{done.stderr[-2000:]}")
        parts = _main_thread_parts(output)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    if len(parts) != 3 * len(lines) or not lines:
        raise RuntimeError(f"{len(parts)} marks of {len(lines)} paths: {done.stdout}")
    return {
        name: (parts[3 * index + 2] - parts[3 * index + 1]) / int(units)
        for index, (name, units) in enumerate(lines)
    }


def _main_thread_parts(output: Path) -> list[int]:
    """Instructions between the marks; the first one is what came before the first mark."""
    parts = {}
    for path in output.parent.glob(f"{output.name}.*-01"):
        total = re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE)
        if total is None:
            raise RuntimeError(f"callgrind wrote no totals into {path.name}")
        parts[int(path.name.removeprefix(f"{output.name}.").removesuffix("-01"))] = int(total[1])
    return [parts[number] for number in sorted(parts)]
