"""Verification of a contest: the ledger, then each stored row against the ledger.

The lines do not tell these columns, so they are compared with what the program could have set:
an address by which the reader was known, an hour that no wait, lease or pause goes beyond.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ptce_workflow.app.audit.checkpoints import (
    Quoted,
    Shown,
    Witness,
    against_witnesses,
    none_kept,
    of_folder,
)
from ptce_workflow.app.candidatures.handover import Book, compared
from ptce_workflow.app.candidatures.history import ledger_origin
from ptce_workflow.app.locations import beside_database
from ptce_workflow.app.outbox.letters import letter_of
from ptce_workflow.app.outbox.waiting import NEVER_SO_LONG
from ptce_workflow.app.preconditions import versions_text
from ptce_workflow.app.projections import (
    difference,
    due_of,
    instant_in,
    is_altered,
    line_of,
    person_of,
)
from ptce_workflow.app.refusals import UNREADABLE
from ptce_workflow.app.retention.held import undone_erasures
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import nothing_to_collect, pieces
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger.examine import Examiner, Fault, stated
from ptce_workflow.ledger.fold import documents_in
from ptce_workflow.ledger.state import ContestState, Key, stands_back
from ptce_workflow.process.letters.message import PENDING, Stage, words_hash
from ptce_workflow.process.model.notification import CONTACT
from ptce_workflow.process.process import Process

if TYPE_CHECKING:
    from ptce_workflow.ledger.state import ContestState
    from ptce_workflow.process.letters.message import Message
    from ptce_workflow.store.rows import SideRow
    from ptce_workflow.store.unit import Repository


LONGEST_CLOSED = timedelta(days=14)
"""No calendar has so many days in a row on which nobody works: a mail waits less for its hour."""

_LEAVING = (*PENDING, Stage.DATA)


Sent = tuple[int, str, str]
"""An address to which a mail went: its line, the subject of the side row, the address."""


def unknown_addresses(sides: Iterable[SideRow], world: ContestState) -> Iterator[Sent]:
    """The addresses in the side rows of a line by which no reader is known just after it."""
    for side in sides:
        # Someone may have put bytes into its place.
        data = str(side.data)
        to = _read(data).get("to") if '"to":' in data else None
        if isinstance(to, str) and not _is_known(to, side.subject, world):
            yield side.n, side.subject, to


def strange(
    repo: Repository,
    contest: str,
    world: ContestState,
    process: Process,
    sent: Iterable[Sent],
    now: datetime,
) -> Iterator[Fault]:
    """The faults of mails that are to leave, or left, otherwise than the program would have it."""
    latest = max(now, from_text(world.hours.furthest))
    pause = repo.pause(contest)
    if pause is not None and (late := _too_late(pause.paused_until, latest, NEVER_SO_LONG)):
        yield Fault(0, _("All mail is paused until {instant}.").format(instant=late), _so_long())
    waiting = [row for stage in _LEAVING for row in repo.messages_at(contest, stage)]
    for row in waiting:
        yield from _stopped(row, latest)
    suspects = [
        _Suspect(0, row.name, {row.case_id, row.recipient}, row.address)
        for row in waiting
        if row.address and row.address != _address(row, world, process)
    ]
    suspects += [_Suspect(n, "", {subject, *world.people}, to) for n, subject, to in sent]
    if suspects:
        yield from _diverted(repo, contest, suspects)


class _Suspect(NamedTuple):
    """An address by which a reader is not known today: the line or the mail, and who it may be."""

    line: int
    name: str
    subjects: Collection[str]
    address: str


def _diverted(repo: Repository, contest: str, suspects: Sequence[_Suspect]) -> Iterator[Fault]:
    """Those that go, or went, where their reader was never known to be.

    A mail may have been written before its reader's address changed, and leaves to the old one.
    """
    known: dict[str, set[str]] = {}
    for _n, _row, sides in repo.entries(contest):
        for side in sides:
            words = _read(side.data)
            if "to" not in words:
                given = (*words.values(), *_table(words.get("facts")).values())
                texts = (word for word in given if isinstance(word, str))
                known.setdefault(side.subject, set()).update(texts)
    why = _("Its reader was never known by that address.")
    for one in suspects:
        if not any(one.address in known.get(subject, ()) for subject in one.subjects):
            going = _("The mail {name} is to go to another address.").format(name=one.name)
            yield Fault(one.line, going if one.name else _("The mail went elsewhere."), why)


def _stopped(row: Message, latest: datetime) -> Iterator[Fault]:
    """The faults of a mail that is kept from leaving for longer than the program would."""
    name = row.name
    try:
        hour = max(due_of(row), latest)
    except PtceError:
        # Its hour is compared with the ledger's elsewhere.
        return
    tried = row.stage in (Stage.QUEUED, Stage.RETRY)
    if late := _too_late(row.next_at, hour, NEVER_SO_LONG if tried else LONGEST_CLOSED):
        what = _("The mail {name} is kept back until {instant}.")
        yield Fault(0, what.format(name=name, instant=late), _so_long())
    if row.lease_until and (late := _too_late(row.lease_until, latest, NEVER_SO_LONG)):
        what = _("The mail {name} is claimed until {instant}.")
        yield Fault(0, what.format(name=name, instant=late), _so_long())


def _so_long() -> str:
    return _("The program keeps nothing for so long.")


def _too_late(text: str, since: datetime, most: timedelta) -> str:
    """The text of a column that is no instant or comes too long after another; else nothing."""
    try:
        # The bound itself may lie beyond the years of the calendar; what lies between never does.
        return "" if instant_in(text, "message", text) - since <= most else text
    except PtceError:
        return text or "–"


def _address(row: Message, world: ContestState, process: Process) -> str | None:
    """The address by which a reader is known today."""
    if row.recipient == CONTACT:
        case = world.cases.get(row.case_id)
        field_name = process.definition.config.contest.contact_field or ""
        return None if case is None else case.private.get(field_name)
    person = world.people.get(row.recipient)
    return None if person is None else person.private.get("email")


def _is_known(address: str, subject: str, world: ContestState) -> bool:
    """True for an address of a candidature, or of anyone enrolled: a line tells no reader."""
    case = world.cases.get(subject)
    return (case is not None and address in case.private.values()) or any(
        address == person.private.get("email") for person in world.people.values()
    )


def _read(text: str) -> Mapping[str, Any]:
    try:
        return _table(json.loads(text))
    except ValueError:
        return {}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


if TYPE_CHECKING:
    from pathlib import Path

    from ptce_workflow.app.contest import Contest
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.letters.message import Message
    from ptce_workflow.store.rows import ContestRow, LineRow, PersonRow
    from ptce_workflow.store.rows import SideRow as StoredSide
    from ptce_workflow.store.unit import Repository

    StoredEntry = tuple[int, LineRow | None, list[StoredSide]]


_UNREADABLE = (*UNREADABLE, PtceError)
_TOLD = (Stage.SENT, Stage.BOUNCED, Stage.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Verification:
    """The number of things examined, and every fault that was found, in the order of the lines.

    `links` is how many hand-overs were compared with another ledger; None without one. `remarks`
    are what is no fault and has to be known all the same. `copied` tells that nothing else is kept.
    `checkpoints` is how many the ledger goes on from, and `signed` the furthest line of these;
    `kept` are those of these that somebody shows, `receipts` the lines that mails quote and that
    it holds.
    """

    lines: int
    candidatures: int
    processes: int
    faults: tuple[Fault, ...]
    links: int | None = None
    remarks: tuple[Fault, ...] = ()
    copied: bool = False
    checkpoints: int = 0
    signed: int = 0
    kept: tuple[Shown, ...] = ()
    receipts: tuple[Quoted, ...] = ()

    @property
    def intact(self) -> bool:
        """True when nothing is wrong."""
        return not self.faults


class Copied(Protocol):
    """What came with a ledger that was copied without the tables beside it; see `exported`."""

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong with it by itself."""

    def keeps(self, hash_: str) -> bool:
        """True for a document that the contest is said to have."""


def verify(
    contest: Contest,
    shown: Sequence[Witness] = (),
    *,
    copied: Copied | None = None,
    home: Path | None = None,
) -> Verification:
    """Examines every line, rebuilds what they amount to, and compares it with what is kept.

    With a ledger that is broken nothing is compared: what follows from the damage would bury it.
    Checkpoints are, those kept beside the database and those `shown`, and mails that quote a line.
    Of a ledger that was `copied` nothing else is kept; what came with it has faults of its own.
    `home` is where its checkpoints are, where that is neither.
    """
    # Read first: one made meanwhile is of lines that are not seen here.
    ours = home is None and copied is None
    if home is None:
        home = beside_database(contest.folder) if copied is None else contest.folder
    beside, faults = of_folder(home)
    gone: tuple[Fault, ...] = ()
    with contest.database.reading() as repo, nothing_to_collect():
        # What was rebuilt is let go before the collector wakes: it would look through all of it.
        report, keys = _verified(contest, repo, copied)
        found = against_witnesses(repo, contest.id, keys, report.lines, (*beside, *shown))
        if ours and not beside and not faults:
            gone = tuple(none_kept(repo, contest.id, report.lines))
        if contest.moved_to:
            gone += (_moved(contest.moved_to),)
    return replace(
        report,
        faults=tuple(sorted({*report.faults, *faults, *found.faults}, key=_place)),
        remarks=(*report.remarks, *found.remarks, *gone),
        checkpoints=found.agreeing,
        signed=found.furthest,
        kept=tuple(one for one in dict.fromkeys(found.sound) if one in shown),
        receipts=tuple(found.receipts),
    )


def _moved(place: str) -> Fault:
    what = _("This contest goes on in {place}; nothing is written here.").format(place=place)
    why = _("The ledger does not tell of it. If nobody has moved it, name this database: ptce move")
    return Fault(0, what, why)


def _verified(
    contest: Contest, repo: Repository, copied: Copied | None
) -> tuple[Verification, Mapping[str, int]]:
    seen: dict[str, Process | None] = {}

    def process_of(hash_: str) -> Process | None:
        if hash_ not in seen:
            seen[hash_] = archived(contest, repo, hash_)
        return seen[hash_]

    examiner = Examiner(process_of, partial(line_of, repo, contest.id))
    row = repo.contest(contest.id)
    lines = contest.watch(repo.entries(contest.id), _("Verifying the ledger"), row.head_n)
    sent: list[Sent] = []
    keeps = partial(is_document_kept, repo) if copied is None else copied.keeps
    faults = [] if copied is None else list(copied.faults)
    faults += fed(lines, examiner, sent, keeps)
    examiner.finish(row.head_n, row.head_hash)
    faults += examiner.faults
    faults += _ahead_of(contest.clock.now(), examiner)
    faults += _forms(repo, seen.values())
    process = process_of(examiner.state.process)
    if process is not None and not faults:
        now = contest.clock.now()
        if copied is None:
            faults += _as_far_as_told(_kept(repo, row, examiner, process))
        faults += _as_far_as_told(strange(repo, contest.id, examiner.state, process, sent, now))
    # A ledger that hands candidatures over to itself bears both sides of the link.
    if not faults and examiner.handed_to and ledger_origin(repo, contest.id) in examiner.handed_to:
        book = Book.of(repo, contest.id)
        faults += compared(book, book)[1]
    faults += _altered(contest, repo)
    faults += _back_again(contest, repo)
    report = Verification(
        examiner.n,
        len(examiner.state.cases),
        len(seen),
        tuple(faults),
        remarks=tuple(examiner.remarks),
        copied=copied is not None,
    )
    return report, examiner.state.keys


def verify_against(contest: Contest, other: Contest, shown: Sequence[Witness] = ()) -> Verification:
    """Verifies a ledger, and each hand-over that links it with another one, both ways.

    Two ledgers are compared only if nothing is wrong with either of them by itself.

    Raises: Misuse for one and the same ledger, or a copy of it: nothing links it with itself.
    """
    report = verify(contest, shown)
    broken = len(verify(other).faults)
    if broken:
        what = _("The other ledger is broken.")
        why = n_("It has {count} fault: {command}", "It has {count} faults: {command}", broken)
        command = f"ptce verify --contest {other.folder}"
        fault = Fault(0, what, why.format(count=broken, command=command))
        return replace(report, faults=(*report.faults, fault))
    if report.faults:
        return report
    with contest.database.reading() as repo, other.database.reading() as there:
        if ledger_origin(repo, contest.id) == ledger_origin(there, other.id):
            what = _("A ledger is not compared with itself, nor with a copy of it.")
            why = _("Both folders lead to the contest {contest}.").format(contest=contest.id)
            mend = _("Name the other contest: the one that handed over, or the one that took over.")
            raise Misuse(what, why, mend)
        links, faults = compared(Book.of(repo, contest.id), Book.of(there, other.id))
    return replace(report, links=links, faults=tuple(sorted(set(faults), key=_place)))


def _as_far_as_told(faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults of a comparison; a ledger with which nothing can be compared has one itself.

    A line may say anything that its law does not forbid: whoever audits is told of a ledger that
    is not sound, never of a program that fails.
    """
    try:
        yield from faults
    except UNREADABLE as error:
        yield Fault(
            0,
            _("What the ledger says cannot be compared with what is kept."),
            f"{type(error).__name__}: {error}",
        )


def _ahead_of(now: datetime, examiner: Examiner) -> Iterator[Fault]:
    """The last line, dated by a clock that stood ahead, or by somebody who made it up."""
    world = examiner.state
    if not world.rehearsal and stands_back(to_text(now), world.hours.last, rehearsal=False):
        why = _(
            "It is dated {at}; the clock says {now}. Where the clock stood ahead, "
            "`ptce clock --accept` says so."
        ).format(at=world.hours.last, now=to_text(now))
        yield Fault(examiner.n, _("The line is dated later than now."), why)


def archived(contest: Contest, repo: Repository, hash_: str) -> Process | None:
    """A process whose archived bytes are still those that its hash names, fetched each time."""
    try:
        return contest.archived(repo, hash_)
    except PtceError:
        return None


def _forms(repo: Repository, processes: Iterable[Process | None]) -> Iterator[Fault]:
    """The forms, which commands read in place of the archived files, that say something else."""
    for process in processes:
        if process is not None and is_altered(repo, process):
            what = _("The form of the process {hash} is not what its files give.").format(
                hash=process.hash[:12]
            )
            yield Fault(0, what, _("Commands judge by it; somebody has changed it by hand."))


def _back_again(contest: Contest, repo: Repository) -> Iterator[Fault]:
    """What an older copy of the database has brought back of what was erased."""
    try:
        for one in undone_erasures(contest, repo):
            what = _("What was erased is there again: an older database was put in place.")
            why = _("Line {line} of the later one told of it. Erase it: ptce erase --again").format(
                line=one.line
            )
            yield Fault(int(next(iter(one.rows))), what, why)
    except PtceError as error:
        yield Fault(0, error.what, error.why)


def _place(fault: Fault) -> tuple[int, str, str]:
    return fault.line, fault.what, fault.why


def _altered(contest: Contest, repo: Repository) -> Iterator[Fault]:
    """The faults of guards that are not as they were made, and of contests that no line began."""
    for what in contest.database.altered():
        yield Fault(
            0, what, _("Tables are guarded by what was made with them, and by nothing else.")
        )
    for row in repo.contests() if contest.database.file is not None else ():
        try:
            repo.line(row.contest, row.head_n)
        except KeyError:
            if row.contest != contest.id:
                yield Fault(0, _("The contest {name} has no line.").format(name=row.contest))


def fed(
    lines: Iterable[StoredEntry], examiner: Examiner, sent: list[Sent], keeps: Callable[[str], bool]
) -> Iterator[Fault]:
    """Feeds the examiner with every line and the side rows of its number."""
    for some in pieces(lines):
        read = stated([row.line for _n, row, _sides in some if row is not None])
        for n, row, sides in some:
            if row is None:
                yield Fault(n, _("A side row does not belong."), _("There is no such line."))
                continue
            told = next(read)
            examiner.take(n, row.prev, row.line, sides, told)
            if sides:
                sent += unknown_addresses(sides, examiner.state)
            for side in sides:
                yield from _documents(side, keeps)


def is_document_kept(repo: Repository, hash_: str) -> bool:
    """True for a document that is kept as it was."""
    content = repo.document(hash_)
    return content is not None and sha256(content).hexdigest() == hash_


def _documents(side: StoredSide, keeps: Callable[[str], bool]) -> Iterator[Fault]:
    """The documents that a side row speaks of, and that are not kept as they were."""
    for named in documents_in(str(side.data)):
        if not keeps(named):
            what = _("A document is missing or damaged.")
            yield Fault(side.n, what, _("Its hash is {hash}.").format(hash=named[:12]))


def _kept(
    repo: Repository, row: ContestRow, examiner: Examiner, process: Process
) -> Iterator[Fault]:
    """The faults of what is kept beside the ledger and does not agree with it."""
    world, contest = examiner.state, row.contest
    if world.contest != contest:
        yield _disagrees(1, _("the contest"), contest, world.contest)
    if (row.process, bool(row.rehearsal)) != (world.process, world.rehearsal):
        yield _disagrees(0, _("the process in force"), row.process[:12], world.process[:12])
    if row.versions != versions_text(world.versions):
        yield _disagrees(0, _("the versions"), row.versions, versions_text(world.versions))
    yield from _cases(repo, contest, world, process)
    counters = {key: value for key, value in repo.counters(contest).items() if value}
    expected = {key: value for key, value in examiner.counters.items() if value}
    unlike = [
        key
        for key in sorted(counters.keys() | expected.keys())
        if counters.get(key, 0) != expected.get(key, 0)
    ]
    for key in unlike[:1]:
        text = _counter_name(key)
        if others := len(unlike) - 1:
            text += n_(" and {count} other", " and {count} others", others).format(count=others)
        yield _disagrees(0, text, counters.get(key, 0), expected.get(key, 0))
    yield from _people(repo, contest, world)
    yield from _messages(repo, contest, world)


def _cases(
    repo: Repository, contest: str, world: ContestState, process: Process
) -> Iterator[Fault]:
    left = set(world.cases)
    for row in repo.every_candidature(contest):
        left.discard(row.id)
        case = world.cases.get(row.id)
        if case is None:
            yield Fault(0, _("A candidature is kept that the ledger does not know."), row.ref)
            continue
        try:
            found = difference(row, case, process)
            if found is not None:
                yield _disagrees(case.version, case.ref, *found)
        except _UNREADABLE:
            yield _disagrees(case.version, case.ref, "–", case.ref)
    for case in map(world.cases.__getitem__, sorted(left)):
        yield Fault(case.version, _("A candidature of the ledger is not kept."), case.ref)


def _people(repo: Repository, contest: str, world: ContestState) -> Iterator[Fault]:
    kept = {row.pseudonym: row for row in repo.people(contest)}
    for name in sorted(kept.keys() | world.people.keys()):
        row, told = kept.get(name), world.people.get(name)
        if row is None or told is None or not _same_person(row, told):
            yield _disagrees(0, _("the person {name}").format(name=name), "", "")


def _messages(repo: Repository, contest: str, world: ContestState) -> Iterator[Fault]:
    left = set(world.messages)
    for row in repo.messages(contest):
        name = row.name
        left.discard(name)
        message = world.messages.get(name)
        column = "stage" if message is None else row.difference(message)
        if message is None or column:
            stored = f"{column}: {getattr(row, column)}"
            recorded = "–" if message is None else getattr(message, column)
            yield _disagrees(0, _("the message {name}").format(name=name), stored, recorded)
        elif message.erased:
            if row.words or row.address or row.said or repo.mail(contest, row.number) is not None:
                what = _("The mail {name} was erased and is there again.")
                yield Fault(0, what.format(name=name))
            continue
        elif message.stage in (Stage.SENT, Stage.BOUNCED):
            content = repo.mail(contest, row.number)
            hashes = row.sha256, "" if content is None else sha256(content).hexdigest()
            if hashes != (message.sha256, message.sha256):
                what = _("The mail {name} is missing, or not the one that was sent.")
                yield Fault(0, what.format(name=name))
                continue
        if message is not None and not _is_as_answered(row, message):
            what = _("The mail {name} is not told to have gone there, or to have been so answered.")
            yield Fault(0, what.format(name=name))
        if (
            message is not None
            and message.read
            and not _is_as_released(repo, contest, row, message)
        ):
            what = _("The mail {name} does not say what was read and released.")
            yield Fault(0, what.format(name=name))
    for name in sorted(left):
        yield _disagrees(
            0, _("the message {name}").format(name=name), "–", world.messages[name].stage
        )


def _is_as_answered(row: Message, message: Message) -> bool:
    """True for a mail whose row tells as the lines do where it went and what came of it.

    Or tells nothing of it, as one that was erased.
    """
    if message.stage not in _TOLD or not message.address:
        return True
    return row.address in ("", message.address) and row.said in ("", message.said)


def _is_as_released(repo: Repository, contest: str, row: Message, message: Message) -> bool:
    """True when a message that a person has released says those very words, and only those left."""
    if words_hash(row.words) != message.read:
        return False
    # Imported here: few ledgers that are verified hold mails, and composing them is slow to load.
    from ptce_workflow.mail.message import says

    content = repo.mail(contest, row.number) if row.sha256 else None
    return content is None or says(content, letter_of(row.words))


def _same_person(row: PersonRow, person: Person) -> bool:
    # The login is what opens the door: it stands in a column of its own, to be searched.
    try:
        return person_of(row) == person and row.login == person.private.get("login")
    except _UNREADABLE:
        return False


def _disagrees(line: int, what: str, kept: object, told: object) -> Fault:
    why = _("Kept: {kept}; by the ledger: {told}.").format(kept=kept, told=told) if kept else ""
    return Fault(line, _("What is kept disagrees with the ledger: {what}.").format(what=what), why)


def _counter_name(key: Key) -> str:
    return _("the counter {name}").format(name=".".join(part for part in key if part))
