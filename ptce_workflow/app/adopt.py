"""Adopting a changed folder: the difference, its consequences, the limits that sittings read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from difflib import unified_diff
from hashlib import sha256

from msgspec import Struct

from ptce_workflow.app.contest import Contest, ask, context
from ptce_workflow.app.jury.convocation import CallMoved, calls_moved
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.outbox.desk import hold_what_changed, rewrite_queued, words_of_released
from ptce_workflow.app.outbox.plan import (
    ARRIVED,
    CONTEST,
    Mailing,
    after_adoption,
    replan_everything,
)
from ptce_workflow.app.projections import due_of
from ptce_workflow.app.refusals import reason_given, unknown_name, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import N_, _, language, local_time
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, Clause, Context
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.process.candidature import Candidature, RuleAnswer, Verdict
from ptce_workflow.process.check import sound
from ptce_workflow.process.explain import General
from ptce_workflow.process.fields import FieldType
from ptce_workflow.process.forms import asked, question, sign_ins, states_open
from ptce_workflow.process.letters.message import PENDING, Message
from ptce_workflow.process.letters.planning import dates_by_mail
from ptce_workflow.process.letters.planning import moved as dates_moved
from ptce_workflow.process.model.base import NOTHING
from ptce_workflow.process.model.folder import LOGOS, in_other_words
from ptce_workflow.process.panel import asked_of
from ptce_workflow.process.process import Process, edge_label


class LimitMoved(Struct, frozen=True):
    """A limit that changes though the decisions of a sitting read it: before, after, which one.

    `could` are those who could move now by a way that reads it, and could not, with its label.
    """

    limit: str
    before: str
    after: str
    sitting: str
    could: tuple[tuple[str, str], ...] = ()


Freed = tuple[str, str, str]
"""A reference, its state, and a transition that is allowed now and was not."""


def limits_moved(
    before: Process, after: Process, held: Iterable[str], freed: Sequence[Freed] = ()
) -> Iterator[LimitMoved]:
    """The limits that change, each with those of some sittings whose decisions read it before."""
    old, new = before.definition.config, after.definition.config
    for name, limit in old.limits.items():
        now = new.limits.get(name)
        if now is not None and (now.value, now.zone) == (limit.value, limit.zone):
            continue
        value_before = General(before, language()).of(f"limit.{name}")
        value_after = "–" if now is None else General(after, language()).of(f"limit.{name}")
        could = tuple(
            (ref, edge_label(after, state, edge))
            for ref, state, edge in freed
            if f"limit.{name}" in after.judge_of(after.edges(state)[edge]).names
        )
        for sitting in held:
            edges = (edge for edge in before.every_edge() if sitting in edge.sittings)
            if any(f"limit.{name}" in before.judge_of(edge, sitting).names for edge in edges):
                yield LimitMoved(name, value_before, value_after, sitting, could)


class MovedDate(Struct, frozen=True):
    """A date that moves: its instants, None where there is none; `text` in the contest's zone."""

    date: str
    before: datetime | None
    after: datetime | None
    text: str

    def __str__(self) -> str:
        return f"date.{self.date}: {self.text}"

    def is_over(self, now: datetime) -> bool:
        """True for one that there was, where either of its instants has passed."""
        return self.before is not None and min(self.before, self.after or self.before) <= now


class Turned(Struct, frozen=True):
    """A way of a candidature that is `allowed`, `refused` or `unknown`, and was not; None: no way.

    `rules` are those that answer otherwise, or that are there no more, or not yet.
    """

    ref: str
    state: str
    transition: str
    before: str | None
    after: str | None
    rules: tuple[str, ...]


class MailsMoved(Struct, frozen=True):
    """The mails of one notification whose hour changes, that are new or no more.

    `updates` are new calendar entries for those who have one; `first` the first that moves.
    """

    notification: str
    moved: int
    planned: int
    cancelled: int
    updates: int
    first: tuple[datetime, datetime] | None


class MovedDateNotice(Struct, frozen=True):
    """Those who were told a date that moves, by one notification: candidatures, or people."""

    notification: str
    date: str
    to: tuple[str, ...]


class FormsOut(Struct, frozen=True):
    """The grids of a panel, or the sign-in sheet of a date, that may be out to be filled in.

    `count` is how many at most: the institutions asked, or one sheet. No line tells which were
    written. `otherwise` are the labels of what they ask and that would not be asked so any more.
    """

    form: str
    count: int
    otherwise: tuple[str, ...]


class Consequences(Struct, frozen=True):
    verdicts: tuple[Turned, ...] = ()
    mails: tuple[MailsMoved, ...] = ()
    notices: tuple[MovedDateNotice, ...] = ()
    forms: tuple[FormsOut, ...] = ()
    limits: tuple[LimitMoved, ...] = ()


def moved(before: Process, after: Process) -> Iterator[MovedDate]:
    """The dates that move, by name, of those that hang on no candidature."""
    for name, old, new in dates_moved(before, after):
        texts = (
            "–" if at is None else local_time(at, after.zone).strftime("%Y-%m-%d %H:%M")
            for at in (old, new)
        )
        yield MovedDate(name, old, new, " → ".join(texts))


Answers = Mapping[str, tuple[str, Mapping[str, str]]]
"""By transition, whether it is `allowed`, `refused` or `unknown`, and the answer of each rule."""


def answers(tx: Transaction) -> Mapping[str, tuple[Candidature, Answers]]:
    """What each candidature may do now, by its id, under the process in force in an act."""
    process = tx.process
    by_case: dict[str, tuple[Candidature, Answers]] = {}
    for case in tx.every_case():
        of_case: dict[str, tuple[str, Mapping[str, str]]] = {}
        for name, edge in process.edges(case.state).items():
            moment = tx.moment(case, transition=name)
            verdicts = process.judge(edge, case, moment).verdicts
            of_rules = {verdict.rule: str(verdict.answer) for verdict in verdicts}
            of_case[name] = _outcome(verdicts), of_rules
        by_case[case.id] = case, of_case
    return by_case


def _outcome(verdicts: Iterable[Verdict]) -> str:
    given = {verdict.answer for verdict in verdicts}
    if RuleAnswer.FAILS in given:
        return "refused"
    return "unknown" if given - {RuleAnswer.HOLDS} else "allowed"


def turned(
    before: Mapping[str, tuple[Candidature, Answers]],
    after: Mapping[str, tuple[Candidature, Answers]],
) -> Iterator[Turned]:
    nothing: tuple[None, Mapping[str, str]] = (None, {})
    for id_, (case, now) in after.items():
        then = before[id_][1]
        for name in dict.fromkeys((*then, *now)):
            old, new = then.get(name, nothing), now.get(name, nothing)
            if old[0] != new[0]:
                rules = dict.fromkeys((*old[1], *new[1]))
                differ = tuple(rule for rule in rules if old[1].get(rule) != new[1].get(rule))
                yield Turned(case.ref, case.state, name, old[0], new[0], differ)


def mails_moved(mailing: Mailing) -> Iterator[MailsMoved]:
    moves: dict[str, list[tuple[datetime, datetime]]] = {}
    fresh: dict[tuple[str, str, str], list[Message]] = {}
    cancellations: dict[tuple[str, str, str], list[Message]] = {}
    updates: dict[str, int] = {}
    for was, now in mailing.changes():
        key = (now.notification, now.case_id, now.recipient)
        waited, waits = was is not None and was.stage in PENDING, now.stage in PENDING
        if was is not None and waited and waits and was.due != now.due:
            moves.setdefault(key[0], []).append((due_of(was), due_of(now)))
        elif waited and not waits and was is not None:
            cancellations.setdefault(key, []).append(was)
        elif waits and not waited and now.sequence:
            updates[key[0]] = updates.get(key[0], 0) + 1
        elif waits and not waited:
            fresh.setdefault(key, []).append(now)
    # A reminder is known by the hour that it is meant for: one that moves is cancelled, and
    # another one planned.
    left: dict[str, list[int]] = {}
    for key in dict.fromkeys((*cancellations, *fresh)):
        old, new = (sorted(map(due_of, rows.get(key, ()))) for rows in (cancellations, fresh))
        moves.setdefault(key[0], []).extend(zip(old, new, strict=False))
        counts = left.setdefault(key[0], [0, 0])
        counts[0] += max(len(new) - len(old), 0)
        counts[1] += max(len(old) - len(new), 0)
    for name in sorted({*moves, *left, *updates}):
        planned, cancelled = left.get(name, (0, 0))
        of_name = moves.get(name, [])
        first = min(of_name, default=None)
        yield MailsMoved(name, len(of_name), planned, cancelled, updates.get(name, 0), first)


def moved_date_notices(
    tx: Transaction, before: Process, after: Process
) -> Iterator[MovedDateNotice]:
    tells = dates_by_mail(before)
    found: dict[tuple[str, str], dict[str, None]] = {}
    for stage in ARRIVED:
        for row in tx.unit.messages_at(tx.contest, stage):
            case = None if row.case_id == CONTEST else tx.case(row.case_id)
            for name in tells.get(row.notification, ()):
                then = _instant(before, name, case)
                if then is not None and then != _instant(after, name, case):
                    who = row.recipient if case is None else case.ref
                    found.setdefault((row.notification, name), {}).setdefault(who)
    for (notification, name), people in sorted(found.items()):
        to = tuple(sorted(people, key=lambda one: (len(one), one)))
        yield MovedDateNotice(notification, name, to)


def _instant(process: Process, name: str, case: Candidature | None) -> datetime | None:
    if case is None or name in process.dates.fixed:
        return process.dates.fixed.get(name)
    return process.dates.of(name, case) if name in process.definition.config.dates else None


def forms_out(cases: Sequence[Candidature], before: Process, after: Process) -> Iterator[FormsOut]:
    for panel in before.definition.panels:
        sheet, then = before.definition.sheets[panel], after.definition.sheets.get(panel)
        open_ = [case for case in cases if before.is_open(panel, case.state)]
        members = {member for case in open_ for member in asked_of(panel, sheet, case)}
        fields = {} if then is None or not then.is_panel else asked(then)
        if members:
            yield FormsOut(panel, len(members), _otherwise(asked(sheet), fields))
    later = {form.date: {**form.columns, **form.fields} for form in sign_ins(after.definition)}
    for form in sign_ins(before.definition):
        states = states_open(before, form)
        if any(case.state in states for case in cases):
            fields = later.get(form.date, {})
            yield FormsOut(form.date, 1, _otherwise({**form.columns, **form.fields}, fields))


def _otherwise(before: Mapping[str, FieldType], after: Mapping[str, FieldType]) -> tuple[str, ...]:
    return tuple(
        field.label.text
        for name, field in before.items()
        if name not in after or question(after[name]) != question(field)
    )


_NONE = Consequences()


class _OnlyTried(Exception):
    """Takes back what an adoption that is only tried has done."""


class Adoption(Struct, frozen=True):
    """The changes of an adoption: both processes, their difference as text, the dates that move.

    `held` are the messages that were released, or waited for nobody, and wait for a reader now.
    `reread` tells that a limit changes which the decisions of a sitting that was held have read.
    `consequences` are those of one that is only tried. `over` are the dates that move though they
    were over, or that would be over at once: an adoption that is to ask is tried, and no more.
    `calls` are the sittings that are called for an hour that is no more their date.
    """

    before: Process
    after: Process
    difference: str
    dates: tuple[MovedDate, ...]
    line: int
    held: tuple[str, ...] = ()
    consequences: Consequences = _NONE
    over: tuple[MovedDate, ...] = ()
    calls: tuple[CallMoved, ...] = ()
    reread: bool = False

    @property
    def moved(self) -> tuple[str, ...]:
        return tuple(map(str, self.dates))

    @property
    def changes(self) -> bool:
        return self.before.hash != self.after.hash

    @property
    def words_alone(self) -> bool:
        """True when nothing but words differs: phrases, their translations, texts of mails."""
        return self.changes and in_other_words(self.before.definition, self.after.definition)


def adopt(
    contest: Contest,
    reason: str | None,
    *,
    states: Mapping[str, str] = NOTHING,
    drop: Sequence[str] = (),
    dry_run: bool = False,
    ask: bool = False,
) -> Adoption:
    """Makes the folder the process in force, in one transaction.

    Shape: with `ask`, what moves a date that is over, or a limit that a sitting has read, is only
    tried: see `Adoption.over` and `.reread`.
    Raises: FolderFaults for a folder with faults; Misuse for a missing reason or a name that
    leads nowhere; PtceError when a candidature would be left without its state or its facts.
    """
    reason = reason_given(reason)
    after = sound(read_folder(contest.folder))
    held: tuple[str, ...] = ()
    consequences, over, reread = _NONE, tuple[MovedDate, ...](), False
    with suppress(_OnlyTried), contest.acting(adopting=True) as tx:
        before, line = tx.process, tx.n
        difference, dates = "".join(differing(before, after)), tuple(moved(before, after))
        event = ProcessAdopted(tuple(sorted({*drop})), before.hash, dict(states), after.hash)
        calls = tuple(calls_moved(tx, before, after))
        if ask:
            over = tuple(date for date in dates if date.is_over(tx.now))
            reread = any(limits_moved(before, after, tx.sittings.decided))
        dry_run = dry_run or bool(over) or reread
        # What is only tried needs no reason.
        subjects = (CONTEST_SUBJECT,) if reason or dry_run else ()
        _must_be_lawful(tx, after, event, context(tx, subjects=subjects, after=after))
        if before.hash != after.hash and dry_run:
            consequences = _tried(tx, after, event)
            raise _OnlyTried
        if before.hash != after.hash:
            line, held = _adopted(tx, after, event, reason)
            tx.flush()
    if not dry_run:
        contest.folder_hash = after.hash
    return Adoption(before, after, difference, dates, line, held, consequences, over, calls, reread)


def _adopted(
    tx: Transaction, after: Process, event: ProcessAdopted, reason: str
) -> tuple[int, tuple[str, ...]]:
    """Adopts, and plans the mails anew as the new process has them; the line, and mails to read."""
    before, released = tx.process, words_of_released(tx)
    line = tx.adopt(after, event, reason)
    rewrite_queued(tx)
    replan_everything(tx, why="process")
    held = hold_what_changed(tx, released)
    for case in (None, *tx.every_case()):
        after_adoption(tx, before, after, case)
    Mailing.of(tx).announce(before, line)
    return line, held


def _tried(tx: Transaction, after: Process, event: ProcessAdopted) -> Consequences:
    """What would follow: all is done as if it were adopted, and what it makes of it is compared."""
    before = tx.process
    alike = in_other_words(before.definition, after.definition)
    then = {} if alike else answers(tx)
    forms = tuple(forms_out(list(tx.every_case()), before, after))
    _adopted(tx, after, event, "")
    verdicts = () if alike else tuple(turned(then, answers(tx)))
    mails, former = mails_moved(Mailing.of(tx)), moved_date_notices(tx, before, after)
    freed = [(one.ref, one.state, one.transition) for one in verdicts if one.after == "allowed"]
    limits = limits_moved(before, after, tx.sittings.decided, freed)
    return Consequences(verdicts, tuple(mails), tuple(former), forms, tuple(limits))


def _must_be_lawful(tx: Transaction, after: Process, event: ProcessAdopted, ctx: Context) -> None:
    """Asks the law for all that does not fit. Raises: PtceError with the first fault, or all."""
    violations, words = list(event.validate_new(ctx)), _words(tx, after)
    problems = []
    for breach in violations:
        if breach.clause in UNFIT:
            name, refs = breach.why.split(": ", 1)
            says = _(UNFIT[breach.clause])
            names = dict.fromkeys(("state", "request", "field", "panel"), name)
            problems.append(says.format(refs=refs, **names))
    ask((breach for breach in violations if breach.clause in words), words)
    if problems:
        what = _("The new process does not fit what is recorded; nothing was changed.")
        mend = _("Say what becomes of it: --map old=new for a state, --drop sheet.field for facts.")
        raise PtceError(what, "\n".join(problems), mend)
    # Told last: a folder that does not fit is mended before anybody says why it is adopted.
    # One that changes nothing is told, not refused.
    ask((breach for breach in violations if breach.clause is not clauses.SAME), _WITHOUT_REASON)


def _words(tx: Transaction, after: Process) -> Words:
    before = tx.process
    ids = [process.definition.config.contest.id for process in (before, after)]
    return {
        clauses.DESK: lambda _violation: without_role(
            tx.actor, ("desk",), _("Only the desk adopts a process.")
        ),
        clauses.CONTEST: lambda _violation: PtceError(
            _('The contest is called "{old}", the folder says "{new}".').format(
                old=ids[0], new=ids[1]
            ),
            _("A ledger tells of one contest, under one name."),
            _("Put contest.id back, or begin another contest with `ptce init`."),
        ),
        clauses.MAP: lambda violation: _unmapped(before, after, *violation.why.split(" → ")),
        clauses.DROP: lambda violation: unknown_name(
            _('--drop: there was no field "{name}".').format(name=violation.why),
            violation.why,
            before.definition.field_names(),
        ),
    }


def _unmapped(before: Process, after: Process, old: str, new: str) -> PtceError:
    if old not in before.states:
        what = _('--map: there was no state "{name}".').format(name=old)
        return unknown_name(what, old, before.states)
    if new not in after.states:
        what = _('--map: there is no state "{name}" now.').format(name=new)
        return unknown_name(what, new, after.states)
    what = _('--map: the state "{name}" is still there.').format(name=old)
    return Misuse(what, _("An adoption renames states; only transitions move candidatures."))


_WITHOUT_REASON: Words = {
    clauses.REASON: lambda _violation: Misuse(
        _("An adoption needs a reason."),
        _("The ledger keeps why a rule changed."),
        _('Add --reason "…".'),
    )
}
UNFIT: Mapping[Clause, str] = {
    clauses.HOMELESS: N_('The state "{state}" is gone; candidatures stand there: {refs}.'),
    clauses.UNANSWERED: N_(
        'The request "{request}" is gone, and waits for an answer: {refs}. Answer it first.'
    ),
    clauses.MISFIT: N_('The facts of "{field}" no longer fit: {refs}.'),
    clauses.REFIGURED: N_(
        'The scores of "{panel}" are closed, and would come to other means: {refs}. '
        "Put its members, weights and criteria back until the sitting has decided."
    ),
}
"""What of the contest another process does not hold, by the clause that it would break."""


def differing(before: Process, after: Process) -> Iterator[str]:
    """The lines by which the files of two processes differ, as `diff -u` writes them."""
    for path in sorted(before.files.keys() | after.files.keys()):
        old, new = (_lines(path, process.files.get(path, b"")) for process in (before, after))
        yield from unified_diff(old, new, f"a/{path}", f"b/{path}", n=1)


def _lines(path: str, content: bytes) -> list[str]:
    if path in LOGOS and content:
        return [f"sha256 {sha256(content).hexdigest()}\n"]
    return content.decode("utf-8", "replace").splitlines(keepends=True)
