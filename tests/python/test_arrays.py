"""The intake of arrays: whatever holds numbers, once, and errors that name the tag."""

from __future__ import annotations

import ctypes
import decimal
import multiprocessing
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tbx_native
from tests.python.test_histograms import check, written

ml_dtypes = pytest.importorskip("ml_dtypes", reason="types that numpy lacks")
torch = pytest.importorskip("torch")


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


class DlpackOnly:
    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    def __dlpack__(self, **arguments: Any) -> Any:
        return self._tensor.__dlpack__(**arguments)

    def __dlpack_device__(self) -> Any:
        return self._tensor.__dlpack_device__()


def test_torch_reads_what_numpy_s_dlpack_does_not_know(tmp_path: Path) -> None:
    tensor = torch.arange(3, dtype=torch.bfloat16)
    writer = tbx_native.SummaryWriter(tmp_path)
    writer.add_histogram("tag", DlpackOnly(tensor), bins=2)
    check(written(writer)[0], tensor.float().numpy(), 2)


class Raising:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("no memory behind it")


@pytest.mark.parametrize(
    "values",
    [
        10**400,
        [10**400, 1],
        [decimal.Decimal("sNaN")],
        [torch.ones((), requires_grad=True)],
        [torch.ones((), dtype=torch.bfloat16)],
        torch.nn.UninitializedParameter(),
        Raising(),
    ],
    ids=["int", "ints", "decimal", "grads", "bfloat16s", "uninitialized", "raising"],
)
def test_what_cannot_be_read_is_refused_by_tag(tmp_path: Path, values: Any) -> None:
    writer = tbx_native.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match="some/tag"):
        writer.add_histogram("some/tag", values)
    writer.add_histogram("tag", [1.0])
    assert len(written(writer)) == 1


def test_running_out_of_device_memory_stays_what_it_is(tmp_path: Path) -> None:
    class OutOfMemory(RuntimeError):
        pass

    class Lost:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise OutOfMemory

    with tbx_native.SummaryWriter(tmp_path) as writer, pytest.raises(OutOfMemory):
        writer.add_histogram("tag", Lost())


@pytest.mark.parametrize("name", ["float8_e3m4", "float8_e4m3", "float8_e8m0fnu", "int4", "uint2"])
def test_types_that_the_core_lacks_are_widened(tmp_path: Path, name: str) -> None:
    values = np.array([1, 1, 2, 1]).astype(getattr(ml_dtypes, name))
    writer = tbx_native.SummaryWriter(tmp_path)
    writer.add_histogram("tag", values[::-2])
    check(written(writer)[0], values[::-2].astype(np.float64))


@pytest.mark.skipif(not hasattr(torch, "float8_e8m0fnu"), reason="torch lacks the type")
def test_torch_s_scales_are_widened(tmp_path: Path) -> None:
    values = torch.tensor([2.0**-127, 0.5, 1, 2.0**127]).to(torch.float8_e8m0fnu)
    writer = tbx_native.SummaryWriter(tmp_path)
    writer.add_histogram("tag", values)
    check(written(writer)[0], values.float().numpy())


def test_too_long_doubles_are_infinite_without_a_warning(tmp_path: Path) -> None:
    if np.finfo(np.longdouble).max <= np.finfo(np.float64).max:
        pytest.skip("long double is no longer than double here")
    writer = tbx_native.SummaryWriter(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.add_histogram("tag", np.array([1, np.finfo(np.longdouble).max]))
    check(written(writer)[0], np.array([1.0, np.inf]))
