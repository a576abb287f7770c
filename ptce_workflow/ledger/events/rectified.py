"""A mistyped mark, mended once the marks are closed: what the sitting saw stays beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from msgspec.structs import replace

from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    AnswerOf,
    Breach,
    Context,
    Entry,
    FieldNames,
    InstitutionName,
    Name,
    Say,
    Story,
    Whole,
    doc,
    enter,
    figures_change,
    reason_told,
    without,
)
from ptce_workflow.ledger.events.panel import Comments, ScoresGiven, refigured, speaks
from ptce_workflow.ledger.events.receipt import PROOF, Evidence
from ptce_workflow.process.panel.figures import figures_of
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, comment_name, with_marks


class MarksMended(Comments, frozen=True):
    """Why marks were mended, and the comments that go with them."""

    reason: Annotated[str, doc(N_("why, in words"))]


@enter
class ScoresRectified(ScoresGiven, frozen=True):
    """A slip of whoever typed a mark.

    Figures on which something was decided stand until a sitting rectifies; others count at once.
    """

    kind = "scores_rectified"
    tells = N_("a mistyped mark is mended after the close, with a reason and what proves it")
    private = MarksMended

    before: Annotated[
        Mapping[Name, Whole | None], doc(N_("the marks as they stood before, by criterion"))
    ]
    evidence: Annotated[Evidence, doc(PROOF)]
    panels: Annotated[
        Mapping[Name, Mapping[Name, Whole]],
        doc(N_("the panel's figures with it, where nothing was decided on them yet; else empty")),
    ]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the marks that it mends."""
        return tuple(comment_name(self.sheet, one, self.institution) for one in self.scores)

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of what may not be mended, by whom or any more, and of a reason that lacks."""
        case, name = ctx.case, self.sheet
        sheet = ctx.process.definition.sheets.get(name)
        if sheet is None or not sheet.is_panel:
            yield law.NO_PANEL(name)
            return
        yield from speaks(ctx, sheet, name, self.institution)
        if name in ctx.process.states[case.state].opens:
            yield law.STILL_OPEN(name)
        elif sheet.rectify_until is None:
            yield law.NOT_RECTIFIED(name)
        elif (until := ctx.process.rectified_until(name, case)) is not None and ctx.now > until:
            yield law.RECTIFIED_LATE(to_text(until))
        given = case.scores.get(name, {}).get(self.institution, {})
        if not self.scores:
            yield law.NOTHING()
        for criterion in self.scores:
            if criterion not in given:
                yield law.NEVER_FILED(f"{name}.{criterion}")
        if self.before != {one: given[one] for one in self.scores if one in given}:
            yield law.BEFORE(", ".join(self.before))
        yield from self._on_the_sheet(ctx, sheet)
        side = ctx.sides.get(case.id)
        if case.id not in ctx.subjects or (
            isinstance(side, MarksMended) and not side.reason.strip()
        ):
            yield law.REASON()

    def law(self, ctx: Context) -> Iterator[Breach]:
        """Tells besides of figures that the mended marks do not come to."""
        yield from self.may(ctx)
        figures_change(ctx)
        if self.sheet in ctx.process.definition.panels:
            marked = with_marks(ctx.case, self.sheet, self.institution, self.scores)
            if self.panels != figures_at_once(ctx.process, self.sheet, marked):
                yield law.FIGURES(self.sheet)

    def fold(self, case: Case, line: Entry[Any], side: Any) -> Case:
        """The candidature with the marks; what a sitting decided rests on figures that stay."""
        rectified = {**case.rectified, **dict.fromkeys(self.names, line.n)}
        panels = refigured(case, self.panels)
        return super().fold(case, line, side).but(panels=panels, rectified=rectified)

    def as_seen(self, process: Process, case: Case, institution: str) -> Self | None:
        """The marks, where they are open or one's own; the figures where they are open."""
        seen = super().as_seen(process, case, institution)
        return seen and replace(seen, panels=without(self.panels, case.closed))

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells each mark, before and after, why, and what proves it."""
        who = InstitutionName(self.institution)
        for name, criterion in zip(self.names, self.scores, strict=True):
            values = {
                "institution": who,
                "label": FieldNames((f"{self.sheet}.{criterion}",)),
                "before": self.told(name, side, before=True),
                "after": self.told(name, side, before=False),
            }
            yield Say(N_("mark of {institution} rectified: {label}: {before} → {after}"), values)
        yield from self.evidence.told()
        yield from reason_told(side)

    def told(self, name: str, _side: Any, *, before: bool) -> AnswerOf:
        """A mark as it stood before, or stands after; no opinion is no answer."""
        field, _at, _institution = name.partition("@")
        mark = (self.before if before else self.scores)[field.partition(".")[2]]
        return AnswerOf(field, mark, None, mark is None)


def figures_at_once(process: Process, name: str, case: Case) -> dict[str, Mapping[str, int]]:
    """The figures of a panel from the marks as they are, where nothing was decided on them yet."""
    if name not in case.panels or process.is_decided_on(name, case):
        return {}
    return {name: figures_of(name, process.definition.sheets[name], case)}
