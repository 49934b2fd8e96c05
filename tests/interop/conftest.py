"""A running TensorBoard, once with each of its two readers."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

START_SECS = 180
# The data server polls every five seconds; the rest is for a busy machine.
RELOAD_SECS = 120


class TensorBoard:
    """The HTTP API of a TensorBoard process."""

    def __init__(self, port: int, is_fast: bool) -> None:
        self.is_fast = is_fast
        self._url = f"http://127.0.0.1:{port}/data/"

    def get(self, route: str, **query: str) -> Any:
        """Returns parsed JSON."""
        return json.loads(self.fetch(f"{route}?{urllib.parse.urlencode(query)}"))

    def post(self, route: str, **question: Any) -> Any:
        """Sends JSON and returns parsed JSON."""
        return json.loads(self.fetch(route, json.dumps(question).encode()))

    def fetch(self, route_and_query: str, body: bytes | None = None) -> bytes:
        """Returns the bytes of an answer."""
        url = self._url + route_and_query
        headers = {} if body is None else {"Content-Type": "application/json"}
        question = urllib.request.Request(url, body, headers)
        with urllib.request.urlopen(question, timeout=START_SECS) as answer:
            return bytes(answer.read())

    def scalars(self, run: str, tag: str) -> list[tuple[float, int, float]]:
        """Returns [(wall time, step, value), …] as the scalars dashboard gets them."""
        points = self.get("plugin/scalars/scalars", run=run, tag=tag)
        return [(wall_time, step, value) for wall_time, step, value in points]

    def wait_for_curve(self, run: str, tag: str, count: int) -> None:
        """Waits for so many points: a run is listed before it is read, its last curve is not."""
        self.wait_for(
            lambda: (
                tag in self.get("plugin/scalars/tags").get(run, {})
                and len(self.scalars(run, tag)) == count
            )
        )

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Polls until the condition holds."""
        deadline = time.monotonic() + RELOAD_SECS
        while not condition():
            assert time.monotonic() < deadline, "TensorBoard did not show what was expected"
            time.sleep(0.2)


@contextlib.contextmanager
def _running_tensorboard(logdir: Path, load_fast: str) -> Iterator[TensorBoard]:
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--port", "0"]
    command += ["--host", "127.0.0.1", "--load_fast", load_fast]
    command += ["--reload_interval", "1", "--samples_per_plugin", "scalars=100000"]
    log_path = logdir.parent / "tensorboard.log"
    with open(log_path, "w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "NO_COLOR": "1"}
        )
    try:
        deadline = time.monotonic() + START_SECS
        while (found := re.search(r"http://[^:]+:(\d+)/", log_path.read_text())) is None:
            assert process.poll() is None, log_path.read_text()
            assert time.monotonic() < deadline, log_path.read_text()
            time.sleep(0.1)
        yield TensorBoard(int(found[1]), load_fast == "true")
    finally:
        process.terminate()
        process.wait(timeout=START_SECS)


@pytest.fixture(scope="session", params=["true", "false"], ids=["data-server", "python-loader"])
def start_tensorboard(
    request: pytest.FixtureRequest,
) -> Callable[[Path], contextlib.AbstractContextManager[TensorBoard]]:
    """Returns a function that starts TensorBoard over a directory, with one reader or the other."""
    return lambda logdir: _running_tensorboard(logdir, request.param)
