"""The plan of mails after an act, and the calendar entries that were sent.

Whoever has, or may have, one gets it once more, under the next sequence (RFC 5546); one that is
taken back goes out of calendars, in words of the program's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from msgspec.structs import asdict, replace

from ptce_workflow.app.outbox.attachments import Attachment, holders, keep, named_in
from ptce_workflow.app.projections import instant_in
from ptce_workflow.app.transaction import SetOff, Transaction
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_json, from_text, to_text
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger.events.base import NO_SIDES, Entry, Side, read, read_side
from ptce_workflow.ledger.events.delivery import MessageWritten
from ptce_workflow.ledger.events.mail import (
    AboutMails,
    MessagesCancelled,
    MessagesPlanned,
    Planned,
    Why,
    addressees,
)
from ptce_workflow.ledger.events.sitting import SittingConvened
from ptce_workflow.ledger.state import ContestState, Person
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.letters.message import (
    LEAVING,
    PENDING,
    RETURNED,
    MailKey,
    Message,
    Move,
    Stage,
    after,
    words_hash,
)
from ptce_workflow.process.letters.planning import (
    changes,
    entry_occurrence,
    entry_turns,
    event_of,
    planner_of,
    takes_back,
)
from ptce_workflow.process.model.definition import TIME
from ptce_workflow.process.model.notification import CONTACT, Addressee

if TYPE_CHECKING:
    from ptce_workflow.process.process import Process
    from ptce_workflow.store.database import Repository
    from ptce_workflow.store.rows import LineRow


ARRIVED = (Stage.SENT, Stage.UNCERTAIN, Stage.DATA)


def entry_in(words: str) -> Mapping[str, Any] | None:
    """The calendar entry among what was written; None where there is none."""
    return from_json(words).get("entry") if words else None


_UNCERTAIN = b'"type":"message_uncertain"'


def was_uncertain(tx: Transaction, row: Message) -> bool:
    """True for a message of which nobody knew, once at least, whether it arrived.

    Its row tells what has become of it since; the lines about its candidature remember.
    """
    lines = lines_telling(tx.unit, tx.contest, row.case_id)
    uncertain = (read(entry.line).data for entry in lines if _UNCERTAIN in entry.line)
    return any(event.message == row.name for event in uncertain)


def after_adoption(
    tx: Transaction, before: Process, after: Process, case: Candidature | None
) -> None:
    """Plans what those are to get whose entry says another hour than the date, or is off."""
    mailing = Mailing.of(tx)
    turns = {
        name: turn
        for name in before.definition.notifications
        if (turn := entry_turns(before, after, name, case)) is not None
    }
    if not turns:
        return
    rows = [row for row in mailing.rows_about(case) if row.notification in turns]
    uncertain = {row.number for row in rows if was_uncertain(tx, row)}
    # Each mail tells its own update; what is off is told once, whatever mails there were.
    keys = {name: event if off else f"{event} {name}" for name, (event, off) in turns.items()}
    for had in _apart(rows, lambda row: keys[row.notification]):
        event, off = turns[had[0].notification]
        _follow_up(mailing, had, event, uncertain, off=off)


def after_move(mailing: Mailing, process: Process, before: str, case: Candidature) -> None:
    """Frees a candidature of what it is invited to no more, or invites it to that once more."""
    planner = planner_of(process)
    if not planner.turns(before, case.state):
        return
    rows = mailing.rows_about(case)
    for had in _apart(rows, lambda row: event_of(process, row.notification, row.occurrence) or ""):
        event = event_of(process, had[0].notification, had[0].occurrence)
        arrived = [row for row in had if row.stage in ARRIVED]
        invited = event and planner.invites(event, case.state)
        if not (event and arrived) or invited is None:
            continue
        back = [row for row in had if row.stage in PENDING and takes_back(row.occurrence)]
        if invited:
            mailing.cancel(case.id, back, "state")
        anew = any(row.stage in PENDING and not row.sequence for row in had)
        if takes_back(arrived[-1].occurrence) == invited and not (invited and anew):
            _follow_up(mailing, had, event, (), off=not invited)


def _apart(rows: Iterable[Message], key: Callable[[Message], str]) -> Iterable[list[Message]]:
    """The messages to each reader that go together, in the order in which they left."""
    groups: dict[tuple[str, str], list[Message]] = {}
    for row in sorted(rows, key=lambda row: (row.next_at, row.number)):
        groups.setdefault((key(row), row.recipient), []).append(row)
    return groups.values()


def _follow_up(
    mailing: Mailing, had: list[Message], event: str, uncertain: Collection[int], *, off: bool
) -> None:
    """Plans the next entry for one reader who has, or may have, one already.

    Shape: `uncertain` are the numbers of messages that may have arrived, whatever their stage.
    """
    arrived = [row for row in had if row.stage in ARRIVED or row.number in uncertain]
    if not arrived:
        return
    last, case_id, entry = arrived[-1], arrived[-1].case_id, entry_in(arrived[-1].words)
    if off and (entry is None or from_text(entry["begins"]) <= mailing.at):
        # Its hour has come, or nobody knows it.
        return
    # What would still leave with another date than what follows.
    overtaken = [
        row for row in had if row.stage in PENDING and (row.sequence or row.number in uncertain)
    ]
    mailing.cancel(case_id, overtaken, "process")
    if off and takes_back(last.occurrence):
        return
    recipient, name = last.recipient, last.notification
    if mailing.can_reach(recipient) if off else mailing.goes_to(recipient, name):
        sequence = max(row.sequence for row in had if row.notification == name) + 1
        slot = MailKey(name, entry_occurrence(event, sequence, off=off), recipient)
        rows = [mailing.as_changed(row) for row in had]
        mailing.plan(case_id, {slot: mailing.at}, rows, sequence=sequence)


_NAMED = re.compile(r"(?:m[- ]?)?([0-9]{1,9})", re.IGNORECASE | re.ASCII)

_HEARD = (Stage.DATA, Stage.SENT, Stage.UNCERTAIN, Stage.DROPPED)
"""The stages of a mail whose reader may know what it says: one that was dropped was told so."""

CONTEST = ""
"""The `case_id` of a message about the contest as a whole."""


def number_of(name: str) -> int:
    """The number of a message: `M-012`, `m12`, `12`. Raises: Misuse."""
    numbered = _NAMED.fullmatch(name.strip())
    if numbered is None:
        what = _('"{name}" is not a message.').format(name=name)
        raise Misuse(what, mend=_("`ptce mail list` shows those there are; they are called M-001."))
    return int(numbered[1])


def called_by(tx: Transaction, row: Message) -> SittingConvened | None:
    if row.case_id or not row.occurrence.isdecimal():
        return None
    event = read(tx.unit.line(tx.contest, int(row.occurrence))).data
    return event if isinstance(event, SittingConvened) else None


def case_of(tx: Transaction, row: Message) -> Candidature | None:
    return tx.case(row.case_id) if row.case_id != CONTEST else None


def address_of(tx: Transaction, row: Message) -> str:
    """The address to which a message would go if it were written now; "" where none is known."""
    if row.recipient == CONTACT:
        contact = tx.process.definition.config.contest.contact_field
        return str(tx.case(row.case_id).private.get(contact, ""))
    person = tx.state.people.get(row.recipient)
    return person.private.get("email", "") if person is not None and person.active else ""


def lines_telling(repo: Repository, contest: str, about: str) -> list[LineRow]:
    return repo.lines_about(contest, about) if about else repo.lines_about_none(contest)


def untrusted(columns: Mapping[str, str]) -> PtceError:
    shown = [f"{name} ({column})" for name, column in sorted(columns.items())]
    named = ", ".join(shown[:10]) + (", …" if len(shown) > 10 else "")
    return PtceError(
        n_(
            "{count} mail is not as the ledger tells it, and does not leave: {names}.",
            "{count} mails are not as the ledger tells them, and do not leave: {names}.",
            len(shown),
        ).format(count=len(shown), names=named),
        _("Somebody has changed the rows of the outbox by hand; no line tells of it."),
        _("Compare all that is kept with the ledger: ptce verify"),
    )


def reachable(process: Process, people: Iterable[Person]) -> tuple[Addressee, ...]:
    return tuple(one for one in addressees(process, people) if one.is_sure)


class Mailing:
    """The messages of one act: what it plans, cancels and changes, until it settles."""

    def __init__(self, tx: Transaction) -> None:
        self._act = tx
        self._fresh: dict[str, list[Message]] = {}
        self._last: int | None = None
        self._changes: dict[int, tuple[Message, Message]] = {}
        # By what they are about: an adoption asks this of every candidature.
        self._touched: dict[str, list[int]] = {}
        self._reached: dict[str, frozenset[str]] = {}
        self._telling: dict[str, list[LineRow]] = {}
        self.files: dict[tuple[str, str, str], tuple[Attachment, ...]] = {}
        """The attachments written in this act: by process, mail and language."""
        self._now = to_text(tx.now)

    @classmethod
    def of(cls, tx: Transaction) -> Mailing:
        assert isinstance(tx.mail, cls)
        return tx.mail

    @cached_property
    def _addressees(self) -> tuple[Addressee, ...]:
        return reachable(self._act.process, self._act.people())

    def follow(self, before: Mapping[str, Candidature | None]) -> None:
        if not self._act.process.definition.notifications:
            return
        planner = planner_of(self._act.process)
        for one in self._act.set_off.pop(CONTEST, ()):
            people, now = self._addressees, self._act.now
            self.plan(CONTEST, planner.set_off(one.mails, None, one.line, now, people), ())
        for id_ in self._act.set_off.keys() - before.keys():
            # An erasure changes nothing that is recorded.
            for one in self._act.set_off.pop(id_):
                self.plan(id_, self._set_off(one, self._act.case(id_)), ())
        for id_, was in before.items():
            case = self._act.cases[id_]
            if case is was:
                continue
            moved = was is None or was.state != case.state or id_ in self._act.set_off
            if was is not None and was.state != case.state:
                self._undo(was, case)
            if moved or planner.moves_with_facts(was, case):
                self.replan(case, new=was is None, since=self._since(was, id_))
            if was is not None and was.state != case.state:
                after_move(self, self._act.process, was.state, case)

    def _undo(self, was: Candidature, case: Candidature) -> None:
        """Takes back the mails of an undone decision; who heard of it is told."""
        decided, definition = case.decided, self._act.process.definition
        if decided is None or not decided.undone or (was.decided and was.decided.undone):
            return
        mails, notifications = definition.telling(decided.edge), definition.notifications
        rows = [row for row in self.rows_about(case) if row.occurrence == str(decided.n)]
        rows = [row for row in rows if row.notification in mails]
        if any(row.stage in _HEARD for row in rows):
            return
        self.cancel(case.id, [row for row in rows if row.stage in PENDING], "undone")
        for place, one in enumerate(set_off := self._act.set_off.get(case.id, [])):
            if one.edge is not None and one.edge.transition.decision is None:
                others = tuple(name for name in one.mails if notifications[name].to != CONTACT)
                set_off[place] = SetOff(one.line, others, one.edge)

    def _since(self, was: Candidature | None, id_: str) -> datetime:
        """From when mails are planned: now, or when time was to move a candidature."""
        act = self._act
        if was is None or TIME not in act.actor.roles:
            return act.now
        planner = planner_of(act.process)
        edges = (one.edge for one in act.set_off.get(id_, ()) if one.edge is not None)
        return min((planner.missed(was, edge, act.now) for edge in edges), default=act.now)

    def replan(
        self,
        case: Candidature | None,
        *,
        new: bool = False,
        why: Why = "state",
        since: datetime | None = None,
    ) -> None:
        """Brings messages to what is asked for now; nothing due before `since`."""
        act, case_id = self._act, _about(case)
        wanted = self._wanted(case)
        rows = [] if new else self._standing(case_id, wanted)
        waiting = [(row, self._still(row, case, wanted)) for row in rows if row.stage in PENDING]
        moot = ((row, still) for row, still in waiting if still is not row)
        other = [(row, still) for row, still in moot if not self.difference(row)]
        if act.actor.roles == ("jury",):
            # On a server a juror's rights change no mail: the courier cancels what is moot. What a
            # person is to read, now or again, cannot wait: there the server refuses the act.
            other = [(row, still) for row, still in other if still or row.stage == Stage.HELD]
        self.cancel(case_id, [row for row, _still in other], why)
        ahead = {
            row.key: instant_in(still, "message", row.number)
            for row, still in other
            if isinstance(still, str)
        }
        ahead |= self._ahead(wanted, rows, since or act.now)
        if case is not None:
            for one in act.set_off.pop(case.id, ()):
                ahead |= self._set_off(one, case)
        self.plan(case_id, ahead, rows)

    def _set_off(self, one: SetOff, case: Candidature) -> dict[MailKey, datetime]:
        """The mails that a line sets off; of an erasure, to those who were sent a file about it."""
        act, notifications = self._act, self._act.process.definition.notifications
        planner = planner_of(act.process)
        keys = planner.set_off(one.mails, case, one.line, act.now, self._addressees)
        if not any(notifications[name].recipients.hold_files for name in one.mails):
            return keys
        readers = {row.recipient for row in holders(act, case.id)}
        return {
            key: due
            for key, due in keys.items()
            if key.recipient in readers or not notifications[key.notification].recipients.hold_files
        }

    def announce(self, before: Process, line: int) -> None:
        """Plans the mails that tell of the dates which an adoption, at a line, has moved.

        One that an earlier adoption has planned, and that has not left, tells of all that has moved
        since; where all is as it was before that, it is cancelled, and nobody is written to.
        """
        act, planner = self._act, planner_of(self._act.process)
        names = planner.on_adoption
        if not names:
            return
        moves = [name for name in names if changes(before, act.process, act.now, name)]

        @cache
        def has_changed(n: int, mail: str) -> bool:
            """True where dates that a mail tells stand otherwise than before an adoption."""
            adopted = read(act.unit.line(act.contest, n))
            former = act.process_of(adopted.data.from_)
            return bool(changes(former, act.process, from_text(adopted.at), mail))

        for case in (None, *act.every_case()):
            case_id = _about(case)
            rows = [row for row in self._standing(case_id, ()) if row.notification in names]
            pending = [row for row in rows if row.stage in PENDING]
            moot = [
                row for row in pending if not has_changed(int(row.occurrence), row.notification)
            ]
            self.cancel(case_id, moot, "process")
            planned = {(row.notification, row.recipient) for row in pending}
            ahead = {
                MailKey(name, str(line), reader): due
                for name in moves
                for reader, due in planner.announced(name, case, act.now, self._addressees).items()
                if (name, reader) not in planned
            }
            self.plan(case_id, ahead, rows)

    def plan_following(self, name: str) -> None:
        """Plans the next one of a daily mail, unless it is planned already."""
        wanted = {key: due for key, due in self._wanted(None).items() if key.notification == name}
        rows = self._standing(CONTEST, wanted)
        self.plan(CONTEST, self._ahead(wanted, rows, self._act.now), rows)

    def plan_digest(self) -> None:
        """Plans a digest that leaves now, for each who reads one every day."""
        wanted = planner_of(self._act.process).digests(self._act.now, self._addressees)
        there = {row.key for row in self._standing(CONTEST, wanted)}
        self.plan(CONTEST, {key: due for key, due in wanted.items() if key not in there}, ())

    def _wanted(self, case: Candidature | None) -> dict[MailKey, datetime]:
        planner, people = planner_of(self._act.process), self._addressees
        if case is None:
            return planner.contest_wide(self._act.now, people)
        return planner.reminders(case, people)

    def moot(self, row: Message, at: datetime) -> Why | None:
        """Why the courier would cancel a message that is to leave at an instant; else None."""
        process, case = self._act.process, case_of(self._act, row)
        notification = process.definition.notifications[row.notification]
        if row.held and row.notification in planner_of(process).decisions:
            # A person has let it leave, wherever the candidature stands.
            return None
        # The transition that left these states cancelled what waited, not what was just leaving; a
        # juror's act cancels nothing.
        if case is not None:
            is_reminder = notification.at and not (row.sequence or row.occurrence.isdecimal())
            has_left = notification.in_ and case.state not in notification.in_
            if has_left or (is_reminder and row.key not in self._wanted(case)):
                return "state"
        if notification.when is None:
            return None
        moment = (self._act.moment(case) if case else self._act.bare_moment()).but(now=at)
        return None if process.still_holds(row.notification, case, moment) else "condition"

    def plan(
        self,
        case_id: str,
        ahead: Mapping[MailKey, datetime],
        rows: Sequence[Message],
        *,
        sequence: int = 0,
    ) -> None:
        """Plans messages; one that was cancelled is planned again under its name."""
        if not ahead:
            return
        notifications = self._act.process.definition.notifications
        current = map(self.as_changed, rows)
        cancelled = {row.key: row for row in current if row.stage == Stage.CANCELLED}
        planned = []
        for key, due in ahead.items():
            before, at = cancelled.get(key), to_text(due)
            held = not takes_back(key.occurrence) and notifications[key.notification].held
            name = self._next_name() if before is None else before.name
            plan = Planned(at, held, name, *key, sequence)
            if before is None:
                self._fresh.setdefault(case_id, []).append(plan.mail(case_id))
            else:
                self.change(before, plan.mail(case_id))
            planned.append(plan)
        self._append(case_id, MessagesPlanned(tuple(planned)))

    def write_letter(self, case_id: str, recipient: str, corrects: str | None) -> Message:
        """Records a letter of the desk, held; its words are those of an edit to come."""
        event = MessageWritten(f"M-{self.last + 1:03d}", recipient, corrects or UNSET)
        if case_id == CONTEST:
            self._act.record_of_contest(event)
        else:
            self._act.record(case_id, event)
        self._last = self.last + 1
        row = event.planned(self._act.n, case_id, self._now)
        self._fresh.setdefault(case_id, []).append(row)
        return row

    def cancel(self, case_id: str, rows: Sequence[Message], why: Why) -> None:
        """Cancels those of some messages that are as the ledger tells them."""
        rows = [row for row in rows if not self.difference(row)]
        if rows:
            for row in rows:
                self.move(row, Move.CANCEL)
            names = tuple(row.name for row in rows)
            self._append(case_id, MessagesCancelled(names, why))

    def move(self, row: Message, move: Move, **columns: Any) -> Message:
        """Has a message make a move; its row. Raises: NotAllowed."""
        stage = after(Stage(row.stage), move).value
        changed = replace(row, **{"worker": "", "lease_until": "", **columns, "stage": stage})
        self.change(row, changed)
        return changed

    def change(self, row: Message, changed: Message) -> None:
        if row.number not in self._changes:
            self._touched.setdefault(row.case_id, []).append(row.number)
        was = self._changes.get(row.number, (row, row))[0]
        self._changes[row.number] = (was, changed)

    def tell(
        self, row: Message, event: AboutMails, side: Side | None = None, **columns: Any
    ) -> Message:
        """Appends an event and has its message make the moves that it tells; its row afterwards.

        `side` is what of it may be erased; `columns` is what no line tells. The machine of the
        outbox lets it move; people's acts have asked the guard before.
        """
        moved = row
        for _name, move in event.moves():
            moved = event.moved(moved, move, self._now, side)
        moved = replace(moved, worker="", lease_until="", **columns)
        self.change(row, moved)
        self._append(row.case_id, event, side, row.recipient)
        return moved

    def difference(self, row: Message) -> str:
        """The first column of a stored row that is not as the lines tell it; "" where all are.

        A row that an act under way has planned or changed was looked at before.
        """
        if row.number in self._changes or row in self._fresh.get(row.case_id, ()):
            return ""
        recorded = self.recorded(row)
        if recorded is None:
            return "number"
        # The erasure of a person's mails is in no line about a candidature.
        column = row.difference(replace(recorded, erased=row.erased))
        if column or row.erased:
            return column
        return "words" if row.read and words_hash(row.words) != row.read else ""

    def recorded(self, row: Message) -> Message | None:
        """The mail of a stored row as its lines tell it; None where they tell of none, or amiss."""
        unit, contest = self._act.unit, self._act.contest
        state = ContestState(cases={}, messages={})
        with suppress(ValueError, LookupError):
            for line in self._lines_of(row):
                stored = {name: unit.side(contest, line.n, name) for name in line.pd or ()}
                sides = {name: read_side(line.type, text) for name, text in stored.items() if text}
                line.data.only(row.name).apply_to_mails(state, line, sides)
            return state.messages.get(row.name)
        return None

    def _lines_of(self, row: Message) -> Iterator[Entry[Any]]:
        about, named = row.case_id, f'"{row.name}"'.encode()
        if about not in self._telling:
            self._telling[about] = lines_telling(self._act.unit, self._act.contest, about)
        for one in self._telling[about]:
            line = read(one.line) if named in one.line else None
            if line and isinstance(line.data, AboutMails) and row.name in line.data.names():
                yield line

    def is_doubtful(self, row: Message) -> bool:
        """True where a mail came back from the address to which this one would go.

        Not for one that a person has let leave since, nor for one that may have arrived there.
        """
        let_leave = row.number in self._changes and row.stage == Stage.PLANNED
        if let_leave or not self._returned:
            # What a person lets leave by this act is in no line yet.
            return False
        is_written = row.sha256 and row.stage in PENDING
        address = (row.address if is_written else address_of(self._act, row)).casefold()
        returned = [one for one in self._returned if address and one.address.casefold() == address]
        if not returned or (is_written and was_uncertain(self._act, row)):
            return False
        back = max(self._last_line(one, Move.BOUNCE) for one in returned)
        return self._last_line(row, Move.RELEASE, Move.RESEND) < back

    def to_correct(self) -> set[str]:
        """The ids of the candidatures whose contact has an address from which a mail came back."""
        to_contact = (one for one in self._returned if one.recipient == CONTACT)
        return {one.case_id for one in to_contact if self.is_doubtful(one)}

    def doubtful_count(self) -> int:
        unit, contest, now = self._act.unit, self._act.contest, to_text(self._act.now)
        rows = (row for stage in LEAVING for row in unit.messages_at(contest, stage))
        return sum(row.due <= now and self.is_doubtful(row) for row in rows)

    @cached_property
    def _returned(self) -> list[Message]:
        unit, contest = self._act.unit, self._act.contest
        return [row for stage in RETURNED for row in unit.messages_at(contest, stage)]

    def _last_line(self, row: Message, *moves: Move) -> int:
        """The number of the last line that tells such a move of a message, or 0."""
        made = ((line.n, *one) for line in self._lines_of(row) for one in line.data.moves())
        return max((n for n, name, move in made if name == row.name and move in moves), default=0)

    def message(self, name: str) -> Message | None:
        row = self._act.unit.message(self._act.contest, number_of(name))
        return None if row is None else self.as_changed(row).as_recorded()

    def messages_about(self, case_id: str | None) -> dict[MailKey, Message]:
        return {row.key: row.as_recorded() for row in self._rows_of(case_id or CONTEST)}

    def rows_about(self, case: Candidature | None) -> list[Message]:
        return self._rows_of(_about(case))

    def _rows_of(self, about: str) -> list[Message]:
        stored = self._act.unit.messages_of(self._act.contest, about)
        return [self.as_changed(row) for row in (*stored, *self._fresh.get(about, ()))]

    @property
    def at(self) -> datetime:
        return self._act.now

    def can_reach(self, recipient: str) -> bool:
        return recipient in (CONTACT, *(one.pseudonym for one in self._addressees))

    def as_changed(self, row: Message) -> Message:
        return self._changes.get(row.number, (row, row))[1]

    def changes(self) -> Iterator[tuple[Message | None, Message]]:
        """Every message that the act plans or changes: before, None for a new one, and now."""
        fresh = [row for rows in self._fresh.values() for row in rows]
        new = {row.number for row in fresh}
        yield from ((None, self.as_changed(row)) for row in fresh)
        yield from (change for number, change in self._changes.items() if number not in new)

    def goes_to(self, recipient: str, name: str) -> bool:
        # Asked once in an act, however many messages wait.
        if name not in self._reached:
            notification = self._act.process.definition.notifications[name]
            self._reached[name] = frozenset(notification.recipients.among(self._addressees))
        return recipient in self._reached[name]

    def write(self) -> None:
        unit, contest = self._act.unit, self._act.contest
        fresh = [row for rows in self._fresh.values() for row in rows]
        unit.add_messages([{"contest": contest, **asdict(row)} for row in fresh])
        unit.change_messages(contest, list(self._changes.values()))
        for was, now in self._changes.values():
            # It will be composed anew, if at all: nobody reaches the former bytes.
            if was.sha256 and not now.sha256:
                unit.remove_mail(contest, now.number)
            if was.words != now.words and (named_in(was.words) or named_in(now.words)):
                files = (one for written in self.files.values() for one in written)
                keep(unit, contest, now, {one.sha256: one for one in files})
        self._fresh.clear()
        self._changes.clear()
        self._touched.clear()
        self._telling.clear()
        self._last = None

    def _still(
        self, row: Message, case: Candidature | None, wanted: Mapping[MailKey, datetime]
    ) -> Message | str | None:
        name, process = row.notification, self._act.process
        set_off = () if case is None else self._act.set_off.get(case.id, ())
        return planner_of(process).still(
            row,
            case,
            wanted,
            self._act.now,
            reached=name in process.definition.notifications and self.goes_to(row.recipient, name),
            again=any(name in one.mails and str(one.line) != row.occurrence for one in set_off),
        )

    def _ahead(
        self, wanted: Mapping[MailKey, datetime], rows: Iterable[Message], since: datetime
    ) -> dict[MailKey, datetime]:
        """The messages that are wanted, due after an instant, and not among those there are."""
        current = map(self.as_changed, rows)
        keys = {row.key for row in current if row.stage != Stage.CANCELLED}
        return {key: due for key, due in wanted.items() if due > since and key not in keys}

    def _standing(self, case_id: str, wanted: Iterable[MailKey]) -> list[Message]:
        """Those that have not left, or are wanted: what left grows with the history."""
        stored = self._act.unit.messages_standing(self._act.contest, case_id, tuple(wanted))
        changed = [self._changes[number][0] for number in self._touched.get(case_id, ())]
        rows = {row.number: row for row in (*stored, *changed, *self._fresh.get(case_id, ()))}
        return [self.as_changed(rows[number]) for number in sorted(rows)]

    @property
    def last(self) -> int:
        """The number of the last mail, planned by this act or before."""
        if self._last is None:
            self._last = self._act.unit.last_message(self._act.contest)
        return self._last

    def _next_name(self) -> str:
        self._last = self.last + 1
        return f"M-{self._last:03d}"

    def _append(
        self, case_id: str, event: AboutMails, side: Side | None = None, subject: str = ""
    ) -> None:
        if case_id == CONTEST:
            sides = NO_SIDES if side is None else {subject: side}
            self._act.record_of_contest(event, sides, asked=True)
        else:
            self._act.record(case_id, event, side, asked=True)


def replan_everything(tx: Transaction, *, why: Why) -> None:
    process = tx.process
    if why != "process" and not process.definition.notifications:
        return
    Mailing.of(tx).replan(None, why=why)
    if why == "recipient" and not planner_of(process).writes_to_people_about_candidatures:
        return
    for case in tx.every_case():
        Mailing.of(tx).replan(case, why=why)


def _about(case: Candidature | None) -> str:
    return CONTEST if case is None else case.id
