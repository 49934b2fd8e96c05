"""Columns of text."""

from collections.abc import Sequence, Set


def aligned(rows: Sequence[Sequence[str]], left: Set[int]) -> str:
    """The rows with columns as wide as their widest cell; those of `left` begin alike."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
