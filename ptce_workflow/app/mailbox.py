"""The mails of a mailbox sorted: a report marks a mail as come back, an answer is kept.

Where the folder wants it, a form is filed that its contact has sent. All else waits for a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from ptce_workflow.app import pieces
from ptce_workflow.app.contest import Contest, Seen
from ptce_workflow.app.outbox.delivery import identifiers_of, local_part, sendings
from ptce_workflow.app.outbox.desk import ask
from ptce_workflow.app.outbox.letters import Letters
from ptce_workflow.app.outbox.plan import Mailing, case_of, number_of
from ptce_workflow.app.people import need_desk
from ptce_workflow.app.pieces import Outcome
from ptce_workflow.app.refusals import without_role
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Busy, Misuse, PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import Child, ChildLost, never
from ptce_workflow.base.words import N_, _, alike
from ptce_workflow.ledger.events.base import Reason
from ptce_workflow.ledger.events.delivery import MessageBounced
from ptce_workflow.ledger.events.erasure import mail_name
from ptce_workflow.ledger.events.facts import Evidence, MailReceived, SenderAndSubject
from ptce_workflow.ledger.state import COURIER
from ptce_workflow.mail.incoming import (
    VERIFIED,
    Incoming,
    MailArrival,
    ReturnedMail,
    hour_of,
    incoming,
)
from ptce_workflow.mail.mailbox import LARGEST_MB, StoredMail, of_file, of_server
from ptce_workflow.office import page
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.letters.message import Message, Stage
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.visibility import SEES_ALL

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.filing import ArrivalRead
    from ptce_workflow.mail.settings import MailboxSettings, ReceiptSettings
    from ptce_workflow.office.forms.blocks import FileReader
    from ptce_workflow.process.process import Process
    from ptce_workflow.store.rows import ReceivedRow

_READS = N_("Only the desk reads the mailbox.")
_AT_ONCE = 32
_FORMS = ("docx", "odt", "xlsx", "ods", "text")
_MOST_BYTES = 32_000_000
_ENVELOPE = re.compile(r"M-\d{1,9}\.\d{1,9}")
_REFERENCE = re.compile(r"(?<![A-Za-z0-9])C\s?[-–_]\s?(\d{3,6})(?![\d-])")


class SortedMail(Struct, frozen=True):
    """What a mail is to the contest, with the mail of ours or the candidature that it is about."""

    outcome: Outcome
    why: str = ""
    message: Message | None = None
    case: Candidature | None = None
    said: str = ""


class MailView(Struct, frozen=True):
    """A mail that was read, as people see it; `at` is the hour that counts, where one is sure."""

    name: str
    at: datetime | None
    outcome: Outcome
    why: str
    ref: str
    message: str
    sender: str
    subject: str
    sha256: str
    pieces: tuple[pieces.KeptPiece, ...]


def received(contest: Contest) -> list[MailView]:
    """The mails that were read and are kept, in their order. Raises: PtceError."""
    with contest.looking() as tx:
        if SEES_ALL.isdisjoint(tx.actor.roles):
            raise without_role(tx.actor, ("desk",), _(_READS))
        return [_shown(tx, row) for row in tx.unit.received_mails(contest.id) if not row.erased]


def _shown(tx: Transaction, row: ReceivedRow) -> MailView:
    return MailView(
        mail_name(row.number),
        from_text(row.received_at) if row.received_at else None,
        cast("Outcome", row.outcome),
        row.why,
        tx.case(row.case_id).ref if row.case_id else "",
        row.message,
        row.sender,
        row.subject,
        row.sha256,
        pieces.pieces_of(row),
    )


def read_files(
    contest: Contest, files: Sequence[Path], receipt: ReceiptSettings | None
) -> Iterator[MailView]:
    """The mails of files, as `read` gives them. Raises: Misuse, PtceError."""
    return read(contest, chain.from_iterable(map(of_file, files)), receipt)


def read_server(
    contest: Contest,
    settings: MailboxSettings,
    receipt: ReceiptSettings | None,
    stopping: Callable[[], bool] = never,
) -> Iterator[MailView]:
    """The new mails of a mailbox, as `read` gives them. Raises: Misuse, PtceError."""
    if contest.rehearsal:
        what = _("A rehearsal reads no mailbox.")
        why = _("What lies there is about a contest in earnest.")
        raise Misuse(what, why, _("Give it files: ptce mail read FILE.eml"))
    mails = of_server(settings, partial(_numbers_read, contest))
    return read(contest, mails, receipt, stopping)


def check_desk(contest: Contest) -> None:
    """Raises: PtceError for anyone else, and under a login that makes no pass."""
    with contest.looking() as tx:
        need_desk(tx, _(_READS))
    # The courier writes what is read, as in a pass.
    contest.check_pass()


def _numbers_read(contest: Contest, mailbox: str, validity: int) -> set[int]:
    with contest.database.reading() as repo:
        return {row.uid for row in repo.uids_read(contest.id, mailbox, validity)}


def read(
    contest: Contest,
    mails: Iterable[StoredMail],
    receipt: ReceiptSettings | None,
    stopping: Callable[[], bool] = never,
) -> Iterator[MailView]:
    """The mails that were not read before, each as it is recorded.

    Some at a time are recorded in one transaction: whoever stops anywhere, or reads beside, reads
    none twice. Raises: PtceError, once all that was fetched before is recorded.
    """
    # Imported here for start-up time: most passes find no mail.
    from ptce_workflow.office.forms.blocks import FileReader

    with Child(parse) as child, FileReader() as forms:
        reader = _MailboxReader(contest, child, forms, receipt)
        for batch in _batches(mails):
            yield from reader.take(batch)
            if stopping():
                return


def tells_decision(contest: Contest, mails: Iterable[MailView]) -> bool:
    """Whether one of the mails that came back tells a decision: from it a term ran."""
    names = [mail.message for mail in mails if mail.outcome == "bounced"]
    with contest.database.reading() as repo:
        decisions = planner_of(contest.in_force(repo)).decisions if names else ()
        rows = (repo.message(contest.id, number_of(name)) for name in names)
        return any(row is not None and row.notification in decisions for row in rows)


def parse(content: bytes) -> Incoming | str:
    """In the child: the mail, or why it cannot be read."""
    try:
        return incoming(content)
    except Misuse as error:
        return error.why
    except MemoryError:
        raise
    except Exception as error:  # A parser that fails on one mail reads the next.
        return type(error).__name__


def _batches(mails: Iterable[StoredMail]) -> Iterator[list[StoredMail]]:
    batch, size = list[StoredMail](), 0
    try:
        for mail in mails:
            batch.append(mail)
            size += len(mail.content)
            if len(batch) == _AT_ONCE or size > _MOST_BYTES:
                yield batch
                batch, size = [], 0
    except PtceError:
        yield batch
        raise
    yield batch


class _MailboxReader:
    def __init__(
        self, contest: Contest, child: Child, forms: FileReader, receipt: ReceiptSettings | None
    ) -> None:
        self._contest, self._child, self._forms, self._receipt = contest, child, forms, receipt
        self._identifiers: dict[str, int] = {}
        self._last = -1

    def take(self, batch: Sequence[StoredMail]) -> list[MailView]:
        contest = self._contest
        with contest.database.reading() as repo:
            fresh = [mail for mail in batch if not repo.received_by_sha256(contest.id, mail.sha256)]
            process = contest.in_force(repo)
        if not fresh and not any(mail.uid for mail in batch):
            return []
        opened = {mail.sha256: self._opened(mail) for mail in fresh}
        read, others, reasons = list[MailView](), list[StoredMail](), dict[str, str]()
        for mail in batch:
            try:
                form = self._form(process, mail, opened.get(mail.sha256, ""))
                if form is not None:
                    # By itself: what cannot be filed is undone, and waits for a person.
                    read += self._record(others, opened, reasons)
                    others = []
                    read += self._record([mail], opened, reasons, form)
                    continue
            except Busy:
                raise
            except PtceError as error:
                reasons[mail.sha256] = " ".join(filter(None, (error.what, error.why)))
            others.append(mail)
        return read + self._record(others, opened, reasons)

    def _record(
        self,
        mails: Sequence[StoredMail],
        opened: Mapping[str, Incoming | str],
        reasons: Mapping[str, str],
        form: ArrivalRead | None = None,
    ) -> list[MailView]:
        """Records mails that were not read before; the only one by its `form`, if it has one."""
        read = list[MailView]()
        if not mails:
            return read
        with self._contest.acting(by=COURIER) as tx:
            if (last := tx.unit.last_message(tx.contest)) != self._last:
                self._identifiers, self._last = identifiers_of(tx), last
            sorter = _MailSorter(tx, self._identifiers, self._receipt)
            for mail in mails:
                if tx.unit.received_by_sha256(tx.contest, mail.sha256) is None:
                    why = reasons.get(mail.sha256, "")
                    row = sorter.take(mail, opened[mail.sha256], why, form)
                    read.append(_shown(tx, row))
            self._remember(tx, mails)
            tx.flush()
        return read

    def _form(
        self, process: Process, stored: StoredMail, mail: Incoming | str
    ) -> ArrivalRead | None:
        """The form that a mail brings, where the folder has such filed; None for no attachment.

        Raises: Misuse for anything else that is attached.
        """
        is_open = process.definition.config.receipt.forms == "open"
        if not is_open or isinstance(mail, str) or stored.is_cut or not mail.pieces:
            return None
        if mail.reports or mail.trial or mail.is_automatic:
            return None
        from ptce_workflow.app.candidatures.filing import read_arrival

        name = mail.subject or _("mail")
        read = read_arrival(self._forms, name, stored.content, process)
        if read.form is None:
            what = _("No form was found in what is attached.")
            raise Misuse(what, " · ".join(read.unread))
        return read

    def _opened(self, mail: StoredMail) -> Incoming | str:
        try:
            answer: Incoming | str = self._child.ask(mail.content)
        except ChildLost:
            return _("Reading it took more memory or time than any mail does.")
        return answer

    def _remember(self, tx: Transaction, batch: Sequence[StoredMail]) -> None:
        """Keeps the numbers of the mails, unless another program has done so meanwhile."""
        by_folder: dict[tuple[str, int], dict[int, str]] = {}
        for mail in batch:
            if mail.uid:
                by_folder.setdefault((mail.mailbox, mail.validity), {})[mail.uid] = mail.sha256
        for (mailbox, validity), numbers in by_folder.items():
            before = {row.uid for row in tx.unit.uids_read(tx.contest, mailbox, validity)}
            named = {"contest": tx.contest, "mailbox": mailbox, "uidvalidity": validity}
            fresh = sorted(numbers.keys() - before)
            if fresh:
                tx.unit.add_uids([{**named, "uid": uid, "sha256": numbers[uid]} for uid in fresh])


class _MailSorter:
    def __init__(
        self, tx: Transaction, identifiers: dict[str, int], receipt: ReceiptSettings | None
    ) -> None:
        self._act, self._identifiers, self._receipt = tx, identifiers, receipt
        self._letters = Letters(tx)
        self._contact = tx.process.definition.config.contest.contact_field

    def take(
        self, stored: StoredMail, opened: Incoming | str, why: str, form: ArrivalRead | None
    ) -> ReceivedRow:
        """Keeps a mail, `why` tells what keeps its form from being filed. Raises: PtceError."""
        act, content = self._act, stored.content
        if isinstance(opened, str):
            return pieces.keep_mail(act, content, outcome="unreadable", why=opened)
        named = {"sender": opened.address, "subject": opened.subject}
        if stored.is_cut:
            why = _("It is larger than {limit} MB: read it in the mailbox.")
            why = why.format(limit=LARGEST_MB)
            return pieces.keep_mail(act, content, (), outcome="unreadable", why=why, **named)
        counts = act.process.definition.config.receipt.hour
        arrival = hour_of(opened, self._receipt, counts)
        at = to_text(arrival.at) if arrival.at is not None and arrival.at <= act.now else None
        attached = opened.pieces if not opened.reports else ()
        kept = [pieces.keep(act.unit, one.content, one.name) for one in attached]
        found = self._sorted(opened)
        proof = Evidence(sha256(content).hexdigest(), len(content))
        if form is not None:
            case = self._file(form, kept, arrival, proof)
            found = SortedMail("filed", "", found.message, case)
        elif found.outcome == "bounced":
            found = self._bounce(found, proof)
        elif found.outcome in ("answer", "automatic") and found.case is not None:
            event = MailReceived(found.outcome == "automatic", proof, at)
            act.record(found.case.id, event, SenderAndSubject(**named))
        return pieces.keep_mail(
            act,
            content,
            kept,
            outcome=found.outcome,
            why=why or found.why or (arrival.why if attached else ""),
            received_at=at or "",
            case_id="" if found.case is None else found.case.id,
            message="" if found.message is None else found.message.name,
            **named,
        )

    def _file(
        self,
        read: ArrivalRead,
        attached: Sequence[pieces.KeptPiece],
        arrival: MailArrival,
        proof: Evidence,
    ) -> Candidature:
        """Files a form that came from its contact. Raises: PtceError for what a person decides."""
        from ptce_workflow.app.candidatures import filing
        from ptce_workflow.app.candidatures.record import Arrival

        process, mail, form = self._act.process, read.message, read.form
        assert mail is not None
        assert form is not None
        if form.stamp is None:
            raise Misuse(_("It bears no stamp: its questions were recognised by their labels."))
        refused = (page.pair(one.name, one.why_refused) for one in attached if one.why_refused)
        for doubt in filter(None, (arrival.why, *mail.remarks, *refused)):
            raise Misuse(doubt)
        forms = {one.sha256 for one in attached if one.kind in _FORMS}
        for row in self._act.unit.received_as(self._act.contest, "filed"):
            if not forms.isdisjoint(one.sha256 for one in pieces.pieces_of(row)):
                text = _("The same form is recorded already, with {mail}.")
                raise Misuse(text.format(mail=mail_name(row.number)))
        assert arrival.at is not None, "why tells that there is no hour"
        cases = self._act.every_case()
        ref = filing.candidature_of(process, read, "", cases, opens="", is_new=False)
        arrived = Arrival(arrival.at, proof)
        filed = filing.filing_of(process, read, ref, arrived, "", "", is_another=False)
        outcome = filing.write_filing(self._act, filed)
        case = outcome.before or outcome.receipt.case
        if filing.name_and_address(process, case)[1] != alike(mail.address):
            what = _("{address} is not its contact: make sure of who sent it.")
            raise Misuse(what.format(address=mail.address or _("nobody")))
        return outcome.receipt.case

    def _sorted(self, mail: Incoming) -> SortedMail:
        if mail.reports:
            return self._report(mail)
        if mail.trial:
            said = next(iter(mail.verified), _("no mail server has looked at its sender"))
            return SortedMail("trial", f"{VERIFIED}: {said}")
        message = self._named(mail.identifiers)
        if message is not None and message.erased:
            why = _("It answers {message}, whose reader was erased.")
            return SortedMail("unknown", why.format(message=message.name), message)
        case = None if message is None else case_of(self._act, message)
        case = case or self._case_of_sender(mail)
        if case is not None:
            return SortedMail("automatic" if mail.is_automatic else "answer", "", message, case)
        if message is not None:
            why = _("It answers {message}, which is about no candidature.")
            return SortedMail("unknown", why.format(message=message.name), message)
        return SortedMail("unknown", _("It names no mail of ours, nor any candidature surely."))

    def _named(self, identifiers: Iterable[str]) -> Message | None:
        """The mail of ours that one of some identifiers names, the first that does."""
        numbers = (self._identifiers.get(local_part(one)) for one in identifiers)
        return self._numbered(next(filter(None, numbers), 0))

    def _numbered(self, number: int) -> Message | None:
        row = self._act.unit.message(self._act.contest, number)
        return None if row is None else Mailing.of(self._act).as_changed(row)

    def _case_of_sender(self, mail: Incoming) -> Candidature | None:
        """The candidature of which the sender is the contact: the one, or that of the subject."""
        if not mail.address:
            return None
        own = self._cases_by_contact.get(mail.address.lower(), [])
        named = {f"C-{number}" for number in _REFERENCE.findall(mail.subject)}
        own = [case for case in own if case.ref in named] if named else own
        return own[0] if len(own) == 1 else None

    @cached_property
    def _cases_by_contact(self) -> dict[str, list[Candidature]]:
        cases: dict[str, list[Candidature]] = {}
        for case in self._act.every_case():
            contact = str(case.private.get(self._contact or "", "")).lower()
            cases.setdefault(contact, []).append(case)
        return cases

    def _report(self, mail: Incoming) -> SortedMail:
        failures = [report for report in mail.reports if report.action == "failed"]
        if not failures:
            actions = ", ".join(dict.fromkeys(report.action for report in mail.reports))
            return SortedMail(
                "notice", _("It tells of no failure: {action}.").format(action=actions)
            )
        returned = mail.returned
        message = self._named(returned.identifiers) or self._by_line(mail)
        if message is None and not returned.identifiers and _ENVELOPE.fullmatch(returned.envelope):
            number = number_of(returned.envelope.partition(".")[0])
            message = self._numbered(number)
        if message is None:
            return SortedMail("report", _("It names no mail of this contest."))
        address = message.address.lower()
        failure = next((one for one in failures if address in one.recipients), None)
        if failure is None:
            why = _("{message} did not go to the address that it names.")
            return SortedMail("report", why.format(message=message.name), message)
        why = self._why_not(message, mail.returned)
        outcome: Outcome = "report" if why else "bounced"
        return SortedMail(outcome, why, message, case_of(self._act, message), failure.said)

    def _by_line(self, mail: Incoming) -> Message | None:
        """The only mail that a line of the ledger set off to the recipient; None for several.

        The line is named with its whole hash: that is known to whoever got the mail.
        """
        recipients = {one for report in mail.reports for one in report.recipients}
        rows = [
            row
            for row in self._act.unit.messages(self._act.contest)
            if mail.returned.line
            and row.address.lower() in recipients
            and self._letters.line_of(row) == mail.returned.line
        ]
        return rows[0] if len(rows) == 1 else None

    def _why_not(self, row: Message, returned: ReturnedMail) -> str:
        """Why a report on a mail is left to a person, or ""."""
        act, name = self._act, row.name
        if row.stage == Stage.BOUNCED:
            return _("It is known already that {message} came back.").format(message=name)
        if row.stage not in (Stage.SENT, Stage.UNCERTAIN):
            return _("{message} has not left.").format(message=name)
        if not self._is_of_last_sending(row, returned):
            return _("It may be about an earlier sending of {message}.").format(message=name)
        if self._letters.address(row)[1].lower() != row.address.lower():
            return _("The address of {message} was corrected since.").format(message=name)
        answers = (act.unit.received_as(act.contest, kind) for kind in ("answer", "filed"))
        for one in chain.from_iterable(answers):
            is_theirs = one.sender.lower() == row.address.lower()
            if is_theirs and (one.received_at or row.sent) >= row.sent:
                why = _("That address has answered since: {mail}.")
                return why.format(mail=mail_name(one.number))
        return ""

    def _is_of_last_sending(self, row: Message, returned: ReturnedMail) -> bool:
        """By the hour that a mail bears anew, by the number of the sending, or as there was one."""
        content = self._act.unit.mail(self._act.contest, row.number)
        if returned.date and content is not None:
            return f"\r\nDate: {returned.date}\r\n".encode() in content
        if returned.envelope:
            return returned.envelope == f"{row.name}.{row.attempts}"
        return sendings(self._act, row) == 1

    def _bounce(self, found: SortedMail, proof: Evidence) -> SortedMail:
        """Has a mail count as come back, unless the ledger does not take that."""
        row = found.message
        assert row is not None, "a mail of ours came back"
        event = MessageBounced.of(Seen(self._act), row, back=True, evidence=proof)
        reason = Reason(found.said or "–")
        try:
            ask(self._act, row, event, reason=reason.reason)
        except PtceError as error:
            return SortedMail("report", f"{error.what} {error.why}", row, found.case)
        Mailing.of(self._act).tell(row, event, reason)
        return found
