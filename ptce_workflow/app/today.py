"""What waits for a person, and what time brings: `ptce today`, and the digest of the desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from ptce_workflow.app.candidatures.overview import (
    TOLD_BEFORE,
    alarm_text,
    alarms,
    answers_received,
    retained_answers,
)
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.plan import Mailing, case_of
from ptce_workflow.app.outbox.waiting import (
    EXPIRED_TOLD,
    Ahead,
    expired_lately,
    is_paused,
    leaving_until,
    silences,
    unnotified_of,
    waiting_of,
    without_address,
)
from ptce_workflow.app.pieces import ASKING as TO_READ
from ptce_workflow.app.pieces import LABELS
from ptce_workflow.app.preconditions import long_stop
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import StoredClock, nothing_to_collect
from ptce_workflow.base.words import DRAWN_ROWS_AT_MOST, _, local_time, n_
from ptce_workflow.ledger.events.base import read
from ptce_workflow.ledger.events.erasure import mail_name
from ptce_workflow.ledger.line import digest
from ptce_workflow.ledger.state import Person
from ptce_workflow.office.page import pair
from ptce_workflow.process.calendar import start_of_day
from ptce_workflow.process.candidature import Candidature, by_ref, is_given
from ptce_workflow.process.letters.message import ASKING, Message, Stage
from ptce_workflow.process.letters.planning import dates_by_mail, planner_of
from ptce_workflow.process.model.notification import CONTACT
from ptce_workflow.process.panel import asked_of
from ptce_workflow.process.process import Process, to_the_minute
from ptce_workflow.process.visibility import SEES_ALL

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.why import Awaited

_READ_AHEAD = timedelta(days=7)
"""So long before it leaves, a mail that waits for its reader is one of today's tasks."""


class Task(Struct, frozen=True):
    """Some things of one kind that wait for a person, and the command that deals with the first.

    `more` lists them all. A `late` one was to be done by now. Where a title tells a count of its
    own, it `is_counted` no more.
    """

    kind: str
    title: str
    things: tuple[str, ...]
    command: str
    more: str = ""
    late: bool = False
    is_counted: bool = True

    @property
    def counted(self) -> str:
        count = len(self.things) if self.is_counted else 0
        return _("{label} ({count})").format(label=self.title, count=count) if count else self.title


class SeenLine(NamedTuple):
    """How far somebody has read the ledger: a line, and its hash where they have kept it."""

    n: int
    hash: str = ""


class Today(Struct, frozen=True):
    """What waits for whoever looks, and what happens without them.

    `leaves` are the mails that leave by themselves today, `due` the candidatures that time moves.
    `ledger` is the hash of the first line, `head` the last one; `since` the one from which changes
    are told, if asked.
    """

    process: Process
    actor: Person
    now: datetime
    rehearsal: bool
    stands: bool
    tasks: tuple[Task, ...]
    leaves: tuple[Ahead, ...]
    due: tuple[str, ...]
    next_date: tuple[str, datetime] | None
    last_pass: datetime | None
    ledger: str
    head: SeenLine
    since: SeenLine | None = None


Seen = Callable[[Person, str], SeenLine | None]
"""How far a person had read the ledger whose first line has this hash."""


def today(contest: Contest, seen: Seen = lambda _who, _ledger: None) -> Today:
    """What waits for the actor, and what came after the line that they have `seen`, if they may."""
    with contest.looking() as tx, nothing_to_collect():
        roles, process = tx.actor.roles, tx.process
        ledger = digest(tx.unit.bytes_of_line(tx.contest, 1) or b"")
        tasks, leaves, due = list[Task](), tuple[Ahead, ...](), tuple[str, ...]()
        waiting = waiting_of(contest, tx)
        if "desk" in roles:
            if waiting.overdue is not None:
                title = _("Something has been due since {when}, and no pass was made")
                title = title.format(when=to_the_minute(process, waiting.overdue))
                tasks.append(Task("overdue", title, (), "ptce tick", late=True))
            tasks += tasks_of_desk(tx)
            if contest.folder_hash != process.hash:
                title = _("The folder differs from the process in force")
                tasks.append(Task("folder", title, (), "ptce adopt --dry-run"))
        if "jury" in roles and tx.actor.institution:
            tasks += _of_juror(tx, tx.actor.institution)
        since = None
        if not SEES_ALL.isdisjoint(roles):
            since = seen(tx.actor, ledger)
            tasks += () if since is None else _changes(tx, since)
            day = local_time(tx.now, process.zone).date() + timedelta(days=1)
            ends = start_of_day(day, process.zone)
            leaves = tuple(leaving_until(tx, ends))
            due = tuple(row.ref for row in tx.unit.due_until(tx.contest, to_text(ends)))
        ahead = ((at, name) for name, at in process.dates.fixed.items() if at >= tx.now)
        nearest = min(ahead, default=None)
        return Today(
            process,
            tx.actor,
            tx.now,
            contest.rehearsal,
            isinstance(contest.clock, StoredClock),
            tuple(sorted(tasks, key=lambda task: not task.late)),
            leaves,
            due,
            nearest and (nearest[1], nearest[0]),
            waiting.last_pass,
            ledger,
            SeenLine(tx.row.head_n, tx.row.head_hash),
            since,
        )


def tasks_of_desk(tx: Transaction) -> tuple[Task, ...]:
    """What waits for the desk, those that are late first; its digest says the same."""
    found = chain(_sending(tx), _mails(tx), _received(tx), _deadlines(tx), _steps(tx), _kept(tx))
    return tuple(sorted(found, key=lambda task: not task.late))


def _sending(tx: Transaction) -> Iterator[Task]:
    """What keeps mails from leaving, or time from deciding."""
    pause = tx.unit.pause(tx.contest)
    if pause is not None and is_paused(pause, tx.now):
        yield Task("paused", _("Sending is paused"), (pause.why,), "ptce doctor", late=True)
    if (stopped := long_stop(tx)) is not None:
        title, text = _("Decisions that time has not made"), f"{stopped.what} {stopped.why}"
        yield Task("stopped", title, (text,), "ptce tick --yes", late=True)
    when = partial(to_the_minute, tx.process)
    things = tuple(
        _("from {first} to {last}").format(first=when(first), last=when(last))
        for first, last in silences(tx)
    )
    if things:
        title = _("Mails were due, and none left")
        yield Task("silences", title, things, "ptce doctor", late=True)
    definition = tx.process.definition
    if nobody := without_address(tx):
        things = tuple(definition.config.institutions[name].label.text for name in nobody)
        command = f'ptce people enrol "…" --role jury --institution {nobody[0]} --email …'
        title = _("Institutions without an email address")
        yield Task("nobody", title, things, command, "ptce doctor")


def _mails(tx: Transaction) -> Iterator[Task]:
    """The mails that wait for a person, each once; a decision told late before all else."""
    soon, tell = to_text(tx.now + _READ_AHEAD), MailTeller(tx)
    rows = {
        stage: [
            row
            for row in tx.unit.messages_at(tx.contest, stage)
            if stage is not Stage.HELD or row.next_at <= soon
        ]
        for stage in ASKING
    }
    rows[Stage.EXPIRED] = expired_lately(tx)
    listed = {row.name for those in rows.values() for row in those}
    untold = [
        one
        for one in unnotified_of(tx)
        if not one.waits and (one.late or one.message not in listed)
    ]
    doubt, again = 'resolve {name} --sent --reason "…"', "resolve {name} --resend"
    titles = {
        Stage.EXPIRED: (
            _("Mails that came too late: tell their recipients otherwise"),
            "show {name}",
        ),
        Stage.FAILED: (_("Mails refused by the server"), again),
        Stage.BOUNCED: (_("Mails that came back: to be sent again"), again),
        Stage.UNCERTAIN: (_("Mails that may not have arrived: ask the recipient"), doubt),
        Stage.HELD: (_("Mails to be read before they leave"), "release"),
    }
    for late, title in (
        (True, _("Decisions that should be notified by now")),
        (False, _("Decisions not notified")),
    ):
        if those := [one for one in untold if one.late is late]:
            things = tuple(one.text for one in those)
            yield Task("decisions", title, things, f"ptce mail show {those[0].message}", late=late)
    cases = map(tx.case, Mailing.of(tx).to_correct())
    if wrong := sorted(cases, key=lambda case: by_ref(case.ref)):
        things = tuple(tell.case(case) for case in wrong)
        command = f"ptce record {wrong[0].ref} {tx.process.definition.contact_sheet} --edit"
        yield Task("addresses", _("Addresses to correct"), things, command)
    named = {one.message for one in untold}
    for stage, (title, command) in titles.items():
        if kept := [row for row in rows[stage] if row.name not in named]:
            things = tuple(map(tell.late if stage is Stage.EXPIRED else tell, kept))
            act, more = command.format(name=kept[0].name), f"ptce mail list --state {stage}"
            is_late = stage is Stage.EXPIRED
            yield Task(str(stage), title, things, f"ptce mail {act}", more, is_late)


class MailTeller:
    """Tells mails in a line each: `M-012 Reminder, C-003 Les Jardins`."""

    def __init__(self, tx: Transaction) -> None:
        self._act = tx
        self._people = {one.pseudonym: one.private.get("name", "") for one in tx.people()}

    def __call__(self, row: Message) -> str:
        notification = self._act.process.definition.mails.get(row.notification)
        label = row.notification if notification is None else notification.label.text
        to = self._people.get(row.recipient) or row.recipient
        if row.case_id:
            whole = self.case(self._act.case(row.case_id))
            to = whole if row.recipient == CONTACT else f"{whole}, {to}"
        return _("{message} {label}, {to}").format(message=row.name, label=label, to=to)

    def case(self, case: Candidature) -> str:
        name = self._act.name_of(case) or _("(erased)")
        return case.ref if name == case.ref else f"{case.ref} {name}"

    def late(self, row: Message) -> str:
        """One that came too late, and by when its recipient has to know."""
        process, case = self._act.process, case_of(self._act, row)
        names = dates_by_mail(process).get(row.notification, ())
        hours = (planner_of(process).hour_of(name, case) for name in names)
        by = min((at for at in hours if at is not None and at > self._act.now), default=None)
        if by is None:
            return self(row)
        text = _("{mail}, before {when}")
        return text.format(mail=self(row), when=to_the_minute(process, by))


def _received(tx: Transaction) -> Iterator[Task]:
    """The mails that came in and ask for a person; an answer, until the desk has acted on it."""
    open_, since = answers_received(tx), to_text(tx.now - EXPIRED_TOLD)
    things = []
    for row in tx.unit.received_mails(tx.contest):
        is_answer = row.outcome == "answer" and bool(row.case_id)
        waits = row.case_id in open_ if is_answer else row.read_at > since
        if row.outcome in TO_READ and not row.erased and waits:
            what = " ".join((mail_name(row.number), _(LABELS[row.outcome])))
            ref = tx.case(row.case_id).ref if row.case_id else ""
            things.append(", ".join(filter(None, (what, ref, row.sender, row.subject))))
    if things:
        title = _("Mails received, to be read")
        yield Task("received", title, tuple(things), "ptce mail read --list")


def _deadlines(tx: Transaction) -> Iterator[Task]:
    near = [one for one in alarms(tx) if one.at <= tx.now + TOLD_BEFORE]
    for late, title in ((True, _("Deadlines that have passed")), (False, _("Deadlines ahead"))):
        if those := [one for one in near if (one.at < tx.now) is late]:
            things = tuple(alarm_text(tx.process, one) for one in those)
            yield Task("deadlines", title, things, f"ptce why {those[0].ref}", late=late)


def waits_for(tx: Transaction, case: Candidature, *, judging: bool = True) -> Awaited | None:
    """What the desk can do for a candidature today; None where it waits for others, or for time.

    Without `judging` no rule is asked: what may be done is then to be looked at.
    """
    # Imported here for start-up time: few who look at today have candidatures to judge.
    from ptce_workflow.app.candidatures.why import Awaited, awaited

    process, state = tx.process, tx.process.states[case.state]
    if state.ends and not process.pending(case):
        return None
    if judging or process.pending(case):
        waits = awaited(process, case, tx.moment(case))
        return waits if waits is not None and waits.who == "desk" else None
    sheets = [
        item for item in process.definition.sheets.items() if process.is_open(item[0], case.state)
    ]
    for name, sheet in sheets:
        own = not (sheet.form or sheet.is_panel or sheet.of_contest) and "desk" in sheet.by
        if own and not all(is_given(case, one) for one in sheet.required(name)):
            what = _("to fill in: {sheet}").format(sheet=sheet.label)
            return Awaited("desk", what, does=f"record {case.ref} {name} --edit")
    contact = process.definition.contact_sheet
    others = any(sheet.is_panel for _name, sheet in sheets) or any(
        name == contact and name not in case.received for name, _sheet in sheets
    )
    edges = process.edges(case.state).values()
    if others or not any("desk" in edge.transition.by for edge in edges):
        return None
    return Awaited("desk", _("to be looked at: {state}").format(state=state.label))


def _steps(tx: Transaction) -> Iterator[Task]:
    """The candidatures that the desk can bring further, by what it does about them."""
    tell = MailTeller(tx)
    groups: dict[tuple[str, bool], list[tuple[Candidature, Awaited]]] = {}
    cases = sorted(tx.every_case(), key=lambda case: by_ref(case.ref))
    judging = sum(not tx.process.states[case.state].ends for case in cases) <= DRAWN_ROWS_AT_MOST
    for case in cases:
        if (waits := waits_for(tx, case, judging=judging)) is not None:
            late = waits.until is not None and waits.until < tx.now
            groups.setdefault((waits.what, late), []).append((case, waits))
    for (what, late), those in groups.items():
        things = tuple(
            pair(tell.case(case), waits.term(tx.process, tx.now))
            if waits.until
            else tell.case(case)
            for case, waits in those
        )
        case, first = those[0]
        command = f"ptce {first.does or f'why {case.ref}'}"
        more = f"ptce list --state {case.state}"
        yield Task("candidatures", what[:1].upper() + what[1:], things, command, more, late)


def _kept(tx: Transaction) -> Iterator[Task]:
    counts = [(one.label, len(one.refs)) for one in retained_answers(tx) if one.at <= tx.now]
    if counts:
        things = tuple(pair(label, n) for label, n in counts)
        yield Task("kept", _("Answers to be erased"), things, "ptce erase --due")


def _of_juror(tx: Transaction, institution: str) -> Iterator[Task]:
    """The marks and declarations that an institution still owes, in each panel."""
    tell, process = MailTeller(tx), tx.process
    for name, sheet in process.definition.sheets.items():
        cases = [
            case
            for case in sorted(tx.every_case(), key=lambda case: by_ref(case.ref))
            if process.is_open(name, case.state) and institution in asked_of(name, sheet, case)
        ]
        given = {case.ref: case.scores.get(name, {}).get(institution, {}) for case in cases}
        if sheet.declares is not None and (
            undeclared := tuple(
                tell.case(case)
                for case in cases
                if institution not in case.declared.get(name, {}) and not given[case.ref]
            )
        ):
            title = _("Declaration of links to sign")
            yield Task("declaration", title, undeclared, "ptce jury declare --none", "ptce list")
        lacking = tuple(
            tell.case(case) for case in cases if not given[case.ref].keys() >= {*sheet.needed}
        )
        if lacking:
            total = len(cases) * len(sheet.needed)
            count = sum(len(given[case.ref].keys() & {*sheet.needed}) for case in cases)
            title = _("{sheet}: {count} of {total} marks given")
            title = title.format(sheet=sheet.label, count=count, total=total)
            command = "ptce jury grid -o {file}".format(file=_("grid.xlsx"))
            yield Task("marks", title, lacking, command, "ptce list", is_counted=False)


def _changes(tx: Transaction, since: SeenLine) -> Iterator[Task]:
    """What the ledger holds since a line, by candidature; and whether that line is the same."""
    stored = tx.unit.bytes_of_line(tx.contest, since.n)
    if since.hash and (stored is None or digest(stored) != since.hash):
        title = _("Line {n} is not the one that you have seen").format(n=since.n)
        yield Task("altered", title, (), "ptce verify", late=True)
    about, tell = Counter[str](), MailTeller(tx)
    for n in range(since.n + 1, tx.row.head_n + 1):
        line = read(tx.unit.line(tx.contest, n))
        about[tell.case(tx.case(line.case)) if line.case else _("the contest")] += 1
    if about:
        count = about.total()
        title = n_("{count} line since line {n}", "{count} lines since line {n}", count)
        title = title.format(count=count, n=since.n)
        things = tuple(pair(label, n) for label, n in about.items())
        yield Task("changes", title, things, f"ptce diff --from {since.n}", is_counted=False)
