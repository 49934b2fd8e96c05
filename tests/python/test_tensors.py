"""add_tensor(): read back by TensorBoard in every dtype, next to torch's, bad arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto import types_pb2
from tensorboard.util import tensor_util

import tbx_native
from tests.python.faces import FACES, add, as_tensorboard_s, only_summary, torch_s, written

INTEGERS = [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
DTYPES = ["bool", *INTEGERS, "float16", "float32", "float64", "complex64", "complex128"]


def read_back(summary: Any) -> np.ndarray[Any, Any]:
    """The array, by TensorBoard's own code, from the one value."""
    (value,) = summary.value
    assert value.metadata.plugin_data.plugin_name == "tensor"
    assert value.metadata.plugin_data.content == b""
    array: np.ndarray[Any, Any] = tensor_util.make_ndarray(value.tensor)
    return array


def bits(array: Any) -> Any:
    """What makes two arrays the same: NaNs and zeros of either sign included."""
    return array.dtype, array.shape, array.tobytes()


arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, max_side=9))
)


@settings(max_examples=300, deadline=None)
@given(array=arrays)
def test_tensorboard_reads_every_dtype_back(
    array: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    summary = add("tensorboardx", tmp_path_factory.mktemp("run"), "add_tensor", "/a tag", array)
    assert summary.value[0].tag == "/a tag"
    back = read_back(summary)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(back, array)
    if array.dtype != np.complex64:  # make_ndarray() goes through Python's complex
        is_number = array == array
        assert bits(back[is_number]) == bits(array[is_number])


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "values",
    [
        *("text, wörter", b"\xff\0", "", ["a"], [["a", "b"], ["", "c\0"]], (b"\0", "b")),
        *(np.array(["a", "bc"]), np.array([[b"a"], [b"bc"]]), np.array("a")),
        *(np.array([["a", b"b"], ["c", "d"]], object).T, np.empty((0, 2), "U3"), np.empty(0, "S1")),
    ],
)
def test_strings_are_read_back(tmp_path: Path, face: str, values: Any) -> None:
    back = read_back(add(face, tmp_path, "add_tensor", "words", values))
    array = values if isinstance(values, np.ndarray) else np.array(values, object)
    assert (back.dtype, back.shape) == (np.dtype(object), array.shape)
    encoded = [v.encode() if isinstance(v, str) else v for v in array.reshape(-1).tolist()]
    assert back.reshape(-1).tolist() == encoded


@pytest.mark.parametrize("dtype", INTEGERS)
def test_the_limits_of_integers_are_read_back(tmp_path: Path, dtype: str) -> None:
    limits = np.iinfo(dtype)
    array = np.array([limits.min, limits.max, 0, 1, limits.max // 2], dtype)
    np.testing.assert_array_equal(
        read_back(add("torch", tmp_path, "add_tensor", "tag", array)), array
    )


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "view",
    [
        np.arange(24.0).reshape(4, 6).T,
        np.arange(24).reshape(4, 6)[::-2, 1::3],
        np.asfortranarray(np.arange(24, dtype=np.float16).reshape(2, 3, 4)),
        np.broadcast_to(np.float32(2.5), (3, 4)),
        np.arange(4, dtype=">i4"),
        np.arange(4, dtype=">c16"),
        np.zeros((0, 3)),
        np.zeros((2, 0), np.float16),
        np.array(True),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_values_are_in_row_major_order(tmp_path: Path, face: str, view: Any) -> None:
    back = read_back(add(face, tmp_path, "add_tensor", "tag", view))
    np.testing.assert_array_equal(back, view)
    assert (back.dtype, back.shape) == (view.dtype.newbyteorder("="), view.shape)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("values", [3, 2.5, True, [1, 2], [[1.5], [2.5]], (1j, 2), range(3)])
def test_whatever_holds_numbers_is_taken(tmp_path: Path, face: str, values: Any) -> None:
    back = read_back(add(face, tmp_path, "add_tensor", "tag", values))
    assert bits(back) == bits(np.asarray(values))


TORCH_DTYPES = ["float32", "float64", "int8", "int16", "int32", "int64", "bool"]
TORCH_DTYPES += ["complex64", "complex128"]


@pytest.mark.parametrize("dtype", TORCH_DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 0), (2, 3, 4)], ids=repr)
def test_the_value_is_torch_s(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(0)
    tensor = (torch.randn(shape, generator=generator) * 9).to(getattr(torch, dtype))
    ours = add("torch", tmp_path, "add_tensor", "/a tag", tensor)
    assert ours == as_tensorboard_s(torch_s().tensor_proto("/a tag", tensor))


def test_sixteen_bits_of_floats_are_their_own(tmp_path: Path) -> None:
    """torch writes those of a float32, which no reader takes for them."""
    torch = pytest.importorskip("torch")
    tensor = torch.tensor([[1.0, -2.5], [float("inf"), 1e-3]])
    half = read_back(add("torch", tmp_path / "half", "add_tensor", "tag", tensor.half()))
    np.testing.assert_array_equal(half, tensor.half().numpy())
    (value,) = add("torch", tmp_path / "bf16", "add_tensor", "tag", tensor.bfloat16()).value
    assert value.tensor.dtype == types_pb2.DT_BFLOAT16
    expected = tensor.bfloat16().view(torch.int16).numpy().view(np.uint16)
    assert list(value.tensor.half_val) == expected.reshape(-1).tolist()
    jax_s = pytest.importorskip("ml_dtypes").bfloat16
    again = add("torch", tmp_path / "jax", "add_tensor", "tag", tensor.numpy().astype(jax_s))
    assert again.value[0] == value


def test_torch_s_views_are_read(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    values = torch.arange(12, dtype=torch.float64).view(3, 4)
    numbers = torch.view_as_complex(values.view(6, 2))
    views = {
        "transposed": (values.t(), values.numpy().T),
        "gradient": (values.clone().requires_grad_() * 2, values.numpy() * 2),
        "conjugate": (numbers.conj(), numbers.numpy().conj()),
        "negative": (numbers.conj().imag, -numbers.numpy().imag),
        "sparse": (values.to_sparse(), values.numpy()),
        "uint8": (values.to(torch.uint8), values.numpy().astype(np.uint8)),
    }
    for name, (tensor, expected) in views.items():
        back = read_back(add("torch", tmp_path / name, "add_tensor", "tag", tensor))
        np.testing.assert_array_equal(back, expected)


@pytest.mark.parametrize("face", FACES)
def test_a_tensor_larger_than_the_queue_is_written(tmp_path: Path, face: str) -> None:
    writer = FACES[face](tmp_path, queue_bytes=1 << 16)
    array = np.arange(1_000_000, dtype=np.float32)
    writer.add_tensor("tag", array, global_step=3, walltime=12.5)
    (event,) = written(writer)
    assert (event.step, event.wall_time) == (3, 12.5)
    np.testing.assert_array_equal(read_back(event.summary), array)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("tag", "values", "error"),
    [
        (3, [1], TypeError),
        ("\ud800", [1], ValueError),
        ("tag", None, TypeError),
        ("tag", ["a", 1], TypeError),
        ("tag", [["a"], ["b", "c"]], TypeError),
        ("tag", ["a", ["b"]], TypeError),
        ("tag", ["\ud800"], ValueError),
        ("tag", [[1], [2, 3]], ValueError),
        ("tag", np.zeros(3, "M8[s]"), TypeError),
        ("tag", np.broadcast_to(np.int8(0), 2**31), ValueError),
        ("tag", np.broadcast_to(np.int64(-1), 2**28), ValueError),
    ],
)
def test_bad_arguments_write_nothing(
    tmp_path: Path, face: str, tag: Any, values: Any, error: type[Exception]
) -> None:
    writer = FACES[face](tmp_path)
    with pytest.raises(error, match="tag"):
        writer.add_tensor(tag, values)
    writer.add_tensor("fine", [1])
    assert [value.tag for value in only_summary(writer).value] == ["fine"]


def test_types_that_tensorboard_cannot_read_are_refused(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    with tbx_native.SummaryWriter(tmp_path) as writer:
        for dtype in (torch.float8_e4m3fn, torch.float8_e5m2):
            with pytest.raises(TypeError, match="'tag' has unsupported tensor dtype float8"):
                writer.add_tensor("tag", torch.ones(3).to(dtype))
        with pytest.raises(ValueError, match=r"tag.*meta"):
            writer.add_tensor("tag", torch.empty(3, device="meta"))
