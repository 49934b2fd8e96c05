"""add_audio(): tensorboardX's and torch's samples, integer types, clipping, bad arguments."""

from __future__ import annotations

import io
import logging
import wave
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboardX import summary as theirs

import tbx_native
from tests.python.faces import FACES, add, as_tensorboard_s, only_summary, torch_s, written

SOUND = np.sin(np.arange(2000) / 7).astype(np.float32) * np.float32(0.9)


def samples(summary: Any) -> np.ndarray[Any, Any]:
    """The int16 of shape (frames, channels) in the one value's WAV file."""
    (value,) = summary.value
    with wave.open(io.BytesIO(value.audio.encoded_audio_string)) as sound:
        assert sound.getsampwidth() == 2
        assert sound.getframerate() == value.audio.sample_rate
        assert sound.getnframes() == value.audio.length_frames
        assert sound.getnchannels() == value.audio.num_channels
        pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        return pcm.reshape(-1, sound.getnchannels())


def without_plugin(summary: Any) -> Any:
    """tensorboardX names the plugin since its release of which the installed one is the last."""
    (value,) = summary.value
    assert value.metadata.plugin_data.plugin_name == "audio"
    value.ClearField("metadata")
    return summary


sounds = st.sampled_from(["float32", "float64"]).flatmap(
    lambda dtype: hnp.arrays(
        dtype,
        st.tuples(st.integers(1, 50)) | st.tuples(st.integers(1, 50), st.integers(1, 2)),
        elements=st.floats(-1, 1, width=32 if dtype == "float32" else 64)
        | st.sampled_from([-1.0, 1.0, 0.5, -0.0, 1 / 32768, 32767 / 32768]),
    )
)


@settings(max_examples=150, deadline=None)
@given(sound=sounds)
def test_the_file_is_tensorboardx_s(sound: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    pytest.importorskip("soundfile", reason="tensorboardX writes sounds with it")
    directory = tmp_path_factory.mktemp("run")
    ours = add("tensorboardx", directory, "add_audio", "a/tag", sound, None, 8000)
    assert without_plugin(ours) == as_tensorboard_s(theirs.audio("a/tag", sound, 8000))


def test_samples_beside_every_step_are_tensorboardx_s(tmp_path: Path) -> None:
    pytest.importorskip("soundfile", reason="tensorboardX writes sounds with it")
    steps = np.arange(-32768, 32768) / 32768
    for name, dtype in (("float32", np.float32), ("float64", np.float64)):
        on = steps.astype(dtype)
        sound = np.concatenate([on, np.nextafter(on, dtype(-1)), np.nextafter(on, dtype(1))])
        ours = add("tensorboardx", tmp_path / name, "add_audio", "tag", sound)
        assert without_plugin(ours) == as_tensorboard_s(theirs.audio("tag", sound))


@settings(max_examples=100, deadline=None)
@given(sound=sounds.filter(lambda sound: sound.squeeze().ndim == 1))
def test_the_file_is_torch_s(sound: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    for given_sound in (sound, sound.squeeze()[np.newaxis]):
        ours = add("torch", tmp_path_factory.mktemp("run"), "add_audio", "/a tag", given_sound)
        assert ours == as_tensorboard_s(torch_s().audio("/a tag", given_sound))


@pytest.mark.parametrize("face", FACES)
def test_two_channels_stay_two(tmp_path: Path, face: str) -> None:
    stereo = np.stack([SOUND, -SOUND], axis=1)
    left = samples(add(face, tmp_path / "left", "add_audio", "tag", SOUND))
    both = samples(add(face, tmp_path / "both", "add_audio", "tag", stereo))
    mirrored = samples(add(face, tmp_path / "order", "add_audio", "tag", np.asfortranarray(stereo)))
    assert both.shape == (len(SOUND), 2)
    np.testing.assert_array_equal(both[:, :1], left)
    np.testing.assert_array_equal(mirrored, both)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
def test_small_integers_keep_every_value(tmp_path: Path, face: str, dtype: str) -> None:
    limits = np.iinfo(dtype)
    every = np.arange(limits.min, limits.max + 1).astype(dtype)
    pcm = samples(add(face, tmp_path, "add_audio", "tag", every))[:, 0]
    middle = 0 if limits.min else 1 << (limits.bits - 1)
    np.testing.assert_array_equal(pcm, (every.astype(np.int64) - middle) << (16 - limits.bits))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64"])
def test_large_integers_keep_their_upper_bits(tmp_path: Path, face: str, dtype: str) -> None:
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    sound = rng.integers(limits.min, limits.max, 1000, dtype, endpoint=True)
    sound[:2] = limits.min, limits.max
    pcm = samples(add(face, tmp_path, "add_audio", "tag", sound))[:, 0]
    middle = 0 if limits.min else 1 << (limits.bits - 1)
    expected = [(value - middle) >> (limits.bits - 16) for value in sound.tolist()]
    assert pcm.tolist() == expected


@pytest.mark.parametrize("face", FACES)
def test_other_float_types_sound_as_float32(tmp_path: Path, face: str) -> None:
    half = SOUND.astype(np.float16)
    expected = add(face, tmp_path / "float32", "add_audio", "tag", half.astype(np.float32))
    assert add(face, tmp_path / "float16", "add_audio", "tag", half) == expected
    assert add(face, tmp_path / "list", "add_audio", "tag", half.tolist()) == expected
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(SOUND, dtype=torch.bfloat16, requires_grad=True)
    expected = add(face, tmp_path / "widened", "add_audio", "tag", tensor.detach().float())
    assert add(face, tmp_path / "bfloat16", "add_audio", "tag", tensor) == expected


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn"])
def test_types_that_numpy_lacks_are_numbers_in_lists_too(tmp_path: Path, name: str) -> None:
    dtype = getattr(pytest.importorskip("ml_dtypes"), name)
    array = SOUND[:100].astype(dtype)
    expected = add("torch", tmp_path / "widened", "add_audio", "tag", array.astype(np.float32))
    for index, values in enumerate((array, list(array))):
        assert add("torch", tmp_path / str(index), "add_audio", "tag", values) == expected


@pytest.mark.parametrize("face", FACES)
def test_what_is_out_of_range_is_clipped_and_told_once_a_tag(
    tmp_path: Path, face: str, caplog: Any, capsys: Any
) -> None:
    loud = np.array([2.0, -3.0, np.inf, -np.inf, 0.5, np.nan])
    clipped = np.array([1.0, -1.0, 1.0, -1.0, 0.5, 0.0])
    with caplog.at_level(logging.WARNING, "tbx_native"):
        expected = add(face, tmp_path / "clipped", "add_audio", "loud", clipped)
        assert not caplog.records
        writer = FACES[face](tmp_path / "loud")
        for tag in ("loud", "loud", "nan"):
            writer.add_audio(tag, loud if tag == "loud" else np.full(2, np.nan))
        first, second, _ = written(writer)
    assert first.summary == second.summary == expected
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert all("audio amplitude out of range, auto clipped." in message for message in messages)
    assert "'loud'" in messages[0] and "'nan'" in messages[1]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("face", FACES)
def test_the_array_may_change_when_the_call_has_returned(tmp_path: Path, face: str) -> None:
    sound = np.tile(SOUND, 1000)
    expected = samples(add(face, tmp_path / "kept", "add_audio", "tag", sound))
    writer = FACES[face](tmp_path / "changed")
    writer.add_audio("tag", sound, 5, walltime=12.5)
    sound[:] = 0
    (event,) = written(writer)
    np.testing.assert_array_equal(samples(event.summary), expected)
    assert (event.step, event.wall_time) == (5, 12.5)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"tag": 3}, TypeError),
        ({"snd_tensor": np.zeros(0)}, ValueError),
        ({"snd_tensor": np.zeros((0, 2))}, ValueError),
        ({"snd_tensor": np.zeros((9, 3))}, ValueError),
        ({"snd_tensor": np.zeros((2, 9))}, ValueError),
        ({"snd_tensor": np.zeros((3, 4, 2))}, ValueError),
        ({"snd_tensor": np.float32(1)}, ValueError),
        ({"snd_tensor": np.zeros(9, bool)}, TypeError),
        ({"snd_tensor": "text"}, TypeError),
        ({"snd_tensor": None}, TypeError),
        ({"snd_tensor": np.broadcast_to(np.int8(0), (2**30, 1))}, ValueError),
        ({"sample_rate": 0}, ValueError),
        ({"sample_rate": -44100}, ValueError),
        ({"sample_rate": 2**30}, ValueError),
        ({"sample_rate": 44100.5}, ValueError),
        ({"sample_rate": float("nan")}, ValueError),
        ({"sample_rate": "44100"}, TypeError),
        ({"sample_rate": None}, TypeError),
        ({"global_step": "1"}, TypeError),
        ({"walltime": float("inf")}, ValueError),
    ],
    ids=lambda argument: (
        next(f"{k}={np.shape(v) or v}" for k, v in argument.items())
        if isinstance(argument, dict)
        else argument.__name__
    ),
)
def test_bad_arguments_write_nothing(
    tmp_path: Path, face: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    writer = FACES[face](tmp_path)
    with pytest.raises(error):
        writer.add_audio(**{"tag": "some/tag", "snd_tensor": SOUND} | arguments)
    writer.add_audio("fine", SOUND, sample_rate=np.int64(16000))
    assert [value.tag for value in only_summary(writer).value] == ["fine"]


def test_errors_name_the_tag(tmp_path: Path) -> None:
    with tbx_native.SummaryWriter(tmp_path) as writer:
        for bad in ({"snd_tensor": np.zeros((9, 3))}, {"sample_rate": 0}, {"sample_rate": "x"}):
            with pytest.raises((TypeError, ValueError), match="some/tag"):
                writer.add_audio(**{"tag": "some/tag", "snd_tensor": SOUND} | bad)
