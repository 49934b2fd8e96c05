"""How many events a second do 1 to 8 threads add to one writer, together?"""

import threading
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.python.curves import add_curve, check_curves
from benchmarks.python.memory_files import directory_in_memory
from benchmarks.python.question import Calls, Measured, Question
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.rivals.tbx_native import TbxNative
from benchmarks.python.scaling.rates import median_rates, rate_rows, with_ratio

CALLS: Final = Calls(fast=800_000, others=8_000, quick=400)  # of all threads together
THREADS: Final = (1, 2, 4, 8)
BURSTS: Final = 3  # of tbx_native, as in processes.py


def rate(rival: Rival, logdir: Path, threads: int, calls: int) -> float:
    """Events a second until close() has returned."""
    curves = {f"thread{index}": calls // threads for index in range(threads)}
    writer = rival.open(logdir)
    gate = threading.Barrier(threads + 1)

    def produce(tag: str, steps: int) -> None:
        gate.wait()
        add_curve(writer, tag, steps)

    producers = [threading.Thread(target=produce, args=curve) for curve in curves.items()]
    for producer in producers:
        producer.start()
    gate.wait()
    start = perf_counter_ns()
    for producer in producers:
        producer.join()
    writer.close()
    end = perf_counter_ns()
    check_curves(logdir, curves)
    return calls / (end - start) * 1e9


def run(rival: Rival, logdir: Path, quick: bool) -> Measured:
    calls = CALLS.of(rival, quick)
    with directory_in_memory(logdir) as directory:
        rates = median_rates(
            lambda count, run: rate(rival, run, count, calls),
            THREADS,
            BURSTS if isinstance(rival, TbxNative) and not quick else 1,
            directory,
        )
    return with_ratio(rates)


QUESTION: Final = Question(
    "threads",
    rate_rows("one writer, events/s", "thread", THREADS, at_least=0.8),
    run,
    CALLS,
    BURSTS,
)
