"""The intake of arrays: whatever holds numbers."""

from __future__ import annotations

import ctypes
import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tbx_native
from tests.python.test_histograms import check, written


@pytest.mark.parametrize(
    "values",
    [
        (ctypes.c_float * 4)(1, 2, 3, 4),
        ((ctypes.c_short * 2) * 3)(),
        ctypes.c_double(2.5),
        multiprocessing.RawArray("d", [1, 2]),
    ],
    ids=["1-d", "2-d", "0-d", "shared"],
)
def test_buffers_without_strides_are_read(tmp_path: Path, values: Any) -> None:
    writer = tbx_native.SummaryWriter(tmp_path)
    writer.add_histogram("tag", values)
    check(written(writer)[0], np.asarray(values))
