"""Objects with C methods that do nothing, the floor under every call from Python."""

import importlib.util
import os
import shlex
import subprocess
import sysconfig
from typing import Any, Final

from benchmarks.python.cpp_programs import BUILD, ROOT, Unavailable

SOURCE: Final = ROOT / "benchmarks/cpp/empty_methods.cpp"


def empty_methods() -> Any:
    """An object with the methods empty() and read_clock(), which take any arguments.

    They are compiled for the Python that runs this.

    Raises:
        Unavailable: There is no C++ compiler, or no Python.h.
    """
    library = BUILD / f"empty_methods{sysconfig.get_config_var('EXT_SUFFIX')}"
    if not library.exists() or library.stat().st_mtime < SOURCE.stat().st_mtime:
        library.parent.mkdir(parents=True, exist_ok=True)
        compiler = shlex.split(os.environ.get("CXX", "c++"))
        command = [*compiler, "-O2", "-std=c++20", "-fPIC", "-shared", "-o", str(library)]
        command += [f"-I{sysconfig.get_path('include')}", str(SOURCE)]
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise Unavailable(f"a C++ compiler is missing: {error}") from error
        if done.returncode != 0:
            raise Unavailable(f"{shlex.join(command)}\n{done.stderr}")
    spec = importlib.util.spec_from_file_location("empty_methods", library)
    assert spec is not None and spec.loader is not None  # for mypy: it is a file that can be loaded
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.EmptyMethods()
