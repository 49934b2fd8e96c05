"""The layout of the custom scalars page: which tags are drawn into which charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tbx_native import _core

# Where TensorBoard looks for it. Source: tensorboard/plugins/custom_scalar/metadata.py.
CONFIG_TAG = "custom_scalars__config__"

_DT_STRING, _STRING_VAL = 7, 8  # of TensorProto
_MARGIN_TAGS = 3


def custom_scalars(layout: Any) -> bytes:
    """Returns the Summary of a layout.

    Args:
        layout: ``{category: {chart: [kind, tags]}}``. The kind "Margin" draws the first of three
            tags as a line between the other two; any other draws a line for each tag that matches
            one of the tags, which are regular expressions.

    Raises:
        TypeError: It is not made of mappings, or a name or tag is not a str.
        ValueError: A margin chart does not have three tags, or a chart is no pair.
    """
    from tbx_native.proto import plugin_custom_scalars as messages

    categories = [
        messages.Category(
            title=_checked_str("category", category),
            chart=[_chart(title, chart) for title, chart in _items(category, charts)],
        )
        for category, charts in _items("layout", layout)
    ]
    serialized = messages.Layout(category=categories).SerializeToString()
    return _core.encode_tensor(
        CONFIG_TAG, "custom_scalars", b"", _DT_STRING, (), _STRING_VAL, serialized
    )


def _items(name: str, mapping: Any) -> Iterable[tuple[Any, Any]]:
    if not isinstance(mapping, Mapping):
        kind = type(mapping).__name__
        raise TypeError(f"custom scalars: {name!r} must be a mapping, not {kind}: {mapping!r}")
    return mapping.items()


def _chart(title: Any, chart: Any) -> Any:
    from tbx_native.proto import plugin_custom_scalars as messages

    _checked_str("chart", title)
    if not isinstance(chart, (list, tuple)):
        raise TypeError(f"custom scalars: chart {title!r} must be [kind, tags], not {chart!r}")
    if len(chart) != 2:
        raise ValueError(f"custom scalars: chart {title!r} must be [kind, tags], not {chart!r}")
    kind, tags = chart
    if isinstance(tags, str) or not isinstance(tags, Iterable):
        raise TypeError(f"custom scalars: tags of chart {title!r} must be a list, not {tags!r}")
    tags = [_checked_str(f"tag of chart {title!r}", tag) for tag in tags]
    if kind != "Margin":
        return messages.Chart(title=title, multiline=messages.MultilineChartContent(tag=tags))
    if len(tags) != _MARGIN_TAGS:
        raise ValueError(f"custom scalars: chart {title!r} needs three tags, not {tags!r}")
    value, lower, upper = tags
    series = messages.MarginChartContent.Series(value=value, lower=lower, upper=upper)
    return messages.Chart(title=title, margin=messages.MarginChartContent(series=[series]))


def _checked_str(what: str, text: Any) -> str:
    if not isinstance(text, str):
        raise TypeError(
            f"custom scalars: {what} must be a str, not {type(text).__name__}: {text!r}"
        )
    return text
