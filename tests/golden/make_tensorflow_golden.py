"""Makes the golden event files that TensorFlow itself writes.

    python tests/golden/make_tensorflow_golden.py [directory]

    tensorflow-2.21.0-tensors.tfevents    tf.summary: each kind as tensors, and a traced function
    tensorflow-2.21.0-values.tfevents     tf.compat.v1.summary: the kinds' own messages, and a graph

Apart from make_golden.py, because TensorFlow is nothing that the tests ask for. Its clock cannot be
set: wall times differ from run to run.
"""

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

STEPS = (0, 1, 300)
NOTES = ("step 0 ä", "step 1 ä", "step 300 ä")
RATE = 8000  # Hz
WEIGHTS = np.linspace(-1, 2, 50, dtype=np.float32)
PICTURE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 14  # (height, width, RGB)
SOUND = np.sin(np.arange(80, dtype=np.float32) / 5)[:, np.newaxis]  # (samples, channels)


def loss(step: int) -> float:
    """A different number at each step, none of which float32 holds exactly."""
    return 1.1 / (step + 1)


def write_tensors(tf: Any, directory: str) -> None:
    """By today's functions."""
    writer = tf.summary.create_file_writer(directory)
    with writer.as_default():
        for step, note in zip(STEPS, NOTES, strict=True):
            tf.summary.scalar("train/loss", loss(step), step, description="the *loss*")
            tf.summary.histogram("weights", WEIGHTS * (step + 1), step, buckets=5)
            tf.summary.image("picture", PICTURE[np.newaxis], step)
            tf.summary.audio("sound", SOUND[np.newaxis], RATE, step)
            tf.summary.text("note", note, step)
            tf.summary.write("raw", tf.constant([[step, 1.5]], tf.float64), step)
        function = tf.function(lambda x: x * 2 + 1)
        tf.summary.graph(function.get_concrete_function(tf.TensorSpec([2], tf.float32)).graph)
    writer.close()


def write_values(tf: Any, directory: str) -> None:
    """By the functions of TensorFlow 1, which many files still come from."""
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session() as session:
        value = v1.placeholder(tf.float32, name="value")
        summaries = v1.summary.merge(
            [
                v1.summary.scalar("loss", value),
                v1.summary.histogram("weights", WEIGHTS * (value + 1)),
                v1.summary.image("picture", PICTURE[np.newaxis]),
                v1.summary.audio("sound", SOUND[np.newaxis], RATE),
                v1.summary.text("note", tf.constant("ä")),
            ]
        )
        writer = v1.summary.FileWriter(directory, graph)
        for step in STEPS:
            writer.add_summary(session.run(summaries, {value: loss(step)}), step)
        writer.close()


def make_golden() -> dict[str, bytes]:
    """The golden files by name, as the installed TensorFlow writes them."""
    tf: Any = importlib.import_module("tensorflow")
    files = {}
    for name, write in {"tensors": write_tensors, "values": write_values}.items():
        with tempfile.TemporaryDirectory() as directory:
            write(tf, directory)
            (path,) = Path(directory).glob("*tfevents*")
            files[f"tensorflow-{tf.__version__}-{name}.tfevents"] = path.read_bytes()
    return files


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "tensorflow"
    for file_name, content in make_golden().items():
        (target / file_name).write_bytes(content)
        print(f"{file_name}: {len(content)} bytes")
