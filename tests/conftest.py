"""What all tests need of the process that they run in."""

from __future__ import annotations

import signal

# A job in the background is started with SIGINT ignored, and so would be the programs that tests
# start and interrupt: exec() resets handlers, but not that.
signal.signal(signal.SIGINT, signal.default_int_handler)
