"""Reading a folder: tables, positions of keys in files, translated words."""

from __future__ import annotations

import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from babel.core import UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from ptce_workflow.base.errors import Finding, Misuse, PtceError, shown
from ptce_workflow.base.notation import NotToml, read_toml
from ptce_workflow.base.words import _
from ptce_workflow.process.fields import ScoreField, field_types
from ptce_workflow.process.markdown import page_of
from ptce_workflow.process.model import folder
from ptce_workflow.process.model.base import Kind, Model, Name, Part, TemplateFault, Text
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
from ptce_workflow.process.model.notification import Notification
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.model.validation import (
    from_validation,
    missing,
    puts_in_a_list,
    validated,
    validator,
)

Position = tuple[int, int]
"""A line and a column, both counted from 1; columns in characters."""

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]++|#[^\n]*+)|(?P<newline>\n)|(?P<sign>[][{},.=])"
    r'|(?P<text>"""(?:\\.|(?!""")[^\\])*+""""{0,2}|' + r"'''(?:(?!''').)*+''''{0,2}"
    r'|"(?:\\.|[^"\\\n])*+"|' + r"'[^'\n]*+')|(?P<bare>[^]\s[{},.=#\"']++)",
    re.DOTALL,
)


def located(files: folder.Files, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each with the line and the column where its key stands, and in that order.

    A key that is not there has the place of the table that lacks it, a file as a whole its first
    line; a finding whose place is known keeps it, and one about a file that is missing has none.
    """
    files_read: dict[str, Mapping[str, Position]] = {}
    placed = []
    for finding in findings:
        file, line, column = finding.file, finding.line, finding.column
        if line is None and file in files:
            if file not in files_read:
                files_read[file] = _of_file(file, files[file])
            line, column = _nearest(files_read[file], finding.key)
        placed.append(replace(finding, line=line, column=line and (column or 1)))
    return tuple(sorted(placed, key=lambda f: (f.file, f.line or 0, f.column or 0)))


def _nearest(lines: Mapping[str, Position], key: str) -> Position:
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return lines.get(key, (1, 1))


def _of_file(file: str, content: bytes) -> Mapping[str, Position]:
    """The places of the keys of a file; where it stops being one under "", if it does."""
    text = content.decode("utf-8", "replace")
    if file.endswith(".toml"):
        return positions(text)
    if not file.endswith(".md") or not text.startswith("+++"):
        return {}
    try:
        page = page_of(text)
    except PtceError:
        return {}
    if page.first_line > 2 or not page.keys:
        return positions(f"\n{page.keys}")
    # All keys stand on the first line.
    before = text.index(page.keys)
    return {key: (1, before + column) for key, (_line, column) in positions(page.keys).items()}


def positions(text: str) -> Mapping[str, Position]:
    """The place of every key of a text in TOML, by its dotted name as faults tell it.

    Items of lists are counted from 1 in it; what stands in one is known without the number too,
    as that of the first. A text that is not TOML has the place where it stops to be under "".
    """
    try:
        read_toml(text)
        keys = _Scanner(text).keys
    except NotToml as error:
        return {"": (error.line, error.column)}
    except (Misuse, RecursionError):
        return {}
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    lines = {key: bisect_right(starts, at) for key, at in keys.items()}
    return {key: (line, keys[key] - starts[line - 1] + 1) for key, line in lines.items()}


class _Scanner:
    def __init__(self, text: str) -> None:
        self.keys: dict[str, int] = {}
        self._tokens = [
            (match.lastgroup or "", match[0], match.start())
            for match in _TOKEN.finditer(text)
            if match.lastgroup != "blank"
        ]
        self._tokens.append(("end", "", len(text)))
        self._next = 0
        self._tables_in: dict[tuple[str | int, ...], int] = {}
        table: tuple[str | int, ...] = ()
        while self._skip() != "end":
            if self._sign() == "[":
                self._next += 1
                is_item = self._sign() == "["
                self._next += is_item
                path = self._key(())
                self._next += 1 + is_item
                if is_item:
                    path = path[:-1] if isinstance(path[-1], int) else path
                    self._tables_in[path] = self._tables_in.get(path, 0) + 1
                    path = (*path, self._tables_in[path])
                table = path
            else:
                self._pair(table)

    def _pair(self, table: tuple[str | int, ...]) -> None:
        path = self._key(table)
        self._next += 1
        self._value(path)

    def _key(self, above: tuple[str | int, ...]) -> tuple[str | int, ...]:
        path = above
        while True:
            kind, written, at = self._tokens[self._next]
            part = tomllib.loads(f"key = {written}")["key"] if kind == "text" else written
            path = (*path, part)
            self._note(path, at)
            if path in self._tables_in:
                path = (*path, self._tables_in[path])
            self._next += 1
            if self._sign() != ".":
                return path
            self._next += 1

    def _value(self, path: tuple[str | int, ...]) -> None:
        opened = self._sign()
        if opened not in ("[", "{"):
            while self._tokens[self._next][0] in ("text", "bare") or self._sign() == ".":
                self._next += 1
            return
        self._next += 1
        count = 0
        while self._skip() != "end" and self._sign() not in ("]", "}"):
            if self._sign() == ",":
                self._next += 1
            elif opened == "{":
                self._pair(path)
            else:
                count += 1
                self._note((*path, count), self._tokens[self._next][2])
                self._value((*path, count))
        self._next += 1

    def _note(self, path: tuple[str | int, ...], at: int) -> None:
        for steps in (path, [step for step in path if isinstance(step, str)]):
            self.keys.setdefault(".".join(shown(str(step)) for step in steps), at)

    def _sign(self) -> str:
        kind, written, _at = self._tokens[self._next]
        return written if kind == "sign" else ""

    def _skip(self) -> str:
        while self._tokens[self._next][0] == "newline":
            self._next += 1
        return self._tokens[self._next][0]


_NAME = r"[a-z][a-z0-9_]*"
_TAG = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_MAIL = rf"notifications/(?P<notification>{_NAME})(?:\.(?P<language>{_TAG}))?\.md"
_BELONGS = re.compile(
    rf"config\.toml|states/(?P<state>{_NAME})\.toml|sheets/(?P<sheet>{_NAME})\.toml"
    rf"|requests/(?P<request>{_NAME})\.toml"
    rf"|{'|'.join(map(re.escape, (folder.LAYOUT, *folder.LOGOS)))}"
    rf"|texts/{_NAME}(?:\.{_TAG})?\.md|{_MAIL}|translations/(?P<tag>{_TAG})\.po"
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


def read_definition(files: folder.Files) -> tuple[Definition | None, tuple[Finding, ...]]:
    reader = _Reader(files)
    parts = tuple(reader.parts())
    catalogues, findings = folder.read_catalogues(files, tuple(reader.names("tag")))
    # What mails are called in other languages: the headings of their texts there.
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
    catalogues += tuple(folder.Catalogue(language, named) for language, named in headings.items())
    reader.findings.extend((*findings, *_strangers(files)))
    tables = [folder.translated(reader.validated(part), part.place, catalogues) for part in parts]
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


def part_of(path: str, table: dict[str, Any]) -> Part | None:
    """The table of a file, of the kind that its name tells; None for a file that has none."""
    match = _BELONGS.fullmatch(path)
    kind = next((kind for kind in _NAMED if match and match[kind]), None)
    if match is None or kind is None:
        return Part("config", "", path, table) if path == folder.CONFIG else None
    name = match[kind]
    if kind == "state" and name in (START, ANY):
        kind = "gate"
    # Where the ends stand together, each is a table; a state called so has a label of its own.
    elif kind == "state" and name == ENDS and all(isinstance(e, dict) for e in table.values()):
        kind = "ends"
    return Part(kind, name, path, table)


def _strangers(files: folder.Files) -> Iterator[Finding]:
    for path, content in files.items():
        if not _BELONGS.fullmatch(path):
            what = _("This file does not belong in a contest folder.")
            why = _("Every file of the folder is part of the process and of its hash.")
            mend = _(
                "Move it elsewhere, or name it as one of: config.toml, states/<name>.toml, "
                "sheets/<name>.toml, requests/<name>.toml, notifications/<name>.md, "
                "texts/<name>.md, "
                "translations/<language>.po, notifications/layout.html.j2, logo.png, logo.jpg."
            )
            if _LEFT_BEHIND.search(path):
                mend = _("An editor or a system left it there: delete it.")
            yield Finding(path, "", what, why, mend)
        elif len(content) > folder.LARGEST_FILE_BYTES:
            why = _("A file of the folder holds at most {most} bytes.")
            why = why.format(most=folder.LARGEST_FILE_BYTES)
            mend = _("Save it smaller: a few hundred pixels wide.") if path in folder.LOGOS else ""
            yield Finding(path, "", _("This file is too large."), why, mend)
        elif path in folder.LOGOS:
            continue
        elif unseen := _UNSEEN.search(text := content.decode("utf-8", "replace")):
            line = text.count("\n", 0, unseen.start()) + 1
            column = unseen.start() - text.rfind("\n", 0, unseen.start())
            what = _("Line {line} holds a character that cannot be seen: {code}.")
            what = what.format(line=line, code=f"U+{ord(unseen[0]):04X}")
            why = _("Such a character can make a line read otherwise than it is.")
            yield Finding(path, "", what, why, _("Type the line again."), line, column)


class _Reader:
    def __init__(self, files: folder.Files) -> None:
        self.files = files
        self.findings: list[Finding] = []
        self._matches = [m for m in map(_BELONGS.fullmatch, sorted(files)) if m is not None]

    def names(self, kind: str) -> list[str]:
        return list(dict.fromkeys(match[kind] for match in self._matches if match[kind]))

    def parts(self) -> Iterator[Part]:
        for name in sorted({*self.names("sheet")} & {*self.names("request")}):
            what = _('The name "{name}" is taken.').format(name=name)
            why = _("There is {file} as well.").format(file=folder.sheet_file(name))
            self._fault(folder.request_file(name), what, why, _("Choose another."))
        files = [match[0] for match in self._matches if any(match[kind] for kind in _NAMED[:3])]
        # A mail may be there in other languages alone.
        mails = map(folder.mail_file, sorted(self.names("notification")))
        for path in (folder.CONFIG, *files, *mails):
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
        if len(content) > folder.LARGEST_FILE_BYTES:
            return None  # reported with the other files
        try:
            text = content.decode("utf-8")
            return read_toml(text) if path.endswith(".toml") else self._mail(path, text)
        except UnicodeDecodeError as error:
            self._fault(path, *folder.not_utf8(error))
        except TemplateFault as error:
            self.findings.append(error.at(path, 1).finding)
        except Misuse as error:
            self._fault(path, error.what, error.why, error.mend)
        return None

    def _mail(self, path: str, text: str) -> dict[str, Any]:
        """The keys of a mail; its heading is its label, where it has no other."""
        page = page_of(text)
        # Blank lines stand for the line before the keys, so that faults have their lines.
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


class Undated(Catalog):
    """A catalogue whose header says nothing that changes from one day to the next."""

    def _headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", self.project),
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    mime_headers = property(_headers, Catalog._set_mime_headers)


def spoken(definition: Definition) -> Iterator[tuple[str, Text]]:
    """Every phrase to translate, by its dotted name; citations name headings, and are not."""
    for name, text in folder.phrases(definition, ""):
        if not name.endswith(".source"):
            within = f"states.{name}" if name.startswith((f"{START}.", f"{ANY}.")) else name
            kind, _dot, rest = within.partition(".")
            if kind == "sheets" and rest.partition(".")[0] in definition.requests:
                within = f"requests.{rest}"
            yield within.removeprefix("config."), text


def refreshed(definition: Definition, language: str, former: bytes | None) -> bytes:
    """The catalogue of a folder in a language: all its phrases, and what they are called so far.

    What the folder no longer says is kept at the end, as obsolete; a phrase that changed by a
    letter comes back untranslated.

    Raises: Misuse for a language that is none, ValueError for a catalogue that cannot be read.
    """
    contest = definition.config.contest
    try:
        new = Undated(locale=language.replace("-", "_"), project=contest.id, fuzzy=False)
    except (ValueError, UnknownLocaleError):
        what = _('"{language}" names no language.').format(language=language)
        raise Misuse(what, _("A language is written as in en, oc or pt-BR.")) from None
    new.header_comment = f"# {contest.title.phrase}"
    old = folder.po_of(former) if former is not None else Catalog()
    for name, text in spoken(definition):
        place = [(name, 0)]
        named = old.get(text.phrase, name)
        for entry in (named, old.get(text.phrase)):
            if entry is not None:
                flags = entry.flags & {"fuzzy"}
                new.add(text.phrase, entry.string, place, flags, context=entry.context)
        if named is None and text.phrase not in new:
            new.add(text.phrase, "", place)
        elif text.phrase in new:
            new.add(text.phrase, new[text.phrase].string, place)
    keys = {(entry.id, entry.context) for entry in new}
    for entry in (*old, *old.obsolete.values()):
        if entry.id and entry.string and (entry.id, entry.context) not in keys:
            new.obsolete[(entry.id, entry.context)] = entry
    stream = BytesIO()
    write_po(stream, new, width=100, include_lineno=False)
    return stream.getvalue()


FOLDER = "schemas"
"""The folder beside `config.toml` that holds them; it is no part of the process."""
_DIALECT = "http://json-schema.org/draft-07/schema#"
_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file by its name, described in the language in force.

    `config`, `sheet`, `request`, `state`, `gate` (`start` and `any`), `ends`; `mail` is that of
    the keys between the two `+++` of a mail.
    """
    by_kind: dict[str, dict[str, Any]] = {kind: _schema(model) for kind, model in MODELS.items()}
    by_kind["mail"] = by_kind.pop("notification")
    end = _schema(End)
    below = {"$defs": end.pop("$defs")} if "$defs" in end else {}
    (bound,) = get_args(Name)[1:]
    names = {"type": "object", "patternProperties": {bound.limits["pattern"]: end}}
    by_kind[ENDS] = {"$schema": _DIALECT, **names, "additionalProperties": False, **below}
    about = _("Written by `ptce schema` from what ptce takes in such a file: not to be edited.")
    return {kind: {"$comment": about} | schema for kind, schema in by_kind.items()}


def written_schemas() -> dict[str, bytes]:
    return {
        f"{FOLDER}/{kind}.json": f"{json.dumps(schema, ensure_ascii=False, indent=1)}\n".encode()
        for kind, schema in schemas().items()
    }


def _schema(model: type[Model]) -> dict[str, Any]:
    first_lines = {
        kind.__name__: (kind.__doc__ or "").strip().splitlines()[0]
        for kind in field_types().values()
    }
    schema: dict[str, Any]
    schema = _plain_schema(validator(model).model_json_schema(schema_generator=_Generator))
    for name, below in schema.get("$defs", {}).items():
        below.pop("description", "")  # the key under which it stands says what it is
        if name in first_lines:
            below["description"] = _(first_lines[name])
    schema.pop("description", "")
    return {"$schema": _DIALECT} | schema


class _Generator(GenerateJsonSchema):
    """Schemas of what TOML can say: it has no null, its numbers are numbers, its days are text."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Decimal):
            return int(dft) if dft == int(dft) else float(dft)
        return None if isinstance(dft, Model) else super().encode_default(dft)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> dict[str, Any]:
        return {"type": "number"} | {key: bound for key, bound in schema.items() if key in _BOUNDS}

    def date_schema(self, schema: core_schema.DateSchema) -> dict[str, Any]:
        return {"type": "string"}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> dict[str, Any]:
        return {"type": "string"}

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> dict[str, Any]:
        inner = super().function_before_schema(schema)
        if schema["function"]["function"] is not puts_in_a_list:
            return inner
        return {"anyOf": [{"type": "string"}, inner]}


def _plain_schema(schema: Any) -> Any:
    """A schema of pydantic's without what says nothing to who writes a folder."""
    if isinstance(schema, list):
        return [_plain_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties", "$defs"):
            plain[key] = {name: _plain_schema(below) for name, below in value.items()}
        elif key in _PUT:
            plain |= _PUT[key](value)
        elif key not in ("title", "discriminator", "propertyNames"):
            plain[_BOUNDS.get(str(key), str(key))] = _plain_schema(value)
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    if isinstance(several := plain.get("anyOf"), list):
        plain["anyOf"] = [item for n, item in enumerate(several) if item not in several[:n]]
    return plain


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_json(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


_PUT: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "default": lambda value: {} if value in (None, [], {}) else {"default": value},
    "examples": lambda written: {
        "examples": [_as_json(tomllib.loads(f"key = {example}")["key"]) for example in written]
    },
    "description": lambda text: {"description": _(text)},
}
