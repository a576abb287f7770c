"""One mail as it is printed: its words, and what became of it."""

from __future__ import annotations

import tempfile
import webbrowser
from collections.abc import Iterator, Sequence
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.text import columns_of, padding
from ptce_workflow.base.words import _, language
from ptce_workflow.cli.lists import to_whom
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.writing import entered, must_be_here
from ptce_workflow.ledger.events.mail import AboutMails
from ptce_workflow.papers.listing import Col, table
from ptce_workflow.papers.report import (
    Aside,
    Lead,
    Note,
    Paragraph,
    Part,
)
from ptce_workflow.papers.telling import Narrator
from ptce_workflow.process.letters.outbox import Move, Stage, label_of, may

if TYPE_CHECKING:
    from ptce_workflow.app.cases.history import Told
    from ptce_workflow.app.post.desk import LetterTold
    from ptce_workflow.process.process import Process


def headers(told: LetterTold) -> list[tuple[str, str]]:
    """The headers of the bytes, none before they are made."""
    if told.eml is None:
        return []
    read = BytesHeaderParser(policy=policy.default).parsebytes(told.eml)
    return [(name, str(value)) for name, value in read.items()]


def letter(process: Process, told: LetterTold, lines: Sequence[Told] = ()) -> Iterator[Part]:
    """`ptce mail show`: to whom and when, the text, and what the ledger tells of it."""
    posted = told.posted
    yield Lead(posted.name, f"{posted.label} · {label_of(posted.stage)}")
    yield Paragraph("")
    yield from _particulars(process, told)
    if standing := _standing(told):
        yield Paragraph("")
        yield Paragraph(standing)
    yield from map(Note, told.remarks)
    yield Paragraph("")
    yield from _said(told)
    yield from _letter_story(process, posted.name, lines)
    if command := _next(posted.name, posted.stage):
        yield Aside(command=command)


def _standing(told: LetterTold) -> str:
    """The words for whether a letter is final and will ever leave; "" for those that left."""
    match told.posted.stage, told.frozen:
        case Stage.DROPPED, _:
            return _("It was dropped: it will not leave.")
        case Stage.HELD, True:
            return _("A person has rewritten it: this is what it will say.")
        case Stage.CANCELLED, True:
            return _("It will not leave.")
        case Stage.CANCELLED, False:
            return _("It will not leave: this is what it would say now.")
        case Stage.BOUNCED, _:
            return _("It came back: nothing counts from its sending.")
        case Stage.EXPIRED, True:
            return _("It was too late for it: it will not leave by itself.")
        case Stage.EXPIRED, False:
            return _(
                "It was too late for it: it will not leave by itself. This is what it would say "
                "now."
            )
        case _, False:
            return _("It is not written for good yet: this is what it would say now.")
    return ""


def previews(process: Process, letters: Sequence[LetterTold]) -> Iterator[Part]:
    """The mails that are about to be released, whole: to whom, what about, all they say."""
    for told in letters:
        yield Lead(told.posted.name, told.posted.label)
        yield from _particulars(process, told)
        yield from map(Note, told.remarks)
        yield Paragraph("")
        yield from _said(told)
        yield Paragraph("")


def rewritten(process: Process, told: LetterTold) -> Iterator[Part]:
    """`ptce mail edit`: the mail as it reads now, and the command that lets it leave."""
    yield from previews(process, [told])
    yield Aside(command=f"ptce mail release {told.posted.name}")


def _said(told: LetterTold) -> Iterator[Part]:
    for line in told.letter.text.rstrip("\n").split("\n"):
        yield Paragraph(line, level=2, hanging=2 * line.startswith("- "))


def _particulars(process: Process, told: LetterTold) -> Iterator[Part]:
    posted = told.posted
    address = f" <{posted.address}>" if posted.address else ""
    pairs = {
        _("to"): to_whom(posted) + address,
        _("subject"): told.letter.subject,
        _("when"): speech.long_instant(posted.next_at, process.zone, language()),
        _("attempts"): posted.attempts and speech.number(posted.attempts, language()),
        _("answer"): posted.said,
    }
    said = {label: value for label, value in pairs.items() if value or label == _("subject")}
    width = max(map(columns_of, said))
    for label, value in said.items():
        text = f"{label}{padding(label, width)}  {value}"
        yield Paragraph(text, level=1, hanging=width + 2)


def _letter_story(process: Process, name: str, lines: Sequence[Told]) -> Iterator[Part]:
    """The story of one mail by the ledger; nothing for one about the whole contest."""
    about = [one for one in lines if _tells_of(one, name)]
    if about:
        yield table(
            process,
            about,
            Col("n", lambda one: str(one.line.n), number=True),
            Col(_("when"), lambda one: from_text(one.line.at), hours=True),
            Col(_("what"), lambda one: _told(one, name), flexible=True),
        )


def _tells_of(one: Told, name: str) -> bool:
    event = one.line.data
    return isinstance(event, AboutMails) and name in event.names()


def _told(one: Told, name: str) -> Iterator[str]:
    """The sentences of a line that tell of one mail alone."""
    only = one.line.data.only(name)
    return Narrator(one).sentences(only.story(one.line, one.side))


_COMMANDS = {
    Move.RELEASE: "ptce mail release {name}",
    Move.SETTLE: 'ptce mail resolve {name} --sent --reason "…"',
    Move.RESEND: "ptce mail retry {name}",
    Move.RESTORE: "ptce mail retry {name}",
}
"""The command of each move that a person makes, the first one possible being the next step."""


def _next(name: str, stage: Stage) -> str:
    """The command that deals with a mail at that stage; "" when there is none."""
    moves = may(stage)
    command = next((_COMMANDS[move] for move in _COMMANDS if move in moves), "")
    return command.format(name=name)


def bytes_of(told: LetterTold) -> bytes:
    """The bytes that left, or are about to.

    *Raises* PtceError while they are not made.
    """
    if told.eml is None and told.frozen and not told.words:
        raise PtceError(told.letter.text.rstrip("\n"))
    if told.eml is None:
        raise PtceError(
            _("{message} has no bytes yet.").format(message=told.posted.name),
            _("They are made when its hour has come."),
            _("Its words: ptce mail show {message}").format(message=told.posted.name),
        )
    return told.eml


def show_page(out: Output, told: LetterTold, stdin: TextIO | None = None) -> None:
    """`ptce mail show --open`: the letter as a page in a browser, gone once it was looked at.

    *Raises* Misuse where nobody is at the keyboard to say that they have seen it.
    """
    name = told.posted.name
    must_be_here(
        out,
        _("Nobody is here to look at the page."),
        _("As data: {command}").format(command=f"ptce mail show {name} --json"),
        stdin,
    )
    # A folder of its own, which nobody else can read: letters hold names and reasons.
    with tempfile.TemporaryDirectory(prefix="ptce-") as folder:
        page = Path(folder) / f"{name}.html"
        page.write_text(told.letter.html, "utf-8")
        out.say(str(page))
        try:
            shown = webbrowser.open(page.as_uri())
        except webbrowser.Error:
            shown = False
        if not shown:
            out.remark(_("No browser was found here; the page is in this file."))
        entered(out, _("Once you have seen it, press Enter: the page is taken away."), stdin)
