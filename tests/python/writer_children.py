"""What the children of test_spawn.py do; spawned ones import it."""

from __future__ import annotations

import multiprocessing

from tbx_native import SummaryWriter


def add(writer: SummaryWriter, tag: str, count: int) -> None:
    for step in range(count):
        writer.add_scalar(tag, 1, step)
    writer.add_scalars("m", {"k": 1}, count)


def add_and_close(writer: SummaryWriter, tag: str) -> None:
    writer.add_scalar(tag, 1, 0)
    writer.close()
    writer.add_scalar(tag, 1, 1)


def add_one(writer: SummaryWriter, step: int) -> None:
    writer.add_scalar("shared", 1, step)


def add_one_and_close(writer: SummaryWriter, step: int) -> None:
    with writer:
        writer.add_scalar("shared", 1, step)


def pass_on(writer: SummaryWriter, generations: int) -> None:
    if generations:
        context = multiprocessing.get_context("spawn")
        child = context.Process(target=pass_on, args=(writer, generations - 1))
        child.start()
        child.join()
    writer.add_scalar(f"generation{generations}", 1, 0)
