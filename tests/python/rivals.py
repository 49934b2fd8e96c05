"""What the tests of both faces ask of the packages that they stand in for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

GOLDEN_DIRECTORY = Path(__file__).resolve().parents[1] / "golden"
Sequence = list[tuple[str, dict[str, Any]]]  # (method, keyword arguments) of each call

# Values that torch.utils.tensorboard takes.
VALUES = (
    st.floats()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.booleans()
    | st.floats(width=32).map(np.float32)
    | st.floats(width=16).map(np.float16)
    | st.integers(0, 255).map(np.uint8)
    | st.floats().map(np.array)
    | st.floats().map(lambda value: np.array([[value]]))
    | st.floats().map(torch.tensor)
    | st.floats(width=32).map(lambda value: torch.tensor([value], requires_grad=True))
    | st.integers(-100, 100).map(lambda value: torch.tensor(value, dtype=torch.bfloat16))
    | st.booleans().map(torch.tensor)
)
STAMP: dict[str, st.SearchStrategy[Any]] = {
    "global_step": st.none() | st.integers(-(1 << 63), (1 << 63) - 1) | st.booleans(),
    "walltime": st.floats(allow_nan=False, allow_infinity=False),
}
# Each a directory, or part of its name.
CURVE_NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0."), min_size=1, max_size=6
)


def write(open_writer: Callable[..., Any], directory: Path, calls: Sequence) -> None:
    # torch takes no Path.
    with open_writer(str(directory)) as writer:
        for method, arguments in calls:
            getattr(writer, method)(**arguments)


def parameters(function: Any) -> list[tuple[str, Any, Any]]:
    """(name, kind, default) of what may be given by position, but for self."""
    return [
        (parameter.name, parameter.kind, parameter.default)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "self"
    ]
