"""Hyperparameters and metrics of a session, for TensorBoard's hparams page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tbx_native._arguments import shown, to_value

PLUGIN_NAME = "hparams"
EXPERIMENT_TAG = "_hparams_/experiment"
SESSION_START_INFO_TAG = "_hparams_/session_start_info"
SESSION_END_INFO_TAG = "_hparams_/session_end_info"


class SessionSummaries(NamedTuple):
    """The Summary messages of one session, in the order in which they are written."""

    experiment: Any
    session_start_info: Any
    session_end_info: Any


def hparams(
    hparam_dict: Mapping[str, Any],
    metric_dict: Mapping[str, Any],
    hparam_domain_discrete: Mapping[str, Sequence[Any]] | None = None,
    *,
    bools_as_numbers: bool = False,
) -> SessionSummaries:
    """Returns what describes a session: names and kinds, values, the end.

    Numbers are written as float64. None is left out. A function or class is written by its name,
    and what is neither number, bool nor str by its str().

    Args:
        hparam_dict: Hyperparameters by name.
        metric_dict: Names of the metrics; the values are scalars, and not written here.
        hparam_domain_discrete: All values that a hyperparameter may have, by its name.
        bools_as_numbers: True writes them as 0.0 and 1.0, as torch does.

    Raises:
        TypeError: A name is no str, or a domain is not a list of its hyperparameter's type.
        ValueError: A name or str cannot be encoded as UTF-8, a number is beyond a float64's range.

    Source of the format: tensorboard/plugins/hparams/{api,plugin_data}.proto.
    """
    from tbx_native.proto import plugin_hparams as messages

    _check_names("hyperparameter", hparam_dict)
    _check_names("metric", metric_dict)
    domains = _checked_domains(hparam_dict, hparam_domain_discrete)
    # Filled in place: a message that is made for a field is copied into it. But for the one with a
    # map, whose order in the file is what it is in both rivals' copy.
    data = messages.HParamsPluginData
    experiment_data, end_data = data(), data()
    experiment, start = experiment_data.experiment, messages.SessionStartInfo()
    for tag in metric_dict:
        experiment.metric_infos.add().name.tag = tag
    for name, given in hparam_dict.items():
        value = _plain(name, given)
        if value is None:
            continue
        if bools_as_numbers and isinstance(value, bool):
            value = float(value)
        _set_value(start.hparams[name], value)
        info = experiment.hparam_infos.add(name=name, type=_data_type(messages, value))
        for allowed in domains.get(name, ()):
            allowed_value = _plain(name, allowed)
            if isinstance(value, float) and isinstance(allowed_value, bool):
                allowed_value = float(allowed_value)
            _set_value(info.domain_discrete.values.add(), allowed_value)
    end_data.session_end_info.status = messages.STATUS_SUCCESS
    experiment.SetInParent()  # also where it is empty
    return SessionSummaries(
        _summary(EXPERIMENT_TAG, experiment_data),
        _summary(SESSION_START_INFO_TAG, data(session_start_info=start)),
        _summary(SESSION_END_INFO_TAG, end_data),
    )


def _check_names(kind: str, named: Mapping[str, Any]) -> None:
    for name in named:
        if not isinstance(name, str):
            raise TypeError(f"name of a {kind} must be a str, not {type(name).__name__}: {name!r}")
        _check_utf8(f"name of a {kind}", name)


def _check_utf8(what: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} cannot be encoded as UTF-8: {shown(text)}") from None


def _checked_domains(
    hparam_dict: Mapping[str, Any], domains: Mapping[str, Sequence[Any]] | None
) -> Mapping[str, Sequence[Any]]:
    if domains is None:
        return {}
    if not isinstance(domains, Mapping):
        raise TypeError(f"hparam_domain_discrete must be a dictionary, not {shown(domains)}")
    for name, values in domains.items():
        is_list = name in hparam_dict and isinstance(values, (list, tuple))
        if not is_list or not all(isinstance(value, type(hparam_dict[name])) for value in values):
            raise TypeError(
                f"hparam_domain_discrete[{name!r}] must be a list of values of the type of"
                f" hparam_dict[{name!r}], not {shown(values)}"
            )
    return domains


def _plain(name: str, value: Any) -> float | bool | str | None:
    """`value` as one of the types that the page has."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        _check_utf8(f"hyperparameter {name!r}", value)
        return str(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (int, float)) or _is_one_number(value):
        return to_value(name, value)
    if callable(value):
        return str(getattr(value, "__name__", value))
    return str(value)


def _is_one_number(value: Any) -> bool:
    """Whether `value` is a number of another library: a numpy scalar, a tensor of one element."""
    shape = getattr(value, "shape", None)
    if not isinstance(shape, tuple) or any(size != 1 for size in shape):
        return False
    try:
        to_value(None, value)
    except (TypeError, ValueError):  # one str, a date, a tensor without data
        return False
    return True


def _set_value(message: Any, value: float | bool | str | None) -> None:
    """Sets a google.protobuf.Value."""
    if isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, str):
        message.string_value = value
    elif value is not None:
        message.number_value = value


def _data_type(messages: Any, value: float | bool | str) -> int:
    kinds = {
        bool: messages.DATA_TYPE_BOOL,
        str: messages.DATA_TYPE_STRING,
        float: messages.DATA_TYPE_FLOAT64,
    }
    return int(kinds[type(value)])


def _summary(tag: str, data: Any) -> Any:
    from tbx_native.proto.summary import Summary

    summary = Summary()
    value = summary.value.add(tag=tag)
    plugin_data = value.metadata.plugin_data
    plugin_data.plugin_name = PLUGIN_NAME
    plugin_data.content = data.SerializeToString()
    return summary
