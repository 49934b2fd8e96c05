"""install(): programs that import tensorboardX or torch's writer get ours, and back again."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

from tests.python.programs import run_program

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="torch.utils.tensorboard lies within torch"
)


def run(source: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return run_program(source, *arguments)


@pytest.mark.parametrize(
    "statement",
    [
        "from tensorboardX import SummaryWriter",
        "import tensorboardX as tb; SummaryWriter = tb.SummaryWriter",
        "import tensorboardX; SummaryWriter = tensorboardX.SummaryWriter",
        "import tensorboardX.writer; SummaryWriter = tensorboardX.writer.SummaryWriter",
        "from tensorboardX import writer; SummaryWriter = writer.SummaryWriter",
        "from tensorboardX.writer import SummaryWriter",
        "from tensorboardX.writer import FileWriter as SummaryWriter",
        "from tensorboardX.record_writer import RecordWriter as SummaryWriter",
        "from tensorboardX.event_file_writer import EventFileWriter as SummaryWriter",
        "from tensorboardX.proto import event_pb2; SummaryWriter = event_pb2.Event",
        "from tensorboardX.proto.summary_pb2 import Summary as SummaryWriter",
        "import tensorboardX.proto.event_pb2; SummaryWriter = tensorboardX.proto.event_pb2.Event",
    ],
)
def test_every_way_to_import_tensorboardx_gives_ours(statement: str) -> None:
    run(
        """
        import sys, tbx_native
        tbx_native.install(torch=False)
        exec(sys.argv[1])
        assert SummaryWriter.__module__.startswith("tbx_native."), SummaryWriter
        assert "torch" not in sys.modules, "tensorboardX imports torch; we do not"
        """,
        statement,
    )


@needs_torch
@pytest.mark.parametrize("before", ["", "import torch", "import torch.utils.tensorboard"])
def test_every_way_to_import_torchs_gives_ours(before: str) -> None:
    run(
        """
        import sys, tbx_native
        exec(sys.argv[1])
        was_imported = "torch" in sys.modules
        statements = [
            "from torch.utils.tensorboard import SummaryWriter",
            "from torch.utils import tensorboard; SummaryWriter = tensorboard.SummaryWriter",
            "import torch.utils.tensorboard; SummaryWriter = torch.utils.tensorboard.SummaryWriter",
            "import torch.utils.tensorboard as tb; SummaryWriter = tb.writer.SummaryWriter",
            "import torch.utils.tensorboard.writer as w; SummaryWriter = w.SummaryWriter",
            "from torch.utils.tensorboard.writer import SummaryWriter",
        ]
        for statement in statements:
            with tbx_native.installed():
                assert ("torch" in sys.modules) == was_imported
                exec(statement)
                was_imported = True
                import tbx_native.compat.torch
                assert SummaryWriter is tbx_native.compat.torch.SummaryWriter, statement
        """,
        before,
    )


@needs_torch
@pytest.mark.parametrize("before", ["", "import torch"])
def test_a_finder_that_puts_itself_first_later_finds_ours(before: str) -> None:
    # As comet_ml's does, which finds the modules that it patches in sys.path.
    run(
        f"""
        import sys
        from importlib.machinery import PathFinder
        import tbx_native
        {before}

        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                if name.startswith("torch.utils.tensorboard"):
                    return PathFinder.find_spec(name, path)

        tbx_native.install()
        sys.meta_path.insert(0, Finder)
        import colorsys  # as any other module does
        from torch.utils.tensorboard import SummaryWriter
        from torch.utils.tensorboard.summary import scalar
        import torch.utils.tensorboard.writer
        assert SummaryWriter.__module__ == "tbx_native.compat.torch.writer"
        assert torch.utils.tensorboard.SummaryWriter is SummaryWriter
        assert scalar.__module__ == "tbx_native.compat.torch.summary"
        tbx_native.uninstall()
        from torch.utils.tensorboard import SummaryWriter
        assert SummaryWriter.__module__ == "torch.utils.tensorboard.writer"
        """
    )


def test_nothing_is_imported_by_installing() -> None:
    run(
        """
        import sys, tbx_native
        tbx_native.install()
        for name in ("torch", "tensorboardX", "tensorboard", "google.protobuf"):
            assert name not in sys.modules, name
        """
    )


def test_tensorboardx_need_not_be_installed() -> None:
    run(
        """
        import importlib.util, sys

        class Hidden:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in ("torch", "tensorboardX", "tensorboard"):
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        sys.meta_path.insert(0, Hidden())
        import tbx_native
        tbx_native.install()
        import tensorboardX
        assert tensorboardX.SummaryWriter.__module__.startswith("tbx_native.")
        assert importlib.util.find_spec("tensorboardX") is not None, "libraries ask before"
        try:
            import torch.utils.tensorboard
        except ModuleNotFoundError as error:
            assert error.name == "torch"
        else:
            raise AssertionError("torch came from nowhere")
        """
    )


def test_it_says_who_holds_the_old_class(tmp_path: Path) -> None:
    (tmp_path / "earlier.py").write_text(
        "from tensorboardX import SummaryWriter as Writer\n"
        "from tensorboardX.summary import scalar\n"
        "import tensorboardX as tb\n"
        "import numpy as np\n"
    )
    (tmp_path / "later.py").write_text("from tensorboardX import SummaryWriter\n")
    done = run(
        """
        import logging, sys
        sys.path.insert(0, sys.argv[1])
        logging.basicConfig(level=logging.INFO)
        import earlier
        import tbx_native
        installation = tbx_native.install(torch=False)
        assert installation.packages == ("tensorboardX",)
        held = {"earlier.Writer", "earlier.scalar", "earlier.tb"}
        assert set(installation.still_held) == held, installation.still_held
        import later
        assert later.SummaryWriter.__module__.startswith("tbx_native.")
        assert tbx_native.install(torch=False).still_held == installation.still_held
        """,
        tmp_path,
    )
    assert "INFO:tbx_native:tbx_native stands in for tensorboardX" in done.stderr
    assert "earlier.Writer" in done.stderr


@pytest.mark.parametrize("earlier", [False, True])
def test_uninstalling_brings_theirs_back(earlier: bool) -> None:
    run(
        """
        import sys, tbx_native
        if sys.argv[1] == "True":
            import tensorboardX, tensorboardX.proto.event_pb2
            theirs = tensorboardX, tensorboardX.proto.event_pb2
        path_before = list(sys.meta_path)
        tbx_native.install()
        import tensorboardX, tensorboardX.x2num
        assert tensorboardX.__name__ == "tbx_native.compat.tensorboardx"
        tbx_native.uninstall()
        tbx_native.uninstall()
        assert sys.meta_path == path_before
        import tensorboardX, tensorboardX.x2num, tensorboardX.proto.event_pb2
        assert tensorboardX.SummaryWriter.__module__ == "tensorboardX.writer"
        assert tensorboardX.x2num.__name__ == "tensorboardX.x2num"
        if sys.argv[1] == "True":
            assert theirs == (tensorboardX, tensorboardX.proto.event_pb2)
        """,
        earlier,
    )


@needs_torch
@pytest.mark.parametrize("earlier", ["", "import torch.utils.tensorboard"])
def test_the_attribute_of_torch_utils_comes_back(earlier: str) -> None:
    pytest.importorskip("tensorboard", reason="torch.utils.tensorboard needs it")
    run(
        """
        import sys, tbx_native, torch
        exec(sys.argv[1])
        with tbx_native.installed(tensorboardx=False) as installation:
            assert installation.packages == ("torch.utils.tensorboard",)
            import torch.utils.tensorboard
            assert torch.utils.tensorboard.__name__ == "tbx_native.compat.torch"
        import torch.utils.tensorboard
        assert torch.utils.tensorboard.__name__ == "torch.utils.tensorboard"
        assert torch.utils.tensorboard.writer.__name__ == "torch.utils.tensorboard.writer"
        """,
        earlier,
    )


def test_a_block_leaves_what_was_installed_before() -> None:
    run(
        """
        import tbx_native
        tbx_native.install(torch=False)
        try:
            with tbx_native.installed():
                raise KeyError
        except KeyError:
            pass
        import tensorboardX
        assert tensorboardX.__name__ == "tbx_native.compat.tensorboardx"
        tbx_native.uninstall()
        """
    )


def test_modules_are_never_loaded_twice_and_keep_their_names() -> None:
    run(
        """
        import importlib, pickle, sys, tbx_native
        tbx_native.install(torch=False)
        import tensorboardX.record_writer
        import tbx_native.compat.tensorboardx.record_writer as ours
        assert tensorboardX.record_writer is ours
        assert ours.__spec__.name == ours.__name__ == "tbx_native.compat.tensorboardx.record_writer"
        importlib.reload(ours)
        assert pickle.loads(pickle.dumps(tensorboardX.SummaryWriter)) is tensorboardX.SummaryWriter
        try:
            import tensorboardX.beholder
        except ModuleNotFoundError as error:
            assert error.name == "tensorboardX.beholder"
        else:
            raise AssertionError
        """
    )
