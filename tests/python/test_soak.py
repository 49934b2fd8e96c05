"""The short form of the soak."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.soak import growth, log_scalars, open_and_close

# The ring of 8 MiB may have become resident meanwhile; a leak of 16 bytes a scalar would be more.
SLACK_KIB = 12288


@pytest.mark.parametrize(("work", "count"), [(log_scalars, 1_000_000), (open_and_close, 200)])
def test_soak(tmp_path: Path, work: Callable[[Path, int], None], count: int) -> None:
    warm, end = growth(work, tmp_path, count)
    assert end.descriptors <= warm.descriptors
    assert end.threads <= warm.threads
    assert end.rss_kib <= warm.rss_kib + SLACK_KIB
