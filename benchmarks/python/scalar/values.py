"""What the benchmarks add: one tag, and numbers that a float32 holds exactly."""

from typing import Final

TAG: Final = "train/loss"
# Made beforehand, so that a loop only picks the next; and few, so that they stay in the cache.
VALUES: Final = tuple(index / 1024 for index in range(500))
