"""Text: one line of it, or several."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

from ptce_workflow.base.words import _
from ptce_workflow.process.fields.answers import expected, line
from ptce_workflow.process.fields.base import Cell, Erasable, Setting, SignedFor
from ptce_workflow.process.model.shared import N_, Int, declare
from ptce_workflow.process.text import normalise

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def is_line(value: Any, most: int, *, kept: str = "") -> bool:
    """True where a value is text as it is recorded: trimmed, and without control characters.

    *Shape* `kept` holds the control characters that may stay.
    """
    if type(value) is not str or not 0 < len(value) <= most or value != value.strip():
        return False
    return value.isprintable() or all(found in kept for found in _CONTROL.findall(value))


class _Written(SignedFor, Erasable, Cell):
    """The part that both kinds of text share."""

    in_panel: ClassVar[Literal["", "mark", "comment"]] = "comment"
    width: ClassVar[int] = 5

    max_length: Int

    def sample(self) -> str:
        """The beginning of a name."""
        return "Collectif"[: self.max_length]


class TextField(_Written):
    """One line of text; erasable, so no rule reads it."""

    type: ClassVar[str] = "text"

    max_length: Int = declare(default=200, description=N_("characters at most"), ge=1, le=100_000)

    def read(self, raw: Any, setting: Setting) -> str:
        """The line, composed and trimmed."""
        return line(raw, max_length=self.max_length)

    def records(self, value: Any) -> bool:
        """True where it is one line of text."""
        return is_line(value, self.max_length)


class LongTextField(_Written):
    """Several lines of text; erasable, so no rule reads it."""

    type: ClassVar[str] = "long_text"
    at_length: ClassVar[bool] = True

    max_length: Int = declare(
        default=10_000, description=N_("characters at most"), ge=1, le=100_000
    )

    def read(self, raw: Any, setting: Setting) -> str:
        """The lines, composed and trimmed."""
        if not isinstance(raw, str):
            raise expected(_("a text"), raw, _("Put it between quotation marks."))
        return normalise(raw, multiline=True, max_length=self.max_length)

    def records(self, value: Any) -> bool:
        """True where it is text, whose lines end in LF."""
        return is_line(value, self.max_length, kept="\t\n")
