"""The verbs of development: `nox -l` lists them."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.options.sessions = ["tests", "cpp", "lint"]
PRESETS = ["dev", "asan", "tsan"]
CLANGS = ["clang++", "clang++-19", "clang++-16", "clang++-14"]


def _install(session: nox.Session, what: str) -> None:
    """Installs into the session's environment; with --no-venv the caller has seen to it."""
    if session.venv_backend != "none":
        session.install(what)


@nox.session
def tests(session: nox.Session) -> None:
    """Builds the package and runs the Python tests."""
    _install(session, ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(venv_backend="none")
@nox.parametrize("preset", PRESETS)
def cpp(session: nox.Session, preset: str) -> None:
    """Builds and runs the C++ tests in one preset; needs CMake, Ninja and doctest."""
    session.run("cmake", "--preset", preset, external=True)
    session.run("cmake", "--build", "--preset", preset, external=True)
    session.run("ctest", "--preset", preset, external=True)


@nox.session(venv_backend="none")
def model(session: nox.Session) -> None:
    """Explores every state of the ring's protocol; needs spin and a C compiler."""
    session.run("python", "tests/model/check.py")


@nox.session(venv_backend="none")
def fuzz(session: nox.Session) -> None:
    """Runs every libFuzzer target for 12 s, or as told: `nox -s fuzz -- -runs=50000000`."""
    clang = next((name for name in CLANGS if shutil.which(name)), None)
    if clang is None:
        session.skip("clang is not installed")
    session.run("cmake", "--preset", "fuzz", f"-DCMAKE_CXX_COMPILER={clang}", external=True)
    session.run("cmake", "--build", "--preset", "fuzz", external=True)
    for target in sorted(Path("build/fuzz/tests/cpp/fuzz").glob("fuzz_*")):
        # What earlier runs have found interesting stays, and is where the next begins.
        corpus = Path("build/fuzz/corpus") / target.name
        corpus.mkdir(parents=True, exist_ok=True)
        how_long = session.posargs or ["-max_total_time=12"]
        # Small inputs, and no statistics of rare features: half of the time would go into those.
        session.run(
            str(target), str(corpus), "-max_len=192", "-entropic=0", *how_long, external=True
        )


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting, linters and types; `nox -s lint -- fix` formats in place."""
    _install(session, ".[dev]")
    fix = "fix" in session.posargs
    session.run("ruff", "format", *([] if fix else ["--check"]), ".")
    session.run("ruff", "check", *(["--fix"] if fix else []), ".")
    files = session.run("git", "ls-files", "*.h", "*.cpp", "*.proto", external=True, silent=True)
    check = ["-i"] if fix else ["--dry-run", "--Werror"]
    session.run("clang-format", *check, *str(files).split())
    session.run("codespell")
    session.run("mypy", "--strict", "src", "benchmarks", "examples", "tests", "noxfile.py")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Runs the benchmarks against tensorboardX and, where installed, torch."""
    _install(session, ".[test]")
    session.run("python", "-m", "benchmarks", *session.posargs)
