"""Which event files there are below a path, and to which runs they belong."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

ROOT_RUN = "."
"""The run of a single file and of the directory itself, as TensorBoard calls it."""


def find_event_files(path: str) -> dict[str, list[str]]:
    """Returns the paths of event files by run, both in TensorBoard's order.

    A run is a directory with event files, named by its path relative to `path`. Its files are
    those whose names contain "tfevents", in the order of their names.

    Args:
        path: An event file, whatever its name, or a directory, with all directories below it.

    Raises:
        FileNotFoundError: There is nothing at `path`.
        OSError: A directory cannot be listed.
        ValueError: `path` is a pipe or the like, which cannot be read twice.
    """
    if not os.path.isdir(path):
        if not os.path.exists(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if not os.path.isfile(path):
            raise ValueError(f"{path} is neither a file nor a directory")
        return {ROOT_RUN: [path]}
    runs = {os.path.relpath(folder, path): files for folder, files in _folders(path) if files}
    return {run: runs[run] for run in sorted(runs)}


def _folders(path: str) -> Iterator[tuple[str, list[str]]]:
    for folder, folders, names in os.walk(path, onerror=_raise_unless_gone, followlinks=True):
        # Else a link to a directory around it is a run in a run, forty deep.
        folders[:] = [name for name in folders if not _leads_back(folder, name)]
        files = [os.path.join(folder, name) for name in sorted(names) if _is_event_file(name)]
        # Links that lead nowhere cannot be opened; opening a pipe may not end.
        yield folder, [file for file in files if os.path.isfile(file)]


def _leads_back(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    if not os.path.islink(path):
        return False
    here, there = os.path.realpath(folder), os.path.realpath(path)
    return os.path.commonpath([here, there]) == there


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # removed while the tree is walked
        raise error


def _is_event_file(name: str) -> bool:
    # Source: IsSummaryEventsFile() of tensorboard/backend/event_processing/io_wrapper.py. A hidden
    # one is the queue of a writer.
    return "tfevents" in name and not name.endswith(".profile-empty") and name[0] != "."
