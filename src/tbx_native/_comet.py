"""The mirror at Comet: what a SummaryWriter is given to add also goes to a comet_ml experiment."""

from __future__ import annotations

import atexit
import functools
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tbx_native._comet_kinds import LOG_CALL, LOG_VALUE, Destination
from tbx_native._encoding_queue import Encoding
from tbx_native._logger import logger


def mirror_at_comet(writer: Any, config: Mapping[str, Any] | None) -> None:
    """Has `writer` log to a comet_ml experiment, too, unless `config` is empty or disables that.

    It is put before the methods of this one object, so that other writers pay nothing for it. What
    fails at Comet is logged once and hurts nothing else. Other processes do not log to
    Comet.

    Args:
        writer: A SummaryWriter.
        config: Arguments of comet_ml.Experiment; or, with "offline": True beside them, of
            comet_ml.OfflineExperiment.

    Raises:
        ImportError: Something is to be logged, and comet_ml is not installed.
    """
    if not config or config.get("disabled"):
        return
    try:
        import comet_ml
    except ImportError as error:
        message = 'comet_config needs the package comet_ml: pip install "tbx_native[comet]"'
        raise ImportError(message) from error
    _Mirror(writer, comet_ml, config).put_before_methods()


def without_mirror(state: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the attributes of a writer without the mirror, which is this process's."""
    return {name: value for name, value in state.items() if name not in _MIRRORED}


_MIRRORED = {*LOG_CALL, "_append_summary", "_encode_later", "close"}


class _Mirror:
    def __init__(self, writer: Any, comet_ml: Any, config: Mapping[str, Any]) -> None:
        arguments = dict(config)
        is_offline = arguments.pop("offline", False)
        kind = comet_ml.OfflineExperiment if is_offline else comet_ml.Experiment
        self._open: Callable[[], Any] = functools.partial(kind, **arguments)
        self._writer = writer
        self._experiment: Any = None  # opened with the first thing to log, and again after close()
        self._process = os.getpid()
        # Held while something is logged: an experiment has one current step, for all threads.
        # Re-entrant, because a signal handler may log.
        self._lock = threading.RLock()
        self._has_told = False

    def put_before_methods(self) -> None:
        methods = vars(self._writer)
        for name in LOG_CALL:
            methods[name] = self._logging(getattr(self._writer, name), LOG_CALL[name])
        # All other kinds come through here, some of them in another thread.
        methods["_append_summary"] = self._logging(self._writer._append_summary, _log_summary)
        methods["_encode_later"] = self._encoding(self._writer._encode_later)
        methods["close"] = self._closing(self._writer.close)

    def _logging(self, method: Callable[..., None], log: Callable[..., None]) -> Any:
        @functools.wraps(method)
        def add(*args: Any, **kwargs: Any) -> None:
            # An iterator would be at its end when it is Comet's turn.
            args = tuple(list(value) if isinstance(value, Iterator) else value for value in args)
            method(*args, **kwargs)
            self._log(log, *args, **kwargs)

        return add

    def _encoding(self, encode_later: Callable[..., None]) -> Any:
        def encode(tag: object, encoding: Encoding, step: Any, walltime: Any) -> None:
            encode_later(tag, encoding, step, walltime)
            if not self._writer._write_to_disk:  # and so nobody has encoded it
                self._log(lambda to: _log_summary(to, tag, encoding.encode(), step))

        return encode

    def _closing(self, close: Callable[[], None]) -> Any:
        @functools.wraps(close)
        def close_both() -> None:
            try:
                close()
            finally:
                self._end()

        return close_both

    def _log(self, log: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        if os.getpid() != self._process:
            return  # the threads of the experiment are the parent's
        try:
            with self._lock:
                if self._experiment is None:
                    self._experiment = self._open()
                    self._experiment.log_other("Created from", "tbx_native")
                    # comet_ml ends its experiments at exit; what is in the queue comes first.
                    atexit.register(self._writer.close)
                log(Destination(self._experiment, self._writer), *args, **kwargs)
        except Exception as error:
            self._tell(error)

    def _end(self) -> None:
        if os.getpid() != self._process:
            return
        with self._lock:
            experiment, self._experiment = self._experiment, None
        if experiment is None:
            return
        atexit.unregister(self._writer.close)
        try:
            experiment.end()
        except Exception as error:
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        if not self._has_told:
            self._has_told = True
            message = "Comet does not get everything that is added: %s: %s (told once)"
            logger().warning(message, type(error).__name__, error)


def _log_summary(
    to: Destination, tag: object, content: bytes, step: Any = None, walltime: Any = None
) -> None:
    from tbx_native.proto.summary import Summary

    for value in Summary.FromString(content).value:
        kind = value.metadata.plugin_data.plugin_name or value.WhichOneof("value")
        kind = value.WhichOneof("value") if kind not in LOG_VALUE else kind
        if kind in LOG_VALUE:
            LOG_VALUE[kind](to, value, to.step(step))
