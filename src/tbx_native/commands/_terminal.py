"""What commands show: sizes and times for people, JSON for machines, progress on a terminal."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Sized
from types import TracebackType
from typing import Any

from tbx_native.event_reader import EventReader

OK, FOUND, FAILED = 0, 1, 2
"""Exit codes: all is well; what was looked for was found; it could not be done."""

EXIT_CODES = "Exit code: 0 done, 2 not possible."


def size_text(count: float) -> str:
    """Bytes, as "1.5 GB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"


def duration_text(seconds: float) -> str:
    """As "3 d 4 h", "5 min 6 s" or "0.7 s"."""
    if seconds < 60 or not math.isfinite(seconds):
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def time_text(wall_time: float) -> str:
    """Local time, to the second."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(wall_time))
    except (OverflowError, ValueError, OSError):  # no such time
        return str(wall_time)


def printable(text: str) -> str:
    """`text`, and escaped what a terminal would obey, or no font has, which a tag may hold."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def print_line(text: str) -> None:
    """A line of people's, whatever is in it and whatever the encoding of standard output."""
    encoding = sys.stdout.encoding or "utf-8"
    print(printable(text).encode(encoding, "backslashreplace").decode(encoding))


def print_json(value: Any) -> None:
    """One value; NaN and infinities, which JSON has not, as null."""
    print(json.dumps(_without_nan(value), allow_nan=False))


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Progress:
    """A line on standard error that says how far it is; nothing where that is no terminal."""

    def __init__(self, total: int, what: str) -> None:
        self._total = max(total, 1)
        self._what = what
        self._done = 0
        self._start = self._shown = time.monotonic()
        self._is_shown = False
        self._lock = threading.Lock()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def in_file(self) -> Callable[[int], None]:
        """Returns what is told positions in one file, in bytes, instead of counts."""
        done = 0

        def report(position: int) -> None:
            nonlocal done
            self(position - done)
            done = position

        return report

    def __call__(self, count: int) -> None:
        """Adds `count` bytes to what is done."""
        with self._lock:
            self._done += count
            now = time.monotonic()
            if now - self._shown < 0.1 or not sys.stderr.isatty():
                return
            self._shown, self._is_shown = now, True
            share = min(self._done / self._total, 1)
            left = (now - self._start) * (1 - share) / max(share, 1e-9)
            bar = "#" * int(30 * share)
            text = f"{self._what} [{bar:30}] {share:4.0%}, {duration_text(left)} left"
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def add_path_and_tags(parser: argparse.ArgumentParser) -> None:
    """What is read, and what of it; settle_path() is to be called with the arguments."""
    path = parser.add_argument("path", help="event file or log directory")
    path.required = False  # of `--tags TAG PATH` it is among the tags
    parser.add_argument("--tags", nargs="+", action="extend", metavar="TAG", help="only these tags")


def settle_path(arguments: argparse.Namespace) -> None:
    """Takes the path from behind the tags, where it is not before them.

    Raises:
        ValueError: There is none.
    """
    if arguments.path is None and len(arguments.tags or ()) > 1:
        arguments.path = arguments.tags.pop()
    if arguments.path is None:
        raise ValueError("the following arguments are required: path")


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """The path and what is read of it."""
    add_path_and_tags(parser)
    parser.add_argument("--run", help="only this run; '.' is the directory itself")
    parser.add_argument(
        "--errors",
        choices=("raise", "stop", "skip"),
        default="skip",
        help="where a file is damaged: give up, stop reading it, or go on behind (skip)",
    )
    parser.add_argument(
        "--preempt", action="store_true", help="leave out what a restart at an earlier step repeats"
    )


def open_reader(arguments: argparse.Namespace) -> EventReader:
    """What add_reading_options() asks for, read with a progress line.

    Raises:
        ValueError: There are no event files, or the output would overwrite one of them.
    """
    settle_path(arguments)
    reader = EventReader(arguments.path, errors=arguments.errors, preempt=arguments.preempt)
    require_event_files(arguments.path, reader.runs())
    if arguments.output is not None and os.path.exists(arguments.output):
        for file in reader.files():
            if os.path.samefile(file.path, arguments.output):
                raise ValueError(f"{arguments.output} is read, it cannot be the output")
    read(reader)
    return reader


def require_event_files(path: str, runs: Sized) -> None:
    """Raises ValueError where there are none: to say that all is well would be misleading."""
    if not runs:
        raise ValueError(f"{path} has no event files")


def read(reader: EventReader) -> None:
    """Reads all files of `reader`."""
    total = sum(os.path.getsize(file.path) for file in reader.files())
    with Progress(total, "reading") as progress:
        reader.read(progress)


def curves(reader: EventReader, arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """The (run, tag) of all scalars that were asked for.

    Raises:
        NoSuchTagError: Some tag is in no run.
    """
    runs = reader.runs() if arguments.run is None else [arguments.run]
    found = [(run, tag) for run in runs for tag in reader.tags(run)["scalars"]]
    if arguments.tags is None:
        return found
    for tag in arguments.tags:
        if tag not in {name for _, name in found}:
            reader.scalars(tag, arguments.run)  # raises
    return [(run, tag) for run, tag in found if tag in arguments.tags]
