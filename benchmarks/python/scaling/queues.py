"""Does it matter how large the queue is? Only tbx_native has one of a size in bytes."""

from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.python.curves import TAG, add_curve, check_curves
from benchmarks.python.memory_files import directory_in_memory
from benchmarks.python.question import Calls, Measured, Question
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.rivals.tbx_native import TbxNative
from benchmarks.python.scaling.rates import rate_rows, with_ratio

CALLS: Final = Calls(fast=1_000_000, others=0, quick=400)
KIBIBYTES: Final = (64, 256, 1_024, 8_192, 65_536)


def rate(rival: Rival, logdir: Path, kibibytes: int, calls: int) -> float:
    """Events a second until close() has returned."""
    writer = rival.imported().SummaryWriter(logdir, queue_bytes=kibibytes << 10)
    start = perf_counter_ns()
    add_curve(writer, TAG, calls)
    writer.close()
    end = perf_counter_ns()
    check_curves(logdir, {TAG: calls})
    return calls / (end - start) * 1e9


def run(rival: Rival, logdir: Path, quick: bool) -> Measured:
    if not isinstance(rival, TbxNative):
        return {}
    calls = CALLS.of(rival, quick)
    with directory_in_memory(logdir) as directory:
        return with_ratio(
            {size: rate(rival, directory / str(size), size, calls) for size in KIBIBYTES}
        )


QUESTION: Final = Question("queues", rate_rows("scalars/s", "KiB of queue", KIBIBYTES), run, CALLS)
