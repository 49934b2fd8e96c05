"""What every writer must refuse, and with which error.

TypeError: not that kind of thing at all. ValueError: the right kind, but not writable.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

A_LIST_OF_ITSELF: list[Any] = []
A_LIST_OF_ITSELF.append(A_LIST_OF_ITSELF)

NOT_A_STEP = [
    (1.9, ValueError),
    (np.float64(-1.5), ValueError),
    (torch.tensor(1.5), ValueError),
    (Fraction(1, 2), ValueError),
    (float("nan"), ValueError),
    (float("inf"), ValueError),
    (Decimal("nan"), ValueError),
    (2**63, ValueError),
    (-(2**63) - 1, ValueError),
    (2.0**63, ValueError),
    (np.uint64(2**64 - 1), ValueError),
    ("3", TypeError),
    (b"3", TypeError),
    ([3], TypeError),
    (np.array([3]), TypeError),
    (np.array([3.0]), TypeError),
    (np.array("3"), TypeError),
    (3j, TypeError),
    (np.timedelta64(3, "ns"), TypeError),
    (np.datetime64(3, "ns"), TypeError),
    (np.array(3, "M8[ns]"), TypeError),
    (torch.tensor([1, 2]), ValueError),
    (10**5000, ValueError),
    (object(), TypeError),
]

NOT_A_WALL_TIME = [
    (float("nan"), ValueError),
    (float("-inf"), ValueError),
    (np.float64("inf"), ValueError),
    (10**400, ValueError),
    ("5", TypeError),
    (b"5", TypeError),
    (np.array("5"), TypeError),
    (np.array([5.0]), TypeError),
    (5j, TypeError),
    (np.datetime64(5, "ns"), TypeError),
    (10**5000, ValueError),
    (object(), TypeError),
]

NOT_A_VALUE = [
    ([], ValueError),
    ([1, 2], ValueError),
    ([[1], [2, 3]], ValueError),
    (np.zeros(2), ValueError),
    (np.zeros((1, 0)), ValueError),
    (torch.zeros(2), ValueError),
    (torch.zeros(1, device="meta"), ValueError),
    (10**400, ValueError),
    (10**5000, ValueError),
    (None, TypeError),
    ("3", TypeError),
    (b"3", TypeError),
    (["3"], TypeError),
    (np.array("3"), TypeError),
    (np.str_("3"), TypeError),
    (np.datetime64(3, "ns"), TypeError),
    (np.timedelta64(3, "ns"), TypeError),
    (np.array(3, "M8[ns]"), TypeError),
    (np.array([3], "m8[s]"), TypeError),
    (torch.tensor(1j), TypeError),
    (1 + 0j, TypeError),
    (np.complex64(1), TypeError),
    (np.clongdouble(1), TypeError),
    (np.void(b"1"), TypeError),
    (Decimal("sNaN"), ValueError),
    (A_LIST_OF_ITSELF, TypeError),
    ({"a": 1}, TypeError),
    (object(), TypeError),
]

NOT_A_TAG = [(None, TypeError), (3, TypeError), (b"tag", TypeError), (["tag"], TypeError)]
