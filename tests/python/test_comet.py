"""The mirror at Comet, read back from the archive of an OfflineExperiment."""

from __future__ import annotations

import json
import logging
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tbx_native import SummaryWriter
from tbx_native._comet_kinds import LOG_CALL
from tests.python.event_files import events, points
from tests.python.programs import run_program

pytest.importorskip("comet_ml", reason="the mirror is at Comet's client")

# In a process of its own: comet_ml patches, listens to and warns of much in the one that it is in.
BEGIN = """
    import sys
    import numpy as np
    from tbx_native import SummaryWriter
    logdir, archive = sys.argv[1:]
    config = {"offline": True, "offline_directory": archive, "project_name": "p", "log_code": False,
              "log_env_details": False, "log_git_metadata": False, "display_summary_level": 0,
              "auto_output_logging": False, "parse_args": False}
"""


class Archive:
    """What an offline experiment has written."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            lines = archive.read("messages.json").decode().splitlines()
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.messages = [json.loads(line) for line in lines]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message["payload"] for message in self.messages if message["type"] == kind]

    def metrics(self) -> list[tuple[str, Any, Any]]:
        found = [payload["metric"] for payload in self.of("metric_msg")]
        return [
            (metric["metricName"], metric["metricValue"], metric["step"])
            for metric in found
            if metric["metricName"] != "process duration"
        ]

    def uploads(self) -> dict[str, tuple[str, Any, bytes]]:
        """(kind, step, content) of each file by its name."""
        found = {}
        for payload in self.of("file_upload"):
            about = payload["additional_params"]
            name = about.get("figName") or about.get("fileName")
            content = self.files[payload["file_path"]]
            found[name] = (payload["upload_type"], about["step"], content)
        return found


def run(tmp_path: Path, source: str) -> list[Archive]:
    run_program(BEGIN + source, tmp_path / "run", tmp_path / "comet")
    return [Archive(path) for path in sorted((tmp_path / "comet").glob("*.zip"))]


def test_scalars(tmp_path: Path) -> None:
    (archive,) = run(
        tmp_path,
        """
    with SummaryWriter(logdir, comet_config=config, log_freq=2) as writer:
        writer.add_scalar("a b", np.float32(0.5), 2)
        writer.add_scalar("a", 1, 3)  # log_freq leaves it out
        writer.add_scalar("a", 2, 4, display_name="title")
        writer.add_scalars("m", {"x": 1, "y": 2}, 6)
        writer.log({"lr": 0.5, "norm": {"in": 3}}, 8)
        with writer.use_metadata(global_step=10):
            writer.add_scalar("default", 1)
        try:
            writer.add_scalar("bad", "much", 12)
        except TypeError:
            pass
    """,
    )
    assert archive.metrics() == [
        ("a_b", 0.5, 2),
        ("title", 2.0, 4),
        ("m_x", 1.0, 6),
        ("m_y", 2.0, 6),
        ("lr", 0.5, 8),
        ("norm/in", 3.0, 8),
        ("default", 1.0, 10),
    ]
    others = {payload["key"]: payload["value"] for payload in archive.of("log_other")}
    assert others["Created from"] == "tbx_native"
    assert len(points(tmp_path / "run")) == 5  # the events are as ever


def test_other_kinds(tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="images are encoded by Pillow")
    (archive,) = run(
        tmp_path,
        """
    with SummaryWriter(logdir, comet_config=config) as writer:
        writer.add_histogram("weights", [1.0, 2.0], 1)
        writer.add_histograms("model", iter([("a", np.ones(3)), ("b", np.zeros(3))]), 2)
        writer.add_histogram_raw("raw", 0, 1, 2, 3, 4, [0.5, 1.0], [1, 1], 3)
        writer.add_image("image", np.zeros((3, 2, 2), np.uint8), 4)
        writer.add_video("video", np.zeros((1, 2, 3, 4, 4), np.uint8), 5)
        writer.add_audio("sound", np.zeros(8, np.float32), 6, sample_rate=8000)
        writer.add_text("notes", "some text", 7)
        writer.add_mesh("mesh", np.zeros((1, 3, 3), np.float32), global_step=8)
        writer.add_pr_curve("curve", [0, 1], [0.25, 0.75], 9, num_thresholds=3)
        writer.add_hparams({"lr": 0.5, "name": "x"}, {"loss": 2.0}, name="h")
        writer.add_embedding(np.eye(3), metadata=["a", "b", "c"], tag="emb")
    """,
    )
    uploads = archive.uploads()
    for name, step in {"weights": 1, "model/a": 2, "model/b": 2}.items():
        assert uploads[name][:2] == ("histogram3d", step)
    assert json.loads(uploads["raw"][2])["bucketLimit"] == [0.5, 1.0]
    written = {event.step: event.summary.value[0] for event in events(tmp_path / "run")}
    assert uploads["image"] == ("visualization", 4, written[4].image.encoded_image_string)
    assert uploads["video.gif"] == ("video", 5, written[5].image.encoded_image_string)
    assert uploads["sound.wav"] == ("asset", 6, written[6].audio.encoded_audio_string)
    assert ("text-sample", 7, b"some text") in uploads.values()
    mesh = json.loads(uploads["mesh"][2])
    assert mesh["vertices"] == np.zeros((1, 3, 3)).tolist() and mesh["asset_type"] == "mesh"
    curve = json.loads(uploads["curve"][2])
    rows = [curve[row] for row in ("TP", "FP", "TN", "FN", "precision", "recall")]
    assert np.ravel(rows).tolist() == list(written[9].tensor.float_val)
    assert curve["thresholds"] == [0.0, 1 / 3, 2 / 3]
    parameters = [payload["param"] for payload in archive.of("parameter_msg")]
    assert {"lr", "name"} <= {parameter["paramName"] for parameter in parameters}
    assert [metric[:2] for metric in archive.metrics()] == [("loss", 2.0)]
    assert uploads["emb.json"][0] == "embeddings"


def test_what_another_thread_logs_keeps_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An experiment has one current step, for all threads."""
    found = []

    class SlowExperiment:
        def __init__(self, **_: Any) -> None:
            self.step = -1

        def log_other(self, *_: Any) -> None:
            pass

        def log_image(self, image: Any, name: str, step: int) -> None:
            self.step = step
            time.sleep(0.01)
            found.append(self.step)

        def log_text(self, text: str, step: int, metadata: Any) -> None:
            self.step = step

        def end(self) -> None:
            pass

    monkeypatch.setitem(sys.modules, "comet_ml", SimpleNamespace(Experiment=SlowExperiment))
    with SummaryWriter(tmp_path, comet_config={"project_name": "p"}) as writer:
        for step in range(5):
            writer.add_image("image", np.zeros((3, 2, 2), np.uint8), step)
            for _ in range(5):
                writer.add_text("text", "text", 1000)
                time.sleep(0.002)
    assert found == list(range(5))


def test_without_a_disk_and_after_close(tmp_path: Path) -> None:
    """Each close ends an experiment, as tensorboardX has it."""
    archives = run(
        tmp_path,
        """
    writer = SummaryWriter(logdir, write_to_disk=False, comet_config=config)
    writer.add_audio("sound", np.zeros(8, np.float32), 0)
    writer.close()
    writer.close()
    writer.add_scalar("x", 1, 0)  # closed at exit
    """,
    )
    assert len(archives) == 2
    assert sorted(len(archive.metrics()) for archive in archives) == [0, 1]
    assert any("sound.wav" in archive.uploads() for archive in archives)
    assert not (tmp_path / "run").exists()


def test_forked_children_leave_the_experiment_alone(tmp_path: Path) -> None:
    (archive,) = run(
        tmp_path,
        """
    import os
    writer = SummaryWriter(logdir, comet_config=config)
    writer.add_scalar("x", 1, 0)
    child = os.fork()
    if child == 0:
        writer.add_scalar("x", 1, 1)
        writer.close()
        os._exit(0)
    os.waitpid(child, 0)
    writer.close()
    """,
    )
    assert archive.metrics() == [("x", 1.0, 0)]
    assert [step for _, step, _ in points(tmp_path / "run")] == [0, 1]


def test_what_fails_at_comet_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Refusing:
        def __init__(self, **arguments: Any) -> None:
            raise ValueError("no key")

    monkeypatch.setitem(sys.modules, "comet_ml", type(sys)("comet_ml"))
    for name in ("Experiment", "OfflineExperiment"):
        monkeypatch.setattr(sys.modules["comet_ml"], name, Refusing, raising=False)
    with caplog.at_level(logging.WARNING, "tbx_native"):
        with SummaryWriter(tmp_path, comet_config={"disabled": False}) as writer:
            for step in range(3):
                writer.add_scalar("x", 1, step)
    assert [record.message.count("no key") for record in caplog.records] == [1]
    assert len(points(tmp_path)) == 3


@pytest.mark.parametrize("config", [None, {}, {"disabled": True, "project_name": "p"}])
def test_a_disabled_mirror_costs_nothing(tmp_path: Path, config: dict[str, Any] | None) -> None:
    with SummaryWriter(tmp_path, comet_config=config) as writer:
        assert not {*LOG_CALL, "close", "_append_summary"} & set(vars(writer))


def test_without_comet_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "comet_ml", None)
    with pytest.raises(ImportError, match=r'pip install "tbx_native\[comet\]"'):
        SummaryWriter(tmp_path / "run", comet_config={"project_name": "p"})
    assert list(tmp_path.iterdir()) == []
