"""Native histograms against the reference writer's: the same calls, the same bytes.

Values are multiples of 1/8 whose squares add up to less than 2^53 / 64, so that every order of
adding them gives the same sums; only then can bytes be compared.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

import tbx_native
from benchmarks.reference_writer import ReferenceWriter
from tests.python.event_files import only_file, payloads

torch = pytest.importorskip("torch")

# A memory file system where there is one: every close() syncs, and a disk takes milliseconds each.
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

EIGHTHS = st.integers(-8000, 8000).map(lambda eighths: eighths / 8)
SHAPES = st_np.array_shapes(max_dims=3, max_side=12)
FLOAT_ARRAYS = st.sampled_from(["float16", "float32", "float64"]).flatmap(
    lambda dtype: st_np.arrays(
        dtype, SHAPES, elements=st.integers(-800, 800).map(lambda eighths: eighths / 8)
    )
)
INTEGER_ARRAYS = st.sampled_from(["bool", "int8", "uint8", "int16", "int32", "int64"]).flatmap(
    lambda dtype: st_np.arrays(
        dtype, SHAPES, elements=st.booleans() if dtype == "bool" else st.integers(0, 100)
    )
)
NOT_FINITE_ARRAYS = st.lists(
    EIGHTHS | st.sampled_from([float("nan"), float("inf"), float("-inf")]), min_size=1
).map(np.array)
TENSORS = st.builds(
    lambda values, dtype: torch.tensor(values).to(dtype),
    st.lists(st.integers(-30, 30).map(lambda eighths: eighths / 8), min_size=1, max_size=50),
    st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.int32]),
)
ARRAYS = (
    FLOAT_ARRAYS
    | INTEGER_ARRAYS
    | NOT_FINITE_ARRAYS
    | TENSORS
    | EIGHTHS
    | st.lists(EIGHTHS, min_size=1)
    | FLOAT_ARRAYS.map(lambda values: values.T)
    | FLOAT_ARRAYS.map(lambda values: values[..., ::-1])
)
NO_ARRAYS = st.sampled_from([[], "text", None, np.empty((0, 2)), ["a"], object()])
BINS = (
    st.just("tensorflow")
    | st.sampled_from(["sqrt", "rice", "sturges", "nonsense"])
    | st.integers(-1, 40)
    | st.lists(EIGHTHS, min_size=2, max_size=10).map(sorted)
    | st.sampled_from([[1.0], [2.0, 1.0], (0, 1, 2)])
)
STAMP = {
    "global_step": st.none() | st.integers(-5, 1 << 40) | st.just("many"),
    "walltime": st.sampled_from([0.0, 1_700_000_000.25, float("nan")]),
}
TAGS = st.sampled_from(["weights", "/layer one/w", "", "日本/é", "\ud800", 3])
ADD_HISTOGRAM = st.fixed_dictionaries(
    {"tag": TAGS, "values": ARRAYS | ARRAYS | ARRAYS | NO_ARRAYS} | STAMP,
    optional={"bins": BINS, "max_bins": st.none() | st.integers(1, 60)},
)
DOUBLES = st.floats() | st.sampled_from([0.0, -0.0, 1.0])
RAW: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"tag": TAGS}
    | dict.fromkeys(("min", "max", "num", "sum", "sum_squares"), DOUBLES)
    | {
        "bucket_limits": st.lists(DOUBLES, max_size=4),
        "bucket_counts": st.lists(DOUBLES, max_size=4),
    }
    | STAMP
)
# A list of two different lengths is refused; most of them should not be.
EVEN_RAW = RAW.map(lambda call: call | {"bucket_counts": list(call["bucket_limits"])})
CALLS = st.lists(
    st.tuples(st.just("add_histogram"), ADD_HISTOGRAM)
    | st.tuples(st.just("add_histogram_raw"), RAW | EVEN_RAW),
    max_size=6,
)


def refused(writer: Any, calls: list[tuple[str, dict[str, Any]]]) -> list[bool]:
    """Which calls raised an error; the writer goes on."""
    errors = []
    for method, arguments in calls:
        try:
            getattr(writer, method)(**arguments)
        except (TypeError, ValueError):
            errors.append(True)
        else:
            errors.append(False)
    return errors


def histograms(directory: Path) -> list[bytes]:
    """The records behind the version, which has the time of its writing."""
    return payloads(only_file(directory))[1:]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CALLS)
@example([("add_histogram", {"tag": "a", "values": np.zeros(3), "walltime": 0.0})])
@example([("add_histogram", {"tag": "a", "values": [0.125], "max_bins": 1, "walltime": 0.0})])
@pytest.mark.filterwarnings("ignore:The number of bins estimated may be suboptimal")
def test_same_calls_same_bytes(calls: list[tuple[str, dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        ours, reference = Path(scratch, "ours"), Path(scratch, "reference")
        with tbx_native.SummaryWriter(ours) as writer:
            our_errors = refused(writer, calls)
        with ReferenceWriter(reference) as writer:
            reference_errors = refused(writer, calls)
        assert our_errors == reference_errors
        assert histograms(ours) == histograms(reference)


def test_many_values_same_bytes(tmp_path: Path) -> None:
    """More than one block and one thread's share, in every type that holds the values."""
    eighths = np.random.default_rng(1).integers(-800, 800, 100_003) / 8
    arrays = [eighths.astype(dtype) for dtype in ("float16", "float32", "float64")]
    for cls, name in ((tbx_native.SummaryWriter, "ours"), (ReferenceWriter, "reference")):
        with cls(tmp_path / name) as writer:
            for step, values in enumerate(arrays):
                writer.add_histogram("weights", values, step, walltime=1.5)
                writer.add_histogram("weights", values, step, bins=64, walltime=2.5)
    assert len(histograms(tmp_path / "ours")) == 6
    assert histograms(tmp_path / "ours") == histograms(tmp_path / "reference")
