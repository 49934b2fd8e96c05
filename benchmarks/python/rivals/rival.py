"""What a benchmark needs to know of a contender: how to import it, open it and find its files."""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Protocol

Log = Callable[[Mapping[str, float], int], None]
AddHparams = Callable[[Mapping[str, Any], Mapping[str, float], str], None]
Columns = tuple[Any, ...]  # arrays of steps, wall times, values
AddHistograms = Callable[[str, Mapping[str, Any], int], None]


class Writer(Protocol):
    """The calls that all contenders have in common, with the argument order they agree on."""

    def add_scalar(self, tag: str, value: Any, step: int, /) -> None: ...

    def add_scalars(self, main_tag: str, values: Mapping[str, float], step: int, /) -> None: ...

    def add_histogram(self, tag: str, values: Any, step: int, /) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class Rival(ABC):
    """One contender. Nothing of it is imported before a method is called."""

    name: ClassVar[str]
    module: ClassVar[str]  # what a user imports, and what has a SummaryWriter
    exports: ClassVar[str] = "SummaryWriter"  # what `module` has if it is there
    install: ClassVar[str]  # the command for whoever has it not
    # Takes well below a microsecond a scalar: needs long bursts where others take short ones.
    fast: ClassVar[bool] = False
    takes_bfloat16: ClassVar[bool] = False  # or raises a TypeError, for numpy has no such type
    adds_many: ClassVar[bool] = False  # log() and add_histograms() are more than loops

    def imported(self) -> ModuleType:
        """`module`.

        Raises:
            ImportError: It is not installed.
        """
        return importlib.import_module(self.module)

    def version(self) -> str:
        """The version that is installed.

        Raises:
            ImportError: None is.
        """
        return str(self.imported().__version__)

    def open(self, logdir: Path) -> Writer:
        """A new writer with the contender's own defaults."""
        writer: Writer = self.imported().SummaryWriter(str(logdir))
        return writer

    @abstractmethod
    def log(self, writer: Any) -> Log:
        """The fastest way that `writer` has to add many metrics of one step."""

    def add_histograms(self, writer: Any) -> AddHistograms:
        """The fastest way that `writer` has to add histograms of named arrays."""
        return histograms_one_by_one(writer)

    def add_hparams(self, writer: Any) -> AddHparams:
        """Adds hyperparameters, metrics, and the name of their run."""
        add_hparams: AddHparams = writer.add_hparams
        return add_hparams

    def read_scalars(self, directory: Path) -> dict[str, Columns]:
        """What the one event file of `directory` has of each tag, by readers only."""
        raise NotImplementedError(f"{self.name} reads nothing")

    def curve_directory(self, logdir: Path, main_tag: str, tag: str) -> Path:
        """Where add_scalars() puts the event file of a curve."""
        return logdir / main_tag / tag


def log_one_by_one(writer: Writer) -> Log:
    """For writers that take one number a call."""

    def log(metrics: Mapping[str, float], step: int) -> None:
        for tag, value in metrics.items():
            writer.add_scalar(tag, value, step)

    return log


def histograms_one_by_one(writer: Writer) -> AddHistograms:
    """For writers that take one array a call."""

    def add_histograms(prefix: str, arrays: Mapping[str, Any], step: int) -> None:
        for name, values in arrays.items():
            writer.add_histogram(f"{prefix}/{name}", values, step)

    return add_histograms
