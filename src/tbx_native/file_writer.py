"""FileWriter: events and summaries with steps and wall times, on their way into one event file."""

from __future__ import annotations

import os
from typing import Any

from tbx_native._core import encode_summary_event
from tbx_native._default_metadata import DefaultMetadata
from tbx_native._dummy_file_writer import DummyFileWriter
from tbx_native.event_file_writer import EventFileWriter, Message, serialized
from tbx_native.plugins.graph import graph_event, run_metadata_event

__all__ = ["DummyFileWriter", "EventFileWriter", "FileWriter"]


class FileWriter(DefaultMetadata):
    """Puts events and summaries, with steps and wall times, into an EventFileWriter.

    Args:
        logdir, max_queue, flush_secs, filename_suffix: As for EventFileWriter.
        **event_file_options: Keyword-only options of EventFileWriter.
    """

    _run_metadata_tag = "profiler"  # under which the graph page shows what a run cost

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        **event_file_options: Any,
    ) -> None:
        super().__init__()
        self.event_writer = self._event_file_writer_class()(
            os.fsdecode(logdir), max_queue, flush_secs, filename_suffix, **event_file_options
        )

    def _event_file_writer_class(self) -> type[EventFileWriter]:
        # A module's global, looked up anew each time: tools replace it to see what is written.
        return EventFileWriter

    def _is_intercepted(self) -> bool:
        """Whether a tool has replaced a method on the way of an event, to see what is written."""
        kind, file_kind = type(self), type(self.event_writer)
        return (kind.add_event, kind.add_summary, file_kind.add_event) != _WAY_OF_AN_EVENT

    def _take(self, payload: bytes) -> None:
        """Sends a serialized event the way that it would go if all of this were Python."""
        from tbx_native.proto.event import Event

        event = Event.FromString(payload)
        if event.HasField("summary"):
            self.add_summary(event.summary, event.step, event.wall_time)
        else:
            self.add_event(event, event.step, event.wall_time)

    def get_logdir(self) -> str:
        """Returns the directory of the event file."""
        return self.event_writer.get_logdir()

    def add_event(self, event: Any, step: int | None = None, walltime: float | None = None) -> None:
        """Appends an Event message, whose wall_time and step are set first.

        Args:
            event: Any object with wall_time, step and SerializeToString().
            step: An integer in int64. None leaves the event's own.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: Step or wall time are not what they should be, or the event
                cannot be read back.
            WriterClosedError: The writer is closed.
        """
        step, event.wall_time = self._stamp(step, walltime)
        if step is not None:
            event.step = step
        self.event_writer.add_event(event)

    def add_summary(
        self,
        summary: Message | bytes,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Appends a Summary message, or its bytes, in an event of its own.

        Args:
            summary: Any object with SerializeToString(), from whichever library.
            global_step: An integer in int64. None writes no step.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: Step or wall time are not what they should be, or the summary
                cannot be read back.
            WriterClosedError: The writer is closed.
        """
        content = summary if isinstance(summary, bytes) else serialized(summary)
        if self._is_intercepted():
            from tbx_native.proto.event import Event  # for the tools that ask for messages

            event = Event()
            event.summary.ParseFromString(content)
            self.add_event(event, global_step, walltime)
            return
        step, wall_time = self._stamp(global_step, walltime)
        self.event_writer._append(encode_summary_event(content, wall_time, step or 0))

    def add_graph(
        self, graph_profile: tuple[Message, Message], walltime: float | None = None
    ) -> None:
        """Appends a graph, and what a run of it cost, in two events.

        Args:
            graph_profile: A GraphDef and a RunMetadata message, from whichever library.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: They are no such messages, or the wall time is not finite.
            WriterClosedError: The writer is closed.
        """
        graph, run_metadata = map(serialized, graph_profile)
        self.add_event(graph_event(graph), None, walltime)
        event = run_metadata_event(self._run_metadata_tag, run_metadata)
        self.add_event(event, None, walltime)

    def add_onnx_graph(self, graph: Message, walltime: float | None = None) -> None:
        """Appends a graph, a GraphDef message, in an event of its own."""
        self.add_event(graph_event(serialized(graph)), None, walltime)

    def add_openvino_graph(self, graph: Message, walltime: float | None = None) -> None:
        """As add_onnx_graph()."""
        self.add_onnx_graph(graph, walltime)

    def flush(self) -> None:
        """As EventFileWriter.flush()."""
        self.event_writer.flush()

    def close(self) -> None:
        """As EventFileWriter.close()."""
        self.event_writer.close()

    def reopen(self) -> None:
        """As EventFileWriter.reopen()."""
        self.event_writer.reopen()


_WAY_OF_AN_EVENT = (FileWriter.add_event, FileWriter.add_summary, EventFileWriter.add_event)


def is_closed(writer: FileWriter | DummyFileWriter) -> bool:
    """Whether the event file of `writer` takes no more events."""
    if not isinstance(writer, FileWriter):
        return False
    # The file itself is asked, too: where another thread was closing it at a fork, that thread did
    # not live on in the child to say so.
    return writer.event_writer._closed or writer.event_writer._file.closed
