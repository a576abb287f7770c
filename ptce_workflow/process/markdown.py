"""The little Markdown that the generated pages are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def apart(*blocks: str) -> Iterator[str]:
    """Blocks, each followed by an empty line."""
    for block in blocks:
        yield block
        yield ""


def cell(text: str) -> str:
    """Text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(*rows: Sequence[str]) -> str:
    """A table; the first row is its head."""
    rule = ("---",) * len(rows[0])
    return "\n".join(
        f"| {' | '.join(cell(text) for text in row)} |" for row in (rows[0], rule, *rows[1:])
    )


def heading(level: int, text: str) -> Iterator[str]:
    """A heading and the empty line after it."""
    yield f"{'#' * level} {text}"
    yield ""
