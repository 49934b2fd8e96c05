"""How many scalars a second reach the closed file, with how much memory and CPU time?"""

import time
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Final

from benchmarks.python.answers import FIRST_STEP, check_curve
from benchmarks.python.curves import TAG, VALUES
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=5_000_000, others=10_000, quick=1_000)

_MIB: Final = 1 << 20


def resident_bytes(field: str) -> int:
    """VmRSS, resident now, or VmHWM, its highest since forget_peak(); see proc_pid_status(5)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {field}")


def forget_peak() -> None:
    """Sets VmHWM to VmRSS; see proc_pid_clear_refs(5)."""
    Path("/proc/self/clear_refs").write_text("5")


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    rival.version()  # its import is not to be counted as growth
    forget_peak()
    resident = resident_bytes("VmRSS")
    started = time.time()
    writer = rival.open(logdir)
    cpu = process_time_ns()
    start = perf_counter_ns()
    for base in range(FIRST_STEP, FIRST_STEP + calls, len(VALUES)):
        for step, value in enumerate(VALUES, base):
            writer.add_scalar(TAG, value, step)
    added = perf_counter_ns()
    writer.close()
    closed = perf_counter_ns()
    cpu = process_time_ns() - cpu
    growth = resident_bytes("VmHWM") - resident
    check_curve(logdir, started, TAG, VALUES, calls)
    return {
        "per_second": calls / (closed - start) * 1e9,
        "close_ns": closed - added,
        "cpu_ns": cpu / calls,
        "growth_mib": growth / _MIB,
    }


QUESTION: Final = Question(
    "sustained",
    (
        Metric("per_second", "sustained: scalars/s until closed", "1/s", at_least=4e6),
        Metric("growth_mib", "  growth of resident memory", "MiB", at_most=32, compared=False),
        Metric("cpu_ns", "  CPU time of all threads, a scalar", "ns"),
        Metric("close_ns", "  of which close()", "ns", compared=False),
    ),
    run,
    CALLS,
)
