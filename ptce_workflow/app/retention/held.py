"""What is held about somebody, which an erasure removes; the list of the erasures that were made.

The list holds numbers of lines, pseudonyms and the hashes that those lines tell anyway; nothing of
what was erased. The key of the contest signs each entry. It is a hint: what a restore has brought
back is erased again where that was signed and stood beyond the restored lines, and nothing else is.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import DecodeError, Struct, ValidationError
from msgspec import json as msgspec_json
from msgspec.structs import replace

from ptce_workflow.app import people
from ptce_workflow.app.checkpoints import signing_key
from ptce_workflow.app.contest import Contest, context
from ptce_workflow.app.locations import LIST, beside, beside_database
from ptce_workflow.app.outbox.attachments import subjects_of
from ptce_workflow.app.outbox.letters import letter_of
from ptce_workflow.app.outbox.plan import CONTEST
from ptce_workflow.app.pieces import documents_of
from ptce_workflow.app.projections import public_keys, rows_of
from ptce_workflow.base.errors import PtceError, refusal_of
from ptce_workflow.base.notation import from_json, from_text, to_json
from ptce_workflow.base.runtime import failpoint
from ptce_workflow.base.words import N_, _
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, Entry, kind_of
from ptce_workflow.ledger.events.erasure import (
    Again,
    ListedErasure,
    PersonalDataErased,
    kept_with,
    key_at,
    mail_name,
    retention_ends,
    rows_over,
    visas,
)
from ptce_workflow.ledger.events.mail import AboutMails
from ptce_workflow.ledger.examine import Fault, documents_in
from ptce_workflow.ledger.line import Line, read
from ptce_workflow.ledger.state import Person
from ptce_workflow.process.candidature import Candidature, by_ref
from ptce_workflow.process.letters.message import PENDING, Message
from ptce_workflow.process.letters.planning import planner_of

if TYPE_CHECKING:
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.store.database import Repository
    from ptce_workflow.store.rows import AttachmentRow, ReceivedRow


DESK_ALONE = N_("Only the desk erases what is held of anyone.")
_SHORTEST = 4
"""What is shorter names nobody: it would be found everywhere."""


class Selection(Struct, frozen=True):
    """What is to be erased.

    All that is held of `who`, the words beside some `lines`, what is `due` because it is kept
    longer than the folder says, or what a restore up to a line has brought back (`restored`).
    """

    who: str = ""
    lines: tuple[int, ...] = ()
    due: bool = False
    restored: int | None = None


class Holdings(Struct, frozen=True):
    """What is held of a subject, and an erasure would remove.

    `rows` are the numbers of lines by the subject of their side rows; `words` are the numbers of
    lines and the names of mails that name the subject besides, and stay. `attachments` are the
    files in mails, to whomever, that name the subject. `elsewhere` are the references that a
    candidature has got in the contests to which it was handed over. `over` is since when the first
    of the `sheets` should be erased, where it is their time that is over; `again` the erasure that
    a restore has undone, as a line is to tell it. `askable` are the requests that may still be
    made, each with the end of its term.
    """

    subject: str
    called: str
    name: str | None
    rows: Mapping[str, tuple[int, ...]]
    mails: tuple[Message, ...] = ()
    received: tuple[ReceivedRow, ...] = ()
    documents: tuple[str, ...] = ()
    attachments: tuple[AttachmentRow, ...] = ()
    sheets: tuple[str, ...] = ()
    visas: tuple[str, ...] = ()
    words: tuple[int | str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    over: datetime | None = None
    again: Again | None = None
    askable: tuple[tuple[str, datetime | None], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.mails or any(self.rows.values()))

    @property
    def unsent(self) -> tuple[str, ...]:
        return tuple(mail.name for mail in self.mails if mail.stage in PENDING)


def selected(
    contest: Contest, tx: Transaction, selection: Selection
) -> tuple[list[Holdings], list[Holdings]]:
    """What may be erased; and what is kept too long, but waits for an answer or a mail.

    Raises: Misuse for nobody, PtceError for anyone but the desk.
    """
    people.need_desk(tx, _(DESK_ALONE))
    if selection.due:
        settled: list[Holdings] = []
        waiting: list[Holdings] = []
        for case in sorted(tx.every_case(), key=lambda case: by_ref(case.ref)):
            holdings = _over(tx, case)
            if not holdings.is_empty:
                (settled if _is_settled(tx, case) else waiting).append(holdings)
        return settled, waiting
    if selection.restored is not None:
        undone = undone_erasures(contest, tx.unit, selection.restored)
        again = ((Again(erasure, selection.restored), back) for erasure, back in undone)
        return [_brought_back(tx, one, back) for one, back in again], []
    if selection.lines:
        lines = tuple(sorted({*selection.lines}))
        return [_holdings(tx, CONTEST_SUBJECT, {CONTEST_SUBJECT: lines})], []
    person = people.named(tx.people(), selection.who)
    if person is not None:
        return [_of_person(tx, person)], []
    return [_of_case(tx, tx.load([selection.who])[0])], []


def _holdings(
    tx: Transaction,
    subject: str,
    rows: Mapping[str, tuple[int, ...]],
    mails: Iterable[Message] = (),
    received: Sequence[ReceivedRow] = (),
    **more: Any,
) -> Holdings:
    counts = Counter(
        document
        for name, numbers in rows.items()
        for row in tx.unit.sides_of(tx.contest, name)
        if row.n in numbers
        for document in {*documents_in(row.data)}
    )
    counts.update(document for mail in received for document in documents_of(mail))
    # Those that nothing else names.
    documents = tuple(name for name, n in counts.items() if tx.unit.document_uses(name) == n)
    kept = (row for row in tx.unit.attachments(tx.contest) if not row.erased)
    own, files = _names(tx, subject), tuple(row for row in kept if subject in subjects_of(row))
    return Holdings(subject, *own, rows, tuple(mails), tuple(received), documents, files, **more)


def _names(tx: Transaction, subject: str) -> tuple[str, str | None]:
    if subject == CONTEST_SUBJECT:
        return _("the contest"), None
    if people.is_pseudonym(subject):
        persons = (person for person in tx.people() if person.pseudonym == subject)
        return subject, next((person.private.get("name") for person in persons), None)
    case = tx.case(subject)
    return case.ref, tx.name_of(case)


def _of_case(tx: Transaction, case: Candidature) -> Holdings:
    mails = _mails_of_case(tx, case)
    return _holdings(
        tx,
        case.id,
        {case.id: tuple(rows_of(tx.unit, tx.contest, case.id))},
        mails,
        _received(tx, case.id),
        visas=visas(tx.process, case),
        words=_mentions_of(tx, {case.id}, _identifiers_of_case(tx, case), mails),
        elsewhere=tuple(case.handed_over.values()),
        askable=_askable(tx, case),
    )


def _of_person(tx: Transaction, person: Person) -> Holdings:
    unit, contest, who = tx.unit, tx.contest, person.pseudonym
    mails = [mail for mail in unit.messages(contest) if mail.recipient == who]
    rows: dict[str, tuple[int, ...]] = {}
    for case_id in dict.fromkeys(mail.case_id for mail in mails if mail.case_id != CONTEST):
        names = {mail.name for mail in mails if mail.case_id == case_id}
        lines = tuple(
            n
            for n, line in rows_of(unit, contest, case_id).items()
            if line is not None
            and isinstance(line.data, AboutMails)
            and not names.isdisjoint(line.data.names())
        )
        if lines:
            rows[case_id] = lines
    rows[who] = tuple(rows_of(unit, contest, who))
    identifiers = _identifiers(person.private.values())
    naming = _naming(unit.messages_of(contest, CONTEST), identifiers)
    mails += [mail for mail in naming if mail.recipient != who]
    mails.sort(key=lambda mail: mail.name)
    return _holdings(tx, who, rows, mails, words=_mentions_of(tx, {*rows}, identifiers, mails))


def _is_settled(tx: Transaction, case: Candidature) -> bool:
    """True where no request waits for its answer, and the contact knows of every decision."""
    if tx.process.pending(case):
        return False
    decisions = planner_of(tx.process).decisions
    about = tx.unit.messages_of(tx.contest, case.id)
    return not any(mail.stage in PENDING and mail.notification in decisions for mail in about)


def _over(tx: Transaction, case: Candidature) -> Holdings:
    over = {name for name, at in tx.process.kept_until(case).items() if at <= tx.now}
    ends = {name: at for name, at in retention_ends(tx.process, case).items() if name in over}
    sheets = tuple(sorted(ends))
    lines = rows_over(context(tx, case.id), case.id, sheets, over) if sheets else ()
    contact = tx.process.definition.contact_sheet
    return _holdings(
        tx,
        case.id,
        {case.id: tuple(lines)},
        _mails_of_case(tx, case) if contact in sheets else (),
        _received(tx, case.id) if contact in sheets else (),
        sheets=sheets,
        visas=visas(tx.process, case, sheets),
        over=min(ends.values(), default=None),
        askable=_askable(tx, case),
    )


def _askable(tx: Transaction, case: Candidature) -> tuple[tuple[str, datetime | None], ...]:
    terms = {
        name: tx.process.asked_until(name, case)
        for name in tx.process.definition.requests
        if tx.process.asked_from(name, case) is not None
    }
    return tuple((name, end) for name, end in terms.items() if end is None or end >= tx.now)


def _brought_back(tx: Transaction, again: Again, back: tuple[int, ...]) -> Holdings:
    hashes, subject = again.erasure.mails, again.erasure.subject
    same = []
    for mail in tx.unit.messages(tx.contest):
        hash_ = hashes.get(mail.name)
        # The same bytes, or nobody has written any yet.
        if mail.sha256 == hash_ if hash_ else hash_ == "" and is_addressed(mail, subject):
            same.append(mail)
    received = _received(tx, subject)
    received = [one for one in received if hashes.get(mail_name(one.number)) == one.sha256]
    return _holdings(tx, subject, {subject: back}, same, received, again=again)


def is_addressed(mail: Message, subject: str) -> bool:
    return subject in (mail.case_id, mail.recipient)


def mails_of(tx: Transaction, holdings: Holdings) -> list[Message]:
    rows = (tx.unit.message(tx.contest, mail.number) for mail in holdings.mails)
    return [row for row in rows if row is not None]


def _received(tx: Transaction, case_id: str) -> list[ReceivedRow]:
    """The mails of a candidature, and those of none that a line about it names as evidence."""
    every = [mail for mail in tx.unit.received_mails(tx.contest) if not mail.erased]
    named = b"".join(row.line for row in tx.unit.lines_about(tx.contest, case_id))
    return [
        mail
        for mail in every
        if mail.case_id == case_id or (not mail.case_id and mail.sha256.encode() in named)
    ]


def _mails_of_case(tx: Transaction, case: Candidature) -> list[Message]:
    of_contest = tx.unit.messages_of(tx.contest, CONTEST)
    about = tx.unit.messages_of(tx.contest, case.id)
    return [*about, *_naming(of_contest, _identifiers_of_case(tx, case))]


def _identifiers_of_case(tx: Transaction, case: Candidature) -> tuple[str, ...]:
    name_field = tx.process.definition.config.contest.name_field
    return _identifiers(
        value
        for name, value in case.private.items()
        if name == name_field or (isinstance(value, str) and "@" in value)
    )


def _identifiers(values: Iterable[Any]) -> tuple[str, ...]:
    """The names and addresses among some answers, by which a subject is found elsewhere."""
    texts = (value for value in values if isinstance(value, str) and "\n" not in value)
    return tuple(text for text in texts if len(text) >= _SHORTEST)


def _naming(mails: Iterable[Message], identifiers: Sequence[str]) -> list[Message]:
    # As JSON has it, between its quotation marks.
    written = [to_json(word)[1:-1] for word in identifiers]
    return [mail for mail in mails if any(word in mail.words for word in written)]


def _mentions_of(
    tx: Transaction, subjects: Collection[str], identifiers: Sequence[str], mails: Iterable[Message]
) -> tuple[int | str, ...]:
    """What names a subject besides, and stays: lines with words about others, and their mails."""
    lines = []
    for row in tx.unit.sides(tx.contest):
        if row.subject not in subjects:
            text = " ".join(_texts(from_json(row.data)))
            if any(word in text for word in identifiers):
                lines.append(row.n)
    own = {mail.name for mail in mails}
    naming = (mail.name for mail in _naming(tx.unit.messages(tx.contest), identifiers))
    return (*lines, *(name for name in naming if name not in own))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


class HeldItem(Struct, frozen=True):
    """Something held: which line or mail, its instant, its kind; words beside a line, until when.

    What others' lines and mails say is left out: it tells of the others too.
    """

    place: int | str
    at: datetime
    type: str
    tells: str
    words: Mapping[str, Any] | None = None
    until: datetime | None = None


class HeldMail(Struct, frozen=True):
    """A mail about somebody, or to them: when it was last looked at, to whom, what it says."""

    message: str
    at: datetime
    stage: str
    to: str
    subject: str
    text: str


class HeldAttachment(Struct, frozen=True):
    """A file about somebody in a mail: who was sent it, and when; None where it has not left."""

    message: str
    file: str
    to: str
    sent: datetime | None


class SubjectData(Struct, frozen=True):
    """All that is held of a candidature or of a person; `named` is what names them besides.

    `facts` are the answers that a line itself holds, which no erasure takes away; `documents` the
    bytes of each by hash.
    """

    who: str
    name: str | None
    facts: Mapping[str, Any]
    rows: tuple[HeldItem, ...]
    mails: tuple[HeldMail, ...]
    documents: Mapping[str, bytes]
    attachments: tuple[HeldAttachment, ...]
    named: tuple[HeldItem, ...]
    is_case: bool


def subject_data(contest: Contest, who: str) -> SubjectData:
    """All that is held of a candidature or a person. Raises: Misuse, PtceError."""
    with contest.looking() as tx:
        [holdings], _later = selected(contest, tx, Selection(who))
        is_case = not people.is_pseudonym(holdings.subject)
        contents = {document: tx.unit.document(document) for document in holdings.documents}
        return SubjectData(
            holdings.called,
            holdings.name,
            dict(tx.case(holdings.subject).facts) if is_case else {},
            tuple(sorted(_rows(tx, holdings), key=attrgetter("place"))),
            tuple(_mails(holdings)),
            {document: content for document, content in contents.items() if content is not None},
            tuple(_attachments(tx, holdings)),
            tuple(_mentions(tx, holdings)),
            is_case,
        )


def _rows(tx: Transaction, holdings: Holdings) -> Iterator[HeldItem]:
    for subject, numbers in holdings.rows.items():
        lines = rows_of(tx.unit, tx.contest, subject)
        for row in tx.unit.sides_of(tx.contest, subject):
            line = lines.get(row.n)
            if row.n not in numbers or line is None:
                continue
            ends: list[datetime | None] = [None]
            if line.case is not None:
                until = tx.process.kept_until(tx.case(line.case))
                ends = [until.get(name) for name in kept_with(tx.process, line.data)]
            instants = [end for end in ends if end is not None]
            end = max(instants) if len(instants) == len(ends) else None
            yield replace(_item_of_line(line), words=from_json(row.data), until=end)


def _attachments(tx: Transaction, holdings: Holdings) -> Iterator[HeldAttachment]:
    for file in holdings.attachments:
        row = tx.unit.message(tx.contest, file.number)
        if row is not None:
            sent = from_text(row.sent) if row.sent else None
            yield HeldAttachment(row.name, file.name, row.recipient, sent)


def _mentions(tx: Transaction, holdings: Holdings) -> Iterator[HeldItem]:
    for n in (place for place in holdings.words if isinstance(place, int)):
        content = tx.unit.bytes_of_line(tx.contest, n)
        if content is not None:
            yield _item_of_line(read(content))
    names = {place for place in holdings.words if isinstance(place, str)}
    names |= {mail.name for mail in holdings.mails if not is_addressed(mail, holdings.subject)}
    for mail in tx.unit.messages(tx.contest):
        if mail.name in names:
            letter = tx.process.definition.mails.get(mail.notification)
            label = mail.notification if letter is None else str(letter.label)
            yield HeldItem(mail.name, from_text(mail.next_at), mail.notification, label)


def _item_of_line(line: Entry[Any] | Line) -> HeldItem:
    kind = kind_of(line.type)
    return HeldItem(line.n, from_text(line.at), line.type, "" if kind is None else kind.tells)


def _mails(holdings: Holdings) -> Iterator[HeldMail]:
    for mail in holdings.mails:
        if mail.words and is_addressed(mail, holdings.subject):
            letter, at = letter_of(mail.words), from_text(mail.next_at)
            words = letter.subject, letter.text
            yield HeldMail(mail.name, at, mail.stage, mail.address, *words)


# The list of erasures.


ERASING = ".erasing"
"""The ending of the mark of an erasure under way.

It holds what is about to be erased until that is listed, and stands empty while bytes wait to be
overwritten.
"""


def _beside(contest: Contest, ending: str) -> Path:
    return beside(contest.folder, contest.database.file, ending)


def read_erasures(contest: Contest) -> tuple[ListedErasure, ...]:
    """The erasures on the list beside the database, of whichever ledgers. Raises: PtceError."""
    file = _beside(contest, LIST)
    try:
        return tuple(_entries(file))
    except FileNotFoundError:
        return ()
    except (OSError, DecodeError, ValidationError) as error:
        raise PtceError(
            _("The list of erasures {file} cannot be read.").format(file=file),
            str(error),
            _("It tells what an older copy would bring back: restore it from a backup."),
        ) from error


def _announced(contest: Contest) -> list[ListedErasure]:
    """The erasures of the mark; without one that was cut short as it was written."""
    erasures: list[ListedErasure] = []
    with suppress(OSError, DecodeError, ValidationError):
        erasures.extend(_entries(_beside(contest, ERASING)))
    return erasures


def _entries(file: Path) -> Iterator[ListedErasure]:
    for line in file.read_bytes().splitlines():
        yield msgspec_json.decode(line, type=ListedErasure)


@contextmanager
def announced(contest: Contest, erasures: Sequence[ListedErasure]) -> Iterator[None]:
    """Writes erasures down that are about to be committed, and takes them back if the act fails.

    Before, and not after: one that is not listed would be brought back by a restore.

    Raises: PtceError where they cannot be written.
    """
    mark = _beside(contest, ERASING)
    try:
        mark.touch(0o600)
        before = mark.stat().st_size
        _append(mark, erasures)
    except OSError as error:
        raise PtceError(
            _("The list of erasures {file} cannot be written; nothing was erased.").format(
                file=mark
            ),
            _("The system says: {reason}.").format(reason=refusal_of(error)),
        ) from error
    failpoint("announced")
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.truncate(mark, before)
        raise


def _append(file: Path, erasures: Iterable[ListedErasure]) -> None:
    file.touch(0o600)
    with file.open("ab") as stream:
        stream.writelines(msgspec_json.encode(erasure) + b"\n" for erasure in erasures)
        stream.flush()
        os.fsync(stream.fileno())


def is_scrub_pending(contest: Contest) -> bool:
    """True while bytes of what was erased may be left in the files of the database."""
    return _beside(contest, ERASING).exists()


def finish(contest: Contest) -> bool:
    """Lists what was erased, and overwrites the bytes that are left of it; False while it cannot.

    Somebody else reads the files, or the disk has no room: the erasure stands all the same.
    """
    mark = _beside(contest, ERASING)
    if not mark.exists():
        return True
    try:
        if mark.stat().st_size:
            # Nobody is about to commit one meanwhile; what was cut short was never done.
            with contest.database.writing(contest.id) as repo:
                recorded = _recorded(contest, repo)
                done = (one for one in _announced(contest) if one.place in recorded)
                _append(_beside(contest, LIST), done)
                os.truncate(mark, 0)
    except OSError:
        return False
    if not contest.database.scrub():
        return False
    mark.unlink(missing_ok=True)
    return True


def _recorded(contest: Contest, repo: Repository) -> set[tuple[int, str]]:
    """The lines of erasures, and whose each was. Raises: PtceError."""
    from ptce_workflow.app.candidatures.history import lines_of

    lines = lines_of(repo, contest.id, (PersonalDataErased,))
    return {(line.n, line.data.whose) for line, _content in lines}


def _called(contest: Contest, repo: Repository, subject: str) -> str:
    with suppress(KeyError):
        return repo.candidature_by_id(contest.id, subject).ref
    return subject


def signed_by_contest(
    contest: Contest, repo: Repository, erasures: Sequence[ListedErasure]
) -> Sequence[ListedErasure]:
    """Erasures, signed by the key of the contest; unsigned where it is not there."""
    with suppress(PtceError):
        key = signing_key(beside_database(contest.folder), public_keys(repo, contest.id))
        return [erasure.signed_with(key) for erasure in erasures]
    return erasures


def _origin(contest: Contest, repo: Repository) -> str:
    # Imported here for start-up time: a pass of the scheduler looks at no line.
    from ptce_workflow.app.candidatures.history import ledger_origin

    return ledger_origin(repo, contest.id)


def undone_erasures(
    contest: Contest, repo: Repository, restored: int | None = None
) -> Iterator[tuple[ListedErasure, tuple[int, ...]]]:
    """The listed erasures of this ledger that are undone, each with the lines whose rows are there.

    Of a backup `restored` up to a line, those that may be erased again: that the contest signed,
    beyond it. Raises: PtceError.
    """
    erasures: Sequence[ListedErasure] = read_erasures(contest)
    if restored is not None:
        keys = key_at(public_keys(repo, contest.id), restored)
        later = (one for one in erasures if one.line > restored)
        erasures = [one for one in later if one.is_signed_by(keys)]
    origin = _origin(contest, repo) if erasures else ""
    # Each time it is erased again it is listed again: a row counts by the first that names it.
    counted: set[tuple[str, int]] = set()
    for erasure in erasures:
        if erasure.ledger == origin:
            subject, rows = erasure.subject, rows_of(repo, contest.id, erasure.subject)
            hashes = {n: (line.pd or {}).get(subject) for n, line in rows.items() if line}
            # A line of that number may be another one since.
            there = (n for n, hash_ in hashes.items() if hash_ == erasure.rows.get(str(n), ""))
            if back := tuple(n for n in there if (subject, n) not in counted):
                counted.update((subject, n) for n in back)
                yield erasure, back


def undone_faults(contest: Contest, repo: Repository) -> Iterator[Fault]:
    try:
        keys = public_keys(repo, contest.id)
        for erasure, back in undone_erasures(contest, repo):
            if not erasure.is_signed_by(keys):
                what = _("The list of erasures names what no line of this ledger has erased.")
                why = _("The contest has not signed it: it erases nothing. Take it off {file}.")
                yield Fault(back[0], what, why.format(file=_beside(contest, LIST).name))
                continue
            what = _("What was erased is there again: an older database was put in place.")
            why = _(
                "Line {line} of the later one told of it. To erase it again, restore that database "
                'by `ptce restore`, or erase it by name: ptce erase {who} --reason "…"'
            )
            who = _called(contest, repo, erasure.subject)
            yield Fault(back[0], what, why.format(line=erasure.line, who=who))
    except PtceError as error:
        yield Fault(0, error.what, error.why)


def list_remarks(contest: Contest, repo: Repository) -> Iterator[Fault]:
    """Remarks on erasures that the list lacks, and on one that was cut short."""
    with suppress(PtceError):
        recorded = _recorded(contest, repo)
        announced = {one.place for one in _announced(contest)}
        erasures = read_erasures(contest)
        listed = {one.place for one in erasures}
        keys, file = public_keys(repo, contest.id), _beside(contest, LIST).name
        origin = _origin(contest, repo) if erasures else ""
        if unsigned := [
            one for one in erasures if one.ledger == origin and not one.is_signed_by(keys)
        ]:
            undone = {one.place for one, _back in undone_erasures(contest, repo)}
            for one in (one for one in unsigned if one.place not in undone):
                what = _("The list of erasures has an entry that the contest has not signed.")
                why = _("Line {line}, {subject}: it erases nothing. Take it off {file}.")
                yield Fault(0, what, why.format(line=one.line, subject=one.subject, file=file))
        for n, _subject in sorted(recorded - listed - announced):
            what = _("The list of erasures beside the database lacks this one.")
            why = _("A restore would bring back what it erased: put the list back from a copy.")
            yield Fault(n, what, why)
        for _n, subject in sorted(announced - recorded):
            what = _("An erasure was interrupted before it was done: nothing was erased.")
            why = _('Type it again: ptce erase {who} --reason "…"')
            yield Fault(0, what, why.format(who=_called(contest, repo, subject)))
