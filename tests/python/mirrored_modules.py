"""Reads off two modules what the one has and the other lacks, or has otherwise."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any


def defined_names(module: types.ModuleType) -> Iterator[str]:
    """Public classes and functions that a module itself defines, and its constants."""
    for name, value in vars(module).items():
        if name.startswith("_") or isinstance(value, types.ModuleType):
            continue
        is_defined = getattr(value, "__module__", None) == module.__name__
        if is_defined or (name.isupper() and name == name.upper()):
            yield name


def lent_names(module: types.ModuleType, *roots: str) -> Iterator[str]:
    """Public classes and functions that a module takes from others within `roots`."""
    for name, value in vars(module).items():
        if name.startswith("_") or not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        if value.__module__ != module.__name__ and value.__module__.startswith(roots):
            yield name


def _parameters(function: Any) -> list[tuple[str, Any, Any]]:
    parameters = inspect.signature(function).parameters.values()
    return [
        (parameter.name, parameter.kind, parameter.default)
        for parameter in parameters
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    ]


def differences(theirs: types.ModuleType, ours: types.ModuleType) -> set[str]:
    """What is not in `ours` as it is in `theirs`: "name", or "name(parameter)"."""
    found = set()
    for name in defined_names(theirs):
        if not hasattr(ours, name):
            found.add(name)
            continue
        their_value, our_value = getattr(theirs, name), getattr(ours, name)
        found |= _call_differences(name, their_value, our_value)
        if inspect.isclass(their_value):
            for method, function in vars(their_value).items():
                if method.startswith("_") or not callable(function):
                    continue
                if not hasattr(our_value, method):
                    found.add(f"{name}.{method}")
                else:
                    ours_of = getattr(our_value, method)
                    found |= _call_differences(f"{name}.{method}", function, ours_of)
    return found


def _call_differences(name: str, theirs: Any, ours: Any) -> set[str]:
    if not callable(theirs):
        return set()
    try:
        wanted, had = _parameters(theirs), _parameters(ours)
    except ValueError:  # a message class, which has no signature
        return set()
    had_by_name = {parameter[0]: parameter for parameter in had}
    found = set()
    for place, (parameter, kind, default) in enumerate(wanted):
        if parameter == "self":
            continue
        ours_of = had_by_name.get(parameter)
        is_same = ours_of is not None and (kind, default) == ours_of[1:]
        same_place = [p[0] for p in had if p[0] != "self"].index(parameter) if ours_of else -1
        if not is_same or same_place != place - (wanted[0][0] == "self"):
            found.add(f"{name}({parameter})")
    return found
