"""Places where a test has the program die, as a power cut would: nothing is tidied up.

Only code can name such a place, never the environment: the tests do (`tests/dying.py`), and no
installation holds them. Where none is named a passage costs one comparison.
"""

from __future__ import annotations

import os

EXIT_CODE = 77


class _Named:
    """The point at which this process is to die, and how many passages are left until then."""

    point = ""
    left = 0


def die_at(point: str, passage: int = 1) -> None:
    """Has this process die at a point: the first time that it is passed, or a later one."""
    _Named.point, _Named.left = point, passage


def reach(point: str) -> None:
    """Dies here if a test says so."""
    if point == _Named.point:
        _Named.left -= 1
        if _Named.left == 0:
            os._exit(EXIT_CODE)
