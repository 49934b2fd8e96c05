"""GlobalSummaryWriter: one run that many threads and processes log into, without steps."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

from tbx_native._logger import logger
from tbx_native._step_counters import CountersAddress, StepCounters
from tbx_native._summary_sink import check_tag
from tbx_native.file_writer import DummyFileWriter, FileWriter
from tbx_native.writer import SummaryWriter

Self = TypeVar("Self", bound="GlobalSummaryWriter")


class GlobalSummaryWriter:
    """A SummaryWriter that counts the steps itself.

    The first call for a tag has step 0, and each further one of the same kind (scalar, image …)
    the next, whichever thread or process it comes from: no step twice. A call that raises has used
    up its step. The counters live as long as the object; also after close() they go on.

    Processes may come about in any way. A forked child goes on with the writer that it inherits,
    in the same event file. To a child of multiprocessing's "spawn" or "forkserver", or a task of a
    pool, the writer is passed as an argument, while this process holds it: it is pickled as a
    handle of the same event file and counters.

    Costs no process; multiprocessing is not even imported.

    Args:
        logdir, comment, purge_step, max_queue, flush_secs, filename_suffix, write_to_disk, log_dir:
            As for SummaryWriter.
        coalesce_process: Accepted for compatibility; tensorboardX ignores it too.
        **kwargs: SummaryWriter's other options.

    Attributes:
        smw: The SummaryWriter of this process.

    Raises:
        OSError: The directory, the event file or the file of the counters cannot be created.
        TypeError, ValueError: An option is not what it should be.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str] | None = None,
        comment: str | None = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        write_to_disk: bool = True,
        log_dir: str | os.PathLike[str] | None = None,
        coalesce_process: bool = True,
        **kwargs: Any,
    ) -> None:
        options = {
            "max_queue": max_queue,
            "flush_secs": flush_secs,
            "filename_suffix": filename_suffix,
            "write_to_disk": write_to_disk,
            **kwargs,
        }
        smw = SummaryWriter(logdir or log_dir, comment, purge_step, **options)
        self._take_over(smw, StepCounters() if write_to_disk else None)

    def _take_over(self, smw: SummaryWriter, counters: StepCounters | None) -> None:
        self.smw = smw
        self._counters = counters
        if counters is not None:
            _in_process[counters.token] = self

    def __reduce__(self) -> tuple[Any, ...]:
        address = None if self._counters is None else self._counters.address()
        return _at_address, (type(self), address, self.smw)

    # ---- adding ----

    @contextmanager
    def _next_step(self, kind: str, tag: str) -> Iterator[int]:
        check_tag(tag)
        if self._counters is None:
            yield 0  # of nothing that is written
            return
        with self._counters.next_step(kind, tag) as step:
            yield step

    def add_scalar(self, tag: str, scalar_value: Any, walltime: float | None = None) -> None:
        """As SummaryWriter.add_scalar()."""
        with self._next_step("scalar", tag) as step:
            self.smw.add_scalar(tag, scalar_value, step, walltime)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: Mapping[str, Any], walltime: float | None = None
    ) -> None:
        """As SummaryWriter.add_scalars(); the steps are those of `main_tag`."""
        with self._next_step("scalars", main_tag) as step:
            self.smw.add_scalars(main_tag, tag_scalar_dict, step, walltime)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """As SummaryWriter.add_histogram()."""
        with self._next_step("histogram", tag) as step:
            self.smw.add_histogram(tag, values, step, bins, walltime, max_bins)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """As SummaryWriter.add_image()."""
        with self._next_step("image", tag) as step:
            self.smw.add_image(tag, img_tensor, step, walltime, dataformats=dataformats)

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """As SummaryWriter.add_audio()."""
        with self._next_step("audio", tag) as step:
            self.smw.add_audio(tag, snd_tensor, step, sample_rate, walltime)

    def add_text(self, tag: str, text_string: str, walltime: float | None = None) -> None:
        """As SummaryWriter.add_text()."""
        with self._next_step("text", tag) as step:
            self.smw.add_text(tag, text_string, step, walltime)

    # ---- the writer ----

    @staticmethod
    def getSummaryWriter() -> GlobalSummaryWriter:  # tensorboardX's name
        """Returns the writer that all modules of this process share, with the default options.

        The first call creates it. Forked children go on with it; others have one of their own.
        """
        global _shared
        with _sharing:
            if _shared is None:
                _shared = GlobalSummaryWriter()
            logger().info("Using the global logger in: %s", _shared.smw.get_logdir())
            return _shared

    @property
    def file_writer(self) -> FileWriter | DummyFileWriter:
        """The FileWriter of this process; after close() a new one."""
        return self.smw._get_file_writer()

    def flush(self) -> None:
        """As SummaryWriter.flush(), for what this process has added."""
        self.smw.flush()

    def close(self) -> None:
        """As SummaryWriter.close(), in this process; a later add_* opens the next file."""
        self.smw.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_in_process: weakref.WeakValueDictionary[bytes, GlobalSummaryWriter] = weakref.WeakValueDictionary()
# Those that were unpickled: a pool unpickles its arguments at every task, and drops them.
_unpickled: list[GlobalSummaryWriter] = []
_unpickling = threading.RLock()

_shared: GlobalSummaryWriter | None = None
_sharing = threading.RLock()


def _at_address(
    kind: type[GlobalSummaryWriter],
    address: CountersAddress | None,
    smw: SummaryWriter,
) -> GlobalSummaryWriter:
    """Unpickles: this process's writer with the counters at `address`, else a new one."""
    with _unpickling:
        known = None if address is None else _in_process.get(address.token)
        if known is not None:
            return known
        writer = kind.__new__(kind)
        counters = None if address is None else StepCounters.at_address(address)
        writer._take_over(smw, counters)
        if counters is not None:
            _unpickled.append(writer)
        return writer


def _after_fork_in_child() -> None:
    # A thread that is not in this process may have held them.
    global _unpickling, _sharing
    _unpickling, _sharing = threading.RLock(), threading.RLock()


os.register_at_fork(after_in_child=_after_fork_in_child)
