"""torch's tensors: which are read where they lie, and what becomes of the others."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tbx_native
from tests.python.test_histograms import check, written

torch = pytest.importorskip("torch")

COUNTED = [
    getattr(torch, name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "bfloat16", "float32", "float64"),
        *("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"),
    )
    if hasattr(torch, name)
]

VIEWS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda tensor: tensor,
    "transposed": lambda tensor: tensor.t(),
    "from the middle": lambda tensor: tensor[1:, ::2],
    "one column": lambda tensor: tensor[:, 3],
    "repeated": lambda tensor: tensor[:, :1].expand(-1, 50),
    "one value": lambda tensor: tensor[2, 2],
}

has_exchange_api = pytest.mark.skipif(
    not hasattr(torch.Tensor, "__dlpack_c_exchange_api__"), reason="this torch is older"
)


@pytest.fixture
def no_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(tag: object, values: object) -> None:
        raise AssertionError(f"{tag}: {values} took the long way")

    monkeypatch.setattr("tbx_native._arrays.to_array", refuse)


def histogram_of(values: Any, logdir: Path) -> Any:
    writer = tbx_native.SummaryWriter(logdir)
    writer.add_histogram("tag", values)
    (found,) = written(writer)
    return found


@has_exchange_api
@pytest.mark.usefixtures("no_long_way")
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dtype", COUNTED, ids=str)
def test_plain_tensors_are_read_where_they_lie(dtype: Any, view: str, tmp_path: Path) -> None:
    tensor = VIEWS[view]((torch.arange(48).reshape(6, 8) % 29).to(dtype))
    check(histogram_of(tensor, tmp_path), tensor.double().numpy())


@has_exchange_api
@pytest.mark.usefixtures("no_long_way")
def test_parameters_and_what_requires_grad_are_plain(tmp_path: Path) -> None:
    values = torch.linspace(-1, 1, 70)
    check(histogram_of(torch.nn.Parameter(values), tmp_path / "parameter"), values.numpy())
    leaf = values.clone().requires_grad_()
    check(histogram_of(leaf, tmp_path / "leaf"), values.numpy())
    with torch.inference_mode():
        check(histogram_of(leaf * 2, tmp_path / "computed"), 2 * values.numpy())
    assert leaf.grad_fn is None
    assert leaf.requires_grad


class OwnTensor(torch.Tensor):  # type: ignore[misc,name-defined]
    """A subclass, which may mean something else by its values."""


COMPLEX = torch.tensor([1 + 2j, -3 - 5j, 0 + 4j])

THOUGHT_ABOUT = {
    "signs to be changed": COMPLEX.conj().imag,
    "sparse": torch.eye(3).to_sparse(),
    "a subclass": torch.arange(5.0).as_subclass(OwnTensor),
    "no memory": torch._efficientzerotensor(4),
}


@pytest.mark.parametrize("which", THOUGHT_ABOUT)
def test_others_are_converted_first(which: str, tmp_path: Path) -> None:
    tensor = THOUGHT_ABOUT[which]
    dense = tensor.to_dense() if tensor.is_sparse else tensor
    expected = (dense.as_subclass(torch.Tensor) + 0.0).numpy(force=True)
    check(histogram_of(tensor, tmp_path), expected)


def test_a_conjugate_is_as_real_as_the_number(tmp_path: Path) -> None:
    with pytest.warns(np.exceptions.ComplexWarning, match="tag"):
        check(histogram_of(COMPLEX.conj(), tmp_path), COMPLEX.real.numpy())


@pytest.mark.parametrize(
    "tensor", [torch.empty(0), torch.empty(3, device="meta")], ids=["empty", "meta"]
)
def test_what_holds_no_values_is_refused(tensor: Any, tmp_path: Path) -> None:
    writer = tbx_native.SummaryWriter(tmp_path)
    with pytest.raises(ValueError, match="'?tag"):
        writer.add_histogram("tag", tensor)
    writer.add_histogram("tag", torch.ones(1))
    assert len(written(writer)) == 1


@pytest.mark.parametrize("detached", [3.0, None, [1.0], torch.arange(3.0).as_subclass(OwnTensor)])
def test_a_mode_may_detach_otherwise(detached: Any, tmp_path: Path) -> None:
    class Detaching(torch.overrides.TorchFunctionMode):  # type: ignore[misc,name-defined]
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            return detached if func is torch.Tensor.detach else func(*args, **(kwargs or {}))

    with Detaching():
        found = histogram_of(torch.ones(70), tmp_path)
    check(found, np.ones(70, np.float32))


def test_inside_vmap_a_tensor_is_an_error_that_names_the_tag(tmp_path: Path) -> None:
    writer = tbx_native.SummaryWriter(tmp_path)

    def log(row: Any) -> Any:
        writer.add_histogram("the tag", row)
        return row

    with pytest.raises(ValueError, match="the tag"):
        torch.func.vmap(log)(torch.ones(2, 3))
    assert written(writer) == []


def histogram_while_replaced(tensor: Any, logdir: Path) -> Any:
    """The tensor gets other memory as soon as another thread is let run."""
    begin = threading.Event()

    def replace() -> None:
        begin.wait()
        tensor.data = torch.zeros(1)

    thread = threading.Thread(target=replace)
    thread.start()
    writer = tbx_native.SummaryWriter(logdir)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # by nothing but a release of the GIL
    try:
        begin.set()
        writer.add_histogram("tag", tensor)
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert tensor.shape == (1,)
    (found,) = written(writer)
    return found


def test_memory_stays_while_it_is_counted(tmp_path: Path) -> None:
    values = np.full(10_000_000, 3.0, np.float32)
    for attempt in range(50):
        tensor = torch.from_numpy(values.copy())
        found = histogram_while_replaced(tensor, tmp_path / str(attempt))
        if found.num == values.size:
            check(found, values)
            return
        # torch releases the GIL as well: the tensor was another before it was read.
        check(found, np.zeros(1, np.float32))
    raise AssertionError("the tensor was never replaced while it was counted")
