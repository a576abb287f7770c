"""Whether a mail is of use: asked of the planner again by the lines that cancel or release it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import Breach, Context
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.letters.outbox import Stage
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.letters.recipients import Addressee
from ptce_workflow.process.rules.receipt import is_replaced, is_undone


def addressees(ctx: Context) -> Iterator[Addressee]:
    """Those to whom mails could be written; whose address was erased may have had one."""
    for one in ctx.before.people():
        if one.active and (not one.private or one.private.get("email")):
            yield Addressee(one.pseudonym, one.roles, one.institution)


def is_of_use(ctx: Context, message: Message) -> bool:
    """Tells a mail that the planner, asked again, would leave as it is planned."""
    case, planner, name = ctx.case, planner_of(ctx.process), message.notification
    definition, occurrence = ctx.process.definition, message.occurrence
    notification = definition.notifications.get(name)
    if notification is None or is_undone(definition, case, name, occurrence):
        return False
    by_time = bool(notification.at) and not message.sequence
    if not (by_time or occurrence.isdecimal()):
        return False
    people = tuple(addressees(ctx))
    wanted = planner.reminders(case, people) if by_time else {}
    reached = message.recipient in notification.recipients.about(case).among(people)
    set_off = ctx.before.set_off_about(case.id).items()
    again = any(name in mails and str(line) != occurrence for line, mails in set_off)
    still = planner.still(message, case, wanted, ctx.now, reached=reached, again=again)
    return still is message


def of_no_more_use(ctx: Context, names: Iterable[str]) -> Iterator[Breach]:
    """Tells of mails that somebody lets leave, and that would only expire.

    That of a decision which a later one has replaced leaves for a reason alone.
    """
    case = None if ctx.case_id is None else ctx.case
    for message in filter(None, map(ctx.before.message, names)):
        known = ctx.process.definition.notifications.get(message.notification)
        if known is not None and message.case == ctx.case_id:
            due = from_text(message.due)
            expired = planner_of(ctx.process).expired(known, due, ctx.now, case)
            hour = _hour_of_call(ctx, message)
            if hour is not None and hour <= max(due, ctx.now):
                expired = hour
            if expired is not None:
                yield law.EXPIRED(f"{message.name}: {to_text(expired)}")
            tells = message.notification in planner_of(ctx.process).decisions
            line = message.occurrence if tells and not ctx.subjects else ""
            if line.isdecimal() and is_replaced(ctx.process.definition, case, int(line)):
                yield law.REPLACED(message.name)


def _hour_of_call(ctx: Context, message: Message) -> datetime | None:
    """The hour of the sitting to which a mail calls, until which it is of use; else None."""
    hour = ctx.before.sittings.hours.get(message.occurrence)
    return None if hour is None or message.case is not None else from_text(hour)


def is_late(ctx: Context, message: Message) -> bool:
    """Tells a mail that is of no more use by the hour of the line."""
    hour = _hour_of_call(ctx, message)
    if hour is not None:
        return hour <= from_text(ctx.latest)
    notification = ctx.process.definition.notifications.get(message.notification)
    if notification is None:
        return False
    planner = planner_of(ctx.process)
    if message.stage == Stage.HELD and message.notification not in planner.expiring_unread:
        # A length of time counts from its release.
        return False
    case = None if ctx.case_id is None else ctx.case
    due = from_text(message.due)
    return planner.expiry(notification, due, case) <= from_text(ctx.latest)


def is_overtaken(ctx: Context, message: Message) -> bool:
    """Tells a reminder of which a later one is due as well."""
    notification = ctx.process.definition.notifications.get(message.notification)
    if notification is None or not notification.at or message.sequence:
        return False
    return any(
        (other.notification, other.recipient) == (message.notification, message.recipient)
        and message.due < other.due <= ctx.latest
        and other.stage in (Stage.PLANNED, Stage.SENT, Stage.UNCERTAIN)
        for other in ctx.before.messages_of(ctx.case_id).values()
    )
