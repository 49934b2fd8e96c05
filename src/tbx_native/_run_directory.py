"""Where a run goes when the user does not say."""

from __future__ import annotations

import os
from datetime import datetime


def default_run_directory(comment: str | None) -> str:
    """Returns ``runs/<month><day>_<hour>-<minute>-<second>_<hostname><comment>``.

    Source: the default of tensorboardX and torch.
    """
    import socket  # takes as long to import as a quarter of this package, for one name

    now = datetime.now().strftime("%b%d_%H-%M-%S")
    return os.path.join("runs", f"{now}_{socket.gethostname()}{comment or ''}")
