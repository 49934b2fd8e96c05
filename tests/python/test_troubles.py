"""What befalls a run from outside the program: deleted files, and disks that fill up."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from tbx_native import SummaryWriter, WriteFailedWarning
from tests.python.event_files import only_file, points


def test_deleted_directory(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with SummaryWriter(run) as writer:
        writer.add_scalar("a", 1.0, 1)
        writer.flush()
        name = only_file(run).name
        shutil.rmtree(run)
        writer.add_scalar("a", 2.0, 2)
        with pytest.warns(WriteFailedWarning, match="deleted or replaced, and begins anew") as told:
            writer.flush()
        writer.add_scalar("a", 3.0, 3)
        writer.flush()
        assert len(told) == 1
        assert "tried again" not in str(told[0].message)
        writer.add_scalar("a", 4.0, 4)
    assert only_file(run).name == name
    assert points(run) == [("a", step, float(step)) for step in (2, 3, 4)]


def test_deleted_file_raises_if_asked_for(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, on_error="raise") as writer:
        only_file(tmp_path).unlink()
        writer.add_scalar("a", 1.0, 1)
        with pytest.raises(OSError, match="begins anew") as raised:
            writer.flush()
        writer.add_scalar("a", 2.0, 2)
        assert raised.value.errno == errno.ESTALE
        assert raised.value.filename == os.fspath(only_file(tmp_path))
    assert [step for _, step, _ in points(tmp_path)] == [1, 2]


def test_directory_that_cannot_be_made_again(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with SummaryWriter(run) as writer:
        shutil.rmtree(run)
        run.write_text("in the way")
        writer.add_scalar("a", 1.0, 1)
        with pytest.raises(OSError, match=r"cannot create log directory") as raised:
            writer.flush()
        assert raised.value.filename == os.fspath(run)
        run.unlink()
        with pytest.warns(WriteFailedWarning, match="begins anew"):
            writer.flush()
        writer.add_scalar("a", 2.0, 2)
    assert [step for _, step, _ in points(run)] == [1, 2]
