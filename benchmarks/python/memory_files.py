"""Directories in memory, for measurements that no disk should limit."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_TMPFS: Final = Path("/dev/shm")
_NEEDED_BYTES: Final = 1 << 30  # containers often have 64 MiB there


@contextmanager
def directory_in_memory(otherwise: Path) -> Iterator[Path]:
    """A new directory in tmpfs for the block; `otherwise` where there is not enough of it."""
    if _TMPFS.is_dir() and shutil.disk_usage(_TMPFS).free >= _NEEDED_BYTES:
        with TemporaryDirectory(prefix="tbx-benchmark-", dir=_TMPFS) as directory:
            yield Path(directory)
    else:
        otherwise.mkdir(parents=True, exist_ok=True)
        yield otherwise
