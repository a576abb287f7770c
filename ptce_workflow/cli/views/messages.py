"""What the ledger tells of mails, as it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.instants import from_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.ledger import events
from ptce_workflow.ledger.messages import MESSAGE_LINES, moves

if TYPE_CHECKING:
    from ptce_workflow.desk.stories import Told
    from ptce_workflow.ledger.line import Line
    from ptce_workflow.process.process import Process

# More mails than these are told by their names alone.
_MOST_PLANNED = 3


def names_message(line: Line, name: str) -> bool:
    """Whether a line of the ledger tells of a message."""
    if line.type == events.MESSAGES_PLANNED:
        return any(planned["message"] == name for planned in line.data["messages"])
    return line.type in MESSAGE_LINES and any(named == name for named, _move in moves(line))


def message_story(one: Told, *, only: str = "") -> Iterator[str]:
    """What a line of the ledger tells of mails; of one of them alone, if it is named."""
    line, data = one.line, one.line.data
    match line.type:
        case events.MESSAGES_PLANNED:
            yield from _planned(one, only)
        case events.MESSAGES_CANCELLED:
            told = n_("mail cancelled: {names}", "mails cancelled: {names}", len(data["messages"]))
            yield told.format(names=only or ", ".join(data["messages"]))
            yield _cancelled(data["why"])
        case events.MESSAGES_EXPIRED:
            told = n_("mail expired: {names}", "mails expired: {names}", len(data["messages"]))
            yield told.format(names=only or ", ".join(data["messages"]))
        case events.MESSAGES_RELEASED:
            told = n_("mail released: {names}", "mails released: {names}", len(data["words"]))
            yield told.format(names=only or ", ".join(data["words"]))
        case events.MESSAGE_SENT:
            label = _label(one.process, data["notification"])
            yield _("mail sent: {message} {label}").format(message=data["message"], label=label)
        case events.MESSAGE_FAILED:
            yield _("mail failed: {message}").format(message=data["message"])
        case events.MESSAGE_UNCERTAIN:
            yield _("mail uncertain: {message}").format(message=data["message"])
            if data["resent"]:
                yield _("it is sent again")
        case events.MESSAGE_RESOLVED:
            yield _resolved(data["as"]).format(message=data["message"])
    # A server that takes a mail says nothing of interest: its number for it, in its own words.
    if "said" in one.side and line.type != events.MESSAGE_SENT:
        yield _("answer: {said}").format(said=one.side["said"])


def _planned(one: Told, only: str) -> Iterator[str]:
    planned = [about for about in one.line.data["messages"] if only in ("", about["message"])]
    if len(planned) > _MOST_PLANNED:
        names = ", ".join(about["message"] for about in planned)
        told = n_("{count} mail planned: {names}", "{count} mails planned: {names}", len(planned))
        yield told.format(count=len(planned), names=names)
        return
    for about in planned:
        when = speech.short_instant(from_text(about["due"]), one.process.zone, language())
        label = _label(one.process, about["notification"])
        told = _("mail planned: {message} {label}, {when}")
        yield told.format(message=about["message"], label=label, when=when)


def _label(process: Process, notification: str) -> str:
    known = process.definition.notifications.get(notification)
    return notification if known is None else known.label.in_(language())


def _cancelled(why: str) -> str:
    reasons = {
        "state": _("the candidature has left the state in which it was of use"),
        "condition": _("its condition no longer holds"),
        "process": _("the process has changed"),
        "recipient": _("its reader has left, or has no address"),
        "empty": _("there was nothing to tell"),
        "words": _("what it says has changed since it was released"),
    }
    return reasons.get(why, why)


def _resolved(outcome: str) -> str:
    outcomes = {
        "sent": _("{message} did arrive"),
        "resend": _("{message} leaves again"),
        "dropped": _("{message} never leaves"),
    }
    return outcomes[outcome]
