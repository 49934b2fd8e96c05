"""The fork matrix: its short form, and many children that log into one file."""

from __future__ import annotations

import pytest

from tests.python.fork_matrix import DEEDS, STATES, WAYS, Case, run, run_many_children

# Each way with each deed and with each state of the parent, but not with every pair of them.
PAIRS = [
    Case(way, deed, list(STATES)[(row + column) % len(STATES)])
    for row, way in enumerate(WAYS)
    for column, deed in enumerate(DEEDS)
]
# A program with torch, or with four spawned children, takes seconds.
SLOW = {"DataLoader", "spawn", "forkserver"}
SHORT = [case for i, case in enumerate(PAIRS) if case.way not in SLOW or i % 3 == 0]


@pytest.mark.parametrize("case", SHORT, ids=lambda case: "-".join(case[:3]))
def test_all_events_are_there_once_and_nobody_hangs(case: Case) -> None:
    figures = run(case)
    assert figures.is_clean, figures
    assert figures.events > 0


@pytest.mark.parametrize("way", ["os.fork", "spawn"])
def test_many_children_log_into_one_file(way: str) -> None:
    figures = run_many_children(way, 8, 5_000)
    assert figures.is_clean, figures
    assert figures.events == 8 * 5_000 + 100


def test_the_check_finds_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue file that nobody recovers: the children that end at once have left their events."""
    monkeypatch.setattr("tests.python.fork_matrix.recover", lambda _: _EmptyReport)
    figures = run(Case("os.fork", "os._exit", "is idle"))
    assert figures.lost > 0


class _EmptyReport:
    errors: tuple[()] = ()
    unwanted = 0
