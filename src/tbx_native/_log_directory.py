"""The event files of a directory tree: their runs, and who has which tag."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tbx_native._event_files import find_event_files
from tbx_native._file_scan import Columns, Errors, FileScan, Progress, Series
from tbx_native._reading_threads import ReadingThreads
from tbx_native._superseded import preempted, purged
from tbx_native.errors import NoSuchTagError

KINDS = ("scalars", "histograms", "images", "audio", "text", "tensors", "hparams")


class Part(NamedTuple):
    """What one file of a run has of a kind and tag."""

    file: FileScan
    series: Series
    columns: Columns


class LogDirectory:
    """The files below a path, each read once. Threads may share it."""

    def __init__(self, path: str, errors: Errors, growing: bool, preempt: bool, purge: bool):
        self.path = path
        self._errors = errors
        self._growing = growing
        self._preempt = preempt
        self._purge = purge
        self._threads = ReadingThreads()
        self._searches = 0
        self.runs: dict[str, list[FileScan]] = {}  # replaced as a whole, never changed
        self.find_files()

    def find_files(self) -> None:
        """Takes in files that are new."""
        with self._threads.searching:
            while True:
                self._searches = number = self._searches + 1
                known = {file.path: file for file in self.files(None)}
                runs = {
                    run: [known.get(path) or self._scan(path) for path in paths]
                    for run, paths in find_event_files(self.path).items()
                }
                if number == self._searches:  # else a signal handler has found more
                    self.runs = runs
                    return

    def files(self, run: str | None) -> list[FileScan]:
        """The files of a run, or of all, in the order they are read; none is read by this.

        Raises:
            NoSuchTagError: There is no such run.
        """
        runs = self.runs
        if run is None:
            return [file for files in runs.values() for file in files]
        if run not in runs:
            raise NoSuchTagError(f"no run {run!r} in {self.path}{_perhaps(run, runs)}")
        return runs[run]

    def read(self, run: str | None = None, progress: Progress | None = None) -> list[FileScan]:
        """Reads the files of a run, or of all, several at a time.

        Args:
            progress: Called by several threads, with the bytes read since its last call.

        Raises:
            RuntimeError: This is called from within a read.
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

            def read_all() -> None:
                with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
                    list(pool.map(read, unread))

            self._threads.run(self.path, read_all)
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
        parts: list[Part] = []
        restarts: list[tuple[int, int]] = []
        count = 0
        for file in self._files_with(kind, tag, run):
            of_file, of_restarts = file.columns(kind, tag)
            restarts += [(step, count + before) for step, before in of_restarts]
            for series, columns in of_file:
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

    def _files_with(self, kind: str, tag: str, run: str | None) -> list[FileScan]:
        """The files of the one run that has it."""
        files = {name: self.read(name) for name in (self.runs if run is None else [run])}
        having = [name for name in files if any(file.has(kind, tag) for file in files[name])]
        if len(having) > 1:
            raise ValueError(f"several runs have {kind} {tag!r}, say which: {', '.join(having)}")
        if not having:
            others = [
                series.tag
                for of_run in files.values()
                for file in of_run
                for series, _ in file.series()
                if series.kind == kind
            ]
            where = self.path if run is None else f"run {run!r} of {self.path}"
            raise NoSuchTagError(f"no {kind} {tag!r} in {where}{_perhaps(tag, others)}")
        return files[having[0]]

    def _scan(self, path: str) -> FileScan:
        return FileScan(path, self._errors, self._growing, self._threads)


def _perhaps(name: str, names: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
