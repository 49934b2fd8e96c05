"""Sounds of both SummaryWriters."""

from __future__ import annotations

from typing import Any

from tbx_native._logger import logger
from tbx_native._summary_sink import SummarySink, check_tag
from tbx_native.plugins.audio import TENSORBOARDX_STYLE, AudioStyle, audio


class AudioMethods(SummarySink):
    """Mixed into RunWriter."""

    _audio_style: AudioStyle = TENSORBOARDX_STYLE
    _clipped_tags: frozenset[str] = frozenset()

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: int | None = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Adds a sound, which another thread makes a WAV file of 16-bit PCM.

        The array is copied; it may change when this has returned.

        Args:
            tag: Name of the sound; not cleaned, as in tensorboardX.
            snd_tensor: An array of shape (frames,), or (frames, channels) with one or two channels.
                Floats are in [-1, 1]; others are clipped, NaN is silence, and a warning is logged
                once per tag. The range of integers is that of their type: int32 loses its lower 16
                bits, the middle of unsigned ones is silence.
            global_step: An integer in int64. None writes no step.
            sample_rate: Frames a second, in Hz.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
        """
        tag = check_tag(tag)
        encoding = audio(
            tag, snd_tensor, sample_rate, self._audio_style, lambda: self._warn_clipped(tag)
        )
        self._encode_later(tag, encoding, global_step, walltime)

    def _warn_clipped(self, tag: str) -> None:
        """Called by encoder threads."""
        if tag not in self._clipped_tags:
            self._clipped_tags |= {tag}
            logger().warning(
                "audio amplitude out of range, auto clipped. (tag %r; told once per tag)", tag
            )
