"""What the mail server was given, put into files for a person to read.

Each mail is there as it came (`.eml`) and as a page (`.html`), under a name that begins with its
day and hour: `2024-02-23-0900-information_meeting_reminder-C-003.eml`. `index.html` lists them.
"""

from __future__ import annotations

import email
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha256
from html import escape
from pathlib import Path

import ptce_workflow.base.words as speech
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.outbox.plan import number_of
from ptce_workflow.base.words import language
from rehearsal.server import Received

_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 56rem; }}
body {{ padding: 0 1rem; }}
h1 {{ color: #0a4f9c; font-size: 1.6rem; }}
h2 {{ border-bottom: 1px solid #c4cad1; font-size: 1rem; margin: 1.75rem 0 0.5rem; }}
ul {{ list-style: none; margin: 0; padding: 0; }}
li {{ padding: 0.2rem 0 0.2rem 3.5rem; text-indent: -3.5rem; }}
time {{ color: #4a525b; display: inline-block; text-indent: 0; width: 3.5rem; }}
a {{ color: #0a4f9c; }}
small {{ color: #4a525b; white-space: nowrap; }}
</style>
</head>
<body>
<h1>{title}</h1>
{days}
</body>
</html>
"""
_DAY = "<h2>{day}</h2>\n<ul>\n{mails}\n</ul>"
_MAIL = (
    '<li><time>{hour}</time><a href="{stem}.html">{subject}</a> '
    '<small>{to} · <a href="{stem}.eml">.eml</a></small></li>'
)


class Astray(Exception):
    """What the ledger calls sent and what the server was given are not the same mails."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A mail that was received: the name of its files, when it left, and what it is."""

    stem: str
    left: datetime
    to: str
    subject: str
    page: str
    content: bytes


def file_all(folder: Path, received: Sequence[Received], contest: Contest, title: str) -> None:
    """Writes all that was received into a new folder.

    *Raises* Astray unless each mail that the contest has sent was received once, byte for byte.
    """
    folder.mkdir()
    filed = in_order(received, contest)
    for mail in filed:
        (folder / f"{mail.stem}.eml").write_bytes(mail.content)
        (folder / f"{mail.stem}.html").write_text(mail.page, encoding="utf-8")
    (folder / "index.html").write_text(index(filed, contest, title), encoding="utf-8")


def in_order(received: Sequence[Received], contest: Contest) -> list[Filed]:
    """Each mail that was received, as files are to name it, in the order of time."""
    sent = {}
    with contest.database.reading() as repo:
        for posted in messages(contest, ("sent",)):
            row = repo.message(contest.id, number_of(posted.name))
            assert row is not None
            sent[posted.address, row.sha256] = posted
    given = [(one.address, sha256(one.content).hexdigest()) for one in received]
    if len(given) != len(sent) or set(given) != set(sent):
        raise Astray(f"{len(sent)} sent, {len(given)} received")
    filed = []
    for mail, key in zip(received, given, strict=True):
        posted, content = sent[key], mail.content
        message = email.message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        left = parsedate_to_datetime(message["Date"]).astimezone(contest.process.zone)
        about = posted.ref or posted.recipient
        page = message.get_body(("html",))
        assert page is not None
        filed.append(
            Filed(
                f"{left:%Y-%m-%d-%H%M}-{posted.notification}-{about}",
                left,
                posted.to,
                str(message["Subject"]),
                page.get_content(),
                content,
            )
        )
    return _told_apart(sorted(filed, key=lambda mail: mail.stem))


def index(filed: Sequence[Filed], contest: Contest, title: str) -> str:
    """The page that lists what was received, day by day."""
    days: dict[str, list[str]] = {}
    for mail in filed:
        day = speech.long_date(mail.left, contest.process.zone, language())
        row = {"stem": mail.stem, "subject": mail.subject, "to": mail.to}
        hour = f"{mail.left:%H:%M}"
        told = _MAIL.format(hour=hour, **{key: escape(text) for key, text in row.items()})
        days.setdefault(day[0].upper() + day[1:], []).append(told)
    parts = [_DAY.format(day=escape(day), mails="\n".join(mails)) for day, mails in days.items()]
    return _PAGE.format(language=language(), title=escape(title), days="\n".join(parts))


def _told_apart(filed: Sequence[Filed]) -> list[Filed]:
    """The same mails, a number behind the names that would be the same."""
    seen: dict[str, int] = {}
    apart = []
    for mail in filed:
        seen[mail.stem] = count = seen.get(mail.stem, 0) + 1
        stem = mail.stem if count == 1 else f"{mail.stem}-{count}"
        apart.append(Filed(stem, mail.left, mail.to, mail.subject, mail.page, mail.content))
    return apart
