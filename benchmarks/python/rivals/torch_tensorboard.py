"""torch.utils.tensorboard: the writer that comes with PyTorch."""

import importlib
from pathlib import Path
from typing import Any

from benchmarks.python.rivals.rival import Log, Rival, log_one_by_one


class TorchTensorboard(Rival):
    name = "torch"
    module = "torch.utils.tensorboard"
    install = "pip install torch tensorboard"

    def version(self) -> str:
        importlib.import_module(self.module)
        return str(importlib.import_module("torch").__version__)

    def log(self, writer: Any) -> Log:
        return log_one_by_one(writer)

    def curve_directory(self, logdir: Path, main_tag: str, tag: str) -> Path:
        return logdir / f"{main_tag.replace('/', '_')}_{tag}"
