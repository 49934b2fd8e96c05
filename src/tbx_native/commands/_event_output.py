"""A new event file, written record by record."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from tbx_native import _core


def version_record(wall_time: float) -> bytes:
    """The record that a file begins with; `wall_time` is that of its first event.

    Without it TensorBoard's Python loader leaves out all that lies before a smaller step.
    """
    from tbx_native.proto import event

    if not math.isfinite(wall_time):  # which ends the reading of TensorBoard's data server
        wall_time = 0.0
    version = event.Event(wall_time=wall_time, file_version="brain.Event:2")
    return _core.frame(version.SerializeToString())


@contextmanager
def new_event_file(directory: str, first_wall_time: float, what: str) -> Iterator[BinaryIO]:
    """Opens a file in `directory`, which is made where it is missing.

    Its name is a whole file's only when the block has ended: before, it is hidden, and it is
    removed where the block raises.

    Raises:
        FileExistsError: There are event files in `directory` already.
    """
    # A damaged one is NaN, or has more digits than a file name can.
    seconds = int(first_wall_time) if 0 <= first_wall_time < 10**10 else 0
    os.makedirs(directory, exist_ok=True)
    if any("tfevents" in name for name in os.listdir(directory)):
        raise FileExistsError(17, "there are event files already", directory)
    name = f"events.out.tfevents.{seconds:010d}.{what}"
    hidden = os.path.join(directory, f".{name}")
    try:
        with open(hidden, "xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(hidden, os.path.join(directory, name))
    except BaseException:
        if os.path.exists(hidden):
            os.remove(hidden)
        raise
