"""Reports on mails: those that wait, one letter, what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import (
    _,
    columns_of,
    language,
    n_,
    number,
    padding,
    rehearsal_mark,
)
from ptce_workflow.ledger.events.mail import AboutMails
from ptce_workflow.office import page
from ptce_workflow.office.page import Advice, Paragraph, Part, Report, of_contest
from ptce_workflow.process.letters.message import ASKING, ENDED, Move, Stage, label_of, may
from ptce_workflow.process.model.folder import mail_file
from ptce_workflow.process.process import Process, to_the_minute
from ptce_workflow.reports.listing import MAILS, RECEIVED, Col, addressed, table, to_whom

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.history import HistoryEntry
    from ptce_workflow.app.mailbox import MailView
    from ptce_workflow.app.outbox.desk import AttachedFile, LetterView, Posted
    from ptce_workflow.app.outbox.waiting import UnnotifiedDecision, Waiting
    from ptce_workflow.mail.dialogue import TrialMail
    from ptce_workflow.process.letters.variables import Letter


def headers(view: LetterView) -> list[tuple[str, str]]:
    from email import policy
    from email.parser import BytesHeaderParser

    if view.eml is None:
        return []
    read = BytesHeaderParser(policy=policy.default).parsebytes(view.eml)
    return [(name, str(value)) for name, value in read.items()]


def letter(
    process: Process, view: LetterView, lines: Sequence[HistoryEntry] = ()
) -> Iterator[Part]:
    """`ptce mail show`: to whom and when, the text, and what the ledger tells of it."""
    posted = view.posted
    yield page.lead(posted.name, f"{posted.label} · {label_of(posted.stage)}")
    yield page.say("")
    yield from _particulars(process, view)
    if standing := _standing(view):
        yield page.say("")
        yield page.say(standing)
    yield from map(page.note, view.remarks)
    yield page.say("")
    yield from _letter_body(view)
    mails = (one for one in lines if isinstance(one.line.data, AboutMails))
    # A mail about the whole contest has no story.
    if about := [one for one in mails if posted.name in one.line.data.names()]:
        number_of = Col("n", lambda one: str(one.line.n), number=True)
        what = Col(_("when"), lambda one: from_text(one.line.at), hours=True)
        why = Col(_("what"), lambda one: _entry_texts(one, posted.name), flexible=True)
        yield table(process, about, number_of, what, why)
    if command := _next(posted.name, posted.stage):
        yield page.suggest(command)


def _standing(view: LetterView) -> str:
    """The words for whether a letter is final and will ever leave; "" for those that left."""
    match view.posted.stage, view.frozen:
        case Stage.DROPPED, _:
            return _("It was dropped: it will not leave.")
        case Stage.HELD, True:
            return _("A person has rewritten it: this is what it will say.")
        case Stage.CANCELLED, True:
            return _("It will not leave.")
        case Stage.CANCELLED, False:
            return _("It will not leave: this is what it would say now.")
        case Stage.BOUNCED | Stage.UNDELIVERED, _:
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


def previews(
    process: Process, letters: Sequence[LetterView], seen: dict[str, LetterView] | None = None
) -> Iterator[Part]:
    """The mails that are about to be released: to whom, what about, all they say.

    Of a kind that was shown before, as `seen` tells, the words that differ from the last one.
    """
    seen = {} if seen is None else seen
    for view in letters:
        yield page.lead(view.posted.name, view.posted.label)
        yield from _particulars(process, view)
        yield from map(page.note, view.remarks)
        yield page.say("")
        before = seen.get(view.posted.notification)
        differing = None if before is None else _differing(before, view)
        if before is None or differing is None:
            yield from _letter_body(view)
        else:
            text = _("As {message}, but for the words between brackets:")
            same = _("It says the same as {message}.")
            yield page.line(text if differing else same, 1, message=before.posted.name)
            yield from (page.line(one, 2) for one in differing)
        yield page.say("")
        seen[view.posted.notification] = view


_CONTEXT_WORDS, _MOST_NAMED = 6, 20
# Letters that share less are shown whole.
_ALIKE = 0.6


def _differing(before: LetterView, view: LetterView) -> list[str] | None:
    """The words of a letter that another one has not, each with some around; None for most.

    The line of the ledger that each letter quotes last differs always, and is not read.
    """
    old, new = (one.letter.text.split("\n\n")[:-1] for one in (before, view))
    was, now = (" ¶ ".join(paragraphs).split() for paragraphs in (old, new))
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return None
    return [_passage(was, now, group) for group in matcher.get_grouped_opcodes(_CONTEXT_WORDS)]


def _passage(was: list[str], now: list[str], group: list[tuple[str, int, int, int, int]]) -> str:
    parts = []
    for tag, a, b, c, d in group:
        text = " ".join(now[c:d])
        if tag != "equal":
            gone = _("without: {words}").format(words=" ".join(was[a:b]))
            text = f"[{text or gone}]"
        parts.append(text)
    return "… " + " ".join(parts) + " …"


def question(count: int) -> str:
    text = n_("Release this mail?", "Release these {count} mails?", count)
    return text.format(count=number(count, language()))


def waiting_lines(those: Sequence[Posted]) -> Iterator[str]:
    texts = [f"{one.name} {one.label} · {to_whom(one)}" for one in those]
    yield from page.first(texts, _MOST_NAMED)


def rewritten(process: Process, view: LetterView) -> Iterator[Part]:
    """`ptce mail edit`: the mail as it reads now, and the command that lets it leave."""
    yield from previews(process, [view])
    yield page.suggest(f"ptce mail release {view.posted.name}")


def letter_begun(corrected: LetterView | None) -> str:
    subject = _("Subject")
    if corrected is not None:
        before = corrected.letter.subject.removeprefix(rehearsal_mark()).strip()
        subject = _("Correction: {subject}").format(subject=before)
    return f"# {subject}\n\n" + _("What it says.") + "\n"


def letters_written(process: Process, first: LetterView, those: Sequence[Posted]) -> Iterator[Part]:
    """`ptce mail write`: one of the letters whole, all of them, and how they are read."""
    yield from previews(process, [first])
    count = len(those)
    text = n_("The letter is held.", "{count} such letters are held:", count)
    yield page.say(text, count=count) if count == 1 else page.above(text, count=count)
    if count > 1:
        yield MAILS.table(process, those, those[0].due)
    yield page.suggest("ptce mail release" + f" {those[0].name}" * (count == 1))


def _letter_body(view: LetterView) -> Iterator[Part]:
    for line in view.letter.text.rstrip("\n").split("\n"):
        yield Paragraph(line, level=2, hanging=2 * line.startswith("- "))


def _particulars(process: Process, view: LetterView) -> Iterator[Part]:
    posted = view.posted
    pairs = {
        _("to"): addressed(posted),
        _("subject"): view.letter.subject,
        _("when"): to_the_minute(process, posted.next_at),
        _("attempts"): posted.attempts and number(posted.attempts, language()),
        _("answer"): posted.said,
        _("attached"): "\n".join(map(_attached_text, view.attached)),
    }
    shown = {label: value for label, value in pairs.items() if value or label == _("subject")}
    width = max(map(columns_of, shown))
    for label, value in shown.items():
        lines = str(value).replace("\n", "\n" + " " * (width + 2))
        yield Paragraph(f"{label}{padding(label, width)}  {lines}", level=1, hanging=width + 2)


def _attached_text(one: AttachedFile) -> str:
    size = _("(erased)") if one.erased else ""
    if one.size is not None:
        size = n_("{count} byte", "{count} bytes", one.size)
        size = size.format(count=number(one.size, language()))
    return " · ".join(filter(None, (one.name, size, one.sha256[:12])))


def _entry_texts(entry: HistoryEntry, name: str) -> Iterator[str]:
    from ptce_workflow.reports.telling import Narrator

    return Narrator(entry).sentences(entry.line.data.only(name).describe(entry.line, entry.side))


_COMMANDS = {
    Move.RELEASE: "ptce mail release {name}",
    Move.SETTLE: 'ptce mail resolve {name} --sent --reason "…"',
    Move.RESEND: "ptce mail resolve {name} --resend",
    Move.RESTORE: "ptce mail resolve {name} --resend",
}
"""The command of each move that a person makes, the first one possible being the next step."""


def _next(name: str, stage: Stage) -> str:
    """The command that deals with a mail at that stage; "" when there is none."""
    moves = may(stage)
    return next((text for move, text in _COMMANDS.items() if move in moves), "").format(name=name)


def bytes_of(view: LetterView) -> bytes:
    """The bytes that left, or are about to. Raises: PtceError while they are not made."""
    if view.eml is None and view.frozen and not view.words:
        raise PtceError(view.letter.text.rstrip("\n"))
    if gone := [one.name for one in view.attached if one.size is None]:
        what = _("The bytes of {message} cannot be made again.").format(message=view.posted.name)
        raise PtceError(what, _("Gone: {files}.").format(files=", ".join(gone)))
    if view.eml is None:
        what = _("{message} has no bytes yet.").format(message=view.posted.name)
        mend = _("Its words: ptce mail show {message}").format(message=view.posted.name)
        raise PtceError(what, _("They are made when its hour has come."), mend)
    return view.eml


OPEN = tuple(str(stage) for stage in Stage if stage not in ENDED)
"""The stages of a mail that has not left yet, or needs a person."""

EVERY = tuple(map(str, Stage))


def stage_labels() -> dict[str, str]:
    return {str(stage): label_of(stage) for stage in Stage}


def list_report(
    process: Process,
    posted: Sequence[Posted],
    now: datetime,
    waiting: Waiting | None = None,
    *,
    server: bool = True,
    then: bool = False,
) -> Report:
    """`ptce mail list`: how many at each stage, then each with its hour and its reader.

    Beside it, the first mail that asks for a person, and why what is due has not left. `then` says
    that all of it is as of an earlier instant.
    """
    parts: list[Part] = [page.say(_("No such mail."))]
    if posted:
        counts = Counter(one.stage for one in posted)
        by_stage = (page.pair(label_of(one), counts[one]) for one in Stage if one in counts)
        text = n_("{count} mail", "{count} mails", len(posted))
        parts = [page.lead(text, ", ".join(by_stage)), MAILS.table(process, posted, now)]
    asking = (one.name for stage in ASKING for one in posted if one.stage is stage)
    parts += [page.suggest(f"ptce mail show {name}") for name in islice(asking, 1)]
    if waiting is not None:
        parts += why_waiting(process, waiting, server=server)
    if then:
        text = _("No line tells which of the planned ones the courier had in hand.")
        parts.append(page.note(text))
    return of_contest(process, _("Mails"), now, parts)


def released(process: Process, those: Sequence[Posted], now: datetime) -> Iterator[Part]:
    yield page.above(n_("{count} mail is released:", "{count} mails are released:", len(those)))
    yield MAILS.table(process, those, now)
    yield from _next_step(those, now)


def changed(
    those: Sequence[Posted], now: datetime, skipped: Sequence[PtceError] = ()
) -> Iterator[Part]:
    """`ptce mail resolve` and `drop`: what became of each mail, in a line; why not of others."""
    for one in those:
        text = _("{message}, {label}, to {to}: {stage}.").format(
            message=one.name, label=one.label, to=to_whom(one), stage=label_of(one.stage)
        )
        yield page.line(text)
        if one.stage is Stage.BOUNCED:
            yield page.line(_("Nothing counts from its sending any more."))
            undo = f"ptce mail resolve {one.name}"
            yield page.advise(_("Once its address is right: {command}"), f"{undo} --resend")
            text = _("If it did arrive after all: {command}")
            yield page.advise(text, f'{undo} --sent --reason "…"')
    if not those and not skipped:
        yield page.say(_("No such mail."))
    for refused in skipped:
        yield page.note(f"{refused.what} {refused.why}".rstrip())
    yield from _next_step(those, now)


def to_resolve(
    process: Process, those: Sequence[Posted], doubtful: Sequence[Posted], now: datetime
) -> Iterator[Part]:
    """`ptce mail resolve`, before it asks: which mails, and what speaks against sending them."""
    yield MAILS.table(process, those, now)
    for address in dict.fromkeys(one.address for one in doubtful):
        text = _("A mail came back, and the address has not changed since: {address}")
        yield page.note(text, address=address)


def resumed() -> Iterator[Part]:
    yield page.say(_("Mail may leave again at once."))
    yield page.suggest("ptce tick")


def _next_step(those: Sequence[Posted], now: datetime) -> Iterator[Part]:
    """The command that has them leave; one that is not due yet leaves by itself."""
    held = [one.name for one in those if one.stage is Stage.HELD]
    if held:
        yield page.suggest(reads(held))
    elif any(one.stage is Stage.PLANNED and one.next_at <= now for one in those):
        yield page.suggest("ptce tick")


def reads(held: Sequence[str]) -> str:
    [first, *others] = held
    return "ptce mail list --state held" if others else f"ptce mail show {first}"


def waiting_text(waiting: Waiting) -> str:
    """Counts of mails that ask for a person, or are due; "" for none."""
    again, doubtful = waiting.retried, waiting.doubtful
    counts = (
        (waiting.held, n_("{count} to be read", "{count} to be read", waiting.held)),
        (waiting.uncertain, n_("{count} uncertain", "{count} uncertain", waiting.uncertain)),
        (waiting.failed, n_("{count} failed", "{count} failed", waiting.failed)),
        (waiting.bounced, n_("{count} came back", "{count} came back", waiting.bounced)),
        (doubtful, n_("{count} to a doubtful address", "{count} to doubtful addresses", doubtful)),
        (waiting.expired, n_("{count} too late", "{count} too late", waiting.expired)),
        (again, n_("{count} to be tried again", "{count} to be tried again", again)),
        (waiting.late, n_("{count} to leave", "{count} to leave", waiting.late)),
    )
    parts = [text for count, text in counts if count]
    if waiting.paused:
        parts.append(_("the courier is paused"))
    return ", ".join(parts)


def unnotified_texts(decisions: Sequence[UnnotifiedDecision], most: int | None = None) -> list[str]:
    lines = [one.text + (" · " + _("late") if one.late else "") for one in decisions]
    return page.first(lines, most)


def letters_ahead(process: Process, letters: Sequence[Posted]) -> Iterator[Part]:
    if not letters:
        yield page.say(_("Nobody is written to."))
        return
    yield page.above(_("Mails that would leave:"))
    for one in sorted(letters, key=lambda letter: letter.due):
        when = to_the_minute(process, one.due)
        to = f"{one.to} <{one.address}>" if one.address else one.to
        text = _("{when} · {label} · to {to}").format(when=when, label=one.label, to=to)
        if not one.address:
            text += " · " + _("no address is known")
        if one.doubtful:
            text += " · " + _("a mail to its address came back")
        yield page.detail(text + (" · " + _("a person reads it first") if one.held else ""))


def _rate_text(most: int, span: timedelta) -> str:
    rates = {timedelta(minutes=1): _("{count} a minute"), timedelta(hours=1): _("{count} an hour")}
    return rates.get(span, _("{count} a day")).format(count=number(most, language()))


def why_waiting(process: Process, waiting: Waiting, *, server: bool) -> Iterator[Part]:
    """Below `ptce mail list` and `ptce tick`: why what is due has not left, and what to type."""
    if waiting.paused:
        until, why = waiting.paused_until, waiting.paused
        text = _("No mail leaves for now: {why}").format(why=why)
        if until is not None:
            when = to_the_minute(process, until)
            text = _("No mail leaves before {when}: {why}").format(when=when, why=why)
        yield Advice(text, "ptce doctor", beside=True)
        return
    count, leased = waiting.late - waiting.leased, waiting.leased
    if leased and waiting.leased_until is not None:
        text = n_(
            "{count} mail is held by another courier: if it has ended, it is back on {when}.",
            "{count} mails are held by another courier: if it has ended, they are back on {when}.",
            leased,
        )
        yield page.aside(text, when=to_the_minute(process, waiting.leased_until))
    if count > 0 and waiting.rate and waiting.last_leaves is not None and server:
        text = n_(
            "{count} mail waits its turn, {rate} at most: the last leaves on {when}.",
            "{count} mails wait their turn, {rate} at most: the last leaves on {when}.",
            count,
        )
        when = to_the_minute(process, waiting.last_leaves)
        yield page.aside(text, rate=_rate_text(*waiting.rate), when=when)
    elif count > 0:
        text = (
            n_(
                "{count} mail is due: `ptce tick` sends it, `ptce doctor` tells what is in its "
                "way.",
                "{count} mails are due: `ptce tick` sends them, `ptce doctor` tells what is in "
                "their way.",
                count,
            )
            if server
            else n_(
                "{count} mail is due and waits: no mail server is set. `ptce doctor` tells more.",
                "{count} mails are due and wait: no mail server is set. `ptce doctor` tells more.",
                count,
            )
        )
        yield page.aside(text)


def received(process: Process, mails: Sequence[MailView], now: datetime) -> Iterator[Part]:
    """`ptce mail read`: how many mails there are of each kind, then each of them."""
    from ptce_workflow.app.pieces import ASKING as TO_READ

    if not mails:
        yield page.say(_("No new mail."))
        return
    count = n_("{count} mail", "{count} mails", len(mails))
    yield page.lead(count, counts_received(mails))
    yield RECEIVED.table(process, mails, now)
    attached = [one for one in mails if one.outcome in TO_READ and one.pieces]
    if attached:
        yield page.advise(_("To file what is attached: {command}"), f"ptce add {attached[0].name}")
    books = [one.name for one in attached if {"xlsx", "ods"} & {each.kind for each in one.pieces}]
    if books and process.definition.panels:
        text = _("If their workbooks are grids of the jury: {command}")
        yield page.advise(text, f"ptce jury grid --import {' '.join(books)}")


def counts_received(mails: Sequence[MailView]) -> str:
    from ptce_workflow.app.pieces import LABELS

    counts = Counter(mail.outcome for mail in mails)
    return ", ".join(
        page.pair(_(label), number(counts[outcome], language()))
        for outcome, label in LABELS.items()
        if counts[outcome]
    )


def samples(process: Process, letters: Sequence[tuple[str, Letter]], now: datetime) -> Report:
    notifications, parts = process.definition.notifications, list[Part]()
    chapters = [page.Heading(str(notifications[name].label), anchor=name) for name, _one in letters]
    if len(letters) > 1:
        parts += page.heading(_("Contents")), page.Contents(tuple(chapters))
    for chapter, (name, written) in zip(chapters, letters, strict=True):
        attached = ", ".join(notifications[name].attach)
        held = _("a person reads it first") if notifications[name].held else ""
        known = [(_("file"), mail_file(name)), (_("subject"), written.subject)]
        known += (_("attached"), attached), (_("when"), held)
        parts += chapter, page.facts((label, text) for label, text in known if text)
        parts.append(page.letter(written.subject, written.text, written.html))
    return of_contest(process, _("Letters, of sample data"), now, parts)


def tried(mails: Sequence[TrialMail], reader: str) -> Iterator[Part]:
    """`ptce mail test`: what the server said to each letter, and how to read back what became."""
    for mail in mails:
        if mail.answer is not None:
            mark = "✓" if mail.is_sent else "✗"
            yield page.looked_at(mark, mail.notification, f"{mail.subject}\n{mail.answer.text}")
    sent, count = sum(mail.is_sent for mail in mails), len(mails)
    text = n_("{sent} of {count} letter left.", "{sent} of {count} letters left.", count)
    yield page.say(text.format(sent=sent, count=count))
    if sent:
        text = _("In the mailbox of {reader}, look at the source of one: Authentication-Results.")
        yield page.line(text, reader=reader)
        yield page.line(_("There spf, dkim and dmarc are to pass: docs/deploy/mailbox.md."))
