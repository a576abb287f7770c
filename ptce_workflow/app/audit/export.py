"""Reading an export: the form of its files, and verifying it as the contest itself is verified."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from msgspec import UNSET

from ptce_workflow.app.admin.verify import Verification, verify
from ptce_workflow.app.contest import Contest, Hand, unwatched
from ptce_workflow.app.locations import LEDGER, MANIFEST, is_export
from ptce_workflow.app.then import ContestThen, stood
from ptce_workflow.base.clock import Clock, SystemClock
from ptce_workflow.base.encoding import from_json
from ptce_workflow.base.errors import Misuse, PtceError, refusal_of, shown
from ptce_workflow.base.words import _
from ptce_workflow.ledger.checkpoint import PUBLIC_KEY_BYTES, public_pem
from ptce_workflow.ledger.examine import Fault
from ptce_workflow.ledger.line import FIRST_PREV, Malformed, canonical, read
from ptce_workflow.ledger.named import Named
from ptce_workflow.ledger.state import Person
from ptce_workflow.store.database import Database
from ptce_workflow.store.rows import ContestRow, SideRow
from ptce_workflow.store.unit import Unit, in_pieces

if TYPE_CHECKING:
    from ptce_workflow.app.admin.verify_checkpoints import Witness
    from ptce_workflow.app.contest import Watch


SIDE, DOCUMENTS, MAILS = "side.jsonl", "documents.txt", "mails.txt"
PROCESSES, KEYS = "processes", "keys"
KEPT, MISSING, PROOF = "kept", "missing", "proof"
"""What is told of a file: the contest has it; it ought to; only its hash was ever kept."""

_LISTED = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")
_SIDE_KEYS = {"n", "subject", "salt", "data"}


def side_line(side: SideRow) -> bytes:
    """A side row as a line of its file; `data` as the very text that its line commits itself to."""
    row = {"n": side.n, "subject": side.subject, "salt": side.salt, "data": side.data}
    return canonical({key: _told(value) for key, value in row.items()})


def _told(value: object) -> object:
    """What a column holds; a hand may have put bytes there."""
    return value if isinstance(value, str | int) else str(value)


def documents_told(named: Named, is_kept: Callable[[str], bool]) -> bytes:
    """The list of files that lines and side rows name, and whether the contest has them."""

    def state(hash_: str) -> str:
        if is_kept(hash_):
            return KEPT
        return MISSING if hash_ in named.documents else PROOF

    return _listing((hash_, state(hash_)) for hash_ in sorted(named.documents | named.proofs))


def mails_told(named: Named) -> bytes:
    """The list of mails that left, or may have, in the order of the lines."""
    return _listing((hash_, name) for name, hash_ in named.mails)


def keys_told(named: Named) -> dict[str, bytes]:
    """The file of each key that a line tells: the number of the line, the key as PEM."""
    return {
        f"{KEYS}/{n:09d}.pem": public_pem(key)
        for n, key in named.keys
        if len(key) == PUBLIC_KEY_BYTES
    }


def manifest_of(hashes: Mapping[str, str]) -> bytes:
    """The list of files, as `sha256sum` prints it and checks it."""
    return _listing((hashes[name], name) for name in sorted(hashes, key=str.encode))


def _listing(rows: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{hash_}  {name}\n" for hash_, name in rows).encode()


def verify_export(
    folder: Path,
    shown: Sequence[Witness] = (),
    *,
    clock: Clock | None = None,
    watch: Watch = unwatched,
) -> Verification:
    """Verifies an export as the contest itself is verified, and its files against one another.

    Checkpoints are compared too, those in it and those `shown`. A database is rebuilt in memory;
    not a byte is written in the folder.

    *Raises* Misuse for a folder that is no export, or cannot be read.
    """
    exported = Exported.read(folder)
    with closing(exported.database()) as database:
        now = clock or SystemClock()
        contest = Contest(folder, database, exported.contest, actor=None, clock=now)
        contest.watch = watch
        return verify(contest, shown, copied=exported)


@dataclass(slots=True)
class Exported:
    """The files of an export, read whole; `faults` are what is wrong with them as files."""

    folder: Path
    files: dict[str, bytes]
    faults: list[Fault]
    named: Named = field(default_factory=Named)
    contest: str = ""
    rehearsal: bool = False
    _documents: dict[str, str] = field(default_factory=dict)
    _head: tuple[int, str] = (0, FIRST_PREV)

    @classmethod
    def read(cls, folder: Path) -> Exported:
        """Reads the files of a folder.

        *Raises* Misuse for a folder that is no export, or cannot be read.
        """
        if not is_export(folder, whole=False):
            raise Misuse(
                _("{folder} is no export.").format(folder=folder),
                _("It holds neither {ledger} nor {manifest}.").format(
                    ledger=LEDGER, manifest=MANIFEST
                ),
                _("`ptce export DIR` makes one."),
            )
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
        return cls(folder, files, [*faults, *_unlisted(files)])

    def keeps(self, hash_: str) -> bool:
        """True for a document that the contest is said to have."""
        return self._documents.get(hash_) == KEPT

    def database(self) -> Database:
        """A database in memory that holds what the files do."""
        database = Database.in_memory()
        with database.writing(self.contest) as unit:
            in_pieces(unit.append_lines, self._lines())
            in_pieces(unit.add_sides, self._sides())
            for rules, files in self._rules().items():
                unit.archive_process(rules, files)
            told = self.contest, self.named.in_force, self.rehearsal
            unit.add_contest(ContestRow(*told, "", *self._head, "", ""))
        self._check_lists()
        return database

    def _lines(self) -> Iterator[dict[str, Any]]:
        """Every line, with the column by which it is chained: what it says of itself, if it can."""
        before = FIRST_PREV
        for n, content in enumerate(_lines_of(self.files.get(LEDGER, b"")), 1):
            prev = before
            try:
                line = read(content)
            except Malformed:
                pass
            else:
                prev = line.prev
                self.named.take(line, content)
                if n == 1 and isinstance(line.data.get("contest"), str):
                    self.contest = line.data["contest"]
                    self.rehearsal = line.data.get("rehearsal") is True
            before = sha256(content).hexdigest()
            self._head = n, before
            yield {"contest": self.contest, "n": n, "prev": prev, "line": content}
        if before == FIRST_PREV:
            self._tell(_("The ledger is empty: {name}."), LEDGER)

    def _sides(self) -> Iterator[dict[str, Any]]:
        """Every side row that can be read; the others, and those out of order, are faults."""
        last = (0, "")
        for place, content in enumerate(_lines_of(self.files.get(SIDE, b"")), 1):
            row = _side_of(content)
            if row is None or (row["n"], row["subject"]) <= last:
                told = _("Line {n} of {name} is damaged, or not in its place.")
                self.faults.append(Fault(0, told.format(n=place, name=SIDE)))
                continue
            last = row["n"], row["subject"]
            self.named.take_sides([row["data"]])
            yield {"contest": self.contest, **row}

    def _rules(self) -> dict[str, dict[str, bytes]]:
        """The archived processes, each with its files by path."""
        found: dict[str, dict[str, bytes]] = {}
        for name, content in self.files.items():
            top, _slash, rest = name.partition("/")
            rules, _slash, path = rest.partition("/")
            if top == PROCESSES and path:
                found.setdefault(rules, {})[path] = content
        for rules in sorted(found.keys() - self.named.rules):
            self._tell(_("No line names this process: {name}."), f"{PROCESSES}/{rules}")
        return found

    def _check_lists(self) -> None:
        """Compares the lists of documents and of mails with what the lines name."""
        listed = _LISTED.findall(self.files.get(DOCUMENTS, b"").decode("utf-8", "replace"))
        self._documents = dict(listed)
        expected = {
            DOCUMENTS: documents_told(self.named, self.keeps),
            MAILS: mails_told(self.named),
        }
        for name, content in expected.items():
            if self.files.get(name) != content:
                self._tell(_("{name} does not list what the lines name."), name)
        keys = keys_told(self.named)
        found = {name: content for name, content in self.files.items() if _is_key(name)}
        for name in sorted(keys.keys() | found.keys()):
            if keys.get(name) != found.get(name):
                self._tell(_("{name} is not the key that the lines tell."), name)

    def _tell(self, what: str, name: str) -> None:
        self.faults.append(_file_fault(what, name))


def _file_fault(what: str, name: str) -> Fault:
    return Fault(0, what.format(name=shown(name)))


def _unlisted(files: Mapping[str, bytes]) -> Iterator[Fault]:
    """The faults of files that are not the ones of the manifest."""
    manifest = files.get(MANIFEST, b"").decode("utf-8", "replace")
    listed = {name: hash_ for hash_, name in _LISTED.findall(manifest)}
    if manifest_of(listed).decode() != manifest or not listed:
        yield _file_fault(_("{name} is missing, or not of its form."), MANIFEST)
    for name in sorted(listed.keys() | files.keys() - {MANIFEST}):
        if name not in files:
            yield _file_fault(_("A file of the export is missing: {name}."), name)
        elif name not in listed:
            yield _file_fault(_("A file was added to the export: {name}."), name)
        elif sha256(files[name]).hexdigest() != listed[name]:
            yield _file_fault(_("A file of the export was changed: {name}."), name)


def _is_key(name: str) -> bool:
    return name.startswith(f"{KEYS}/")


def _lines_of(content: bytes) -> Iterator[bytes]:
    """The lines, line feeds included; the last one as it is."""
    start = 0
    while end := content.find(b"\n", start) + 1:
        yield content[start:end]
        start = end
    if start < len(content):
        yield content[start:]


def _side_of(content: bytes) -> dict[str, Any] | None:
    """The columns of a side row; None for bytes that no export holds."""
    try:
        row = from_json(content)
    except ValueError:
        return None
    if type(row) is not dict or row.keys() != _SIDE_KEYS or canonical(row) != content:
        return None
    sound = type(row["n"]) is int and all(type(row[key]) is str for key in _SIDE_KEYS - {"n"})
    return row if sound else None


AUDITOR = Person("–", ("auditor",), None)
"""Whoever reads an export: it holds everything, and nobody in it can say who that is."""


class _Lines(Contest):
    """The lines of an export, before anything was worked out of them."""

    def who(self, unit: Unit, contest: ContestRow) -> Hand:
        """An auditor."""
        return AUDITOR, UNSET


class ContestCopied(ContestThen):
    """The contest of an export, as its last line left it."""

    is_copy = True

    def check_writer(self) -> NoReturn:
        """*Raises* Misuse: see `acting`."""
        self.acting()

    def acting(self, **_said: object) -> NoReturn:
        """*Raises* Misuse: a copy is not changed."""
        raise Misuse(
            _("This is an export: it is read, and nothing is recorded in it."),
            _("The contest itself goes on in its own folder."),
            _("Act there: --contest DIR"),
        )


def open_export(folder: Path, clock: Clock | None = None) -> ContestCopied:
    """Opens the contest of an export: a database in memory, its tables worked out of the lines.

    *Raises* Misuse for a folder that is none; PtceError for one that is damaged.
    """
    exported = Exported.read(folder)
    with closing(exported.database()) as database:
        if not exported.contest:
            raise PtceError(
                _("{folder} cannot be read: its ledger has no first line.").format(folder=folder),
                mend=_("`ptce verify {folder}` tells what is wrong with it.").format(folder=folder),
            )
        now = clock if clock is not None and exported.rehearsal else SystemClock()
        lines = _Lines(
            folder,
            database,
            exported.contest,
            actor=AUDITOR.pseudonym,
            clock=now,
            rehearsal=exported.rehearsal,
        )
        return stood(lines, now.now(), ContestCopied)
