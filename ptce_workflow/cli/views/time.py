"""What time has done, as it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.views.mail import print_waiting
from ptce_workflow.process.naming import named

if TYPE_CHECKING:
    from datetime import datetime

    from ptce_workflow.app.admin.clock import ClockTold
    from ptce_workflow.app.post.attention import Waiting
    from ptce_workflow.process.process import Process
    from ptce_workflow.scheduler.delivery import Delivered
    from ptce_workflow.scheduler.tick import Ticked


def tick_data(ticked: Ticked | None, waiting: Waiting) -> dict[str, Any]:
    """`ptce tick --json`; `late` counts the mails that should have left and did not.

    None is a pass that others kept from writing: it tells of nothing, and that it was `busy`.
    """
    mail = ticked.mail if ticked else None
    return {
        "transitions": [
            {
                "ref": step.before.ref,
                "transition": step.way.name,
                "at": to_text(step.moment.now),
                "done": step.made,
            }
            for step in (ticked.steps if ticked else ())
        ],
        "mails": {
            "queued": ticked.queued if ticked else 0,
            "sent": mail.sent if mail else 0,
            "retried": mail.retried if mail else 0,
            "failed": mail.failed if mail else 0,
            "uncertain": mail.uncertain if mail else 0,
        },
        "late": waiting.late,
        "paused": waiting.paused or None,
        "busy": ticked is None,
    }


def print_tick(out: Output, process: Process, ticked: Ticked, waiting: Waiting) -> None:
    """`ptce tick`: what became of each candidature and of each mail whose hour had come."""
    for step in ticked.steps:
        if step.made:
            label = process.states[step.way.to].label.in_(language())
            told = _("{case} is now: {state}.").format(
                case=named(process, step.before), state=label
            )
        else:
            told = _("{case}: a rule stood in the way of {transition}.").format(
                case=named(process, step.before), transition=step.way.name
            )
        out.tell(told)
    mails = _mails(ticked.mail) if ticked.mail else []
    if mails:
        out.tell(_("Mails: {told}.").format(told=", ".join(mails)))
    if not (ticked.steps or mails or waiting.late):
        out.say(_("Nothing was due."))
    print_waiting(out, process, waiting, server=ticked.mail is not None)
    if ticked.mail and (ticked.mail.failed or ticked.mail.uncertain):
        out.next_step("ptce mail list --state failed --state uncertain")


def _mails(mail: Delivered) -> list[str]:
    """How many mails came to each end, where any did."""
    counts = (
        (mail.sent, n_("{count} sent", "{count} sent", mail.sent)),
        (mail.retried, n_("{count} to try again", "{count} to try again", mail.retried)),
        (mail.failed, n_("{count} failed", "{count} failed", mail.failed)),
        (mail.uncertain, n_("{count} uncertain", "{count} uncertain", mail.uncertain)),
    )
    return [told.format(count=speech.number(n, language())) for n, told in counts if n]


def clock_data(found: ClockTold) -> dict[str, Any]:
    """`ptce clock --json`; `line` is the one that has accepted the clock just now."""
    return {
        "now": to_text(found.now),
        "last": None if found.last is None else to_text(found.last),
        "back": found.back,
        "line": found.line,
    }


def print_clock(out: Output, process: Process, found: ClockTold) -> None:
    """`ptce clock`: where the clock stands, where the ledger does, and what follows from it."""
    zone, spoken = process.zone, language()

    def spoken_at(instant: datetime) -> str:
        return speech.long_instant(instant, zone, spoken, seconds=True)

    out.tell(_("The clock says {now}.").format(now=spoken_at(found.now)))
    if found.last is None:
        out.tell(_("The last line of the ledger cannot be read; `ptce verify` tells why."))
        return
    out.tell(_("The ledger goes on to {last}.").format(last=spoken_at(found.last)))
    if found.line is not None:
        told = _("Line {n} accepts it: the clock’s hour counts again.")
        out.tell(told.format(n=found.line))
    elif found.back:
        out.say()
        out.tell(_("The clock stands behind what has happened. Set it right."))
        out.advise(
            _("If it is right, and stood ahead before: {command}"),
            'ptce clock --accept --reason "…"',
        )
