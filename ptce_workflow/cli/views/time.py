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
    from ptce_workflow.desk.waiting import Waiting
    from ptce_workflow.process.process import Process
    from ptce_workflow.scheduler.delivery import Delivered
    from ptce_workflow.scheduler.tick import Ticked


def tick_data(ticked: Ticked, waiting: Waiting) -> dict[str, Any]:
    """`ptce tick --json`; `late` counts the mails that should have left and did not."""
    mail = ticked.mail
    return {
        "transitions": [
            {
                "ref": step.before.ref,
                "transition": step.way.name,
                "at": to_text(step.moment.now),
                "done": step.made,
            }
            for step in ticked.steps
        ],
        "mails": {
            "queued": ticked.queued,
            "sent": mail.sent if mail else 0,
            "retried": mail.retried if mail else 0,
            "failed": mail.failed if mail else 0,
            "uncertain": mail.uncertain if mail else 0,
        },
        "late": waiting.late,
        "paused": waiting.paused or None,
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
