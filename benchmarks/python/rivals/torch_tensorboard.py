"""torch.utils.tensorboard: the writer that comes with PyTorch."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.python.rivals.rival import AddHparams, Log, Rival, log_one_by_one


class TorchTensorboard(Rival):
    name = "torch"
    module = "torch.utils.tensorboard"
    install = "pip install torch tensorboard"

    def version(self) -> str:
        self.imported()
        return str(importlib.import_module("torch").__version__)

    def log(self, writer: Any) -> Log:
        return log_one_by_one(writer)

    def add_hparams(self, writer: Any) -> AddHparams:
        def add_hparams(
            hparams: Mapping[str, Any], metrics: Mapping[str, float], name: str
        ) -> None:
            writer.add_hparams(hparams, metrics, run_name=name)

        return add_hparams

    def curve_directory(self, logdir: Path, main_tag: str, tag: str) -> Path:
        return logdir / f"{main_tag.replace('/', '_')}_{tag}"
