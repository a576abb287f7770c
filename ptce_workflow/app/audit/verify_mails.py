"""Verification of the mails: their rows, their bytes, what these quote, what came in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import getaddresses
from functools import cache
from hashlib import sha256
from typing import Any

from ptce_workflow.app.candidatures.history import lines_of
from ptce_workflow.app.outbox.attachments import WholeMail, named_in, subjects_of, whole_mail
from ptce_workflow.app.outbox.delivery import LONGEST_WAIT
from ptce_workflow.app.outbox.letters import letter_of
from ptce_workflow.app.outbox.waiting import NEVER_SO_LONG
from ptce_workflow.app.pieces import documents_of
from ptce_workflow.app.projections import due_ahead, due_of, instant_in
from ptce_workflow.app.refusals import UNREADABLE
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger.events.base import Entry, read_side
from ptce_workflow.ledger.events.delivery import MessageBounced, MessageSent
from ptce_workflow.ledger.events.erasure import PersonalDataErased, mail_name
from ptce_workflow.ledger.events.facts import (
    Evidence,
    MailReceived,
    NoteWritten,
    SenderAndSubject,
    SheetReceived,
)
from ptce_workflow.ledger.events.panel import LinksDeclared, ScoresGiven
from ptce_workflow.ledger.events.transition import CandidatureOpened
from ptce_workflow.ledger.examine import Examiner, Fault
from ptce_workflow.ledger.line import digest
from ptce_workflow.ledger.state import COURIER, TOLERANCE, ContestState
from ptce_workflow.mail.incoming import sender_of
from ptce_workflow.process.letters.message import HAVE_LEFT, PENDING, Message, Stage, words_hash
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.process import Process
from ptce_workflow.store.database import Repository
from ptce_workflow.store.rows import AttachmentRow, ReceivedRow


def disagrees(line: int, what: str, stored: object, recorded: object) -> Fault:
    why = _("Kept: {stored}; by the ledger: {recorded}.").format(stored=stored, recorded=recorded)
    why = why if stored else ""
    return Fault(line, _("What is kept disagrees with the ledger: {what}.").format(what=what), why)


_MOST_NAMED = 3


def first_few(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")


# The rows and the bytes.


def outbox_faults(repo: Repository, contest: str, world: ContestState) -> Iterator[Fault]:
    left, sound, unlike = set(world.messages), set[int](), dict[str, int]()

    @cache
    def hash_of(n: int) -> str:
        line = repo.bytes_of_line(contest, n)
        return "" if line is None else digest(line)

    for row in repo.messages(contest):
        left.discard(row.name)
        mail, message = whole_mail(repo, contest, row.number), world.messages.get(row.name)
        column = "stage" if message is None else row.difference(message)
        if message is None or column:
            recorded = "–" if message is None else getattr(message, column)
            stored = f"{column}: {getattr(row, column)}"
            yield disagrees(0, _the_message(row.name), stored, recorded)
        if message is None:
            continue
        for what in _row_faults(row, message, mail):
            yield Fault(0, what.format(name=row.name))
        quote = _QUOTE.search(_head(mail.text)) if message.stage in HAVE_LEFT else None
        if quote is not None and hash_of(n := int(quote[1])) == quote[2].decode():
            sound.add(n)
        elif quote is not None:
            unlike[row.name] = int(quote[1])
    for name in sorted(left):
        yield disagrees(0, _the_message(name), "–", world.messages[name].stage)
    if unlike:
        last = min(unlike.values())
        first = max((line for line in sound if line < last), default=0) + 1
        names = sorted(unlike)
        why = n_(
            "From line {first} to line {last}, something was changed, added or taken away: "
            "{count} mail that left says so, {names}.",
            "From line {first} to line {last}, something was changed, added or taken away: "
            "{count} mails that left say so, {names}.",
            len(names),
        ).format(first=first, last=last, count=len(names), names=first_few(names))
        yield Fault(last, _("The ledger is not the one that its mails quote."), why)


def _the_message(name: str) -> str:
    return _("the message {name}").format(name=name)


def _row_faults(row: Message, message: Message, mail: WholeMail) -> Iterator[str]:
    """What is wrong with a row that is as the lines have the mail, and with its bytes."""
    has_left = message.stage in HAVE_LEFT
    if message.erased:
        if row.words or row.address or row.said or mail.text is not None:
            yield _("The mail {name} was erased and is there again.")
        return
    content = mail.text
    there = "" if mail.content is None else sha256(mail.content).hexdigest()
    if mail.gone:
        # What is gone, and whether it may be, `attachment_faults` tells.
        there = row.sha256
    if has_left and not row.sha256 == there == message.sha256:
        yield _("The mail {name} is missing, or not the one that was sent.")
        return
    is_answered = has_left or message.stage == Stage.FAILED
    if is_answered and (row.address, row.said) != (message.address, message.said):
        yield _("The mail {name} is not told to have gone there, or to have been so answered.")
    if message.read and words_hash(row.words) != message.read:
        yield _("The mail {name} does not say what was read and released.")
    elif there and row.sha256 and not (there == row.sha256 and _says(content, row.words)):
        yield _("What is shown of the mail {name} is not what its bytes say.")
    to = _TO.search(_head(content))
    readers = [one for _name, one in getaddresses([to[1].decode("latin-1")])] if to else []
    if has_left and readers != [message.address]:
        yield _("The mail {name} bears another address than its line tells.")
    if has_left and _QUOTE.search(_head(content)) is None:
        yield _("The mail {name} quotes no line of the ledger.")


def _says(content: bytes | None, words: str) -> bool:
    # Imported here: few ledgers that are verified hold mails, and composing them is slow to load.
    from ptce_workflow.mail.message import says

    try:
        return says(content or b"", letter_of(words))
    except (*UNREADABLE, PtceError):
        return False


# The attachments.


def attachment_faults(
    repo: Repository, contest: str, world: ContestState, is_kept: Callable[[str], bool]
) -> Iterator[tuple[Fault, bool]]:
    """What is wrong with attachments, each True; and False with those that were erased."""
    from ptce_workflow.mail.message import attached_files

    erased, told = set[str](), dict[str, list[str]]()
    for line, _content in lines_of(repo, contest, (PersonalDataErased, MessageSent)):
        if isinstance(line.data, PersonalDataErased):
            erased.add(line.data.whose)
        else:
            told[line.data.message] = [*(line.data.attached or ())]
    rows: dict[int, list[AttachmentRow]] = {}
    for one in repo.attachments(contest):
        rows.setdefault(one.number, []).append(one)
    for mail in repo.messages(contest):
        own = rows.pop(mail.number, [])
        found, message = [(one.name, one.sha256) for one in own], world.messages.get(mail.name)
        text = repo.mail(contest, mail.number)
        written = [attached_files(text)] if text is not None else []
        named = [[(one.name, one.sha256) for one in named_in(mail.words)]] if mail.words else []
        sent = mail.name in told and [hash_ for _name, hash_ in found] != told[mail.name]
        if sent or any(found != those for those in (*written, *named)):
            what = _("The attachments of the mail {name} are not those that it had.")
            yield Fault(0, what.format(name=mail.name)), True
        for one in own:
            why = _("{file} of {name}; its hash is {hash}.")
            why = why.format(file=one.name, name=mail.name, hash=one.sha256[:12])
            if one.erased:
                is_lawful = (message is not None and message.erased) or not erased.isdisjoint(
                    subjects_of(one)
                )
                gone = _("An attachment was erased: the bytes of its mail cannot be made again.")
                unlawful = _("An attachment is gone, and no line has erased it.")
                yield Fault(0, gone if is_lawful else unlawful, why), not is_lawful
            elif not is_kept(one.sha256):
                yield Fault(0, _("A document is missing or damaged."), why), True
    for number in rows:
        what = _("The attachments of the mail {name} are not those that it had.")
        yield Fault(0, what.format(name=f"M-{number:03d}")), True


# What the mails themselves bear witness to.

_QUOTE = re.compile(rb"\r\nX-PTCE-Line: ([0-9]{1,15}) ([0-9a-f]{64})\r\n")
_TO = re.compile(rb"\r\nTo: ((?:[^\r]|\r\n )+)\r\n(?! )")


def _head(content: bytes | None) -> bytes:
    return (content or b"").partition(b"\r\n\r\n")[0] + b"\r\n"


# What no line tells of mails.

_LAST_DAY = datetime.max.replace(tzinfo=UTC) - timedelta(days=30)
"""What is added to a later instant would be none."""


def mail_faults(
    repo: Repository,
    contest: str,
    examiner: Examiner,
    now: datetime,
    is_known: Callable[[str, Iterable[str]], bool],
) -> Iterator[Fault]:
    """The faults of mails that are to leave otherwise than the program would have it.

    `is_known` tells whether one of some readers was known by an address.
    """
    latest = min(max(now, from_text(examiner.state.hours.furthest)), _LAST_DAY)
    pause = repo.pause(contest)
    if pause is not None and (late := _too_late(pause.paused_until, latest + NEVER_SO_LONG)):
        yield _never_so_long(_("All mail is paused until {instant}.").format(instant=late))
    unknown = _("Its reader was never known by that address.")
    waiting = (row for stage in (*PENDING, Stage.DATA) for row in repo.messages_at(contest, stage))
    for row in waiting:
        # One that was written before its reader's address changed leaves to the old one.
        if row.address and not is_known(row.address, (row.case_id, row.recipient)):
            what = _("The mail {name} is to go to another address.").format(name=row.name)
            yield Fault(0, what, unknown)
        # Where its hour is none, that is compared with the ledger's elsewhere; at the end of the
        # calendar nothing can be kept back for longer.
        with suppress(PtceError, OverflowError):
            if late := _too_late(row.next_at, _latest_hour(row, examiner, latest)):
                what = _("The mail {name} is kept back until {instant}.")
                yield _never_so_long(what.format(name=row.name, instant=late))
            if row.lease_until and (late := _too_late(row.lease_until, latest + NEVER_SO_LONG)):
                what = _("The mail {name} is claimed until {instant}.")
                yield _never_so_long(what.format(name=row.name, instant=late))


def _latest_hour(row: Message, examiner: Examiner, latest: datetime) -> datetime:
    """The hour beyond which nothing keeps a mail back.

    Before it is due, its own; afterwards that at which mail may leave next, or the longest wait
    between two tries. The opening is asked of every process under which it may have been put off.
    """
    due, message = due_of(row), examiner.state.messages.get(row.name)
    if message is not None and row.stage in (Stage.PLANNED, Stage.HELD) and due > latest:
        return max(due, from_text(message.next_at))
    hours, case = [due, latest + LONGEST_WAIT + TOLERANCE], examiner.state.cases.get(row.case_id)
    for process in filter(None, examiner.processes.values()):
        notification = process.definition.notifications.get(row.notification)
        if notification is not None and row.stage == Stage.PLANNED:
            hours.append(planner_of(process).may_leave_at(notification, due, latest, case))
    return max(hours)


def _never_so_long(what: str) -> Fault:
    return Fault(0, what, _("The program keeps nothing for so long."))


def _too_late(text: str, most: datetime) -> str:
    """The text of a column that is no instant or comes later than another; else nothing."""
    try:
        return "" if instant_in(text, "message", text) <= most else text
    except PtceError:
        return text or "–"


# What came in.


def received_faults(
    repo: Repository, contest: str, now: str, is_kept: Callable[[str], bool]
) -> Iterator[Fault]:
    """The mails kept otherwise than the lines tell; documents missing or damaged."""
    rows = {row.sha256: row for row in repo.received_mails(contest)}
    erased, named = set[str](), set[str]()
    proving, filed = dict[str, set[str | None]](), set[str | None]()
    opened_by_courier = dict[str | None, int]()
    proofs = SheetReceived, ScoresGiven, LinksDeclared
    kinds = PersonalDataErased, MailReceived, MessageBounced, CandidatureOpened, NoteWritten
    for line, _content in lines_of(repo, contest, (*kinds, *proofs)):
        by_courier = line.actor == COURIER.pseudonym
        if isinstance(line.data, CandidatureOpened | NoteWritten):
            opened_by_courier |= {line.case: line.n} if by_courier else {}
        elif isinstance(line.data, PersonalDataErased):
            erased.add(line.data.whose)
        # What proves something to a person may be a file, which stays where it is.
        elif isinstance(proof := getattr(line.data, "evidence", None), Evidence):
            hash_ = proof.sha256
            proving.setdefault(hash_, set()).add(line.case)
            if isinstance(line.data, proofs):
                if not by_courier:
                    continue
                filed.add(line.case)
            if what := _line_fault(repo, contest, line, rows.get(hash_), named):
                yield Fault(line.n, what)
            named.add(hash_)
    for case, n in opened_by_courier.items():
        if case not in filed:
            yield Fault(n, _("The courier wrote of a candidature of which it received no mail."))
    for row in rows.values():
        name = mail_name(row.number)
        if row.outcome in ("bounced", "automatic", "answer") and row.sha256 not in named:
            yield Fault(0, _("No line tells of {name}.").format(name=name))
        if row.outcome == "filed" and row.sha256 not in proving:
            yield Fault(0, _("No line names {name} as evidence.").format(name=name))
        subjects = {row.case_id} if row.case_id else proving.get(row.sha256, set())
        if row.erased and subjects.isdisjoint(erased) and not "" < row.kept_until <= now:
            yield Fault(0, _("{name} is gone, and no line has erased it.").format(name=name))
        for hash_ in sorted(documents_of(row)):
            if not is_kept(hash_):
                why = _("It belongs to {name}; its hash is {hash}.")
                why = why.format(name=name, hash=hash_[:12])
                yield Fault(0, _("A document is missing or damaged."), why)


def _line_fault(
    repo: Repository, contest: str, line: Entry[Any], row: ReceivedRow | None, named: set[str]
) -> str:
    """How a line tells of a mail otherwise than it is kept, or ""."""
    if row is None:
        return _("The mail of which the line tells is not kept.")
    if row.sha256 in named:
        return _("An earlier line tells of the same mail.")
    data, what = line.data, (row.outcome, row.read_at)
    if isinstance(data, MessageBounced):
        is_same = (*what, row.message) == ("bounced", line.at, data.message)
    else:
        outcome = "automatic" if getattr(data, "automatic", False) else "answer"
        if isinstance(data, SheetReceived):
            outcome = "filed"
        elif row.outcome in ("filed", "unchanged"):
            outcome = row.outcome
        kept = *what, row.case_id, row.received_at
        is_same = kept == (outcome, line.at, line.case, data.received_at or "")
        if text := repo.side(contest, line.n, line.case or ""):
            side = read_side(line.type, text)
            is_same &= side == SenderAndSubject(row.sender, row.subject)
    content = None if row.erased else repo.document(row.sha256)
    if content is not None:
        is_same &= len(content) == data.evidence.size
        is_same &= sender_of(content) in ("", row.sender)
    return "" if is_same else _("The mail is kept otherwise than the line tells of it.")


# What time owed.

_A_DAY = timedelta(days=1)


def untried(state: ContestState, process: Process, worked: str) -> Iterator[Fault]:
    """Remarks the transitions that time was to make, and of which no line tells that it tried.

    `worked` is when time or the courier last wrote a line. A pass that began a day after such an
    instant would have come to it.
    """
    latest = from_text(worked) - _A_DAY if worked else None
    for case in state.cases.values():
        for name, at in due_ahead(process, case).items():
            if latest is not None and at < latest:
                what = _("Time was to make a transition, and no line says that it did or tried.")
                why = _("{ref}: {transition}, on {at}; time went on until {worked}.")
                known = {"ref": case.ref, "transition": name, "at": to_text(at), "worked": worked}
                yield Fault(case.version, what, why.format(**known))
