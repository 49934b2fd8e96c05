"""A native event writer for TensorBoard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tbx_native import _interrupts  # noqa: F401 (before what takes time to import)

try:
    from tbx_native import _core
except ImportError as error:
    raise ImportError(
        f"{error}. tbx_native's extension module is missing or was built for another Python:"
        " reinstall the package, or run Python outside its source tree."
    ) from error

from tbx_native._engine import WriterStats
from tbx_native._install import Installation, install, installed, uninstall
from tbx_native._recovery import RecoveryReport, recover
from tbx_native.errors import (
    DamagedFileError,
    DamagedFileWarning,
    EncodingError,
    EncodingFailedWarning,
    EventsLostWarning,
    NoSuchTagError,
    WriteFailedWarning,
    WriterClosedError,
)
from tbx_native.event_file_writer import EventFileWriter
from tbx_native.file_writer import DummyFileWriter, FileWriter
from tbx_native.global_writer import GlobalSummaryWriter
from tbx_native.record_writer import RecordWriter
from tbx_native.writer import SummaryWriter

if TYPE_CHECKING:
    from tbx_native.event_reader import EventReader

__all__ = [
    "DamagedFileError",
    "DamagedFileWarning",
    "DummyFileWriter",
    "EncodingError",
    "EncodingFailedWarning",
    "EventFileWriter",
    "EventReader",
    "EventsLostWarning",
    "FileWriter",
    "GlobalSummaryWriter",
    "Installation",
    "NoSuchTagError",
    "RecordWriter",
    "RecoveryReport",
    "SummaryWriter",
    "WriteFailedWarning",
    "WriterClosedError",
    "WriterStats",
    "install",
    "installed",
    "recover",
    "uninstall",
]


def __getattr__(name: str) -> object:
    if name != "EventReader":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # For those who read: it would be an eighth of the time that this package takes to import.
    from tbx_native.event_reader import EventReader

    globals()[name] = EventReader
    return EventReader


__version__ = _core.__version__

if _core.crc32c_backend_problem():
    import warnings

    warnings.warn(_core.crc32c_backend_problem(), RuntimeWarning, stacklevel=2)
