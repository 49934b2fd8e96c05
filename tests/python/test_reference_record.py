"""The reference writer's files: checksums, frames, names, and what a failing disk leaves behind."""

import errno
import io
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import crc32c as native_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow
from tensorboard.summary.writer.record_writer import RecordWriter

from benchmarks import reference_record
from benchmarks.reference_record import (
    EventFile,
    EventFileNames,
    crc32c,
    frame,
    masked_crc32c,
)

EVENT_FILE_NAME = re.compile(
    rf"events\.out\.tfevents\.(\d{{10}})\.{re.escape(socket.gethostname())}\.(\d+)\.(\d{{5}})(.*)"
)


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
        (b"", 0),
        (b"123456789", 0xE3069283),
    ],
)
def test_crc_vectors_of_rfc_3720(data: bytes, crc: int) -> None:
    assert crc32c(data) == crc


@given(st.binary(max_size=300))
def test_checksums(data: bytes) -> None:
    assert crc32c(data) == native_crc32c.crc32c(data)
    assert masked_crc32c(data) == pywrap_tensorflow.masked_crc32c(data)


@given(st.binary(max_size=300))
def test_frame(payload: bytes) -> None:
    theirs = io.BytesIO()
    RecordWriter(theirs).write(payload)
    assert frame(payload) == theirs.getvalue()


def test_frame_refuses_what_protobuf_cannot_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reference_record.MAX_PAYLOAD_BYTES == 2**31 - 1
    monkeypatch.setattr(reference_record, "MAX_PAYLOAD_BYTES", 3)
    assert len(frame(b"123")) == 19
    with pytest.raises(ValueError, match="an event of 4 bytes"):
        frame(b"1234")


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 12.9)
    match = EVENT_FILE_NAME.fullmatch(EventFileNames().next(".suffix"))
    assert match is not None
    assert match.groups() == ("0000000012", str(os.getpid()), "00000", ".suffix")


def test_names_sort_as_created(monkeypatch: pytest.MonkeyPatch) -> None:
    names = EventFileNames()
    made = []
    for seconds in (1_700_000_000, 1_700_000_000, 1_699_999_990, 1_700_000_001, 5, 1_700_000_002):
        monkeypatch.setattr(time, "time", lambda now=seconds: now)
        made += [names.next("") for _ in range(12)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_names_sort_when_the_uids_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000)
    names = EventFileNames()
    made = [names.next("") for _ in range(100_002)]
    assert made == sorted(made)
    assert all(EVENT_FILE_NAME.fullmatch(name) for name in made[-5:])


def test_an_existing_file_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000)
    for _ in range(2):  # the second time as in another process that has the same host and pid
        monkeypatch.setattr(reference_record, "_names", EventFileNames())
        file = EventFile(str(tmp_path))
        file.append(b"payload")
        file.close()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [frame(b"payload")] * 2


def test_records_reach_the_file_whole(tmp_path: Path) -> None:
    file = EventFile(str(tmp_path))
    payload = b"x" * 1000
    sizes = set()
    for _ in range(200):
        file.append(payload)
        sizes.add(Path(file.path).stat().st_size)
    file.close()
    assert len(sizes) > 2, "batches were written on the way"
    assert all(size % len(frame(payload)) == 0 for size in sizes)
    assert Path(file.path).read_bytes() == frame(payload) * 200


@pytest.fixture
def file(tmp_path: Path) -> Iterator[EventFile]:
    file = EventFile(str(tmp_path / "below" / "run"))
    yield file
    file.close()


def test_a_short_write_is_continued(file: EventFile, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    file.append(b"first")
    file.append(b"second")
    file.flush()
    assert Path(file.path).read_bytes() == frame(b"first") + frame(b"second")


@pytest.mark.parametrize("fails_at", range(4))
def test_a_failed_write_leaves_no_torn_record(
    file: EventFile, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    file.append(b"before")
    file.flush()
    write = os.write
    calls = iter(range(100))

    def failing_write(descriptor: int, data: bytes) -> int:
        if next(calls) == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:9])

    monkeypatch.setattr(os, "write", failing_write)
    file.append(b"after")
    file.append(b"the disk was full")
    with pytest.raises(OSError, match="No space left"):
        file.flush()
    assert Path(file.path).read_bytes() == frame(b"before")
    # What could not be written is still there, and is written once there is room.
    file.flush()
    expected = frame(b"before") + frame(b"after") + frame(b"the disk was full")
    assert Path(file.path).read_bytes() == expected
