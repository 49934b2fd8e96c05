"""Makes the golden event files: what tensorboardX and torch.utils.tensorboard themselves write.

    python tests/golden/make_golden.py [directory]

Each file holds the calls listed here, made through the writer in its name. Wall times are fixed
and so is the clock, from which the first record and the purge records take theirs; running this
again with the same versions gives the same bytes.

    tensorboardx-2.6.5-scalars.tfevents   every scalar that is encoded differently, titles, tags
    tensorboardx-2.6.5-purge.tfevents     a restart at step 3 (one START; see proto/README.md)
    torch-2.13.0-scalars.tfevents         the same scalars; tags stay as they are
    torch-2.13.0-new_style.tfevents       scalars as tensors of float and of double
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest import mock

CLOCK = 1_700_000_000.25  # seconds; exact in binary
INT64_MAX = (1 << 63) - 1
NAN = float("nan")
INFINITY = float("inf")

Call = dict[str, Any]  # keyword arguments of add_scalar

SCALARS: list[Call] = [
    {"tag": "loss", "scalar_value": 0.5, "global_step": 1, "walltime": CLOCK + 1},
    {"tag": "loss", "scalar_value": 0.0, "global_step": 0, "walltime": 0.0},
    {"tag": "loss", "scalar_value": -0.0, "walltime": -0.0},
    {"tag": "loss", "scalar_value": NAN, "global_step": 300, "walltime": CLOCK + 2},
    {"tag": "loss", "scalar_value": INFINITY, "global_step": INT64_MAX, "walltime": CLOCK + 3},
    {"tag": "loss", "scalar_value": -1e39, "global_step": -1, "walltime": CLOCK + 4},
    {"tag": "loss", "scalar_value": 1e-45, "global_step": -(1 << 63), "walltime": CLOCK + 5},
    {"tag": "日本/é_ß", "scalar_value": 0.1, "global_step": 2, "walltime": CLOCK + 6},
    {"tag": "/a b(c)", "scalar_value": 3, "global_step": 3, "walltime": CLOCK + 7},
    {"tag": "", "scalar_value": True, "global_step": 4, "walltime": CLOCK + 8},
]
TITLED: list[Call] = [
    {"tag": "acc", "scalar_value": 1.5, "global_step": 5, "walltime": CLOCK + 9} | titles
    for titles in (
        {"display_name": "Accuracy", "summary_description": "top *1*, über 5 Läufe"},
        {"display_name": "Accuracy"},
        {"summary_description": "top *1*"},
    )
]
AFTER_RESTART: list[Call] = [
    {"tag": "loss", "scalar_value": 0.25, "global_step": 3, "walltime": CLOCK + 1}
]
NEW_STYLE: list[Call] = [
    call | {"new_style": True, "double_precision": double_precision}
    for double_precision in (False, True)
    for call in SCALARS
]

# File name: what the writer is opened with, besides its directory, and the calls of add_scalar.
GOLDEN: dict[str, tuple[dict[str, Any], list[Call]]] = {
    "tensorboardx-2.6.5-scalars.tfevents": ({}, SCALARS + TITLED),
    "tensorboardx-2.6.5-purge.tfevents": ({"purge_step": 3}, AFTER_RESTART),
    "torch-2.13.0-scalars.tfevents": ({}, SCALARS),
    "torch-2.13.0-new_style.tfevents": ({}, NEW_STYLE),
}


def written_by(open_writer: Callable[..., Any], arguments: Call, calls: Iterable[Call]) -> bytes:
    """The one event file that a writer leaves behind after `calls`, by a clock that stands."""
    with tempfile.TemporaryDirectory() as directory:
        with mock.patch.object(time, "time", lambda: CLOCK):
            writer = open_writer(directory, **arguments)
            for call in calls:
                writer.add_scalar(**call)
            writer.close()
        (path,) = Path(directory).iterdir()
        return path.read_bytes()


def make_golden() -> dict[str, bytes]:
    """The golden files by name, as far as the versions in their names are installed."""
    import tensorboardX
    import torch
    from torch.utils import tensorboard

    writers = {
        f"tensorboardx-{tensorboardX.__version__}": tensorboardX.SummaryWriter,
        f"torch-{torch.__version__.partition('+')[0]}": tensorboard.SummaryWriter,
    }
    return {
        name: written_by(writers[name.rpartition("-")[0]], arguments, calls)
        for name, (arguments, calls) in GOLDEN.items()
        if name.rpartition("-")[0] in writers
    }


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for file_name, content in make_golden().items():
        (target / file_name).write_bytes(content)
        print(f"{file_name}: {len(content)} bytes")
