"""SummaryWriter with tensorboardX's API."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from tbx_native._core import own_native_methods
from tbx_native._engine import (
    DEFAULT_ENCODER_BYTES,
    DEFAULT_OVERFLOW_TIMEOUT,
    DEFAULT_QUEUE_BYTES,
    EngineOptions,
    OnError,
    Overflow,
)
from tbx_native._run_writer import RunWriter


@own_native_methods
class SummaryWriter(RunWriter):
    """Writes a training run for TensorBoard.

    Every method may be called from any thread. What was added is in the event file within 50 ms;
    close(), the end of a with block, or the end of the program writes the rest. Forked children
    append to the same event files; so do spawned ones that the writer is passed to.

    Args:
        logdir: Directory of the run. None is ``runs/<date>_<time>_<hostname><comment>``. Or a URL:
            s3:// (boto3), gs:// (google-cloud-storage), a scheme with a factory of yours, or what
            fsspec knows. Its files are copied there every flush_secs, by flush() and by close().
        comment: Appended to the default directory's name.
        purge_step: TensorBoard is asked to forget what the directory has from this step on.
        max_queue: Accepted for compatibility; see queue_bytes.
        flush_secs: How often the files are synced to the device, in seconds.
        filename_suffix: Appended to event file names.
        write_to_disk: False checks arguments and writes nothing, not even a directory.
        log_dir: Another name of logdir, which wins if both are given.
        comet_config: Arguments of a comet_ml.Experiment, or with "offline": True beside them of an
            OfflineExperiment, that all of this is logged to as well; None or {"disabled": True} is
            none. What fails there is logged once and hurts nothing else.
        log_freq: Scalars with a step that is not a multiple of this are skipped.
        on_error: When events cannot be written: "warn" once per cause and go on, or "raise" OSError
            at the next call.
        overflow: When the queue is full: "block" the caller, without the GIL, or "drop" the event
            and count it. Either waits until an event larger than a quarter of it is in the file.
        overflow_timeout: How long to block beside a queue that nothing is written from, in seconds;
            then drop, and warn.
        queue_bytes: Size of the queue, rounded up to a power of two.
        encoder_bytes: Memory that images, sounds and the like may hold while they wait to be
            encoded by other threads; with overflow="block" the caller waits when it is full.
        flush_on_sigterm: Have SIGTERM flush all open writers, for at most five seconds, before it
            does what it did when this was first asked for: call a handler of Python's, or end the
            process by the signal. Only in the main thread. Without it nothing is lost that the next
            writer, or recover(), could not find, except images and the like not encoded yet.

    Raises:
        ImportError: comet_config asks for comet_ml, which is not installed.
        OSError: The directory or the event file cannot be created or written.
        ValueError: An option is out of its range.
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
        comet_config: Mapping[str, Any] | None = None,
        *,
        log_freq: int = 1,
        on_error: OnError = "warn",
        overflow: Overflow = "block",
        overflow_timeout: float = DEFAULT_OVERFLOW_TIMEOUT,
        queue_bytes: int = DEFAULT_QUEUE_BYTES,
        encoder_bytes: int = DEFAULT_ENCODER_BYTES,
        flush_on_sigterm: bool = False,
    ) -> None:
        if comet_config:
            from tbx_native._comet import mirror_at_comet

            mirror_at_comet(self, comet_config)
        self.kwargs: dict[str, Any] = {}
        self.scalar_dict: dict[str, list[Any]] = {}
        options = EngineOptions(
            flush_secs,
            queue_bytes,
            overflow,
            overflow_timeout,
            on_error,
            encoder_bytes,
            flush_on_sigterm,
        )
        super().__init__(
            logdir or log_dir,
            comment,
            purge_step,
            max_queue,
            flush_secs,
            filename_suffix,
            write_to_disk,
            log_freq,
            options,
        )

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        comet = sys.modules.get("tbx_native._comet")  # imported by the first who asks for a mirror
        return state if comet is None else comet.without_mirror(state)

    @property
    def logdir(self) -> Any:
        """The run's directory, as it was given."""
        return self._logdir

    @logdir.setter
    def logdir(self, directory: Any) -> None:
        self._set_logdir(directory)

    log_dir = logdir

    def _curve_directory(self, main_tag: str, tag: str) -> str:
        # Leading slashes would make os.path.join() forget the run's directory.
        return os.path.join(main_tag.lstrip("/"), tag.lstrip("/"))
