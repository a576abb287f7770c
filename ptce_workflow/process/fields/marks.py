"""Marks on a scale, given by the members of a panel."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Literal

from ptce_workflow.base import speech
from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.fields.answers import Unreadable
from ptce_workflow.process.fields.base import FieldType, Setting
from ptce_workflow.process.fields.numbers import (
    MOST_DIGITS,
    crossed,
    exact,
    hundredths_at_most,
    plain,
)
from ptce_workflow.process.model.shared import (
    N_,
    Bool,
    Model,
    Name,
    WholeNumber,
    declare,
    in_hundredths,
)

NO_OPINION = "-"
"""The sign, typed or in a grid, of a member that has no opinion."""


class Scale(Model):
    """From the lowest mark to the highest, by steps."""

    from_: WholeNumber = declare(description=N_("the lowest mark"), ge=0, le=1000)
    to: WholeNumber = declare(description=N_("the highest mark"), ge=0, le=1000)
    step: WholeNumber = declare(
        default=Decimal(1), description=N_("the distance between marks"), gt=0, le=1000
    )

    @cached_property
    def marks(self) -> range:
        """Every mark that may be given, in hundredths."""
        low, high, step = map(in_hundredths, (self.from_, self.to, self.step))
        return range(low, high + 1, step)

    def faults(self, file: str, key: str) -> Iterator[Finding]:
        """Marks that are too fine, in the wrong order, or that no step falls on."""
        marks = {"from": Decimal(self.from_), "to": Decimal(self.to), "step": Decimal(self.step)}
        fine = [
            finding
            for name, mark in marks.items()
            for finding in hundredths_at_most(file, f"{key}.{name}", mark)
        ]
        yield from fine
        if marks["from"] >= marks["to"]:
            yield crossed(file, f"{key}.from", "from", "to")
        elif not fine and (marks["to"] - marks["from"]) % marks["step"]:
            yield Finding(
                file,
                f"{key}.step",
                _("No step falls on the highest mark."),
                _("From {least} by {step}, nobody arrives at {most}.").format(
                    least=marks["from"], step=marks["step"], most=marks["to"]
                ),
            )


class ScoreField(FieldType):
    """A mark given by a member of the panel; `uint` hundredths in rules."""

    type: ClassVar[str] = "score"
    rules_read: ClassVar[str] = N_("`uint`, in hundredths: `350u` is 3.50")
    in_rules: ClassVar[str] = "UINT"
    in_panel: ClassVar[Literal["", "mark", "comment"]] = "mark"

    scale: Scale = declare(
        description=N_("the marks that may be given"), examples=["{ from = 0, to = 5, step = 0.5 }"]
    )
    weight: WholeNumber = declare(
        default=Decimal(1),
        description=N_("what it weighs in the panel's total, beside the other criteria"),
        ge=0,
        le=1000,
    )
    no_opinion: Bool = declare(
        default=False,
        description=N_("whether a member may say that it has no opinion, written `-`"),
    )
    comment_in: Name | None = declare(
        default=None,
        description=N_("the field of the panel in which a mark is explained"),
        examples=['"comment"'],
    )
    comment_under: WholeNumber | None = declare(
        default=None, description=N_("a mark below it must be explained"), ge=0, le=1000
    )
    comment_over: WholeNumber | None = declare(
        default=None, description=N_("a mark above it must be explained"), ge=0, le=1000
    )

    def wants_comment(self, mark: int) -> bool:
        """True where a mark, in hundredths, must be explained in `comment_in`."""
        under, over = self._explained
        return (under is not None and mark < under) or (over is not None and mark > over)

    @cached_property
    def _explained(self) -> tuple[int | None, int | None]:
        """The marks below and above which marks are explained, in hundredths."""
        under, over = self.comment_under, self.comment_over
        return (
            None if under is None else in_hundredths(under),
            None if over is None else in_hundredths(over),
        )

    def read(self, raw: Any, setting: Setting) -> int:
        """A mark on the field's scale, in hundredths."""
        scale = self.scale
        mark = _plain_mark(raw)
        if mark is not None and mark in scale.marks:
            return mark
        number = exact(raw, places=2)
        mark = in_hundredths(number)
        if mark in scale.marks:
            return mark
        lowest, highest, step = (Decimal(bound) for bound in (scale.from_, scale.to, scale.step))
        raise Unreadable(
            _("{number} is not a mark of the scale.").format(number=plain(number)),
            _("Marks go from {lowest} to {highest} by steps of {step}.").format(
                lowest=plain(lowest), highest=plain(highest), step=plain(step)
            ),
            _nearest_marks(number, lowest, highest, step),
        )

    def typed(self, value: Any) -> str:
        """The mark with its decimals."""
        return str(Decimal(value).scaleb(-2))

    def records(self, value: Any) -> bool:
        """True where it is a mark of the scale, in hundredths."""
        return type(value) is int and value in self.scale.marks

    def sample(self) -> int:
        """The lowest mark."""
        return in_hundredths(self.scale.from_)

    def show(self, value: Any, language: str, setting: Setting) -> str:
        """The mark with two decimals."""
        return speech.hundredths(value, language)

    def faults(self, file: str, key: str) -> Iterator[Finding]:
        """The faults of its scale."""
        yield from super().faults(file, key)
        yield from self.scale.faults(file, f"{key}.scale")


def _plain_mark(raw: Any) -> int | None:
    """The hundredths of a number as workbooks hold most marks; None for any other answer."""
    # A grid has thousands of them: reading them the long way would take as long as all the rest.
    if type(raw) is int:
        return raw * 100
    if type(raw) is Decimal and raw.as_tuple().exponent == -1 and raw.adjusted() < MOST_DIGITS:
        return int(raw.scaleb(2))
    return None


def _nearest_marks(number: Decimal, lowest: Decimal, highest: Decimal, step: Decimal) -> str:
    if number < lowest or number > highest:
        return ""
    below = lowest + (number - lowest) // step * step
    above = below + step
    if above > highest:
        return _("The nearest is {below}.").format(below=plain(below))
    return _("The nearest are {below} and {above}.").format(below=plain(below), above=plain(above))
