"""Sounds: 16-bit PCM in a WAV file, in a Summary."""

from __future__ import annotations

import io
from collections.abc import Callable
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from tbx_native import _core
from tbx_native._arrays import snapshot, to_numbers
from tbx_native._encoding_queue import Encoding

Array = np.ndarray[Any, np.dtype[Any]]

_PCM_BYTES = 2  # of a sample
_CHANNELS = (1, 2)
# A record ends below 2 GiB; this leaves a megabyte for what is around the samples.
_MAX_PCM_BYTES = 2**31 - 2**20
# The bytes of a second of stereo must fit into the WAV header's 32 bits.
_MAX_SAMPLE_RATE = 2**30  # Hz


class AudioStyle(NamedTuple):
    """What one API does with sounds, where the other does it otherwise."""

    plugin_name: str
    """Of the summary's metadata; empty for none."""

    squeezes: bool
    """Whether dimensions of one sample are left out before all else."""

    pcm_of_floats: Callable[[Array], Array]
    """From floats in [-1, 1] to int16."""


def floor_to_pcm(sound: Array) -> Array:
    """Returns ``floor(x * 32768)``, at most 32767, as libsndfile does for tensorboardX.

    Source: libsndfile, src/pcm.c, f2les_clip_array(): rounded to 32 bits, then cut to 16. It
    multiplies in the sound's own type.
    """
    scaled = np.rint(sound * 2.0**31).astype(np.float64)
    return (np.clip(scaled, -(2.0**31), 2.0**31 - 1).astype(np.int32) >> 16).astype(np.int16)


def truncate_to_pcm(sound: Array) -> Array:
    """Returns ``trunc(x * 32767)``. Source: torch/utils/tensorboard/summary.py, audio()."""
    return (sound * np.iinfo(np.int16).max).astype(np.int16)


TENSORBOARDX_STYLE = AudioStyle("audio", squeezes=False, pcm_of_floats=floor_to_pcm)
TORCH_STYLE = AudioStyle("", squeezes=True, pcm_of_floats=truncate_to_pcm)


def audio(
    tag: str,
    sound: Any,
    sample_rate: Any,
    style: AudioStyle,
    warn_clipped: Callable[[], None],
) -> Encoding:
    """Checks and copies a sound, and returns what is left to do.

    Args:
        tag: As it is to be written.
        sound: Of shape (frames,) or (frames, channels) with one or two channels. Floats in
            [-1, 1], or integers whose whole range is the sound's.
        sample_rate: In Hz.
        style: Of the API.
        warn_clipped: Called by the encoding where a float is outside [-1, 1], or NaN.

    Raises:
        TypeError: `sound` holds no floats or integers, or `sample_rate` is no number.
        ValueError: `sound` has another shape or is 2 GiB as PCM, or `sample_rate` is not an integer
            in [1, 2**30).
    """
    rate = _checked_rate(tag, sample_rate)
    array = to_numbers(tag, sound)
    if array.dtype.kind == "b":
        raise TypeError(f"sound of tag {tag!r} must be floats or integers, not {array.dtype}")
    shape = array.shape
    if style.squeezes:
        array = array.squeeze()
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[1] not in _CHANNELS or not array.shape[0]:
        message = "must be of shape (frames,), (frames, 1) or (frames, 2)"
        raise ValueError(f"sound of tag {tag!r} {message}, not {shape}")
    if array.size * _PCM_BYTES > _MAX_PCM_BYTES:
        raise ValueError(f"sound of tag {tag!r} is too large for a record: {shape}")
    copy = snapshot(array)

    def encode() -> bytes:
        pcm = _to_pcm(copy, style.pcm_of_floats, warn_clipped)
        frames, channels = pcm.shape
        file = _wav_file(pcm, rate)
        return _core.encode_audio(tag, rate, channels, frames, file, "audio/wav", style.plugin_name)

    return Encoding(copy.nbytes, encode)


def _checked_rate(tag: str, sample_rate: Any) -> int:
    what = f"sample_rate of tag {tag!r} must be an integer from 1 to 2**30 - 1 Hz"
    if not isinstance(sample_rate, Real):
        raise TypeError(f"{what}, not {type(sample_rate).__name__}: {sample_rate!r}")
    rate = float(sample_rate)
    if not 1 <= rate < _MAX_SAMPLE_RATE or not rate.is_integer():
        raise ValueError(f"{what}, not {sample_rate!r}")
    return int(rate)


def _to_pcm(
    sound: Array, pcm_of_floats: Callable[[Array], Array], warn_clipped: Callable[[], None]
) -> Array:
    if sound.dtype.kind != "f":
        return _pcm_of_integers(sound)
    if sound.dtype.itemsize < np.dtype(np.float32).itemsize:
        sound = sound.astype(np.float32)  # float16 has too few bits for the product
    if not np.abs(sound).max() <= 1:  # NaN is not, either
        warn_clipped()
        sound = np.clip(np.nan_to_num(sound, nan=0.0), -1, 1)
    return pcm_of_floats(sound)


def _pcm_of_integers(sound: Array) -> Array:
    """The upper 16 bits of each, or all bits of less in the upper ones; unsigned ones centred."""
    if sound.dtype.kind == "u":
        sign_bit = sound.dtype.type(1 << (8 * sound.dtype.itemsize - 1))
        sound = (sound ^ sign_bit).view(f"i{sound.dtype.itemsize}")
    bits = 8 * sound.dtype.itemsize
    if bits < 16:
        return sound.astype(np.int16) << (16 - bits)
    return (sound >> (bits - 16)).astype(np.int16)


def _wav_file(pcm: Array, rate: int) -> bytes:
    """Source: "Multimedia Programming Interface and Data Specifications 1.0", IBM/Microsoft."""
    import wave  # here, because few programs have sounds, and all would pay for it

    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(pcm.shape[1])
        sound.setsampwidth(_PCM_BYTES)
        sound.setframerate(rate)
        sound.writeframes(pcm.astype("<i2", order="C", copy=False).tobytes())
    return file.getvalue()
