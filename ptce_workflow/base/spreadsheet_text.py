"""The stamp of a spreadsheet on its way out and back, and texts in it that are no formula."""

from __future__ import annotations

import re

STAMP = "stamp"
"""The hidden sheet of a workbook that says what it was made for: a key and a value in each row."""
TABLE_MARK = "ptce"
"""The first cell of a table in CSV whose first line is its stamp: `key=value` in each cell."""

# What a spreadsheet takes for the beginning of a formula or of a command, wide forms included.
_FORMULA = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_ESCAPED = re.compile(rf"'+{_FORMULA}")
_DANGEROUS = re.compile(rf"'*{_FORMULA}")


def safe_text(value: str) -> str:
    """The text as a cell of a CSV file may hold it; `plain_text` gives it back unchanged.

    What a spreadsheet would take for a formula gets an apostrophe before it.
    """
    return f"'{value}" if _DANGEROUS.match(value) else value


def plain_text(cell: str) -> str:
    """The text that a cell of a CSV file stands for; see `safe_text`."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def is_formula_like(value: str) -> bool:
    """True for a text that a spreadsheet would take for a formula if it were typed into it."""
    return _DANGEROUS.match(value) is not None
