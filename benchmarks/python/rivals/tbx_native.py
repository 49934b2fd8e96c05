"""tbx_native: the writer of this project."""

from typing import Any

from benchmarks.python.rivals.rival import Log, Rival


class TbxNative(Rival):
    name = "tbx_native"
    module = "tbx_native"
    install = "pip install ."
    fast = True

    def log(self, writer: Any) -> Log:
        log: Log = writer.log
        return log
