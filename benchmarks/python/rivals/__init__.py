"""The contenders, in the order of the table's columns: a file and a line below for each."""

from typing import Final

from benchmarks.python.rivals.readers import EventAccumulator, Tbparse
from benchmarks.python.rivals.reference import Reference
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.rivals.tbx_native import TbxNative
from benchmarks.python.rivals.tensorboardx import TensorboardX
from benchmarks.python.rivals.torch_tensorboard import TorchTensorboard

RIVALS: Final[tuple[Rival, ...]] = (TbxNative(), Reference(), TensorboardX(), TorchTensorboard())
# The reference writer has scalars and histograms.
NO_REFERENCE: Final = tuple(rival for rival in RIVALS if not isinstance(rival, Reference))
# Those who read files back.
READERS: Final[tuple[Rival, ...]] = (RIVALS[0], EventAccumulator(), Tbparse())
ALL: Final = (*RIVALS, *READERS[1:])


def rival_named(name: str) -> Rival:
    """The contender called `name`."""
    return next(rival for rival in ALL if rival.name == name)
