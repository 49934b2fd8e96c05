"""The logger "tbx_native"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging


def logger() -> logging.Logger:
    """Returns the logger of everything that is worth a line and is no error of the program's."""
    import logging  # with the first message: it takes a seventh of the time of the whole import

    return logging.getLogger("tbx_native")
