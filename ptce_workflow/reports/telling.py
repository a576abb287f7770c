"""Ledger lines and changed answers in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ptce_workflow.app.candidatures.history import HistoryEntry, Rectification, answer_text
from ptce_workflow.app.candidatures.record import AnswerChange, Row
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import _, language, n_, one_line, short_instant
from ptce_workflow.ledger.events import base
from ptce_workflow.ledger.events.facts import Facts, FactsRecorded, FactsRectified
from ptce_workflow.ledger.events.panel import ScoresGiven, ScoresRectified
from ptce_workflow.office import page
from ptce_workflow.office.page import Paragraph, Part
from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext
from ptce_workflow.process.explain import MARKS, Teller, ground_of
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.process import (
    Process,
    edge_label,
    institution_label,
    named,
    role_label,
    sheet_label,
    to_the_second,
)

if TYPE_CHECKING:
    from ptce_workflow.app.adopt import LimitMoved
    from ptce_workflow.app.candidatures.record import ReceivedSheet


class RowChange(Struct, frozen=True):
    """One row that changed: its number, before and after; None for one that is new, or gone."""

    number: int
    before: Row | None
    after: Row | None


def rows_changed(before: Sequence[Row], after: Sequence[Row]) -> list[RowChange]:
    """The rows in which two tables differ; those in the same gap are the same row, in its order."""
    old = [str(sorted(row.items(), key=str)) for row in before]
    new = [str(sorted(row.items(), key=str)) for row in after]
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        paired = min(b - a, d - c)
        for shift in range(max(b - a, d - c)):
            was = before[a + shift] if shift < b - a else None
            now = after[c + shift] if shift < d - c else None
            number = c + shift + 1 if shift < paired or was is None else a + shift + 1
            found.append(RowChange(number, was, now))
    return found


_SHOWN = 60
_KEPT = 12
"""How much of what two long texts begin with alike is shown before they part."""


def lines(process: Process, change: AnswerChange) -> Iterator[str]:
    """A change in lines: the label with both values, or, of a table, with each row that changed."""
    label = change.field.label.text
    if isinstance(change.field, TableField) and change.before and change.after:
        yield _("{label}:").format(label=label)
        yield from _rows(process, change.field, change)
        return
    shown = (_shown(process, change.field, value) for value in (change.before, change.after))
    yield page.pair(label, parted(*shown))


def parted(before: str, after: str) -> str:
    """Two texts with an arrow between, each on a line and cut; long ones from where they part."""
    before, after = before.strip(), after.strip()
    if max(len(before), len(after)) > _SHOWN:
        same = next(
            (n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
            min(len(before), len(after)),
        )
        skipped = max(0, same - _KEPT)
        if skipped > _KEPT:
            before, after = f"…{before[skipped:]}", f"…{after[skipped:]}"
    return " → ".join(one_line(text, at_most=_SHOWN) or "–" for text in (before, after))


def row_text(process: Process, field: TableField, row: dict[str, Any]) -> str:
    return ", ".join(
        column.show_in_row(row[name], language(), process.zone)
        for name, column in field.columns.items()
        if row.get(name) is not None
    )


def _shown(process: Process, field: FieldType, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(field, TableField):
        return n_("{count} row", "{count} rows", len(value))
    return field.display(value, language(), process.zone)


def _rows(process: Process, field: TableField, change: AnswerChange) -> Iterator[str]:
    """Each row that is new, gone, or another, cell by cell; erased cells are not compared."""
    for row in rows_changed(change.before, change.after):
        if row.before is None or row.after is None:
            text = _("row {number} added: {row}") if row.after else _("row {number} gone: {row}")
            shown = row_text(process, field, row.after or row.before or {})
            yield text.format(number=row.number, row=shown)
            continue
        for name, column in field.columns.items():
            cells = [one.get(name) for one in (row.before, row.after)]
            if cells[0] != cells[1]:
                was, now = (_shown(process, column, cell) for cell in cells)
                text = _("row {number}, {column}: {change}")
                label = column.label.text
                yield text.format(number=row.number, column=label, change=parted(was, now))


def limit_text(process: Process, moved: LimitMoved) -> str:
    """A limit that changes, before and after, and the sitting whose decisions read it."""
    text = _("{label}: {before} → {after}; the decisions of the sitting “{sitting}” read {before}")
    config = process.definition.config
    return text.format(
        label=config.limits[moved.limit].label.text,
        before=moved.before,
        after=moved.after,
        sitting=config.sittings[moved.sitting].label.text,
    )


def changed(
    process: Process, changes: Sequence[AnswerChange], ref: str, whole: Collection[str]
) -> Iterator[Part]:
    """Each changed answer, before and after; of `whole` ones, how to add."""
    for change in changes:
        first, *rows = lines(process, change)
        yield page.detail(first)
        yield from (page.line(text, 2) for text in rows)
        if isinstance(change.field, TableField):
            continue
        if change.dropped and change.after and change.name in whole:
            dropped = change.field.display(change.dropped, language(), process.zone)
            yield Paragraph(_("no longer there: {items}").format(items=dropped), level=2)
            sheet, _dot, name = change.name.partition(".")
            text = _("To add without replacing: {command}")
            yield page.advise(text, f"ptce record {ref} {sheet} {name}+=…")


def received(done: ReceivedSheet) -> Iterator[Part]:
    """`ptce receive`: that it is done, what is missing, and which arrival counts of several."""
    process, case = done.process, done.case
    text = _("{case}: “{sheet}” arrived on {when}; line {n}.")
    label = sheet_label(process, done.sheet)
    when = to_the_second(process, done.at)
    yield page.say(text, case=named(process, case), sheet=label, when=when, n=case.version)
    if done.evidence is not None:
        text = _("Evidence: {size} bytes, SHA-256 {hash}. Keep the file.")
        if done.is_kept:
            text = _("Evidence: {size} bytes, SHA-256 {hash}.")
        yield page.line(text, size=done.evidence.size, hash=done.evidence.sha256)
    if done.late is not None:
        text = _("It is late: its term was {when}. It waits for its answer all the same.")
        yield page.note(text, when=to_the_second(process, done.late))
    due = process.answer_by(done.sheet, case) if done.sheet in process.pending(case) else None
    if due is not None:
        yield page.line(_("To be answered by {when}."), when=to_the_second(process, due))
    contact = process.definition.config.contest.contact_field
    if contact in case.given and contact not in case.private:
        text = _(
            "Its address was erased: no mail reaches it. Answer by letter, to the address that it "
            "gives, then say so: `ptce mail drop … --told`, or `ptce mail resolve … --drop`."
        )
        yield page.line(text)
    if done.before:
        instants = ", ".join(to_the_second(process, at) for at in done.before)
        yield page.line(_("It was received before: {list}."), list=instants)
        counts = process.versions(done.sheet, done.at, case).counts or done.at
        text = _("The version that counts: the one of {when}.")
        yield page.line(text, when=to_the_second(process, counts))
        text = _("The hour by which the rules judge its arrival: {when}.")
        yield page.line(text, when=to_the_second(process, done.counts))
    yield from still_missing(done)
    yield page.suggest(f"ptce why {case.ref}")


def still_missing(done: ReceivedSheet) -> Iterator[Part]:
    if done.missing:
        fields = (done.process.definition.field(name) for name in done.missing)
        labels = ", ".join(field.label.text for field in fields if field is not None)
        yield page.line(_("Still missing: {labels}."), labels=labels)


def arrivals(
    process: Process, case: Candidature, before: Candidature | None = None
) -> Iterator[Part]:
    """`ptce show`: arrivals and answers, or only those since `before`."""
    received_before = {} if before is None else before.received
    for sheet, arrived in case.received.items():
        fresh = arrived[len(received_before.get(sheet, ())) :]
        if not fresh:
            continue
        when = ", ".join(to_the_second(process, at) for at in fresh)
        text = _("Arrived: {sheet}, {when}").format(sheet=sheet_label(process, sheet), when=when)
        if sheet in case.late:
            over = to_the_second(process, case.late[sheet])
            text = _("{text} (late: its term was {when})").format(text=text, when=over)
        yield page.line(text)
    for request, answer in case.answers.items() if before is None else ():
        label = edge_label(process, request, answer)
        text = _("{sheet}, answered: {label}")
        yield page.line(text, sheet=sheet_label(process, request), label=label)


def rectification_text(process: Process, rectification: Rectification) -> str:
    when = to_the_second(process, rectification.at)
    text = _("rectified on {when}: {before} → {after} ({reason}; line {n})")
    reason = _("(erased)") if rectification.reason is None else rectification.reason
    both = {"before": rectification.before, "after": rectification.after}
    return text.format(when=when, reason=reason, n=rectification.line, **both)


def rectified(
    process: Process, case: Candidature, mended: Sequence[Rectification]
) -> Iterator[Part]:
    if not mended:
        yield page.say(_("Nothing has changed."))
        return
    text = _("{case}: rectified, line {n}.").format(case=named(process, case), n=mended[0].line)
    yield page.say(text)
    yield from rectifications(process, mended)
    yield page.suggest(f"ptce why {case.ref}")


def rectifications(process: Process, mended: Sequence[Rectification]) -> Iterator[Part]:
    for one in mended:
        yield page.line(page.pair(one.label, rectification_text(process, one)))


_BETWEEN = " · "
# More facts than these are told by how many there are on each sheet.
_MOST_FACTS = 3

Telling = Callable[[], list[str]]
"""What gives the sentences that tell a line, in the language in force as it is called."""
Parts = dict[str, tuple[Any, Any]]
"""The two parts of each answer of a candidature that was told so far, by qualified name.

Of the marks that an institution has given, all at once, by `sheet@institution`.
"""


def entry_telling(
    entry: HistoryEntry, case: Candidature, parts: Parts, *, kept_back: bool = False
) -> Telling:
    """What tells a line of a candidature: its sentences, then each answer that it replaces.

    `parts` are the answers of the lines before; with `kept_back` what is not there is called left
    out, not erased.
    """
    narrator = Narrator(entry, case, kept_back=kept_back)
    say, data, marks = narrator.telling(), entry.line.data, list[base.Phrase]()
    if isinstance(data, ScoresGiven):
        key = f"{data.sheet}@{data.institution}"
        given, _private = parts.get(key, ({}, None))
        parts[key] = {**given, **data.scores}, None
        # A line that rectifies marks tells them itself.
        marks += () if isinstance(data, ScoresRectified) else data.changes(given)
    replaced = list(_replaced(entry, parts))
    if not (replaced or marks):
        return say
    return lambda: [
        *say(),
        *narrator.sentences(marks),
        *(text for change in replaced for text in lines(entry.process, change)),
    ]


def _replaced(entry: HistoryEntry, answers: Parts) -> Iterator[AnswerChange]:
    """Each answer that a line replaces, before and after, if `answers` has it."""
    data = entry.line.data
    if not isinstance(data, FactsRecorded):
        return
    private = entry.side.facts if isinstance(entry.side, Facts) else {}
    for name in data.names:
        before, parts = answers.pop(name, None), (data.facts.get(name), private.get(name))
        if name in data.removed:
            continue
        answers[name] = parts
        if before is None or isinstance(data, FactsRectified):
            continue
        field = entry.process.definition.field(name)
        if field is None:
            continue
        # A line that was tampered with is told as far as it can be: `verify` says the rest.
        if field.records_parts(*before) and field.records_parts(*parts):
            change = AnswerChange(name, field, field.join(*before), field.join(*parts))
            if change.before is not None and change.after is not None:
                yield change


def actor_text(entry: HistoryEntry) -> str:
    """The roles and the pseudonym; of a juror the latter: the line names the institution."""
    roles = "/".join(role_label(role) for role in entry.roles if role != "jury")
    if entry.line.actor in entry.roles:
        return roles
    acted, typed = f"{roles} {entry.line.actor}".strip(), _("{actor}, typed by {other}")
    return typed.format(actor=acted, other=entry.line.by) if entry.line.by else acted


class Narrator:
    """Says what an event tells, in the reader's language, by the process of its day."""

    def __init__(
        self,
        entry: HistoryEntry,
        case: Candidature | None = None,
        *,
        kept_back: bool = False,
        cases: Mapping[str, Candidature] | None = None,
    ) -> None:
        """Begins to tell a line; `case` is the one that it is about, `cases` all that there are."""
        self._one = entry
        self._process = entry.process
        self._case = case
        self._kept_back = kept_back
        self._cases = {} if cases is None else cases

    def telling(self) -> Telling:
        story = list(self._one.line.data.describe(self._one.line, self._one.side))
        return lambda: list(self.sentences(story))

    def sentences(
        self, story: Iterable[base.Phrase | tuple[base.Phrase, ...] | base.Unmet]
    ) -> Iterator[str]:
        """Each sentence; those that stand on one line together."""
        for phrase in story:
            if isinstance(phrase, base.Unmet):
                yield from self._unmet(phrase)
            elif isinstance(phrase, tuple):
                yield _BETWEEN.join(self._sentence(part) for part in phrase)
            else:
                yield self._sentence(phrase)

    def _sentence(self, phrase: base.Phrase) -> str:
        return (
            n_(phrase.message, phrase.several, phrase.count)
            if phrase.several
            else _(phrase.message)
        ).format(**{name: self._value(value) for name, value in phrase.values.items()})

    def _value(self, value: object) -> object:
        if type(value) is str or type(value) is int:
            return value
        definition, spoken = self._process.definition, language()
        match value:
            case base.StateName(name):
                return state_label(self._process, name)
            case base.TransitionName(name, ""):
                every = (edge for edge in self._process.every_edge() if edge.name == name)
                return next((edge.transition.label.text for edge in every), name)
            case base.TransitionName(name, origin):
                return self._process.edges(origin)[name].transition.label.text
            case base.RoleName(name):
                return role_label(name)
            case base.CandidatureName(id_):
                case = self._cases.get(id_)
                return "…" if case is None else case.ref
            case base.Listed(items):
                return ", ".join(str(self._value(one)) for one in items) or "–"
            case base.InstitutionName(name):
                return institution_label(self._process, name)
            case base.NotificationName(name):
                mail = definition.mails.get(name)
                return name if mail is None else mail.label.in_(spoken)
            case base.SheetName(name):
                return sheet_label(self._process, name)
            case base.AnswerOf():
                return answer_text(self._process, value, kept_back=self._kept_back)
            case base.FieldNames(names):
                return _labels(self._process, names, spoken)
            case base.When(text):
                return short_instant(from_text(text), self._process.zone, spoken)
            case base.Phrase():
                return self._sentence(value)
        return value

    def _unmet(self, phrase: base.Unmet) -> Iterator[str]:
        """The words of each rule that did not hold, and on what it rests."""
        line, case = self._one.line, self._case
        holds, verdicts = RuleAnswer.HOLDS.value, phrase.verdicts.items()
        unmet = {name: verdict for name, verdict in verdicts if verdict != holds}
        if case is None or not unmet:
            return
        edge = self._process.edges(phrase.origin)[phrase.transition]
        teller = Teller(self._process, language())
        # Of what was known that day the line keeps totals; facts of today would say too much.
        at = from_text(line.at)
        then = Candidature(case.id, case.ref, phrase.origin, at, line.n, entered=case.entered)
        moment = RuleContext(at, totals=phrase.totals)
        for name, answer in unmet.items():
            rule = edge.rules[name]
            says = f"{MARKS[RuleAnswer(answer)]} {teller.says(rule, then, moment)}"
            ground = ground_of(rule)
            yield f"{says} ({ground})" if ground else says


@lru_cache(maxsize=1024)
def _labels(process: Process, names: tuple[str, ...], spoken: str) -> str:
    """Fields by label; or, if many, how many of each sheet."""
    fields = {name: process.definition.field(name) for name in names}
    if len(names) <= _MOST_FACTS:
        return ", ".join(field.label.in_(spoken) for field in fields.values() if field)
    sheets = Counter(name.partition(".")[0] for name, field in fields.items() if field)
    return ", ".join(
        n_("{label} ({count} answer)", "{label} ({count} answers)", count).format(
            label=process.definition.sheets[sheet].label.in_(spoken)
        )
        for sheet, count in sheets.items()
    )


def state_label(process: Process, name: str) -> str:
    """The label of a state; its name when the process no longer has it."""
    state = process.states.get(name)
    return state.label.text if state else name


def label_of_name(process: Process, name: str) -> str:
    """A sheet or a field, by what people call it; its name where the process has none."""
    field = process.definition.field(name)
    if field is not None:
        return field.label.text
    return sheet_label(process, name) if name in process.definition.sheets else name
