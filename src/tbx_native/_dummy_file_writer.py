"""The FileWriter of write_to_disk=False."""

from __future__ import annotations

import os

from tbx_native._default_metadata import DefaultMetadata


class DummyFileWriter(DefaultMetadata):
    """A FileWriter that writes nothing, for processes that should not."""

    def __init__(self, logdir: str | os.PathLike[str]) -> None:
        super().__init__()
        self._logdir = os.fsdecode(logdir)

    def get_logdir(self) -> str:
        return self._logdir

    def add_event(
        self, event: object, step: int | None = None, walltime: float | None = None
    ) -> None:
        pass

    def add_summary(
        self, summary: object, global_step: int | None = None, walltime: float | None = None
    ) -> None:
        pass

    def add_graph(self, graph_profile: object, walltime: float | None = None) -> None:
        pass

    def add_onnx_graph(self, graph: object, walltime: float | None = None) -> None:
        pass

    def add_openvino_graph(self, graph: object, walltime: float | None = None) -> None:
        pass

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def reopen(self) -> None:
        pass
