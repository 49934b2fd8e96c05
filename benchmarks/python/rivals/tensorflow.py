"""TensorFlow's tf.summary as documented: functions that write to a default writer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.python.rivals.rival import Log, Rival, Writer, log_one_by_one


class TensorFlow(Rival):
    name = "tf.summary"
    module = "tensorflow"
    exports = "summary"
    install = "pip install tensorflow"

    def open(self, logdir: Path) -> Writer:
        return _DefaultWriter(self.imported().summary, logdir)

    def log(self, writer: Any) -> Log:
        return log_one_by_one(writer)


class _DefaultWriter:
    """tf.summary with the calls that the others have.

    https://www.tensorflow.org/api_docs/python/tf/summary: functions write to the default writer,
    and curves of one chart come from a writer each, in directories of their own.
    """

    def __init__(self, summary: Any, logdir: Path) -> None:
        self._summary = summary
        self._logdir = logdir
        self._writer = summary.create_file_writer(str(logdir))
        self._writer.set_as_default()
        self._curves: dict[Path, Any] = {}

    def add_scalar(self, tag: str, value: Any, step: int, /) -> None:
        self._summary.scalar(tag, value, step)

    def add_scalars(self, main_tag: str, values: Mapping[str, float], step: int, /) -> None:
        for tag, value in values.items():
            path = self._logdir / main_tag / tag
            if path not in self._curves:
                self._curves[path] = self._summary.create_file_writer(str(path))
            with self._curves[path].as_default():
                self._summary.scalar(main_tag, value, step)

    def add_histogram(self, tag: str, values: Any, step: int, /) -> None:
        detached = values.detach() if hasattr(values, "detach") else values  # one of torch's
        self._summary.histogram(tag, detached, step)

    def flush(self) -> None:
        for writer in (self._writer, *self._curves.values()):
            writer.flush()

    def close(self) -> None:
        for writer in (self._writer, *self._curves.values()):
            writer.close()
