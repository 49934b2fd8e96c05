"""Summaries as messages: what an add_* method of either API would write, handed back instead."""

from __future__ import annotations

from typing import Any

from tbx_native._encoding_queue import Encoding
from tbx_native._run_writer import RunWriter
from tbx_native.compat.torch import writer as torch_writer
from tbx_native.writer import SummaryWriter


class _Recording(RunWriter):
    """Keeps the event of the last call. Opens nothing, so that no file's constructor runs."""

    def __init__(self) -> None:
        self._write_to_disk = True
        self._log_freq = 1
        self._default_step = None
        self._default_wall_time = None
        self._configure_methods(self, log_freq=1)
        self._intercept()
        self.event = b""

    def _hand_over(self, event: bytes) -> None:
        self.event = event

    def _encode_later(
        self, tag: object, encoding: Encoding, global_step: int | None, walltime: float | None
    ) -> None:
        self._append_summary(tag, encoding.encode(), global_step, walltime)


class _TensorboardxRecording(_Recording, SummaryWriter):
    pass


class _TorchRecording(_Recording, torch_writer.SummaryWriter):
    pass


def tensorboardx_summary(method: str, *args: Any, **kwargs: Any) -> Any:
    """Returns the Summary message that `method` of tbx_native.SummaryWriter would write."""
    return _recorded(_TensorboardxRecording(), method, *args, **kwargs)


def torch_summary(method: str, *args: Any, **kwargs: Any) -> Any:
    """As tensorboardx_summary(), of torch's SummaryWriter."""
    return _recorded(_TorchRecording(), method, *args, **kwargs)


def _recorded(recording: _Recording, method: str, *args: Any, **kwargs: Any) -> Any:
    from tbx_native.proto.event import Event

    getattr(recording, method)(*args, **kwargs)
    return Event.FromString(recording.event).summary


def parsed(summary: bytes) -> Any:
    """Returns the message of a serialized Summary."""
    from tbx_native.proto.summary import Summary

    return Summary.FromString(summary)
