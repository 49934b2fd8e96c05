"""`python -m benchmarks instructions`: how many instructions do the hot paths take?"""

import argparse
import importlib
import json
import os
import platform
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from benchmarks.python.aligned import aligned
from benchmarks.python.callgrind import count_instructions
from benchmarks.python.cpp_programs import ROOT, Unavailable, build_flags, cpp_program

HELP: Final = "how many instructions do the hot paths take, and were there fewer before?"
COUNTS: Final = ROOT / "benchmarks/instructions/counts.json"
# Two counts of one build differ by less than a thousandth.
TOLERANCE_PERCENT: Final = 3.0

Counts = dict[str, float]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--update", action="store_true", help=f"record the counts in {COUNTS.relative_to(ROOT)}"
    )


def compiler_of(binary: Path) -> str:
    """Who compiled it, as it says itself."""
    found = re.search(rb"GCC: [^\0]+|clang version [^\0]+", binary.read_bytes())
    return "unknown" if found is None else found[0].decode()


def environment_of(program: Path, extension: Path) -> dict[str, str]:
    """What the counts depend on beside the sources; the extension module tells no flags."""
    return {
        "machine": platform.machine(),
        "C library": " ".join(platform.libc_ver()),
        "compiler of the C++ programs": compiler_of(program),
        "flags of the C++ programs": build_flags(),
        "compiler of the extension module": compiler_of(extension),
        "Python": f"{platform.python_version()} {platform.python_compiler()}",
    }


def count_all(program: Path) -> Counts:
    """Instructions by the path's name: of the C++ program, and of calls from Python."""
    with tempfile.TemporaryDirectory(prefix="tbx-instructions-") as directory:
        calls = [sys.executable, "-m", "benchmarks.python.hot_calls", f"{directory}/run"]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with ThreadPoolExecutor() as pool:
            from_python = pool.submit(count_instructions, calls, {"PYTHONPATH": path})
            counts = count_instructions([str(program), "count", directory]) | from_python.result()
    return {name: round(count, 1) for name, count in counts.items()}


def differences(recorded: dict[str, str], environment: dict[str, str]) -> list[str]:
    """Why counts of the one environment are no measure for those of the other."""
    return [
        f"{what}: {environment.get(what)}, recorded with {recorded.get(what)}"
        for what in {**recorded, **environment}
        if recorded.get(what) != environment.get(what)
    ]


def verdict(count: float | None, recorded: float | None) -> str:
    """A word where a count is not what was recorded; in capitals where that is an error."""
    if recorded is None:
        return "NEW"
    if count is None:
        return "GONE"
    percent = 100 * (count / recorded - 1)
    if percent > TOLERANCE_PERCENT:
        return "ROSE"
    return "fell" if percent < -TOLERANCE_PERCENT else ""


def compared(counts: Counts, recorded: Counts) -> tuple[str, set[str]]:
    """The table, and the words in it."""
    rows = [["instructions of one call, or one event", "counted", "recorded", "change", ""]]
    for name in {**recorded, **counts}:
        count, was = counts.get(name), recorded.get(name)
        change = "" if count is None or was is None else f"{100 * (count / was - 1):+.1f} %"
        rows.append([name, _shown(count), _shown(was), change, verdict(count, was)])
    return aligned(rows, left={0, 4}), {row[4] for row in rows[1:]}


def _shown(count: float | None) -> str:
    return "-" if count is None else f"{count:,.1f}"


def main(arguments: argparse.Namespace) -> int:
    """Counts, compares, and exits with 1 where a count rose."""
    recorded: dict[str, Any] = json.loads(COUNTS.read_text())
    try:
        program = cpp_program("hot_paths")
        extension = Path(str(importlib.import_module("tbx_native._core").__file__))
        environment = environment_of(program, extension)
        other = differences(recorded["recorded with"], environment)
        if other and not arguments.update:
            print(
                "Skipped: the recorded counts are those of another environment.", *other, sep="\n"
            )
            return 0
        counts = count_all(program)
    except Unavailable as missing:
        print(missing, file=sys.stderr)
        return 1
    table, words = compared(counts, recorded["instructions"])
    print(table)
    if arguments.update:
        content = {"recorded with": environment, "instructions": counts}
        COUNTS.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        return 0
    if words - {""}:
        print(f"\nMore than {TOLERANCE_PERCENT:.0f} % apart. If that is meant, record it:")
        print("  python -m benchmarks instructions --update")
    return int(any(word.isupper() for word in words))
