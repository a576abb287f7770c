"""Creating a contest: its folder, its schemas, its database."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import tomlkit
from msgspec import Struct
from msgspec.structs import replace
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array

from ptce_workflow.app import locations
from ptce_workflow.app.adopt import MovedDate, moved
from ptce_workflow.app.checkpoints import begin_key
from ptce_workflow.app.contest import STANDARD
from ptce_workflow.app.people import append_enrolment, is_pseudonym, particulars
from ptce_workflow.app.preconditions import note_versions
from ptce_workflow.app.projections import keep_form
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Finding, FolderFaults, Misuse, PtceError, shown
from ptce_workflow.base.notation import read_toml
from ptce_workflow.base.runtime import Clock, SystemClock
from ptce_workflow.base.words import _, did_you_mean, language, nearest, own_language
from ptce_workflow.ledger.events.contest import ContestCreated
from ptce_workflow.ledger.line import FIRST_PREV
from ptce_workflow.ledger.state import INIT, Person
from ptce_workflow.process.calendar import FixedInstant, TimeUnit, parse_instant
from ptce_workflow.process.check import sound
from ptce_workflow.process.check.names import mentioned_days
from ptce_workflow.process.dates import Shift, shifted
from ptce_workflow.process.markdown import RULEBOOK, page_of, works_of
from ptce_workflow.process.model import reading
from ptce_workflow.process.model.definition import Config
from ptce_workflow.process.model.folder import (
    CONFIG,
    PARTS,
    Files,
    catalogue_file,
    mail_file,
    po_of,
    text_file,
)
from ptce_workflow.process.model.validation import accepts, expected_at, keys_of, kind_of
from ptce_workflow.process.process import Process
from ptce_workflow.store.database import Database, Repository, file_of
from ptce_workflow.store.rows import ContestRow
from ptce_workflow.store.schema import NoTables
from ptce_workflow.store.sqlite import heads


class Translated(Struct, frozen=True):
    """A catalogue that was written: its phrases, how many wait, the mails without a text."""

    file: Path
    phrases: int
    missing: int
    mails: tuple[str, ...]


def other_ledger(folder: Path, process: Process) -> tuple[Finding, ...]:
    """The fault of a folder whose contest has another id than the ledger in the file beside it."""
    file, own = locations.database_url(folder), process.definition.config.contest.id
    ids = sorted(heads(file)) if isinstance(file, Path) and file.exists() else []
    if not ids or own in ids:
        return ()
    what = _("The ledger beside this folder is that of {ids}.").format(ids=", ".join(ids))
    why = _("The id of a contest does not change once it has begun.")
    mend = _("Put contest.id back, or begin this contest in another folder.")
    return reading.located(process.files, [Finding(CONFIG, "contest.id", what, why, mend)])


def translate(folder: Path, language: str) -> Translated:
    """Writes the catalogue of a folder; one that is there is kept. Raises: Misuse, FolderFaults."""
    files = locations.read_folder(folder)
    definition, faults = reading.read_definition(files)
    if definition is None:
        raise FolderFaults(faults)
    if language == definition.config.contest.language:
        what = _("The folder itself is written in this language: {tag}.")
        raise Misuse(what.format(tag=language))
    name = catalogue_file(language)
    content = reading.refreshed(definition, language, files.get(name))
    path = folder / name
    if content != files.get(name):
        path.parent.mkdir(exist_ok=True)
        locations.OutputFile(path, ".po").write(content)
    entries = [entry for entry in po_of(content) if entry.id]
    mails = [mail_file(notification, language) for notification in definition.notifications]
    missing = sum(not entry.string for entry in entries)
    return Translated(path, len(entries), missing, tuple(one for one in mails if one not in files))


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Writes the schemas into a folder's `schemas/`; the files that changed. Raises: Misuse."""
    locations.read_folder(folder)
    changed = []
    (folder / reading.FOLDER).mkdir(exist_ok=True)
    for name, content in reading.written_schemas().items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            locations.OutputFile(path, path.suffix).write(content)
            changed.append(path)
    return tuple(changed)


_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_INSTANTS = ("at", "not_before", "until", "expires")
_DAY = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHORT = ("value", "zone", "at")
"""The keys that a limit or a date is named without."""
_NOON = datetime(2000, 1, 1, 12)  # noqa: DTZ001 - an hour on the wall


class PastDates(Struct, frozen=True):
    """The fixed dates of a model that are past, and the years that bring all of them ahead."""

    process: Process
    names: tuple[str, ...]
    shift: Shift

    @property
    def opening(self) -> str:
        """The date that the contest opens on; where its folder does not say, the first of all."""
        named = (self.process.definition.config.contest.opens or "").removeprefix("date.")
        fixed = self.process.dates.fixed
        return named if named in fixed else min(fixed, key=fixed.__getitem__)


Offer = Callable[[PastDates], Shift | None]
"""Asks by how much past dates are to be moved; None to leave them."""


class FolderOrigin(Struct, frozen=True):
    """What the folder of a contest is made from, and what is changed on the way.

    A bundled `model` (None: the first), the blank one, or the `folder` of another contest.
    """

    model: str | None = None
    blank: bool = False
    folder: Path | None = None
    settings: Mapping[str, str] = {}
    shift: Shift | None = None

    @property
    def options(self) -> tuple[str, ...]:
        given = {
            "--model": self.model is not None,
            "--blank": self.blank,
            "--from": self.folder is not None,
            "--set": bool(self.settings),
            "--shift": self.shift is not None,
        }
        return tuple(option for option, typed in given.items() if typed)

    def words(self) -> list[str]:
        """What names the folder to copy and what is set in it, as it is typed."""
        named = [("--model", self.model), ("--from", self.folder and str(self.folder))]
        named += [("--set", f"{key}={text}") for key, text in self.settings.items()]
        return [word for option, value in named if value for word in (option, value)]

    def check(self) -> None:
        several = [option for option in self.options if option in ("--model", "--blank", "--from")]
        if len(several) > 1:
            what = _("A contest is copied from one folder only.")
            why = _("These each name one: {options}.").format(options=", ".join(several))
            raise Misuse(what, why, _("Keep one of them."))


class Scaffold(Struct, frozen=True):
    """A new folder, read without fault; the dates that were moved, or are past.

    `left` is what has to be written anew where dates were moved: where, and what it says.
    """

    process: Process
    origin: FolderOrigin
    moved: tuple[MovedDate, ...]
    past: PastDates | None
    left: tuple[tuple[str, str], ...] = ()


def scaffold(name: str, origin: FolderOrigin, now: datetime, offer: Offer) -> Scaffold:
    """The folder of a new contest, called `name`. Raises: Misuse, FolderFaults."""
    origin.check()
    files = locations.read_folder(_source(origin))
    first = sound(files)
    settings, shift = dict(origin.settings), origin.shift
    if origin.blank:
        if _ID.fullmatch(name) and len(name) <= 60:
            settings.setdefault("contest.id", name)
        # So far that all of its dates lie eight weeks ahead.
        weeks = 8 - (min(first.dates.fixed.values()) - now) // timedelta(weeks=1)
        first = sound(_shifted(first, Shift(max(int(weeks), 1), TimeUnit.WEEKS)))
        files = first.files
    process = sound(with_settings(files, settings)) if settings else first
    past = _past(process, now)
    if past is not None and shift is None:
        shift = offer(past)
    if shift is not None:
        # What was set by hand is meant as it was typed.
        process = sound(with_settings(_shifted(Process.load(files), shift), settings))
    still = _past(process, now)
    if still is not None and past is not None:
        # Counted from the dates of the folder copied, from which whoever begins again starts.
        still = replace(still, shift=past.shift)
    changed = tuple(moved(first, process))
    return Scaffold(process, origin, changed, still, tuple(_left(first, process, changed)))


def _left(
    before: Process, after: Process, changed: Sequence[MovedDate]
) -> Iterator[tuple[str, str]]:
    """The paragraphs of the rulebook with days of the years of its dates, and who answers."""
    years = [one.before.year for one in changed if one.before is not None]
    work = works_of(after.files).get(RULEBOOK) if years else None
    for passage in () if work is None else work.passages():
        days = mentioned_days(passage.words) if len(passage.place) == 1 else ()
        if any(day.year is None or day.year >= min(years) for day in days):
            yield text_file(RULEBOOK), passage.name
    keys = ("id", "name", "address", "telephone", "mail")
    for table in ("contest", "organiser", "service") if years else ():
        was, now = (getattr(one.definition.config, table) for one in (before, after))
        values = {key: getattr(now, key, None) for key in keys}
        same = (key for key in keys if values[key] and values[key] == getattr(was, key, None))
        yield from ((f"{table}.{key}", str(values[key])) for key in same)


def _source(origin: FolderOrigin) -> Path:
    if origin.folder is not None:
        return origin.folder
    if origin.blank:
        return locations.bundled_contest(locations.BLANK) / own_language(language())
    return locations.bundled_contest(origin.model)


def _past(process: Process, now: datetime) -> PastDates | None:
    """The fixed dates of a folder that are past, in time; None where none is."""
    over = {
        name: at
        for name, dated in process.definition.config.dates.items()
        if (at := process.dates.fixed.get(name)) is not None
        and at < now
        and isinstance(parse_instant(dated.at), FixedInstant)
    }
    if not over:
        return None
    years = (now - min(over.values())) // timedelta(days=365) + 1
    return PastDates(
        process, tuple(sorted(over, key=over.__getitem__)), Shift(years, TimeUnit.YEARS)
    )


def _shifted(process: Process, shift: Shift) -> Files:
    """The files of a folder with every fixed instant moved, comments kept."""
    texts = {
        path: content.decode()
        for path, content in process.files.items()
        if _DAY.search(content)
        and (path.endswith(".toml") or (path.startswith("notifications/") and ".md" in path))
    }
    keys = {
        path: (text.replace("\r\n", "\n") if path.endswith(".toml") else page_of(text).keys)
        for path, text in texts.items()
    }
    documents = {path: tomlkit.parse(text) for path, text in keys.items() if text}
    places = [(path, *place) for path, one in documents.items() for place in _instants(one)]
    after = shifted({local for *_place, local in places}, shift, process.zone, process.workdays)
    for _path, holder, key, local in places:
        new = after[local]
        holder[key] = new.isoformat() if isinstance(holder[key], str) else new
    files = dict(process.files)
    for path, document in documents.items():
        text = texts[path].replace("\r\n", "\n")
        files[path] = text.replace(keys[path], document.as_string(), 1).encode()
    return files


def _instants(holder: Any, under: str = "") -> Iterator[tuple[Any, Any, datetime]]:
    """Every fixed instant of a document: what holds it, under which key, its day and hour."""
    listed = isinstance(holder, Array | AoT)
    for key, value in list(enumerate(holder) if listed else holder.items()):
        name = under if listed else key
        if isinstance(value, MutableMapping | Array | AoT):
            yield from _instants(value, name)
        elif isinstance(value, datetime):
            yield holder, key, value.replace(tzinfo=None)
        elif name in _INSTANTS and isinstance(value, str) and _DAY.match(value.encode()):
            instant = parse_instant(str(value))
            if isinstance(instant, FixedInstant):
                yield holder, key, instant.local


def with_settings(files: Files, settings: Mapping[str, str]) -> Files:
    """The files with keys of config.toml changed, comments kept. Raises: Misuse."""
    if not settings:
        return files
    document = tomlkit.parse(files[CONFIG].decode().replace("\r\n", "\n"))
    for key, text in settings.items():
        path = _path(document, key)
        table: Any = document
        for name in path[:-1]:
            table = table.setdefault(name, tomlkit.table())
        before = table.get(path[-1])
        is_text = isinstance(before, str)
        value = _read(key, text, str if is_text else expected_at(Config, path))
        # Rules compare what has decimals with what has decimals: 2 is meant as 2.0 there.
        whole = isinstance(before, float) and isinstance(value, int)
        table[path[-1]] = float(value) if whole else value
    return {**files, CONFIG: document.as_string().encode()}


_AS_READ = {"limit": "limits", "date": "dates"}
"""Tables of config.toml by the word of rules, which may be typed: `limit.floor`."""


def _path(document: Any, key: str) -> tuple[str, ...]:
    """The names that lead to a key that may be set. Raises: Misuse with the nearest."""
    paths = dict(_known_paths(document, ()))
    root, dot, rest = key.partition(".")
    key = f"{_AS_READ.get(root, root)}{dot}{rest}"
    if key in paths:
        return paths[key]
    below = [name for name in paths if name.startswith(f"{key}.")]
    if below:
        what = _('--set: "{key}" holds several keys.').format(key=shown(key))
        raise Misuse(what, mend=_("Name one of them: {names}.").format(names=", ".join(below[:12])))
    what = _('--set: config.toml has no key "{key}".').format(key=shown(key))
    why = _("What is set is there already, or is one of the keys that a folder may have.")
    raise Misuse(what, why, did_you_mean(nearest(key, paths)))


def _known_paths(table: Any, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every key that may be set, as it may be typed, with the names that lead to it."""
    allowed = keys_of(expected_at(Config, path)) or ()
    for name in dict.fromkeys((*allowed, *table)):
        inner = (*path, name)
        below, free = table.get(name), keys_of(expected_at(Config, inner))
        if isinstance(below, MutableMapping):
            yield from _known_paths(below, inner)
            for short in (key for key in _SHORT if key in below):
                yield ".".join(inner), (*inner, short)
        elif free is None:
            yield ".".join(inner), inner
        else:
            for key in free:
                yield ".".join((*inner, key)), (*inner, key)


def _local(text: str) -> datetime | None:
    """The day and hour that a text says; None for one that is counted from another, or none."""
    try:
        instant = parse_instant(text)
    except Misuse:
        return None
    return instant.local if isinstance(instant, FixedInstant) else None


def _read(key: str, text: str, expected: Any) -> Any:
    """A typed value, as TOML, else as text or a list of words. Raises: Misuse."""
    words = [part.strip() for part in text.split(",")]
    literal: Any = None
    with suppress(Misuse):
        read = read_toml(f"value = {text}")
        literal = read["value"] if len(read) == 1 else None
    if literal is not None and accepts(expected, literal):
        try:
            return tomlkit.value(text.strip())
        except TOMLKitError:
            return tomlkit.item(literal)
    for typed in (_local(text) if accepts(expected, _NOON) else None, text.strip(), words):
        if typed is not None and accepts(expected, typed):
            return tomlkit.item(typed)
    what = _('--set: "{key}" cannot be "{text}".').format(key=shown(key), text=shown(text))
    raise Misuse(what, _("Expected: {kind}.").format(kind=kind_of(expected)))


_UNFINISHED = ".beginning-"


class Created(Struct, frozen=True):
    """A contest just begun: its process, the person enrolled; `copied` is what a model gave.

    `naming` is how other commands find its database; None where that need not be told.
    """

    process: Process
    person: Person
    copied: Scaffold | None
    rehearsal: bool
    naming: locations.Naming | None = None


def create(
    folder: Path,
    *,
    login: str,
    rehearsal: bool = False,
    clock: Clock | None = None,
    origin: FolderOrigin | None = None,
    offer: Offer = lambda _past: None,
) -> Created:
    """Begins a contest in a folder; one without config.toml first receives a model to rewrite.

    `origin` says what is copied, and what is changed; it is refused where there is nothing to
    copy. `offer` is asked by how much the dates of a model are to be moved that are past.

    Raises: Misuse when the folder holds something else, the login cannot be one or what is asked
    for cannot be done, FolderFaults when the folder has faults, PtceError when the contest has
    begun already.
    """
    if is_pseudonym(login):
        what = _('"{name}" is a pseudonym: it names somebody in a contest that has begun.').format(
            name=login
        )
        why = _("Whoever makes a contest is its first person, enrolled under a login.")
        raise Misuse(what, why, _("Name a login: --as LOGIN, and leave PTCE_ACTOR out."))
    private = particulars(login, login=login)
    url, there = locations.database_url(folder), locations.contest_id(folder)
    if isinstance(url, Path) and url.exists():
        raise _begun(folder, url)
    if there is not None:
        with suppress(NoTables):
            _check_free(url, there, Database.open)
    _check_no_checkpoints(folder)
    copied = _model(folder, origin or FolderOrigin(), clock, offer)
    process = copied.process if copied else sound(locations.read_folder(folder))
    _check_free(url, process.definition.config.contest.id, Database.create)
    if copied:
        _put_there(folder, process.files)
        write_schemas(folder)
    key = begin_key(folder)
    if not isinstance(url, Path):
        person = _begin(url, process, private, rehearsal, clock, key)
        naming = locations.name_server(folder, url) if file_of(url) is None else None
        return Created(process, person, copied, rehearsal, naming)
    # Made under another name, of its own: a ledger that was interrupted while it began is no
    # ledger, and someone else may be beginning the same contest.
    beginning = url.with_name(f"{url.name}{_UNFINISHED}")
    unfinished = url.with_name(f"{beginning.name}{os.urandom(4).hex()}")
    try:
        person = _begin(unfinished, process, private, rehearsal, clock, key)
        locations.give_name(unfinished, url)
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
        there = list(folder.iterdir()) if folder.is_dir() else []
        if not all(entry.name.startswith(_UNFINISHED) for entry in there):
            what = _("The folder {folder} is not empty.").format(folder=folder)
            why = _("A contest begins in a new folder, or in one that holds a config.toml.")
            raise Misuse(what, why, _("Choose another folder."))
        now = (clock or SystemClock()).now()
        return scaffold(folder.resolve().name, origin, now, offer)
    if origin.options:
        options = ", ".join(origin.options)
        what = _("The folder {folder} holds a contest already.").format(folder=folder)
        mend = _("Leave {options} out, or choose another folder.").format(options=options)
        raise Misuse(what, _("A model is copied only where there is none."), mend)
    return None


def _begun(folder: Path, place: Path | str) -> PtceError:
    what = _("The contest of {folder} has begun already.").format(folder=folder)
    why = _("Its ledger is in {file}.").format(file=place)
    return PtceError(what, why, _("Choose another folder; `ptce list` shows what is in this one."))


def _check_no_checkpoints(folder: Path) -> None:
    left = locations.beside_database(folder) / locations.CHECKPOINTS
    if any(left.glob("*.txt")):
        raise PtceError(
            _("{folder} holds the checkpoints of another ledger.").format(folder=left),
            _("That ledger is not here: one that begins beside them would pass for it, cut short."),
            _(
                "Put it back with `ptce restore`, name its database in {file}, or move them away."
            ).format(file=locations.LOCAL_FILE),
        )


def _check_free(url: str | Path, contest: str, opens: Callable[[str | Path], Database]) -> None:
    """Raises: PtceError where a server takes no more contest, Misuse for a bad address."""
    if file_of(url) is None:
        with closing(opens(url)) as database, database.reading() as repo:
            _check_id(repo, database.place, contest)


def _check_id(repo: Repository, place: str, contest: str) -> None:
    if repo.contest_kept(contest) is not None:
        what = _("{place} holds the contest {contest} already: nothing was changed.").format(
            place=place, contest=contest
        )
        mend = _(
            "To work in that one, name the database in local.toml; to begin another, change "
            "the id: contest.id in config.toml, or --set contest.id=ID for a new folder."
        )
        raise PtceError(what, _("The contests of one database have an id each."), mend)


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
        with database.writing(name) as repo:
            _check_id(repo, database.place, name)
            repo.archive_process(process.hash, process.files)
            keep_form(repo, process)
            row = ContestRow(name, process.hash, rehearsal, "{}", 0, FIRST_PREV, "", "")
            repo.add_contest(row)
            now = (clock or SystemClock()).now()
            with Transaction(repo, row, process, INIT, now, STANDARD) as tx:
                origin = os.urandom(32).hex()
                tx.record_of_contest(ContestCreated(name, origin, rehearsal, key))
                note_versions(tx, row)
                person = append_enrolment(tx, private, ("desk",), None)
                tx.flush()
        database.gather()
    finally:
        database.close()
    return person


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
        raise locations.unwritable(folder, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
