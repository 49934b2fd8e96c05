"""Between Python and C++: no exception of C++ ends the process, no import of ours hangs it."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from tbx_native import SummaryWriter
from tests.python.event_files import points
from tests.python.programs import run_program


@pytest.mark.parametrize(
    "call",
    ['writer.add_text("a", text)', 'writer.add_scalar("a", 1.0, 1, summary_description=text)'],
)
def test_want_of_memory_is_a_memory_error(tmp_path: pathlib.Path, call: str) -> None:
    done = run_program(
        f"""
    import resource, sys
    from tbx_native import SummaryWriter
    writer = SummaryWriter(sys.argv[1])
    text = "x" * 400_000_000
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000, hard))
    try:
        {call}
    except MemoryError:
        print("MemoryError")
    writer.add_scalar("b", 2.0, 2)
    """,
        tmp_path,
    )
    assert done.stdout == "MemoryError\n"
    assert points(tmp_path) == [("b", 2, 2.0)]


def test_an_object_of_the_wrong_class_is_a_runtime_error(tmp_path: pathlib.Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        bind: Any = writer._bind
        with pytest.raises(RuntimeError):
            bind(5)


def test_no_event_of_2_gib_is_written(tmp_path: pathlib.Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        try:
            description = "x" * (2**31 + 100)
        except MemoryError:
            pytest.skip("takes 2 GiB of memory")
        with pytest.raises(ValueError, match="2147483791 bytes"):
            writer.add_scalar("a", 1.0, 1, summary_description=description)
        writer.add_scalar("b", 2.0, 2)
    assert points(tmp_path) == [("b", 2, 2.0)]


@pytest.mark.parametrize(
    "call", ['writer.add_scalar(f"a tag {i}", 1.0)', "writer.log(collections.UserDict(a=1.0), i)"]
)
def test_an_import_hook_that_lets_others_run_does_not_hang_them(
    tmp_path: pathlib.Path, call: str
) -> None:
    """The first call imports a module; the second must not wait for it with the GIL."""
    run_program(
        f"""
    import builtins, collections, sys, threading, time
    from tbx_native import SummaryWriter
    writer = SummaryWriter(sys.argv[1])
    import_as_ever = builtins.__import__

    def import_slowly(*args, **options):
        time.sleep(0.05)
        return import_as_ever(*args, **options)

    builtins.__import__ = import_slowly
    threads = [threading.Thread(target=lambda i=i: {call}) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    """,
        tmp_path,
        limit_secs=60,
    )
    assert len(points(tmp_path)) == 2
