"""The event writer in plain Python, to be read as the specification of the native one.

It takes the same calls and, for the same wall times, writes the same bytes. It has no thread, no
queue and no fork safety; events reach the file in batches, at `flush`, at `close` and every
`flush_secs`. Arguments are checked in reference_arguments, histograms counted in
reference_histogram; events are encoded in reference_encoding, framed and written in
reference_record. A new kind of summary is one function each for checking and encoding, and a
method here.
"""

import contextlib
import os
import socket
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from benchmarks import reference_encoding as encoding
from benchmarks.reference_arguments import (
    checked_array,
    checked_directory,
    checked_doubles,
    checked_step,
    checked_text,
    checked_value,
    checked_wall_time,
    clean_tag,
    shown,
)
from benchmarks.reference_histogram import Histogram, histogram
from benchmarks.reference_record import EventFile

if TYPE_CHECKING:
    from typing_extensions import Self


def default_logdir(comment: str | None = "") -> str:
    """`runs/<month><day>_<time>_<host><comment>`, as both tensorboardX and torch name it."""
    now = datetime.now().strftime("%b%d_%H-%M-%S")
    return os.path.join("runs", f"{now}_{socket.gethostname()}{comment or ''}")


class ReferenceWriter:
    """Writes scalars and histograms to an event file in `logdir`.

    Args:
        logdir: The run's directory; by default a new one below `runs`.
        comment: Suffix of the default directory's name.
        purge_step: Hide points at this step and later that earlier files of the run hold.
        max_queue: Accepted because the native writer has it; here is no queue.
        flush_secs: Write gathered events when the last write is so many seconds ago.
        filename_suffix: Appended to the names of the event files.
        clean_tags: Replace characters in tags as tensorboardX does; torch keeps tags as they are.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str] | None = None,
        comment: str | None = "",
        purge_step: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        *,
        clean_tags: bool = True,
    ) -> None:
        self.logdir = logdir or default_logdir(comment)
        self.purge_step = purge_step
        self._unwritten_purge = (
            None if purge_step is None else checked_step(purge_step, "purge_step")
        )
        self._filename_suffix = filename_suffix
        self._clean_tags = clean_tags
        self._flush_secs = flush_secs
        self._next_flush = time.monotonic() + flush_secs
        self._files: dict[str, EventFile] = {}  # by directory: the writer's own and add_scalars'
        self._file_in(self.get_logdir())

    def get_logdir(self) -> str:
        """The run's directory."""
        return os.fspath(self.logdir)

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: Any = None,
        display_name: str | None = "",
        summary_description: str | None = "",
        *,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """Adds one scalar: as a float32, or `new_style` as a tensor, of a double if so asked."""
        owner = _owner(tag)
        tag = self._written_tag(tag)
        value = checked_value(scalar_value, owner)
        # tensorboardX makes metadata, though empty, of a None; there is nothing in it to read.
        titled = bool(display_name or summary_description)
        metadata = encoding.summary_metadata(
            "scalars" if new_style else "",
            checked_text(display_name or "", f"{owner}: display name"),
            checked_text(summary_description or "", f"{owner}: description"),
        )
        if new_style:
            summary = encoding.tensor_value(tag, value, double_precision, metadata)
        else:
            summary = encoding.simple_value(tag, value, metadata if titled else None)
        self._append(self.get_logdir(), self._event([summary], owner, global_step, walltime))

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: Any = None,
        walltime: Any = None,
    ) -> None:
        """Adds each scalar, tagged `main_tag`, to a file in a directory of its own."""
        walltime = time.time() if walltime is None else walltime
        owner = _owner(main_tag)
        tag = self._written_tag(main_tag)
        if not isinstance(tag_scalar_dict, Mapping):
            raise TypeError(f"{owner}: {shown(tag_scalar_dict)} is not a mapping")
        # All are checked before any is written: a refused call leaves nothing behind.
        step = checked_step(global_step, owner)
        walltime = checked_wall_time(walltime, owner)
        events = []
        for key, scalar_value in tag_scalar_dict.items():
            directory = checked_directory(self.get_logdir(), main_tag, key, owner)
            value = encoding.simple_value(tag, checked_value(scalar_value, f"{owner}/{shown(key)}"))
            events.append((directory, encoding.summary_event(walltime, step, [value])))
        self._file_in(self.get_logdir())
        for directory, event in events:
            self._append(directory, event)

    def log(self, metrics: Mapping[str, Any], step: Any = None, walltime: Any = None) -> None:
        """Adds all metrics as one event; keys of nested mappings are joined with `/`."""
        values = [
            encoding.simple_value(self._written_tag(tag), checked_value(value, _owner(tag)))
            for tag, value in self._flattened("", metrics)
        ]
        event = self._event(values, "log", step, walltime)
        if values:
            self._append(self.get_logdir(), event)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: Any = "tensorflow",
        walltime: Any = None,
        max_bins: int | None = None,
    ) -> None:
        """Adds the histogram of an array: `bins` are the default ones, or numpy.histogram's."""
        owner = _owner(tag)
        tag = self._written_tag(tag)
        counted = histogram(checked_array(values, owner), bins, max_bins)
        value = encoding.histogram_value(tag, counted)
        self._append(self.get_logdir(), self._event([value], owner, global_step, walltime))

    def add_histogram_raw(
        self,
        tag: str,
        min: float,
        max: float,
        num: float,
        sum: float,
        sum_squares: float,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: Any = None,
        walltime: Any = None,
    ) -> None:
        """Adds a histogram as it is; the tag, too, is not cleaned, as in tensorboardX."""
        owner = _owner(tag)
        limits = checked_doubles(bucket_limits, owner)
        counts = checked_doubles(bucket_counts, owner)
        if len(limits) != len(counts):
            raise ValueError(f"{owner}: {len(limits)} bucket limits, {len(counts)} bucket counts")
        given = Histogram(min, max, num, sum, sum_squares, limits, counts)
        value = encoding.histogram_value(checked_text(tag, "tag"), given)
        self._append(self.get_logdir(), self._event([value], owner, global_step, walltime))

    def flush(self) -> None:
        """Returns when everything added is on the disk."""
        for file in self._files.values():
            file.sync()

    def close(self) -> None:
        """Flushes and closes; whatever is added later goes to a new file."""
        with contextlib.ExitStack() as closing:  # closes the others even if one fails
            for file in self._files.values():
                closing.callback(file.close)
            self._files = {}

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _written_tag(self, tag: Any) -> str:
        if self._clean_tags and isinstance(tag, str):
            tag = clean_tag(tag)
        return checked_text(tag, "tag")

    def _flattened(self, prefix: str, metrics: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Every leaf of nested mappings with its path as the tag."""
        if not isinstance(metrics, Mapping):
            raise TypeError(f"metrics must be a mapping, not {shown(metrics)}")
        for key, value in metrics.items():
            if not isinstance(key, str):
                raise TypeError(f"key {shown(key)} below {shown(prefix)} must be a str")
            if isinstance(value, Mapping):
                self._written_tag(key)  # refused as a tag is, though nothing may be below it
                yield from self._flattened(f"{prefix}{key}/", value)
            else:
                yield prefix + key, value

    def _event(self, values: list[bytes], owner: str, step: Any, wall_time: Any) -> bytes:
        wall_time = time.time() if wall_time is None else wall_time
        return encoding.summary_event(
            checked_wall_time(wall_time, owner), checked_step(step, owner), values
        )

    def _append(self, directory: str, event: bytes) -> None:
        self._file_in(directory).append(event)
        if time.monotonic() >= self._next_flush:
            for file in self._files.values():
                file.flush()
            self._next_flush = time.monotonic() + self._flush_secs

    def _file_in(self, directory: str) -> EventFile:
        """The open event file of `directory`, or a new one that begins with its version."""
        file = self._files.get(directory)
        if file is not None:
            return file
        file = self._files[directory] = EventFile(directory, self._filename_suffix)
        file.append(encoding.version_event(time.time()))
        if self._unwritten_purge is not None:  # the run's own file, which is opened first
            step, self._unwritten_purge = self._unwritten_purge, None
            file.append(encoding.version_event(time.time(), step))
            # TensorBoard's Python reader takes a run's first START for its beginning; the second
            # is the restart that purges.
            file.append(encoding.session_start_event(time.time(), step))
            file.append(encoding.session_start_event(time.time(), step))
        file.flush()
        return file


SummaryWriter = ReferenceWriter


def _owner(tag: object) -> str:
    return f"tag {shown(tag)}"
