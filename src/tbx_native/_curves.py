"""The curves of add_scalars(): each a run in a directory below the writer's; their JSON export."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol

import numpy as np

from tbx_native import _core
from tbx_native._arguments import shown


class EventTaker(Protocol):
    """The FileWriter that events go through, where a tool wants to see them."""

    def _take(self, payload: bytes) -> None: ...


class CurveOwner(Protocol):
    """The writer whose files curves go to."""

    def _bind_curve(self, curve: Curve) -> None: ...
    def _report_failure(self) -> None: ...
    def _report_dropped(self) -> None: ...


class Curve(_core.SummaryMethods):
    """The native methods, bound to the file of one curve."""

    _intercepting: EventTaker

    def __init__(self, owner: CurveOwner, directory: str) -> None:
        self._owner = owner
        self.directory = directory

    def _get_file_writer(self) -> None:
        self._owner._bind_curve(self)

    def _hand_over(self, event: bytes) -> None:
        self._intercepting._take(event)

    def _report_failure(self) -> None:
        self._owner._report_failure()

    def _report_dropped(self) -> None:
        self._owner._report_dropped()


def check_curve_tag(main_tag: object, tag: object) -> None:
    """Checks that a directory can be named after `tag`.

    Raises:
        TypeError: It is no str.
        ValueError: It cannot be part of a path.
    """
    if not isinstance(tag, str):
        raise TypeError(f"tag {shown(tag)} in {shown(main_tag)} must be a str")
    try:
        tag.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"tag {shown(tag)} in {shown(main_tag)} cannot be encoded as UTF-8"
        ) from None
    if "\0" in tag:
        raise ValueError(f"tag {shown(tag)} in {shown(main_tag)} names no directory: it has a null")


def below_run_directory(relative: str, *names: str) -> str:
    """Returns `relative` in one spelling, "" for the run's directory.

    Else two curves could open files in the same one.

    Args:
        relative: A directory, seen from the run's.
        *names: What it was made of.

    Raises:
        ValueError: It leads out of the run's directory.
    """
    normal = os.path.normpath(relative)
    if normal.split(os.sep)[0] == os.pardir:
        raise ValueError(f"{', '.join(map(shown, names))} leads out of the log directory")
    return "" if normal == os.curdir else normal


class CurveFiles:
    """Every file that curves have gone to, and how much of each was exported. Holds no points."""

    def __init__(self) -> None:
        self._exported: dict[str, dict[str, int]] = {}  # directory: {path of a file: points}

    def add(self, directory: str, path: str) -> None:
        self._exported.setdefault(directory, {})[path] = 0

    def export(self, json_path: str | os.PathLike[str]) -> None:
        """Writes the points since the last export; see RunWriter.export_scalars_to_json()."""
        points: dict[str, list[list[float]]] = {}
        exported: dict[str, dict[str, int]] = {}
        for directory, files in self._exported.items():
            points[directory] = []
            exported[directory] = {}
            for path, count in files.items():
                scalars = _core.read_scalars(os.fsencode(path))
                points[directory] += _rows(scalars[count:])
                exported[directory][path] = len(scalars)
        import json  # for the few who export

        with open(json_path, "w", encoding="utf-8") as out:
            json.dump(points, out)
        self._exported = exported  # now: what could not be written comes again next time


def _rows(scalars: Iterable[tuple[float, int, float]]) -> list[list[float]]:
    return [[wall_time, step, float(str(np.float32(value)))] for wall_time, step, value in scalars]
