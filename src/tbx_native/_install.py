"""Lets tensorboardX's and torch.utils.tensorboard's names mean ours in this process."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

from tbx_native._logger import logger

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # importlib.abc imports half of the library, for 16 ms

TENSORBOARDX = "tensorboardX"
TORCH = "torch.utils.tensorboard"

_OURS = {TENSORBOARDX: "tbx_native.compat.tensorboardx", TORCH: "tbx_native.compat.torch"}


@dataclass(frozen=True)
class Installation:
    """What install() has done."""

    packages: tuple[str, ...]
    """The packages whose names mean ours now."""

    still_held: tuple[str, ...]
    """Where the program holds on to a class, function or module that it imported earlier, as
    "module.name". What such a name makes is written by the package that it came from: install
    before those modules are imported."""


@dataclass
class _Replaced:
    """What a package's name meant before."""

    modules: dict[str, ModuleType] = field(default_factory=dict)
    is_attribute: bool = False  # of its parent, as torch.utils.tensorboard is


_replaced: dict[str, _Replaced] = {}


def install(tensorboardx: bool = True, torch: bool = True) -> Installation:
    """Has ``tensorboardX`` and ``torch.utils.tensorboard`` imported from tbx_native from now on.

    So a program that imports them, or a library that it uses, logs through tbx_native without a
    line changed. Neither package need be installed, nor is imported by this; but
    ``torch.utils.tensorboard`` lies within torch, so without torch the name stays unknown. Works
    before and after they have been imported; modules that took something from them earlier keep
    it, and are named in the result and in a warning on the logger "tbx_native". Installing what is
    installed changes nothing. Processes that are spawned, not forked, begin anew.

    Args:
        tensorboardx: Whether to install ``tensorboardX``.
        torch: Whether to install ``torch.utils.tensorboard``.
    """
    chosen = [(TENSORBOARDX, tensorboardx), (TORCH, torch)]
    packages = tuple(name for name, is_chosen in chosen if is_chosen)
    for package in packages:
        if package not in _replaced:
            _replace(package)
    held = tuple(sorted(place for package in packages for place in _still_held(package)))
    if packages:
        logger().info("tbx_native stands in for %s", " and ".join(packages))
    if held:
        logger().warning("imported before tbx_native.install(), and still theirs: %s", held)
    return Installation(packages, held)


def uninstall() -> None:
    """Undoes install(): the names mean what they meant before, or are to be imported again.

    Writers that were made meanwhile go on.
    """
    for package in list(_replaced):
        _restore(package)


@contextmanager
def installed(tensorboardx: bool = True, torch: bool = True) -> Iterator[Installation]:
    """As install(), within a with block; what was installed before it stays so behind it."""
    before = set(_replaced)
    installation = install(tensorboardx, torch)
    try:
        yield installation
    finally:
        for package in set(_replaced) - before:
            _restore(package)


def _replace(package: str) -> None:
    replaced = _replaced[package] = _Replaced(_take_modules(package))
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    parent, _, child = package.rpartition(".")
    if parent in sys.modules:
        replaced.is_attribute = child in vars(sys.modules[parent])
        # Sets the attribute anew; and what is there already, no finder that comes later can find.
        importlib.import_module(package)


def _restore(package: str) -> None:
    replaced = _replaced.pop(package)
    if not _replaced:
        sys.meta_path.remove(_finder)
    _take_modules(package)
    sys.modules.update(replaced.modules)
    parent, _, child = package.rpartition(".")
    if parent in sys.modules:
        if replaced.is_attribute:
            setattr(sys.modules[parent], child, replaced.modules[package])
        else:
            vars(sys.modules[parent]).pop(child, None)


def _take_modules(package: str) -> dict[str, ModuleType]:
    """Takes the package and all within it out of sys.modules."""
    names = [name for name in sys.modules if name == package or name.startswith(package + ".")]
    return {name: sys.modules.pop(name) for name in names}


def _still_held(package: str) -> list[str]:
    theirs = _replaced[package].modules
    things = {id(module) for module in theirs.values()}
    for module in theirs.values():
        for value in vars(module).values():
            # What they define: not numpy, which they import as everybody does.
            if isinstance(value, (type, FunctionType)) and value.__module__ in theirs:
                things.add(id(value))
    places: dict[int, list[str]] = {}
    for name, module in list(sys.modules.items()):
        names = getattr(module, "__dict__", None)  # some put other objects into sys.modules
        if things and isinstance(names, dict):
            found = [f"{name}.{key}" for key, value in list(names.items()) if id(value) in things]
            places.setdefault(id(module), found)  # once where a module has several names
    return [place for found in places.values() for place in found]


class _Finder:
    """Finds our module for each of their names; comes first, so that no path is searched.

    Comet's finder puts itself before it when comet_ml is imported, and finds torch's modules.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if sys.meta_path[0] is not self and self in sys.meta_path:
            # The import that goes through the list loses its place for none of those behind.
            sys.meta_path.remove(self)
            sys.meta_path.insert(0, self)
        for package in _replaced:
            if fullname == package or fullname.startswith(package + "."):
                name = _OURS[package] + fullname.removeprefix(package)
                ours = importlib.util.find_spec(name)
                if ours is None:
                    return _their_spec(package, fullname)
                is_package = ours.submodule_search_locations is not None
                return ModuleSpec(fullname, _Loader(name), is_package=is_package)
        return None


def _their_spec(package: str, module: str) -> ModuleSpec | None:
    """Finds what we have no twin of, as torch's tracer of models, where they are installed.

    Its own imports from the package get ours.
    """
    parent = sys.modules.get(package.rpartition(".")[0])
    theirs = PathFinder.find_spec(package, None if parent is None else parent.__path__)
    return theirs and PathFinder.find_spec(module, theirs.submodule_search_locations)


class _Loader(Loader):
    """Loads our module under another name: the same object, so that it is never there twice."""

    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import has set the other name's


_finder = _Finder()
