"""A contest as a whole: begun, and copied to be kept elsewhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.backups import keep_beside
from ptce_workflow.app.admin.folder import write_schemas
from ptce_workflow.app.admin.leftovers import left_by_restores, room_beside, sweep
from ptce_workflow.app.admin.local import Naming, name_server
from ptce_workflow.app.admin.moving import copy_contest, file_of_one, place_of, verified
from ptce_workflow.app.admin.people import append_enrolment, is_pseudonym, particulars
from ptce_workflow.app.admin.scaffold import FolderOrigin, Offer, Scaffold, scaffold
from ptce_workflow.app.admin.verify import Verification
from ptce_workflow.app.checkpoints import begin_key, has_line
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import (
    CHECKPOINTS,
    LOCAL_FILE,
    OutputFile,
    beside_database,
    contest_id,
    database_url,
    give_name,
    read_folder,
    unwritable,
)
from ptce_workflow.app.policies import STANDARD
from ptce_workflow.app.preconditions import check_sees_all, note_versions
from ptce_workflow.app.projections import keep_form
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.clock import Clock, SystemClock
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import reach
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger.events.contest import ContestCreated
from ptce_workflow.ledger.line import FIRST_PREV
from ptce_workflow.ledger.state import INIT, Person
from ptce_workflow.process.check import sound
from ptce_workflow.process.model.folder import CONFIG, PARTS, Files
from ptce_workflow.process.process import Process
from ptce_workflow.store.database import Database, file_of
from ptce_workflow.store.rows import ContestRow
from ptce_workflow.store.schema import NoTables
from ptce_workflow.store.sqlite import copy, heads, told

if TYPE_CHECKING:
    from ptce_workflow.store.unit import Unit

_UNFINISHED = ".beginning-"


@dataclass(frozen=True, slots=True)
class Created:
    """A contest just begun: its process, the person enrolled; `copied` is what a model gave.

    `naming` is how other commands find its database; None where that need not be told.
    """

    process: Process
    person: Person
    copied: Scaffold | None
    rehearsal: bool
    naming: Naming | None = None


def _never(_past: object) -> None:
    return None


def create(
    folder: Path,
    *,
    login: str,
    rehearsal: bool = False,
    clock: Clock | None = None,
    origin: FolderOrigin | None = None,
    offer: Offer = _never,
) -> Created:
    """Begins a contest in a folder; one without config.toml first receives a model to rewrite.

    `origin` says what is copied, and what is changed; it is refused where there is nothing to
    copy. `offer` is asked by how much the dates of a model are to be moved that are past.

    *Raises* Misuse when the folder holds something else, the login cannot be one or what is asked
    for cannot be done, FolderFaults when the folder has faults, PtceError when the contest has
    begun already.
    """
    if is_pseudonym(login):
        raise Misuse(
            _('"{name}" is a pseudonym: it names somebody in a contest that has begun.').format(
                name=login
            ),
            _("Whoever makes a contest is its first person, enrolled under a login."),
            _("Name a login: --as LOGIN, and leave PTCE_ACTOR out."),
        )
    private = particulars(login, login=login)
    url, there = database_url(folder), contest_id(folder)
    if isinstance(url, Path) and url.exists():
        raise _begun(folder, url)
    if there is not None:
        with suppress(NoTables):
            _check_free(url, there, Database.open)
    _check_no_checkpoints(folder)
    copied = _model(folder, origin or FolderOrigin(), clock, offer)
    process = copied.process if copied else sound(read_folder(folder))
    _check_free(url, process.definition.config.contest.id, Database.create)
    if copied:
        _put_there(folder, process.files)
        write_schemas(folder)
    key = begin_key(folder)
    if not isinstance(url, Path):
        person = _begin(url, process, private, rehearsal, clock, key)
        naming = name_server(folder, url) if file_of(url) is None else None
        return Created(process, person, copied, rehearsal, naming)
    # Made under another name, of its own: a ledger that was interrupted while it began is no
    # ledger, and someone else may be beginning the same contest.
    beginning = url.with_name(f"{url.name}{_UNFINISHED}")
    unfinished = url.with_name(f"{beginning.name}{os.urandom(4).hex()}")
    try:
        person = _begin(unfinished, process, private, rehearsal, clock, key)
        give_name(unfinished, url)
    except FileExistsError as error:
        raise _begun(folder, url) from error
    finally:
        _sweep(unfinished)
    _sweep(beginning)
    return Created(process, person, copied, rehearsal)


def _model(
    folder: Path, origin: FolderOrigin, clock: Clock | None, offer: Offer
) -> Scaffold | None:
    """What a folder without config.toml is to be given; None for one that holds a contest."""
    if not (folder / CONFIG).exists():
        _must_be_empty(folder)
        now = (clock or SystemClock()).now()
        return scaffold(folder.resolve().name, origin, now, offer)
    if origin.options:
        options = ", ".join(origin.options)
        raise Misuse(
            _("The folder {folder} holds a contest already.").format(folder=folder),
            _("A model is copied only where there is none."),
            _("Leave {options} out, or choose another folder.").format(options=options),
        )
    return None


def _begun(folder: Path, place: Path | str) -> PtceError:
    return PtceError(
        _("The contest of {folder} has begun already.").format(folder=folder),
        _("Its ledger is in {file}.").format(file=place),
        _("Choose another folder; `ptce list` shows what is in this one."),
    )


def _check_no_checkpoints(folder: Path) -> None:
    """Makes sure that no ledger of before has left its checkpoints where a new one begins.

    *Raises* PtceError.
    """
    left = beside_database(folder) / CHECKPOINTS
    if any(left.glob("*.txt")):
        raise PtceError(
            _("{folder} holds the checkpoints of another ledger.").format(folder=left),
            _("That ledger is not here: one that begins beside them would pass for it, cut short."),
            _(
                "Put it back with `ptce restore`, name its database in {file}, or move them away."
            ).format(file=LOCAL_FILE),
        )


def _check_free(url: str | Path, contest: str, opens: Callable[[str | Path], Database]) -> None:
    """Makes sure that a server's database takes one more contest, before any is put in a folder.

    *Raises* PtceError where it does not; Misuse for an address that makes no sense.
    """
    if file_of(url) is None:
        with closing(opens(url)) as database, database.reading() as unit:
            _check_id(unit, database.place, contest)


def _check_id(unit: Unit, place: str, contest: str) -> None:
    if unit.contest_kept(contest) is not None:
        raise PtceError(
            _("{place} holds the contest {contest} already: nothing was changed.").format(
                place=place, contest=contest
            ),
            _("The contests of one database have an id each."),
            _(
                "To work in that one, name the database in local.toml; to begin another, change "
                "the id: contest.id in config.toml, or --set contest.id=ID for a new folder."
            ),
        )


def _sweep(left: Path) -> None:
    """Removes the files that begin with this name: what SQLite keeps beside one included."""
    with suppress(OSError):
        for file in left.parent.iterdir():
            if file.name.startswith(left.name):
                file.unlink(missing_ok=True)


def _begin(
    url: str | Path,
    process: Process,
    private: dict[str, str],
    rehearsal: bool,
    clock: Clock | None,
    key: str,
) -> Person:
    database = Database.create(url)
    name = process.definition.config.contest.id
    try:
        with database.writing(name) as unit:
            _check_id(unit, database.place, name)
            unit.archive_process(process.hash, process.files)
            keep_form(unit, process)
            row = ContestRow(name, process.hash, rehearsal, "", 0, FIRST_PREV, "", "")
            unit.add_contest(row)
            now = (clock or SystemClock()).now()
            act = Transaction.begin(unit, row, process, INIT, now, STANDARD)
            origin = os.urandom(32).hex()
            act.append(ContestCreated(name, origin, rehearsal, key))
            note_versions(act, row)
            person = append_enrolment(act, private, ("desk",), None)
            act.commit()
        database.gather()
    finally:
        database.close()
    return person


def _must_be_empty(folder: Path) -> None:
    there = list(folder.iterdir()) if folder.is_dir() else []
    if not all(entry.name.startswith(_UNFINISHED) for entry in there):
        raise Misuse(
            _("The folder {folder} is not empty.").format(folder=folder),
            _("A contest begins in a new folder, or in one that holds a config.toml."),
            _("Choose another folder."),
        )


def _put_there(folder: Path, files: Files) -> None:
    """Writes the files of a contest into a folder, all of them or nothing.

    They are written beside their place first, and config.toml, which makes a contest's folder of
    it, is put there last: what an interruption left is no contest, and is swept away the next time.
    """
    unfinished = folder / f"{_UNFINISHED}{os.urandom(4).hex()}"
    try:
        for name, content in files.items():
            copy = unfinished / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
        for part in reversed(PARTS):
            if (unfinished / part).exists():
                (unfinished / part).rename(folder / part)
        for left in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def check_replaceable(contest: Contest, file: OutputFile) -> None:
    """Makes sure that what is there is nothing, or an earlier copy of this very ledger.

    *Raises* Misuse.
    """
    if not file.is_there:
        return
    with contest.database.reading() as unit:
        is_earlier = has_line(unit, contest.id, *heads(file.path).get(contest.id, (0, "")))
    if not is_earlier:
        raise Misuse(
            _("{file} is no earlier copy of this ledger: nothing is written over it.").format(
                file=file.path
            ),
            _("It is another database, or goes further than this ledger does."),
            _("Name another file, or move that one away."),
        )


def back_up(contest: Contest, file: OutputFile) -> Verification:
    """Copies the ledger, with all that is kept beside it, and verifies the copy.

    The copy bears its name only once it is whole; one with faults takes no earlier one's place.

    *Raises* PtceError when it cannot be made, or for someone who is neither the desk
    nor an auditor; OSError when its folder cannot be written.
    """
    with contest.looking() as act:
        check_sees_all(act, keeps=True)
    sweep(left_by_restores(contest.database.file))
    try:
        with room_beside(file.path) as place:
            unfinished = place / file.path.name
            with told(str(file.path)):
                copied_to(contest, unfinished)
            reach("copied")
            with closing(Database.open(unfinished)) as copied:
                report = verified(contest, copied)
            count = len(report.faults)
            if count and file.is_there:
                raise PtceError(
                    _("The earlier copy {file} stays: this ledger is not sound.").format(
                        file=file.path
                    ),
                    n_("It has {count} fault.", "It has {count} faults.", count).format(
                        count=count
                    ),
                    _("`ptce verify` names them; name another file to keep a copy all the same."),
                )
            unfinished.replace(file.path)
        keep_beside(contest, file.path)
    except OSError as error:
        error.filename, error.filename2 = str(file.path), None
        raise
    return report


def copied_to(contest: Contest, file: Path) -> None:
    """Copies a contest into a file, where it is only read: it goes on where it was copied from."""
    own = contest.database
    if (alone := file_of_one(own)) is not None:
        copy(alone, file)
    else:
        with closing(Database.create(file)) as target:
            copy_contest(own, contest.id, target, anew=True)
    with closing(Database.open(file)) as copied:
        with copied.writing(contest.id) as unit:
            unit.set_moved(contest.id, place_of(own))
        copied.gather()
