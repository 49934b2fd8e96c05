"""What does a sound of one second at 44.1 kHz cost its caller?"""

import io
import time
import wave
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.python.answers import event_file, loaded_values, require
from benchmarks.python.kinds.timed_calls import timed_with_and_without_pause
from benchmarks.python.question import Calls, Metric, Question
from benchmarks.python.rivals.rival import Rival

CALLS: Final = Calls(fast=50, others=10, quick=1)
RATE: Final = 44_100  # Hz


def samples_of(encoded: bytes) -> np.ndarray[Any, Any]:
    """Of a WAV file of 16 bits and one channel, in [-1, 1]."""
    with wave.open(io.BytesIO(encoded)) as file:
        require(file.getframerate() == RATE, f"the rate is {RATE} Hz")
        require((file.getnchannels(), file.getsampwidth()) == (1, 2), "there are 16 bits of mono")
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def run(rival: Rival, logdir: Path, quick: bool) -> dict[str, float]:
    calls = CALLS.of(rival, quick)
    sound = np.sin(np.arange(RATE, dtype=np.float32) * np.float32(440 * 2 * np.pi / RATE))
    started = time.time()
    writer: Any = rival.open(logdir)
    try:
        at_once, paused = timed_with_and_without_pause(
            writer, lambda step: writer.add_audio("tone", sound, step, RATE), calls
        )
    except ModuleNotFoundError:  # tensorboardX without soundfile
        return {}  # no row of the table
    writer.close()
    read = list(loaded_values(event_file(logdir), started))
    require([step for step, _ in read] == list(range(2 * calls)), "all sounds are there, in order")
    for _, value in read:
        found = samples_of(value.audio.encoded_audio_string)
        # Some floor, some cut off; some take 32767 for one.
        require(found.shape == sound.shape, "all sounds are of one second")
        require(abs(found - sound).max() <= 2 / 32768, "all samples are right")
    return {"call_ns": at_once.caller, "paused_ns": paused.caller}


QUESTION: Final = Question(
    "audio",
    (
        Metric("call_ns", "add_audio() of 1 s at 44.1 kHz", "ns", at_most=150e3),
        Metric("paused_ns", "  after a pause of 10 ms", "ns"),
    ),
    run,
    CALLS,
    bursts=2,
)
