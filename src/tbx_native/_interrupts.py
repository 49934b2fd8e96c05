"""Ctrl-C at the tbx-native command while it is imported, when no code of it can catch it."""

from __future__ import annotations

import os
import sys


def _is_command() -> bool:
    name: str = (getattr(sys, "argv", None) or [""])[0]
    if name == "-m":  # until Python has found, in this package, what to run
        return "tbx_native" in sys.orig_argv
    return os.path.basename(name) == "tbx-native"


_ends_quietly = False
if _is_command():
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # else a traceback, however deep in numpy
        _ends_quietly = True


def raise_keyboard_interrupts() -> None:
    """Has Ctrl-C raise KeyboardInterrupt again, where it has ended the process until now."""
    global _ends_quietly
    if _ends_quietly:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _ends_quietly = False
