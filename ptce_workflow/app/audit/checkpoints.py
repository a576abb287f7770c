"""Checkpoints verified against the ledger, and the change of the signing key."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.candidatures.history import ledger_origin
from ptce_workflow.app.checkpoints import UNREAD, Made, kept_in, last_key, make, signing_key
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import NEXT_KEY_FILE, beside_database, unwritable, write_whole
from ptce_workflow.app.outbox.delivery import last_sent
from ptce_workflow.app.outbox.letters import Trace, quoted
from ptce_workflow.app.projections import keys_told
from ptce_workflow.app.refusals import reason_given, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger import checkpoint
from ptce_workflow.ledger.checkpoint import NoNote, SignedNote
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, NO_SIDES, Reason
from ptce_workflow.ledger.events.codec import is_decisive, read
from ptce_workflow.ledger.events.contest import KeyChanged
from ptce_workflow.ledger.examine import Fault
from ptce_workflow.ledger.line import digest
from ptce_workflow.mail.incoming import texts

if TYPE_CHECKING:
    from ptce_workflow.store.unit import Repository


def change_key(contest: Contest, reason: str | None) -> Made:
    """Has a new key sign from here on, in a line that stays, and makes a checkpoint with it.

    The key before signs the new one; where it is not there any more, the line says so.

    Raises: Misuse without a reason; PtceError for anyone but the desk.
    """
    reason = reason_given(reason)
    home, pem = beside_database(contest.folder), checkpoint.new_key()
    public = checkpoint.public_key(pem)
    with contest.acting() as tx:
        keys = keys_told(tx.unit, tx.contest)
        why, signed = _handed(home, keys, public)
        event = KeyChanged(b64encode(public).decode(), signed, why)
        sides = {CONTEST_SUBJECT: Reason(reason)} if reason else NO_SIDES
        tx.record_of_contest(event, sides, _words(tx))
        try:
            write_whole(home / NEXT_KEY_FILE, pem, private=True)
        except OSError as error:
            raise unwritable(home, error) from error
        tx.flush()
        # It is made below, where a failure is an error.
        tx.is_decisive, line = False, tx.n
    made = make(contest)
    return Made(made.note, made.file, line, why)


def _handed(home: Path, keys: dict[str, int], public: bytes) -> tuple[Any, str]:
    """Why the key changes, and the new one signed by the one before, or ""."""
    try:
        before = signing_key(home, last_key(keys))
    except PtceError:
        return "lost", ""
    return "rotated", b64encode(checkpoint.signed(before, public)).decode()


def _words(tx: Transaction) -> Words:
    """The refusals of a key."""
    return {
        clauses.DESK: lambda _violation: without_role(
            tx.actor, ("desk",), _("Only the desk changes the key that signs checkpoints.")
        ),
        clauses.REASON: lambda _violation: Misuse(
            _("The key is not changed without a reason."),
            _("Who holds earlier checkpoints will ask why another key signs the later ones."),
            _('Add --reason "…".'),
        ),
    }


_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint that somebody shows: the name of its file, and what has befallen the file."""

    name: str
    note: SignedNote
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A line of the ledger that a mail quotes with its hash: the name of the mail's file.

    Once it is found in the ledger: when it was written, what it is about and what it tells.
    """

    name: str
    trace: Trace
    at: str = ""
    ref: str = ""
    kind: str = ""


Witness = Shown | Quoted
"""What somebody kept outside: a checkpoint, or a mail that quotes a line."""


@dataclass(slots=True)
class Compared:
    """What checkpoints say of a ledger: how many it goes on from, up to which line, and faults.

    `sound` are these checkpoints, `receipts` the lines that mails quote and that it holds.
    """

    agreeing: int = 0
    furthest: int = 0
    sound: list[Shown] = field(default_factory=list)
    receipts: list[Quoted] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[Fault] = field(default_factory=list)


def shown(file: Path, content: bytes) -> tuple[Shown, ...]:
    """The checkpoints of a file: one alone, or those that a mail quotes or holds.

    Raises: Misuse where there is none.
    """
    try:
        return (Shown(str(file), checkpoint.read(content)),)
    except NoNote as error:
        why = str(error)
    found = dict.fromkeys(note for text in texts(content) for note in checkpoint.find(text))
    # A mail is none of a checkpoint's bytes; a note alone is meant to be.
    alone = content.removeprefix(b"\xef\xbb\xbf").startswith(b"ptce/")
    if not found:
        what = _("There is no checkpoint in {file}.").format(file=file)
        mend = _("Name a file of the folder checkpoints, or a mail that quotes or holds one.")
        raise Misuse(what, why if alone else "", mend)
    return tuple(Shown(str(file), note, why if alone else "") for note in found)


def quoted_in(file: Path, content: bytes) -> tuple[Quoted, ...]:
    """The lines of the ledger that a mail, a text or a paper that was typed in quotes.

    Raises: Misuse where it quotes none.
    """
    found = dict.fromkeys(quoted("\n\n".join(texts(content))))
    if not found:
        why = _(
            "Each mail of the contest ends with the line that set it off and the first sixteen "
            "digits of its hash; so does the foot of each document."
        )
        mend = _(
            "Save the mail as the mail program keeps it, such as .eml; or type the foot: "
            '--receipt "line 22, 7056 4d36 1a2b 3c4d"'
        )
        raise Misuse(_("{file} quotes no line of the ledger.").format(file=file), why, mend)
    return tuple(Quoted(str(file), trace) for trace in found)


def of_folder(home: Path) -> tuple[tuple[Shown, ...], tuple[Fault, ...]]:
    """The checkpoints kept beside a database or in an export, and the faults of other files."""
    found, faults = [], []
    try:
        every = kept_in(home)
    except PtceError as error:
        return (), (Fault(0, error.what, error.why),)
    for one in every:
        name = f"{one.file.parent.name}/{one.file.name}"
        if one.note is None:
            faults.append(
                Fault(0, _("There is no checkpoint in {file}.").format(file=name), one.why)
            )
        else:
            found.append(Shown(name, one.note))
    return tuple(found), tuple(faults)


def none_kept(repo: Repository, contest: str, lines: int) -> Iterator[Fault]:
    """Remarks that no checkpoint is beside a database, where one has been made, or ought to be.

    A contest that has just begun has none yet; each decisive act is followed by one.
    """
    left = None
    with suppress(*UNREAD, PtceError):
        left = last_sent(repo, contest, lines)
    if left is not None:
        text = _("The one of line {n} left with the mail {message}: whoever has it is a witness.")
        why = text.format(n=left.size, message=left.message)
    elif any(_decides(row.line) for row in repo.lines_after(contest, 1)):
        why = _("Something was decided since the ledger has a key: one was made then.")
    else:
        return
    yield Fault(
        0,
        _("No checkpoint is kept beside the database: they were taken away, or it is a copy."),
        why,
    )


def _decides(line: bytes) -> bool:
    with suppress(*UNREAD):
        return is_decisive(line)
    return False


def against_witnesses(
    repo: Repository, contest: str, keys: Mapping[str, int], head: int, witnesses: Sequence[Witness]
) -> Compared:
    """What checkpoints and mails say of the ledger of a contest; `keys` are those that it tells.

    Of a ledger written anew the last line that a checkpoint vouches for is told, and the first
    one that it does not: what was changed lies between them.
    """
    result = Compared()
    for witness in witnesses:
        if isinstance(witness, Quoted):
            _look_up(repo, contest, witness, result)
    every = [one for one in witnesses if isinstance(one, Shown)]
    if not every:
        return result
    try:
        origin = f"ptce/{contest}/{ledger_origin(repo, contest)}"
    except PtceError:
        # Its first line is told to be damaged: whose the checkpoints are, the keys say.
        origin = ""
    ours = []
    for one in every:
        result.remarks += _remarked(one)
        fault = _unfit(one, origin, keys)
        if fault is None:
            ours.append(one)
        else:
            result.faults.append(fault)
    agreeing, beyond, unlike = _sorted(repo, contest, head, ours)
    result.sound = agreeing
    sizes = {one.note.checkpoint.size for one in agreeing}
    result.agreeing, result.furthest = len(sizes), max(sizes, default=0)
    if beyond:
        result.faults.append(_cut_short(head, beyond))
    if unlike:
        # A hash that is quoted and holds vouches for all lines before it, whoever quotes it.
        sound = [*(one.trace.line for one in result.receipts), *sizes]
        result.faults.append(_rewritten(unlike, sound))
    result.faults += _twofold(ours)
    return result


def _look_up(repo: Repository, contest: str, one: Quoted, result: Compared) -> None:
    """Looks a line up that a mail quotes: what the ledger has there, or how it differs."""
    n = one.trace.line
    content = repo.bytes_of_line(contest, n)
    if content is None:
        what = Fault(
            n,
            _("The line that {file} quotes is not in the ledger.").format(file=one.name),
            _("It was taken out, or what is quoted is mistyped, or of another contest."),
        )
        result.faults.append(what)
    elif not (there := Trace(n, digest(content))).begins_with(one.trace):
        what = Fault(
            n,
            _("The line is not the one that {file} quotes.").format(file=one.name),
            _("It was rewritten since, or what is quoted is mistyped, or of another contest."),
        )
        result.faults.append(what)
    else:
        with suppress(ValueError, KeyError):
            line = read(content)
            ref = repo.candidature_by_id(contest, line.case).ref if line.case else ""
            one = replace(one, at=line.at, ref=ref, kind=line.data.tells)
        result.receipts.append(replace(one, trace=there))


def _sorted(
    repo: Repository, contest: str, head: int, ours: Iterable[Shown]
) -> tuple[list[Shown], list[Shown], list[Shown]]:
    """Those that the ledger goes on from, those of lines that it lacks, those of other lines."""
    agreeing, beyond, unlike = list[Shown](), list[Shown](), list[Shown]()
    for one in sorted(ours, key=lambda one: one.note.checkpoint.size):
        told = one.note.checkpoint
        if told.size > head:
            beyond.append(one)
            continue
        content = repo.bytes_of_line(contest, told.size)
        same = content is not None and digest(content) == told.hash
        (agreeing if same else unlike).append(one)
    return agreeing, beyond, unlike


def _remarked(one: Shown) -> Iterator[Fault]:
    size = one.note.checkpoint.size
    if one.changed:
        yield Fault(
            size,
            _("The file of a checkpoint was changed; what it says holds all the same."),
            f"{one.name}: {one.changed}",
        )
    for name in one.note.countersigned:
        yield Fault(
            size,
            _("A checkpoint bears another signature besides: its key is not ours to check."),
            f"{one.name}: {name}",
        )


def _unfit(one: Shown, origin: str, keys: Mapping[str, int]) -> Fault | None:
    """What keeps a checkpoint from saying anything of this ledger; None where nothing does."""
    told, note = one.note.checkpoint, one.note
    if origin and told.origin != origin:
        why = _("It is of {theirs}; this one is {ours}.").format(theirs=told.origin, ours=origin)
        return Fault(0, _("The checkpoint {file} is of another ledger.").format(file=one.name), why)
    raw = {b64decode(key): line for key, line in keys.items()}
    signing = [key for key, line in raw.items() if line <= told.size][-1:]
    if any(map(note.signed_by, signing)):
        return None
    if note.names_key(signing):
        what = _("The checkpoint {file} is not as it was signed.").format(file=one.name)
        return Fault(told.size, what, _("Somebody has changed what it says, or made it up."))
    if any(map(note.signed_by, raw)):
        what = _("The checkpoint {file} is signed by a key that did not sign at its line.").format(
            file=one.name
        )
        why = _("The ledger tells another key for line {n}.").format(n=told.size)
        return Fault(told.size, what, why)
    return Fault(
        told.size,
        _("The checkpoint {file} is signed by no key that the ledger tells.").format(file=one.name),
        _("It was made up, or the ledger was written anew under another key."),
    )


def _cut_short(head: int, beyond: Sequence[Shown]) -> Fault:
    return Fault(
        head + 1,
        _("Lines that were signed are gone: it is an older copy, or some were taken out."),
        n_(
            "It has {count} line; it had {size}: {files}.",
            "It has {count} lines; it had {size}: {files}.",
            head,
        ).format(count=head, size=beyond[-1].note.checkpoint.size, files=_named(beyond)),
    )


def _rewritten(unlike: Sequence[Shown], agreeing: Iterable[int]) -> Fault:
    last = unlike[0].note.checkpoint.size
    sound = max((line for line in agreeing if line < last), default=0)
    why = _(
        "From line {first} to line {last}, something was changed, added or taken away: {files}."
    ).format(first=sound + 1, last=last, files=_named(unlike))
    return Fault(last, _("The ledger is not the one that was signed: it was written anew."), why)


def _twofold(ours: Sequence[Shown]) -> Iterator[Fault]:
    """Tells of a key that has signed two ledgers."""
    told = dict[int, Shown]()
    for one in ours:
        other = told.setdefault(one.note.checkpoint.size, one)
        if other.note.checkpoint.hash != one.note.checkpoint.hash:
            yield Fault(
                one.note.checkpoint.size,
                _("Two checkpoints of one line tell two hashes: two ledgers were signed."),
                f"{other.name}, {one.name}",
            )


def _named(every: Sequence[Shown]) -> str:
    names = [one.name for one in every[:_MOST_NAMED]]
    return ", ".join(names) + (", …" if len(every) > _MOST_NAMED else "")
