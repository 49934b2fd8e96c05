"""The benchmarks run, check what they time, and say what is missing; no time is asserted."""

import json
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from tensorboard.compat.proto.summary_pb2 import HistogramProto

import tbx_native
from benchmarks.python import child
from benchmarks.python.answers import (
    FIRST_STEP,
    MAX_LOADED,
    WrongAnswer,
    check_curve,
    check_scalars,
    curve,
)
from benchmarks.python.child import Result
from benchmarks.python.commands import COMMANDS, question_named
from benchmarks.python.curves import TAG, VALUES
from benchmarks.python.histogram_answers import check_histograms, difference, tensor_difference
from benchmarks.python.plots import write_plots
from benchmarks.python.question import Measured, Metric
from benchmarks.python.rivals import rival_named
from benchmarks.python.rivals.rival import Rival
from benchmarks.python.rivals.tbx_native import TbxNative
from benchmarks.python.rivals.tensorboardx import TensorboardX
from benchmarks.python.rounds import Answers
from benchmarks.python.scalar.paced import percentile
from benchmarks.python.table import (
    is_met,
    notes_of,
    pace_of,
    pace_text,
    rows_of,
    shown,
    table_text,
)
from benchmarks.python.training import mlp
from benchmarks.python.training.source_text import VOCABULARY, excerpts
from benchmarks.reference_histogram import Histogram, histogram

ROOT = Path(__file__).resolve().parents[2]
# Both ways of reading back: TensorBoard's loader, and ours for what is too much for it.
SIZES = (500, MAX_LOADED + 500)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a quick run of all questions puts into its JSON file."""
    file = tmp_path_factory.mktemp("benchmarks") / "report.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Quick: far too few calls" in done.stdout
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def test_quick_run_asks_everyone_everything(report: dict[str, Any]) -> None:
    asked = [(result["question"], result["rival"]) for result in report["results"]]
    assert asked == [
        (question.name, rival.name)
        for command in COMMANDS.values()
        for question in command.questions
        for rival in command.rivals
    ]
    assert all(len(result["runs"]) == 1 for result in report["results"])


def test_quick_run_measures_every_metric_of_ours(report: dict[str, Any]) -> None:
    rows = {(row["question"], row["metric"]): row for row in report["rows"]}
    for command in COMMANDS.values():
        for question in command.questions:
            for metric in question.metrics:
                row = rows.pop((question.name, metric.key))
                answered = row["medians"]["tbx_native"] is not None
                assert answered or find_spec("torch") is None, row["label"]
                assert row["met"] is None, "a quick run judges no time"
    assert not rows


def test_quick_run_finds_no_wrong_answer(report: dict[str, Any]) -> None:
    for result in report["results"]:
        (run,) = result["runs"]
        # Opening hundreds of files is what the others cannot do.
        allowed = ("ok", "failed") if result["question"] == "open_writers" else ("ok",)
        if result["rival"] == "tbx_native":
            allowed = ("ok",)
        assert run["status"] in (*allowed, "missing"), (result["rival"], run["reason"])


def test_bars_and_curves_are_drawn(report: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="it draws")
    assert report["commands"] == list(COMMANDS)
    drawn = ("training", "scaling")
    files = write_plots([row for row in report["rows"] if row["command"] in drawn], tmp_path)
    assert [file.name for file in files] == [
        f"{command}.{suffix}" for command in drawn for suffix in ("png", "svg")
    ]
    for png, svg in zip(files[::2], files[1::2], strict=True):
        assert png.read_bytes().startswith(b"\x89PNG")
        assert "<svg" in svg.read_text()


def test_whoever_is_missing_is_shown_with_the_command(report: dict[str, Any]) -> None:
    missing = {
        result["rival"] for result in report["results"] if result["runs"][0]["status"] == "missing"
    }
    for name in missing:
        assert any(note.endswith(rival_named(name).install) for note in report["notes"])
    table = table_text(report["rows"])
    assert ("missing" in table) == bool(missing)


def write_curve(directory: Path, tag: str = TAG, count: int = 500, first: int = 0) -> float:
    """Writes the curve that check_curve() expects; returns when that began."""
    started = time.time()
    writer = rival_named("tbx_native").open(directory)
    for index in range(first, first + count):
        writer.add_scalar(tag, VALUES[index % len(VALUES)], FIRST_STEP + index)
    writer.close()
    return started


@pytest.mark.parametrize("count", SIZES)
class TestCheckCurve:
    def test_accepts_what_was_written(self, tmp_path: Path, count: int) -> None:
        check_curve(tmp_path, write_curve(tmp_path, count=count), TAG, VALUES, count)

    def test_notices_a_missing_scalar(self, tmp_path: Path, count: int) -> None:
        started = write_curve(tmp_path, count=count)
        with pytest.raises(WrongAnswer):
            check_curve(tmp_path, started, TAG, VALUES, count + 1)

    def test_notices_a_scalar_too_many(self, tmp_path: Path, count: int) -> None:
        started = write_curve(tmp_path, count=count + 1)
        with pytest.raises(WrongAnswer):
            check_curve(tmp_path, started, TAG, VALUES, count)

    def test_notices_another_tag(self, tmp_path: Path, count: int) -> None:
        started = write_curve(tmp_path, "train/lose", count)
        with pytest.raises(WrongAnswer, match="tag|train/lose"):
            check_curve(tmp_path, started, TAG, VALUES, count)

    def test_notices_other_steps(self, tmp_path: Path, count: int) -> None:
        started = write_curve(tmp_path, count=count, first=len(VALUES))  # values are the same
        with pytest.raises(WrongAnswer, match=f"step|{FIRST_STEP}"):
            check_curve(tmp_path, started, TAG, VALUES, count)

    def test_notices_another_value(self, tmp_path: Path, count: int) -> None:
        started = write_curve(tmp_path, count=count)
        with pytest.raises(WrongAnswer):
            check_curve(tmp_path, started, TAG, (*VALUES[:-1], 0.0), count)

    def test_notices_events_of_another_time(self, tmp_path: Path, count: int) -> None:
        started = write_curve(tmp_path, count=count)
        with pytest.raises(WrongAnswer, match="wall time"):
            check_curve(tmp_path, started + 3600, TAG, VALUES, count)

    def test_notices_damage(self, tmp_path: Path, count: int) -> None:
        started = write_curve(tmp_path, count=count)
        (file,) = tmp_path.iterdir()
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        # TensorBoard stops before the damage, our reader says what it is.
        with pytest.raises((WrongAnswer, ValueError), match="nothing|CRC|checksum|footer"):
            check_curve(tmp_path, started, TAG, VALUES, count)


def test_check_scalars_needs_exactly_one_event_file(tmp_path: Path) -> None:
    started = write_curve(tmp_path)
    write_curve(tmp_path)
    with pytest.raises(WrongAnswer, match="one event file"):
        check_scalars(tmp_path, started, curve(TAG, VALUES, 500))


def test_question_names_are_those_of_one_question() -> None:
    names = [question.name for command in COMMANDS.values() for question in command.questions]
    assert len(set(names)) == len(names)


WANTED = histogram(np.array([-1.5, 0.25, 0.25, 3.0]))


def write_histograms(directory: Path, values: list[float], tag: str = TAG, count: int = 3) -> float:
    """Writes the histogram of `values` with steps from 0; returns when that began."""
    started = time.time()
    writer = rival_named("tbx_native").open(directory)
    for step in range(count):
        writer.add_histogram(tag, values, step)
    writer.close()
    return started


class TestCheckHistograms:
    EXPECTED: Final = [(TAG, step, WANTED) for step in range(3)]

    def test_accepts_what_was_written(self, tmp_path: Path) -> None:
        started = write_histograms(tmp_path, [-1.5, 0.25, 0.25, 3.0])
        check_histograms(tmp_path, started, self.EXPECTED)

    @pytest.mark.parametrize(
        ("values", "tag", "count"),
        [
            ([-1.5, 0.25, 0.25, 3.0], TAG, 2),
            ([-1.5, 0.25, 0.25, 3.0], TAG, 4),
            ([-1.5, 0.25, 0.25, 3.0], "other", 3),
            ([-1.5, 0.25, 0.75, 3.0], TAG, 3),
            ([-1.5, 0.25, 3.0], TAG, 3),
        ],
    )
    def test_notices_what_is_not(
        self, tmp_path: Path, values: list[float], tag: str, count: int
    ) -> None:
        started = write_histograms(tmp_path, values, tag, count)
        with pytest.raises(WrongAnswer):
            check_histograms(tmp_path, started, self.EXPECTED)

    def test_notices_scalars(self, tmp_path: Path) -> None:
        with pytest.raises(WrongAnswer, match="histogram"):
            check_histograms(tmp_path, write_curve(tmp_path), [(TAG, FIRST_STEP, WANTED)])

    def test_sums_may_be_rounded_otherwise(self) -> None:
        found = proto_of(WANTED)
        found.sum *= 1 + 1e-13
        found.sum_squares *= 1 - 1e-13
        assert not difference(found, WANTED)

    @pytest.mark.parametrize("name", ["min", "max", "num", "sum", "sum_squares"])
    @pytest.mark.parametrize("wrong", [float("nan"), 1.0 + 1e-11])
    def test_notices_every_wrong_number(self, name: str, wrong: float) -> None:
        found = proto_of(WANTED)
        setattr(found, name, getattr(found, name) * wrong)
        assert name in difference(found, WANTED)

    @pytest.mark.parametrize("name", ["bucket", "bucket_limit"])
    def test_notices_wrong_buckets(self, name: str) -> None:
        found = proto_of(WANTED)
        getattr(found, name)[0] += 1e-9
        assert difference(found, WANTED)


def proto_of(histo: Histogram) -> HistogramProto:
    """As it is read from a file."""
    return HistogramProto(
        min=histo.min,
        max=histo.max,
        num=histo.num,
        sum=histo.sum,
        sum_squares=histo.sum_squares,
        bucket_limit=histo.limits,
        bucket=histo.counts,
    )


def test_a_contender_without_bfloat16_has_no_time_for_it(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="bfloat16 is its type")
    theirs = child.run("half_arrays", "tensorboardX", True, tmp_path / "theirs")
    ours = child.run("half_arrays", "tbx_native", True, tmp_path / "ours")
    assert (theirs["status"], ours["status"]) == ("ok", "ok"), theirs["reason"] + ours["reason"]
    assert set(theirs["measured"]) == {"float16_ns"}
    assert set(ours["measured"]) == {"float16_ns", "bfloat16_ns"}


@pytest.mark.parametrize("question", [question.name for question in COMMANDS["kinds"].questions])
def test_every_kind_is_read_back(
    question: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that leaves everything out has no time."""

    def open_forgetful(self: TbxNative, logdir: Path) -> Any:
        writer: Any = tbx_native.SummaryWriter(logdir)
        for name in dir(writer):
            if name.startswith("add_"):
                monkeypatch.setattr(writer, name, lambda *_, **__: None)
        return writer

    monkeypatch.setattr(TbxNative, "open", open_forgetful)
    result = child.run(question, "tbx_native", True, tmp_path)
    assert result["status"] in ("wrong", "failed")
    assert not result["measured"]


def test_child_tells_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TensorboardX, "module", "no_such_module")
    result = child.run("log", "tensorboardX", True, tmp_path)
    assert result["status"] == "missing"
    (note,) = notes_of(
        [Answers("scalar", question_named("log"), rival_named("tensorboardX"), [result])]
    )
    assert "no_such_module" in note
    assert "pip install tensorboardX" in note


def test_contenders_of_a_question_in_blocks_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = []

    def run(rival: Rival, logdir: Path, quick: bool) -> Generator[None, None, Measured]:
        for _ in range(2 if rival.fast else 1):
            turns.append(rival.name)
            yield
        if not rival.fast:
            raise WrongAnswer("too slow")
        return {"percent": 1.0}

    question = replace(question_named("gpt"), run=run)
    monkeypatch.setattr(child, "question_named", lambda name: question)
    results = child.run_in_turns("gpt", ["tbx_native", "reference"], True, tmp_path)
    assert turns == ["tbx_native", "reference", "tbx_native"]
    assert results["tbx_native"]["measured"] == {"percent": 1.0}
    assert results["reference"]["status"] == "wrong", "one's failure is not the other's"


@pytest.mark.parametrize("question", [question.name for question in COMMANDS["training"].questions])
def test_what_a_training_logs_is_read_back(
    question: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if question == "gpt":
        pytest.importorskip("torch", reason="it is what the GPT is written in")
    add_histograms = tbx_native.SummaryWriter.add_histograms

    def add_another(self: Any, prefix: str, arrays: dict[str, Any], *args: Any) -> None:
        name = next(iter(arrays))
        add_histograms(self, prefix, {**arrays, name: arrays[name] * 1.1}, *args)

    monkeypatch.setattr(tbx_native.SummaryWriter, "add_histograms", add_another)
    result = child.run(question, "tbx_native", True, tmp_path)
    assert result["status"] == "wrong", result["reason"]
    assert "histogram" in result["reason"]


def test_gradients_by_hand_are_those_of_autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="it is the oracle")
    functional = torch.nn.functional
    codes = excerpts(np.random.default_rng(1), mlp.BATCH, mlp.CONTEXT)
    monkeypatch.setattr(mlp, "excerpts", lambda *_: codes)
    model = mlp.MlpTraining((16, 24))
    tensors = {
        name: torch.tensor(values, requires_grad=True) for name, values in model.weights.items()
    }
    model.train()
    given, following = torch.tensor(codes[:, :-1]), torch.tensor(codes[:, -1])
    sums = functional.one_hot(given, VOCABULARY).float().flatten(1)
    for layer in range(3):
        if layer:
            sums = sums.relu()
        sums = sums @ tensors[f"layer{layer}.weight"] + tensors[f"layer{layer}.bias"]
    loss = functional.cross_entropy(sums, following)
    loss.backward()
    assert model.metrics()["train/loss"] == pytest.approx(loss.item(), rel=1e-5)
    for name, tensor in tensors.items():
        np.testing.assert_allclose(model.gradients[name], tensor.grad, rtol=1e-3, atol=1e-7)


def test_tensorboardx_alone_computes_checksums_in_python() -> None:
    alone, with_crc32c = (
        rival_named(name).imported() for name in ("tensorboardX-alone", "tensorboardX")
    )
    assert alone is not with_crc32c
    assert alone.record_writer.crc32c.__module__ == "tensorboardX.crc32c"
    assert with_crc32c.record_writer.crc32c.__module__ != "tensorboardX.crc32c"
    assert sys.modules["tensorboardX"] is with_crc32c


def test_histograms_of_tf_summary_are_compared_by_ends_and_number() -> None:
    rows = np.array([[-1.5, 0.75, 3.0], [0.75, 3.0, 1.0]])
    assert not tensor_difference(rows, WANTED)
    for row, column, wrong in ((0, 0, -1.0), (1, 1, 3.5), (0, 2, 4.0)):
        other = rows.copy()
        other[row, column] = wrong
        assert tensor_difference(other, WANTED)


def test_child_tells_of_a_wrong_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful:
        """Writes only every second metric."""

        def __init__(self, logdir: Path) -> None:
            self._writer = rival_named("reference").open(logdir)
            self.flush, self.close = self._writer.flush, self._writer.close
            self._count = 0

        def add_scalar(self, tag: str, value: float, step: int) -> None:
            self._count += 1
            if self._count % 2:
                self._writer.add_scalar(tag, value, step)

    monkeypatch.setattr(TensorboardX, "open", lambda self, logdir: Forgetful(logdir))
    result = child.run("log", "tensorboardX", True, tmp_path)
    assert result["status"] == "wrong"
    assert not result["measured"], "no time of a wrong answer"


def result_of(measured: dict[str, float], loop_ns: float = 20.0) -> Result:
    return Result(status="ok", version="", measured=measured, reason="", loop_ns=loop_ns)


def answers_of(**values: list[float]) -> list[Answers]:
    """Answers to log's question, with one value a run."""
    return [
        Answers(
            "scalar",
            question_named("log"),
            rival_named(name),
            [result_of({"metric_ns": ns}) for ns in runs],
        )
        for name, runs in values.items()
    ]


def test_table_has_medians_ratios_and_targets() -> None:
    answers = answers_of(tbx_native=[20.0, 900.0, 40.0], tensorboardX=[4000.0, 4000.0, 1.0])
    rows = rows_of(answers, judged=True)
    assert rows[0]["medians"] == {"tbx_native": 40.0, "tensorboardX": 4000.0}
    assert rows[0]["times_tensorboardx"] == {"tbx_native": 100.0, "tensorboardX": 1.0}
    assert rows[0]["met"] is True
    _header, line = table_text(rows).splitlines()
    assert " ".join(line.split()) == (
        "log() of 32 metrics: a metric 40.0 ns 20.0 ns - 900 ns 100x 4.00 µs <= 60.0 ns yes"
    )


def test_the_pace_of_the_machine_is_that_of_our_runs_beside_the_best_of_all() -> None:
    answers = answers_of(tbx_native=[], tensorboardX=[1.0, 1.0])
    answers[0].results += [result_of({}, loop_ns) for loop_ns in (25.0, 50.0, 40.0)]
    pace = pace_of(answers)
    assert pace == {"best_loop_ns": 20.0, "shares": {"scalar": 0.5}}
    assert "(20.0 ns a pass): scalar 50%." in pace_text(pace)
    assert pace_of(answers_of(tensorboardX=[1.0]))["shares"] == {}


def test_a_target_may_be_of_another_contender() -> None:
    answers = answers_of(
        tbx_native=[10.0], **{"tensorboardX": [90.0], "tensorboardX-alone": [100.0]}
    )
    metric = Metric(
        "metric_ns", "log()", "ns", times_tensorboardx=10, target_of="tensorboardX-alone"
    )
    for answer in answers:
        answer.question = replace(answer.question, metrics=(metric,))
    (row,) = rows_of(answers, judged=True)
    assert row["target"] == ">= 10x tensorboardX-alone"
    assert row["met"] is True
    assert row["times_tensorboardx"]["tbx_native"] == 9.0
    (row,) = rows_of(answers[:2], judged=True)
    assert row["met"] is None, "whoever is not asked is no measure"


def test_no_value_of_a_contender_with_any_bad_run() -> None:
    answers = answers_of(tbx_native=[20.0, 40.0])
    answers[0].results.append({**result_of({}), "status": "wrong", "reason": "because"})
    (row,) = rows_of(answers, judged=True)
    assert row["medians"]["tbx_native"] is None
    assert row["met"] is None
    assert "wrong" in table_text([row])
    assert notes_of(answers) == ["tbx_native, log: wrong, because"]


@pytest.mark.parametrize(
    ("metric", "value", "yardstick", "met"),
    [
        (Metric("", "", "ns", at_most=100), 100.0, None, True),
        (Metric("", "", "ns", at_most=100), 101.0, None, False),
        (Metric("", "", "1/s", at_least=100), 99.0, None, False),
        (Metric("", "", "1/s", at_least=100), 100.0, None, True),
        (Metric("", "", "ns", at_most=100, times_tensorboardx=10), 100.0, 1000.0, True),
        (Metric("", "", "ns", at_most=100, times_tensorboardx=10), 100.0, 999.0, False),
        (Metric("", "", "ns", at_most=100, times_tensorboardx=10), 100.0, None, None),
        (Metric("", "", "ns", at_most=100, times_tensorboardx=10), 101.0, None, False),
        (Metric("", "", "1/s", times_tensorboardx=10), 1000.0, 100.0, True),
        (Metric("", "", "GB/s", times_tensorboardx=10), 10.0, 1.0, True),
        (Metric("", "", "ns"), 1.0, 1.0, None),
        (Metric("", "", "ns", at_most=100), None, 1.0, None),
    ],
)
def test_is_met(
    metric: Metric, value: float | None, yardstick: float | None, met: bool | None
) -> None:
    assert is_met(metric, value, yardstick) is met


def test_shown_has_three_digits_and_a_unit() -> None:
    assert [shown(value, "ns") for value in (0.5, 12.34, 123.4, 1234, 12.5e6, 2e9)] == [
        "0.50 ns",
        "12.3 ns",
        "123 ns",
        "1.23 µs",
        "12.5 ms",
        "2.00 s",
    ]
    assert shown(4.56e6, "1/s") == "4.56 M/s"
    assert shown(1.0, "threads") == "1"
    assert shown(4.681, "GB/s") == "4.68 GB/s"
    assert shown(12.5, "%") == "12.5 %"
    assert shown(0.123, "%") == "0.12 %"
    assert shown(0.812, "x") == "0.81 x"
    assert shown(8.77, "MiB") == "8.8 MiB"


def test_percentile_is_the_nearest_rank() -> None:
    ascending = range(1, 1001)
    assert [percentile(ascending, percent) for percent in (50, 99, 99.9, 100)] == [
        500,
        990,
        999,
        1000,
    ]
    assert percentile([1, 2, 3], 50) == 2
    assert percentile([7], 99.9) == 7
