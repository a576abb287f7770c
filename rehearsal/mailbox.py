"""The mailbox of the contest: what collectives send, each a mail with the form that they filled.

    python -m rehearsal.mailbox demo/mailbox

It is a Maildir, as a mail server keeps one: no server is needed to read it. Each mail bears the
lines of the servers that it went through; those of the contest tell the hour at which it came.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any

from ptce_workflow.app.locations import read_folder
from ptce_workflow.office.docx import blank_to_docx
from ptce_workflow.office.forms.blank import blank, questionnaire
from ptce_workflow.process.process import Process
from rehearsal.cast import (
    ALONE,
    COMPLETED,
    FOUND_LATER,
    HERE,
    LATE,
    MISTYPED,
    RETURNED,
    RIGHT_ADDRESS,
    SENT,
    TWELFTH,
    UNFINISHED,
    ZONE,
)
from rehearsal.filling import filled

FORM = "site/dossier.docx"
"""The form that collectives download, in the folder of the contest."""
ENTRY, INNER, NETWORK = "mx.cress.example", "mail.cress.example", "192.0.2.0/28"
"""The contest's own servers: what takes mails from outside, what keeps them, their addresses."""

MAILBOX = "mailbox"
_MEMBER = "yvette.lacoste@particulier.example"
_CUT = 9
_FOLDERS, _JUNK = ("cur", "new", "tmp"), ".Junk"
_WORD = "vnd.openxmlformats-officedocument.wordprocessingml.document"
_WORKBOOK = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LEFT, _STORED = timedelta(seconds=2), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail with a form: whose, when it came, and what its text says.

    `completed` is the form that mends an earlier one; `is_junk` is a mail that a filter held, sent
    by somebody else than the contact of the form.
    """

    number: int
    at: datetime
    text: str = "Veuillez trouver ci-joint notre dossier de candidature."
    completed: bool = False
    is_junk: bool = False

    @property
    def file(self) -> str:
        """Where its file stands in the mailbox."""
        folder = f"{_JUNK}/new" if self.is_junk else "new"
        return f"{folder}/{self.at:%Y-%m-%d-%H%M}-{stem(self.number)[3:]}.eml"

    @property
    def answers(self) -> Mapping[str, Any]:
        """What the form says: what is missing, cut off or wrong is mended in the second."""
        given = answers(self.number)
        if self.number == MISTYPED:
            return {**given, "contact_email": RIGHT_ADDRESS}
        if self.number == COMPLETED and self.completed:
            return {**given, **answers(self.number, "completions")}
        if self.number == RETURNED and not self.completed:
            *others, last = given["members"]
            return {**given, "members": [*others, {**last, "name": last["name"][:_CUT]}]}
        return given


def _march(day: int, hour: int, minute: int) -> datetime:
    return datetime(2024, 3, day, hour, minute, tzinfo=ZONE)


_SECOND = "S’y ajoute une seconde structure, une entreprise de l’ESS : Paysans des blés de la Tave."
ARRIVALS = (
    *(
        Arrival(number, _march(1 + number % 6, 15, 10 + number), *((_SECOND,) * (number == ALONE)))
        for number in SENT
    ),
    Arrival(COMPLETED, _march(7, 9, 12)),
    Arrival(RETURNED, _march(8, 14, 5), "Voici de nouveau notre dossier.", completed=True),
    Arrival(COMPLETED, _march(8, 15, 48), "Voici ce qui manquait.", completed=True),
    Arrival(FOUND_LATER, _march(11, 9, 12), is_junk=True),
    Arrival(TWELFTH, _march(11, 11, 42)),
    Arrival(UNFINISHED, _march(11, 11, 58), "Voici où nous en sommes ; nous manquons de temps."),
    Arrival(LATE, _march(11, 14, 2), "Avec toutes nos excuses pour le retard."),
)


@cache
def stem(number: int) -> str:
    """The name of the file that holds what a collective answers."""
    return next((HERE / "dossiers").glob(f"{number:02}-*.toml")).stem


def answers(number: int, folder: str = "dossiers") -> Mapping[str, Any]:
    """What a collective answers, or what it answers later."""
    file = HERE / folder / f"{stem(number)}.toml"
    given: Mapping[str, Any] = tomllib.loads(file.read_text("utf-8"))["dossier"]
    return given


def deliver(mailbox: Path, form: bytes, arrivals: Iterable[Arrival] = ARRIVALS) -> None:
    """Puts mails in a mailbox, each with the blank as its sender filled it."""
    asked = questionnaire(the_process(), "dossier", "fr")
    for arrival in arrivals:
        file = mailbox / arrival.file
        for folder in _FOLDERS:
            (file.parents[1] / folder).mkdir(parents=True, exist_ok=True)
        file.write_bytes(_mail(arrival, filled(form, asked, arrival.answers)))


def deliver_grid(mailbox: Path, grid: Path, sender: str, at: datetime) -> None:
    """Puts the mail in a mailbox in which an institution sends its grid back."""
    text = "Bonjour,\n\nVoici notre grille, remplie.\n"
    file = mailbox / "new" / f"{at:%Y-%m-%d-%H%M}-{grid.stem}.eml"
    mail = _from(sender, sender, at, f"grid-{grid.stem}-{at:%d%H%M}", "Notre grille", text)
    mail.add_attachment(grid.read_bytes(), "application", _WORKBOOK, filename=grid.name)
    file.write_bytes(_fixed(mail))


def deliver_text(mailbox: Path, sender: str, at: datetime, subject: str, text: str) -> None:
    """Puts a plain mail in a mailbox."""
    file = mailbox / "new" / f"{at:%Y-%m-%d-%H%M}-{sender.partition('@')[2]}.eml"
    file.write_bytes(_from(sender, sender, at, f"{at:%d%H%M}", subject, text).as_bytes())


def _mail(arrival: Arrival, form: bytes) -> bytes:
    name = arrival.answers["collective_name"]
    sender = _MEMBER if arrival.is_junk else arrival.answers["contact_email"]
    tag = f"{stem(arrival.number)}-{arrival.at:%d%H%M}"
    text = f"Bonjour,\n\n{arrival.text}\n\nCordialement,\n{name}\n"
    mail = _from(name, sender, arrival.at, tag, f"Candidature {name}", text)
    mail.add_attachment(form, "application", _WORD, filename=Path(FORM).name)
    return _fixed(mail)


def _from(name: str, sender: str, at: datetime, tag: str, subject: str, text: str) -> EmailMessage:
    """A mail as the servers of the contest keep it, to which a file may be added."""
    host = f"smtp.{sender.partition('@')[2]}"
    mail = EmailMessage(policy=SMTP)
    for sent, told in (
        (at + _STORED, f"from {ENTRY} ([192.0.2.10]) by {INNER} with LMTP id {tag}"),
        (at, f"from {host} (unknown [198.51.100.7]) by {ENTRY} (Postfix) id {tag}"),
    ):
        mail["Received"] = f"{told} for <concours@cress.example>; {format_datetime(sent)}"
    mail["From"] = f'"{name}" <{sender}>'
    mail["To"] = "concours@cress.example"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at - _LEFT)
    mail["Message-ID"] = f"<{tag}@{host}>"
    mail.set_content(text)
    return mail


def _fixed(mail: EmailMessage) -> bytes:
    """The bytes of a mail, with a boundary that is always the same."""
    mail.set_boundary(f"=={mail['Message-ID'].strip('<>').partition('@')[0]}==")
    return mail.as_bytes()


@cache
def the_process() -> Process:
    """The process of the rulebook's contest."""
    return Process.load(read_folder(HERE.parent))


@cache
def the_blank() -> bytes:
    """The form of its dossier, as `ptce form` writes it."""
    return blank_to_docx(blank(the_process(), "dossier", "fr"))


def main() -> int:
    """Writes the whole mailbox in the folder that is named."""
    deliver(Path(sys.argv[1]), the_blank())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
