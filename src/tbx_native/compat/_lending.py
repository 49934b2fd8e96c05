"""Names that a module lends from other modules, as the modules that it stands for do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lend(borrower: str, root: str, lenders: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """Returns a module's ``__getattr__``.

    What is lent is imported by those who ask for it: protobuf takes time to import.

    Args:
        borrower: The module's own name, for the AttributeError.
        root: The package that the lenders are named below.
        lenders: The names that each module lends.
    """
    lender_of = {name: module for module, names in lenders.items() for name in names}

    def get(name: str) -> Any:
        if name in lender_of:
            return getattr(import_module(f"{root}.{lender_of[name]}"), name)
        raise AttributeError(f"module {borrower!r} has no attribute {name!r}")

    return get
