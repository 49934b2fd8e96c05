"""Values other than scalars, read from their files when they are looked at."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from tbx_native._pillow import require_pillow
from tbx_native._tensor_values import tensor_array
from tbx_native.errors import DamagedFileError

T = TypeVar("T")


class Place(NamedTuple):
    """Where a serialized value is."""

    path: str
    offset: int
    """In bytes from the start of the file."""
    length: int
    is_tensor: bool

    def read(self) -> bytes:
        """The bytes there.

        Raises:
            DamagedFileError: The file has become shorter.
        """
        file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            content = os.pread(file, self.length, self.offset)
        finally:
            os.close(file)
        if len(content) != self.length:
            raise DamagedFileError(self.path, self.offset, "file is shorter than when it was read")
        return content


class LazyValues(Sequence[T], Generic[T]):
    """The values of a tag, in the order they were written. Each is read when it is indexed."""

    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    """Seconds since the epoch."""

    def __init__(
        self,
        steps: NDArray[np.int64],
        wall_times: NDArray[np.float64],
        places: Sequence[Place],
        decode: Callable[[bytes, bool], T],
    ) -> None:
        self.steps = steps
        self.wall_times = wall_times
        self._places = places
        self._decode = decode

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> LazyValues[T]: ...
    def __getitem__(self, index: int | slice) -> T | LazyValues[T]:
        if isinstance(index, slice):
            parts = self.steps[index], self.wall_times[index], self._places[index]
            return LazyValues(*parts, self._decode)
        place = self._places[index]
        content = place.read()
        try:
            return self._decode(content, place.is_tensor)
        except DamagedFileError:
            raise
        except ValueError as error:  # also protobuf's DecodeError
            raise DamagedFileError(place.path, place.offset, str(error)) from error
        except Exception as error:
            if type(error).__name__ != "DecodeError":
                raise
            cause = f"the value is no message: {error}"
            raise DamagedFileError(place.path, place.offset, cause) from error

    def __repr__(self) -> str:
        return f"<{len(self)} values, steps {self.steps}>"


@dataclass(frozen=True)
class Image:
    """A picture, as the file in which it was compressed."""

    data: bytes
    """A PNG, JPEG or GIF file, or whatever else was written."""
    width: int
    """Pixels."""
    height: int
    others: tuple[bytes, ...] = ()
    """Further pictures of the same step, as TensorFlow writes them; files, too."""

    def pil(self) -> Any:
        """Returns it as a PIL.Image.Image.

        Raises:
            ImportError: Pillow is missing.
        """
        require_pillow("Image.pil()")
        import PIL.Image

        return PIL.Image.open(io.BytesIO(self.data))


@dataclass(frozen=True)
class Audio:
    """A sound, as the file in which it was written."""

    data: bytes
    content_type: str
    """A MIME type; "" where none was written."""
    sample_rate: float
    """Hz; 0 where it was not written."""
    others: tuple[bytes, ...] = ()
    """Further sounds of the same step, as TensorFlow writes them; files, too."""


@dataclass(frozen=True)
class Histogram:
    """Counts of values in buckets; all arrays are float64."""

    left: NDArray[np.float64]
    """(buckets,): the lower limits."""
    right: NDArray[np.float64]
    """(buckets,): the upper limits."""
    counts: NDArray[np.float64]
    """(buckets,)."""
    num: float
    """How many values there were."""
    sum: float
    """Of the values; NaN where it was not written."""
    sum_squares: float


def as_image(content: bytes, is_tensor: bool) -> Image:
    value = _value(content)
    if is_tensor:  # width, height and a file for each of the images
        width, height, *files = _strings(value)
        data = files[0] if files else b""
        return Image(data, int(width or 0), int(height or 0), tuple(files[1:]))
    return Image(value.image.encoded_image_string, value.image.width, value.image.height)


def as_audio(content: bytes, is_tensor: bool) -> Audio:
    value = _value(content)
    if is_tensor:  # (sounds, 2): files and their labels; or files alone
        shape = value.tensor.tensor_shape.dim
        files = _strings(value)[:: 2 if len(shape) == 2 and shape[1].size == 2 else 1]
        return Audio(files[0] if files else b"", "audio/wav", 0.0, tuple(files[1:]))
    audio = value.audio
    return Audio(audio.encoded_audio_string, audio.content_type, audio.sample_rate)


def as_histogram(content: bytes, is_tensor: bool) -> Histogram:
    value = _value(content)
    if is_tensor:
        rows = np.asarray(tensor_array(value.tensor), np.float64).reshape(-1, 3)
        left, right, counts = rows.T.copy()
        return Histogram(left, right, counts, float(counts.sum()), np.nan, np.nan)
    histo = value.histo
    right = np.array(histo.bucket_limit, np.float64)
    left = np.concatenate([[min(histo.min, *right[:1])], right[:-1]]) if len(right) else right
    counts = np.array(histo.bucket, np.float64)
    return Histogram(left, right, counts, histo.num, histo.sum, histo.sum_squares)


def as_text(content: bytes, is_tensor: bool) -> str:
    strings = [text.decode(errors="replace") for text in _strings(_value(content))]
    return strings[0] if len(strings) == 1 else "\n".join(strings)


def as_tensor(content: bytes, is_tensor: bool) -> NDArray[Any]:
    return tensor_array(_value(content).tensor)


def as_hparams(content: bytes, is_tensor: bool) -> dict[str, float | str | bool | None]:
    from tbx_native.proto import plugin_hparams

    data = _value(content).metadata.plugin_data.content
    values = plugin_hparams.HParamsPluginData.FromString(data).session_start_info.hparams
    return {name: _plain(value) for name, value in sorted(values.items())}


def as_event(content: bytes, is_tensor: bool = False) -> Any:
    from tbx_native.proto import event

    return event.Event.FromString(content)


def _value(content: bytes) -> Any:
    from tbx_native.proto import summary

    return summary.Summary.Value.FromString(content)


def _strings(value: Any) -> list[bytes]:
    return list(value.tensor.string_val)


def _plain(value: Any) -> float | str | bool | None:
    kind = value.WhichOneof("kind")
    return None if kind in (None, "null_value") else getattr(value, kind)
