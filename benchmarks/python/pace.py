"""How fast the machine is just now, of which a host gives a virtual one now more, now less."""

from time import perf_counter_ns
from typing import Final

_PASSES: Final = 20_000


def loop_ns() -> float:
    """Nanoseconds of a pass of an empty loop: of five short loops, the one least disturbed."""
    return min(_loop() for _ in range(5)) / _PASSES


def _loop() -> int:
    start = perf_counter_ns()
    for _ in range(_PASSES):
        pass
    return perf_counter_ns() - start
