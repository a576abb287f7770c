"""The tables of a folder of the first edition, put as those of the second: the meaning is kept.

Nothing is read here but tables as TOML gives them, whatever is wrong with them: what does not have
the shape of the first edition is left as it stands, and told by who reads on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.errors import Finding, shown
from ptce_workflow.base.text import suggestion
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.process.model.catalogues import Catalogue, below_name
from ptce_workflow.process.model.shared import Part

Table = dict[str, Any]
_NOWHERE: Table = {
    "when": "true",
    **dict.fromkeys(("says", "choice"), dict.fromkeys(LANGUAGES, "?")),
}


class Converted(Struct, frozen=True):
    """A folder put as one of the second edition, and what of the first could not be followed."""

    parts: tuple[Part, ...]
    catalogues: tuple[Catalogue, ...]
    copied: tuple[str, ...]
    """The rules that were written out because they named another, by their paths."""
    notified: Mapping[str, tuple[str, ...]]
    """The mails that each transition sets off, by its path, in their order."""
    findings: tuple[Finding, ...]


def is_first(parts: Iterable[Part]) -> bool:
    """True for a folder of the first edition: whose title, or else a label, is in languages."""
    title: Any = None
    labels: list[Any] = []
    for part in parts:
        if part.kind == "config":
            title = _table(part.table, "contest").get("title")
        labels.append(part.table.get("label"))
    return (
        isinstance(title, dict)
        if title is not None
        else any(isinstance(one, dict) for one in labels)
    )


def converted(parts: Iterable[Part]) -> Converted:
    """The tables of a folder of the first edition as those of the second, in the same files."""
    return _Conversion(tuple(parts)).made()


class _Conversion:
    """Puts one part after the other, and gathers what they say to one another."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.parts = parts
        config = next((part.table for part in parts if part.kind == "config"), {})
        spoken = _table(config, "contest").get("language")
        self.language = spoken if spoken in LANGUAGES else LANGUAGES[0]
        self.findings: list[Finding] = []
        self.named: dict[str, dict[tuple[str, str], str]] = {}
        self.copied: list[str] = []
        self.order: dict[str, list[str]] = {}
        self.causes: dict[str, list[str]] = {}
        self.rules = dict(_rules(parts))

    def made(self) -> Converted:
        # What mails leave for is known once every transition was looked at.
        order = sorted(self.parts, key=lambda part: part.kind == "notification")
        put = {part.file: self._spoken(replace(part, table=self._put(part))) for part in order}
        catalogues = (Catalogue(tag, named) for tag, named in self.named.items())
        parts = tuple(put[part.file] for part in self.parts)
        notified = MappingProxyType({path: tuple(names) for path, names in self.order.items()})
        return Converted(
            parts, tuple(catalogues), tuple(self.copied), notified, tuple(self.findings)
        )

    def _put(self, part: Part) -> Table:
        match part.kind:
            case "config":
                return self._config(part)
            case "sheet":
                return _sheet(part.table)
            case "state" | "gate":
                return self._holder(part)
            case "notification":
                causes = self.causes.get(part.name, [])
                put = {"uncertain": "ask"} | part.table
                return put | ({"on": causes} if causes and "on" not in put else {})
        return part.table

    def _config(self, part: Part) -> Table:
        spoken = _table(part.table, "contest").get("language", self.language)
        if isinstance(spoken, str) and spoken not in LANGUAGES:
            self._tell(
                part.file,
                "contest.language",
                _('"{word}" is not one of the accepted words.').format(word=shown(spoken)),
                _("Accepted: {words}.").format(words=", ".join(LANGUAGES)),
                suggestion(spoken, LANGUAGES),
            )
        limits = part.table.get("limits")
        if not isinstance(limits, dict):
            return part.table
        for name in limits:
            self._limit(part.file, f"limits.{name}", _table(limits, name))
        put = {name: _limit(one) if isinstance(one, dict) else one for name, one in limits.items()}
        return part.table | {"limits": put}

    def _limit(self, file: str, key: str, limit: Table) -> None:
        value, decimal = limit.get("value"), limit.get("decimal", False)
        if not isinstance(decimal, bool):
            kind = _("true or false")
            self._unlike(file, f"{key}.decimal", _("Expected: {kind}.").format(kind=kind))
        elif not decimal and isinstance(value, Decimal) and value.is_finite() and value % 1:
            self._tell(
                file,
                f"{key}.value",
                _("This limit is no whole number: {value}.").format(value=value),
                _("A limit is compared with counts, unless it says that it is decimal."),
                _("Add decimal = true to compare it with scores and decimal fields."),
            )

    # --- Transitions ----------------------------------------------------------------------------

    def _holder(self, part: Part) -> Table:
        written = part.table.get("transitions")
        if not isinstance(written, dict):
            return part.table
        put = {
            name: self._transition(part, name, one) if isinstance(one, dict) else one
            for name, one in written.items()
        }
        return part.table | {"transitions": put}

    def _transition(self, part: Part, name: str, written: Table) -> Table:
        put = dict(written)
        if "by" not in put and "at" not in put:
            put["by"] = []
        if isinstance(put.get("notify"), list):
            for mail in put.pop("notify"):
                self._cause(part, name, mail)
        rules = put.get("rules")
        if isinstance(rules, dict):
            key = f"transitions.{name}.rules"
            put["rules"] = {
                rule: self._rule(part.file, f"{key}.{rule}", one) if isinstance(one, dict) else one
                for rule, one in rules.items()
            }
            self.copied += [
                f"{part.name}.{name}.{rule}" for rule in rules if "same_as" in _table(rules, rule)
            ]
        return put

    def _cause(self, part: Part, transition: str, mail: object) -> None:
        known = [one.name for one in self.parts if one.kind == "notification"]
        key = f"transitions.{transition}.notify"
        if mail not in known:
            self._tell(
                part.file,
                key,
                _('"{name}" does not exist.').format(name=shown(str(mail))),
                _("A {kind} of this folder is expected here.").format(kind=_("notification")),
                suggestion(str(mail), known),
            )
            return
        causes, cause = self.causes.setdefault(str(mail), []), f"{part.name}.{transition}"
        if cause in causes:
            self._tell(
                part.file,
                key,
                _('"{name}" stands here more than once.').format(name=mail),
                _("It would be counted as often."),
                _("Name it once."),
            )
        else:
            causes.append(cause)
            self.order.setdefault(cause, []).append(str(mail))

    def _rule(self, file: str, key: str, rule: Table) -> Table:
        """A rule, written out where it only names another."""
        path = rule.get("same_as")
        if path is None:
            return rule
        for other in rule:
            if other != "same_as":
                self._tell(
                    file,
                    f"{key}.{other}",
                    _("A rule with `same_as` says nothing else."),
                    _("It is the other rule, word for word."),
                    _("Remove this key, or write the rule out."),
                )
        out = [name for name, one in self.rules.items() if "same_as" not in one]
        if path not in self.rules:
            what = _('"{name}" does not exist.').format(name=shown(str(path)))
            kind = _("rule written out")
            why = _("A {kind} of this folder is expected here.").format(kind=kind)
            self._tell(file, f"{key}.same_as", what, why, suggestion(str(path), out))
        elif path not in out:
            further = self.rules[path]["same_as"]
            mend = _('Write same_as = "{path}" instead.').format(path=further)
            self._tell(
                file,
                f"{key}.same_as",
                _('"{path}" is not written out either.').format(path=path),
                _("A rule that repeats another is read where that one stands, and no further."),
                mend if further in out else "",
            )
        # One that leads nowhere is told, once.
        return self.rules[path] if path in out else _NOWHERE

    def _tell(self, file: str, key: str, what: str, why: str, mend: str = "") -> None:
        self.findings.append(Finding(file, key, what, why, mend))

    def _unlike(self, file: str, key: str, why: str) -> None:
        self._tell(file, key, _("This value is not of the expected kind."), why)

    # --- Words ----------------------------------------------------------------------------------

    def _spoken(self, part: Part) -> Part:
        return replace(part, table=self._phrases(part, "", part.table))

    def _phrases(self, part: Part, key: str, value: Any) -> Any:
        """A value in which phrases in two languages stand in that of the contest."""
        if isinstance(value, list):
            return [
                self._phrases(part, f"{key}.{place}", one) for place, one in enumerate(value, 1)
            ]
        if not isinstance(value, dict):
            return value
        if {*LANGUAGES} & value.keys() and all(isinstance(one, str) for one in value.values()):
            return self._phrase(part, key, value)
        return {
            name: self._phrases(part, below_name(key, name), one) for name, one in value.items()
        }

    def _phrase(self, part: Part, key: str, written: Mapping[str, str]) -> str:
        for other in written.keys() - {*LANGUAGES}:
            what = _('"{key}" is not a known key.').format(key=other)
            self._tell(part.file, f"{key}.{other}", what, "", suggestion(other, LANGUAGES))
        for language in LANGUAGES:
            if not written.get(language, "?").strip():
                self._unlike(part.file, f"{key}.{language}", _("It must not be empty."))
            elif language not in written:
                self._tell(
                    part.file,
                    f"{key}.{language}",
                    _("The translation is missing: {language}.").format(language=language),
                    _("Whatever people read is written in every language of the contest."),
                )
        said = {language: phrase.strip() for language, phrase in written.items()}
        phrase = said.pop(self.language, "") or next(filter(None, said.values()), "?")
        for tag, words in said.items():
            name = below_name(part.place, key) if part.place else key
            self.named.setdefault(tag, {})[name, phrase] = words
        return phrase


def _rules(parts: Iterable[Part]) -> Iterator[tuple[str, Table]]:
    """Every rule as it is written, by its path."""
    for part in parts:
        if part.kind in ("state", "gate"):
            for name in (transitions := _table(part.table, "transitions")):
                rules = _table(_table(transitions, name), "rules")
                for rule, written in rules.items():
                    if isinstance(written, dict):
                        yield f"{part.name}.{name}.{rule}", written


def _limit(written: Table) -> Table:
    """A limit whose number tells by a point whether it is decimal."""
    value, decimal = written.get("value"), written.get("decimal", False)
    put = {key: one for key, one in written.items() if key != "decimal"}
    if decimal is True and type(value) is int:
        return put | {"value": Decimal(value)}
    if not decimal and isinstance(value, Decimal) and value.is_finite() and not value % 1:
        return put | {"value": int(value)}
    return put


def _sheet(sheet: Table) -> Table:
    put = dict(sheet)
    is_panel, mean, fields = bool(sheet.get("members")), sheet.get("mean"), sheet.get("fields")
    answered = False
    if isinstance(mean, dict):
        del put["mean"]
        put |= mean
        answered = "no_opinion" in mean
    if isinstance(fields, dict):
        put["fields"] = {
            name: _field(one, is_panel, answered) if isinstance(one, dict) else one
            for name, one in fields.items()
        }
    return put


def _field(field: Table, in_panel: bool, answered: bool) -> Table:
    if in_panel:
        lacks = answered and field.get("type") == "score" and "no_opinion" not in field
        return field | ({"no_opinion": False} if lacks else {})
    put = _required(field)
    columns = put.get("columns")
    if isinstance(columns, dict):
        put["columns"] = {
            name: _required(one) if isinstance(one, dict) else one for name, one in columns.items()
        }
    return put


def _required(field: Table) -> Table:
    if "required" in field or "computed" in field:
        return field
    return field | {"required": False}


def _table(table: Mapping[str, Any], key: str) -> Table:
    found = table.get(key)
    return found if isinstance(found, dict) else {}
