"""A rule told to people: what it says, what was observed, what is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import _
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.definition import Rule
from ptce_workflow.process.fields import Places, display
from ptce_workflow.process.process import Process
from ptce_workflow.process.questions import TableField
from ptce_workflow.process.scope import is_given, required_of

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


class Teller:
    """Tells values and rules of one process in one language."""

    def __init__(self, process: Process, language: str, places: Places) -> None:
        self.process = process
        self.language = language
        self.places = places

    def says(self, rule: Rule, case: Case, moment: Moment) -> str:
        """What a rule says, its placeholders replaced by their present values."""
        sentence = rule.says.in_(self.language) if rule.says else rule.when or ""
        return _PLACEHOLDER.sub(lambda found: self.value(found[1], case, moment), sentence)

    def value(self, name: str, case: Case, moment: Moment) -> str:
        """The present value of a variable, as people read it; "?" while it is not known."""
        known = self.known(name, case, moment)
        return "?" if known is None else known

    def observed(self, names: tuple[str, ...], case: Case, moment: Moment) -> str:
        """What a rule looked at in this candidature; what the folder itself says is left out.

        A rule that reads one fact only needs no label: what it says names the fact already.
        """
        told = list(dict.fromkeys(self._observations(names, case, moment)))
        if len(told) == 1:
            return told[0][1]
        return ", ".join(
            _("{label}: {value}").format(label=label, value=value) if label else value
            for label, value in told
        )

    def label(self, name: str) -> str:
        """What people call a variable."""
        field = self.process.definition.field(name.removeprefix("given."))
        if field is not None:
            return field.label.in_(self.language)
        root, _dot, rest = name.partition(".")
        config = self.process.definition.config
        if root in ("limit", "date", "total"):
            tables: dict[str, Any] = {
                "limit": config.limits,
                "date": config.dates,
                "total": config.totals,
            }
            return str(tables[root][rest].label.in_(self.language))
        if root == "given":
            return self.process.definition.sheets[rest].label.in_(self.language)
        if root == "entered":
            return self.process.states[rest].label.in_(self.language)
        return self._panel_label(root, rest) or name

    def _panel_label(self, sheet: str, figure: str) -> str:
        figures = {
            "total": _("mean of the panel"),
            "lowest": _("lowest mean of a criterion"),
            "voices": _("voices"),
            "expected": _("voices expected"),
            "rank": _("rank"),
        }
        return figures.get(figure, "") if sheet in self.process.definition.sheets else ""

    def _observations(
        self, names: tuple[str, ...], case: Case, moment: Moment
    ) -> Iterator[tuple[str, str]]:
        """What was seen, as label and value; what speaks for itself has no label."""
        for name in names:
            root, _dot, rest = name.partition(".")
            if root in ("limit", "date", "contest", "now", "actor"):
                continue
            if root == "given":
                lacking = [self.label(fact) for fact in self.missing_of(rest, case)]
                if lacking:
                    yield "", _("{labels} (not given)").format(labels=", ".join(lacking))
                continue
            value = self.known(name, case, moment)
            if value is None:
                continue
            field = self.process.definition.field(name)
            if isinstance(field, TableField):
                yield self.label(name), self._counts(field, case.facts[name])
            elif root == "total":
                yield "", _("{label}: {value}").format(label=self.label(name), value=value)
            elif (field is not None and field.type == "territory") or name == "received_at":
                yield "", value
            else:
                yield self.label(name), value

    def missing_of(self, name: str, case: Case) -> tuple[str, ...]:
        """The qualified names of what is required and not given, of a sheet or a single field."""
        sheet = self.process.definition.sheets.get(name)
        names = (name,) if sheet is None else required_of(name, sheet)
        return tuple(qualified for qualified in names if not is_given(case, qualified))

    def _counts(self, table: TableField, rows: list[dict[str, Any]]) -> str:
        """How many rows a table has, and how many of them say yes, or one thing or another."""
        told = []
        for name, column in table.columns.items():
            if column.type == "boolean":
                count = sum(1 for row in rows if row.get(name))
                told.append(f"{column.label.in_(self.language)} {count}")
            elif column.type == "option":
                counts = Counter(row.get(name) for row in rows)
                told += [
                    f"{words.in_(self.language)} {counts[option]}"
                    for option, words in column.options.items()
                    if counts[option]
                ]
        return f"{len(rows)} ({', '.join(told)})" if told else str(len(rows))

    def known(self, name: str, case: Case, moment: Moment) -> str | None:
        """The present value of a variable, as people read it; None while it is not known."""
        field = self.process.definition.field(name)
        if field is not None and name in case.facts:
            return display(field, case.facts[name], self.language, self.process.zone, self.places)
        value = self.process.scope.variables[name].read(case, moment)
        return None if value is None else self._plain(name, value)

    def _plain(self, name: str, value: Any) -> str:
        if isinstance(value, datetime):
            local = value.astimezone(self.process.zone)
            if name == "received_at":
                return speech.short_instant(local, self.process.zone, self.language, seconds=True)
            return speech.long_instant(local, self.process.zone, self.language)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int):
            decimal = self.process.scope.variables[name].type.name() == "UINT"
            return (
                speech.hundredths(value, self.language)
                if decimal
                else speech.number(value, self.language)
            )
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        return str(value)
