"""tbx-native repair: copies of event files with the sound records alone."""

from __future__ import annotations

import argparse
import os
import warnings
from typing import Any

from tbx_native import _core
from tbx_native._event_files import find_event_files
from tbx_native._raw_events import RawEvents
from tbx_native.commands._event_output import version_record
from tbx_native.commands._terminal import (
    EXIT_CODES,
    OK,
    Progress,
    print_json,
    print_line,
    require_event_files,
)
from tbx_native.errors import DamagedFileWarning

_CHUNK = 1 << 20  # bytes


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "repair",
        help="write a clean copy of damaged files",
        description="Copies event files without what is damaged, so that TensorBoard reads all the"
        f" rest. A first record that is lost, which tells the version, is made anew. {EXIT_CODES}",
    )
    parser.add_argument("path", help="event file or log directory")
    parser.add_argument("output", nargs="?", help="file or directory to write; must not exist")
    parser.add_argument(
        "--in-place",
        action="store_true",
        help="replace damaged files by their copies; no program may be writing to them",
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.in_place == (arguments.output is not None):
        raise ValueError("say where to write the copy, or --in-place")
    if arguments.output is not None and os.path.exists(arguments.output):
        raise FileExistsError(17, "there is something already", arguments.output)
    runs = find_event_files(arguments.path)
    require_event_files(arguments.path, runs)
    paths = [path for of_run in runs.values() for path in of_run]
    results = []
    with Progress(2 * sum(map(os.path.getsize, paths)), "repairing") as progress:
        for path in paths:
            output = path
            if arguments.output is not None:
                output = arguments.output
                if os.path.isdir(arguments.path):
                    output = os.path.join(output, os.path.relpath(path, arguments.path))
            results.append(_repair(path, output, progress))
    if arguments.json:
        print_json(results)
        return OK
    for result in results:
        kept, lost = f"{result['records']:,} records kept", f"{result['lost']:,} bytes left out"
        print_line(f"{result['output']}: {kept}, {lost} at {result['places']} places")
    return OK


def _repair(path: str, output: str, progress: Progress) -> dict[str, Any]:
    scan = _core.EventScan(os.fsencode(path), False)
    scan.advance(False, False, progress.in_file())
    left_out = [(offset, end) for offset, end, _ in scan.damage()]
    if scan.torn_bytes:
        left_out.append((scan.size - scan.torn_bytes, scan.size))
    if output != path or left_out:
        target = os.path.realpath(output)  # else a copy takes the place of a link to the file
        folder, name = os.path.split(target)
        os.makedirs(folder, exist_ok=True)
        beside = os.path.join(folder, f".{name}.repaired")  # what was cut short is no copy
        try:
            first = _new_version(path) if left_out and left_out[0][0] == 0 else b""
            _copy(path, beside, first, left_out, scan.size, progress)
            os.chmod(beside, os.stat(path).st_mode & 0o777)
            os.replace(beside, target)
        except BaseException:
            if os.path.exists(beside):
                os.remove(beside)
            raise
    return {
        "path": path,
        "output": output,
        "records": scan.records,
        "places": len(left_out),
        "lost": sum(end - offset for offset, end in left_out),
    }


def _new_version(path: str) -> bytes:
    """The record to begin with where that of the file is lost; b"" where a sound one follows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        events = RawEvents(path, "skip", False).more(False)
        first = next(events, None)
    return version_record(first.wall_time) if first is not None and not first.file_version else b""


def _copy(
    path: str,
    output: str,
    first: bytes,
    left_out: list[tuple[int, int]],
    size: int,
    progress: Progress,
) -> None:
    with open(path, "rb") as source, open(output, "xb") as target:
        target.write(first)
        position = 0
        for offset, end in [*left_out, (size, size)]:
            source.seek(position)
            while position < offset:
                chunk = source.read(min(_CHUNK, offset - position))
                if not chunk:
                    raise OSError(f"{path} became shorter while it was copied")
                target.write(chunk)
                position += len(chunk)
                progress(len(chunk))
            position = end
        target.flush()
        os.fsync(target.fileno())
