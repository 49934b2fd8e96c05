"""As tensorboardX.event_file_writer: EventFileWriter is ours, EventsWriter its synchronous part."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time

from tbx_native.compat.tensorboardx.proto import event_pb2
from tbx_native.compat.tensorboardx.record_writer import RecordWriter, directory_check
from tbx_native.event_file_writer import EventFileWriter, Message, serialized

__all__ = ["EventFileWriter", "EventsWriter", "RecordWriter", "directory_check", "event_pb2"]

_file_numbers = itertools.count()


class EventsWriter:
    """Writes events to a new file, in the calling thread.

    Args:
        file_prefix: What the file's path begins with, as "runs/x/events".
        filename_suffix: What it ends with.

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(self, file_prefix: str, filename_suffix: str = "") -> None:
        now = time.time()
        # With the process and a number, or two writers of one second would share a file.
        self._file_name = (
            f"{file_prefix}.out.tfevents.{int(now):010d}.{socket.gethostname()}"
            f".{os.getpid()}.{next(_file_numbers):05d}{filename_suffix}"
        )
        self._num_outstanding_events = 0
        self._py_recordio_writer = RecordWriter(self._file_name)
        self._event = event_pb2.Event(wall_time=now, file_version="brain.Event:2")
        self._lock = threading.Lock()
        self.write_event(self._event)

    def write_event(self, event: Message) -> None:
        """Appends an Event message, from whichever library.

        Raises:
            TypeError: It is no message.
        """
        self._write_serialized_event(serialized(event))

    def _write_serialized_event(self, event_str: bytes) -> None:
        with self._lock:
            self._num_outstanding_events += 1
            self._py_recordio_writer.write(event_str)

    def flush(self) -> bool:
        """Everything written so far is on the device when this returns."""
        with self._lock:
            self._num_outstanding_events = 0
            self._py_recordio_writer.flush()
        return True

    def close(self) -> bool:
        """Flushes and closes the file."""
        flushed = self.flush()
        with self._lock:
            self._py_recordio_writer.close()
        return flushed
