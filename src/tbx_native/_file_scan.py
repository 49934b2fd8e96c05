"""What one event file holds, by tag and kind, read in one pass and again where it has grown."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tbx_native import _core
from tbx_native._reading_threads import ReadingThreads
from tbx_native.errors import DamagedFileError, DamagedFileWarning

Errors = Literal["raise", "stop", "skip"]
Progress = Callable[[int], object]
Columns = tuple[NDArray[np.generic], ...]

_KINDS_OF_TENSORS = {"images": "images", "histograms": "histograms", "audio": "audio"}
_KINDS_OF_TENSORS |= {"text": "text"}
_KINDS = {"scalar": "scalars", "image": "images", "histogram": "histograms", "audio": "audio"}
_KINDS |= {"graph": "graph", "run_metadata": "run_metadata"}


@dataclass(frozen=True)
class Damage:
    """A place in an event file where bytes or an event are lost."""

    path: str
    """Of the file."""

    offset: int
    """Of the damaged record, in bytes."""

    end: int
    """Where reading went on, in bytes; `offset` if it did not."""

    cause: str
    """What is wrong, in words."""

    def __str__(self) -> str:
        return str(DamagedFileError(self.path, self.offset, self.cause))


class Series(NamedTuple):
    """A kind of values that a file has of one tag."""

    kind: str
    """As in EventReader.tags()."""
    tag: str
    is_tensor: bool
    """Values other than scalars: they are TensorProtos, not messages of their own kind."""


class _Found(NamedTuple):
    """What a file was found to hold. Replaced as a whole: no thread sees half of a refresh."""

    keys: Sequence[Series] = ()
    indices: Mapping[tuple[str, str], Sequence[int]] = {}
    """Of `keys`, by kind and tag."""
    counts: Sequence[int] = ()
    damage: Sequence[Damage] = ()
    remarks: Sequence[tuple[str, int, int]] = ()
    restarts: Sequence[tuple[int, list[int]]] = ()
    size: int = 0
    records: int = 0
    torn_bytes: int = 0


class FileScan:
    """The columns of a file. They are read when first asked for, by one thread at a time."""

    def __init__(self, path: str, errors: Errors, growing: bool, threads: ReadingThreads) -> None:
        self.path = path
        self._errors = errors
        self._growing = growing
        self._threads = threads
        self._scan = _core.EventScan(os.fsencode(path), True)  # one thread at a time
        self._is_read = False
        self._found = _Found()
        self._taken: dict[int, list[tuple[Any, ...]]] = {}  # pieces of columns
        self._columns: dict[int, Columns] = {}
        self._warned = 0

    def read(self, progress: Progress | None = None) -> None:
        """Reads the file, if that was not done before.

        Raises:
            RuntimeError: This is called from within a read of the same reader.
            DamagedFileError, OSError: See refresh().
        """
        if not self._is_read:
            self._read_on(progress, only_if_unread=True)

    @property
    def is_read(self) -> bool:
        """Whether read() has nothing to do."""
        return self._is_read

    def refresh(self, progress: Progress | None = None) -> None:
        """Reads what was appended since the last time.

        Raises:
            RuntimeError: This is called from within a read of the same reader.
            DamagedFileError: The file is damaged, and errors are to be raised.
            OSError: It cannot be read.
        """
        self._read_on(progress, only_if_unread=False)

    def series(self) -> list[tuple[Series, int]]:
        """Every kind of values and tag, and how many there are."""
        found = self._found
        return list(zip(found.keys, found.counts, strict=True))

    def has(self, kind: str, tag: str) -> bool:
        """Whether there is a series of that kind and tag."""
        return (kind, tag) in self._found.indices

    def columns(
        self, kind: str, tag: str
    ) -> tuple[list[tuple[Series, Columns]], list[tuple[int, int]]]:
        """The columns of each series of that kind and tag, and restarts.

        Returns:
            Steps (int64), wall times (float64) and values (float32 or float64), or offsets and
            lengths in bytes (uint64); and of each SessionLog START the step and how many values
            all the series together had before.
        """
        found = self._found
        indices = found.indices.get((kind, tag), ())
        columns = [(found.keys[index], self._column(index, found)) for index in indices]
        restarts = [
            (step, sum(counts[index] for index in indices if index < len(counts)))
            for step, counts in found.restarts
        ]
        return columns, restarts

    def damage(self) -> list[Damage]:
        """Every place found so far."""
        return list(self._found.damage)

    def remarks(self) -> list[tuple[str, int, int]]:
        """What troubles readers: in words, how often, and the offset of the first record."""
        return list(self._found.remarks)

    @property
    def size(self) -> int:
        """Of the file when it was read, in bytes."""
        return self._found.size

    @property
    def records(self) -> int:
        """How many are sound."""
        return self._found.records

    @property
    def torn_bytes(self) -> int:
        """Of a record at the end that is not whole."""
        return self._found.torn_bytes

    def _read_on(self, progress: Progress | None, *, only_if_unread: bool) -> None:
        damage, is_news = self._threads.run_alone(
            self.path, lambda: self._advance(progress, only_if_unread)
        )
        if damage and self._errors == "raise":
            raise DamagedFileError(self.path, damage[0].offset, damage[0].cause)
        if is_news:
            more = f" and at {len(damage) - 1} places more" if len(damage) > 1 else ""
            what = "read up to there" if self._errors == "stop" else "left out"
            warnings.warn(f"{damage[0]}{more}: {what}", DamagedFileWarning, stacklevel=5)

    def _advance(
        self, progress: Progress | None, only_if_unread: bool
    ) -> tuple[list[Damage], bool]:
        """Returns the damage, and whether there is still to be warned of it."""
        if only_if_unread and self._is_read:
            return [], False  # another thread has read it meanwhile, and told
        self._scan.advance(self._errors != "skip", self._growing, progress)
        scan, before = self._scan, self._found
        series = scan.series()
        keys, indices = list(before.keys), dict(before.indices)
        for tag, kind, plugin, _ in series[len(keys) :]:
            key = _series_of(tag, kind, plugin)
            indices[key.kind, key.tag] = (*indices.get((key.kind, key.tag), ()), len(keys))
            keys.append(key)
        damage = [Damage(self.path, *place) for place in scan.damage()]
        self._found = _Found(
            keys,
            indices,
            [count for *_, count in series],
            damage,
            scan.remarks(),
            scan.restarts(),
            scan.size,
            scan.records,
            scan.torn_bytes,
        )
        self._is_read = not (damage and self._errors == "raise")  # raised again by the next call
        is_news = len(damage) > self._warned
        self._warned = len(damage)
        return damage, is_news

    def _column(self, index: int, found: _Found) -> Columns:
        held, count = self._columns.get(index), found.counts[index]
        if held is None or len(held[0]) < count:
            held = self._threads.run_alone(self.path, lambda: self._take(index))
        if len(held[0]) == count:
            return held
        return tuple(column[:count] for column in held)  # another thread has read more

    def _take(self, index: int) -> Columns:
        pieces = self._taken.setdefault(index, [])
        # It appends, lest they are lost where a signal handler raises before they are assigned.
        self._scan.take(index, pieces)
        joined = tuple(
            np.asarray(parts[0]) if len(parts) == 1 else np.concatenate(parts)
            for parts in zip(*pieces, strict=True)
        )
        for column in joined:
            column.flags.writeable = False  # the next caller gets the same
        self._taken[index] = [joined]
        self._columns[index] = joined
        return joined


def _series_of(tag: str, kind: str, plugin: bytes) -> Series:
    name = plugin.decode(errors="replace")
    if kind in _KINDS:
        return Series(_KINDS[kind], tag, False)
    if name == "hparams":
        return Series("hparams", tag, kind == "tensor")
    if kind == "empty":
        return Series("metadata", tag, False)
    return Series(_KINDS_OF_TENSORS.get(name, "tensors"), tag, True)
