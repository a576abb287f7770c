"""The folder that a contest begins with: copied, its settings changed, its dates moved.

All is worked out and checked before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array

from ptce_workflow.app.admin.consequences import MovedDate, moved
from ptce_workflow.app.locations import BLANK, bundled_contest, read_folder
from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.text import did_you_mean, nearest
from ptce_workflow.base.words import _, language, own_language
from ptce_workflow.process.check import sound
from ptce_workflow.process.citations import RULEBOOK, works_of
from ptce_workflow.process.letters.markdown import page_of
from ptce_workflow.process.model.definition import Config
from ptce_workflow.process.model.folder import CONFIG, Files, text_file
from ptce_workflow.process.model.notation import read_toml
from ptce_workflow.process.model.validation import accepts, expected_at, keys_of, kind_of
from ptce_workflow.process.process import Process
from ptce_workflow.process.time.dates import Shift, shifted
from ptce_workflow.process.time.instant import FixedInstant, TimeUnit, parse_instant
from ptce_workflow.process.time.mentioned import mentioned_days

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_INSTANTS = ("at", "not_before", "until", "expires")
_DAY = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHORT = ("value", "zone", "at")
"""The keys that a limit or a date is named without."""
_AHEAD = timedelta(weeks=8)
_WEEK = timedelta(weeks=1)
_YEAR = timedelta(days=365)
_NOON = datetime(2000, 1, 1, 12)  # noqa: DTZ001 - an hour on the wall


@dataclass(frozen=True, slots=True)
class PastDates:
    """The fixed dates of a model that are past: their names, and the years that bring all ahead."""

    names: tuple[str, ...]
    shift: Shift


Offer = Callable[[PastDates], Shift | None]
"""Asks by how much past dates are to be moved; None to leave them."""


@dataclass(frozen=True, slots=True)
class FolderOrigin:
    """What the folder of a contest is made from, and what is changed on the way.

    A bundled `model` (None: the first), the blank one, or the `folder` of another contest.
    """

    model: str | None = None
    blank: bool = False
    folder: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    shift: Shift | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """The options that were typed, by their names."""
        said = {
            "--model": self.model is not None,
            "--blank": self.blank,
            "--from": self.folder is not None,
            "--set": bool(self.settings),
            "--shift": self.shift is not None,
        }
        return tuple(option for option, typed in said.items() if typed)

    def words(self) -> list[str]:
        """What names the folder to copy and what is set in it, as it is typed."""
        named = {"--model": self.model, "--from": self.folder and str(self.folder)}
        found = [word for option, said in named.items() if said for word in (option, said)]
        return [
            *found,
            *(w for key, text in self.settings.items() for w in ("--set", f"{key}={text}")),
        ]

    def check(self) -> None:
        """*Raises* Misuse where it names several folders to copy."""
        several = [one for one in self.options if one in ("--model", "--blank", "--from")]
        if len(several) > 1:
            raise Misuse(
                _("A contest is copied from one folder only."),
                _("These each name one: {options}.").format(options=", ".join(several)),
                _("Keep one of them."),
            )


@dataclass(frozen=True, slots=True)
class Scaffold:
    """A new folder, read without fault; the dates that were moved, or are past.

    `left` is what has to be written anew where dates were moved: where, and what it says.
    """

    process: Process
    origin: FolderOrigin
    moved: tuple[MovedDate, ...]
    past: PastDates | None
    left: tuple[tuple[str, str], ...] = ()


def scaffold(name: str, origin: FolderOrigin, now: datetime, offer: Offer) -> Scaffold:
    """The folder of a new contest, called `name`, as it is asked for.

    *Raises* Misuse for what cannot be set, FolderFaults where the folder copied or the result has
    faults.
    """
    origin.check()
    files = read_folder(_source(origin))
    first = sound(files)
    settings = dict(origin.settings)
    shift = origin.shift
    if origin.blank:
        if _ID.fullmatch(name) and len(name) <= 60:
            settings.setdefault("contest.id", name)
        first = sound(_shifted(first, _ahead_of(first, now)))
        files = first.files
    process = sound(_set(files, settings)) if settings else first
    past = _past(process, now)
    if past is not None and shift is None:
        shift = offer(past)
    if shift is not None:
        # What was set by hand is meant as it was typed.
        process = sound(_set(_shifted(Process.load(files), shift), settings))
    still = _past(process, now)
    if still is not None and past is not None:
        # Counted from the dates of the folder copied, from which whoever begins again starts.
        still = PastDates(still.names, past.shift)
    changed = tuple(moved(first, process))
    return Scaffold(process, origin, changed, still, tuple(_left(first, process, changed)))


def _left(
    before: Process, after: Process, changed: Sequence[MovedDate]
) -> Iterator[tuple[str, str]]:
    """The paragraphs of the rulebook that name days, and who answers, as in the folder copied.

    A day of a year before all dates is none of the contest.
    """
    years = [one.before.year for one in changed if one.before is not None]
    work = works_of(after.files).get(RULEBOOK) if years else None
    for passage in () if work is None else work.passages():
        days = mentioned_days(passage.words) if len(passage.place) == 1 else ()
        if any(day.year is None or day.year >= min(years) for day in days):
            yield text_file(RULEBOOK), passage.name
    keys = ("id", "name", "address", "telephone", "mail")
    for table in ("contest", "organiser", "service") if years else ():
        was, now = (getattr(one.definition.config, table) for one in (before, after))
        said = {key: getattr(now, key, None) for key in keys}
        same = (key for key in keys if said[key] and said[key] == getattr(was, key, None))
        yield from ((f"{table}.{key}", str(said[key])) for key in same)


def _source(origin: FolderOrigin) -> Path:
    if origin.folder is not None:
        return origin.folder
    if origin.blank:
        return bundled_contest(BLANK) / own_language(language())
    return bundled_contest(origin.model)


def _ahead_of(process: Process, now: datetime) -> Shift:
    """How far the dates of the blank folder are moved, so that all lie ahead."""
    first = min(process.dates.fixed.values())
    weeks = -((first - now - _AHEAD) // _WEEK)
    return Shift(max(int(weeks), 1), TimeUnit.WEEKS)


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
    years = (now - min(over.values())) // _YEAR + 1
    return PastDates(tuple(sorted(over, key=over.__getitem__)), Shift(years, TimeUnit.YEARS))


# Dates, wherever the folder has them.


def _shifted(process: Process, shift: Shift) -> Files:
    """The files of a folder with every fixed instant moved, comments kept."""
    texts = {
        path: content.decode()
        for path, content in process.files.items()
        if _DAY.search(content)
        and (path.endswith(".toml") or (path.startswith("notifications/") and ".md" in path))
    }
    keys = {path: _toml_of(path, text) for path, text in texts.items()}
    documents = {path: tomlkit.parse(text) for path, text in keys.items() if text}
    found = [(path, *place) for path, one in documents.items() for place in _instants(one)]
    after = shifted({local for *_place, local in found}, shift, process.zone, process.workdays)
    for _path, holder, key, local in found:
        written = holder[key]
        new = after[local]
        holder[key] = new.isoformat() if isinstance(written, str) else new
    files = dict(process.files)
    for path, document in documents.items():
        text = texts[path].replace("\r\n", "\n")
        files[path] = text.replace(keys[path], document.as_string(), 1).encode()
    return files


def _toml_of(path: str, text: str) -> str:
    return text.replace("\r\n", "\n") if path.endswith(".toml") else page_of(text).keys


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


# Settings, by the dotted keys of config.toml.


def _set(files: Files, settings: Mapping[str, str]) -> Files:
    """The files with keys of config.toml changed, comments kept.

    *Raises* Misuse for a key that is not there, with the nearest, and for a value of another kind.
    """
    if not settings:
        return files
    document = tomlkit.parse(files[CONFIG].decode().replace("\r\n", "\n"))
    for key, text in settings.items():
        _put(document, key, text)
    return {**files, CONFIG: document.as_string().encode()}


def _put(document: Any, key: str, text: str) -> None:
    *path, last = _path(document, key)
    holder = document
    for name in path:
        if name not in holder:
            holder[name] = tomlkit.table()
        holder = holder[name]
    expected = expected_at(Config, (*path, last))
    holder[last] = _read(key, text, str if isinstance(holder.get(last), str) else expected)


def _path(document: Any, key: str) -> tuple[str, ...]:
    """The names that lead to a key that may be set.

    *Raises* Misuse with the nearest key where none leads there.
    """
    known = dict(_known(document, ()))
    if key in known:
        return known[key]
    below = [one for one in known if one.startswith(f"{key}.")]
    if below:
        raise Misuse(
            _('--set: "{key}" holds several keys.').format(key=shown(key)),
            mend=_("Name one of them: {names}.").format(names=", ".join(below[:12])),
        )
    raise Misuse(
        _('--set: config.toml has no key "{key}".').format(key=shown(key)),
        _("What is set is there already, or is one of the keys that a folder may have."),
        did_you_mean(nearest(key, known)),
    )


def _known(table: Any, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every key that may be set, as it may be typed, with the names that lead to it."""
    allowed = keys_of(expected_at(Config, path)) or ()
    for name in dict.fromkeys((*allowed, *table)):
        inner = (*path, name)
        below, free = table.get(name), keys_of(expected_at(Config, inner))
        if isinstance(below, MutableMapping):
            yield from _known(below, inner)
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
    """The value that was typed, as TOML where it is some, else as text or a list of words.

    *Raises* Misuse where none of these is of the kind that is expected.
    """
    words = [part.strip() for part in text.split(",")]
    literal: Any = None
    try:
        read = read_toml(f"value = {text}")
        literal = read["value"] if len(read) == 1 else None
    except Misuse:
        pass
    if literal is not None and accepts(expected, literal):
        try:
            return tomlkit.value(text.strip())
        except TOMLKitError:
            return tomlkit.item(literal)
    for typed in (_local(text) if accepts(expected, _NOON) else None, text.strip(), words):
        if typed is not None and accepts(expected, typed):
            return tomlkit.item(typed)
    raise Misuse(
        _('--set: "{key}" cannot be "{text}".').format(key=shown(key), text=shown(text)),
        _("Expected: {kind}.").format(kind=kind_of(expected)),
    )
