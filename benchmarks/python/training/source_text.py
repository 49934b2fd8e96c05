"""What the models learn to continue: the sources of Python's own standard library."""

import sysconfig
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

VOCABULARY: Final = 128  # ASCII
_BYTES: Final = 1 << 20

Codes = np.ndarray[Any, np.dtype[np.int64]]


@cache
def characters() -> Codes:
    """The first megabyte as ASCII codes."""
    text = bytearray()
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text += path.read_bytes()
        if len(text) > _BYTES:
            break
    return np.frombuffer(bytes(text[:_BYTES]), np.uint8).astype(np.int64) % VOCABULARY


def excerpts(random: np.random.Generator, count: int, length: int) -> Codes:
    """(count, length + 1): characters in a row, each followed by the next to be guessed."""
    starts = random.integers(0, len(characters()) - length, count)
    found: Codes = characters()[starts[:, None] + np.arange(length + 1)]
    return found
