"""The short form of the soak."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.python.programs import run_program
from tests.python.soak import Usage

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECS = 600  # each writer that closes waits for the disk
# The ring of 8 MiB may have become resident meanwhile; a leak of 16 bytes a scalar would be more.
SLACK_KIB = 12288


@pytest.mark.parametrize(("work", "count"), [("log_scalars", 1_000_000), ("open_and_close", 200)])
def test_soak(tmp_path: Path, work: str, count: int) -> None:
    """In a process of its own: no other test's writers, threads and descriptors come or go."""
    out = run_program(
        """
        import dataclasses, json, pathlib, sys
        sys.path.insert(0, sys.argv[1])
        from tests.python import soak
        work = getattr(soak, sys.argv[3])
        held = soak.growth(work, pathlib.Path(sys.argv[2]), int(sys.argv[4]))
        print(json.dumps([dataclasses.asdict(usage) for usage in held]))
        """,
        ROOT,
        tmp_path,
        work,
        count,
        limit_secs=LIMIT_SECS,
    ).stdout
    warm, end = (Usage(**usage) for usage in json.loads(out))
    assert end.descriptors <= warm.descriptors
    assert end.threads <= warm.threads
    assert end.rss_kib <= warm.rss_kib + SLACK_KIB
