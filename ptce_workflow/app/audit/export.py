"""The export of a ledger: its files, and how an export is verified.

Whatever it holds follows from the ledger and from what is kept beside it: two exports of one
ledger are the same to the byte, whoever makes them, whenever and in whichever language.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from msgspec import UNSET, Struct, field
from msgspec.json import decode
from msgspec.structs import asdict, replace

from ptce_workflow.app.as_of import ContestThen, stood
from ptce_workflow.app.audit.verify import Verification, Witness, is_document_kept, verify
from ptce_workflow.app.checkpoints import checkpoint_files, unreadable
from ptce_workflow.app.contest import ActingPerson, Contest, Watch, unwatched
from ptce_workflow.app.locations import (
    CHECKPOINTS,
    LEDGER,
    MANIFEST,
    beside_database,
    check_apart,
    is_export,
)
from ptce_workflow.app.preconditions import check_sees_all
from ptce_workflow.app.retention.backup import check_original, left_in, sweep
from ptce_workflow.base.errors import Misuse, PtceError, refusal_of, shown
from ptce_workflow.base.runtime import Clock, SystemClock, failpoint
from ptce_workflow.base.words import _
from ptce_workflow.ledger.checkpoint import PUBLIC_KEY_BYTES, public_pem
from ptce_workflow.ledger.examine import Fault, Named
from ptce_workflow.ledger.line import FIRST_PREV, Malformed, canonical, read
from ptce_workflow.ledger.state import Person
from ptce_workflow.store.database import Database, Repository, in_pieces
from ptce_workflow.store.rows import ContestRow, SideRow
from ptce_workflow.store.sqlite import Memory

SIDE, DOCUMENTS, MAILS = "side.jsonl", "documents.txt", "mails.txt"
PROCESSES, KEYS = "processes", "keys"
KEPT, MISSING, ERASED, PROOF = "kept", "missing", "erased", "proof"
"""The states of a file: the contest has it; it ought to; an attachment that was erased; only its
hash was ever kept."""

_NOTE = re.compile(rf"{CHECKPOINTS}/[^/]+\.txt")
_LISTED = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")


class SideLine(Struct, frozen=True, forbid_unknown_fields=True):
    """A side row as its file has it: `data` is the very text that its line commits itself to."""

    n: int
    subject: str
    salt: str
    data: str

    @classmethod
    def of(cls, side: SideRow) -> SideLine:
        # A hand may have put bytes into its columns.
        return cls(side.n, str(side.subject), str(side.salt), str(side.data))

    def encode(self) -> bytes:
        return canonical(asdict(self))


def derived_files(named: Named, is_kept: Callable[[str], bool]) -> dict[str, bytes]:
    """The files that follow from what lines and side rows name.

    A list of the documents, and whether the contest has them; one of the mails that left, or may
    have, in the order of the lines; each key as PEM, by the number of its line.
    """

    def state(hash_: str) -> str:
        if hash_ not in named.documents | named.attached:
            return PROOF
        if is_kept(hash_):
            return KEPT
        return MISSING if hash_ in named.documents else ERASED

    documents = sorted(named.documents | named.attached | named.proofs)
    return {
        DOCUMENTS: _listing((hash_, state(hash_)) for hash_ in documents),
        MAILS: _listing((hash_, name) for name, hash_ in named.mails),
        **{
            f"{KEYS}/{n:09d}.pem": public_pem(key)
            for n, key in named.keys
            if len(key) == PUBLIC_KEY_BYTES
        },
    }


def manifest_of(hashes: Mapping[str, str]) -> bytes:
    """The list of files, as `sha256sum` prints it and checks it."""
    return _listing((hashes[name], name) for name in sorted(hashes, key=str.encode))


def _listing(rows: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{hash_}  {name}\n" for hash_, name in rows).encode()


def verify_export(
    folder: Path,
    pages: Pages,
    witnesses: Sequence[Witness] = (),
    *,
    clock: Clock | None = None,
    watch: Watch = unwatched,
) -> Verification:
    """Verifies an export as the contest itself is verified, and its files against one another.

    Checkpoints are compared too, those in it, and the `witnesses`; so are its pages. A database is
    rebuilt in memory; not a byte is written in the folder.

    Raises: Misuse for a folder that is no export, or cannot be read.
    """
    exported = ExportFiles.read(folder)
    with closing(exported.database()) as database:
        now = clock or SystemClock()
        contest = Contest(folder, database, exported.contest, actor=None, clock=now)
        contest.watch = watch
        own = exported.faults
        report = verify(contest, witnesses, home=folder, has_document=exported.keeps, faults=own)
        report.remarks += tuple(exported.other_pages(pages))
        return report


class ExportFiles(Struct):
    """The files of an export, read whole; `faults` are what is wrong with them as files."""

    folder: Path
    files: dict[str, bytes]
    faults: list[Fault]
    named: Named = field(default_factory=Named)
    contest: str = ""
    rehearsal: bool = False
    _documents: dict[str, str] = {}
    _head: tuple[int, str] = (0, FIRST_PREV)
    _at: str = ""

    @classmethod
    def read(cls, folder: Path) -> ExportFiles:
        """Reads the files of a folder. Raises: Misuse."""
        if not is_export(folder, whole=False):
            what = _("{folder} is no export.").format(folder=folder)
            why = _("It holds neither {ledger} nor {manifest}.")
            why = why.format(ledger=LEDGER, manifest=MANIFEST)
            raise Misuse(what, why, _("`ptce export DIR` makes one."))
        files, faults = {}, []
        try:
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(folder).as_posix()
                if path.is_symlink() or not (path.is_file() or path.is_dir()):
                    faults.append(_file_fault(_("The export holds what is no file: {name}."), name))
                elif path.is_file():
                    files[name] = path.read_bytes()
        except OSError as error:
            raise Misuse(
                _("The folder {folder} cannot be read.").format(folder=error.filename or folder),
                _("The system says: {reason}.").format(reason=refusal_of(error)),
            ) from error
        manifest = files.get(MANIFEST, b"").decode("utf-8", "replace")
        listed = {name: hash_ for hash_, name in _LISTED.findall(manifest)}
        if manifest_of(listed).decode() != manifest or not listed:
            faults.append(_file_fault(_("{name} is missing, or not of its form."), MANIFEST))
        for name in sorted(listed.keys() | files.keys() - {MANIFEST}):
            if name not in files:
                faults.append(_file_fault(_("A file of the export is missing: {name}."), name))
            elif name not in listed:
                faults.append(_file_fault(_("A file was added to the export: {name}."), name))
            elif sha256(files[name]).hexdigest() != listed[name]:
                faults.append(_file_fault(_("A file of the export was changed: {name}."), name))
        return cls(folder, files, faults)

    def keeps(self, hash_: str) -> bool:
        return self._documents.get(hash_) == KEPT

    def database(self) -> Database:
        database = Database(Memory())
        with database.writing(self.contest) as repo:
            in_pieces(repo.append_lines, self._lines())
            in_pieces(repo.add_sides, self._sides())
            for rules, files in self._rules().items():
                repo.archive_process(rules, files)
            known = self.contest, self.named.in_force, self.rehearsal
            repo.add_contest(ContestRow(*known, "{}", *self._head, "", ""))
        listed = _LISTED.findall(self.files.get(DOCUMENTS, b"").decode("utf-8", "replace"))
        self._documents = dict(listed)
        expected = derived_files(self.named, self.keeps)
        keys = {name for name in self.files if name.startswith(f"{KEYS}/")}
        for name in sorted(expected.keys() | keys):
            if expected.get(name) != self.files.get(name):
                is_list = name in (DOCUMENTS, MAILS)
                list_differs = _("{name} does not list what the lines name.")
                key_differs = _("{name} is not the key that the lines tell.")
                self._fault(list_differs if is_list else key_differs, name)
        return database

    def other_pages(self, pages: Pages) -> Iterator[Fault]:
        """Remarks on the pages that are not those which this program writes for such an export."""
        checkpoints = sum(_NOTE.fullmatch(name) is not None for name in self.files)
        why = _(
            "Its commands were changed, a checkpoint was taken away or added, or another version "
            "of the program wrote it: type the commands that the documentation has, docs/ledger.md."
        )
        for name, content in pages(Head(self.contest, *self._head, self._at, checkpoints)).items():
            if self.files.get(name) != content:
                what = _("{name} is not the page that this program writes for this export.")
                yield Fault(0, what.format(name=name), why)

    def _lines(self) -> Iterator[dict[str, Any]]:
        """Every line, with the column by which it is chained: what it says of itself, if it can."""
        before = FIRST_PREV
        for n, content in enumerate(BytesIO(self.files.get(LEDGER, b"")), 1):
            prev = before
            try:
                line = read(content)
            except Malformed:
                pass
            else:
                prev, self._at = line.prev, line.at
                self.named.take(line, content)
                if n == 1 and isinstance(line.data.get("contest"), str):
                    self.contest = line.data["contest"]
                    self.rehearsal = line.data.get("rehearsal") is True
            before = sha256(content).hexdigest()
            self._head = n, before
            yield {"contest": self.contest, "n": n, "prev": prev, "line": content}
        if before == FIRST_PREV:
            self._fault(_("The ledger is empty: {name}."), LEDGER)

    def _sides(self) -> Iterator[dict[str, Any]]:
        """Every side row that can be read; the others, and those out of order, are faults."""
        last = (0, "")
        for place, content in enumerate(BytesIO(self.files.get(SIDE, b"")), 1):
            with suppress(ValueError):
                row = decode(content, type=SideLine)
                if row.encode() == content and (row.n, row.subject) > last:
                    last = row.n, row.subject
                    self.named.take_sides([row.data])
                    yield {"contest": self.contest, **asdict(row)}
                    continue
            text = _("Line {n} of {name} is damaged, or not in its place.")
            self.faults.append(Fault(0, text.format(n=place, name=SIDE)))

    def _rules(self) -> dict[str, dict[str, bytes]]:
        found: dict[str, dict[str, bytes]] = {}
        for name, content in self.files.items():
            top, _slash, rest = name.partition("/")
            rules, _slash, path = rest.partition("/")
            if top == PROCESSES and path:
                found.setdefault(rules, {})[path] = content
        for rules in sorted(found.keys() - self.named.rules):
            self._fault(_("No line names this process: {name}."), f"{PROCESSES}/{rules}")
        return found

    def _fault(self, what: str, name: str) -> None:
        self.faults.append(_file_fault(what, name))


def _file_fault(what: str, name: str) -> Fault:
    return Fault(0, what.format(name=shown(name)))


AUDITOR = Person("–", ("auditor",), None)
"""Whoever reads an export: it holds everything, and nobody in it can say who that is."""


class _Lines(Contest):
    """The lines of an export, before anything was worked out of them."""

    def who(self, repo: Repository, contest: ContestRow) -> ActingPerson:
        return AUDITOR, UNSET


class ExportedContest(ContestThen):
    """The contest of an export, as its last line left it."""

    is_copy = True

    def check_writer(self) -> NoReturn:
        """Raises: Misuse: see `acting`."""
        self.acting()

    def acting(self, **_said: object) -> NoReturn:
        """Raises: Misuse: a copy is not changed."""
        what = _("This is an export: it is read, and nothing is recorded in it.")
        why = _("The contest itself goes on in its own folder.")
        raise Misuse(what, why, _("Act there: --contest DIR"))


def open_export(folder: Path, clock: Clock | None = None) -> ExportedContest:
    """The contest of an export, in memory. Raises: Misuse, PtceError."""
    exported = ExportFiles.read(folder)
    with closing(exported.database()) as database:
        if not exported.contest:
            what = _("{folder} cannot be read: its ledger has no first line.").format(folder=folder)
            mend = _("`ptce verify {folder}` tells what is wrong with it.").format(folder=folder)
            raise PtceError(what, mend=mend)
        now = clock if clock is not None and exported.rehearsal else SystemClock()
        own, rehearsal = (folder, database, exported.contest), exported.rehearsal
        lines = _Lines(*own, actor=AUDITOR.pseudonym, clock=now, rehearsal=rehearsal)
        return stood(lines, now.now(), ExportedContest)


class Head(Struct, frozen=True):
    """How far an exported ledger goes: its contest, its last line, the checkpoints with it."""

    contest: str
    lines: int
    hash: str
    at: str
    checkpoints: int = 0


Pages = Callable[[Head], Mapping[str, bytes]]
"""The pages that tell a reader how to check an export, by the name of the file."""


def export(contest: Contest, target: Path, pages: Pages) -> Verification:
    """Writes an export, verifies it, then names it. Raises: Misuse, PtceError, OSError."""
    check_original(contest)
    with contest.looking() as tx:
        check_sees_all(tx)
    target = target.resolve()
    check_target(contest, target)
    unfinished = _beside(target, "part")
    try:
        _write(contest, _Folder(unfinished), pages)
        _check_goes_on(target, unfinished)
        report = verify_export(unfinished, pages, clock=contest.clock, watch=contest.watch)
        if not report.intact and is_export(target, whole=False):
            what = _("The earlier export {folder} stays: this ledger is not sound.")
            mend = _("`ptce verify` names them; name another folder to export it all the same.")
            raise PtceError(what.format(folder=target), report.count_text, mend)
        failpoint("exported")
        aside = _beside(target, "old") if target.exists() else None
        if aside is not None:
            target.rename(aside)
            failpoint("set aside")
        try:
            unfinished.rename(target)
        except OSError:
            if aside is not None:
                aside.rename(target)
            raise
        # What an interruption left holds names.
        sweep(left_in(target.parent, rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.(part|old)"))
    except OSError as error:
        error.filename, error.filename2 = str(target), None
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return report


def check_target(contest: Contest, target: Path) -> None:
    """Makes sure that a folder is absent, empty, or an export. Raises: Misuse, OSError."""
    check_apart(contest.folder, target)
    there = target.is_symlink() or target.exists()
    if there and not (
        target.is_dir() and (is_export(target, whole=False) or not any(target.iterdir()))
    ):
        what = _("{folder} holds something else: nothing is written over it.").format(folder=target)
        why = _("Only an earlier export of the same ledger is replaced.")
        raise Misuse(what, why, _("Name another folder."))


def _check_goes_on(earlier: Path, later: Path) -> None:
    """Makes sure that a ledger continues an earlier export, to the byte. Raises: Misuse."""
    before = earlier / LEDGER
    if not before.is_file():
        return
    with before.open("rb") as old, (later / LEDGER).open("rb") as new:
        while some := old.read(1 << 20):
            if new.read(len(some)) != some:
                what = _("The export in {folder} is not of an earlier state of this ledger.")
                why = _("This ledger does not begin with its lines.")
                mend = _("Keep it for whoever audits, and name another folder.")
                raise Misuse(what.format(folder=earlier), why, mend)


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(f".{target.name}.{os.urandom(4).hex()}.{ending}")


class _Folder(Struct):
    """A folder that is being written, for its owner alone, and the hash of each file."""

    place: Path
    hashes: dict[str, str] = {}

    def __post_init__(self) -> None:
        self.place.mkdir(mode=0o700)

    @contextmanager
    def writing(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """A file, as what takes its bytes; they are on the disk at the end."""
        path, hash_ = self.place / name, sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:

            def take(content: bytes) -> None:
                stream.write(content)
                hash_.update(content)

            yield take
            stream.flush()
            os.fsync(stream.fileno())
        self.hashes[name] = hash_.hexdigest()

    def write(self, name: str, content: bytes) -> None:
        with self.writing(name) as take:
            take(content)


def _write(contest: Contest, folder: _Folder, pages: Pages) -> None:
    # Read first: one made meanwhile is of lines that are not seen here. One of lines that are
    # gone goes along: it is what shows that they are.
    notes = checkpoint_files(beside_database(contest.folder))
    for note in notes:
        if note.content is None:
            raise unreadable(note.file, note.why)
        folder.write(f"{CHECKPOINTS}/{_safe(note.file.name)}", note.content)
    with contest.database.reading() as repo:
        named, head = _write_lines(contest, repo, folder)
        for rules in sorted(named.rules):
            for path, content in repo.process_files(rules).items():
                folder.write(f"{PROCESSES}/{rules}/{_safe(path)}", content)
        files = derived_files(named, partial(is_document_kept, repo))
    head = replace(head, checkpoints=len(notes))
    for name, content in {**files, **pages(head)}.items():
        folder.write(name, content)
    folder.write(MANIFEST, manifest_of(folder.hashes))


def _write_lines(contest: Contest, repo: Repository, folder: _Folder) -> tuple[Named, Head]:
    """Writes the lines and the side rows; what they name, and how far they go."""
    named, n, hash_, at = Named(), 0, FIRST_PREV, ""
    total = repo.contest(contest.id).head_n
    entries = contest.watch(repo.entries(contest.id), _("Exporting the ledger"), total)
    with folder.writing(LEDGER) as to_ledger, folder.writing(SIDE) as to_side:
        for _n, row, sides in entries:
            for side in sides:
                to_side(SideLine.of(side).encode())
            named.take_sides(str(side.data) for side in sides)
            if row is None:
                continue
            to_ledger(row.line)
            n, hash_ = n + 1, sha256(row.line).hexdigest()
            try:
                line = read(row.line)
            except Malformed:
                continue
            named.take(line, row.line)
            at = line.at
    return named, Head(contest.id, n, hash_, at)


def _safe(path: str) -> str:
    """The path of a file in an export, which must stay in its folder. Raises: PtceError."""
    parts = path.split("/")
    if not path.isprintable() or "\\" in path or any(part in ("", ".", "..") for part in parts):
        what = _("A file of the contest cannot be written in an export: {path}")
        why = _("Its name leads out of the folder, or is none that a file should have.")
        mend = _("`ptce verify` tells what else is wrong with this ledger.")
        raise PtceError(what.format(path=ascii(path)), why, mend)
    return path
