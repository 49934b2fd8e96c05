"""Python runs this when it starts below `tbx-native run`: installs tbx_native, then goes on."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec


def _run_the_next() -> None:
    """The sitecustomize that this one stands before."""
    own = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if os.path.abspath(path) != own]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


try:
    import tbx_native

    tbx_native.install()
except ImportError as error:
    print(f"tbx-native run: {sys.executable} has no tbx_native: {error}", file=sys.stderr)
_run_the_next()
