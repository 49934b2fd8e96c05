"""Those who read event files back: TensorBoard's EventAccumulator, and tbparse."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.python.rivals.rival import Columns, Log, Rival


class EventAccumulator(Rival):
    name = "EventAccumulator"
    module = "tensorboard.backend.event_processing.event_accumulator"
    install = "pip install tensorboard"

    def version(self) -> str:
        self.imported()
        return version("tensorboard")

    def log(self, writer: Any) -> Log:
        raise NotImplementedError("it writes nothing")

    def read_scalars(self, directory: Path) -> dict[str, Columns]:
        module = self.imported()
        accumulator = module.EventAccumulator(str(directory), size_guidance={"scalars": 0})
        accumulator.Reload()
        columns = {}
        for tag in accumulator.Tags()["scalars"]:
            events = accumulator.Scalars(tag)
            columns[tag] = (
                np.array([event.step for event in events], np.int64),
                np.array([event.wall_time for event in events], np.float64),
                np.array([event.value for event in events], np.float64),
            )
        return columns


class Tbparse(Rival):
    name = "tbparse"
    module = "tbparse"
    install = "pip install tbparse"

    def version(self) -> str:
        self.imported()
        return version("tbparse")

    def log(self, writer: Any) -> Log:
        raise NotImplementedError("it writes nothing")

    def read_scalars(self, directory: Path) -> dict[str, Columns]:
        reader = self.imported().SummaryReader(str(directory), extra_columns={"wall_time"})
        return {
            tag: tuple(rows[name].to_numpy() for name in ("step", "wall_time", "value"))
            for tag, rows in reader.scalars.groupby("tag")
        }
