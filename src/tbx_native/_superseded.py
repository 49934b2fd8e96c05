"""Which points TensorBoard leaves out after a run was resumed at an earlier step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Steps = NDArray[np.int64]
Kept = NDArray[np.bool_]


def preempted(steps: Steps) -> Kept:
    """Returns which points TensorBoard's data server keeps of one tag.

    A point supersedes all before it whose step is not smaller.

    Source: StageReservoir::preempt() in tensorboard/data/server/reservoir.rs.
    """
    kept = np.ones(len(steps), bool)
    if len(steps) > 1:
        least_behind = np.minimum.accumulate(steps[:0:-1])[::-1]
        kept[:-1] = steps[:-1] < least_behind
    return kept


def purged(steps: Steps, restarts: Sequence[tuple[int, int]]) -> Kept:
    """Returns which points TensorBoard's Python loader keeps of one tag.

    Every SessionLog START of a run but the first supersedes all points before it whose step is not
    smaller than its own.

    Args:
        steps: Of all files of the run.
        restarts: Of each START the step, and how many of the points come before it.

    Source: _CheckForRestartAndMaybePurge() in
    tensorboard/backend/event_processing/plugin_event_accumulator.py.
    """
    kept = np.ones(len(steps), bool)
    for step, before in restarts[1:]:
        kept[:before] &= steps[:before] < step
    return kept
