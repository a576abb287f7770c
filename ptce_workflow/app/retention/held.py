"""What is held about somebody, which an erasure removes; the list of the erasures that were made.

That list holds numbers of lines, pseudonyms and the hashes that those lines tell anyway; nothing of
what was erased. Whoever puts an older database in place finds there what has to be erased again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import DecodeError, Struct, ValidationError
from msgspec import json as msgspec_json

from ptce_workflow.app import people
from ptce_workflow.app.contest import Contest, context
from ptce_workflow.app.locations import LIST, beside
from ptce_workflow.app.outbox.letters import letter_of
from ptce_workflow.app.outbox.plan import CONTEST
from ptce_workflow.app.projections import line_of, rows_of
from ptce_workflow.base.errors import PtceError, refusal_of
from ptce_workflow.base.notation import from_json, from_text, to_json
from ptce_workflow.base.words import N_, _
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, Entry, kind_of
from ptce_workflow.ledger.events.erasure import kept_with, retention_ends, rows_over, visas
from ptce_workflow.ledger.events.mail import AboutMails
from ptce_workflow.ledger.examine import documents_in
from ptce_workflow.ledger.line import Line, read
from ptce_workflow.ledger.state import Person
from ptce_workflow.process.candidature import Candidature, by_ref
from ptce_workflow.process.letters.message import PENDING, Message
from ptce_workflow.process.letters.planning import planner_of

if TYPE_CHECKING:
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.store.database import Repository


ERASING = ".erasing"
"""The ending of the mark that stands while bytes wait to be overwritten."""


class Erasure(Struct, frozen=True, forbid_unknown_fields=True):
    """An erasure as it is listed: which ledger, the line, whose, and what was gone.

    `rows` are the hashes that the lines commit themselves to, by number; `mails` those of their
    bytes, by name, "" where none was written.
    """

    ledger: str
    line: int
    subject: str
    rows: Mapping[str, str]
    mails: Mapping[str, str] = {}


def _beside(contest: Contest, ending: str) -> Path:
    return beside(contest.folder, contest.database.file, ending)


def read_erasures(contest: Contest) -> tuple[Erasure, ...]:
    """The erasures on the list beside the database, of whichever ledgers. Raises: PtceError."""
    file = _beside(contest, LIST)
    if not file.exists():
        return ()
    try:
        lines = file.read_bytes().splitlines()
        return tuple(msgspec_json.decode(line, type=Erasure) for line in lines)
    except (OSError, DecodeError, ValidationError) as error:
        raise PtceError(
            _("The list of erasures {file} cannot be read.").format(file=file),
            str(error),
            _("It tells what an older copy would bring back: restore it from a backup."),
        ) from error


@contextmanager
def append_erasures(contest: Contest, erasures: Sequence[Erasure]) -> Iterator[None]:
    """Lists erasures that are about to be committed; takes them off the list if the act fails.

    Before, and not after: what is listed and was not erased is told, the reverse never would be.

    Raises: PtceError where the list cannot be written.
    """
    file, mark = _beside(contest, LIST), _beside(contest, ERASING)
    try:
        file.touch(0o600)
        before = file.stat().st_size
        mark.touch(0o600)
        with file.open("ab") as stream:
            stream.writelines(msgspec_json.encode(erasure) + b"\n" for erasure in erasures)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise PtceError(
            _("The list of erasures {file} cannot be written; nothing was erased.").format(
                file=file
            ),
            _("The system says: {reason}.").format(reason=refusal_of(error)),
        ) from error
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.truncate(file, before)
        raise


def is_scrub_pending(contest: Contest) -> bool:
    """True while bytes of what was erased may be left in the files of the database."""
    return _beside(contest, ERASING).exists()


def finish(contest: Contest) -> bool:
    """Overwrites the bytes that are left of what was erased; False while it cannot.

    Somebody else reads the files, or the disk has no room: the erasure stands all the same.
    """
    if not is_scrub_pending(contest):
        return True
    if not contest.database.scrub():
        return False
    _beside(contest, ERASING).unlink(missing_ok=True)
    return True


def undone_erasures(contest: Contest, repo: Repository) -> Iterator[Erasure]:
    """The erasures of this ledger that an older copy has undone, with the rows that are back.

    Raises: PtceError where the list cannot be read.
    """
    # A pass of the scheduler looks at no line.
    from ptce_workflow.app.candidatures.history import ledger_origin

    erasures = read_erasures(contest)
    origin = ledger_origin(repo, contest.id) if erasures else ""
    # Each time it is erased again it is listed again: a row counts by the first that names it.
    counted: set[tuple[str, str]] = set()
    for erasure in erasures:
        if erasure.ledger == origin:
            back = {
                n: hash_
                for n, hash_ in erasure.rows.items()
                if (erasure.subject, n) not in counted and _is_back(repo, contest, erasure, n)
            }
            if back:
                counted.update((erasure.subject, n) for n in back)
                yield Erasure(erasure.ledger, erasure.line, erasure.subject, back, erasure.mails)


def _is_back(repo: Repository, contest: Contest, erasure: Erasure, n: str) -> bool:
    """True where a row is there, and its line is the one that the erasure was about."""
    if repo.side(contest.id, int(n), erasure.subject) is None:
        return False
    line = line_of(repo, contest.id, int(n))
    return line is not None and (line.pd or {}).get(erasure.subject) == erasure.rows[n]


DESK_ALONE = N_("Only the desk erases what is held of anyone.")
_SHORTEST = 4
"""What is shorter names nobody: it would be found everywhere."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be erased.

    All that is held of `who`, the words beside some `lines`, what is `due` because it is kept
    longer than the folder says, or what an older copy of the database has brought back (`again`).
    """

    who: str = ""
    lines: tuple[int, ...] = ()
    due: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of a subject, and an erasure would remove.

    `rows` are the numbers of lines by the subject of their side rows; `words` are the numbers of
    lines and the names of mails that name the subject besides, and stay. `elsewhere` are the
    references that a candidature has got in the contests to which it was handed over. `over` is
    since when the first of the `sheets` should be erased, where it is their time that is over;
    `again` the line of the erasure that an older copy undid. `askable` are the requests that may
    still be made, each with the end of its term.
    """

    subject: str
    called: str
    name: str | None
    rows: Mapping[str, tuple[int, ...]]
    mails: tuple[Message, ...] = ()
    documents: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    visas: tuple[str, ...] = ()
    words: tuple[int | str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    over: datetime | None = None
    again: int = 0
    askable: tuple[tuple[str, datetime | None], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.mails or any(self.rows.values()))

    @property
    def unsent(self) -> tuple[str, ...]:
        """The names of the mails that have not left, and would be cancelled."""
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
    if selection.again:
        return [_brought_back(tx, erasure) for erasure in undone_erasures(contest, tx.unit)], []
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
    **more: Any,
) -> Holdings:
    documents = tuple(_documents(tx.unit, tx.contest, rows))
    return Holdings(subject, *_names(tx, subject), rows, tuple(mails), documents, **more)


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
        sheets=sheets,
        visas=visas(tx.process, case, sheets),
        over=min(ends.values(), default=None),
        askable=_askable(tx, case),
    )


def _askable(tx: Transaction, case: Candidature) -> tuple[tuple[str, datetime | None], ...]:
    """The requests that may still be made about a candidature, such as an appeal."""
    terms = {
        name: tx.process.asked_until(name, case)
        for name in tx.process.definition.requests
        if tx.process.asked_from(name, case) is not None
    }
    return tuple((name, end) for name, end in terms.items() if end is None or end >= tx.now)


def _brought_back(tx: Transaction, erasure: Erasure) -> Holdings:
    mails = (mail for mail in tx.unit.messages(tx.contest) if mail.name in erasure.mails)
    same = [mail for mail in mails if _is_same_mail(mail, erasure)]
    rows = {erasure.subject: tuple(map(int, erasure.rows))}
    return _holdings(tx, erasure.subject, rows, same, again=erasure.line)


def _is_same_mail(mail: Message, erasure: Erasure) -> bool:
    """True for the mail that was erased: the same bytes, or nobody has written any yet."""
    hash_ = erasure.mails[mail.name]
    return mail.sha256 == hash_ if hash_ else is_addressed(mail, erasure.subject)


def is_addressed(mail: Message, subject: str) -> bool:
    return subject in (mail.case_id, mail.recipient)


def mails_of(tx: Transaction, holdings: Holdings) -> list[Message]:
    rows = (tx.unit.message(tx.contest, mail.number) for mail in holdings.mails)
    return [row for row in rows if row is not None]


def _documents(
    repo: Repository, contest: str, rows: Mapping[str, tuple[int, ...]]
) -> Iterator[str]:
    """The documents that rows name, each once, and no row of anything else does."""
    counts = Counter(
        document
        for subject, numbers in rows.items()
        for row in repo.sides_of(contest, subject)
        if row.n in numbers
        for document in {*documents_in(row.data)}
    )
    return (
        document
        for document, count in counts.items()
        if repo.sides_naming(f'"{document}"') == count
    )


def _mails_of_case(tx: Transaction, case: Candidature) -> list[Message]:
    """The mails about a candidature, and those about the contest that name it."""
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


@dataclass(frozen=True, slots=True)
class HeldItem:
    """Something held: which line or mail, its instant, its kind; words beside a line, until when.

    What others' lines and mails say is left out: it tells of the others too.
    """

    place: int | str
    at: datetime
    type: str
    tells: str
    words: Mapping[str, Any] | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail about somebody, or to them: when it was last looked at, to whom, what it says."""

    message: str
    at: datetime
    stage: str
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class SubjectData:
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


def _mentions(tx: Transaction, holdings: Holdings) -> Iterator[HeldItem]:
    for n in (place for place in holdings.words if isinstance(place, int)):
        content = tx.unit.bytes_of_line(tx.contest, n)
        if content is not None:
            yield _item_of_line(read(content))
    names = {place for place in holdings.words if isinstance(place, str)}
    names |= {mail.name for mail in holdings.mails if not is_addressed(mail, holdings.subject)}
    for mail in tx.unit.messages(tx.contest):
        if mail.name in names:
            letter = tx.process.definition.notifications.get(mail.notification)
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
