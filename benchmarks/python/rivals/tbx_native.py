"""tbx_native: the writer of this project."""

from pathlib import Path
from typing import Any

from benchmarks.python.rivals.rival import AddHistograms, Columns, Log, Rival


class TbxNative(Rival):
    name = "tbx_native"
    module = "tbx_native"
    install = "pip install ."
    fast = True
    takes_bfloat16 = True
    adds_many = True

    def log(self, writer: Any) -> Log:
        log: Log = writer.log
        return log

    def add_histograms(self, writer: Any) -> AddHistograms:
        add_histograms: AddHistograms = writer.add_histograms
        return add_histograms

    def read_scalars(self, directory: Path) -> dict[str, Columns]:
        reader = self.imported().EventReader(directory)
        return {tag: tuple(reader.scalars(tag)) for tag in reader.tags()["scalars"]}
