"""Reads a contest folder: which files belong, and what they say, with every fault of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from ptce_workflow.base.errors import Finding, Misuse, shown
from ptce_workflow.base.words import _
from ptce_workflow.process.fields import ScoreField
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.letters.markdown import page_of
from ptce_workflow.process.model.catalogues import (
    Catalogue,
    not_utf8,
    read_catalogues,
    translated,
)
from ptce_workflow.process.model.defaults import completed
from ptce_workflow.process.model.definition import (
    ANY,
    ENDS,
    START,
    Config,
    Definition,
    End,
    Gate,
    Request,
    State,
)
from ptce_workflow.process.model.folder import (
    CONFIG,
    LARGEST_FILE_BYTES,
    LAYOUT,
    Files,
    mail_file,
    request_file,
    sheet_file,
)
from ptce_workflow.process.model.notation import read_toml
from ptce_workflow.process.model.positions import located
from ptce_workflow.process.model.shared import Kind, Model, Part, TemplateFault
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.model.validation import from_validation, missing, validated, validator

_NAME = r"[a-z][a-z0-9_]*"
_TAG = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_MAIL = rf"notifications/(?P<notification>{_NAME})(?:\.(?P<language>{_TAG}))?\.md"
_BELONGS = re.compile(
    rf"config\.toml|states/(?P<state>{_NAME})\.toml|sheets/(?P<sheet>{_NAME})\.toml"
    rf"|requests/(?P<request>{_NAME})\.toml"
    rf"|{re.escape(LAYOUT)}|texts/{_NAME}(?:\.{_TAG})?\.md|{_MAIL}|translations/(?P<tag>{_TAG})\.po"
)
_LEFT_BEHIND = re.compile(
    r"(~|\.sw[a-p]|\.bak|\.orig|\.tmp)$|/(#|\.#|~\$)[^/]*$|/(\.DS_Store|Thumbs\.db|desktop\.ini)$"
)
_HEADING = re.compile(r"^#[ \t]+(?P<words>.*?)[ \t]*#*$", re.MULTILINE)
_UNSEEN = re.compile("[\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_NAMED: tuple[Kind, ...] = ("state", "sheet", "request", "notification")
MODELS: Mapping[Kind, type[Model]] = {
    "config": Config,
    "sheet": Sheet,
    "request": Request,
    "state": State,
    "gate": Gate,
    "notification": Notification,
}
M = TypeVar("M", bound=Model)


def read_definition(files: Files) -> tuple[Definition | None, tuple[Finding, ...]]:
    """Reads every file of a folder; what it says, or every fault that was found.

    The definition is None as soon as one file cannot be read.
    """
    reader = _Reader(files)
    parts = tuple(reader.parts())
    catalogues, findings = read_catalogues(files, tuple(reader.names("tag")))
    catalogues += _headings(files, parts)
    reader.findings.extend((*findings, *_strangers(files)))
    tables = [translated(reader.validated(part), part.place, catalogues) for part in parts]
    if reader.findings:
        return None, located(files, sorted(set(reader.findings)))
    of: dict[Kind, dict[str, Any]] = {kind: {} for kind in get_args(Kind)}
    for part, table in zip(parts, tables, strict=True):
        of[part.kind][part.name] = table
    ends = of["ends"].get(ENDS, {})
    whole: dict[str, Any] = {
        "config": of["config"][""],
        "sheets": MappingProxyType({**of["request"], **of["sheet"]}),
        "states": MappingProxyType(dict(sorted({**of["state"], **ends}.items()))),
        "start": of["gate"].get(START, Gate()),
        "any": of["gate"].get(ANY, Gate()),
        "notifications": MappingProxyType(of["notification"]),
    }
    if ends:
        whole["ended"] = tuple(ends)
    return completed(Definition.checked(whole)), ()


def heading_of(body: str) -> str:
    """The heading of a mail's text, where it says the same in every letter; else ""."""
    heading = _HEADING.search(body)
    return "" if heading is None or "{" in heading["words"] else heading["words"]


def _headings(files: Files, parts: Sequence[Part]) -> tuple[Catalogue, ...]:
    """What mails are called in other languages: the headings of their texts there."""
    labels = {part.name: part.table.get("label") for part in parts if part.kind == "notification"}
    headings: dict[str, dict[tuple[str, str], str]] = {}
    for path, content in files.items():
        match = _BELONGS.fullmatch(path)
        name, language = match.group("notification", "language") if match else ("", "")
        label = labels.get(name) if language else None
        if isinstance(label, str):
            with suppress(TemplateFault, UnicodeDecodeError):
                heading = heading_of(page_of(content.decode()).body)
                if heading:
                    place = f"notifications.{name}.label", label.strip()
                    headings.setdefault(language, {})[place] = heading
    return tuple(Catalogue(language, named) for language, named in headings.items())


def part_of(path: str, table: dict[str, Any]) -> Part | None:
    """The table of a file, of the kind that its name tells; None for a file that has none."""
    match = _BELONGS.fullmatch(path)
    kind = next((kind for kind in _NAMED if match and match[kind]), None)
    if match is None or kind is None:
        return Part("config", "", path, table) if path == CONFIG else None
    name = match[kind]
    if kind == "state" and name in (START, ANY):
        kind = "gate"
    # Where the ends stand together, each is a table; a state called so has a label of its own.
    elif kind == "state" and name == ENDS and all(isinstance(e, dict) for e in table.values()):
        kind = "ends"
    return Part(kind, name, path, table)


def _strangers(files: Files) -> Iterator[Finding]:
    """Files that do not belong, are too large, or hide something."""
    for path, content in files.items():
        if not _BELONGS.fullmatch(path):
            what = _("This file does not belong in a contest folder.")
            why = _("Every file of the folder is part of the process and of its hash.")
            mend = _(
                "Move it elsewhere, or name it as one of: config.toml, states/<name>.toml, "
                "sheets/<name>.toml, requests/<name>.toml, notifications/<name>.md, "
                "texts/<name>.md, "
                "translations/<language>.po, notifications/layout.html.j2."
            )
            if _LEFT_BEHIND.search(path):
                mend = _("An editor or a system left it there: delete it.")
            yield Finding(path, "", what, why, mend)
        elif len(content) > LARGEST_FILE_BYTES:
            why = _("A file of the folder holds at most {most} bytes.")
            why = why.format(most=LARGEST_FILE_BYTES)
            yield Finding(path, "", _("This file is too large."), why)
        elif unseen := _UNSEEN.search(text := content.decode("utf-8", "replace")):
            line = text.count("\n", 0, unseen.start()) + 1
            column = unseen.start() - text.rfind("\n", 0, unseen.start())
            what = _("Line {line} holds a character that cannot be seen: {code}.")
            what = what.format(line=line, code=f"U+{ord(unseen[0]):04X}")
            why = _("Such a character can make a line read otherwise than it is.")
            yield Finding(path, "", what, why, _("Type the line again."), line, column)


class _Reader:
    """Reads one file after the other and keeps the faults of all."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.findings: list[Finding] = []
        self._matches = [m for m in map(_BELONGS.fullmatch, sorted(files)) if m is not None]

    def names(self, kind: str) -> list[str]:
        return list(dict.fromkeys(match[kind] for match in self._matches if match[kind]))

    def parts(self) -> Iterator[Part]:
        """The table of every file that can be read."""
        for name in sorted({*self.names("sheet")} & {*self.names("request")}):
            what = _('The name "{name}" is taken.').format(name=name)
            why = _("There is {file} as well.").format(file=sheet_file(name))
            self._fault(request_file(name), what, why, _("Choose another."))
        files = [match[0] for match in self._matches if any(match[kind] for kind in _NAMED[:3])]
        # A mail may be there in other languages alone.
        for path in (CONFIG, *files, *map(mail_file, sorted(self.names("notification")))):
            table = self._table(path)
            part = None if table is None else part_of(path, table)
            if part is not None:
                yield part

    def validated(self, part: Part) -> Any:
        """A table as its model, or each of several; None for one with faults, which are kept."""
        if part.kind == "ends":
            return {name: self._end(part, name, end) for name, end in part.table.items()}
        model = self._validated(part.file, MODELS[part.kind], part.table)
        if isinstance(model, Sheet):
            # A criterion has a scale, its own or that of its panel.
            for name, field in model.fields.items():
                written = {*field.written, *model.written}
                if isinstance(field, ScoreField) and "scale" not in written:
                    self._missing(part.file, f"fields.{name}.scale", ScoreField)
        if isinstance(model, Notification) and "label" not in model.written:
            self._missing(part.file, "label", Notification)
        return model

    def _end(self, part: Part, name: str, table: Any) -> State | None:
        if not re.fullmatch(_NAME, name):
            self._fault(part.file, _('"{name}" cannot be a name here.').format(name=shown(name)))
        end = self._validated(part.file, End, table, f"{name}.")
        return None if end is None else State.checked({**vars(end), "ends": True})

    def _validated(self, file: str, model: type[M], table: Any, under: str = "") -> M | None:
        try:
            return validated(model, table)
        except ValidationError as error:
            faults = from_validation(file, validator(model), error)
            self.findings.extend(replace(fault, key=f"{under}{fault.key}") for fault in faults)
            return None

    def _missing(self, file: str, key: str, model: type[Model]) -> None:
        words = missing(key.rpartition(".")[2], validator(model))
        self.findings.append(Finding(file, key, *words))

    def _table(self, path: str) -> dict[str, Any] | None:
        if path not in self.files:
            mend = _("`ptce init` gives a model of it.")
            self._fault(path, _("This file is missing."), "", mend)
            return None
        content = self.files[path]
        if len(content) > LARGEST_FILE_BYTES:
            return None  # told with the other files
        try:
            text = content.decode("utf-8")
            return read_toml(text) if path.endswith(".toml") else self._mail(path, text)
        except UnicodeDecodeError as error:
            self._fault(path, *not_utf8(error))
        except TemplateFault as error:
            self.findings.append(error.at(path, 1).finding)
        except Misuse as error:
            self._fault(path, error.what, error.why, error.mend)
        return None

    def _mail(self, path: str, text: str) -> dict[str, Any]:
        """The keys of a mail; its heading is its label, where it has no other."""
        page = page_of(text)
        # Blank lines stand for the line before the keys, so that faults are told with theirs.
        keys = read_toml(f"\n{page.keys}")
        if not _HEADING.search(page.body):
            mend = _("Its first heading is its subject: write a line that begins with #.")
            what = _("This mail has no heading.")
            self.findings.append(Finding(path, "", what, "", mend, page.first_line))
            return {"label": path, **keys}
        heading = heading_of(page.body)
        return {"label": heading, **keys} if heading and "label" not in keys else keys

    def _fault(self, path: str, what: str, why: str = "", mend: str = "") -> None:
        self.findings.append(Finding(path, "", what, why, mend))
