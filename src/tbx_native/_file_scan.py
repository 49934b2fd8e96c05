"""What one event file holds, by tag and kind, read in one pass and again where it has grown."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tbx_native import _core
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


class FileScan:
    """The columns of a file. They are read when first asked for."""

    def __init__(self, path: str, errors: Errors, growing: bool = False) -> None:
        self.path = path
        self._errors = errors
        self._growing = growing
        self._scan = _core.EventScan(os.fsencode(path), True)
        self._is_read = False
        self._keys: list[Series] = []
        self._counts: list[int] = []
        self._indices: dict[tuple[str, str], list[int]] = {}  # by kind and tag
        self._columns: dict[int, Columns] = {}
        self._warned = 0

    def read(self, progress: Progress | None = None) -> None:
        """Reads the file, if that was not done before."""
        if not self._is_read:
            self.refresh(progress)

    @property
    def is_read(self) -> bool:
        """Whether read() has nothing to do."""
        return self._is_read

    def refresh(self, progress: Progress | None = None) -> None:
        """Reads what was appended since the last time.

        Raises:
            DamagedFileError: The file is damaged, and errors are to be raised.
            OSError: It cannot be read.
        """
        self._scan.advance(self._errors != "skip", self._growing, progress)
        self._is_read = True
        series = self._scan.series()
        for tag, kind, plugin, _ in series[len(self._keys) :]:
            key = _series_of(tag, kind, plugin)
            self._indices.setdefault((key.kind, key.tag), []).append(len(self._keys))
            self._keys.append(key)
        self._counts = [count for *_, count in series]
        damage = self.damage()
        if damage and self._errors == "raise":
            self._is_read = False  # raised again by the next call
            raise DamagedFileError(self.path, damage[0].offset, damage[0].cause)
        if len(damage) > self._warned:
            more = f" and at {len(damage) - 1} places more" if len(damage) > 1 else ""
            what = "read up to there" if self._errors == "stop" else "left out"
            warnings.warn(f"{damage[0]}{more}: {what}", DamagedFileWarning, stacklevel=5)
        self._warned = len(damage)

    def series(self) -> list[tuple[Series, int]]:
        """Every kind of values and tag, and how many there are."""
        return list(zip(self._keys, self._counts, strict=True))

    def has(self, kind: str, tag: str) -> bool:
        """Whether there is a series of that kind and tag."""
        return (kind, tag) in self._indices

    def columns(self, kind: str, tag: str) -> list[tuple[Series, int, Columns]]:
        """The columns of each series of that kind and tag, and its number in restarts().

        Returns:
            Steps (int64), wall times (float64) and values (float32 or float64), or offsets and
            lengths in bytes (uint64).
        """
        indices = self._indices.get((kind, tag), ())
        return [(self._keys[index], index, self._column(index)) for index in indices]

    def restarts(self) -> list[tuple[int, list[int]]]:
        """Of each SessionLog START the step and how many values each series had before."""
        return self._scan.restarts()

    def damage(self) -> list[Damage]:
        """Every place found so far."""
        return [Damage(self.path, *place) for place in self._scan.damage()]

    def remarks(self) -> list[tuple[str, int, int]]:
        """What troubles readers: in words, how often, and the offset of the first record."""
        return self._scan.remarks()

    @property
    def size(self) -> int:
        """Of the file when it was read, in bytes."""
        return self._scan.size

    @property
    def records(self) -> int:
        """How many are sound."""
        return self._scan.records

    @property
    def torn_bytes(self) -> int:
        """Of a record at the end that is not whole."""
        return self._scan.torn_bytes

    def _column(self, index: int) -> Columns:
        held = self._columns.get(index)
        if held is None or len(held[0]) < self._counts[index]:
            new = tuple(np.asarray(column) for column in self._scan.take(index))
            if held is not None:
                new = tuple(np.concatenate(both) for both in zip(held, new, strict=True))
            for column in new:
                column.flags.writeable = False  # the next caller gets the same
            self._columns[index] = held = new
        return held


def _series_of(tag: str, kind: str, plugin: bytes) -> Series:
    name = plugin.decode(errors="replace")
    if kind in _KINDS:
        return Series(_KINDS[kind], tag, False)
    if name == "hparams":
        return Series("hparams", tag, kind == "tensor")
    if kind == "empty":
        return Series("metadata", tag, False)
    return Series(_KINDS_OF_TENSORS.get(name, "tensors"), tag, True)
