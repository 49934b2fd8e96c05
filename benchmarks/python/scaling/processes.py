"""How many events a second do 1 to 8 forked processes append to one file, together?

Others than tbx_native lose the events of forked processes, or hang.
"""

import os
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.python.answers import require
from benchmarks.python.curves import add_curve, check_curves
from benchmarks.python.memory_files import directory_in_memory
from benchmarks.python.question import Calls, Measured, Question
from benchmarks.python.rivals.rival import Rival, Writer
from benchmarks.python.rivals.tbx_native import TbxNative
from benchmarks.python.scaling.rates import median_rates, rate_rows, with_ratio

CALLS: Final = Calls(fast=4_000_000, others=0, quick=400)  # of all processes together
PROCESSES: Final = (1, 2, 4, 8)
# All cores are needed to the full: what else runs there spoils a burst.
BURSTS: Final = 3


def forked_producer(writer: Writer, gate: int, closed: int, tag: str, steps: int) -> int:
    """The pid of a process that adds a curve once it has read a byte from the pipe `gate`.

    It writes one to the pipe `closed` in the end.
    """
    pid = os.fork()
    if pid:
        return pid
    try:
        os.read(gate, 1)
        add_curve(writer, tag, steps)
        writer.close()
        os.write(closed, b".")
        os._exit(0)
    finally:
        os._exit(1)  # as if it were another program: nothing of the parent's is cleaned up


def rate(rival: Rival, logdir: Path, processes: int, calls: int) -> float:
    """Events a second until every process has closed its writer.

    Not until it has ended: that takes the longer the more memory the benchmark itself has.
    """
    curves = {f"process{index}": calls // processes for index in range(processes)}
    writer = rival.open(logdir)
    gate, opener = os.pipe()
    all_closed, closed = os.pipe()
    pids = [forked_producer(writer, gate, closed, *curve) for curve in curves.items()]
    os.close(closed)  # so that reading ends with the last process, however it ends
    start = perf_counter_ns()
    os.write(opener, b"." * processes)
    with open(all_closed, "rb") as file:
        file.read(processes)
    end = perf_counter_ns()
    ends = [os.waitpid(pid, 0)[1] for pid in pids]
    os.close(gate)
    os.close(opener)
    writer.close()
    require(not any(ends), "every process has ended well")
    check_curves(logdir, curves)
    return calls / (end - start) * 1e9


def run(rival: Rival, logdir: Path, quick: bool) -> Measured:
    if not isinstance(rival, TbxNative):
        return {}
    calls = CALLS.of(rival, quick)
    with directory_in_memory(logdir) as directory:
        rates = median_rates(
            lambda count, run: rate(rival, run, count, calls),
            PROCESSES,
            1 if quick else BURSTS,
            directory,
        )
    return with_ratio(rates)


QUESTION: Final = Question(
    "processes",
    rate_rows("one file, events/s", "process", PROCESSES, at_least=0.8),
    run,
    CALLS,
    BURSTS,
)
