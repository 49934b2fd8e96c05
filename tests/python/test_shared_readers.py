"""Files read by threads other than the main one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tbx_native import _core
from tbx_native.proto.event import Event
from tests.python.programs import run_program

EVENTS = 80  # of a megabyte: `progress` is called twice while they are read


def write_large_file(path: Path, events: int = EVENTS) -> None:
    """Writes the scalar "a" and the text "b", of a megabyte, once a step."""
    event = Event(wall_time=1)
    event.summary.value.add(tag="a", simple_value=0.5)
    text = event.summary.value.add(tag="b")
    text.metadata.plugin_data.plugin_name = "text"
    text.tensor.dtype = 7
    text.tensor.string_val.append(b"x" * 1_000_000)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        for step in range(events):
            event.step = step
            file.write(_core.frame(event.SerializeToString()))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one file."""
    directory = tmp_path_factory.mktemp("large")
    write_large_file(directory / "events.out.tfevents.1.host")
    return directory


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="hangs such threads by itself")
@pytest.mark.parametrize("progress", ["None", "lambda _: time.sleep(0.05)"])
def test_daemon_thread_that_reads_when_the_process_ends(large: Path, progress: str) -> None:
    source = f"""
        import sys, threading, time
        from tbx_native import EventReader
        reader = EventReader(sys.argv[1])
        def read():
            started.set()
            while True:
                EventReader(sys.argv[1]).read({progress})
        started = threading.Event()
        threading.Thread(target=read, daemon=True).start()
        started.wait()
        time.sleep(float(sys.argv[2]))
    """
    for delay in (0.005, 0.02, 0.06):
        assert run_program(source, large, delay).stderr == ""
