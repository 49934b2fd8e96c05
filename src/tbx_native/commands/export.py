"""tbx-native export: scalars as CSV, JSON lines or Parquet."""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from tbx_native._tables import Table, as_arrow, long_table, wide_table
from tbx_native.commands._terminal import (
    EXIT_CODES,
    OK,
    Progress,
    add_reading_options,
    curves,
    open_reader,
)

_ROWS = 65_536  # are Python objects at a time


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "export",
        help="scalars as csv, jsonl or parquet",
        description=f"Exports scalars. {EXIT_CODES}",
    )
    add_reading_options(parser)
    parser.add_argument("-o", "--output", help="file to write; else standard output")
    parser.add_argument(
        "--format", choices=("csv", "jsonl", "parquet"), help="else by the name of the file, or csv"
    )
    parser.add_argument(
        "--wide", action="store_true", help="a row for each step and a column for each tag"
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    form = arguments.format or _format_of(arguments.output)
    if form == "parquet" and arguments.output is None:
        raise ValueError("parquet needs --output FILE")
    reader = open_reader(arguments)
    points = [(name, tag, reader.scalars(tag, name)) for name, tag in curves(reader, arguments)]
    table = wide_table(points) if arguments.wide else long_table(points)
    if form == "parquet":
        arrow = as_arrow(table)  # names the extra where pyarrow is missing
        import pyarrow.parquet

        pyarrow.parquet.write_table(arrow, arguments.output)
        return OK
    count = len(next(iter(table.values())))
    with _opened(arguments.output) as out, Progress(count, "writing") as progress:
        # Not among rows on a terminal.
        rows = _rows(table, count, None if arguments.output is None else progress)
        if form == "csv":
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(table)
            writer.writerows(rows)
        else:
            for row in rows:
                out.write(json.dumps(dict(zip(table, map(_for_json, row), strict=True))) + "\n")
    return OK


def _format_of(path: str | None) -> str:
    ending = (path or "").rpartition(".")[2]
    return ending if ending in ("csv", "jsonl", "parquet") else "csv"


@contextmanager
def _opened(path: str | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    # A run's name is that of a directory, which need not be UTF-8: its bytes are kept.
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        yield out


def _rows(table: Table, count: int, progress: Progress | None) -> Iterator[tuple[Any, ...]]:
    for start in range(0, count, _ROWS):
        columns = (column[start : start + _ROWS].tolist() for column in table.values())
        yield from zip(*columns, strict=True)
        if progress is not None:
            progress(min(_ROWS, count - start))


def _for_json(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
