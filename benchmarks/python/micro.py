"""`python -m benchmarks micro`: how far is each hot path from what the machine could do?"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any, Final

from benchmarks.python.aligned import aligned
from benchmarks.python.cpp_programs import Unavailable, cpp_program
from benchmarks.python.empty_methods import empty_methods
from benchmarks.python.table import shown

HELP: Final = "how far are the hot paths from the limits of the machine?"
RUNS: Final = 9
CALLS: Final = 20_000
TAG: Final = "train/loss"


@dataclass(frozen=True)
class Timed:
    """The time of one unit of a path; `limit` names the path that none could be faster than."""

    name: str
    unit: str
    bytes: int
    ns: float
    limit: str


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quick", action="store_true", help="one short run, to see that everything works"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all times there")


def core_paths(program: Path, directory: str, quick: bool) -> list[Timed]:
    """What the C++ program times."""
    command = [str(program), "time", directory, *(["quick"] if quick else [])]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{program.name}: {done.stderr}")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [Timed(name, unit, int(size), float(ns), limit) for name, unit, size, ns, limit in rows]


def burst_ns(method: Callable[..., object]) -> float:
    """Nanoseconds of method(tag, value, step), the loop included."""
    values = [index / 1024 for index in range(500)]
    start = perf_counter_ns()
    for first in range(0, CALLS, len(values)):
        for step, value in enumerate(values, first):
            method(TAG, value, step)
    return (perf_counter_ns() - start) / CALLS


def calls_from_python(directory: str, quick: bool) -> list[Timed]:
    """add_scalar() by turns with C methods that are given the same arguments and ignore them."""
    from tbx_native import EventReader, SummaryWriter  # here: other commands show it as missing

    floor: Any = empty_methods()
    runs = 1 if quick else RUNS
    times: list[list[float]] = [[], [], []]
    with SummaryWriter(f"{directory}/calls") as writer:
        for _run in range(runs):
            for method, found in zip(
                (floor.empty, floor.read_clock, writer.add_scalar), times, strict=True
            ):
                found.append(burst_ns(method))
            writer.flush()
    written = len(EventReader(f"{directory}/calls").scalars(TAG).steps)
    if written != runs * CALLS:
        raise RuntimeError(f"{written} scalars in the file, not {runs * CALLS}")
    empty_ns, clock_ns, scalar_ns = map(median, times)
    empty, clock = "empty C method", "C method that reads the clock"
    return [
        Timed(empty, "call", 0, empty_ns, ""),
        Timed(clock, "call", 0, clock_ns, empty),
        Timed("add_scalar(tag, float, step) from Python", "call", 0, scalar_ns, clock),
    ]


def table_of(paths: list[Timed]) -> str:
    """A row for each path that has a limit."""
    by_name = {path.name: path for path in paths}
    rows = [["hot path", "time", "of", "GB/s", "limit", "its time", "times as long"]]
    for path in paths:
        if path.limit:
            limit = by_name[path.limit]
            row = [path.name, shown(path.ns, "ns"), path.unit]
            row += [f"{path.bytes / path.ns:.2f}" if path.bytes else ""]
            rows.append([*row, limit.name, shown(limit.ns, "ns"), f"{path.ns / limit.ns:.1f}"])
    return aligned(rows, left={0, 2, 4})


def memory_directory() -> str | None:
    """Where files are memory and nothing else, so that no disk is measured; None: nowhere."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main(arguments: argparse.Namespace) -> int:
    """Times everything and prints the table."""
    load = os.getloadavg()[0]
    try:
        program = cpp_program("hot_paths")
        with tempfile.TemporaryDirectory(prefix="tbx-micro-", dir=memory_directory()) as directory:
            paths = core_paths(program, directory, arguments.quick)
            paths += calls_from_python(directory, arguments.quick)
    except Unavailable as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"load {load:.1f} before and {os.getloadavg()[0]:.1f} after", end="\n\n")
    print(table_of(paths))
    if arguments.quick:
        print("\nQuick: far too few calls for the times to mean anything.")
    if arguments.json is not None:
        content = {"quick": arguments.quick, "load": load, "paths": [asdict(p) for p in paths]}
        arguments.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return 0
