"""Histograms of both SummaryWriters, beside the native add_histogram() and add_histograms()."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tbx_native import _core
from tbx_native.plugins.histogram import histogram_raw

if TYPE_CHECKING:
    from tbx_native.file_writer import DummyFileWriter, FileWriter


class HistogramMethods:
    """Mixed into RunWriter."""

    if TYPE_CHECKING:

        def _get_file_writer(self) -> FileWriter | DummyFileWriter: ...

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
        summary = histogram_raw(tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts)
        self._get_file_writer().add_summary(summary, global_step, walltime)
