"""The intake of arrays: whatever holds numbers, once."""

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


class ReadableOnce:
    """An array whose memory goes to who asks first, as DLPack allows."""

    def __init__(self) -> None:
        self.reads = 0

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        self.reads += 1
        assert self.reads == 1
        return np.arange(4.0)


@pytest.mark.parametrize("bins", ["tensorflow", 3, "sqrt", [0.0, 1.0, 9.0]])
def test_values_are_read_once(tmp_path: Path, bins: Any) -> None:
    writer = tbx_native.SummaryWriter(tmp_path)
    writer.add_histogram("tag", ReadableOnce(), bins=bins)
    with pytest.warns(np.exceptions.ComplexWarning) as warned:
        writer.add_histogram("complex", np.array([1 + 2j, 3]), bins=bins)
    assert len(warned) == 1
    check(written(writer)[0], np.arange(4.0), bins)
