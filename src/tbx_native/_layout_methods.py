"""The layout of the custom scalars page, of both SummaryWriters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tbx_native._summary_sink import SummarySink
from tbx_native.plugins.custom_scalars import CONFIG_TAG, custom_scalars


class LayoutMethods(SummarySink):
    """Mixed into RunWriter."""

    def add_custom_scalars(self, layout: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
        """Adds a page of charts that draw several tags of add_scalar() together.

        TensorBoard shows the last one of a run.

        Args:
            layout: ``{category: {chart: [kind, tags]}}``. The kind "Margin" draws the first of
                three tags as a line between the other two; any other, "Multiline" by custom, draws
                a line for each tag that matches one of the tags, which are regular expressions.

        Raises:
            TypeError, ValueError: It is no such layout; nothing was written.
        """
        self._append_summary(CONFIG_TAG, custom_scalars(layout))

    def add_custom_scalars_multilinechart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Adds a page of one chart, with a line for each tag that matches one of `tags`.

        Args:
            tags: Regular expressions.
            category: Name of the group that the chart is in.
            title: Name of the chart.

        Raises:
            TypeError: Something is not a str; nothing was written.
        """
        self.add_custom_scalars({category: {title: ["Multiline", tags]}})

    def add_custom_scalars_marginchart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Adds a page of one chart, with a line inside a band.

        Args:
            tags: The tags of the line and of the band's lower and upper border.
            category: Name of the group that the chart is in.
            title: Name of the chart.

        Raises:
            TypeError, ValueError: They are not three tags; nothing was written.
        """
        self.add_custom_scalars({category: {title: ["Margin", tags]}})
