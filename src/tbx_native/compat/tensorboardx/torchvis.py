"""As tensorboardX.torchvis: one writer that hands each call to several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tbx_native.compat.tensorboardx.writer import SummaryWriter

__all__ = ["SummaryWriter", "TorchVis", "vis_formats"]


def _visdom_writer(**options: Any) -> Any:
    try:
        from tensorboardX.visdom_writer import VisdomWriter
    except ImportError as error:
        raise ImportError(
            "TorchVis('visdom') needs tensorboardX's writer for it: pip install tensorboardX visdom"
        ) from error
    return VisdomWriter(**options)


vis_formats: dict[str, Callable[..., Any]] = {
    "tensorboard": SummaryWriter,
    "visdom": _visdom_writer,
}
"""What makes the writer of each target."""


class TorchVis:
    """Hands each call of a method to the writers of all targets that have it.

    Args:
        *args: Targets: "tensorboard", which it is if none is given, and "visdom". Others are
            ignored, as in tensorboardX.
        **init_kwargs: For each target a dictionary of arguments of its writer, by keyword.

    Raises:
        ImportError: "visdom" is asked for, and tensorboardX or visdom is not installed.
    """

    def __init__(self, *args: str, **init_kwargs: Any) -> None:
        self.subscribers: dict[str, Any] = {}
        self.register(*args, **init_kwargs)

    def register(self, *args: str, **init_kwargs: Any) -> None:
        """Adds targets; those that there are stay."""
        for target in args or ("tensorboard",):
            if target in vis_formats and target not in self.subscribers:
                self.subscribers[target] = vis_formats[target](**init_kwargs.get(target, {}))

    def unregister(self, *args: str) -> None:
        """Closes the writers of targets, and leaves them out from now on."""
        for target in args:
            self.subscribers.pop(target).close()

    def __getattr__(self, attr: str) -> Callable[..., None]:
        # Not found otherwise, and no question of copy's or pickle's before there is a dictionary.
        if attr.startswith("__") or not self.__dict__.get("subscribers"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {attr!r}")

        def call_all(*args: Any, **kwargs: Any) -> None:
            for writer in self.subscribers.values():
                if hasattr(writer, attr):
                    getattr(writer, attr)(*args, **kwargs)

        return call_all

    def __del__(self) -> None:
        for writer in self.__dict__.get("subscribers", {}).values():
            writer.close()
