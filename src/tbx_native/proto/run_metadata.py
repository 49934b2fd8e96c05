"""The messages of proto/tbx_native/run_metadata.proto."""

from typing import Any

from tbx_native.proto._pool import messages_of

globals().update(messages_of(__name__))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
