"""torch.utils.tensorboard's API, without torch."""

from __future__ import annotations

from tbx_native.compat.torch.writer import SummaryWriter
from tbx_native.file_writer import FileWriter
from tbx_native.record_writer import RecordWriter

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]
