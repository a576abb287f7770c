"""Events of a panel: marks, recusals, declared links, ranks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ptce_workflow.base.notation import to_text
from ptce_workflow.base.words import N_, nN_
from ptce_workflow.ledger import sitting_rules
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import (
    AboutCandidature,
    AnswerOf,
    Context,
    Count,
    Entry,
    FieldNames,
    InstitutionName,
    Name,
    Phrase,
    Pseudonym,
    Reason,
    Side,
    Story,
    Violation,
    Whole,
    describe_reason,
    doc,
    figures_change,
    register,
    without,
)
from ptce_workflow.ledger.events.facts import PROOF, Evidence, describe_evidence
from ptce_workflow.process import panel
from ptce_workflow.process.candidature import Candidature, comment_name, links_name, with_marks
from ptce_workflow.process.fields import ScoreField
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process

_PANEL = doc(N_("the panel"))
_MAIL = doc(N_("the mail that brought it; left out without one"))


class Comments(Side, frozen=True):
    comments: Annotated[dict[Name, Name], doc(N_("the comments, by field"))]


class Links(Side, frozen=True):
    links: Annotated[str, doc(N_("the links, in words; or why there are none"))]


class OfInstitution(AboutCandidature, frozen=True):
    """What concerns one institution of a panel, and is kept from others while marks are closed."""

    institution: Annotated[Name, doc(N_("whose links or marks they are"))]
    sheet: Annotated[Name, _PANEL]

    def as_seen(self, process: Process, case: Candidature, institution: str) -> Self | None:
        return None if self.sheet in case.closed and self.institution != institution else self


@register
class LinksDeclared(OfInstitution, frozen=True):
    kind = "links_declared"
    tells = N_("an institution declares that it has no link with a candidature, or which it has")
    private = Links

    links: Annotated[
        bool, doc(N_("whether it has any; they stand in the side row, or why there are none"))
    ]
    evidence: Annotated[Evidence | UnsetType, _MAIL] = UNSET

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case, institution = ctx.case, self.institution
        sheet = ctx.process.definition.sheets.get(self.sheet)
        if sheet is None or not sheet.is_panel:
            yield clauses.NO_PANEL(self.sheet)
            return
        if sheet.declares is None:
            yield clauses.NO_DECLARATION(self.sheet)
        yield from speaks(ctx, sheet, self.sheet, institution)
        if ctx.process.states[case.state].ends:
            yield clauses.CLOSED(case.state)
        if institution in case.scores.get(self.sheet, {}):
            yield clauses.LATE_DECLARATION(institution)
        if self.links and case.id not in ctx.subjects:
            yield clauses.GIVEN(self.sheet)
        declared = case.declared.get(self.sheet, {}).get(institution)
        if not self.links and declared is False:
            yield clauses.NOTHING(institution)
        elif not self.links and declared:
            yield clauses.LINKED(institution)

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        name = links_name(self.sheet, self.institution)
        private, before = without(case.private, [name]), case.declared.get(self.sheet, {})
        if isinstance(side, Links):
            private[name] = side.links
        links = {**before, self.institution: self.links}
        declared = {**case.declared, self.sheet: links}
        return case.but(version=line.n, private=private, declared=declared)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        label = {"label": InstitutionName(self.institution)}
        if self.links:
            yield Phrase(N_("{label} declares links"), label)
            if isinstance(side, Links):
                yield Phrase(N_("links: {links}"), {"links": side.links})
        else:
            yield Phrase(N_("{label} declares that it has no link"), label)
            yield from describe_reason(Reason(side.links) if isinstance(side, Links) else None)
        yield from describe_evidence(self.evidence)


@register
class LinksCleared(OfInstitution, frozen=True):
    kind = "links_cleared"
    tells = N_("links that an institution has declared are found to have no influence")
    private = Reason

    presides: Annotated[Name, doc(N_("the institution that presides, and finds so"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case, definition = ctx.case, ctx.process.definition
        if self.sheet not in definition.panels:
            yield clauses.NO_PANEL(self.sheet)
            return
        yield from clauses.by_desk(ctx)
        if self.presides == self.institution or self.presides not in definition.seated(self.sheet):
            yield clauses.PRESIDES(self.presides)
        if ctx.process.states[case.state].ends:
            yield clauses.CLOSED(case.state)
        if self.institution not in panel.linked(self.sheet, case):
            yield clauses.NO_LINKS(self.institution)
        if case.id not in ctx.subjects:
            yield clauses.REASON(self.institution)

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        links = {**case.declared.get(self.sheet, {}), self.institution: self.presides}
        return case.but(version=line.n, declared={**case.declared, self.sheet: links})

    def describe(self, line: Entry[Any], side: Any) -> Story:
        names = {"label": InstitutionName(self.institution), "by": InstitutionName(self.presides)}
        yield Phrase(
            N_("the links of {label} have no influence, finds {by}, which presides"), names
        )
        yield from describe_reason(side)


@register
class ScoresGiven(OfInstitution, frozen=True):
    kind = "scores_given"
    tells = N_("an institution gives marks, or changes them")
    private: ClassVar[type[Side] | None] = Comments

    scores: Annotated[
        Mapping[Name, Whole | None],
        doc(N_("the marks in hundredths, by criterion; null: no opinion")),
    ]
    evidence: Annotated[Evidence | UnsetType, _MAIL] = UNSET

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case, name, institution = ctx.case, self.sheet, self.institution
        sheet = ctx.process.definition.sheets.get(name)
        if sheet is None or not sheet.is_panel or name not in ctx.process.states[case.state].opens:
            yield clauses.NO_MARK(f"{name} ({case.state})")
            return
        yield from speaks(ctx, sheet, name, institution)
        first = institution not in case.scores.get(name, {})
        if sheet.declares and first and institution not in case.declared.get(name, {}):
            yield clauses.UNDECLARED(institution)
        if institution in panel.linked(name, case):
            yield clauses.LINKED(institution)
        if not self.scores and case.id not in ctx.subjects:
            yield clauses.NOTHING()
        yield from self._on_the_sheet(ctx, sheet)

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        figures_change(ctx)
        return self.validate_new(ctx)

    def _on_the_sheet(self, ctx: Context, sheet: Sheet) -> Iterator[Violation]:
        scales, side = sheet.scales, ctx.sides.get(ctx.case.id)
        for criterion, mark in self.scores.items():
            if mark not in scales.get(criterion, ()):
                field = sheet.fields.get(criterion)
                if mark is None and isinstance(field, ScoreField) and field.no_opinion:
                    continue
                yield clauses.SCALE(criterion)
        for name in side.comments if isinstance(side, Comments) else ():
            if name not in sheet.fields or isinstance(sheet.fields[name], ScoreField):
                yield clauses.NO_FIELD(f"{self.sheet}.{name}")

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        """The candidature with the marks; figures that were recorded no longer hold."""
        private, panels = dict(case.private), without(case.panels, [self.sheet])
        for name, comment in side.comments.items() if isinstance(side, Comments) else ():
            private[comment_name(self.sheet, name, self.institution)] = comment
        marked = with_marks(case, self.sheet, self.institution, self.scores)
        return marked.but(version=line.n, private=private, panels=panels)

    def changes(self, before: Mapping[str, int | None]) -> Iterator[Phrase]:
        """Each mark that it changes, of those that the institution had given before."""
        for criterion, now in self.scores.items():
            if criterion in before and (was := before[criterion]) != now:
                name = f"{self.sheet}.{criterion}"
                values = {
                    "label": FieldNames((name,)),
                    "before": AnswerOf(name, was, None, was is None),
                    "after": AnswerOf(name, now, None, now is None),
                }
                yield Phrase(N_("{label}: {before} → {after}"), values)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        singular, plural = nN_("{count} mark", "{count} marks")
        count = len(self.scores)
        marks = Phrase(singular, {"count": count}, plural, count)
        values = {"label": InstitutionName(self.institution), "value": marks}
        yield Phrase(N_("{label}: {value}"), values)
        yield from describe_evidence(self.evidence)


class MarksMended(Comments, frozen=True):
    reason: Annotated[str, doc(N_("why, in words"))]


@register
class ScoresRectified(ScoresGiven, frozen=True):
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
        return tuple(
            comment_name(self.sheet, criterion, self.institution) for criterion in self.scores
        )

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case, name = ctx.case, self.sheet
        sheet = ctx.process.definition.sheets.get(name)
        if sheet is None or not sheet.is_panel:
            yield clauses.NO_PANEL(name)
            return
        yield from speaks(ctx, sheet, name, self.institution)
        if name in ctx.process.states[case.state].opens:
            yield clauses.STILL_OPEN(name)
        elif sheet.rectify_until is None:
            yield clauses.NOT_RECTIFIED(name)
        elif (until := ctx.process.instant(sheet.rectify_until, case)) and ctx.now > until:
            yield clauses.RECTIFIED_LATE(to_text(until))
        marks = case.scores.get(name, {}).get(self.institution, {})
        if not self.scores:
            yield clauses.NOTHING()
        for criterion in self.scores:
            if criterion not in marks:
                yield clauses.NEVER_FILED(f"{name}.{criterion}")
        if self.before != {key: marks[key] for key in self.scores if key in marks}:
            yield clauses.BEFORE(", ".join(self.before))
        yield from self._on_the_sheet(ctx, sheet)
        side = ctx.sides.get(case.id)
        is_empty = isinstance(side, MarksMended) and not side.reason.strip()
        if case.id not in ctx.subjects or is_empty:
            yield clauses.REASON()

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        figures_change(ctx)
        if self.sheet in ctx.process.definition.panels:
            marked = with_marks(ctx.case, self.sheet, self.institution, self.scores)
            if self.panels != figures_at_once(ctx.process, self.sheet, marked):
                yield clauses.FIGURES(self.sheet)

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        """The candidature with the marks; what a sitting decided rests on figures that stay."""
        rectified = {**case.rectified, **dict.fromkeys(self.names, line.n)}
        panels = refigured(case, self.panels)
        return super().fold(case, line, side).but(panels=panels, rectified=rectified)

    def as_seen(self, process: Process, case: Candidature, institution: str) -> Self | None:
        seen = super().as_seen(process, case, institution)
        return seen and replace(seen, panels=without(self.panels, case.closed))

    def describe(self, line: Entry[Any], side: Any) -> Story:
        for name, criterion in zip(self.names, self.scores, strict=True):
            values = {
                "institution": InstitutionName(self.institution),
                "label": FieldNames((f"{self.sheet}.{criterion}",)),
                "before": self.answer_of(name, side, before=True),
                "after": self.answer_of(name, side, before=False),
            }
            yield Phrase(N_("mark of {institution} rectified: {label}: {before} → {after}"), values)
        yield from describe_evidence(self.evidence)
        yield from describe_reason(side)

    def answer_of(self, name: str, _side: Any, *, before: bool) -> AnswerOf:
        field, _at, _institution = name.partition("@")
        mark = (self.before if before else self.scores)[field.partition(".")[2]]
        return AnswerOf(field, mark, None, mark is None)


def figures_at_once(process: Process, name: str, case: Candidature) -> dict[str, Mapping[str, int]]:
    """The figures of a panel from the marks as they are, where nothing was decided on them yet."""
    if name not in case.panels or process.is_decided_on(name, case):
        return {}
    return {name: panel.figures_of(name, process.definition.sheets[name], case)}


def speaks(ctx: Context, sheet: Sheet, name: str, institution: str) -> Iterator[Violation]:
    case = ctx.case
    if institution not in sheet.members:
        yield clauses.MEMBER(institution)
    if institution in case.recused.get(name, ()):
        yield clauses.ASIDE(institution)
    elif institution not in panel.assigned_to(sheet, case):
        yield clauses.NOT_ASKED(institution)
    if not speaks_for(sheet, institution, ctx.roles, ctx.institution):
        yield clauses.WRITER(ctx.actor)
    elif ctx.actor in case.aside.get(name, ()):
        yield clauses.PERSON_ASIDE(ctx.actor)


def speaks_for(sheet: Sheet, institution: str, roles: Collection[str], own: str | None) -> bool:
    desk = "desk" in roles and "desk" in sheet.by
    return desk or (own == institution and "jury" in roles and "jury" in sheet.by)


def rank_of_place(name: str, place: panel.RankPlace, vote: int | None) -> RankRecorded:
    return RankRecorded(place.parted_by or None, place.rank, name, place.tied, vote)


class SteppedAside(AboutCandidature, frozen=True):
    """An institution whose voice counts no longer, or again; or one `person` of it."""

    private = Reason
    lifted: ClassVar[bool]
    says: ClassVar[tuple[str, str]]
    """The sentence for an institution, and for one person of it."""

    institution: Annotated[Name, doc(N_("who steps aside, or comes back"))]
    panels: Annotated[
        Mapping[Name, Mapping[Name, Whole]],
        doc(N_("the panel's figures without it, or with it, if they were recorded; else empty")),
    ]
    sheet: Annotated[Name, _PANEL]
    person: Annotated[
        Pseudonym | UnsetType,
        doc(N_("the one person who does, where the institution keeps its seat; else left out")),
    ] = UNSET

    @property
    def whose(self) -> str:
        return self.institution if self.person is UNSET else self.person

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case, institution = ctx.case, self.institution
        sheet = ctx.process.definition.sheets.get(self.sheet)
        if sheet is None or not sheet.is_panel:
            yield clauses.NO_PANEL(self.sheet)
            return
        if institution not in ctx.process.definition.seated(self.sheet):
            yield clauses.MEMBER(institution)
        own = "jury" in ctx.roles and ctx.institution == institution
        aside = case.recused
        if self.person is not UNSET:
            person = ctx.before.person(self.person)
            if person is None or person.institution != institution:
                yield clauses.NOT_ITS_PERSON(self.person)
            own, aside = own and ctx.actor == self.person, case.aside
        if "desk" not in ctx.roles and not (own and not self.lifted):
            yield clauses.WRITER(ctx.actor)
        if ctx.process.states[case.state].ends:
            yield clauses.DECIDED(case.state)
        if (self.whose in aside.get(self.sheet, ())) != self.lifted:
            yield clauses.SO_ALREADY(self.whose)
        if case.id not in ctx.subjects:
            yield clauses.GROUND(self.whose)

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        figures_change(ctx)
        name = self.sheet if self.sheet in ctx.process.definition.panels else ""
        if name and self.panels != figures_aside(ctx, name, self.whose, lifted=self.lifted):
            yield clauses.FIGURES(name)

    def as_seen(self, process: Process, case: Candidature, institution: str) -> Self | None:
        return replace(self, panels=without(self.panels, case.closed))

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        if self.person is not UNSET:
            aside = panel.with_aside(case.aside, self.sheet, self.person, lifted=self.lifted)
            return case.but(version=line.n, aside=aside)
        after = panel.with_voice(self.sheet, self.institution, case, lifted=self.lifted)
        # Figures that are recorded no longer hold; the line states new ones, unless marks come.
        # A rank that a sitting has recorded stays.
        panels = refigured(case, self.panels)
        if self.sheet not in self.panels:
            panels.pop(self.sheet, None)
        return after.but(version=line.n, panels=panels)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        values = {"label": InstitutionName(self.institution), "person": self.whose}
        yield Phrase(self.says[self.person is not UNSET], values)
        yield from describe_reason(side)


def refigured(
    case: Candidature, stated: Mapping[str, Mapping[str, int]]
) -> dict[str, Mapping[str, int]]:
    """The recorded figures of a candidature, those stated anew among them; a rank stays."""
    return {
        **case.panels,
        **{
            name: {**figures, **{key: was[key] for key in panel.PLACE if key in was}}
            for name, figures in stated.items()
            for was in [case.panels.get(name, {})]
        },
    }


def figures_aside(
    ctx: Context, name: str, whose: str, *, lifted: bool
) -> dict[str, Mapping[str, int]]:
    """The recorded figures of a panel once an institution (no person) steps aside."""
    case, definition = ctx.case, ctx.process.definition
    if not ctx.process.is_closed(name, case) or whose not in definition.seated(name):
        return {}
    after = panel.with_voice(name, whose, case, lifted=lifted)
    return {name: panel.figures_of(name, definition.sheets[name], after)}


@register
class InstitutionRecused(SteppedAside, frozen=True):
    kind = "institution_recused"
    tells = N_("an institution neither scores nor counts for a candidature any more")
    lifted = False
    says = (N_("{label} steps aside"), N_("{person}, of {label}, steps aside; it keeps its seat"))


@register
class RecusalLifted(SteppedAside, frozen=True):
    kind = "recusal_lifted"
    tells = N_("an institution scores and counts for a candidature again")
    lifted = True
    says = (
        N_("{label} scores and counts again"),
        N_("{person}, of {label}, may speak for it again"),
    )


@register
class RankRecorded(AboutCandidature, frozen=True):
    kind = "rank_recorded"
    tells = N_("the rank of a candidature is recorded")
    follows = True

    parted_by: Annotated[
        Name | None, doc(N_("the figure that puts it behind the one before, or null"))
    ]
    rank: Annotated[Count, doc(N_("the rank; 1 comes first"))]
    sheet: Annotated[Name, _PANEL]
    tied: Annotated[Count, doc(N_("how many candidatures share it"))]
    vote: Annotated[
        Count | None, doc(N_("the order that a vote gave it among those it was tied with, or null"))
    ]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        sheet, meeting = ctx.process.definition.sheets.get(self.sheet), ctx.before.meeting
        if sheet is None or not sheet.is_panel:
            yield clauses.NO_PANEL(self.sheet)
        sitting = meeting and ctx.process.definition.config.sittings.get(meeting.name)
        if not sitting or sitting.panel != self.sheet:
            yield clauses.BY_SITTING(self.sheet)
        figures, recorded = ctx.case.panels.get(self.sheet, {}), (self.rank, self.tied, self.vote)
        voted = meeting is not None and ctx.case.id in meeting.orders
        again = tuple(figures.get(name) for name in panel.RECORDED) == recorded or not voted
        if "rank" in figures and again:
            yield clauses.RANK_AGAIN(figures["rank"])

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        yield from sitting_rules.ranked(ctx)
        if self.sheet not in ctx.process.definition.panels:
            return
        meeting, case_id = ctx.before.meeting, ctx.case_id or ""
        place = sitting_rules.placed(ctx, self.sheet, meeting).get(case_id)
        vote = meeting.orders.get(case_id) if meeting else None
        if not place or self != rank_of_place(self.sheet, place, vote):
            yield clauses.RANK(self.sheet)

    def as_seen(self, process: Process, case: Candidature, institution: str) -> Self | None:
        return None if self.sheet in case.closed else self

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        after = panel.with_rank(self.sheet, case, self.rank, self.tied, self.vote)
        return after.but(version=line.n)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        phrases: list[Phrase] = [Phrase(N_("rank {rank}"), {"rank": self.rank})]
        if self.tied > 1:
            phrases.append(Phrase(N_("shared by {count}"), {"count": self.tied}))
        if self.vote is not None:
            phrases.append(Phrase(N_("place in the vote: {place}"), {"place": self.vote}))
        yield tuple(phrases)
