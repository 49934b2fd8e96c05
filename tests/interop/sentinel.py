"""Waiting for a reader of TensorBoard's to have looked at every run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.interop.records import VERSION, point


class Sentinel:
    """A run that tells when the reader has looked at all of them once more."""

    def __init__(self, logdir: Path, tensorboard: Any) -> None:
        self._file = logdir / "sentinel" / "events.out.tfevents.1.host"
        self._tensorboard = tensorboard
        self._steps = 0

    def wait(self) -> None:
        # The pass that shows the first of the two may have begun before the call; not the second's.
        for _ in range(2):
            self._file.parent.mkdir(exist_ok=True)
            with open(self._file, "ab") as file:
                file.write((b"" if self._steps else VERSION) + point(self._steps))
            self._steps += 1
            self._tensorboard.wait_for(self._is_shown)

    def _is_shown(self) -> bool:
        if "sentinel" not in self._tensorboard.get("plugin/scalars/tags"):
            return False
        return len(self._tensorboard.scalars("sentinel", "a")) == self._steps
