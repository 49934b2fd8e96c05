"""As tensorboardX.global_writer."""

from __future__ import annotations

from tbx_native.compat.tensorboardx.writer import SummaryWriter
from tbx_native.global_writer import GlobalSummaryWriter

__all__ = ["GlobalSummaryWriter", "SummaryWriter"]
