"""tbx_native.compat.torch against torch.utils.tensorboard: the same names, calls and messages."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from tbx_native.compat import torch as ours_package
from tests.python.mirrored_modules import differences, lent_names

pytest.importorskip("tensorboard", reason="torch.utils.tensorboard needs it")
torch = pytest.importorskip("torch", reason="compared with torch's own summaries")

MODULES = ["writer", "summary", "_convert_np", "_embedding", "_onnx_graph", "_utils"]


def theirs_and_ours(module: str) -> tuple[Any, Any]:
    return (
        importlib.import_module(f"torch.utils.tensorboard.{module}"),
        importlib.import_module(f"tbx_native.compat.torch.{module}"),
    )


@pytest.mark.parametrize("module", MODULES)
def test_every_name_is_there_with_its_parameters(module: str) -> None:
    assert differences(*theirs_and_ours(module)) - {"TYPE_CHECKING"} == set()


@pytest.mark.parametrize("module", ["writer", "summary"])
def test_what_a_module_takes_from_others_is_to_be_had_from_it(module: str) -> None:
    theirs, ours = theirs_and_ours(module)
    names = set(lent_names(theirs, "torch.utils.tensorboard", "tensorboard."))
    names -= {"graph"}  # torch's own tracer, which is imported from where it is
    assert names and not {name for name in names if not callable(getattr(ours, name, None))}


def test_the_package_has_the_names_of_theirs() -> None:
    theirs = importlib.import_module("torch.utils.tensorboard")
    assert set(theirs.__all__) == set(ours_package.__all__)
    for module in MODULES:
        assert module in dir(ours_package) and getattr(ours_package, module)
    with pytest.raises(AttributeError, match="nothing"):
        _ = ours_package.nothing


VERTICES = torch.arange(12, dtype=torch.float32).reshape(1, 4, 3)
LABELS, SCORES = np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.4, 0.6])
CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("scalar", ("a b/c", torch.tensor(0.5))),
    ("scalar", ("loss", 0.1, None, True)),
    ("scalar", ("loss", 0.1, None, True, True)),
    ("tensor_proto", ("t", torch.arange(6).reshape(2, 3))),
    ("histogram", ("weights", np.arange(20.0), 10, 4)),
    ("histogram_raw", ("raw", 0.0, 1.0, 3, 1.5, 2.0, [0.5, 1.0], [1, 2])),
    ("make_histogram", (np.arange(20.0), "auto")),
    ("text", ("note", "words, wörter")),
    ("pr_curve", ("pr", LABELS, SCORES, 10)),
    ("mesh", ("mesh", VERTICES, None, VERTICES.int(), {"camera": 1})),
    ("mesh", ("mesh", VERTICES, None, None, None, "name", "words")),
    ("custom_scalars", ({"train": {"loss": ["Multiline", ["a", "b"]]}},)),
    ("audio", ("sound", np.linspace(-1, 1, 50), 8000)),
]


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_summaries_are_theirs(name: str, arguments: tuple[Any, ...]) -> None:
    theirs, ours = theirs_and_ours("summary")
    got = getattr(ours, name)(*arguments)
    expected = getattr(theirs, name)(*arguments)
    assert type(got).FromString(expected.SerializeToString()) == got


def test_hparams_are_theirs() -> None:
    theirs, ours = theirs_and_ours("summary")
    arguments = {"lr": 0.1, "on": True, "name": "x"}, {"accuracy": 0}, {"name": ["x", "y"]}
    for got, expected in zip(ours.hparams(*arguments), theirs.hparams(*arguments), strict=True):
        assert type(got).FromString(expected.SerializeToString()) == got


def test_images_say_what_theirs_say() -> None:
    pytest.importorskip("PIL", reason="torch encodes images with it")
    theirs, ours = theirs_and_ours("summary")
    image = np.zeros((2, 3, 5, 6), np.float32)
    boxes = np.array([[1.0, 1.0, 3.0, 3.0]])
    for name, arguments in (
        ("image", ("i", image)),
        ("image", ("a b", image[0], 2, "CHW")),
        ("image_boxes", ("i", image[0], boxes, 2, "CHW", ["x"])),
    ):
        summaries = [getattr(module, name)(*arguments).value[0] for module in (ours, theirs)]
        got, expected = [
            (v.tag, v.image.height, v.image.width, v.image.colorspace) for v in summaries
        ]
        assert got == expected
    video = ours.make_video(np.zeros((4, 5, 6, 3), np.uint8), 4)
    assert (video.height, video.width, video.colorspace) == (5, 6, 3)


def test_numbers_become_arrays() -> None:
    theirs, ours = theirs_and_ours("_convert_np")
    for value in (1.5, np.arange(3), torch.arange(3), torch.ones(2, requires_grad=True)):
        np.testing.assert_array_equal(ours.make_np(value), theirs.make_np(value))
    for module in (theirs, ours):
        with pytest.raises(NotImplementedError, match="are expected"):
            module.make_np([1])


def test_halves_are_theirs() -> None:
    theirs, ours = theirs_and_ours("summary")
    assert ours.half_to_int(1.5) == theirs.half_to_int(1.5)
    assert ours.int_to_half(ours.half_to_int(1.5)) == 1.5
