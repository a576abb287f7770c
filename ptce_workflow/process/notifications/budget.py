"""What writing one letter may take: steps, and the length of any text made on the way."""

from __future__ import annotations

from ptce_workflow.base.words import _
from ptce_workflow.process.notifications.faults import TemplateFault

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
