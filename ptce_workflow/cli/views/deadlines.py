"""What falls due, as it is printed: the desk's own deadlines, answers that are kept too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.papers.report import Paragraph, Part, detail
from ptce_workflow.process.process import counted
from ptce_workflow.process.time.calendar import days_until

if TYPE_CHECKING:
    from ptce_workflow.app.cases.deadlines import Alarm, KeptAnswers
    from ptce_workflow.process.process import Process

_MOST = 5


def alarm_parts(process: Process, found: Sequence[Alarm]) -> Iterator[Part]:
    """Below `ptce list`: the desk's own deadlines, those that passed first."""
    if found:
        yield Paragraph(_("Deadlines of the desk:"), heads=True)
    for one in found[:_MOST]:
        told = alarm_told(process, one)
        name = one.name or _("(erased)")
        yield detail(_("{ref} {name}: {told}").format(ref=one.ref, name=name, told=told))
    more = len(found) - _MOST
    if more > 0:
        told = n_("and {count} more", "and {count} more", more)
        yield detail(told.format(count=speech.number(more, language())))


def alarm_told(process: Process, one: Alarm) -> str:
    """A deadline of the desk: which, when, and how far that is."""
    when = speech.long_instant(one.at, process.zone, language())
    far = speech.days_from_now(one.days, language())
    return _("{label}, {when} ({far})").format(label=one.label, when=when, far=far)


def kept_told(process: Process, found: Sequence[KeptAnswers], now: datetime) -> Iterator[str]:
    """In `ptce doctor`: the answers that were to be kept no longer, of how many candidatures."""
    for one in found:
        if one.at <= now:
            far = speech.days_from_now(days_until(one.at, now, process.zone), language())
            yield _("{sheet}: {count}, to be erased since {when} ({far})").format(
                sheet=one.label,
                count=counted(process, len(one.refs)),
                when=speech.long_instant(one.at, process.zone, language()),
                far=far,
            )
