"""At what speed are files checked whose records are small, and whose records are large?"""

from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.python.answers import require
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.rivals.tbx_native import TbxNative
from benchmarks.python.scalar.sustained import forget_peak, resident_bytes

CALLS: Final = Calls(fast=1_000_000_000, others=0, quick=1_000_000)  # bytes

_IMAGE_BYTES: Final = 100_000


def _check(path: Path, record: bytes, size: int) -> float:
    """GB/s of a file of `size` bytes or so that holds `record` again and again."""
    from tbx_native import _core

    block = record * max(1, 1_000_000 // len(record))
    count = max(1, size // len(block))
    with path.open("wb") as file:
        for _ in range(count):
            file.write(block)
    start = perf_counter_ns()
    scan = _core.EventScan(str(path), False)
    scan.advance(False, False, None)
    taken = perf_counter_ns() - start
    require(scan.records == count * (len(block) // len(record)), "every record was checked")
    require(not scan.damage(), "none is damaged")
    path.unlink()
    return count * len(block) / taken


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    if not isinstance(rival, TbxNative):
        return {}  # has nothing of the kind
    from tbx_native import _core
    from tbx_native.proto import event

    logdir.mkdir(parents=True, exist_ok=True)
    size = CALLS.of(rival, quick)
    scalar = event.Event(wall_time=1.5, step=123_456)
    scalar.summary.value.add(tag="train/metric_1", simple_value=0.5)
    image = event.Event(wall_time=1.5, step=123_456)
    image.summary.value.add(tag="picture").image.encoded_image_string = bytes(_IMAGE_BYTES)
    forget_peak()
    resident = resident_bytes("VmRSS")
    path = logdir / "events.out.tfevents.1"
    return {
        "images": _check(path, _core.frame(image.SerializeToString()), size),
        "scalars": _check(path, _core.frame(scalar.SerializeToString()), size),
        "growth_mib": (resident_bytes("VmHWM") - resident) / (1 << 20),
    }


QUESTION: Final = Question(
    "verify",
    (
        Metric("images", "verify 1 GB of images", "GB/s", at_least=1.5),
        Metric("scalars", "verify 1 GB of scalars", "GB/s", at_least=1.5),
        Metric("growth_mib", "  growth of resident memory", "MiB", at_most=64, compared=False),
    ),
    run,
    CALLS,
)
