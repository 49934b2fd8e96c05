"""The native core. Not public: the classes around it are, and document what these do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from typing_extensions import Buffer, disjoint_base

__version__: str

class WriterClosedError(ValueError): ...

def crc32c(data: bytes | bytearray | memoryview) -> int: ...
def masked_crc32c(data: bytes | bytearray | memoryview) -> int: ...
def crc32c_backend() -> str: ...
def crc32c_backend_problem() -> str: ...
def frame(payload: bytes) -> bytes: ...
def encode_summary_event(summary: bytes, wall_time: float, step: int) -> bytes: ...
def read_scalars(path: bytes | str) -> list[tuple[float, int, float]]: ...
def encode_tensor(
    tag: str,
    plugin_name: str,
    plugin_content: bytes,
    dtype: int,
    shape: Sequence[int] | None,
    value_field: int,
    values: Buffer,
) -> bytes: ...
def pack_varints(int64s: Buffer) -> bytes: ...
def encode_image(
    tag: str, height: int, width: int, colorspace: int, encoded: bytes, plugin_name: str
) -> bytes: ...
def encode_audio(
    tag: str,
    sample_rate: float,
    num_channels: int,
    length_frames: int,
    encoded: bytes,
    content_type: str,
    plugin_name: str,
) -> bytes: ...
def count_thresholds(
    tag: str, labels: Any, predictions: Any, weights: Any, thresholds: int
) -> bytes: ...
def encode_tsv(float32s: Any) -> bytes: ...
def default_bucket_limits() -> list[float]: ...
def finite_values(tag: object, values: Any) -> bytes: ...
def encode_histogram(
    tag: str,
    min: float,
    max: float,
    num: float,
    sum: float,
    sum_squares: float,
    bucket_limits: bytes,
    bucket_counts: bytes,
) -> bytes: ...
def recover_directory(directory: bytes | str) -> dict[str, Any]: ...

class RecordReader:
    def __init__(self, path: bytes | str) -> None: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...

class EventFile:
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    @property
    def path(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    @property
    def recovered_events(self) -> int: ...
    def append(self, event: bytes) -> bool: ...
    def close(self) -> None: ...

class EventWriter:
    def __init__(
        self,
        *,
        queue_bytes: int,
        drop_on_overflow: bool,
        overflow_timeout: float,
        flush_secs: float,
    ) -> None: ...
    def open_file(
        self, directory: bytes, filename_suffix: bytes, purge_step: int | None, source_writer: str
    ) -> EventFile: ...
    @property
    def closed(self) -> bool: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...
    def stats(self) -> dict[str, Any]: ...
    def ask_for_report(self) -> None: ...
    def take_failure(self) -> Exception | None: ...

@disjoint_base
class SummaryMethods:
    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: Any = None,
        display_name: str | None = "",
        summary_description: str | None = "",
        *,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None: ...
    def add_custom_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: Any = None,
        display_name: str | None = "",
        summary_description: str | None = "",
        *,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None: ...
    def log(self, metrics: Mapping[str, Any], step: Any = None, walltime: Any = None) -> None: ...
    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: Any = "tensorflow",
        walltime: Any = None,
        max_bins: int | None = None,
    ) -> None: ...
    def add_histograms(
        self,
        prefix: str,
        named_arrays: Mapping[str, Any] | Iterable[tuple[str, Any]],
        step: Any = None,
        walltime: Any = None,
        bins: Any = "tensorflow",
        max_bins: int | None = None,
    ) -> None: ...
    def add_text(
        self, tag: str, text_string: str, global_step: Any = None, walltime: Any = None
    ) -> None: ...
    def _append_summary(
        self, tag: object, summary: bytes, global_step: Any = None, walltime: Any = None
    ) -> None: ...
    def _bind(self, file: EventFile | None, /) -> None: ...
    def _intercept(self) -> None: ...
    def _configure(
        self, *, discards: bool, cleans_tags: bool, warns_of_nan: bool, log_freq: int
    ) -> None: ...
    def _set_defaults(self, step: Any, walltime: Any) -> None: ...

class TorchSummaryMethods(SummaryMethods):
    def add_scalar(  # type: ignore[override]  # torch's fifth and sixth parameters are others than tensorboardX's
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: Any = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None: ...
    def add_custom_scalar(  # type: ignore[override]  # torch's fifth and sixth parameters are others than tensorboardX's
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: Any = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None: ...
