"""Histograms of both SummaryWriters, beside the native add_histogram() and add_histograms()."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tbx_native import _core
from tbx_native._summary_sink import SummarySink, check_tag
from tbx_native.plugins.histogram import histogram_raw


class HistogramMethods(SummarySink):
    """Mixed into RunWriter."""

    @property
    def default_bins(self) -> list[float]:
        """The 1,549 bucket limits of bins="tensorflow"."""
        return _core.default_bucket_limits()

    def add_histogram_raw(
        self,
        tag: str,
        min: float,
        max: float,
        num: float,
        sum: float,
        sum_squares: float,
        bucket_limits: Sequence[float] | Any,
        bucket_counts: Sequence[float] | Any,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Adds a histogram whose buckets the caller has counted, as it is.

        Args:
            tag: Name of the chart; not cleaned, as in tensorboardX.
            min, max, num, sum, sum_squares: Of the values.
            bucket_limits: The upper limit of every bucket; the first bucket has no lower one.
            bucket_counts: The number of values in every bucket, as many.
            global_step: An integer in int64. None writes no step.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
        """
        statistics = min, max, num, sum, sum_squares
        summary = histogram_raw(check_tag(tag), *statistics, bucket_limits, bucket_counts)
        self._append_summary(tag, summary, global_step, walltime)
