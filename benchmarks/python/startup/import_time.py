"""How much does the import add to a program that has imported numpy already?"""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=4, others=1, quick=1)  # imports

_PROGRAM: Final = """
import sys
import numpy
from time import perf_counter_ns
start = perf_counter_ns()
import {module}
print(perf_counter_ns() - start)
assert hasattr(sys.modules["{module}"], "{exports}")
"""


def import_ns(rival: Rival) -> float:
    """Nanoseconds of an import in a new process."""
    environment = dict(os.environ)
    # Installed packages have their byte code; a source tree gets it by the first import.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    program = [sys.executable, "-c", _PROGRAM.format(module=rival.module, exports=rival.exports)]
    done = subprocess.run(program, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.split()[-1])


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    return {"import_ns": median(import_ns(rival) for _ in range(calls))}


QUESTION: Final = Question(
    "import_time", (Metric("import_ns", "import, after numpy's", "ns", at_most=20e6),), run, CALLS
)
