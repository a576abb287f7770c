"""Trial mails: a letter of each kind, of sample data, for whoever tries; no ledger has them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.words import _
from ptce_workflow.mail.dialogue import AnswerKind, Envelope, ServerAnswer, SmtpConnection
from ptce_workflow.mail.message import Mailbox, MailHeading, compose, message_id
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.process.check.letters import sample_letters
from ptce_workflow.process.process import Process

# After any other answer, the next mail would meet the same.
_ABOUT_ONE_MAIL = (AnswerKind.ACCEPTED, AnswerKind.REFUSED, AnswerKind.LATER, AnswerKind.UNFIT)


class TrialMail(Struct):
    notification: str
    subject: str
    content: bytes
    answer: ServerAnswer | None = None

    @property
    def is_sent(self) -> bool:
        return self.answer is not None and self.answer.kind is AnswerKind.ACCEPTED


def trial_mails(
    process: Process, names: Sequence[str], settings: MailSettings, reader: Mailbox, at: datetime
) -> Iterator[TrialMail]:
    """One mail for each of some notifications, or for all. Raises: TemplateFault."""
    mark = _("[TRIAL]")
    for name, rendered in sample_letters(process, names):
        marked = replace(rendered, subject=f"{mark} {rendered.subject}")
        named = message_id(os.urandom(16).hex(), settings.sender.domain)
        by, spoken = (settings.sender, reader), (settings.reply_to, rendered.language)
        content = compose(marked, MailHeading(*by, named, at, *spoken, trial=name))
        yield TrialMail(name, marked.subject, content)


async def send_trials(mails: Sequence[TrialMail], settings: MailSettings, reader: Mailbox) -> None:
    """Sends them one by one, no faster than the settings say, as long as the server takes mail."""
    connection, sender = SmtpConnection(settings), settings.sender.address
    for mail in mails:
        answer = await connection.offer(Envelope(sender, reader.address, len(mail.content)))
        if answer.kind is AnswerKind.ACCEPTED:
            answer = await connection.deliver(mail.content)
        mail.answer = answer
        if answer.kind not in _ABOUT_ONE_MAIL:
            break
        if settings.per_minute and mail is not mails[-1]:
            await asyncio.sleep(60 / settings.per_minute)
    await connection.close()
