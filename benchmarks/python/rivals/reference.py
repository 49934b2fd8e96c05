"""The pure-Python reference writer: the same bytes without a thread, a queue or native code."""

from typing import Any

from benchmarks.python.rivals.rival import Log, Rival


class Reference(Rival):
    name = "reference"
    module = "benchmarks.reference_writer"
    install = "run from the source tree"
    takes_bfloat16 = True

    def version(self) -> str:
        self.imported()
        return "of this source tree"

    def log(self, writer: Any) -> Log:
        log: Log = writer.log
        return log
