"""Verification of a contest: its lines, each stored row, and what was kept outside.

What no line tells is compared with what the program could have set: an address by which the
reader was known, an hour that no wait, lease or pause goes beyond.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.audit.verify_mails import (
    attachment_faults,
    disagrees,
    first_few,
    mail_faults,
    outbox_faults,
    received_faults,
    untried,
)
from ptce_workflow.app.candidatures.handover import Book, compared
from ptce_workflow.app.candidatures.history import ledger_origin
from ptce_workflow.app.checkpoints import checkpoint_files, has_line, last_sent, signing_key
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import (
    CHECKPOINTS,
    KEY_FILE,
    NEXT_KEY_FILE,
    PUBLIC_FILE,
    beside_database,
)
from ptce_workflow.app.outbox.attachments import attached_documents
from ptce_workflow.app.outbox.letters import Trace, quoted
from ptce_workflow.app.pieces import received_documents
from ptce_workflow.app.preconditions import engine_versions
from ptce_workflow.app.projections import (
    contest_content,
    difference,
    is_altered,
    line_of,
    person_of,
)
from ptce_workflow.app.refusals import UNREADABLE
from ptce_workflow.app.retention.held import list_remarks, undone_faults
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger import checkpoint
from ptce_workflow.ledger.checkpoint import NoNote, SignedNote, public_pem
from ptce_workflow.ledger.events.base import is_decisive, read
from ptce_workflow.ledger.examine import (
    Examiner,
    Fault,
    LineOf,
    Named,
    ProcessOf,
    SideRow,
    documents_in,
)
from ptce_workflow.ledger.line import digest
from ptce_workflow.ledger.state import ContestState, stands_back
from ptce_workflow.mail.incoming import texts
from ptce_workflow.process.process import Process
from ptce_workflow.store.database import Repository
from ptce_workflow.store.rows import ContestRow


class HeldCheckpoint(Struct, frozen=True):
    """A checkpoint that somebody shows: the name of its file, and what has befallen the file."""

    name: str
    note: SignedNote
    changed: str = ""


class QuotedLine(Struct, frozen=True):
    """A line of the ledger that a mail quotes with its hash: the name of the mail's file.

    Once it is found in the ledger: when it was written, what it is about and what it tells.
    """

    name: str
    trace: Trace
    at: str = ""
    ref: str = ""
    kind: str = ""


class VerifiedPage(Struct, frozen=True):
    """A replay page: how many lines it holds, and how many of these are `shared` with the ledger.

    `later` is how many lines the ledger has beyond it; `faults` are what differs from the page that
    the contest gives.
    """

    name: str
    lines: int
    shared: int
    later: int
    faults: tuple[Fault, ...]


Witness = HeldCheckpoint | QuotedLine
"""What somebody kept outside: a checkpoint, or a mail that quotes a line."""


class Verification(Struct):
    """The number of things examined, and every fault that was found, in the order of the lines.

    `links` is how many hand-overs were compared with another ledger; None without one. `remarks`
    are what is no fault and has to be known all the same. `copied` tells that nothing else is kept.
    `checkpoints` is how many the ledger goes on from, and `signed` the furthest line of these;
    `kept` are those of these that somebody shows, `receipts` the lines that mails quote and that
    it holds, `pages` the replay pages, whose faults are none of the ledger.
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
    kept: tuple[HeldCheckpoint, ...] = ()
    receipts: tuple[QuotedLine, ...] = ()
    pages: tuple[VerifiedPage, ...] = ()

    @property
    def intact(self) -> bool:
        return not self.faults

    @property
    def count_text(self) -> str:
        return n_("It has {count} fault.", "It has {count} faults.", len(self.faults))


def verify(
    contest: Contest,
    witnesses: Sequence[Witness] = (),
    *,
    home: Path | None = None,
    has_document: Callable[[str], bool] | None = None,
    faults: Sequence[Fault] = (),
) -> Verification:
    """Examines every line, rebuilds what they amount to, and compares it with what is kept.

    With a ledger that is broken nothing is compared: what follows from the damage would bury it.
    Checkpoints are, those kept in `home` (else beside the database), and with them the `witnesses`.
    Of a ledger that was copied without the tables beside it nothing else is kept: `has_document`
    says which documents its contest has, `faults` what else is wrong with it.
    """
    # Read first: one made meanwhile is of lines that are not seen here.
    beside, unread = _checkpoints_in(home or beside_database(contest.folder))
    with contest.database.reading() as repo, nothing_to_collect():
        # What was rebuilt is let go before the collector wakes: it would look through all of it.
        report, keys = _verified(contest, repo, has_document, faults)
        found = [*report.faults, *unread]
        found += _against(repo, contest.id, keys, (*beside, *witnesses), report)
        report.kept = tuple(one for one in report.kept if one in witnesses)
        if (home is None or report.copied) and not beside and not unread:
            report.remarks += tuple(_no_checkpoint(repo, contest.id, report))
        if home is None and contest.holds_bytes:
            # The key beside the database is that of today.
            of_keys, remarks = key_faults(beside_database(contest.folder), keys)
            found += of_keys
            report.remarks += tuple(remarks)
        if home is None and not report.copied:
            report.remarks += tuple(list_remarks(contest, repo))
        if contest.moved_to:
            what = _("This contest goes on in {place}; nothing is written here.")
            why = _(
                "The ledger does not tell of it. If nobody has moved it, name this database: "
                "ptce move"
            )
            report.remarks += (Fault(0, what.format(place=contest.moved_to), why),)
    report.faults = _in_order(found)
    return report


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted({*faults}, key=lambda fault: (fault.line, fault.what, fault.why)))


def verify_against(
    contest: Contest, other: Contest, witnesses: Sequence[Witness] = ()
) -> Verification:
    """Verifies a ledger and its hand-overs with another, both ways. Raises: Misuse for itself."""
    report = verify(contest, witnesses)
    others = verify(other)
    if not others.intact:
        why = f"{others.count_text} ptce verify --contest {other.folder}"
        report.faults += (Fault(0, _("The other ledger is broken."), why),)
    if report.faults:
        return report
    with contest.database.reading() as repo, other.database.reading() as there:
        if ledger_origin(repo, contest.id) == ledger_origin(there, other.id):
            what = _("A ledger is not compared with itself, nor with a copy of it.")
            why = _("Both folders lead to the contest {contest}.").format(contest=contest.id)
            mend = _("Name the other contest: the one that handed over, or the one that took over.")
            raise Misuse(what, why, mend)
        report.links, faults = compared(Book.of(repo, contest.id), Book.of(there, other.id))
    report.faults = _in_order(faults)
    return report


# The lines.


E = TypeVar("E", bound=Examiner)


def examine_ledger(
    contest: Contest, repo: Repository, kind: Callable[[ProcessOf, LineOf], E], label: str
) -> E:
    """An examiner that has gone through the whole ledger; `label` says so to whoever waits."""

    def archived(hash_: str) -> Process | None:
        """A process whose archived bytes are still those that its hash names."""
        try:
            return contest.archived(repo, hash_)
        except PtceError:
            return None

    row = repo.contest(contest.id)
    examiner = kind(archived, partial(line_of, repo, contest.id))
    rows = contest.watch(repo.entries(contest.id), label, row.head_n)
    examiner.examine(rows, row.head_n, row.head_hash)
    return examiner


class ContestExaminer(Examiner):
    def __init__(
        self, process_of: ProcessOf, line_of: LineOf, *, has_document: Callable[[str], bool]
    ) -> None:
        super().__init__(process_of, line_of)
        self.documents: set[str] = set()
        self._has_document = has_document
        self._addresses: dict[str, set[str]] = {}

    def _examine_sides(self, n: int, sides: Sequence[SideRow]) -> None:
        for side in sides:
            # Someone may have put bytes into its place.
            data = str(side.data)
            for hash_ in documents_in(data):
                self.documents.add(hash_)
                if not self._has_document(hash_):
                    why = _("Its hash is {hash}.").format(hash=hash_[:12])
                    self._fault(n, _("A document is missing or damaged."), why)
            if "@" in data or '"to":' in data:
                with suppress(ValueError):
                    if isinstance(table := json.loads(data), dict):
                        self._examine_addresses(n, side.subject, table)

    def _examine_addresses(self, n: int, subject: str, words: Mapping[str, Any]) -> None:
        """Takes note of the addresses of a side row, or looks at the one to which a mail went."""
        to = words.get("to")
        if isinstance(to, str):
            # Its line tells no reader: anyone enrolled may be the one.
            if not self.is_known(to, (subject, *self.state.people)):
                why = _("Its reader was never known by that address.")
                self._fault(n, _("The mail went elsewhere."), why)
            return
        facts = words.get("facts")
        given = (*words.values(), *(facts.values() if isinstance(facts, dict) else ()))
        found = (word for word in given if isinstance(word, str) and "@" in word)
        self._addresses.setdefault(subject, set()).update(found)

    def is_known(self, address: str, readers: Iterable[str]) -> bool:
        """True where a side row so far has that address of one of these readers."""
        return any(address in self._addresses.get(reader, ()) for reader in readers)


def is_document_kept(repo: Repository, hash_: str) -> bool:
    content = repo.document(hash_)
    return content is not None and sha256(content).hexdigest() == hash_


def _verified(
    contest: Contest,
    repo: Repository,
    has_document: Callable[[str], bool] | None,
    earlier: Sequence[Fault],
) -> tuple[Verification, Mapping[str, int]]:
    copied = has_document is not None
    has_document = has_document or partial(is_document_kept, repo)
    kind = partial(ContestExaminer, has_document=has_document)
    examiner = examine_ledger(contest, repo, kind, _("Verifying the ledger"))
    state, now = examiner.state, contest.clock.now()
    faults = [*earlier, *examiner.faults]
    if not state.rehearsal and stands_back(to_text(now), state.hours.last, rehearsal=False):
        # A clock stood ahead, or somebody made it up.
        why = _(
            "It is dated {at}; the clock says {now}. Where the clock stood ahead, "
            "`ptce clock --accept` says so."
        ).format(at=state.hours.last, now=to_text(now))
        faults.append(Fault(examiner.n, _("The line is dated later than now."), why))
    faults += _forms(repo, examiner.processes.values())
    process = examiner.processes.get(state.process)
    if process is not None and not faults:
        if not copied:
            faults += _as_far_as_readable(_rows(repo, repo.contest(contest.id), examiner, process))
            named = examiner.documents, examiner.processes.keys()
            faults += _as_far_as_readable(orphans(repo, contest.id, *named))
            received = received_faults(repo, contest.id, to_text(now), has_document)
            faults += _as_far_as_readable(received)
            for fault, is_fault in attachment_faults(repo, contest.id, state, has_document):
                (faults if is_fault else examiner.remarks).append(fault)
        faults += _as_far_as_readable(
            mail_faults(repo, contest.id, examiner, now, examiner.is_known)
        )
        examiner.remarks += untried(state, process, examiner.worked)
    # A ledger that hands candidatures over to itself bears both sides of the link.
    if not faults and examiner.handed_to and ledger_origin(repo, contest.id) in examiner.handed_to:
        book = Book.of(repo, contest.id)
        faults += compared(book, book)[1]
    faults += storage_faults(contest, repo)
    faults += undone_faults(contest, repo)
    report = Verification(
        examiner.n,
        len(state.cases),
        len(examiner.processes),
        tuple(faults),
        remarks=(*examiner.remarks, *_engines(state.versions)),
        copied=copied,
    )
    return report, state.keys


def _as_far_as_readable(faults: Iterable[Fault]) -> Iterator[Fault]:
    try:
        yield from faults
    except UNREADABLE as error:
        yield Fault(
            0,
            _("What the ledger says cannot be compared with what is kept."),
            f"{type(error).__name__}: {error}",
        )


def _forms(repo: Repository, processes: Iterable[Process | None]) -> Iterator[Fault]:
    """The forms, which commands read in place of the archived files, that say something else."""
    for process in processes:
        if process is not None and is_altered(repo, process):
            what = _("The form of the process {hash} is not what its files give.").format(
                hash=process.hash[:12]
            )
            yield Fault(0, what, _("Commands judge by it; somebody has changed it by hand."))


def _engines(versions: Mapping[str, str]) -> Iterator[Fault]:
    """Remarks that the ledger tells other versions than those by which it is judged here."""
    own = engine_versions()
    for name in ("cel", "geography"):
        if versions.get(name) != own[name]:
            what = _("The ledger tells another version of what verdicts are worked out with.")
            why = f"{name}: {versions.get(name)} ≠ {own[name]}"
            yield Fault(0, what, why)


# The rows.


def _rows(
    repo: Repository, row: ContestRow, examiner: Examiner, process: Process
) -> Iterator[Fault]:
    world, contest = examiner.state, row.contest
    if world.contest != contest:
        yield disagrees(1, _("the contest"), contest, world.contest)
    if (row.process, bool(row.rehearsal)) != (world.process, world.rehearsal):
        yield disagrees(0, _("the process in force"), row.process[:12], world.process[:12])
    yield from _content(row, world)
    yield from _cases(repo, contest, world, process)
    stored, expected = repo.counters(contest), examiner.counters
    unlike = [
        key
        for key in sorted(stored.keys() | expected.keys())
        if stored.get(key, 0) != expected.get(key, 0)
    ]
    for key in unlike[:1]:
        text = _("the counter {name}").format(name=".".join(part for part in key if part))
        if others := len(unlike) - 1:
            text += n_(" and {count} other", " and {count} others", others)
        yield disagrees(0, text, stored.get(key, 0), expected.get(key, 0))
    rows = {kept.pseudonym: kept for kept in repo.people(contest)}
    for name in sorted(rows.keys() | world.people.keys()):
        kept, person, same = rows.get(name), world.people.get(name), False
        if kept is not None and person is not None:
            with suppress(*UNREADABLE, PtceError):
                # The login is what opens the door: it stands in a column of its own.
                same = person_of(kept) == person and kept.login == person.private.get("login")
        if not same:
            yield disagrees(0, _("the person {name}").format(name=name), "", "")
    yield from outbox_faults(repo, contest, world)


def _content(row: ContestRow, world: ContestState) -> Iterator[Fault]:
    try:
        stored = contest_content(row)
    except PtceError as error:
        yield Fault(0, error.what, error.why)
        return
    for name, label in (
        ("versions", _("the versions")),
        ("facts", _("the facts of the contest")),
        ("sittings", _("the sittings")),
    ):
        if getattr(stored, name) != getattr(world, name):
            yield disagrees(0, label, "", "")


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
        except (*UNREADABLE, PtceError):
            found = "–", case.ref
        if found is not None:
            yield disagrees(case.version, case.ref, *found)
    for case in map(world.cases.__getitem__, sorted(left)):
        yield Fault(case.version, _("A candidature of the ledger is not kept."), case.ref)


# The database itself, and what no line names.


def storage_faults(contest: Contest, repo: Repository) -> Iterator[Fault]:
    """What is not as it was made, what is damaged, and contests that no line began."""
    for what in contest.database.altered():
        yield Fault(
            0, what, _("Tables are guarded by what was made with them, and by nothing else.")
        )
    if damage := contest.database.damage():
        yield Fault(0, damage.what, f"{damage.why} {damage.mend}")
    for row in repo.contests() if contest.database.file is not None else ():
        try:
            repo.line(row.contest, row.head_n)
        except KeyError:
            if row.contest != contest.id:
                yield Fault(0, _("The contest {name} has no line.").format(name=row.contest))


def orphans(
    repo: Repository, contest: str, documents: Collection[str], processes: Collection[str]
) -> Iterator[Fault]:
    """The rows that belong to nothing; `documents` and `processes` are those that lines name."""
    for row in repo.strays():
        yield _orphan(_("rows of {table}").format(table=row.named_in), row.contest)
    unnamed = [kept.process for kept in repo.processes() if kept.process not in processes]
    # Several contests may be in one database: what they name is seldom asked for.
    others = Named()
    for other in repo.contests() if unnamed else ():
        if other.contest != contest:
            others.take_lines(line.line for line in repo.lines(other.contest))
    for process in unnamed:
        if process not in others.rules:
            yield _orphan(_("a process"), process[:12])
    of_mails = received_documents(repo, contest) | attached_documents(repo, contest)
    for hash_ in (document.sha256 for document in repo.documents()):
        is_named = hash_ in documents or hash_ in of_mails
        if not is_named and not repo.document_uses(hash_):
            yield _orphan(_("a document"), hash_[:12])
    named = {message.number: message.sha256 for message in repo.messages(contest)}
    for mail in repo.mails(contest):
        # Bytes that are others than a row tells are compared with it elsewhere.
        if not named.get(mail.number):
            yield _orphan(_("the bytes of a mail"), f"M-{mail.number:03d}")


def _orphan(what: str, name: str) -> Fault:
    return Fault(
        0,
        _("What no line names is kept in the database: {what}, {name}.").format(
            what=what, name=name
        ),
        _("Personal data may lie there, and no erasure would find it."),
    )


def key_faults(home: Path, keys: Mapping[str, int]) -> tuple[list[Fault], list[Fault]]:
    """The faults of the keys beside a database, and what is to be remarked of them.

    A public key that is another misleads whoever checks with it. Where the private one never was,
    or may not be read, nothing is remarked.
    """
    # One that was interrupted as the key changed is put right by the next checkpoint.
    if not keys or (home / NEXT_KEY_FILE).exists():
        return [], []
    public, (key, line) = home / PUBLIC_FILE, [*keys.items()][-1]
    faults, remarks = list[Fault](), list[Fault]()
    with suppress(OSError):
        if public.read_bytes() != public_pem(b64decode(key)):
            what = _("The file {file} holds another key than the ledger tells.")
            misled = _(
                "Whoever checks a checkpoint with it is misled: the key is that of line {n}."
            )
            faults.append(Fault(0, what.format(file=PUBLIC_FILE), misled.format(n=line)))
    try:
        signing_key(home, keys)
    except PtceError as error:
        was_made = any((home / name).exists() for name in (KEY_FILE, PUBLIC_FILE, CHECKPOINTS))
        if was_made and not isinstance(error.__cause__, OSError):
            what = _("The key that signs checkpoints is not in {file}: none can be made.")
            remarks.append(Fault(0, what.format(file=KEY_FILE), error.why))
    return faults, remarks


# What was kept outside.


def checkpoints_in(file: Path, content: bytes) -> tuple[HeldCheckpoint, ...]:
    """The checkpoints of a file: one alone, or those that a mail quotes or holds.

    Raises: Misuse where there is none.
    """
    try:
        return (HeldCheckpoint(str(file), checkpoint.read(content)),)
    except NoNote as error:
        why = str(error)
    notes = dict.fromkeys(note for text in texts(content) for note in checkpoint.find(text))
    # A mail is none of a checkpoint's bytes; a note alone is meant to be.
    why = why if content.removeprefix(b"\xef\xbb\xbf").startswith(b"ptce/") else ""
    if not notes:
        what = _("There is no checkpoint in {file}.").format(file=file)
        mend = _("Name a file of the folder checkpoints, or a mail that quotes or holds one.")
        raise Misuse(what, why, mend)
    return tuple(HeldCheckpoint(str(file), note, why) for note in notes)


def lines_quoted_in(file: Path, content: bytes) -> tuple[QuotedLine, ...]:
    """The lines of the ledger that a mail, a text or a paper that was typed in quotes.

    Raises: Misuse where it quotes none.
    """
    traces = dict.fromkeys(quoted("\n\n".join(texts(content))))
    if not traces:
        why = _(
            "Each mail of the contest ends with the line that set it off and the first sixteen "
            "digits of its hash; so does the foot of each document."
        )
        mend = _(
            "Save the mail as the mail program keeps it, such as .eml; or type the foot: "
            '--receipt "line 22, 7056 4d36 1a2b 3c4d"'
        )
        raise Misuse(_("{file} quotes no line of the ledger.").format(file=file), why, mend)
    return tuple(QuotedLine(str(file), trace) for trace in traces)


def _checkpoints_in(home: Path) -> tuple[list[HeldCheckpoint], list[Fault]]:
    notes, faults = list[HeldCheckpoint](), list[Fault]()
    try:
        for one in checkpoint_files(home):
            name = f"{one.file.parent.name}/{one.file.name}"
            if one.note is None:
                what = _("There is no checkpoint in {file}.").format(file=name)
                faults.append(Fault(0, what, one.why))
            else:
                notes.append(HeldCheckpoint(name, one.note))
    except PtceError as error:
        faults.append(Fault(0, error.what, error.why))
    return notes, faults


def _no_checkpoint(repo: Repository, contest: str, report: Verification) -> Iterator[Fault]:
    """Remarks that no checkpoint is beside a database, or in an export, where one ought to be."""
    left = None
    with suppress(*UNREADABLE, PtceError):
        left = last_sent(repo, contest, report.lines)
    if left is not None:
        text = _("The one of line {n} left with the mail {message}: whoever has it is a witness.")
        why = text.format(n=left.size, message=left.message)
    elif any(_decides(row.line) for row in repo.lines_after(contest, 1)):
        why = _("Something was decided since the ledger has a key: one was made then.")
    else:
        return
    beside = _("No checkpoint is kept beside the database: they were taken away, or it is a copy.")
    copied = _("No checkpoint is in this export: they were taken away.")
    yield Fault(0, copied if report.copied else beside, why)


def _decides(line: bytes) -> bool:
    with suppress(*UNREADABLE):
        return is_decisive(line)
    return False


def _against(
    repo: Repository,
    contest: str,
    keys: Mapping[str, int],
    witnesses: Sequence[Witness],
    report: Verification,
) -> Iterator[Fault]:
    """The faults that checkpoints and mails show; what they vouch for is noted in the report.

    Of a ledger written anew the last line that a checkpoint vouches for is told, and the first
    one that it does not: what was changed lies between them.
    """
    origin = ""
    # Where the first line is told to be damaged, the keys say whose the checkpoints are.
    with suppress(PtceError):
        origin = checkpoint.origin_of(contest, ledger_origin(repo, contest)) if witnesses else ""
    ours = list[HeldCheckpoint]()
    for witness in witnesses:
        if isinstance(witness, QuotedLine):
            found = _quoted_line(repo, contest, witness)
            if isinstance(found, Fault):
                yield found
            else:
                report.receipts += (found,)
            continue
        report.remarks += tuple(_remarks(witness))
        fault = _unfit(witness, origin, keys)
        if fault is None:
            ours.append(witness)
        else:
            yield fault
    in_order = sorted(ours, key=lambda one: one.note.checkpoint.size)
    beyond = [one for one in in_order if one.note.checkpoint.size > report.lines]
    signed = [one for one in in_order if one.note.checkpoint.size <= report.lines]
    heads = {one: (one.note.checkpoint.size, one.note.checkpoint.hash) for one in signed}
    sound = dict.fromkeys(one for one in signed if has_line(repo, contest, *heads[one]))
    sizes = {one.note.checkpoint.size for one in sound}
    report.kept, report.checkpoints = tuple(sound), len(sizes)
    report.signed = max(sizes, default=0)
    if beyond:
        yield _cut_short(report.lines, beyond)
    if unlike := [one for one in signed if one not in sound]:
        # A hash that is quoted and holds vouches for all lines before it, whoever quotes it.
        yield _rewritten(unlike, [*(one.trace.line for one in report.receipts), *sizes])
    yield from _twofold(ours)


def _quoted_line(repo: Repository, contest: str, quoted: QuotedLine) -> QuotedLine | Fault:
    n = quoted.trace.line
    content = repo.bytes_of_line(contest, n)
    if content is None:
        return Fault(
            n,
            _("The line that {file} quotes is not in the ledger.").format(file=quoted.name),
            _("It was taken out, or what is quoted is mistyped, or of another contest."),
        )
    trace = Trace(n, digest(content))
    if not trace.begins_with(quoted.trace):
        return Fault(
            n,
            _("The line is not the one that {file} quotes.").format(file=quoted.name),
            _("It was rewritten since, or what is quoted is mistyped, or of another contest."),
        )
    with suppress(ValueError, KeyError):
        line = read(content)
        ref = repo.candidature_by_id(contest, line.case).ref if line.case else ""
        return replace(quoted, trace=trace, at=line.at, ref=ref, kind=line.data.tells)
    return replace(quoted, trace=trace)


def _remarks(one: HeldCheckpoint) -> Iterator[Fault]:
    size = one.note.checkpoint.size
    if one.changed:
        what = _("The file of a checkpoint was changed; what it says holds all the same.")
        yield Fault(size, what, f"{one.name}: {one.changed}")
    for name in one.note.countersigned:
        what = _("A checkpoint bears another signature besides: its key is not ours to check.")
        yield Fault(size, what, f"{one.name}: {name}")


def _unfit(one: HeldCheckpoint, origin: str, keys: Mapping[str, int]) -> Fault | None:
    """What keeps a checkpoint from saying anything of this ledger; None where nothing does."""
    note, signed = one.note, one.note.checkpoint
    if origin and signed.origin != origin:
        why = _("It is of {theirs}; this one is {ours}.").format(theirs=signed.origin, ours=origin)
        return Fault(0, _("The checkpoint {file} is of another ledger.").format(file=one.name), why)
    raw = {b64decode(key): line for key, line in keys.items()}
    signing = [key for key, line in raw.items() if line <= signed.size][-1:]
    if any(map(note.signed_by, signing)):
        return None
    if note.names_key(signing):
        what = _("The checkpoint {file} is not as it was signed.")
        why = _("Somebody has changed what it says, or made it up.")
    elif any(map(note.signed_by, raw)):
        what = _("The checkpoint {file} is signed by a key that did not sign at its line.")
        why = _("The ledger tells another key for line {n}.").format(n=signed.size)
    else:
        what = _("The checkpoint {file} is signed by no key that the ledger tells.")
        why = _("It was made up, or the ledger was written anew under another key.")
    return Fault(signed.size, what.format(file=one.name), why)


def _cut_short(head: int, beyond: Sequence[HeldCheckpoint]) -> Fault:
    size, files = beyond[-1].note.checkpoint.size, first_few([one.name for one in beyond])
    what = _("Lines that were signed are gone: it is an older copy, or some were taken out.")
    why = n_(
        "It has {count} line; it had {size}: {files}.",
        "It has {count} lines; it had {size}: {files}.",
        head,
    )
    return Fault(head + 1, what, why.format(count=head, size=size, files=files))


def _rewritten(unlike: Sequence[HeldCheckpoint], sound: Iterable[int]) -> Fault:
    last = unlike[0].note.checkpoint.size
    first = max((line for line in sound if line < last), default=0) + 1
    why = _(
        "From line {first} to line {last}, something was changed, added or taken away: {files}."
    ).format(first=first, last=last, files=first_few([one.name for one in unlike]))
    return Fault(last, _("The ledger is not the one that was signed: it was written anew."), why)


def _twofold(ours: Sequence[HeldCheckpoint]) -> Iterator[Fault]:
    by_size = dict[int, HeldCheckpoint]()
    for one in ours:
        other = by_size.setdefault(one.note.checkpoint.size, one)
        if other.note.checkpoint.hash != one.note.checkpoint.hash:
            yield Fault(
                one.note.checkpoint.size,
                _("Two checkpoints of one line tell two hashes: two ledgers were signed."),
                f"{other.name}, {one.name}",
            )
