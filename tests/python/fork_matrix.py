"""Ways to fork, what the child does and what the parent is doing: all events are there, once.

``python -m tests.python.fork_matrix 1000`` starts that many children and prints the figures.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import itertools
import mmap
import multiprocessing
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tbx_native import SummaryWriter, _core, recover

LIMIT_SECS = 300  # for a program with all its children, on a busy machine
ROOT = Path(__file__).resolve().parents[2]

CELL = struct.Struct("<q")


class Acknowledged:
    """How many events each producer's add_* has taken: in a file, which outlives them."""

    def __init__(self, path: str) -> None:
        self._path = path
        with open(path, "r+b") as file:
            self._cells = mmap.mmap(file.fileno(), 0)

    def __reduce__(self) -> tuple[type[Acknowledged], tuple[str]]:
        return Acknowledged, (self._path,)

    def set(self, producer: int, count: int) -> None:
        CELL.pack_into(self._cells, producer * CELL.size, count)

    def get(self, producer: int) -> int:
        return int(CELL.unpack_from(self._cells, producer * CELL.size)[0])


class Child(NamedTuple):
    """What a child does; pickled for those that are spawned. Also a data set of one item."""

    writer: SummaryWriter
    acknowledged: Acknowledged
    number: int  # from 1 on; 0 is the parent
    deed: str
    events: int  # unless it is killed

    def log(self, count: int) -> None:
        for step in range(count):
            self.writer.add_scalar(f"producer{self.number}", 1, step)
            self.acknowledged.set(self.number, step + 1)

    def run(self) -> None:
        if self.deed == "never logs":
            return
        if self.deed == "is killed":
            delay = random.Random(self.number).uniform(0, 0.04)
            threading.Timer(delay, os.kill, [os.getpid(), signal.SIGKILL]).start()
            self.log(sys.maxsize)
        self.log(self.events)
        DEEDS[self.deed](self.writer)


DEEDS: dict[str, Callable[[SummaryWriter], object]] = {
    "flush": SummaryWriter.flush,
    "close": SummaryWriter.close,
    "sys.exit": lambda _: sys.exit(),
    "os._exit": lambda _: os._exit(0),
    "never logs": lambda _: None,
    "is killed": lambda _: None,
}


# ---- ways to come about: each starts a child and returns what waits for it ----


def fork(child: Child) -> Callable[[], object]:
    pid = os.fork()
    if pid == 0:
        child.run()
        sys.exit()
    return lambda: os.waitpid(pid, 0)


def grandchild(child: Child) -> Callable[[], object]:
    pid = os.fork()
    if pid == 0:
        fork(child)()
        os._exit(0)
    return lambda: os.waitpid(pid, 0)


def daemon(child: Child) -> Callable[[], object]:
    alive, its_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        if os.fork() == 0:
            child.run()
            sys.exit()
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(its_end)
    return lambda: os.read(alive, 1)  # the end of it, when nobody has the other end any more


def preexec_fn(child: Child) -> Callable[[], object]:
    # Where what it runs does not return as expected, subprocess says so.
    with contextlib.suppress(subprocess.SubprocessError):
        return subprocess.Popen(["true"], preexec_fn=child.run).wait
    return lambda: None


def of_multiprocessing(method: str) -> Callable[[Child], Callable[[], object]]:
    processes: Any = multiprocessing.get_context(method)

    def start(child: Child) -> Callable[[], object]:
        process = processes.Process(target=child.run)
        process.start()
        join: Callable[[], object] = process.join
        return join

    return start


class Items:
    """A data set whose one item does a child's work."""

    def __init__(self, child: Child) -> None:
        self.child = child

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> int:
        self.child.run()
        return index


def data_loader(child: Child) -> Callable[[], object]:
    from torch.utils.data import DataLoader

    others = multiprocessing.active_children()
    loader: Iterator[object] = iter(DataLoader(Items(child), num_workers=1))  # type: ignore[arg-type]  # it is one by its methods

    workers = [process for process in multiprocessing.active_children() if process not in others]

    def wait() -> None:
        with contextlib.suppress(RuntimeError):  # how torch says that a worker has ended
            if child.deed in ("os._exit", "is killed"):
                for worker in workers:  # whose end the loader would notice after five seconds
                    worker.join()
            else:
                next(loader)

    return wait


WAYS: dict[str, Callable[[Child], Callable[[], object]]] = {
    "os.fork": fork,
    "grandchild": grandchild,
    "daemon": daemon,
    "preexec_fn": preexec_fn,
    "fork": of_multiprocessing("fork"),
    "spawn": of_multiprocessing("spawn"),
    "forkserver": of_multiprocessing("forkserver"),
}
if importlib.util.find_spec("torch") is not None:
    WAYS["DataLoader"] = data_loader

# ---- what the parent is doing meanwhile ----


def log_until(stop: threading.Event, parent: Child) -> None:
    for step in itertools.count():
        parent.writer.add_scalar("producer0", 1, step)
        parent.acknowledged.set(0, step + 1)
        if stop.is_set():
            break
        if step % 20 == 0:
            time.sleep(0.001)


@contextlib.contextmanager
def logging_thread(parent: Child) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=log_until, args=(stop, parent))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextlib.contextmanager
def hanging_write(parent: Child, *, logs: bool = True) -> Iterator[None]:
    """The file's lock is held by somebody for a while: as good as a device that hangs."""
    path = parent.writer.file_writer.event_writer._file.path  # type: ignore[union-attr]  # it is open
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(file, fcntl.LOCK_EX)
    if logs:
        parent.log(100)
    release = threading.Timer(0.3, fcntl.flock, [file, fcntl.LOCK_UN])
    release.start()
    try:
        yield
    finally:
        release.join()
        os.close(file)


@contextlib.contextmanager
def full_queue(parent: Child) -> Iterator[None]:
    with hanging_write(parent, logs=False), logging_thread(parent):
        time.sleep(0.05)
        yield


STATES: dict[str, Callable[[Child], contextlib.AbstractContextManager[None]]] = {
    "is idle": lambda parent: contextlib.nullcontext(parent.log(100)),
    "logs": logging_thread,
    "hangs in a write": hanging_write,
    "has a full queue": full_queue,
}


class Case(NamedTuple):
    way: str
    deed: str
    state: str
    children: int = 4
    events: int = 300


CASES = [Case(*case) for case in itertools.product(WAYS, DEEDS, STATES)]


def run_here(case: Case, directory: str, acknowledged: Acknowledged) -> None:
    """The parent: a program of its own."""
    writer = SummaryWriter(directory, queue_bytes=4096 if "full" in case.state else 1 << 20)
    with STATES[case.state](Child(writer, acknowledged, 0, "", 0)):
        children = (
            Child(writer, acknowledged, i + 1, case.deed, case.events) for i in range(case.children)
        )
        for wait in [WAYS[case.way](child) for child in children]:
            wait()


class Figures(NamedTuple):
    children: int = 0
    events: int = 0
    hangs: int = 0
    lost: int = 0
    doubled: int = 0
    failures: int = 0
    """Programs that ended badly, queues that could not be recovered, steps out of order."""

    def __add__(self, other: tuple[int, ...]) -> Figures:  # type: ignore[override]  # sums, not longer tuples
        return Figures(*map(sum, zip(self, other, strict=True)))

    @property
    def is_clean(self) -> bool:
        return not any(self[2:])


def check(directory: Path, acknowledged: Acknowledged, producers: int) -> Figures:
    """Compares the event files with what was acknowledged."""
    report = recover(directory)
    steps: dict[str, list[int]] = {}
    for path in sorted(directory.rglob("*tfevents*")):
        for tag, step in read_points(path):
            steps.setdefault(tag, []).append(step)
    total = Figures(failures=len(report.errors) + report.unwanted)
    for number in range(producers):
        found = steps.pop(f"producer{number}", [])
        count = acknowledged.get(number)
        lost = len(set(range(count)) - set(found))
        in_order = found == sorted(found) and len(set(found)) <= count + 1
        total += Figures(0, count, 0, lost, len(found) - len(set(found)), not in_order)
    return total + Figures(failures=len(steps))


def read_points(path: Path) -> Iterator[tuple[str, int]]:
    from tbx_native.proto.event import Event

    content = path.read_bytes()
    whole = 0
    for payload in _core.RecordReader(os.fspath(path)):
        whole += len(payload) + 16
        event = Event.FromString(payload)
        for value in event.summary.value:
            yield value.tag, event.step
    assert whole == len(content), f"{path} is torn at {whole} of {len(content)} bytes"


def run(case: Case) -> Figures:
    """Runs one case in a program of its own; ends it, and whatever it has started, if it hangs."""
    with tempfile.TemporaryDirectory() as folder:
        cells = Path(folder, "acknowledged")
        cells.write_bytes(bytes(CELL.size * (case.children + 1)))
        command = [sys.executable, "-m", "tests.python.fork_matrix", *map(str, case), folder]
        process = subprocess.Popen(
            command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            _, errors = process.communicate(timeout=LIMIT_SECS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Figures(case.children, hangs=1)
        figures = check(Path(folder, "run"), Acknowledged(os.fspath(cells)), case.children + 1)
        figures += Figures(case.children, failures=process.returncode != 0)
        if not figures.is_clean:
            print(case, figures, errors, file=sys.stderr)
        return figures


def run_many_children(way: str, children: int, events: int) -> Figures:
    return run(Case(way, "flush", "is idle", children, events))


def many(children: int) -> Figures:
    """Runs cases at random until so many children were started."""
    randomness = random.Random(0)
    total = Figures()
    while total.children < children:
        total += run(randomness.choice(CASES))
    return total


if __name__ == "__main__":
    if len(sys.argv) == 2:
        total = many(int(sys.argv[1]))
        print("at random:", total)
        for way in ("os.fork", "spawn"):
            figures = run_many_children(way, 8, 100_000)
            print(f"8 x 100,000 events, {way}:", figures)
            total += figures
        sys.exit(not total.is_clean)
    way, deed, state, children, events, folder = sys.argv[1:]
    # By its name, not as __main__, which a spawned child knows under another one.
    module = importlib.import_module("tests.python.fork_matrix")
    cells = module.Acknowledged(os.path.join(folder, "acknowledged"))
    case = Case(way, deed, state, int(children), int(events))
    module.run_here(case, os.path.join(folder, "run"), cells)
