"""Cases of a test, written as a table; and those of them that `make test` tries."""

from collections.abc import Iterable
from typing import Any

import pytest


def cases(table: str) -> list[tuple[str, ...]]:
    r"""The values of each case: a line each, with bars between them.

    `\n` stands for a new line, and `""` for an empty text. A line that begins with a bar
    goes on with the case above.
    """
    rows: list[str] = []
    for line in filter(None, map(str.strip, table.splitlines())):
        if line.startswith("| "):
            rows[-1] += f" {line}"
        else:
            rows.append(line)
    return [tuple(map(_text, row.split(" | "))) for row in rows]


def _text(cell: str) -> str:
    return "" if cell == '""' else cell.replace(r"\n", "\n")


def thinned(cases: Iterable[Any], every: int) -> list[Any]:
    """The cases of a test, of which `make test` tries one of so many; `make test-slow`, all."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=pytest.mark.long if n % every else (),
        )
        for n, case in enumerate(cases)
    ]
