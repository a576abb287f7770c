"""Faults of a template, and the budget of steps that writing one letter has."""

from __future__ import annotations

from ptce_workflow.base.errors import Finding, PtceError
from ptce_workflow.base.words import _


class TemplateFault(PtceError):
    """A template cannot be read, or gives no letter; `file` and `line` where they are known."""

    def __init__(
        self, what: str, reason: str = "", mend: str = "", *, file: str = "", line: int = 0
    ) -> None:
        super().__init__(what, _joined(file, _told_line(line, reason)), mend)
        self.reason = reason
        self.file = file
        self.line = line

    def at(self, file: str, line: int) -> TemplateFault:
        """The same fault with its place; one that has its place already keeps it."""
        if self.file:
            return self
        line = self.line or line
        return TemplateFault(self.what, self.reason, self.mend, file=file, line=line)

    @property
    def finding(self) -> Finding:
        """The fault among those of a contest folder."""
        return Finding(self.file, "", self.what, _told_line(self.line, self.reason), self.mend)


def _told_line(line: int, reason: str) -> str:
    return _joined(_("line {line}").format(line=line) if line else "", reason)


def _joined(place: str, reason: str) -> str:
    if not place or not reason:
        return place or reason
    return _("{label}: {value}").format(label=place, value=reason)


STEPS = 200_000
LONGEST_TEXT = 200_000
CHARACTERS_A_STEP = 64
LARGEST_NUMBER = 1_000_000_000_000


class Budget:
    """The steps that are left to one rendering.

    The count depends on the template and on what it is given, never on the machine or the hour.
    """

    def __init__(self) -> None:
        self.steps = STEPS

    def spend(self, steps: int) -> None:
        """Takes steps.

        *Raises* TemplateFault when not enough are left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise TemplateFault(
                _("This template takes too many steps."),
                _("A letter has {most}; a turn of a loop takes as many as stands in it.").format(
                    most=STEPS
                ),
                _("Go through shorter lists, or put less into the loop."),
            )

    def make(self, length: int) -> None:
        """Takes the steps for a text of some length, before it is made.

        *Raises* TemplateFault for one that is too long.
        """
        if length > LONGEST_TEXT:
            raise too_long()
        self.spend(1 + length // CHARACTERS_A_STEP)


def too_long() -> TemplateFault:
    """The refusal of a text that is too long."""
    return TemplateFault(
        _("This template makes a text that is too long."),
        _("A letter, and anything in it, has at most {most} characters.").format(most=LONGEST_TEXT),
    )
