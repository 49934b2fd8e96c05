"""add_histogram() of torch tensors, where torch is installed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tbx_native import SummaryWriter
from tbx_native.compat.torch import SummaryWriter as TorchFace
from tests.python.event_files import events, only_file, payloads
from tests.python.test_histograms import check, written

torch = pytest.importorskip("torch")

DTYPES = ["float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"]
DTYPES += ["bool", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_counts_as_float64_would(tmp_path: Path, dtype: str) -> None:
    tensor = (torch.randn(2000, generator=torch.manual_seed(0)) * 10).to(getattr(torch, dtype))
    writer = SummaryWriter(tmp_path)
    writer.add_histogram("tag", tensor)
    writer.add_histogram("bins", tensor, bins=20)
    values = tensor.to(torch.float64).numpy()
    default, numbered = written(writer)
    check(default, values)
    check(numbered, values, 20)


def test_tensors_of_every_kind_are_read(tmp_path: Path) -> None:
    base = torch.randn(20, 30, dtype=torch.float64)
    parameter = torch.nn.Parameter(base.clone())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch means to give up quantized tensors
        quantized = torch.quantize_per_tensor(base.float(), 0.1, 0, torch.qint8)
    tensors = [
        base.t(),
        base[::3, 5:],
        parameter,
        (parameter * 2),
        base.to_sparse(),
        torch.view_as_complex(base.view(20, 15, 2)).conj().imag,
        torch.tensor(2.5),
        quantized,
    ]
    writer = SummaryWriter(tmp_path)
    for tensor in tensors:
        writer.add_histogram("tag", tensor)
    for histo, tensor in zip(written(writer), tensors, strict=True):
        dense = tensor.detach().dequantize() if tensor.is_quantized else tensor.detach().to_dense()
        check(histo, dense.resolve_neg().numpy())


def test_complex_values_count_by_their_real_part_with_a_warning(tmp_path: Path) -> None:
    values = np.array([1 + 2j, 3 - 4j])
    with SummaryWriter(tmp_path) as writer:
        for complex_values in (values, torch.tensor(values)):
            with pytest.warns(np.exceptions.ComplexWarning, match="tag"):
                writer.add_histogram("tag", complex_values)
    for histo in [v.histo for event in events(tmp_path) for v in event.summary.value]:
        check(histo, values.real)


def test_a_meta_tensor_is_refused(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match="tag.*meta"):
        writer.add_histogram("tag", torch.empty(3, device="meta"))


def test_a_model_s_parameters_and_gradients(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Linear(8, 2))
    model[0](torch.randn(3, 4)).sum().backward()  # the second layer gets no gradient
    with SummaryWriter(tmp_path) as writer:
        writer.add_histograms("weights", model.named_parameters(), 1)
        writer.add_histograms("gradients", ((n, p.grad) for n, p in model.named_parameters()), 1)
    weights, gradients = events(tmp_path)
    names = [name for name, _ in model.named_parameters()]
    assert [value.tag for value in weights.summary.value] == [f"weights/{name}" for name in names]
    given = [value.tag for value in gradients.summary.value]
    assert given == ["gradients/0.weight", "gradients/0.bias"]


def test_the_bytes_are_torch_s_own(tmp_path: Path) -> None:
    """Sums are compared apart: theirs depend on numpy's order of summation."""
    from torch.utils.tensorboard import SummaryWriter as TheirWriter

    # Multiples of 1/8 below 2**20: every sum is exact, whatever the order.
    values = torch.randint(-1000, 1000, (5000,)) / 8
    for name, writer_class in {"ours": TorchFace, "theirs": TheirWriter}.items():
        writer: Any = writer_class(str(tmp_path / name))
        writer.add_histogram("a tag", values, 3, walltime=12.5)
        writer.add_histogram("bins", values, 4, bins=17, walltime=12.5, max_bins=5)
        writer.add_histogram("auto", values.numpy(), 5, "auto", 12.5)
        writer.add_histogram_raw("raw", 0.0, 2.0, 3, 4.0, 5.0, [1.0, 2.0], [1, 2], 6, 12.5)
        writer.close()
    ours, theirs = (payloads(only_file(tmp_path / name))[1:] for name in ("ours", "theirs"))
    assert ours == theirs
