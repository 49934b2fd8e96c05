"""tensorboardX with its optional crc32c, the measure of all ratios, and as it is without."""

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import Any

from benchmarks.python.rivals.rival import Log, Rival, log_one_by_one


class TensorboardX(Rival):
    name = "tensorboardX"
    module = "tensorboardX"
    install = "pip install tensorboardX crc32c"

    def imported(self) -> ModuleType:
        importlib.import_module("crc32c")
        return super().imported()

    def log(self, writer: Any) -> Log:
        return log_one_by_one(writer)


class TensorboardXAlone(TensorboardX):
    """Computes checksums in Python, as where nobody has installed crc32c."""

    name = "tensorboardX-alone"
    install = "pip install tensorboardX"

    def imported(self) -> ModuleType:
        return _imported_without_crc32c()


@cache
def _imported_without_crc32c() -> ModuleType:
    """A second tensorboardX that has not found crc32c, for the first may be in use here, too.

    What it imports later it takes from the first, which therefore must be there.
    """
    importlib.import_module("tensorboardX")
    set_aside = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name.partition(".")[0] in ("tensorboardX", "crc32c")
    }
    sys.modules["crc32c"] = None  # type: ignore[assignment]  # its import raises an ImportError
    try:
        return importlib.import_module("tensorboardX")
    finally:
        for name in list(sys.modules):
            if name.partition(".")[0] in ("tensorboardX", "crc32c"):
                del sys.modules[name]
        sys.modules.update(set_aside)
