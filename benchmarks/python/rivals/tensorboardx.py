"""tensorboardX: the writer whose API tbx_native follows, and the measure of all ratios."""

from typing import Any

from benchmarks.python.rivals.rival import Log, Rival, log_one_by_one


class TensorboardX(Rival):
    name = "tensorboardX"
    module = "tensorboardX"
    install = "pip install tensorboardX"

    def log(self, writer: Any) -> Log:
        return log_one_by_one(writer)
