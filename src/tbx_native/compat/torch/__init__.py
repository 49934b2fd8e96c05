"""torch.utils.tensorboard's API, without torch."""

from __future__ import annotations

from tbx_native.compat.torch.record_writer import RecordWriter
from tbx_native.compat.torch.writer import FileWriter, SummaryWriter

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]
