"""A trial of the mail server: would it take a message? Found out without sending one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from ptce_workflow.base.text import one_line
from ptce_workflow.mail.answer import LONGEST_SAID, SmtpStep, classify
from ptce_workflow.mail.dialogue import SmtpDialogue, Trouble
from ptce_workflow.mail.settings import MailSettings

STEPS = (SmtpStep.CONNECT, SmtpStep.TLS, SmtpStep.AUTH, SmtpStep.SENDER)


class ProbeOutcome(StrEnum):
    """The end of a step of the trial."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    """The settings do not ask for it, or a step before it failed."""


@dataclass(frozen=True, slots=True)
class Probed:
    """A step, how it went and what the server said to it, on one line."""

    step: str
    outcome: ProbeOutcome
    said: str = ""


async def probe(settings: MailSettings) -> tuple[Probed, ...]:
    """Connects, encrypts, signs in and names the sender, then takes it back; sends no mail.

    *Shape* one result for each of `connect`, `tls`, `auth` and `sender`, in this order; after one
    that failed, all are skipped.
    """
    session = SmtpDialogue(settings)
    wanted: dict[SmtpStep, Callable[[], Awaitable[str]]] = {SmtpStep.CONNECT: session.connect}
    if settings.security != "none":
        wanted[SmtpStep.TLS] = session.secure
    if settings.user is not None:
        wanted[SmtpStep.AUTH] = session.sign_in
    wanted[SmtpStep.SENDER] = lambda: session.mail(settings.sender.address)
    told: dict[SmtpStep, Probed] = {}
    stage = SmtpStep.CONNECT
    try:
        async with asyncio.timeout(settings.opening_s + settings.command_timeout_s):
            for stage, ask in wanted.items():
                told[stage] = _probed(stage, ProbeOutcome.OK, await ask())
            await session.reset()
    except Trouble as trouble:
        # With implicit TLS the first step holds the second: it connected, if that is what failed.
        if trouble.stage is SmtpStep.TLS:
            told.setdefault(SmtpStep.CONNECT, _probed(SmtpStep.CONNECT, ProbeOutcome.OK, ""))
        told[trouble.stage] = _probed(trouble.stage, ProbeOutcome.FAILED, trouble.answer.said)
    except TimeoutError as error:
        session.drop()
        told[stage] = _probed(stage, ProbeOutcome.FAILED, classify(error, stage).said)
    finally:
        await session.leave()
    return tuple(told.get(step) or _probed(step, ProbeOutcome.SKIPPED, "") for step in STEPS)


def _probed(step: SmtpStep, outcome: ProbeOutcome, said: str) -> Probed:
    return Probed(step.value, outcome, one_line(said, at_most=LONGEST_SAID))
