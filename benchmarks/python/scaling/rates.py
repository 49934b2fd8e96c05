"""The rows that show how a rate changes with the number of something."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.python.question import Measured, Metric


def rate_rows(
    title: str, what: str, counts: tuple[int, ...], at_least: float | None = None
) -> tuple[Metric, ...]:
    """Events a second for each of `counts`, and the last's share of the first's."""
    rates = tuple(
        Metric(
            str(count),
            f"{title}: {count:,} {what}" if count == counts[0] else f"  {count:,}",
            "1/s",
            at=count,
        )
        for count in counts
    )
    label = f"  {counts[-1]:,} against {counts[0]:,}"
    return (*rates, Metric("ratio", label, "x", at_least=at_least, compared=False))


def with_ratio(rates: Mapping[int, float]) -> Measured:
    """As rate_rows() shows them."""
    counts = list(rates)
    measured = {str(count): rate for count, rate in rates.items()}
    return measured | {"ratio": rates[counts[-1]] / rates[counts[0]]}


def median_rates(
    measure: Callable[[int, Path], float], counts: Iterable[int], bursts: int, directory: Path
) -> dict[int, float]:
    """By count the median of the `bursts` rates that `measure` finds, all counts taking turns.

    It gets a count and a directory below `directory`, which is removed after it.
    """
    rates: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(bursts):
        for count, measured in rates.items():
            with TemporaryDirectory(dir=directory) as logdir:
                measured.append(measure(count, Path(logdir, "run")))
    return {count: median(measured) for count, measured in rates.items()}
