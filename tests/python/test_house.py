"""The rules of the house: arrows, sizes and names, read off the sources."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "src/cpp/tbx"
BINDINGS = ROOT / "src/cpp/bindings"
PACKAGE = ROOT / "src/tbx_native"

# What each room of the core may include, besides itself.
ARROWS = {
    "base": set(),
    "count": {"base"},
    "crc": {"base"},
    "histogram": {"base"},
    "pixels": set(),
    "queue": {"base"},
    "sink": {"base"},
    "event": {"base", "histogram"},
    "record": {"base", "crc"},
    "read": {"base", "crc", "event", "record"},
    "writer": {"base", "event", "queue", "record", "sink"},
}

# The package's modules from the ground up: each imports from floors below its own only.
FLOORS = [
    {"_core", "_logger", "proto", "proto._pool"},
    {
        "_arguments",
        "_arrays",
        "_encoder_threads",
        "_event_files",
        "_image_style",
        "_install",
        "_interrupts",
        "_last_thread",
        "_object_stores",
        "_open_writers",
        "_png",
        "_reading_threads",
        "_recovery",
        "_run_handles",
        "_run_directory",
        "_step_counters",
        "_superseded",
        "_tables",
        "_tensor_values",
        "compat._lending",
        "errors",
    }
    | {f"proto.{path.stem}" for path in (ROOT / "proto").rglob("*.proto")},
    {
        "_bucket_limits",
        "_comet_kinds",
        "_curves",
        "_default_metadata",
        "_encoding_queue",
        "_engine",
        "_file_scan",
        "_image_header",
        "_pixels",
        "_projector_config",
        "_remote_factories",
        "_sigterm",
        "_summary_sink",
    },
    {"_comet", "_figures", "_log_directory", "_pillow", "_raw_events", "_remote_runs"},
    {"_array_image"},
    {
        "_dummy_file_writer",
        "_read_values",
        "plugins",
        "plugins.audio",
        "plugins.custom_scalars",
        "plugins.embedding",
        "plugins.graph",
        "plugins.histogram",
        "plugins.hparams",
        "plugins.image",
        "plugins.mesh",
        "plugins.onnx_graph",
        "plugins.openvino_graph",
        "plugins.pr_curve",
        "plugins.tensor",
        "plugins.video",
    },
    {"compat.torch.record_writer", "event_reader", "event_file_writer", "record_writer"},
    {"file_writer"},
    {
        "_audio_methods",
        "_embedding_methods",
        "_finished_files",
        "_graph_methods",
        "_histogram_methods",
        "_hparams_methods",
        "_image_methods",
        "_layout_methods",
        "_tensor_methods",
    },
    {"_run_files"},
    {"_run_writer"},
    {"compat.torch.writer", "writer"},
    {"compat", "compat.torch", "global_writer"},
    {"commands._event_output", "commands._terminal"},
    {f"commands.{path.stem}" for path in (PACKAGE / "commands").glob("[a-z]*.py")},
    {"", "commands"},
    {"_command_line", "_startup.sitecustomize"},
    {"__main__"},
]

# Above it all: what only programs import that were written for one of the other packages.
FLOORS += [
    {"compat._embedding", "compat._pixels", "compat._recording"},
    {"compat.tensorboardx.embedding", "compat.torch._embedding"}
    | {"compat.torch._convert_np", "compat.torch._onnx_graph", "compat.torch._utils"}
    | {"compat.torch.summary"},
]
FLOORS += [
    {f"compat.tensorboardx.{module}" for module in modules}
    for modules in (
        [f"proto.{path.stem}" for path in (PACKAGE / "compat/tensorboardx/proto").glob("*_pb2.py")],
        ["crc32c", "onnx_graph", "openvino_graph", "proto", "writer", "x2num"],
        ["global_writer", "record_writer", "summary", "torchvis", "utils"],
        ["event_file_writer"],
    )
] + [{"compat.tensorboardx"}]


def _sources(folder: Path, *suffixes: str) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.suffix in suffixes]
    assert len(files) > 3, f"saw no sources in {folder}"
    return files


CORE_FILES = _sources(CORE, ".h", ".cpp")
BINDING_FILES = _sources(BINDINGS, ".h", ".cpp")
PYTHON_FILES = _sources(PACKAGE, ".py")


def _includes(path: Path) -> list[str]:
    return re.findall(r'#include [<"]([^>"]+)[>"]', path.read_text())


def test_the_core_has_every_room_of_the_plan_and_no_other() -> None:
    assert {path.relative_to(CORE).parts[0] for path in CORE_FILES} <= set(ARROWS)


@pytest.mark.parametrize("path", CORE_FILES, ids=lambda p: str(p.relative_to(CORE)))
def test_the_core_includes_only_what_its_room_may(path: Path) -> None:
    room = path.relative_to(CORE).parts[0]
    for include in _includes(path):
        assert not re.search(r"[Pp]ython|pybind|numpy", include), f"Python in the core: {include}"
        assert not include.startswith(("..", "./")), f"includes are root-relative: {include}"
        if include.startswith("tbx/"):
            assert include.split("/")[1] in {room} | ARROWS[room], f"{room} must not know {include}"
        else:
            assert not include.startswith("bindings/")


def test_python_is_included_in_one_header() -> None:
    direct = {path.name for path in BINDING_FILES if any("pybind11/" in i for i in _includes(path))}
    assert direct == {"python.h"}


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _floor(module: str) -> int:
    for floor, modules in enumerate(FLOORS):
        if module in modules:
            return floor
    raise AssertionError(f"module {module!r} has no floor in test_house.py")


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only type checkers look at."""
    for node in ast.iter_child_nodes(tree):
        if not _is_type_checking(node):
            yield node
            yield from _executed(node)


def _imports(path: Path) -> set[str]:
    """The modules of the package that a module imports, wherever in its code."""
    found: set[str] = set()
    for node in _executed(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {path}"
            if node.module == "tbx_native":
                found.update(alias.name for alias in node.names)
            elif (node.module or "").startswith("tbx_native."):
                found.add(str(node.module).removeprefix("tbx_native."))
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            ours = [name for name in names if name.startswith("tbx_native.")]
            found.update(name.removeprefix("tbx_native.") for name in ours)
    return found


@pytest.mark.parametrize("path", PYTHON_FILES, ids=_module_name)
def test_modules_import_from_floors_below(path: Path) -> None:
    own = _floor(_module_name(path))
    for imported in _imports(path):
        assert _floor(imported) < own, f"{_module_name(path)} must not know {imported}"


@pytest.mark.parametrize("path", PYTHON_FILES, ids=_module_name)
def test_optional_packages_are_not_imported_with_the_package(path: Path) -> None:
    if path.is_relative_to(PACKAGE / "proto"):
        return  # it is messages that these modules are of
    optional = {
        "torch",
        "PIL",
        "matplotlib",
        "google",
        "tensorboard",
        "tensorboardX",
        "fsspec",
        "comet_ml",
    }
    optional |= {"onnx", "pandas", "pyarrow"}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & optional
        elif isinstance(node, ast.ImportFrom):
            assert str(node.module).split(".")[0] not in optional


def test_the_package_imports_no_slow_modules() -> None:
    program = """if True:
        import sys, numpy
        before = set(sys.modules)
        import tbx_native
        print(*(set(sys.modules) - before))
        assert set(tbx_native.__all__) <= set(dir(tbx_native))
        from tbx_native import *
        print(EventReader, install, installed, recover, uninstall, Installation, RecoveryReport)
    """
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    added = set(done.stdout.decode().splitlines()[0].split())
    assert "tbx_native.writer" in added
    slow = {"dataclasses", "importlib.abc", "inspect", "json", "logging", "multiprocessing"}
    slow |= {"pickle", "random", "shutil", "subprocess", "tempfile", "tbx_native.event_reader"}
    assert not added & slow


def _budget(path: Path) -> int:
    if path.name == "writer.py":
        return 700
    return {".h": 250, ".cpp": 350, ".py": 300}[path.suffix]


@pytest.mark.parametrize(
    "path",
    [*CORE_FILES, *BINDING_FILES, *PYTHON_FILES, *_sources(ROOT / "benchmarks", ".py")],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_rooms_keep_to_their_size_and_say_what_they_are(path: Path) -> None:
    text = path.read_text()
    lines = text.splitlines()
    assert len(lines) <= _budget(path), f"{len(lines)} lines"
    if path.suffix == ".py":
        assert ast.get_docstring(ast.parse(text)) or not text.strip()
    elif path.suffix == ".h":
        assert lines[0].startswith("// "), "a header's first line says what it is"
    is_theirs = path.is_relative_to(PACKAGE / "compat")  # named as the module that it mirrors
    assert is_theirs or path.stem not in {"utils", "common", "helpers", "misc"}


def test_tables_of_contents_stay_short() -> None:
    for path in (BINDINGS / "module.cpp", CORE / "crc/crc32c.cpp"):
        assert len(path.read_text().splitlines()) <= 40


# How a comment says with what an order pairs, or that it is for the compiler alone.
PARTNER = re.compile(
    r"[Pp]airs with|[Pp]artner|decides against|fence for the compiler|compiler order"
)


def test_every_strong_memory_order_names_its_partner() -> None:
    seen = 0
    for path in CORE_FILES:
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            if not re.search(r"memory_order_(acquire|release|acq_rel|seq_cst)", line):
                continue
            seen += 1
            before = "\n".join(lines[max(0, number - 8) : number + 1])
            assert PARTNER.search(before), (
                f"{path.relative_to(ROOT)}:{number + 1} does not say what it pairs with"
            )
    assert seen > 10
