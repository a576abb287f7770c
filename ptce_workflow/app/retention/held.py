"""What is held about a person, what an erasure covers, what was erased.

The list holds numbers of lines, pseudonyms and the hashes that those lines tell anyway; nothing of
what was erased. Whoever puts an older database in place finds there what has to be erased again.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import DecodeError, Struct, ValidationError
from msgspec import json as msgspec_json

from ptce_workflow.app import people
from ptce_workflow.app.contest import context
from ptce_workflow.app.locations import LIST, beside
from ptce_workflow.app.outbox.letters import letter_of
from ptce_workflow.app.outbox.plan import CONTEST, number_of
from ptce_workflow.app.projections import line_of, rows_of
from ptce_workflow.app.retention import held as extent
from ptce_workflow.base.errors import PtceError, refusal_of
from ptce_workflow.base.notation import from_json, from_text, to_json
from ptce_workflow.base.words import N_, _
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, Entry
from ptce_workflow.ledger.events.codec import kind_of
from ptce_workflow.ledger.events.erasure import kept_with, rows_over, visas
from ptce_workflow.ledger.events.mail import AboutMails
from ptce_workflow.ledger.fold import documents_in
from ptce_workflow.ledger.line import read
from ptce_workflow.ledger.state import Person
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.letters.message import PENDING
from ptce_workflow.process.letters.planning import planner_of

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.letters.message import Message
    from ptce_workflow.store.unit import Repository


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


def listed(contest: Contest) -> tuple[Erasure, ...]:
    """The erasures that the list beside the database tells, of whichever ledgers.

    Raises: PtceError where it cannot be read.
    """
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
def listing(contest: Contest, erasures: Sequence[Erasure]) -> Iterator[None]:
    """Lists erasures that are about to be committed; not those of an act that comes to nothing.

    Before, and not after: what is listed and was not erased is told, the reverse never would be.

    Raises: PtceError where the list cannot be written.
    """
    file, mark = _beside(contest, LIST), _beside(contest, ERASING)
    try:
        before = file.stat().st_size if file.exists() else 0
        mark.touch(0o600)
        _append(file, b"".join(msgspec_json.encode(one) + b"\n" for one in erasures))
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


def _append(file: Path, content: bytes) -> None:
    if not file.exists():
        file.touch(0o600)
    with file.open("ab") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def is_pending(contest: Contest) -> bool:
    """True while bytes of what was erased may be left in the files of the database."""
    return _beside(contest, ERASING).exists()


def finish(contest: Contest) -> bool:
    """Overwrites what is left of what was erased; False while it cannot.

    Somebody else reads the files, or the disk has no room: the erasure stands all the same.
    """
    if not is_pending(contest):
        return True
    if not contest.database.scrub():
        return False
    _beside(contest, ERASING).unlink(missing_ok=True)
    return True


def found_again(contest: Contest) -> tuple[Erasure, ...]:
    """The erasures of this ledger of which something is there again, as far as it is.

    Raises: PtceError where the list cannot be read.
    """
    with contest.database.reading() as repo:
        return tuple(brought_back(contest, repo))


def brought_back(contest: Contest, repo: Repository) -> Iterator[Erasure]:
    """The same, in a transaction."""
    # A pass of the scheduler looks at no line.
    from ptce_workflow.app.candidatures.history import ledger_origin

    erasures = listed(contest)
    origin = ledger_origin(repo, contest.id) if erasures else ""
    # Each time it is erased again it is listed again: a row counts by the first that names it.
    told: set[tuple[str, str]] = set()
    for one in erasures:
        if one.ledger == origin:
            there = {
                n: hash_
                for n, hash_ in one.rows.items()
                if (one.subject, n) not in told and _is_there(repo, contest, one, n)
            }
            if there:
                told.update((one.subject, n) for n in there)
                yield Erasure(one.ledger, one.line, one.subject, there, one.mails)


def _is_there(repo: Repository, contest: Contest, erasure: Erasure, n: str) -> bool:
    """True where a row is there, and its line is the one that the erasure was about."""
    if repo.side(contest.id, int(n), erasure.subject) is None:
        return False
    line = line_of(repo, contest.id, int(n))
    return line is not None and (line.pd or {}).get(erasure.subject) == erasure.rows[n]


DESK_ALONE = N_("Only the desk erases what is held of anyone.")
_SHORTEST = 4
"""What is shorter names nobody: it would be found everywhere."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What goes with somebody, or with the sheets whose time is over: nothing is gone yet.

    `rows` are the numbers of lines by the subject of their side rows; `unsent` are those of the
    `mails` that have not left, and never will; `words` are the numbers of lines and the names of
    mails that name them besides, and stay. `elsewhere` are the references
    that a candidature has got in the contests to which it was handed over. `over` is since when the
    first of the `sheets` should be gone, `again` the line that had told so before an older copy
    brought it back. `askable` are the requests whose term is not over, with its end.
    """

    subject: str
    called: str
    name: str | None
    rows: dict[str, tuple[int, ...]]
    mails: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    visas: tuple[str, ...] = ()
    words: tuple[int | str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    over: datetime | None = None
    again: int = 0
    askable: tuple[tuple[str, datetime | None], ...] = ()

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to erase."""
        return not (self.mails or any(self.rows.values()))


def need_desk(tx: Transaction) -> None:
    """Lets the desk through, which alone erases. Raises: PtceError for anyone else."""
    people.need_desk(tx, _(DESK_ALONE))


def of(tx: Transaction, who: str) -> Gone:
    """What of a candidature, by its reference, or of a person, by pseudonym or login, would go.

    Raises: Misuse for nobody, PtceError for anyone but the desk.
    """
    need_desk(tx)
    found = [one for one in tx.people() if who in (one.pseudonym, one.private.get("login"))]
    if found:
        return _of_person(tx, found[0])
    return _of_case(tx, tx.load([who])[0])


def _named(tx: Transaction, subject: str) -> tuple[str, str | None]:
    """What people call a subject: its reference or pseudonym, and its name while it has one."""
    if subject == CONTEST_SUBJECT:
        return _("the contest"), None
    for person in tx.people():
        if person.pseudonym == subject:
            return subject, person.private.get("name")
    case = tx.case(subject)
    return case.ref, tx.name_of(case)


def _of_case(tx: Transaction, case: Candidature) -> Gone:
    unit, contest = tx.unit, tx.contest
    rows = {case.id: tuple(rows_of(unit, contest, case.id))}
    about = unit.messages_of(contest, case.id)
    called = _names(case.private.values(), tx, case)
    theirs = [*about, *_naming(unit.messages_of(contest, CONTEST), called)]
    others = _others(tx, case.id, called, {row.name for row in theirs})
    return Gone(
        case.id,
        case.ref,
        tx.name_of(case),
        rows,
        tuple(row.name for row in theirs),
        tuple(_documents(unit, contest, rows)),
        _unsent(theirs),
        visas=visas(tx.process, case),
        words=others,
        elsewhere=tuple(case.handed_over.values()),
        askable=_askable(tx, case),
    )


def _of_person(tx: Transaction, person: Person) -> Gone:
    unit, contest, who = tx.unit, tx.contest, person.pseudonym
    theirs = [row for row in unit.messages(contest) if row.recipient == who]
    rows: dict[str, tuple[int, ...]] = {}
    for case_id in dict.fromkeys(row.case_id for row in theirs if row.case_id != CONTEST):
        names = {row.name for row in theirs if row.case_id == case_id}
        found = rows_of(unit, contest, case_id).items()
        lines = tuple(n for n, line in found if line is not None and _tells_of(line, names))
        if lines:
            rows[case_id] = lines
    rows[who] = tuple(rows_of(unit, contest, who))
    called = _names(person.private.values(), tx)
    naming = _naming(unit.messages_of(contest, CONTEST), called)
    theirs += [row for row in naming if row.recipient != who]
    mails = {row.name for row in theirs}
    return Gone(
        who,
        who,
        person.private.get("name"),
        rows,
        tuple(sorted(mails)),
        unsent=_unsent(theirs),
        words=_others(tx, who, called, mails, rows),
    )


def _unsent(mails: Iterable[Message]) -> tuple[str, ...]:
    """The names of mails that wait, and are cancelled with whom they were for."""
    return tuple(row.name for row in mails if row.stage in PENDING)


def is_settled(tx: Transaction, case: Candidature) -> bool:
    """True where no request waits for its answer, and the contact knows of every decision."""
    if tx.process.pending(case):
        return False
    told = planner_of(tx.process).decisions
    about = tx.unit.messages_of(tx.contest, case.id)
    return not any(row.stage in PENDING and row.notification in told for row in about)


def over(tx: Transaction, case: Candidature) -> Gone:
    """What of a candidature is kept longer than its sheets say."""
    ends = tx.process.kept_until(case)
    over = {name for name, at in ends.items() if at <= tx.now}
    held = {tx.process.definition.kept_with(name.partition(".")[0]) for name in case.private}
    ctx = context(tx, case.id)
    sheets = tuple(sorted(held & over))
    lines = tuple(rows_over(ctx, case.id, sheets, over)) if sheets else ()
    mails: tuple[Message, ...] = ()
    if tx.process.definition.contact_sheet in sheets:
        unit, contest = tx.unit, tx.contest
        called = _names(case.private.values(), tx, case)
        naming = _naming(unit.messages_of(contest, CONTEST), called)
        mails = (*unit.messages_of(contest, case.id), *naming)
    rows = {case.id: lines}
    return Gone(
        case.id,
        case.ref,
        tx.name_of(case),
        rows,
        tuple(row.name for row in mails),
        tuple(_documents(tx.unit, tx.contest, rows)),
        _unsent(mails),
        sheets,
        visas(tx.process, case, sheets),
        over=min((ends[name] for name in sheets), default=None),
        askable=_askable(tx, case),
    )


def _askable(tx: Transaction, case: Candidature) -> tuple[tuple[str, datetime | None], ...]:
    """The requests that may still be asked about a candidature, such as an appeal."""
    terms = {
        name: tx.process.asked_until(name, case)
        for name in tx.process.definition.requests
        if tx.process.asked_from(name, case) is not None
    }
    return tuple((name, end) for name, end in terms.items() if end is None or end >= tx.now)


def again(contest: Contest, tx: Transaction) -> Iterator[Gone]:
    """What an older copy of the database has brought back of what was erased."""
    for one in brought_back(contest, tx.unit):
        mails = tuple(row for name, row in _rows_named(tx, one) if _is_same_mail(row, one))
        named = _named(tx, one.subject)
        rows = {one.subject: tuple(map(int, one.rows))}
        documents = tuple(_documents(tx.unit, tx.contest, rows))
        names = tuple(row.name for row in mails)
        unsent = _unsent(mails)
        yield Gone(one.subject, *named, rows, names, documents, unsent, again=one.line)


def mails_of(tx: Transaction, gone: Gone) -> list[Message]:
    """The rows of the mails that go."""
    found = (tx.unit.message(tx.contest, number_of(name)) for name in gone.mails)
    return [row for row in found if row is not None]


def beside_lines(lines: Sequence[int]) -> Gone:
    """The words beside lines about the contest, or about several candidatures."""
    numbers = tuple(sorted({*lines}))
    return Gone(CONTEST_SUBJECT, _("the contest"), None, {CONTEST_SUBJECT: numbers})


def _tells_of(line: Entry[Any], names: set[str]) -> bool:
    return isinstance(line.data, AboutMails) and not names.isdisjoint(line.data.names())


def _documents(repo: Repository, contest: str, rows: dict[str, tuple[int, ...]]) -> Iterator[str]:
    """The documents that rows name, each once, and no row of anything else does."""
    found: dict[str, int] = {}
    for subject, numbers in rows.items():
        for row in repo.sides_of(contest, subject):
            if row.n in numbers:
                for named in {*documents_in(row.data)}:
                    found[named] = found.get(named, 0) + 1
    return (one for one, times in found.items() if repo.sides_naming(f'"{one}"') == times)


def _names(
    values: Iterable[Any], tx: Transaction, case: Candidature | None = None
) -> tuple[str, ...]:
    """The words by which somebody is known elsewhere: names and addresses, no texts.

    Of a candidature: its name, and what is written like an address or a number to call.
    """
    if case is not None:
        name_field = tx.process.definition.config.contest.name_field
        values = (
            value
            for name, value in case.private.items()
            if name == name_field or (isinstance(value, str) and "@" in value)
        )
    texts = (value for value in values if isinstance(value, str) and "\n" not in value)
    return tuple(text for text in texts if len(text) >= _SHORTEST)


def _naming(rows: Iterable[Message], called: Sequence[str]) -> list[Message]:
    """The mails in whose words somebody is named."""
    # As JSON has it, between its quotation marks.
    written = [to_json(word)[1:-1] for word in called]
    return [row for row in rows if any(word in row.words for word in written)]


def _others(
    tx: Transaction,
    subject: str,
    called: Sequence[str],
    mails: Collection[str],
    rows: Collection[str] = (),
) -> tuple[int | str, ...]:
    """What names somebody besides, and stays: lines with words about others, and their mails."""
    found = []
    for row in tx.unit.sides(tx.contest):
        if row.subject != subject and row.subject not in rows:
            text = " ".join(_texts(from_json(row.data)))
            if any(word in text for word in called):
                found.append(row.n)
    every = _naming(tx.unit.messages(tx.contest), called)
    return (*found, *(name for name in (row.name for row in every) if name not in mails))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _rows_named(tx: Transaction, one: Erasure) -> Iterator[tuple[str, Message]]:
    for row in tx.unit.messages(tx.contest):
        if row.name in one.mails:
            yield row.name, row


def _is_same_mail(row: Message, one: Erasure) -> bool:
    """True for the mail that was erased: the same bytes, or nobody has written any yet."""
    known = one.mails[row.name]
    ours = one.subject in (row.case_id, row.recipient)
    return row.sha256 == known if known else ours


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Words beside a line: its number and instant, what kind of line, the words, until when."""

    line: int
    at: datetime
    type: str
    tells: str
    words: Mapping[str, Any]
    until: datetime | None


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
class HeldDocument:
    """A document that was handed in."""

    sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mention:
    """Something about others that names somebody: a line or a mail, its instant, of what kind.

    What it says is not theirs to be given, for it tells of the others too.
    """

    place: int | str
    at: datetime
    type: str
    tells: str


@dataclass(frozen=True, slots=True)
class Held:
    """All that is held of a candidature or of a person; `named` is what names them besides.

    `facts` are the answers that a line itself holds, which no erasure takes away.
    """

    who: str
    name: str | None
    facts: Mapping[str, Any]
    rows: tuple[HeldRow, ...]
    mails: tuple[HeldMail, ...]
    documents: tuple[HeldDocument, ...]
    named: tuple[Mention, ...]
    is_case: bool


def held(contest: Contest, who: str) -> Held:
    """All that is held of a candidature, by its reference, or of a person.

    Raises: Misuse for nobody, PtceError for anyone but the desk.
    """
    with contest.looking() as tx:
        gone = extent.of(tx, who)
        people = {person.pseudonym for person in tx.people()}
        is_case = gone.subject not in people
        case = tx.case(gone.subject) if is_case else None
        return Held(
            gone.called,
            gone.name,
            {} if case is None else dict(case.facts),
            tuple(sorted(_rows(tx, gone), key=lambda row: row.line)),
            tuple(_mails(tx, gone)),
            tuple(
                HeldDocument(one, content)
                for one in gone.documents
                if (content := tx.unit.document(one)) is not None
            ),
            tuple(_mentions(tx, gone)),
            is_case,
        )


def _rows(tx: Transaction, gone: extent.Gone) -> Iterator[HeldRow]:
    for subject, numbers in gone.rows.items():
        lines = rows_of(tx.unit, tx.contest, subject)
        for row in tx.unit.sides_of(tx.contest, subject):
            line = lines.get(row.n)
            if row.n not in numbers or line is None:
                continue
            kind = kind_of(line.type)
            ends: list[datetime | None] = [None]
            if line.case is not None:
                until = tx.process.kept_until(tx.case(line.case))
                ends = [until.get(name) for name in kept_with(tx.process, line.data)]
            known = [end for end in ends if end is not None]
            yield HeldRow(
                row.n,
                from_text(line.at),
                line.type,
                "" if kind is None else kind.tells,
                from_json(row.data),
                max(known) if len(known) == len(ends) else None,
            )


def _mentions(tx: Transaction, gone: extent.Gone) -> Iterator[Mention]:
    for n in (place for place in gone.words if isinstance(place, int)):
        content = tx.unit.bytes_of_line(tx.contest, n)
        if content is not None:
            line = read(content)
            kind = kind_of(line.type)
            yield Mention(n, from_text(line.at), line.type, "" if kind is None else kind.tells)
    besides = {place for place in gone.words if isinstance(place, str)}
    besides |= {row.name for row in extent.mails_of(tx, gone) if not _is_theirs(row, gone)}
    for row in tx.unit.messages(tx.contest):
        if row.name in besides:
            letter = tx.process.definition.notifications.get(row.notification)
            label = row.notification if letter is None else str(letter.label)
            yield Mention(row.name, from_text(row.next_at), row.notification, label)


def _is_theirs(row: Message, gone: extent.Gone) -> bool:
    """True for a mail about the candidature, or to the person; others only name them."""
    return gone.subject in (row.case_id, row.recipient)


def _mails(tx: Transaction, gone: extent.Gone) -> Iterator[HeldMail]:
    for row in extent.mails_of(tx, gone):
        if row.words and _is_theirs(row, gone):
            letter = letter_of(row.words)
            at = from_text(row.next_at)
            told = (row.stage, row.address, letter.subject, letter.text)
            yield HeldMail(row.name, at, *told)
