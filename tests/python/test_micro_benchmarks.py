"""Micro-benchmarks show each path beside its limit; no time is asserted."""

from typing import Any

import pytest

from benchmarks.python.cpp_programs import Unavailable
from benchmarks.python.empty_methods import empty_methods
from benchmarks.python.micro import Timed, table_of


@pytest.fixture(scope="module")
def floor() -> Any:
    try:
        return empty_methods()
    except Unavailable as missing:
        pytest.skip(str(missing))


def test_empty_methods_take_what_add_scalar_takes(floor: Any) -> None:
    for method in (floor.empty, floor.read_clock):
        assert method("train/loss", 0.5, 1) is None
        assert method("train/loss", scalar_value=0.5, global_step=1) is None


def test_table_has_a_row_for_each_path_with_a_limit() -> None:
    table = table_of(
        [
            Timed("copy", "event", 50, 10.0, ""),
            Timed("checksum", "event", 50, 25.0, "copy"),
            Timed("call", "call", 0, 1500.0, "checksum"),
        ]
    )
    header, checksum, call = table.splitlines()
    assert "times as long" in header
    assert " ".join(checksum.split()) == "checksum 25.0 ns event 2.00 copy 10.0 ns 2.5"
    assert " ".join(call.split()) == "call 1.50 µs call checksum 25.0 ns 60.0"
