"""The mails that wait, all that will leave, and the decisions that nobody was told of.

`list`, `show`, `doctor`, the digest, the results and the audit all ask this: nothing is loaded here
that writes a letter or speaks to a server.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.locations import mail_settings
from ptce_workflow.app.outbox.plan import CONTEST, Mailing, case_of, reachable
from ptce_workflow.app.preconditions import long_stop
from ptce_workflow.app.projections import due_of, instant_in
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _, days_from_now, language
from ptce_workflow.ledger.events.base import read
from ptce_workflow.ledger.events.transition import effective_at
from ptce_workflow.ledger.state import difference, totals_for
from ptce_workflow.process.calendar import days_until
from ptce_workflow.process.candidature import Candidature, RuleContext, by_ref
from ptce_workflow.process.dates import decisions
from ptce_workflow.process.letters.message import (
    ANSWERED,
    ASKING,
    LEAVING,
    PENDING,
    RETURNED,
    MailKey,
    Message,
    Stage,
    label_of,
)
from ptce_workflow.process.letters.planning import planner_of, takes_back, tell_by
from ptce_workflow.process.model.notification import CONTACT, Addressee
from ptce_workflow.process.process import to_the_minute

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.process.process import Edge
    from ptce_workflow.store.database import Repository
    from ptce_workflow.store.rows import PauseRow


NEVER_SO_LONG = timedelta(days=1)
"""A lease, a pause or a wait that ends later was given by a clock that was set back since."""

EXPIRED_TOLD = timedelta(days=7)
"""How long the desk is told of a mail that came too late; that of a decision, until it leaves."""

OVERDUE = timedelta(minutes=15)
"""How long something may be due before a pass is missed: one is made each minute, or oftener."""

SILENCE, TOLD = timedelta(hours=1), timedelta(days=1)
"""How long mails may be due and none leave before the desk is told, and how long it is told."""

_MOST_STEPS = 20
_MOST_JUDGED = 500
"""Of more mails that are due, those of no more use are counted as well: `list` is asked daily."""


class Waiting(Struct, frozen=True):
    """The counts of mails that ask for a person or are late; `paused` is why none leaves, or "".

    `expired` counts those that came too late in the last days, `retried` those that are tried again
    later, `doubtful` those to an address from which another came back. Of the late ones, couriers
    have claimed `leased`, until `leased_until` at most; where a `rate` does not let the others
    leave at once (so many in so long), the last does at `last_leaves`. `overdue` is since when
    something has been due that no pass has done, or None.
    """

    held: int
    uncertain: int
    failed: int
    bounced: int
    late: int
    paused: str
    paused_until: datetime | None
    nobody: tuple[str, ...]
    expired: int = 0
    retried: int = 0
    doubtful: int = 0
    leased: int = 0
    leased_until: datetime | None = None
    rate: tuple[int, timedelta] | None = None
    last_leaves: datetime | None = None
    last_sent: datetime | None = None
    last_pass: datetime | None = None
    overdue: datetime | None = None

    @property
    def trouble(self) -> tuple[str, ...]:
        """The kinds of what keeps mails from leaving, or passes from being made."""
        kinds = ("failed", "uncertain", "paused", "overdue")
        return tuple(kind for kind in kinds if getattr(self, kind))


def waiting(contest: Contest) -> Waiting:
    with contest.looking(counts=True) as tx:
        return waiting_of(contest, tx)


def waiting_of(contest: Contest, tx: Transaction) -> Waiting:
    now, unit, institutions = tx.now, tx.unit, tx.process.definition.config.institutions
    stages, pause = unit.stages(contest.id), unit.pause(contest.id)
    late = sum(
        unit.count_due(contest.id, stage, to_text(now))
        for stage in LEAVING
        if stage in stages and stages[stage][1] <= to_text(now)
    )
    held, uncertain, failed, bounced = (stages.get(stage, (0,))[0] for stage in ASKING)
    if 0 < late <= _MOST_JUDGED:
        # What is due and of no more use by now does not leave.
        planned = _Forecast(tx, to_text(now)).planned()
        late = sum(one.at <= now and not one.held for one in planned)
    paused = pause is not None and is_paused(pause, now)
    why, until = (pause.why, _end_of(pause)) if pause is not None and paused else ("", None)
    nobody = tuple(str(institutions[name].label) for name in without_address(tx))
    expired = len(expired_lately(tx)) if Stage.EXPIRED in stages else 0
    retried, due = stages.get(Stage.RETRY, (0,))[0], to_text(now)
    retried -= unit.count_due(contest.id, Stage.RETRY, due) if retried else 0
    mails = [stages[stage][1] for stage in LEAVING if late and stage in stages]
    sent = stages[Stage.SENT][2] if Stage.SENT in stages else ""
    hours = sent, tx.row.last_pass, _overdue(tx, mails)
    asks = held, uncertain, failed, bounced, late
    turns = _turns(contest, unit, late) if late else (0, None, None, None)
    ends = (from_text(hour) if hour else None for hour in hours)
    doubtful = Mailing.of(tx).doubtful_count() if any(map(stages.get, RETURNED)) else 0
    return Waiting(*asks, why, until, nobody, expired, retried, doubtful, *turns, *ends)


def _turns(
    contest: Contest, unit: Repository, late: int
) -> tuple[int, datetime | None, tuple[int, timedelta] | None, datetime | None]:
    """The mails that couriers hold, until when; the rate, when the last of the others leaves."""
    now, own = contest.clock.now(), contest.id
    rows, settings = unit.messages_at(own, Stage.CLAIMED), None
    leases = [instant_in(row.lease_until, "message", row.number) for row in rows]
    with suppress(PtceError):
        settings = mail_settings(contest.folder)
    rates = settings.rates if settings is not None and late > len(rows) else ()
    since = to_text(now - max((span for _most, span in rates), default=SILENCE))
    sent = unit.messages_since(own, Stage.SENT, since) if rates else []
    # When mails left in the longest of these times; then when each that is late may.
    hours = [from_text(row.next_at) for row in sent if row.next_at <= to_text(now)]
    turns = list[tuple[datetime, tuple[int, timedelta]]]()
    for _mail in range(late if rates else 0):
        turns = [(hours[-most] + span, (most, span)) for most, span in rates if len(hours) >= most]
        hours.append(max([now, *(at for at, _rate in turns)]))
    last, rate = max((turn for turn in turns if turn[0] > now), default=(None, None))
    return len(rows), max(leases, default=None), rate, last


def _overdue(tx: Transaction, mails: list[str]) -> str:
    """Since when a mail or a transition has been due that no pass has done, or ""."""
    due = min(filter(None, (*mails, tx.unit.next_due(tx.contest))), default="")
    missed = max(due, tx.row.last_pass) < to_text(tx.now - OVERDUE)
    # A rehearsal is played by hand. After a long stop passes are made, and wait for a yes.
    return due if due and missed and not tx.row.rehearsal and long_stop(tx) is None else ""


def expired_lately(tx: Transaction, after: datetime | None = None) -> list[Message]:
    """The messages that expired lately, or after an instant, and that no other overtakes."""
    since = to_text(after or tx.now - EXPIRED_TOLD)
    rows = tx.unit.messages_since(tx.contest, Stage.EXPIRED, since)
    return _leaving_once(tx, were_too_late(rows))


def _leaving_once(tx: Transaction, rows: Iterable[Message]) -> list[Message]:
    """Those of some messages that no other like them follows in a day or a week."""
    notifications = tx.process.definition.notifications
    recurring = {name for name, one in notifications.items() if one.recurs is not None}
    return [row for row in rows if row.notification not in recurring]


def were_too_late(rows: Iterable[Message]) -> list[Message]:
    """Those of some expired messages that were late, not overtaken."""
    return [row for row in rows if row.next_at != row.due or row.occurrence.isdecimal()]


def silences(tx: Transaction) -> Iterator[tuple[datetime, datetime]]:
    """The times over an hour in which mails were due and none left, that ended on the last day."""
    first, last = to_text(tx.now - EXPIRED_TOLD), to_text(tx.now - TOLD)
    sent = tx.unit.messages_since(tx.contest, Stage.SENT, first)
    # One that was held waited for its reader.
    mails = [row for row in _leaving_once(tx, sent) + expired_lately(tx) if not row.held]
    for before, until in pairwise(sorted({first, *(row.next_at for row in sent)})):
        dues = (row.due for row in mails if row.due < until and row.next_at > before)
        begins = max(before, min(dues, default=until)) if until > last else until
        if from_text(until) - from_text(begins) > SILENCE:
            yield from_text(begins), from_text(until)


def is_paused(pause: PauseRow | None, now: datetime) -> bool:
    return pause is not None and now < _end_of(pause) < now + NEVER_SO_LONG


def _end_of(pause: PauseRow) -> datetime:
    return instant_in(pause.paused_until, "mail_pause", pause.paused_until)


def without_address(tx: Transaction) -> list[str]:
    """The institutions that are to be written to, and of which nobody has an address."""
    definition = tx.process.definition
    notifications = definition.notifications.values()
    if not any(one.recipients.are_institutions for one in notifications):
        return []
    reached = {one.institution for one in tx.people() if one.active and one.private.get("email")}
    return [name for name in definition.config.institutions if name not in reached]


class Ahead(Struct, frozen=True):
    """A mail that will leave; `stage` is None for one that is not planned yet.

    A `daily` one leaves every day or week, `until` it stops: None for one that never does, and for
    any other. `ref` is empty for one about the contest, `name` unless it is planned.
    """

    at: datetime
    notification: str
    label: str
    ref: str
    recipient: str
    to: str
    held: bool
    stage: Stage | None = None
    name: str = ""
    daily: bool = False
    until: datetime | None = None


def forecast(contest: Contest) -> tuple[Ahead, ...]:
    """The mails that will leave until the end of the contest if nothing else happens, in time."""
    with contest.looking() as tx, nothing_to_collect():
        ahead = _Forecast(tx)
        mails = [*ahead.about_the_contest(), *ahead.about_candidatures()]
    return tuple(sorted(mails, key=lambda one: (one.at, one.notification, by_ref(one.ref))))


def leaving_until(tx: Transaction, at: datetime) -> Iterator[Ahead]:
    """The planned mails that leave by themselves by an instant, if nothing else happens."""
    return (one for one in _Forecast(tx, to_text(at)).planned() if one.at < at and not one.held)


class _Plan(NamedTuple):
    ahead: Ahead
    key: MailKey
    due: datetime


class _Forecast:
    def __init__(self, tx: Transaction, by: str = "") -> None:
        """Takes the mails that are planned; only those due `by` an instant, where it is given."""
        self._act = tx
        self._counters = dict(tx.counters())
        self._planner = planner_of(tx.process)
        self._notifications = tx.process.definition.mails
        people = tx.people()
        self._names = {one.pseudonym: one.private.get("name", one.pseudonym) for one in people}
        self._people: tuple[Addressee, ...] = reachable(tx.process, people)
        self._planned: dict[str, list[Message]] = {}
        for stage in PENDING:
            own = tx.contest, stage
            due = (*own, by, _MOST_JUDGED)
            for row in tx.unit.messages_due(*due) if by else tx.unit.messages_at(*own):
                self._planned.setdefault(row.case_id, []).append(row)

    def about_the_contest(self) -> Iterator[Ahead]:
        """The mails planned about the contest as a whole; one that recurs stands for all."""
        for plan in self._rows(None):
            notification = self._notifications[plan.ahead.notification]
            recurs = notification.recurs is not None and not plan.key.occurrence.isdecimal()
            for one in self._leaving((plan,), None):
                days = [one.at, *self._planner.dailies(one.notification, one.at)] if recurs else []
                until = days[-1] if days and notification.until is not None else None
                yield replace(one, daily=recurs, until=until)

    def planned(self) -> Iterator[Ahead]:
        """The mails planned about all as it stands: time makes nothing meanwhile."""
        for id_ in self._planned:
            case = None if id_ == CONTEST else self._act.case(id_)
            yield from self._leaving(self._rows(case), case)

    def about_candidatures(self) -> Iterator[Ahead]:
        """The mails planned about candidatures, and those that time will set off.

        Time makes what is due in its order, as a pass does: a place that one takes is taken for
        those that come after.
        """
        # What depends on marks that are closed to whoever looks would tell them.
        seen = [self._act.seen(case) for case in self._act.every_case()]
        cases = {case.id: case for case in seen}
        plans = {case.id: self._rows(case) for case in seen}
        steps, process = Counter[str](), self._act.process
        dues = {case.id: process.due(case) for case in seen}
        turns = [(at, one.ref, name, one.id) for one in seen for name, at in dues[one.id].items()]
        heapify(turns)
        while turns:
            at, ref, name, id_ = heappop(turns)
            case, then = cases[id_], max(at, self._act.now)
            is_due = case.tried.get(name) != at and dues[id_].get(name) == at
            if not is_due or steps[id_] == _MOST_STEPS:
                continue
            edge = process.edge(case, name)
            assert edge is not None, "what is due is a way out, or an answer"
            moment = self._moment(case, then).but(roles=edge.roles)
            if process.judge(edge, case, moment).to is None:
                continue
            # What time makes comes first: the mails of that very instant see what came of it.
            yield from self._leaving((plan for plan in plans[id_] if plan.ahead.at < then), case)
            moved = case.answered(edge.origin, edge.name)
            if edge.moves:
                moved = case.moved(edge.to, max(at, case.since))
            plans[id_] = self._after(edge, moved, plans[id_], at, then)
            for key, by in difference(process, case, moved).items():
                self._counters[key] = self._counters.get(key, 0) + by
            cases[id_], dues[id_], steps[id_] = moved, process.due(moved), steps[id_] + 1
            for following, hour in dues[id_].items():
                heappush(turns, (hour, ref, following, id_))
        for id_, case in cases.items():
            yield from self._leaving(plans[id_], case)

    def _moment(self, case: Candidature | None, at: datetime) -> RuleContext:
        totals = {} if case is None else totals_for(self._act.process, self._counters, case)
        return self._act.bare_moment().but(now=at, totals=totals)

    def _after(
        self, edge: Edge, case: Candidature, plans: list[_Plan], due: datetime, at: datetime
    ) -> list[_Plan]:
        """The mails that wait once a transition is made, due at an instant and made at another."""
        wanted = self._planner.reminders(case, self._people)
        later = (plan for plan in plans if plan.ahead.at >= at)
        staying = [plan for plan in later if self._stays(plan.key, case, wanted)]
        keys = {plan.key for plan in staying}
        # What was due since time should have made it is planned as well, and leaves late.
        fresh = {key: hour for key, hour in wanted.items() if hour > due}
        fresh |= self._planner.set_off(edge.mails, case, 0, at, self._people)
        return staying + [
            self._plan(key, hour, hour, at, case)
            for key, hour in _not_overtaken(fresh, at).items()
            if key not in keys
        ]

    def _leaving(self, plans: Iterable[_Plan], case: Candidature | None) -> Iterator[Ahead]:
        """Those that will still be of use when their hour comes; a held one waits for a person."""
        process = self._act.process
        for ahead, key, due in plans:
            notification = self._notifications[key.notification]
            expires = self._planner.expiry(notification, due, case)
            if ahead.stage is Stage.HELD or (
                ahead.at < expires
                and (
                    notification.when is None
                    or process.still_holds(key.notification, case, self._moment(case, ahead.at))
                )
            ):
                yield ahead

    def _stays(self, key: MailKey, case: Candidature, wanted: dict[MailKey, datetime]) -> bool:
        notification = self._notifications[key.notification]
        stays = not notification.in_ or case.state in notification.in_
        return key in wanted if notification.at else stays

    def _rows(self, case: Candidature | None) -> list[_Plan]:
        """The mails planned about a candidature, or the contest, and not overtaken by now."""
        rows = self._planned.get(CONTEST if case is None else case.id, [])
        late = {
            (row.notification, row.recipient): row.due
            for row in sorted(rows, key=lambda row: row.due)
            if row.due <= to_text(self._act.now)
        }
        plans = []
        for row in rows:
            notification = self._notifications.get(row.notification)
            if Mailing.of(self._act).is_doubtful(row):
                continue
            if notification is None or takes_back(row.occurrence):
                # What is off is told by the next pass: no candidature that moves changes that.
                continue
            if not notification.at or row.due >= late.get((row.notification, row.recipient), ""):
                at = instant_in(row.next_at, "message", row.number)
                ahead, key, due = self._plan(row.key, due_of(row), at, self._act.now, case)
                stage = Stage(row.stage)
                planned = replace(ahead, stage=stage, name=row.name, held=stage is Stage.HELD)
                plans.append(_Plan(planned, key, due))
        return plans

    def _plan(
        self, key: MailKey, due: datetime, at: datetime, now: datetime, case: Candidature | None
    ) -> _Plan:
        """A mail that leaves at an instant, or as soon as it may if that is over."""
        notification = self._notifications[key.notification]
        if at <= now:
            at = self._planner.may_leave_at(notification, due, now, case)
        ref, to = "", self._names.get(key.recipient, key.recipient)
        if case is not None:
            ref = case.ref
            if key.recipient == CONTACT:
                to = self._act.name_of(case) or ref
        label, held = str(notification.label), notification.held
        ahead = Ahead(at, key.notification, label, ref, key.recipient, to, held)
        return _Plan(ahead, key, due)


def _not_overtaken(wanted: dict[MailKey, datetime], now: datetime) -> dict[MailKey, datetime]:
    """Those ahead, and of those that are late the last of each kind, to each recipient."""
    last: dict[tuple[str, str], datetime] = {}
    for key, hour in wanted.items():
        if hour <= now:
            kind = (key.notification, key.recipient)
            last[kind] = max(hour, last.get(kind, hour))
    return {
        key: hour
        for key, hour in wanted.items()
        if hour >= last.get((key.notification, key.recipient), hour)
    }


WHENEVER = "9999"
"""After every instant, as they are written: what is queued leaves, whatever the clock said then."""
_UNSENT = (*ASKING, Stage.EXPIRED, *LEAVING)
_SO_LONG = timedelta(hours=48)
"""A server that refuses a mail for so long has told its sender of it too: a person telephones."""


class UnnotifiedDecision(Struct, frozen=True):
    """A decision and the mail that has not told it; `candidature` is empty once it was erased.

    `days` have passed since it was taken, at `at`. Where no `address` is known, that is why.
    `left` is the state in which the candidature stands by now, where it is none to which that
    decision leads, or empty. `why` its mail has not left; it `waits` for its hour alone, or not,
    and is `late` where it should have been told by now.
    """

    message: str
    ref: str
    candidature: str
    transition: str
    label: str
    at: datetime
    days: int
    due: datetime
    stage: Stage
    address: bool
    said: str
    left: str = ""
    why: str = ""
    waits: bool = False
    late: bool = False

    @property
    def text(self) -> str:
        return _("{ref} {name}: {label}, {since}: {why} ({message})").format(
            ref=self.ref,
            name=self.candidature or _("(erased)"),
            label=self.label,
            since=days_from_now(-self.days, language()),
            why=self.why,
            message=self.message,
        )


def unnotified(contest: Contest, about: str | None = None) -> tuple[UnnotifiedDecision, ...]:
    """The decisions whose mail has not left: of a candidature by its id, or of all."""
    with contest.looking() as tx:
        return unnotified_of(tx, about)


def unnotified_of(tx: Transaction, about: str | None = None) -> tuple[UnnotifiedDecision, ...]:
    """The decisions whose mail has not left, as they stand in a transaction, the oldest first."""
    names = planner_of(tx.process).decisions
    if not names:
        return ()
    rows = _unsent(tx, names) if about is None else tx.unit.messages_of(tx.contest, about)
    unsent = (row for row in rows if row.stage in _UNSENT and row.notification in names)
    decisions = (_undelivered(tx, row) for row in unsent if row.case_id)
    chosen = (one for one in decisions if one is not None)
    return tuple(sorted(chosen, key=lambda one: (one.at, by_ref(one.ref))))


class DecisionNotice(Struct, frozen=True):
    """A decision on a candidature: its line and way (`state.transition`), since when it counts.

    `notified` is when the mail that tells it, `mail`, was last sent; None where it has not left.
    """

    line: int
    edge: str
    at: datetime
    mail: str | None = None
    notified: datetime | None = None


def decisions_of(tx: Transaction, case: Candidature) -> tuple[DecisionNotice, ...]:
    """Each decision on a candidature, and the mail that tells it: of several, the last to leave."""
    mails, notices = tx.unit.messages_of(tx.contest, case.id), []
    for decided in decisions(case):
        names, line = tx.process.definition.telling(decided.edge), str(decided.n)
        own = [one for one in mails if one.notification in names and one.occurrence == line]
        mail = max(own, key=lambda one: (one.sent, one.number), default=None)
        sent = from_text(mail.sent) if mail is not None and mail.stage == Stage.SENT else None
        name = None if mail is None else mail.name
        notices.append(DecisionNotice(decided.n, decided.edge, decided.at, name, sent))
    return tuple(notices)


def too_late(contest: Contest, about: str) -> tuple[tuple[str, str], ...]:
    """The late mails of a candidature: names and labels; decisions for longer."""
    with contest.looking() as tx:
        notifications = tx.process.definition.notifications
        others = notifications.keys() - planner_of(tx.process).decisions
        return tuple(
            (row.name, str(notifications[row.notification].label))
            for row in expired_lately(tx)
            if row.case_id == about and row.notification in others
        )


def doubts(tx: Transaction, row: Message) -> tuple[str, ...]:
    """What a person who lets the mail of a decision leave has to know: what has changed since."""
    one = _undelivered(tx, row) if row.notification in planner_of(tx.process).decisions else None
    if one is None or row.stage not in PENDING:
        return ()
    remarks = []
    if one.left:
        words = _("{ref} is now: {state}. The decision that this mail tells stands no more.")
        remarks.append(words.format(ref=one.ref, state=one.left))
        drop = f'ptce mail drop {one.message} --reason "…"'
        remarks.append(_("If nobody has to know of it: {command}").format(command=drop))
    if _new_contact(tx, row):
        words = _("The contact of {ref} has changed since the decision: it goes to the new one.")
        remarks.append(words.format(ref=one.ref))
    return tuple(remarks)


def _new_contact(tx: Transaction, row: Message) -> bool:
    """True where whom to write to was changed after the line that set a mail off."""
    contact = tx.process.definition.config.contest.contact_field
    return any(
        one.n > int(row.occurrence) and contact in getattr(read(one.line).data, "names", ())
        for one in tx.unit.lines_about(tx.contest, row.case_id)
        if f'"{contact}"'.encode() in one.line
    )


def _unsent(tx: Transaction, names: Collection[str]) -> Iterator[Message]:
    stages, chosen = tx.unit.stages(tx.contest), [(name,) for name in names]
    for stage in _UNSENT:
        if stage in stages:
            yield from tx.unit.messages_telling(tx.contest, stage, WHENEVER, chosen)


def _undelivered(tx: Transaction, row: Message) -> UnnotifiedDecision | None:
    """What a mail has not told; None where no decision set it off."""
    if not row.occurrence.isdecimal():
        return None
    line, process = read(tx.unit.line(tx.contest, int(row.occurrence))), tx.process
    move, case = line.data.move(None), case_of(tx, row)
    edge = process.edges(move[0]).get(move[1]) if move else None
    # A way that is gone since was a decision, as far as anybody knows.
    if move is None or case is None or (edge is not None and edge.transition.decision is None):
        return None
    at, moved = effective_at(line), planner_of(process).is_left(row.notification, case)
    left = process.states[case.state].label.text if moved else ""
    waits = _waits(tx, row)
    # Its own hour, but for one that a person has released: that made another of it.
    due = at if row.held and row.stage != Stage.HELD else due_of(row)
    return UnnotifiedDecision(
        row.name,
        case.ref,
        tx.name_of(case) or "",
        move[1],
        move[1] if edge is None else edge.transition.label.text,
        at,
        -days_until(at, tx.now, process.zone),
        due_of(row),
        Stage(row.stage),
        bool(case.private.get(process.definition.config.contest.contact_field)),
        row.said,
        left,
        _why_unsent(tx, row, case, left),
        waits,
        not waits and tx.now > tell_by(process, at, due),
    )


def _waits(tx: Transaction, row: Message) -> bool:
    """True for a mail that leaves by itself at an hour ahead, and that no server has refused."""
    ahead = row.stage != Stage.RETRY and row.next_at > to_text(tx.now)
    return row.stage in LEAVING and ahead and not Mailing.of(tx).is_doubtful(row)


def _why_unsent(tx: Transaction, row: Message, case: Candidature, left: str) -> str:
    stage, due, definition = Stage(row.stage), due_of(row), tx.process.definition
    if not case.private.get(definition.config.contest.contact_field):
        return _("no address is known")
    if stage is Stage.HELD:
        if left:
            return _("to be read first; the candidature is now: {state}").format(state=left)
        return _("to be read first")
    if stage is Stage.EXPIRED:
        return _("came too late")
    if stage in PENDING and Mailing.of(tx).is_doubtful(row):
        return _("a mail to its address came back")
    if _waits(tx, row):
        leaves = instant_in(row.next_at, "message", row.number)
        return _("leaves on {when}").format(when=to_the_minute(tx.process, leaves))
    text = label_of(stage)
    if stage in ANSWERED and row.said:
        text = _("{label}: {value}").format(label=text, value=row.said)
    if stage is Stage.RETRY and tx.now - due >= _SO_LONG:
        return _("{text}; telephone: {number}").format(text=text, number=_telephone(tx, case))
    return text


def _telephone(tx: Transaction, case: Candidature) -> str:
    """The number by which the contact of a candidature is reached, as far as it is told."""
    process, sheet = tx.process, tx.process.definition.contact_sheet
    for name, field in process.definition.sheets[sheet].fields.items():
        number = case.private.get(f"{sheet}.{name}")
        if number and field.type == "phone" and not tx.hides(f"{sheet}.{name}"):
            return field.show(number, language(), process.zone)
    return _("no number is known")


def has_server(folder: Path) -> bool:
    """True when a mail server is set; settings that cannot be read are told by `ptce doctor`."""
    try:
        return mail_settings(folder) is not None
    except PtceError:
        return True
