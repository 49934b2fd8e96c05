"""What TensorBoard's two readers and ours do with runs of several files, and as files change.

As test_corruption_table.py: a row that fails says that a reader has changed.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tbx_native import DamagedFileWarning, EventReader
from tests.interop.records import VERSION, Start, point, start
from tests.interop.sentinel import Sentinel

ONE = "events.out.tfevents.1.host"
TWO = "events.out.tfevents.2.host"


def points(*steps: int) -> bytes:
    return b"".join(map(point, steps))


def append_to_the_older(run: Path) -> None:
    with open(run / ONE, "ab") as file:
        file.write(points(2))


def overwrite_zeros(run: Path) -> None:
    with open(run / ONE, "r+b") as file:
        file.seek(len(VERSION + points(0, 1)))
        file.write(points(3, 4))


def replace(run: Path) -> None:
    other = run / "other"
    other.write_bytes(VERSION + points(0, 1, 3, 4))
    os.replace(other, run / ONE)


def cut_and_grow_again(run: Path) -> None:
    with open(run / ONE, "r+b") as file:
        file.truncate(0)
        file.write(VERSION + points(5))


@dataclass(frozen=True)
class Row:
    """A run's files, how they change, and the steps of the tag "a" that each reader then shows."""

    files: dict[str, bytes]
    python: list[int]
    data_server: list[int]
    ours: list[int]
    change: Callable[[Path], object] = lambda _: None
    opened_later: list[int] | None = None
    """What ours shows that is opened after the change only, where that is something else."""


FIRST = VERSION + points(0, 1, 3, 4)
ROWS = {
    "second file begins earlier": Row(
        {ONE: FIRST, TWO: VERSION + points(2, 3)},
        [0, 1, 3, 4, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 3, 4, 2, 3],
    ),
    "START once": Row(
        {ONE: FIRST, TWO: VERSION + start(2) + points(2)},
        [0, 1, 3, 4, 2],
        [0, 1, 2],
        [0, 1, 3, 4, 2],
    ),
    "START twice": Row(
        {ONE: FIRST, TWO: VERSION + 2 * start(2) + points(2)}, [0, 1, 2], [0, 1, 2], [0, 1, 3, 4, 2]
    ),
    "the tenth file is read before the ninth": Row(
        {f"{ONE}.1.9": VERSION + points(0, 1), f"{ONE}.1.10": VERSION + points(3, 4)},
        [3, 4, 0, 1],
        [0, 1],
        [3, 4, 0, 1],
    ),
    "append to an older file": Row(
        {ONE: VERSION + points(0, 1), TWO: VERSION + points(3)},
        [0, 1, 3],
        [0, 1, 2],
        [0, 1, 2, 3],
        append_to_the_older,
    ),
    "zero tail that is overwritten": Row(
        {ONE: VERSION + points(0, 1) + bytes(len(points(3, 4)))},
        [0, 1],
        [0, 1],
        [0, 1, 3, 4],
        overwrite_zeros,
    ),
    "file that is replaced": Row(
        {ONE: VERSION + points(0, 1)}, [0, 1, 3, 4], [0, 1], [0, 1, 3, 4], replace
    ),
    "file that is cut and grows again": Row(
        {ONE: FIRST}, [0, 1, 3, 4], [0, 1, 3, 4], [0, 1, 3, 4], cut_and_grow_again, [5]
    ),
}


def write(run: Path, row: Row) -> None:
    run.mkdir(parents=True)
    for name, content in row.files.items():
        (run / name).write_bytes(content)


def test_tensorboard(tmp_path: Path, start_tensorboard: Start) -> None:
    logdir = tmp_path / "logs"
    runs = {f"run{number}": name for number, name in enumerate(ROWS)}
    for run, name in runs.items():
        write(logdir / run, ROWS[name])
    with start_tensorboard(logdir) as tensorboard:
        sentinel = Sentinel(logdir, tensorboard)
        sentinel.wait()
        for run, name in runs.items():
            ROWS[name].change(logdir / run)
        sentinel.wait()
        shown = {
            name: [step for _, step, _ in tensorboard.scalars(run, "a")]
            for run, name in runs.items()
        }
        expected = {
            name: row.data_server if tensorboard.is_fast else row.python
            for name, row in ROWS.items()
        }
    assert shown == expected


@pytest.mark.parametrize("name", ROWS)
def test_our_reader(tmp_path: Path, name: str) -> None:
    row = ROWS[name]
    write(tmp_path / "run", row)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        reader = EventReader(tmp_path / "run")
        assert len(reader.scalars("a").steps) > 0
        row.change(tmp_path / "run")
        reader.refresh()
        assert list(reader.scalars("a").steps) == row.ours
    later = EventReader(tmp_path / "run").scalars("a")
    assert list(later.steps) == (row.opened_later or row.ours)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if len(row.files) == 2])
def test_our_reader_can_leave_out_what_theirs_do(tmp_path: Path, name: str) -> None:
    row = ROWS[name]
    write(tmp_path / "run", row)
    purged = EventReader(tmp_path / "run", purge=True).scalars("a")
    assert list(purged.steps) == row.python
    if (
        name != "append to an older file"
    ):  # which of them it appears in depends on the order in time
        preempted = EventReader(tmp_path / "run", preempt=True).scalars("a")
        assert list(preempted.steps) == row.data_server
