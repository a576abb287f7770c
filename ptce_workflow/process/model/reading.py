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
from ptce_workflow.process.letters.readable import TemplateFault
from ptce_workflow.process.model.catalogues import Catalogue, read_catalogues, translated
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
    state_file,
)
from ptce_workflow.process.model.notation import read_toml
from ptce_workflow.process.model.positions import located
from ptce_workflow.process.model.shared import Kind, Model, Part
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.model.validation import from_validation, missing, validated, validator

_NAME = r"[a-z][a-z0-9_]*"
_TAG = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_MAIL = rf"notifications/(?P<mail>{_NAME})(?:\.(?P<said>{_TAG}))?\.md"
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
_MODELS: Mapping[Kind, type[Model]] = {
    "config": Config,
    "state": State,
    "gate": Gate,
    "sheet": Sheet,
    "request": Request,
    "notification": Notification,
}
M = TypeVar("M", bound=Model)


def read_definition(files: Files) -> tuple[Definition | None, tuple[Finding, ...]]:
    """Reads every file of a folder; what it says, or every fault that was found.

    *Shape* the definition is None as soon as one file cannot be read.
    """
    reader = _Reader(files)
    parts = tuple(reader.parts())
    catalogues, findings = read_catalogues(files, tuple(reader.names("tag")))
    catalogues += _headings(files, parts)
    reader.findings.extend((*findings, *_strangers(files)))
    made = [(part, translated(reader.made(part), part.place, catalogues)) for part in parts]
    if reader.findings:
        return None, located(files, sorted(set(reader.findings)))
    of: dict[Kind, dict[str, Any]] = {kind: {} for kind in get_args(Kind)}
    for part, table in made:
        of[part.kind][part.name] = table
    ends = of["ends"].get(ENDS, {})
    tables: dict[str, Any] = {
        "config": of["config"][""],
        "sheets": MappingProxyType({**of["request"], **of["sheet"]}),
        "states": MappingProxyType(dict(sorted({**of["state"], **ends}.items()))),
        "start": of["gate"].get(START, Gate()),
        "any": of["gate"].get(ANY, Gate()),
        "notifications": MappingProxyType(of["notification"]),
    }
    if ends:
        tables["ended"] = tuple(ends)
    return completed(Definition.checked(tables)), ()


def heading_of(body: str) -> str:
    """The heading of a mail's text, where it says the same in every letter; else ""."""
    found = _HEADING.search(body)
    return "" if found is None or "{" in found["words"] else found["words"]


def _headings(files: Files, parts: Sequence[Part]) -> tuple[Catalogue, ...]:
    """What mails are called in other languages: the headings of their texts there."""
    labels = {part.name: part.table.get("label") for part in parts if part.kind == "notification"}
    said: dict[str, dict[tuple[str, str], str]] = {}
    for path, content in files.items():
        found = _BELONGS.fullmatch(path)
        label = labels.get(found["mail"]) if found and found["said"] else None
        if found and isinstance(label, str):
            with suppress(TemplateFault, UnicodeDecodeError):
                heading = heading_of(page_of(content.decode()).body)
                if heading:
                    named = (f"notifications.{found['mail']}.label", label.strip())
                    said.setdefault(found["said"], {})[named] = heading
    return tuple(Catalogue(language, named) for language, named in said.items())


def _strangers(files: Files) -> Iterator[Finding]:
    """Files that do not belong, are too large, or hide something."""
    for path, content in files.items():
        if not _BELONGS.fullmatch(path):
            yield Finding(
                path,
                "",
                _("This file does not belong in a contest folder."),
                _("Every file of the folder is part of the process and of its hash."),
                _("An editor or a system left it there: delete it.")
                if _LEFT_BEHIND.search(path)
                else _(
                    "Move it elsewhere, or name it as one of: config.toml, states/<name>.toml, "
                    "sheets/<name>.toml, requests/<name>.toml, notifications/<name>.md, "
                    "texts/<name>.md, "
                    "translations/<language>.po, notifications/layout.html.j2."
                ),
            )
        elif len(content) > LARGEST_FILE_BYTES:
            yield Finding(
                path,
                "",
                _("This file is too large."),
                _("A file of the folder holds at most {most} bytes.").format(
                    most=LARGEST_FILE_BYTES
                ),
            )
        elif found := _UNSEEN.search(text := content.decode("utf-8", "replace")):
            line = text.count("\n", 0, found.start()) + 1
            yield Finding(
                path,
                "",
                _("Line {line} holds a character that cannot be seen: {code}.").format(
                    line=line, code=f"U+{ord(found[0]):04X}"
                ),
                _("Such a character can make a line read otherwise than it is."),
                _("Type the line again."),
                line,
                found.start() - text.rfind("\n", 0, found.start()),
            )


class _Reader:
    """Reads one file after the other and keeps the faults of all."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.findings: list[Finding] = []
        self._found = [m for m in map(_BELONGS.fullmatch, sorted(files)) if m is not None]

    def names(self, kind: str) -> list[str]:
        return list(dict.fromkeys(match[kind] for match in self._found if match[kind]))

    def parts(self) -> Iterator[Part]:
        """The table of every file that can be read."""
        listed: list[tuple[Kind, str, str]] = [("config", "", CONFIG)]
        for name in self.names("state"):
            kind: Kind = "gate" if name in (START, ANY) else "state"
            listed.append((kind, name, state_file(name)))
        listed += [("sheet", name, sheet_file(name)) for name in self.names("sheet")]
        listed += [("request", name, request_file(name)) for name in self.names("request")]
        for name in sorted({*self.names("sheet")} & {*self.names("request")}):
            self._fault(
                request_file(name),
                _('The name "{name}" is taken.').format(name=name),
                _("There is {file} as well.").format(file=sheet_file(name)),
                _("Choose another."),
            )
        listed += [("notification", name, mail_file(name)) for name in sorted(self.names("mail"))]
        for kind, name, file in listed:
            table = self._table(file)
            if table is not None:
                yield Part(_kind(kind, name, table), name, file, table)

    def made(self, part: Part) -> Any:
        """A table as its model, or each of several; None for one with faults, which are kept."""
        if part.kind == "ends":
            return {name: self._end(part, name, one) for name, one in part.table.items()}
        made = self._validated(part.file, _MODELS[part.kind], part.table)
        if isinstance(made, Sheet):
            self._scales(part.file, made)
        if isinstance(made, Notification) and "label" not in made.written:
            self._missing(part.file, "label", Notification)
        return made

    def _end(self, part: Part, name: str, table: Any) -> State | None:
        if not re.fullmatch(_NAME, name):
            self._fault(part.file, _('"{name}" cannot be a name here.').format(name=shown(name)))
        made = self._validated(part.file, End, table, f"{name}.")
        return None if made is None else State.checked({**vars(made), "ends": True})

    def _validated(self, file: str, model: type[M], table: Any, under: str = "") -> M | None:
        try:
            return validated(model, table)
        except ValidationError as error:
            found = from_validation(file, validator(model), error)
            self.findings.extend(replace(one, key=f"{under}{one.key}") for one in found)
            return None

    def _scales(self, file: str, sheet: Sheet) -> None:
        """A criterion has a scale, its own or that of its panel."""
        for name, field in sheet.fields.items():
            if isinstance(field, ScoreField) and not {"scale"} & {*field.written, *sheet.written}:
                self._missing(file, f"fields.{name}.scale", ScoreField)

    def _missing(self, file: str, key: str, model: type[Model]) -> None:
        last = key.rpartition(".")[2]
        words = missing(last, validator(model).model_fields[last])
        self.findings.append(Finding(file, key, *words))

    def _table(self, path: str) -> dict[str, Any] | None:
        if path not in self.files:
            self._fault(
                path, _("This file is missing."), mend=_("`ptce init` gives a model of it.")
            )
            return None
        content = self.files[path]
        if len(content) > LARGEST_FILE_BYTES:
            return None  # told with the other files
        try:
            text = content.decode("utf-8")
            return read_toml(text) if path.endswith(".toml") else self._mail(path, text)
        except UnicodeDecodeError as error:
            self._fault(
                path,
                _("This file is not UTF-8 text."),
                _("Byte {position} cannot be read.").format(position=error.start),
                _("Save it again as UTF-8."),
            )
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


def _kind(kind: Kind, name: str, table: dict[str, Any]) -> Kind:
    """Where the ends stand together, each is a table; a state called so has a label of its own."""
    together = name == ENDS and all(isinstance(one, dict) for one in table.values())
    return "ends" if kind == "state" and together else kind
