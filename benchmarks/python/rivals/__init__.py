"""The contenders, in the order of the table's columns: a file and a line below for each."""

from typing import Final

from benchmarks.python.rivals.readers import EventAccumulator, Tbparse
from benchmarks.python.rivals.reference import Reference
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.rivals.tbx_native import TbxNative
from benchmarks.python.rivals.tensorboardx import TensorboardX, TensorboardXAlone
from benchmarks.python.rivals.tensorflow import TensorFlow
from benchmarks.python.rivals.torch_tensorboard import TorchTensorboard

# Those with tensorboardX's calls.
RIVALS: Final[tuple[Rival, ...]] = (
    TbxNative(),
    Reference(),
    TensorboardX(),
    TensorboardXAlone(),
    TorchTensorboard(),
)
EVERYBODY: Final = (*RIVALS, TensorFlow())
# The reference writer has scalars and histograms.
NO_REFERENCE: Final = tuple(rival for rival in RIVALS if not isinstance(rival, Reference))
# Checksums have no part in opening and closing.
STARTERS: Final = tuple(rival for rival in EVERYBODY if not isinstance(rival, TensorboardXAlone))
# Those whose writers are made for many threads.
QUEUES: Final = (RIVALS[0], RIVALS[2])
# Those who read files back.
READERS: Final[tuple[Rival, ...]] = (RIVALS[0], EventAccumulator(), Tbparse())
ALL: Final = (*EVERYBODY, *READERS[1:])


def rival_named(name: str) -> Rival:
    """The contender called `name`."""
    return next(rival for rival in ALL if rival.name == name)
