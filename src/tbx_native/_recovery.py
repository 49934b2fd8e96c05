"""Recovery: what killed processes left in the queue files of a directory tree."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from tbx_native import _core


@dataclass
class RecoveryReport:
    """What recover() has found."""

    queues: int = 0
    """Queues of dead processes whose events are all in their event files now."""

    events: int = 0
    """Events appended."""

    unwanted: int = 0
    """Events whose event file is gone, or that were damaged."""

    errors: list[OSError] = field(default_factory=list)
    """Why queues could not be brought in; they stay, to be tried again."""


def recover(directory: str | os.PathLike[str]) -> RecoveryReport:
    """Appends what killed processes left in their queues to the event files that it belongs to.

    A writer keeps its queue in a hidden file beside its first event file, so that nothing is lost
    when its process is killed. The next writer opened on the same directory does the same as this
    function. Queues of living processes are left alone; each event is appended whole and once.

    Args:
        directory: The log directory; the directories below it are looked at as well.

    Raises:
        NotADirectoryError, FileNotFoundError: There is no such directory.
    """
    if not os.path.isdir(directory):
        os.listdir(directory)  # says why
    report = RecoveryReport()
    for folder, _, _ in os.walk(os.fsdecode(directory)):
        found = _core.recover_directory(os.fsencode(os.path.abspath(folder)))
        report.queues += found["rings"]
        report.events += found["events"]
        report.unwanted += found["unwanted"]
        report.errors += found["errors"]
    return report
