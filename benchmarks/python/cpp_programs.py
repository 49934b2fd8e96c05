"""Builds the C++ benchmarks where that has not been done, and finds them."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
BUILD: Final = ROOT / "build/dev"


class Unavailable(Exception):
    """Something that is not part of this project is missing; the message says what."""


def cpp_program(name: str) -> Path:
    """The program of `benchmarks/cpp`, as the sources are now.

    Raises:
        Unavailable: CMake or Ninja is missing, or the program cannot be built.
    """
    if not (BUILD / "CMakeCache.txt").exists():
        # Without the tests, which need doctest; `cmake --preset dev` brings them back.
        _run("cmake", "--preset", "dev", "-DTBX_BUILD_TESTS=OFF")
    _run("cmake", "--build", "--preset", "dev", "--target", name)
    return BUILD / "benchmarks/cpp" / name


def _run(*command: str) -> None:
    for tool in ("cmake", "ninja"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is missing: pip install cmake ninja")
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def build_flags() -> str:
    """The build type of the programs, and the compiler's flags that come with it."""
    cache = {}
    for line in (BUILD / "CMakeCache.txt").read_text().splitlines():
        name, _, value = line.partition("=")
        cache[name.partition(":")[0]] = value
    kind = cache["CMAKE_BUILD_TYPE"]
    flags = cache["CMAKE_CXX_FLAGS"], cache[f"CMAKE_CXX_FLAGS_{kind.upper()}"]
    return " ".join(filter(None, [kind, *flags]))
