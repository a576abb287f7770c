"""The decisions that nobody was told yet: their mail waits, failed, or came too late.

`list`, `show`, `doctor`, the digest, the results and the audit all ask this: nothing is loaded here
that writes a letter or speaks to a server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from ptce_workflow.app.post.ahead import expired_lately
from ptce_workflow.app.post.plan import case_of
from ptce_workflow.app.projections import due_of, instant_in
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.events.codec import read
from ptce_workflow.process.letters.outbox import (
    ANSWERED,
    ASKING,
    LEAVING,
    PENDING,
    Stage,
    label_of,
)
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.rules.case import Case, by_ref
from ptce_workflow.process.time.calendar import days_until

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.letters.message import Message

_EVER = "9999"  # after every instant, as they are written
_UNSENT = (*ASKING, Stage.EXPIRED, *LEAVING)
_SO_LONG = timedelta(hours=48)
"""A server that refuses a mail for so long has told its sender of it too: a person telephones."""


class Untold(Struct, frozen=True):
    """A decision and the mail that has not told it; `candidature` is empty once it was erased.

    `days` have passed since it was taken, at `at`. Where no `address` is known, that is why.
    `left` is the state in which the candidature stands by now, where it is none to which that
    decision leads, or empty. `why` its mail has not left; it `waits` for its hour alone, or not.
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


def untold(contest: Contest, about: str | None = None) -> tuple[Untold, ...]:
    """The decisions whose mail has not left: of a candidature by its id, or of all; see below."""
    with contest.looking() as act:
        return untold_of(act, about)


def untold_of(act: Transaction, about: str | None = None) -> tuple[Untold, ...]:
    """The decisions whose mail has not left, as they stand in a transaction, the oldest first."""
    names = planner_of(act.process).decisions
    if not names:
        return ()
    rows = _waiting(act, names) if about is None else _waiting_about(act, about)
    found = (_told(act, row) for row in rows if row.notification in names and row.case_id)
    chosen = (one for one in found if one is not None)
    return tuple(sorted(chosen, key=lambda one: (one.at, by_ref(one.ref))))


def too_late(contest: Contest, about: str) -> tuple[tuple[str, str], ...]:
    """The mails about a candidature that came too late in the last days: their names and labels.

    That of a decision is told as such, and for longer.
    """
    with contest.looking() as act:
        known, decisions = act.process.definition.notifications, planner_of(act.process).decisions
        return tuple(
            (row.name, str(known[row.notification].label))
            for row in expired_lately(act)
            if row.case_id == about and row.notification in known
            if row.notification not in decisions
        )


def doubts(act: Transaction, row: Message) -> tuple[str, ...]:
    """What a person who lets the mail of a decision leave has to know: what has changed since."""
    one = _told(act, row) if row.notification in planner_of(act.process).decisions else None
    if one is None or row.stage not in PENDING:
        return ()
    told = []
    if one.left:
        words = _("{ref} is now: {state}. The decision that this mail tells stands no more.")
        told.append(words.format(ref=one.ref, state=one.left))
        drop = f'ptce mail drop {one.message} --reason "…"'
        told.append(_("If nobody has to know of it: {command}").format(command=drop))
    if _new_contact(act, row):
        words = _("The contact of {ref} has changed since the decision: it goes to the new one.")
        told.append(words.format(ref=one.ref))
    return tuple(told)


def _new_contact(act: Transaction, row: Message) -> bool:
    """True where whom to write to was changed after the line that set a mail off."""
    contact = act.process.definition.config.contest.contact_field
    return any(
        one.n > int(row.occurrence) and contact in getattr(read(one.line).data, "names", ())
        for one in act.unit.lines_about(act.contest, row.case_id)
        if f'"{contact}"'.encode() in one.line
    )


def _waiting(act: Transaction, names: Collection[str]) -> Iterator[Message]:
    """The mails of some names that have not left."""
    stages, chosen = act.unit.stages(act.contest), [(name,) for name in names]
    for stage in _UNSENT:
        if stage in stages:
            yield from act.unit.messages_telling(act.contest, stage, _EVER, chosen)


def _waiting_about(act: Transaction, case_id: str) -> Iterator[Message]:
    rows = act.unit.messages_of(act.contest, case_id)
    return (row for row in rows if row.stage in _UNSENT)


def _told(act: Transaction, row: Message) -> Untold | None:
    """What a mail has not told; None where no decision set it off."""
    if not row.occurrence.isdecimal():
        return None
    line, process = read(act.unit.line(act.contest, int(row.occurrence))), act.process
    made, case = line.data.move(None), case_of(act, row)
    way = process.ways(made[0]).get(made[1]) if made else None
    # A way that is gone since was a decision, as far as anybody knows.
    if made is None or case is None or (way is not None and way.transition.decision is None):
        return None
    at, moved = from_text(line.at), planner_of(process).is_left(row.notification, case)
    left = process.states[case.state].label.in_(language()) if moved else ""
    return Untold(
        row.name,
        case.ref,
        act.name_of(case) or "",
        made[1],
        made[1] if way is None else way.transition.label.in_(language()),
        at,
        -days_until(at, act.now, process.zone),
        due_of(row),
        Stage(row.stage),
        bool(case.private.get(process.definition.config.contest.contact_field)),
        row.said,
        left,
        _why(act, row, case, left),
        _waits(act, row),
    )


def _waits(act: Transaction, row: Message) -> bool:
    """True for a mail that leaves by itself at an hour ahead, and that no server has refused."""
    return row.stage in LEAVING and row.stage != Stage.RETRY and row.next_at > to_text(act.now)


def _why(act: Transaction, row: Message, case: Case, left: str) -> str:
    """The reason for which a mail has not left."""
    stage, due, definition = Stage(row.stage), due_of(row), act.process.definition
    if not case.private.get(definition.config.contest.contact_field):
        return _("no address is known")
    if stage is Stage.HELD:
        if left:
            return _("to be read first; the candidature is now: {state}").format(state=left)
        return _("to be read first")
    if stage is Stage.EXPIRED:
        return _("came too late")
    if _waits(act, row):
        leaves = instant_in(row.next_at, "message", row.number)
        when = speech.long_instant(leaves, act.process.zone, language())
        return _("leaves on {when}").format(when=when)
    told = label_of(stage)
    if stage in ANSWERED and row.said:
        told = _("{label}: {value}").format(label=told, value=row.said)
    if stage is Stage.RETRY and act.now - due >= _SO_LONG:
        return _("{told}; telephone: {number}").format(told=told, number=_telephone(act, case))
    return told


def _telephone(act: Transaction, case: Case) -> str:
    """The number by which the contact of a candidature is reached, as far as it is told."""
    process, sheet = act.process, act.process.definition.contact_sheet
    for name, field in process.definition.sheets[sheet].fields.items():
        number = case.private.get(f"{sheet}.{name}")
        if number and field.type == "phone" and not act.hides(f"{sheet}.{name}"):
            return field.show(number, language(), process.zone)
    return _("no number is known")
