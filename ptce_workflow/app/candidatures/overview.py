"""The list of candidatures, one candidature in full, and the deadlines of the desk."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.candidatures.history import (
    Noted,
    Rectification,
    ledger_origin,
    lines_of,
    notes,
    rectifications,
)
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.waiting import DecisionNotice, decisions_of
from ptce_workflow.app.projections import case_in, instant_in, person_of
from ptce_workflow.app.refusals import unknown_name, unknown_reference
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import (
    DRAWN_ROWS_AT_MOST,
    _,
    days_from_now,
    did_you_mean,
    language,
    n_,
    nearest,
    plain,
)
from ptce_workflow.ledger.events.base import read
from ptce_workflow.ledger.events.erasure import retention_ends
from ptce_workflow.ledger.events.facts import MailReceived
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.state import STATE, Person
from ptce_workflow.process.calendar import days_until, parse_instant
from ptce_workflow.process.candidature import Candidature, by_ref, reference
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.letters.message import RETURNED
from ptce_workflow.process.model.base import Text
from ptce_workflow.process.model.notification import CONTACT
from ptce_workflow.process.process import Process, name_of, to_the_minute
from ptce_workflow.process.visibility import SEES_ALL
from ptce_workflow.store.connections import damaged_row
from ptce_workflow.store.rows import BriefRow, ListedRow

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.why import Awaited

TOLD_BEFORE = timedelta(days=21)
"""So long before it a deadline is told where not all of them are."""


class Alarm(Struct, frozen=True):
    """A deadline of the desk for a candidature: a date of the folder, or a request to be answered.

    `name` is None once it was erased, or the reference where it is kept from whoever looks.
    `days` are those from now to it: fewer than none where it has passed.
    """

    ref: str
    name: str | None
    date: str
    label: Text
    at: datetime
    days: int


def alarm_text(process: Process, alarm: Alarm) -> str:
    when, far = to_the_minute(process, alarm.at), days_from_now(alarm.days, language())
    text = _("{label}, {when} ({far})").format(label=alarm.label, when=when, far=far)
    name = alarm.name or _("(erased)")
    return _("{ref} {name}: {text}").format(ref=alarm.ref, name=name, text=text)


class RetainedAnswers(Struct, frozen=True):
    sheet: str
    label: Text
    at: datetime
    refs: tuple[str, ...]


class DeadlineWatch:
    def __init__(self, tx: Transaction) -> None:
        self._act = tx
        config = tx.process.definition.config
        self._unnamed = tx.hides(config.contest.name_field)
        self.dates: dict[str, list[tuple[str, Text]]] = {}
        """The dates that are watched in each state, with their labels."""
        for name, date in config.dates.items():
            for state in date.alarm:
                self.dates.setdefault(state, []).append((name, date.label))

    def of(self, case: Candidature, name: str | None) -> Iterator[Alarm]:
        """Those for a candidature that bears a name, as far as they are known."""
        dates, now, zone = self._act.process.dates, self._act.now, self._act.process.zone
        for date, label in self.dates.get(case.state, ()):
            at = dates.of(date, case)
            if at is not None:
                yield Alarm(case.ref, name, date, label, at, days_until(at, now, zone))

    def of_row(self, row: ListedRow) -> Sequence[Alarm]:
        """Those for a candidature of a list, which is not read where no date is watched there."""
        if row.state not in self.dates:
            return ()
        return tuple(self.of(case_in(row).but(contest=self._act.facts), self.named(row)))

    def named(self, row: ListedRow) -> str | None:
        """The name of a candidature of a list; see `Transaction.name_of`."""
        return row.ref if self._unnamed else row.name


def alarms(tx: Transaction) -> tuple[Alarm, ...]:
    watch, unit = DeadlineWatch(tx), tx.unit
    rows = (row for state in watch.dates for row in unit.to_list(tx.contest, (state,)))
    return _in_time(alarm for row in rows for alarm in watch.of_row(row))


def _in_time(found: Iterable[Alarm]) -> tuple[Alarm, ...]:
    return tuple(sorted(found, key=lambda one: (one.at, by_ref(one.ref))))


def ahead(contest: Contest) -> tuple[tuple[Alarm, ...], tuple[RetainedAnswers, ...]]:
    """The desk's deadlines, those to answer requests among them, and answers kept too long."""
    with contest.looking() as tx:
        asked = tx.every_case() if tx.process.definition.requests else ()
        due, process = list(alarms(tx)), tx.process
        for case in asked:
            for name in process.pending(case):
                if (at := process.answer_by(name, case)) is not None:
                    label = process.definition.requests[name].label
                    days = days_until(at, tx.now, process.zone)
                    due.append(Alarm(case.ref, tx.name_of(case), name, label, at, days))
        return _in_time(due), retained_answers(tx)


def retained_answers(tx: Transaction) -> tuple[RetainedAnswers, ...]:
    definition = tx.process.definition
    found: dict[tuple[datetime, str], list[str]] = {}
    ends = any(sheet.kept_until is not None for sheet in definition.sheets.values())
    for case in tx.every_case() if ends else ():
        for name, at in retention_ends(tx.process, case).items():
            found.setdefault((at, name), []).append(case.ref)
    sheets = definition.sheets
    return tuple(
        RetainedAnswers(name, sheets[name].label, at, tuple(sorted(refs, key=by_ref)))
        for (at, name), refs in sorted(found.items())
    )


_EXACT = re.compile(r"C-[0-9]{3,}")
_NUMBER = re.compile(r"(?:c ?)?0*([1-9][0-9]{0,8})")
_LISTED = 12


class ReferenceMatch(Struct, frozen=True):
    """The candidature that was meant; `label` names it where it was not typed as it is written."""

    ref: str
    label: str = ""


def candidature_meant(contest: Contest, word: str) -> ReferenceMatch:
    """The candidature of a word. Raises: Misuse, with a list, for none or several."""
    if _EXACT.fullmatch(word):
        return ReferenceMatch(word)
    with contest.looking() as tx:
        unit, unnamed = tx.unit, tx.hides(tx.process.definition.config.contest.name_field)
        if unit.candidature(contest.id, word) is not None:
            return ReferenceMatch(word)
        numbered = _NUMBER.fullmatch(plain(word))
        ref = reference(int(numbered[1]) - 1) if numbered else ""
        row = unit.candidature(contest.id, ref) if ref else None
        if row is not None:
            return ReferenceMatch(ref, ref if unnamed else _label(ref, row.name))
        briefs = [] if unnamed else unit.briefs(contest.id)
        found = _named(briefs, word)
        if not found and ref:
            raise unknown_reference(unit, contest.id, ref)
        if not found and not unnamed:
            seen = {case.ref: tx.seen(case) for case in tx.every_case()}
            found = [one for one in briefs if holds_words(tx.process, seen[one.ref], word)]
    if not found:
        what = _('No candidature has "{word}" in its name or its dossier.').format(word=word)
        near = nearest(word, [part for one in briefs for part in (one.name or "").split()])
        raise Misuse(what, mend=did_you_mean(near) or _("`ptce list` shows them all."))
    if len(found) > 1:
        what = _('"{word}" may mean several candidatures.').format(word=word)
        listed, more = [_label(one.ref, one.name) for one in found[:_LISTED]], len(found) - _LISTED
        listed += [n_("and {count} more", "and {count} more", more)] if more > 0 else []
        mend = _("Type the reference of one of them, or more words of its name.")
        raise Misuse(what, "\n".join(listed), mend)
    return ReferenceMatch(found[0].ref, _label(found[0].ref, found[0].name))


def _named(briefs: Iterable[BriefRow], word: str) -> list[BriefRow]:
    """Those whose name has every word typed; failing that, words that begin so."""
    typed = _words(word)
    named = [(one, _words(one.name)) for one in briefs if one.name]
    whole = [one for one, words in named if typed and typed <= words]
    return whole or [
        one
        for one, words in named
        if typed and all(any(word.startswith(part) for word in words) for part in typed)
    ]


def _words(text: str) -> set[str]:
    """The words of a text, an elided article apart from its noun or left out."""
    return set(plain(re.sub(r"\b[^\W\d_]{1,2}['’]", " ", text)).split()) or set(plain(text).split())


def _label(ref: str, name: str | None) -> str:
    return " ".join((ref, name or _("(erased)")))


def person_meant(contest: Contest, word: str) -> Person | None:
    """The person of that name, the only one of that institution or role; None for nobody.

    A pseudonym or a login needs no such search, and comes first. Raises: Misuse.
    """
    # Whoever is meant is not known to act yet: nothing of it is shown to anyone else.
    with contest.database.reading() as repo:
        if repo.person(contest.id, word) is not None:
            return None
        people = [one for row in repo.people(contest.id) if (one := person_of(row)).active]
        institutions = contest.in_force(repo).definition.config.institutions
    typed = plain(word)

    def said(person: Person) -> Iterable[str]:
        yield person.private.get("name", "")
        if person.institution is not None:
            yield person.institution
            institution = institutions.get(person.institution)
            yield from (*institution.label.spoken(), *institution.names) if institution else ()

    found = [one for one in people if typed and typed in map(plain, said(one))]
    if len(found) > 1:
        what = _('"{word}" may mean several people.').format(word=word)
        why = "\n".join(f"{one.pseudonym} {one.private.get('name', '')}".strip() for one in found)
        raise Misuse(what, why, _("Type the pseudonym of one of them."))
    return found[0] if found else None


class Brief(Struct, frozen=True):
    """One candidature in a line; `name` is None once it was erased.

    `correct_address` where a mail came back from the address of its contact; `answered` is when it
    last answered by mail, unless the desk has done something about it since. `awaited` is known in
    a list that is not long, or where it chooses; `answers` are those that were asked for.
    """

    ref: str
    name: str | None
    state: str
    since: datetime
    next_date: datetime | None
    alarms: Sequence[Alarm] = ()
    correct_address: bool = False
    answered: datetime | None = None
    awaited: Awaited | None = None
    answers: Mapping[str, str] = {}


class Wanted(Struct, frozen=True):
    """Which candidatures a list holds, and what of each besides; of any state where none is named.

    `words` are looked for in all that a dossier tells; `since` is when a candidature came into its
    state at the earliest; `fields` are shown by their qualified names.
    """

    states: Collection[str] = ()
    words: str = ""
    since: datetime | None = None
    waiting: str | None = None
    fields: Sequence[str] = ()

    @property
    def chooses(self) -> bool:
        return bool(self.states or self.words or self.since or self.waiting)


class Overview(Struct, frozen=True):
    """The contest at a glance; `funnel` counts by state, in the order of the process."""

    process: Process
    now: datetime
    funnel: Mapping[str, int]
    next_date: tuple[str, datetime] | None
    briefs: tuple[Brief, ...]


class Dossier(Struct, frozen=True):
    process: Process
    case: Candidature
    due: Mapping[str, datetime]
    rectified: tuple[Rectification, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    notes: tuple[Noted, ...] = ()
    decisions: tuple[DecisionNotice, ...] = ()
    awaited: Awaited | None = None
    written: LastMail | None = None


class LastMail(NamedTuple):
    """What was last written to a candidature: the mail, what it is called, when it left."""

    message: str
    label: Text
    at: datetime
    came_back: bool


class Gathered(Struct, frozen=True):
    """Candidatures as they stand, by reference, and the ledger that tells of them.

    `origin` is the random origin of the ledger: two ledgers of one contest differ in it. Of what is
    published, `line` is the last by which one came or left, and `dated` since when it is known.
    """

    process: Process
    cases: tuple[Candidature, ...]
    contest: str
    origin: str
    now: datetime
    line: int
    dated: datetime


_ALL = Wanted()


def overview(contest: Contest, wanted: Wanted = _ALL, *, judged: bool = True) -> Overview:
    """Candidatures in brief, all of them or those that are wanted. Raises: Misuse.

    Unless `judged`, whom they wait for is found only where that chooses: it takes every rule.
    """
    # Imported here for start-up time: few commands look at mails.
    from ptce_workflow.app.outbox.plan import Mailing

    with contest.looking() as tx:
        unit, process, now = tx.unit, tx.process, tx.now
        for state in wanted.states:
            if state not in process.states:
                what = _('There is no state "{name}".').format(name=state)
                raise unknown_name(what, state, process.states)
        watch, to_correct = DeadlineWatch(tx), Mailing.of(tx).to_correct()
        answers = {} if SEES_ALL.isdisjoint(tx.actor.roles) else answers_received(tx)
        fixed, read = process.dates.fixed, process.dates_read
        # Of the instants that the ways out of a state speak of, those that stand still.
        dates = {name: [fixed[n] for n in read[name] if n in fixed] for name in process.states}
        briefs = []
        for row in unit.to_list(contest.id, wanted.states):
            if row.state not in dates:
                raise damaged_row("candidature", row.ref)
            since = instant_in(row.since, "candidature", row.ref)
            if wanted.since is not None and since < wanted.since:
                continue
            alarmed = watch.of_row(row)
            ahead_of = [*dates[row.state], *(alarm.at for alarm in alarmed)]
            if row.due:
                ahead_of.append(instant_in(row.due, "candidature", row.ref))
            after = min((at for at in ahead_of if at >= now), default=None)
            facts = row.ref, watch.named(row), row.state, since, after, alarmed
            briefs.append(Brief(*facts, row.id in to_correct, answers.get(row.id)))
        briefs.sort(key=lambda brief: by_ref(brief.ref))
        judged = judged and len(briefs) <= DRAWN_ROWS_AT_MOST
        briefs = _read_whole(tx, wanted, briefs, judged=judged or wanted.waiting is not None)
        counters = unit.counters(contest.id)
    funnel = {name: counters.get((STATE, name), 0) for name in process.states}
    ahead = [(at, name) for name, at in process.dates.fixed.items() if at >= now]
    coming = min(ahead, default=None)
    return Overview(process, now, funnel, coming and (coming[1], coming[0]), tuple(briefs))


def _read_whole(
    tx: Transaction, wanted: Wanted, briefs: list[Brief], *, judged: bool
) -> list[Brief]:
    """Those that hold the words or wait for whom is wanted, with what takes a whole candidature."""
    process = tx.process
    if not (judged or wanted.words or wanted.fields):
        return briefs
    if judged:
        # Imported here for start-up time: what is next takes every rule of every case.
        from ptce_workflow.app.candidatures.why import awaited
    found = []
    for brief in briefs:
        (whole,) = tx.load([brief.ref])
        case = tx.seen(whole)
        if wanted.words and not holds_words(process, case, wanted.words):
            continue
        waits = awaited(process, case, tx.moment(whole)) if judged else None
        to_desk = wanted.waiting == "desk" and (brief.correct_address or brief.answered)
        if wanted.waiting and not to_desk and (waits is None or waits.who != wanted.waiting):
            continue
        texts = {name: text for name, text in _texts(process, case) if name in wanted.fields}
        found.append(replace(brief, awaited=waits, answers=texts))
    return found


def _texts(process: Process, case: Candidature) -> Iterator[tuple[str, str]]:
    """What a dossier tells, by qualified name, as people read it."""
    for name in process.definition.field_names():
        field = process.definition.field(name)
        held = name in case.facts or name in case.private
        if field is None or not held or name.partition(".")[0] in case.closed:
            continue
        value = case.answer(name, field)
        cells = [(field, value)]
        if isinstance(field, TableField):
            cells = [(field.columns[key], row[key]) for row in value or () for key in row]
        shown = (one.display(cell, language(), process.zone) for one, cell in cells if cell)
        yield name, ", ".join(shown)


_TELEPHONE = re.compile(r"[+0-9][0-9 .()/-]{5,}")


def holds_words(process: Process, case: Candidature, typed: str) -> bool:
    """True where a candidature tells each of some words, or a telephone number, or its parts."""
    texts = [case.ref, *(text for _name, text in _texts(process, case))]
    # With the country or without, grouped or not.
    digits = re.sub(r"\A(\+|00)33|[^0-9]", "", typed.strip()).lstrip("0")
    if digits and _TELEPHONE.fullmatch(typed.strip()):
        return any(digits in re.sub(r"[^0-9]", "", text) for text in texts)
    told, looked_for = plain(" ".join(texts)), plain(typed).split()
    return bool(looked_for) and all(word in told for word in looked_for)


def answers_received(tx: Transaction) -> dict[str, datetime]:
    """When candidatures last answered, by id, without those about which the desk acted since."""
    desk = {person.pseudonym for person in tx.people() if "desk" in person.roles}
    answers = {
        row.case_id: from_text(row.received_at or row.read_at)
        for row in tx.unit.received_as(tx.contest, "answer")
        if not row.erased
    }
    for id_ in [*answers]:
        for row in reversed(tx.unit.lines_about(tx.contest, id_)):
            line = read(row.line)
            if line.actor in desk:
                del answers[id_]
                break
            if isinstance(line.data, MailReceived) and not line.data.automatic:
                break
    return answers


def show(contest: Contest, ref: str) -> Dossier:
    # Imported here for start-up time: what is next takes every rule of a case.
    from ptce_workflow.app.candidatures.why import awaited

    with contest.looking() as tx:
        process, (whole,) = tx.process, tx.load([ref])
        mended = rectifications(tx.unit, tx.contest, process, whole)
        case, deadlines = tx.seen(whole), DeadlineWatch(tx).of(whole, tx.name_of(whole))
        shown = (one for one in mended if one.name.partition(".")[0] not in case.closed)
        beside = tuple(shown), tuple(deadlines), tuple(notes(tx, whole)), decisions_of(tx, whole)
        waits = awaited(process, case, tx.moment(whole))
        return Dossier(process, case, process.due(whole), *beside, waits, _last_mail(tx, whole))


def _last_mail(tx: Transaction, case: Candidature) -> LastMail | None:
    rows = tx.unit.messages_of(tx.contest, case.id)
    left = [row for row in rows if row.sent and row.recipient == CONTACT]
    last = max(left, key=lambda row: (row.sent, row.number), default=None)
    if last is None:
        return None
    kind = tx.process.definition.mails.get(last.notification)
    label = Text(last.notification) if kind is None else kind.label
    return LastMail(last.name, label, from_text(last.sent), last.stage in RETURNED)


def gather(contest: Contest, states: Collection[str], *, published: bool = False) -> Gathered:
    """The candidatures that stand in some states, as whoever looks, or anybody, may read them."""
    with contest.looking() as tx:
        cases = [case for case in tx.every_case() if case.state in states]
        if not published:
            cases = list(map(tx.seen, cases))
        origin = ledger_origin(tx.unit, tx.contest)
        ordered = tuple(sorted(cases, key=lambda case: by_ref(case.ref)))
        return Gathered(tx.process, ordered, tx.contest, origin, tx.now, 0, tx.now)


def laureates(contest: Contest) -> Gathered:
    """The candidatures to publish, by name. Raises: Misuse, PtceError before its hour."""
    with contest.looking() as tx:
        unit, process = tx.unit, tx.process
        results = process.definition.config.results
        if results is None:
            what = _("This contest publishes no results.")
            why = _("Its folder does not say which states are published, nor from when.")
            raise Misuse(what, why, _("Write [results] in config.toml, then adopt it."))
        after = process.dates.standing(parse_instant(results.after))
        if after is None or contest.clock.now() < after:
            when = f"{results.after}" if after is None else to_the_minute(process, after)
            why = _("They are from {when} on.").format(when=when)
            raise PtceError(_("The results are not published yet."), why)
        moves = (line for line, _content in lines_of(unit, contest.id, (TransitionMade,)))
        own = [m for m in moves if (m.data.holder in results.in_) is not (m.data.to in results.in_)]
        line, dated = (own[-1].n, max(after, from_text(own[-1].at))) if own else (0, after)
    found = gather(contest, results.in_, published=True)
    by_name = sorted(found.cases, key=lambda case: plain(name_of(process, case)))
    return replace(found, cases=tuple(by_name), line=line, dated=dated)
