"""The places of a contest on this machine: folder, database, `local.toml`.

Whatever a command writes goes through `output_file`, whole or not at all, and in the place of
nothing else: a slip of the shell's completion must not put a calendar in the place of a ledger.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import DecodeError, Struct, ValidationError
from msgspec import json as msgspec_json

from ptce_workflow.base.errors import Misuse, PtceError, refusal_of
from ptce_workflow.base.notation import read_toml
from ptce_workflow.base.runtime import PACKAGE
from ptce_workflow.base.words import _, did_you_mean, nearest, suggestion
from ptce_workflow.process.model.folder import CONFIG, LARGEST_FILE_BYTES, PARTS, Files

if TYPE_CHECKING:
    from ptce_workflow.mail.settings import (
        MailboxSettings,
        MailSettings,
        ReceiptSettings,
        ServerSettings,
    )

    S = TypeVar("S", bound=ServerSettings)


TABLES = ("database", "mail", "mailbox", "receipt", "watch")
DATABASE, MAIL, MAILBOX, RECEIPT, WATCH = TABLES
_DATABASE_KEYS = ("url",)
_BEFORE_HOST = "(?<=://)([^/?@:]*):[^/?@]+(?=@)"
_SECRET = ("password", "sslpassword")


def read_local(folder: Path) -> dict[str, dict[str, Any]]:
    """The tables of local.toml, if any. Raises: Misuse, without the line: it may hold secrets."""
    path = folder / LOCAL_FILE
    try:
        table = read_toml(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError as error:
        mend = _("In the editor, save it again with the encoding UTF-8.")
        raise _unreadable(path, _("The file is not in UTF-8."), mend) from error
    except OSError as error:
        text = _("The system says: {reason}.").format(reason=refusal_of(error))
        raise _unreadable(path, text) from error
    except Misuse as error:
        raise _unreadable(path, error.what, error.mend) from None
    for section, keys in table.items():
        if section not in TABLES:
            raise _unknown(path, section, TABLES, section)
        # There may be several mailboxes.
        tables = keys if section == MAILBOX and isinstance(keys, list) else [keys]
        if not all(isinstance(one, dict) for one in tables):
            what = _('{file}: "{key}" is not written as a table.').format(file=path, key=section)
            mend = _("Write [{key}] on a line of its own, and its keys below it.")
            raise Misuse(what, mend=mend.format(key=section))
    # What the others may hold is looked at by what reads it: a fault there stops no other command.
    for key, value in table.get(DATABASE, {}).items():
        if key not in _DATABASE_KEYS:
            raise _unknown(path, f"{DATABASE}.{key}", _DATABASE_KEYS, key)
        if not isinstance(value, str) or not value.strip():
            what = _('{file}: "{key}" names no database.')
            mend = _("Give the path of a file, or an address: {example}")
            mend = mend.format(example='"postgresql://…"')
            raise Misuse(what.format(file=path, key=f"{DATABASE}.{key}"), mend=mend)
    return table


def without_password(url: str) -> str:
    """An address without what nobody else is to read; the role and the rest stay."""
    # Imported here for start-up time: few commands show an address.
    from urllib.parse import unquote

    place, mark, query = url.partition("?")
    parameters = [one for one in query.split("&") if unquote(one.partition("=")[0]) not in _SECRET]
    place = re.sub(_BEFORE_HOST, r"\1", place)
    return place + (mark if query and parameters else "") + "&".join(parameters)


def _unreadable(path: Path, why: str, mend: str = "") -> Misuse:
    return Misuse(_("{file} cannot be read.").format(file=path), why, mend)


def _unknown(path: Path, place: str, keys: Iterable[str], name: str) -> Misuse:
    what = _('{file}: "{key}" is not a known key.').format(file=path, key=place)
    return Misuse(what, mend=suggestion(name, keys))


DATABASE_FILE = "ptce.db"
LOCAL_FILE = "local.toml"
LIST = ".erased"
"""The ending of the list of erasures beside the database."""
KEY_FILE, NEXT_KEY_FILE, PUBLIC_FILE = "ptce.key", "ptce.key.next", "ptce.pub"
CHECKPOINTS, BACKUP_NOTE = "checkpoints", "ptce.backup"
CLOCK_FILE = "ptce.clock"
"""The key that signs checkpoints, the one that is about to, its public half; their folder.

Beside them stands what is known of the last backup; in the folder, where the clock of a rehearsal
is set to.
"""
LEDGER, MANIFEST = "ledger.jsonl", "MANIFEST"
"""The files by which an export is known."""
_MOST_FILES = 2_000
_BESIDE = ("", "-wal", "-shm", "-journal")
_CREDENTIALS = ("password_file", "token_file")
_MAIL_FILES = (*_CREDENTIALS, "ca_file")


def read_folder(folder: Path) -> Files:
    """The bytes of a process's files, by path; of too large ones, enough. Raises: Misuse."""
    if folder.is_file():
        what = _("{folder} is a file, not a folder.").format(folder=folder)
        why = _("A contest is a folder that holds a config.toml.")
        raise Misuse(what, why, _("Give the folder: {folder}").format(folder=folder.parent))
    files: dict[str, bytes] = {}
    home = os.path.realpath(folder)
    try:
        for part in PARTS:
            path = folder / part
            own = part, str(path), path.is_symlink(), path.is_file()
            below = _below(part, str(path)) if path.is_dir() else ()
            for name, place, is_link, is_file in (own, *below):
                if is_link and not Path(os.path.realpath(place)).is_relative_to(home):
                    what = _("{file} leads out of the contest's folder.").format(file=Path(place))
                    why = _("It is a link; what it leads to is not read.")
                    raise Misuse(what, why, _("Put the file itself there."))
                if is_file:
                    with open(place, "rb") as stream:  # noqa: PTH123
                        files[name] = stream.read(LARGEST_FILE_BYTES + 1)
                if len(files) > _MOST_FILES:
                    raise Misuse(_("There are too many files in {folder}.").format(folder=folder))
    except OSError as error:
        what = _("The folder {folder} cannot be read.").format(folder=error.filename or folder)
        why = _("The system says: {reason}.").format(reason=refusal_of(error))
        raise Misuse(what, why) from error
    if CONFIG not in files:
        what = _("There is no config.toml in {folder}.").format(folder=folder)
        why = _("A contest is a folder that holds one.")
        raise Misuse(what, why, _("`ptce init {folder}` makes one.").format(folder=folder))
    return files


def unwritable(folder: Path, error: OSError) -> PtceError:
    what = _("The folder {folder} cannot be written.").format(folder=folder)
    return PtceError(what, _("The system says: {reason}.").format(reason=refusal_of(error)))


def _below(name: str, place: str) -> Iterator[tuple[str, str, bool, bool]]:
    """The entries below a part of a contest's folder; links to folders are not followed.

    Shape: the name within the folder, the path, whether it is a link, whether it is a file.
    Every list and every act reads the folder: this takes a third of the time of `Path.rglob`.
    """
    with os.scandir(place) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            inner = f"{name}/{entry.name}"
            yield inner, entry.path, entry.is_symlink(), entry.is_file()
            if entry.is_dir(follow_symlinks=False):
                yield from _below(inner, entry.path)


def contest_id(folder: Path) -> str | None:
    """The id that a folder's config.toml gives; None when it cannot be read."""
    try:
        table = read_toml((folder / CONFIG).read_text(encoding="utf-8"))
        named = table["contest"]["id"]
    except (OSError, UnicodeDecodeError, Misuse, KeyError, TypeError):
        return None
    return named if isinstance(named, str) else None


def is_export(folder: Path, *, whole: bool = True) -> bool:
    """Whether an export, or what is left of one, stands there. Raises: OSError."""
    there = ((folder / name).is_file() for name in (MANIFEST, LEDGER))
    return all(there) if whole else any(there)


def database_url(folder: Path) -> str | Path:
    """PTCE_DATABASE, else local.toml, else beside config.toml. Raises: Misuse."""
    # Imported here for start-up time: it brings the store, and `--help` needs none of it.
    from ptce_workflow.store.database import database_named

    if named := os.environ.get("PTCE_DATABASE"):
        return database_named(named)
    url = database_named(read_local(folder).get(DATABASE, {}).get("url") or DATABASE_FILE)
    return url if isinstance(url, str) else folder / url


def mail_settings(folder: Path) -> MailSettings | None:
    """The `[mail]` table of local.toml, files seen from the folder. Raises: Misuse."""
    table = read_local(folder).get(MAIL)
    if table is None:
        return None
    # Imported here for start-up time: every command opens a contest, few write mails.
    from ptce_workflow.mail.settings import read_settings

    return _in_folder(folder, read_settings(table, LOCAL_FILE))


def _in_folder(folder: Path, settings: S) -> S:
    named = {key: name for key in _MAIL_FILES if (name := getattr(settings, key)) is not None}
    beside = {key: name for key, name in named.items() if not name.startswith("~")}
    update = {key: str(folder.absolute() / name) for key, name in beside.items()}
    return settings.model_copy(update=update)


def mailbox_settings(folder: Path) -> list[MailboxSettings]:
    from ptce_workflow.mail.settings import read_mailbox_settings

    tables = _tables(folder, MAILBOX)
    return [_in_folder(folder, read_mailbox_settings(table, LOCAL_FILE)) for table in tables]


def _tables(folder: Path, name: str) -> list[Mapping[str, Any]]:
    """The tables of a name in local.toml: one, or several where it may be written several times."""
    tables: Any = read_local(folder).get(name, [])
    return tables if isinstance(tables, list) else [tables]


def receipt_settings(folder: Path) -> ReceiptSettings | None:
    from ptce_workflow.mail.settings import read_receipt

    table = read_local(folder).get(RECEIPT)
    return None if table is None else read_receipt(table, LOCAL_FILE)


_CALLED = re.compile(
    r"https://[\w.-]+(:\d+)?(/\S*)?|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/\S*)?"
)


def watch_url(folder: Path) -> str | None:
    """The address that `[watch]` of local.toml has called after each pass. Raises: Misuse."""
    table = read_local(folder).get(WATCH)
    if table is None:
        return None
    for key in table.keys() - {"url"}:
        raise _unknown(folder / LOCAL_FILE, f"{WATCH}.{key}", ("url",), key)
    if isinstance(url := table.get("url"), str) and _CALLED.fullmatch(url):
        return url
    # It is not quoted: whoever knows it can tell that passes are made while they are not.
    what = _("{file}: watch.url is not an address to call.").format(file=folder / LOCAL_FILE)
    why = _("It begins with https://, or with http:// where it is on this machine.")
    raise Misuse(what, why, _('For example: "https://veille.collectif.example/ptce".'))


def own_files(folder: Path) -> list[Path]:
    """The files of a contest, there or not; a folder stands for all in it. Raises: Misuse."""
    own = [folder / part for part in (*PARTS, LOCAL_FILE, CLOCK_FILE)]
    own += kept_beside(folder, database_file(folder))
    return [*own, *_database_files(folder), *_mail_files(folder, *_MAIL_FILES)]


def kept_beside(folder: Path, database: Path | None) -> list[Path]:
    """What is kept beside a contest's database, there or not, in one order."""
    home = beside(folder, database).parent
    names = (KEY_FILE, NEXT_KEY_FILE, PUBLIC_FILE, CHECKPOINTS, BACKUP_NOTE)
    return [*(home / name for name in names), beside(folder, database)]


def database_file(folder: Path) -> Path | None:
    """The file of the database; None for a server's. Raises: Misuse."""
    # Imported here for start-up time: few commands write a file.
    from ptce_workflow.store.database import file_of

    return file_of(database_url(folder))


def beside_database(folder: Path) -> Path:
    """Where key and checkpoints are: beside the database, or the folder. Raises: Misuse."""
    return beside(folder, database_file(folder)).parent


def beside(folder: Path, database: Path | None, ending: str = LIST) -> Path:
    """The file of that ending beside a database; in the folder, for one that a server keeps."""
    return (folder / DATABASE_FILE if database is None else database).with_suffix(ending)


class Backup(Struct, frozen=True, forbid_unknown_fields=True):
    """A backup that was made and verified: its file, how far it goes, when it was made."""

    file: str
    lines: int
    hash: str
    at: datetime


def known_backups(folder: Path) -> list[Backup]:
    """The backups that are known of, the last one last; none where the note cannot be read."""
    try:
        lines = (beside_database(folder) / BACKUP_NOTE).read_bytes().splitlines()
        return [msgspec_json.decode(line, type=Backup) for line in lines]
    except (OSError, DecodeError, ValidationError):
        return []


def last_backup(folder: Path) -> Backup | None:
    """The last backup that is known of; None where none was made, or the note cannot be read."""
    return next(reversed(known_backups(folder)), None)


def private_files(folder: Path) -> list[Path]:
    """The files with names, addresses or a password, there or not. Raises: Misuse."""
    url, erased = database_url(folder), beside(folder, database_file(folder))
    home = erased.parent
    keys = [*(home / name for name in (KEY_FILE, NEXT_KEY_FILE)), erased]
    left = home.glob(f"{Path(DATABASE_FILE).stem}.before-*")
    settings = isinstance(url, str) and url != without_password(url)
    private = (*_database_files(folder), *keys, *_mail_files(folder, *_CREDENTIALS), *left)
    return [*private, *([folder / LOCAL_FILE] if settings else ())]


def _database_files(folder: Path) -> list[Path]:
    file = database_file(folder)
    return [file.with_name(file.name + ending) for ending in _BESIDE] if file is not None else []


def _mail_files(folder: Path, *keys: str) -> list[Path]:
    tables = (*_tables(folder, MAIL), *_tables(folder, MAILBOX))
    names = (table.get(key) for table in tables for key in keys)
    return [folder / Path(name).expanduser() for name in names if isinstance(name, str)]


DEFAULT = "occitanie-2024"
MODELS = (DEFAULT, "ami-permanent", "aap-national")
"""The names of the bundled contests; the first is the one at the root of the repository."""

BLANK = "blank"
"""What a contest of one's own begins from: a folder in each language of the program."""

LOCAL_EXAMPLE = "local.example.toml"

_CONTESTS = "contests"


def bundled_contest(model: str | None = None, package: Path = PACKAGE) -> Path:
    """The folder that holds a bundled contest's `config.toml`, `states`, `sheets` and so on.

    An installed wheel carries all of them inside the package. In a checkout one of them is the
    root of the repository, where other files lie beside it: copy only those that belong to a
    contest folder.

    Raises: Misuse for a name that no bundled contest bears, PtceError when it is in neither place.
    """
    name = DEFAULT if model is None else model
    if name not in (*MODELS, BLANK):
        what = _('No model is called "{name}".').format(name=name)
        why = _("There are: {names}.").format(names=", ".join(MODELS))
        raise Misuse(what, why, did_you_mean(nearest(name, MODELS)))
    inside, checkout = package / _CONTESTS / name, package.parent
    for folder in (inside, checkout if name == DEFAULT else checkout / _CONTESTS / name):
        if (folder / CONFIG).is_file() or (name == BLANK and folder.is_dir()):
            return folder
    what = _("The contest that comes with ptce cannot be found.")
    why = _("It should lie in {folder}.").format(folder=inside)
    raise PtceError(what, why, _("Install ptce again, or start from another contest folder."))


def local_example(package: Path = PACKAGE) -> Path | None:
    """The file that shows what `local.toml` may say; None in a damaged installation."""
    for folder in (package / _CONTESTS, package.parent):
        if (folder / LOCAL_EXAMPLE).is_file():
            return folder / LOCAL_EXAMPLE
    return None


_LOOKED_AT_BYTES = 4096
_ZIP = rb"PK\x03\x04"
_FORMS = {
    ".bpmn": rb"\s*<",
    ".csv": rb"[^\x00]*\Z",
    ".db": rb"SQLite format 3\x00",
    ".docx": _ZIP,
    ".html": rb"(?i:\s*<(!doctype|html))",
    ".ics": rb"BEGIN:VCALENDAR",
    ".json": rb"\s*[{\[]",
    ".md": rb"[^\x00]*\Z",
    ".mmd": rb"[^\x00]*\Z",
    ".sql": rb"[^\x00]*\Z",
    ".xes": rb"\s*<",
    ".xlsx": _ZIP,
}
"""The beginning of a file of each form that we write; an empty file may become any."""

_FOR_OWNER = {".csv", ".db", ".docx", ".html", ".xes", ".xlsx"}
"""The forms that may hold a dossier, or people: for whoever has them written, nobody else."""


class OutputFile(Struct, frozen=True):
    path: Path
    form: str

    @property
    def is_there(self) -> bool:
        return self.path.exists()

    def write(self, content: bytes) -> None:
        """Writes it whole or not at all; dossiers for the owner alone. Raises: OSError."""
        if self.is_there and not self.path.is_file():
            # A terminal, a pipe: it cannot be put in another's place.
            self.path.write_bytes(content)
            return
        write_whole(self.path, content, private=self.form in _FOR_OWNER)


def write_whole(file: Path, content: bytes, *, private: bool = False, anew: bool = False) -> None:
    """Writes a file whole or not at all. Raises: OSError; FileExistsError if `anew`."""
    unfinished = file.with_name(f".{file.name}.{os.urandom(4).hex()}.part")
    try:
        if private:
            unfinished.touch(0o600, exist_ok=False)
        unfinished.write_bytes(content)
        if anew:
            give_name(unfinished, file)
        else:
            unfinished.replace(file)
    except OSError as error:
        error.filename, error.filename2 = str(file), None
        raise
    finally:
        unfinished.unlink(missing_ok=True)


def give_name(unfinished: Path, file: Path) -> None:
    """Gives a file its name, unless another has it. Raises: FileExistsError."""
    try:
        file.hardlink_to(unfinished)
    except FileExistsError:
        raise
    except OSError:
        # Some disks know no links; there, only what is there already is seen.
        if file.exists():
            raise FileExistsError(file) from None
        unfinished.replace(file)


def output_file(
    folder: Path, path: Path, forms: Sequence[str], *, any_name: bool = False
) -> OutputFile:
    """The file of that name, for a command of the contest of a folder to write.

    Its form is told by the ending of its name; with `any_name` it is the first of `forms`.

    Raises: Misuse for a name that ends in none of the forms, for a file of this contest or of
    another, and for one that holds something of another form; OSError for a folder, and for what
    cannot be read.
    """
    check_apart(folder, path)
    form = path.suffix.lower()
    if any_name:
        form = forms[0]
    elif form not in forms:
        what = _("{file}: the ending of its name says in which form it is written.")
        why = _("Accepted: {words}.").format(words=", ".join(forms))
        mend = _("For example: {example}").format(example=(path.stem or _("FILE")) + forms[0])
        raise Misuse(what.format(file=path), why, mend)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.is_file():
        with path.open("rb") as stream:
            begins = stream.read(_LOOKED_AT_BYTES)
        if begins and not re.match(_FORMS.get(form, b""), begins):
            what = _("{file} holds something else: nothing is written over it.").format(file=path)
            why = _("What it holds is not of the form {form}.").format(form=form)
            raise Misuse(what, why, _("Name another file, or move that one away."))
    return OutputFile(path, form)


def check_apart(folder: Path, path: Path) -> None:
    """Raises: Misuse where something of a contest bears that name."""
    # What a contest reads, and SQLite keeps beside it, without the ledger.
    names = (*PARTS, LOCAL_FILE, *(DATABASE_FILE + ending for ending in _BESIDE if ending))
    homes = [home for home in Path(os.path.realpath(path)).parents if contest_id(home) is not None]
    others = [home / name for home in homes for name in names]
    if any(_is_same(path, own) for own in (*own_files(folder), *others)):
        what = _("{file} belongs to the contest: nothing is written over it.").format(file=path)
        why = _("Its rules, its settings or its ledger would be lost.")
        raise Misuse(what, why, _("Name another file."))


def _is_same(path: Path, own: Path) -> bool:
    """True for a file of the contest, by whichever name, or for one in a folder of it."""
    ours, real = os.path.realpath(own), Path(os.path.realpath(path))
    # A disk may hold several names of one file, or see no difference between some.
    for place in (real, *real.parents):
        with suppress(OSError):
            if str(place) == ours or place.samefile(own):
                return True
    return False


class Naming(Struct, frozen=True):
    """How a database on a server is named for other commands: by `url`, without a password.

    `is_written` says that local.toml names it, `left_out` that there was a password.
    """

    url: str
    is_written: bool
    left_out: bool


def name_server(folder: Path, url: str) -> Naming | None:
    """Names PTCE_DATABASE in local.toml; None where nobody has to be told."""
    if not os.environ.get("PTCE_DATABASE"):
        return None
    try:
        present = read_local(folder).get(DATABASE, {}).get("url")
    except PtceError:
        present = None
    if present in (url, without_password(url)):
        return None
    return _name(folder, url, writes=not present)


def name_moved(folder: Path, url: str) -> Naming:
    """Writes in local.toml where a contest goes on, unless PTCE_DATABASE says where it is."""
    return _name(folder, url, writes=not os.environ.get("PTCE_DATABASE"))


def _name(folder: Path, url: str, *, writes: bool) -> Naming:
    # Imported here for start-up time: few commands write local.toml.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    shared, file, is_written = without_password(url), folder / LOCAL_FILE, False
    # The contest goes on there already: what is left to do is said.
    with suppress(OSError, UnicodeError, TOMLKitError, TypeError):
        if writes:
            is_there = file.is_file()
            text = file.read_text("utf-8") if is_there else ""
            mode = file.stat().st_mode & 0o777 if is_there else None
            # The rest of it stays as it was.
            document: Any = tomlkit.parse(text)
            document.setdefault(DATABASE, tomlkit.table())["url"] = shared
            content = document.as_string().encode()
            write_whole(file, content, private=mode is not None)
            if mode is not None:
                file.chmod(mode)
            is_written = True
    return Naming(shared, is_written, shared != url)


def database_setting(url: str) -> str:
    return f"url = {json.dumps(url, ensure_ascii=False)}"
