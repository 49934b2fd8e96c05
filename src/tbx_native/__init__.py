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
from tbx_native.writer import SummaryWriter

if TYPE_CHECKING:
    from tbx_native._install import Installation, install, installed, uninstall
    from tbx_native._recovery import RecoveryReport, recover
    from tbx_native.event_reader import EventReader
    from tbx_native.global_writer import GlobalSummaryWriter
    from tbx_native.record_writer import RecordWriter

# What nearly all programs do without, and do not wait for.
_IMPORTED_AT_FIRST_USE = {
    "EventReader": "event_reader",
    "GlobalSummaryWriter": "global_writer",
    "Installation": "_install",
    "RecordWriter": "record_writer",
    "RecoveryReport": "_recovery",
    "install": "_install",
    "installed": "_install",
    "recover": "_recovery",
    "uninstall": "_install",
}

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
    if name not in _IMPORTED_AT_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{_IMPORTED_AT_FIRST_USE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__version__ = _core.__version__

if _core.crc32c_backend_problem():
    import warnings

    warnings.warn(_core.crc32c_backend_problem(), RuntimeWarning, stacklevel=2)
