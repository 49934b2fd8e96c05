"""EventReader: what event files hold, as numpy arrays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tbx_native._file_scan import Damage, Errors, FileScan, Progress
from tbx_native._log_directory import LogDirectory
from tbx_native._raw_events import RawEvents
from tbx_native._read_values import (
    Audio,
    Histogram,
    Image,
    LazyValues,
    Place,
    as_audio,
    as_event,
    as_histogram,
    as_hparams,
    as_image,
    as_tensor,
    as_text,
)
from tbx_native._tables import all_curves, as_arrow, as_pandas, long_table, wide_table
from tbx_native.errors import NoSuchTagError

T = TypeVar("T")


class Scalars(NamedTuple):
    """The points of a tag, in the order they were written. The arrays cannot be written to."""

    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    """Seconds since the epoch."""
    values: NDArray[Any]
    """float32; float64 where some were written in double precision or as integers."""


class EventReader:
    """Reads one event file, or all event files of a directory tree.

    Files are read when something is asked of them, each once; what is not a scalar is read again
    when it is looked at. Written by tensorboardX, torch, TensorFlow or tbx_native, all is the same.

    Threads may share a reader; where one reads a file that another asks for, that one waits. What
    runs in the midst of a read, in the same thread, gets what was read before, and RuntimeError
    where it would have to read: a progress callback, a signal handler, a __del__.

    Args:
        path: An event file or a directory. Each directory with event files is a run, named by its
            path relative to this one; the files of a run are read in TensorBoard's order.
        errors: What to do where a file is damaged: "raise" a DamagedFileError, "stop" reading that
            file there, or "skip" to the next sound record. The latter two warn
            (DamagedFileWarning); damage() tells all places. A record that is torn off by the end of
            its file is no error: it may yet be written.
        follow: events() does not end, but waits for more.
        preempt: Leave out the points that TensorBoard's data server leaves out: those before a
            point of the same tag with the same or a smaller step.
        purge: Leave out the points that TensorBoard's Python loader leaves out: those before a
            restart (purge_step) with the same or a larger step.
        poll_seconds: How often to look for more when following.

    Raises:
        FileNotFoundError: There is nothing at `path`.
        ValueError: `errors` is none of the three.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        errors: Errors = "stop",
        follow: bool = False,
        preempt: bool = False,
        purge: bool = False,
        poll_seconds: float = 0.2,
    ) -> None:
        if errors not in ("raise", "stop", "skip"):
            raise ValueError(f'errors must be "raise", "stop" or "skip", not {errors!r}')
        self.path = os.fsdecode(path)
        self._errors: Errors = errors
        self._follow = follow
        self._poll_seconds = poll_seconds
        self._directory = LogDirectory(self.path, errors, follow, preempt, purge)

    def runs(self) -> list[str]:
        """The names of the runs; "." is the directory itself, or the only file."""
        return list(self._directory.runs)

    def files(self, run: str | None = None) -> list[FileScan]:
        """The files of a run, or of all, in the order they are read; none is read by this.

        Raises:
            NoSuchTagError: There is no such run.
        """
        return self._directory.files(run)

    def read(self, progress: Progress | None = None) -> None:
        """Reads all files now, several at a time.

        Args:
            progress: Is called by several threads, with the number of bytes read since its last
                call. What it raises ends the read of that file, which the next call goes on with.

        Raises:
            RuntimeError: This is called from within a read.
        """
        self._directory.read(None, progress)

    def refresh(self) -> None:
        """Reads what was written since, new files included."""
        self._directory.find_files()
        for file in self.files():
            file.refresh()

    def tags(self, run: str | None = None) -> dict[str, list[str]]:
        """The tags of each kind, in the order they first appear.

        Args:
            run: The run, or all of them.

        Returns:
            By "scalars", "histograms", "images", "audio", "text", "tensors" and "hparams", which
            are also the methods to read them with.
        """
        return self._directory.tags(run)

    def scalars(self, tag: str, run: str | None = None) -> Scalars:
        """The points of a tag.

        Args:
            tag: Its name.
            run: The run; may be left out where only one has the tag.

        Raises:
            NoSuchTagError: There is no such tag or run.
            ValueError: Several runs have the tag.
        """
        parts, kept = self._directory.parts("scalars", tag, run)
        steps, wall_times, values = (
            columns[0] if len(columns) == 1 else np.concatenate(columns)
            for columns in zip(*(part.columns for part in parts), strict=True)
        )
        if not kept.all():
            steps, wall_times, values = steps[kept], wall_times[kept], values[kept]
        return Scalars(steps, wall_times, values)

    def histograms(self, tag: str, run: str | None = None) -> LazyValues[Histogram]:
        """The histograms of a tag; see scalars()."""
        return self._values("histograms", tag, run, as_histogram)

    def images(self, tag: str, run: str | None = None) -> LazyValues[Image]:
        """The images of a tag; see scalars()."""
        return self._values("images", tag, run, as_image)

    def audio(self, tag: str, run: str | None = None) -> LazyValues[Audio]:
        """The sounds of a tag; see scalars()."""
        return self._values("audio", tag, run, as_audio)

    def text(self, tag: str, run: str | None = None) -> LazyValues[str]:
        """The texts of a tag; see scalars()."""
        return self._values("text", tag, run, as_text)

    def tensors(self, tag: str, run: str | None = None) -> LazyValues[NDArray[Any]]:
        """The tensors of a tag, also those of meshes, PR curves and others; see scalars()."""
        return self._values("tensors", tag, run, as_tensor)

    def hparams(self, run: str | None = None) -> dict[str, Any]:
        """The hyperparameters of a run: numbers, strings and bools by name; {} if it has none."""
        tag = "_hparams_/session_start_info"
        try:
            return self._values("hparams", tag, run, as_hparams)[-1]
        except NoSuchTagError:
            self.files(run)  # raises where there is no such run
            return {}

    def graph(self, run: str | None = None) -> bytes | None:
        """The last graph of a run, a serialized GraphDef; None if it has none."""
        try:
            event = self._values("graph", "", run, as_event)[-1]
        except NoSuchTagError:
            self.files(run)
            return None
        return bytes(event.graph_def)

    def events(self, run: str | None = None, *, raw: bool = True) -> Iterator[Any]:
        """Every event, file after file.

        With follow=True it does not end: what is appended to any of the files comes as it is
        written, and so do new files.

        Args:
            run: The run, or all of them.
            raw: The bytes as they were written; else messages, `tbx_native.proto.event.Event`.

        Raises:
            DamagedFileError: A file is damaged, and errors are to be raised.
        """
        streams: dict[str, RawEvents] = {}
        while True:
            found = False
            for file in self.files(run):
                stream = streams.get(file.path)
                if stream is None:
                    stream = streams[file.path] = RawEvents(file.path, self._errors, self._follow)
                for event in stream.more(raw):
                    found = True
                    yield event
            if not self._follow:
                return
            if not found:
                time.sleep(self._poll_seconds)
                self._directory.find_files()

    def to_pandas(self, *, wide: bool = False) -> Any:
        """All scalars as a pandas.DataFrame.

        Args:
            wide: A row for each run and step and a column for each tag, NaN where there is no
                value; else the columns run, tag, step, wall_time and value.

        Raises:
            ImportError: pandas is missing.
        """
        curves = all_curves(self)
        return as_pandas(wide_table(curves) if wide else long_table(curves))

    def to_arrow(self, *, wide: bool = False) -> Any:
        """All scalars as a pyarrow.Table; see to_pandas()."""
        curves = all_curves(self)
        return as_arrow(wide_table(curves) if wide else long_table(curves))

    def damage(self, run: str | None = None) -> list[Damage]:
        """Every damaged place in the files of a run, or of all."""
        return [place for file in self._directory.read(run) for place in file.damage()]

    def _values(
        self, kind: str, tag: str, run: str | None, decode: Callable[[bytes, bool], T]
    ) -> LazyValues[T]:
        parts, kept = self._directory.parts(kind, tag, run)
        places = [
            Place(part.file.path, offset, length, part.series.is_tensor)
            for part in parts
            for offset, length in zip(
                *(column.tolist() for column in part.columns[2:]), strict=True
            )
        ]
        steps, wall_times = (
            np.concatenate([part.columns[index] for part in parts])[kept] for index in (0, 1)
        )
        chosen = [place for place, keep in zip(places, kept.tolist(), strict=True) if keep]
        return LazyValues(steps, wall_times, chosen, decode)
