"""The decisions that nobody was told yet: their mail waits, failed, or came too late.

Every list says them: nothing is loaded here that writes a letter or speaks to a server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from ptce_workflow.app.post.ahead import expired_lately
from ptce_workflow.app.post.plan import case_of, name_of
from ptce_workflow.app.projections import due_of
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
from ptce_workflow.process.rules.case import by_ref
from ptce_workflow.process.time.calendar import days_until

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.store.rows import MessageRow

_EVER = "9999"  # after every instant, as they are written
_STUCK = (*ASKING, Stage.EXPIRED)


class Untold(Struct, frozen=True):
    """A decision and the mail that has not told it; `candidature` is empty once it was erased.

    `days` have passed since it was taken, at `at`. Where no `address` is known, that is why.
    `left` is the state in which the candidature stands by now, where it is none to which that
    decision leads, or empty.
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


def untold(contest: Contest, about: str | None = None) -> tuple[Untold, ...]:
    """The decisions whose mail has not left: of a candidature by its id, or of all; see below."""
    with contest.looking() as act:
        return untold_of(act, about)


def untold_of(act: Transaction, about: str | None = None) -> tuple[Untold, ...]:
    """The decisions whose mail has not left, as they stand in a transaction, the oldest first.

    A mail that waits for its hour, as long as that lies ahead, is none of them, unless a person
    has to read it first.
    """
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
            (name_of(row), str(known[row.notification].label))
            for row in expired_lately(act)
            if row.case_id == about and row.notification in known
            if row.notification not in decisions
        )


def why(one: Untold) -> str:
    """The reason for which its mail has not left."""
    if not one.address:
        return _("no address is known")
    if one.stage in ANSWERED and one.said:
        return _("{label}: {value}").format(label=label_of(one.stage), value=one.said)
    if one.stage is Stage.HELD:
        if one.left:
            return _("to be read first; the candidature is now: {state}").format(state=one.left)
        return _("to be read first")
    return _("came too late") if one.stage is Stage.EXPIRED else label_of(one.stage)


def doubts(act: Transaction, row: MessageRow) -> tuple[str, ...]:
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


def _new_contact(act: Transaction, row: MessageRow) -> bool:
    """True where whom to write to was changed after the line that set a mail off."""
    contact = act.process.definition.config.contest.contact_field
    return any(
        one.n > int(row.occurrence) and contact in getattr(read(one.line).data, "names", ())
        for one in act.unit.lines_about(act.contest, row.case_id)
        if f'"{contact}"'.encode() in one.line
    )


def _waiting(act: Transaction, names: Collection[str]) -> Iterator[MessageRow]:
    """The mails that a person has to see to, or that are due and have not left, of some names."""
    stages = act.unit.stages(act.contest)
    until = {**dict.fromkeys(_STUCK, _EVER), **dict.fromkeys(LEAVING, to_text(act.now))}
    for stage, instant in until.items():
        if stage in stages and stages[stage][1] <= instant:
            chosen = [(name,) for name in names]
            yield from act.unit.messages_telling(act.contest, stage, instant, chosen)


def _waiting_about(act: Transaction, case_id: str) -> Iterator[MessageRow]:
    now = to_text(act.now)
    for row in act.unit.messages_of(act.contest, case_id):
        if row.stage in _STUCK or (row.stage in LEAVING and row.next_at <= now):
            yield row


def _told(act: Transaction, row: MessageRow) -> Untold | None:
    """What a mail has not told; None where no decision set it off."""
    if not row.occurrence.isdecimal():
        return None
    line, process = read(act.unit.line(act.contest, int(row.occurrence))), act.process
    made, case = line.data.move(None), case_of(act, row)
    way = process.ways(made[0]).get(made[1]) if made else None
    # A way that is gone since was a decision, as far as anybody knows.
    if made is None or case is None or (way is not None and way.transition.decision is None):
        return None
    at, identity = from_text(line.at), process.definition.config.contest
    moved = planner_of(process).is_left(row.notification, case)
    left = process.states[case.state].label.in_(language()) if moved else ""
    return Untold(
        name_of(row),
        case.ref,
        act.name_of(case) or "",
        made[1],
        made[1] if way is None else way.transition.label.in_(language()),
        at,
        -days_until(at, act.now, process.zone),
        due_of(row),
        Stage(row.stage),
        bool(case.private.get(identity.contact_field)),
        row.said,
        left,
    )
