"""What the children of test_global_writer.py do; spawned ones import it."""

from __future__ import annotations

from tbx_native import GlobalSummaryWriter


def add_many(writer: GlobalSummaryWriter, count: int) -> None:
    for _ in range(count):
        writer.add_scalar("shared", 1)


def add_to_many_tags(writer: GlobalSummaryWriter, count: int) -> None:
    for number in range(count):
        writer.add_scalar(f"tag{number}", 1)


def log_for_ever(writer: GlobalSummaryWriter) -> None:
    while True:
        writer.add_scalar("shared", 1)


def add_one(writer: GlobalSummaryWriter) -> None:
    writer.add_scalar("shared", 1)
