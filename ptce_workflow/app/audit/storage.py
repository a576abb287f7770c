"""The faults of a database itself: how it was made, whether it holds together, what it holds.

The lines of a ledger say nothing of these: a damaged index hides what the chain vouches for, and
what no line names escapes an erasure.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.app.locations import CHECKPOINTS, KEY_FILE, NEXT_KEY_FILE, PUBLIC_FILE
from ptce_workflow.base.words import _
from ptce_workflow.ledger.checkpoint import NoKey, public_key, public_pem
from ptce_workflow.ledger.examine import Fault, Named
from ptce_workflow.ledger.line import Malformed, read
from ptce_workflow.process.letters.message import Stage

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.store.database import Repository


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
    others = _processes_of_others(repo, contest) if unnamed else ()
    for process in unnamed:
        if process not in others:
            yield _orphan(_("a process"), process[:12])
    for document in repo.documents():
        hash_ = document.sha256
        if hash_ not in documents and not repo.sides_naming(f'"{hash_}"'):
            yield _orphan(_("a document"), hash_[:12])
    mails = {mail.number for mail in repo.mails(contest)}
    for message in repo.messages(contest):
        # The bytes of one that left are compared with its line elsewhere.
        if message.number in mails and (
            message.stage in (Stage.SENT, Stage.BOUNCED)
            or sha256(repo.mail(contest, message.number) or b"").hexdigest() == message.sha256
        ):
            mails.remove(message.number)
    for number in sorted(mails):
        yield _orphan(_("the bytes of a mail"), f"M-{number:03d}")


def _processes_of_others(repo: Repository, contest: str) -> set[str]:
    named = Named()
    for row in repo.contests():
        for line in repo.lines(row.contest) if row.contest != contest else ():
            try:
                named.take(read(line.line), line.line)
            except Malformed:
                continue
    return named.rules


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
    public, private, why = home / PUBLIC_FILE, home / KEY_FILE, ""
    key, line = [*keys.items()][-1]
    faults = []
    with suppress(OSError):
        if public.read_bytes() != public_pem(b64decode(key)):
            what = _("The file {file} holds another key than the ledger tells.")
            misled = _(
                "Whoever checks a checkpoint with it is misled: the key is that of line {n}."
            )
            faults.append(Fault(0, what.format(file=PUBLIC_FILE), misled.format(n=line)))
    try:
        if public_key(private.read_bytes()) != b64decode(key):
            why = _("It is another key than the one that the ledger tells.")
    except FileNotFoundError:
        if public.exists() or (home / CHECKPOINTS).exists():
            why = _("There is no such file.")
    except (NoKey, OSError) as error:
        why = str(error) if isinstance(error, NoKey) else ""
    what = _("The key that signs checkpoints is not in {file}: none can be made.")
    return faults, [Fault(0, what.format(file=KEY_FILE), why)] if why else []
