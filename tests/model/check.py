"""Has Spin explore every state of the ring's protocol, and of versions of it with a known bug."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).with_name("ring.pml")
MEMORY_MIB = 3000


@dataclass(frozen=True)
class Run:
    """A size of the model, what it leaves out, and the bugs that it must find."""

    name: str
    switches: dict[str, int | None]
    bugs: tuple[str, ...]
    # Salvage can always take a step, so there a deadlock would not be seen: the others look for it.
    looks_for_deadlocks: bool = True


RUNS = (
    Run(
        "death at every step, then salvage",
        {"CAPACITY": 4, "LONGEST": 2, "START": 3, "NOBODY_SLEEPS": None, "KILLED": None},
        (
            "NO_ZEROS",
            "HEAD_BEFORE_ZEROS",
            "CONSUMED_AFTER_ZEROS",
            "HEADER_ONLY_AT_COMMIT",
            "COMMIT_BEFORE_PAYLOAD",
        ),
        looks_for_deadlocks=False,
    ),
    Run(
        "sleeping and waking",
        {"CAPACITY": 4, "LONGEST": 1, "START": 3},
        ("LOOK_BEFORE_RESERVING", "LOOK_BEFORE_SLEEPING"),
    ),
    Run(
        "waiting for room, and for a large event to be written",
        {"CAPACITY": 2, "LONGEST": 1, "START": 1, "LARGE": None},
        ("LOOK_BEFORE_WAITING",),
    ),
    Run(
        "moving into another file",
        {"CAPACITY": 2, "LONGEST": 1, "RECORDS": 1, "MOVES": 2},
        ("MOVE_BESIDE_PRODUCERS", "VACATE_IN_SILENCE"),
    ),
    Run(
        "closing and reopening",
        {"CAPACITY": 2, "LONGEST": 1, "START": 1, "NOBODY_SLEEPS": None, "CLOSING": 2},
        ("CLOSED_APART",),
    ),
)


def explore(run: Run, bug: str | None, folder: Path) -> str:
    """Explores every state of `run`; answers with Spin's report.

    Raises:
        subprocess.CalledProcessError: Spin, the compiler or the exploration failed; a state that
            must not be is no failure.
    """
    switches = run.switches | ({f"BUG_{bug}": None} if bug else {})
    flags = [
        f"-D{name}" if value is None else f"-D{name}={value}" for name, value in switches.items()
    ]
    subprocess.run(["spin", *flags, "-a", str(MODEL)], cwd=folder, check=True)
    subprocess.run(
        ["cc", "-O1", "-w", "-DSAFETY", "-DNOFAIR", f"-DMEMLIM={MEMORY_MIB}", "-o", "pan", "pan.c"],
        cwd=folder,
        check=True,
    )
    ignored = [] if run.looks_for_deadlocks else ["-E"]
    found = subprocess.run(
        ["./pan", "-w23", "-m100000", *ignored],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return found.stdout


def verdict(report: str) -> str:
    """What Spin found in the model: "sound", or the first thing that is wrong."""
    errors = [line[6:].strip() for line in report.splitlines() if line.startswith("pan:1:")]
    if errors:
        return errors[0]
    is_complete = "errors: 0" in report and "Search not completed" not in report
    return "sound" if is_complete else f"not explored to the end:\n{report}"


def states_in(report: str) -> str:
    """How many states Spin has seen."""
    return next(line.split()[0] for line in report.splitlines() if "states, stored" in line)


def main() -> int:
    """Prints a line for every run; 1 if a model is wrong or a seeded bug was not found."""
    failures = 0
    for run in RUNS:
        for bug in (None, *run.bugs):
            start = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                report = explore(run, bug, Path(folder))
            found = verdict(report)
            failures += (found == "sound") != (bug is None)
            took = f"{states_in(report)} states, {time.monotonic() - start:.1f} s"
            print(f"{run.name}{f', BUG_{bug}' if bug else ''}: {found} ({took})", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
