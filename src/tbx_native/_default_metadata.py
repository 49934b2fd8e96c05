"""Steps and wall times that a with block gives to all events in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tbx_native._arguments import to_step, to_wall_time


class DefaultMetadata:
    """Steps and wall times of events that name none of their own."""

    def __init__(self) -> None:
        self._default_metadata: dict[str, Any] = {}

    def _stamp(self, step: int | None, walltime: float | None) -> tuple[int | None, float]:
        if step is None:
            step = self._default_metadata.get("global_step")
        if walltime is None:
            walltime = self._default_metadata.get("walltime")
        return (
            None if step is None else to_step(None, step),
            time.time() if walltime is None else to_wall_time(None, walltime),
        )

    @contextmanager
    def use_metadata(
        self, *, global_step: int | None = None, walltime: float | None = None
    ) -> Iterator[None]:
        """Gives events that name no step or wall time of their own these, within a with block.

        Raises:
            ValueError: Neither is given.
            RuntimeError: The block is inside another.
        """
        if global_step is None and walltime is None:
            raise ValueError("use_metadata() needs global_step or walltime")
        if self._default_metadata:
            raise RuntimeError("Default metadata is already set.")
        self._default_metadata = {"global_step": global_step, "walltime": walltime}
        try:
            yield
        finally:
            self._default_metadata = {}
