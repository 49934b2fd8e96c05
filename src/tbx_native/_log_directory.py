"""The event files of a directory tree: their runs, and who has which tag."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tbx_native._event_files import find_event_files
from tbx_native._file_scan import Columns, Errors, FileScan, Progress, Series
from tbx_native._superseded import preempted, purged
from tbx_native.errors import NoSuchTagError

KINDS = ("scalars", "histograms", "images", "audio", "text", "tensors", "hparams")


class Part(NamedTuple):
    """What one file of a run has of a kind and tag."""

    file: FileScan
    series: Series
    columns: Columns


class LogDirectory:
    """The files below a path, each read once."""

    def __init__(self, path: str, errors: Errors, growing: bool, preempt: bool, purge: bool):
        self.path = path
        self._errors = errors
        self._growing = growing
        self._preempt = preempt
        self._purge = purge
        self.runs: dict[str, list[FileScan]] = {}
        self.find_files()

    def find_files(self) -> None:
        """Takes in files that are new."""
        known = {file.path: file for files in self.runs.values() for file in files}
        self.runs = {
            run: [known.get(path) or FileScan(path, self._errors, self._growing) for path in paths]
            for run, paths in find_event_files(self.path).items()
        }

    def files(self, run: str | None) -> list[FileScan]:
        """The files of a run, or of all, in the order they are read; none is read by this.

        Raises:
            NoSuchTagError: There is no such run.
        """
        if run is None:
            return [file for files in self.runs.values() for file in files]
        if run not in self.runs:
            raise NoSuchTagError(f"no run {run!r} in {self.path}{_perhaps(run, self.runs)}")
        return self.runs[run]

    def read(self, run: str | None = None, progress: Progress | None = None) -> list[FileScan]:
        """Reads the files of a run, or of all, several at a time.

        Args:
            progress: Called by several threads, with the bytes read since its last call.
        """

        def read(file: FileScan) -> None:
            done = 0

            def report(position: int) -> None:
                nonlocal done
                if progress is not None:
                    progress(position - done)
                done = position

            file.read(report)
            report(file.size)

        files = self.files(run)
        unread = [file for file in files if not file.is_read]
        if len(unread) == 1:
            read(unread[0])
        elif unread:  # starting threads for nothing would cost more than most questions
            from concurrent.futures import ThreadPoolExecutor  # for those who read

            with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
                list(pool.map(read, unread))
        return files

    def tags(self, run: str | None) -> dict[str, list[str]]:
        """The tags of each kind, in the order they first appear."""
        found: dict[str, dict[str, None]] = {kind: {} for kind in KINDS}
        for file in self.read(run):
            for series, _ in file.series():
                if series.kind in found:
                    found[series.kind][series.tag] = None
        return {kind: list(tags) for kind, tags in found.items()}

    def parts(self, kind: str, tag: str, run: str | None) -> tuple[list[Part], NDArray[np.bool_]]:
        """What the files of a run have of a kind and tag, and which of it is not superseded.

        Raises:
            NoSuchTagError: There is none.
            ValueError: Several runs have it, and `run` does not say which.
        """
        files = self.files(self._run_with(kind, tag, run))
        parts: list[Part] = []
        restarts: list[tuple[int, int]] = []
        count = 0
        for file in files:
            of_file = file.columns(kind, tag)
            indices = [index for _, index, _ in of_file]
            for step, counts in file.restarts():
                before = sum(counts[index] for index in indices if index < len(counts))
                restarts.append((step, count + before))
            for series, _, columns in of_file:
                parts.append(Part(file, series, columns))
                count += len(columns[0])
        kept = np.ones(count, bool)
        if self._preempt or self._purge:
            steps = np.concatenate([part.columns[0] for part in parts])
            if self._purge:
                kept &= purged(steps, restarts)
            if self._preempt:
                kept[kept] = preempted(steps[kept])
        return parts, kept

    def _run_with(self, kind: str, tag: str, run: str | None) -> str:
        runs = self.runs if run is None else [run]
        having = [name for name in runs if any(file.has(kind, tag) for file in self.read(name))]
        if len(having) > 1:
            raise ValueError(f"several runs have {kind} {tag!r}, say which: {', '.join(having)}")
        if not having:
            others = [
                series.tag
                for name in runs
                for file in self.read(name)
                for series, _ in file.series()
                if series.kind == kind
            ]
            where = self.path if run is None else f"run {run!r} of {self.path}"
            raise NoSuchTagError(f"no {kind} {tag!r} in {where}{_perhaps(tag, others)}")
        return having[0]


def _perhaps(name: str, names: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
