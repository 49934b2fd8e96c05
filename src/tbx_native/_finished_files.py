"""Event files that nothing will be added to: synced and closed by another thread."""

from __future__ import annotations

import threading

from tbx_native._encoder_threads import encoder_threads
from tbx_native.file_writer import FileWriter


class FinishedFiles:
    """Those of one writer. Their events may still be in the queue."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # re-entrant, because a signal handler may log
        self._waiting: list[FileWriter] = []
        self._being_closed: list[FileWriter] = []

    def add(self, writer: FileWriter) -> None:
        """Has `writer` closed, by and by."""
        with self._lock:
            self._waiting.append(writer)
            if self._being_closed or len(self._waiting) > 1:
                return  # the thread that is at it will take this one too
        encoder_threads().run(self._close_all)

    def has_one_in(self, directory: str) -> bool:
        """Tells whether a file of `directory` is still to be closed."""
        with self._lock:
            return any(
                writer.get_logdir() == directory for writer in self._waiting + self._being_closed
            )

    def _close_all(self) -> None:
        while True:
            with self._lock:
                self._being_closed, self._waiting = self._waiting, []
                if not self._being_closed:
                    return
            for writer in self._being_closed:
                try:
                    writer.close()
                except OSError as error:
                    # The drain goes on trying, and the run's own close() closes this file too.
                    writer.event_writer._engine.closing_failed(error)
