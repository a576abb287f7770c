"""A rule told to people: what it says, what was observed, what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ptce_workflow.base import speech
from ptce_workflow.base.clock import local_time
from ptce_workflow.base.words import _
from ptce_workflow.process.fields import Places, TableField
from ptce_workflow.process.model.definition import Rule
from ptce_workflow.process.model.shared import Text
from ptce_workflow.process.model.surroundings import ORIGIN, SITTING, SURROUNDINGS
from ptce_workflow.process.panel.figures import FIGURES
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment
from ptce_workflow.process.rules.scope import is_given, required_of

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


class Teller:
    """Tells values and rules of one process in one language."""

    def __init__(self, process: Process, language: str, places: Places) -> None:
        self.process = process
        self.language = language
        self.places = places

    def says(self, rule: Rule, case: Case, moment: Moment) -> str:
        """The sentence of a rule, its placeholders replaced by their present values."""
        sentence = rule.says.in_(self.language) if rule.says else rule.when or ""
        return self._filled(sentence, case, moment)

    def filled(self, text: Text, case: Case, moment: Moment) -> str:
        """A phrase of the folder, its placeholders replaced by their present values."""
        return self._filled(text.in_(self.language), case, moment)

    def _filled(self, sentence: str, case: Case, moment: Moment) -> str:
        return _PLACEHOLDER.sub(lambda found: self.value(found[1], case, moment), sentence)

    def value(self, name: str, case: Case, moment: Moment) -> str:
        """The present value of a variable, as people read it; "?" while it is not known."""
        known = self.known(name, case, moment)
        return "?" if known is None else known

    def observed(self, names: tuple[str, ...], case: Case, moment: Moment) -> str:
        """The values that a rule looked at in this candidature, without those of the folder.

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
        """The label of a variable."""
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
        known = SURROUNDINGS.get(name)
        if known is not None:
            return _(known.label) or name
        if root == "given":
            return self.process.definition.sheets[rest].label.in_(self.language)
        if root == "entered":
            return self.process.states[rest].label.in_(self.language)
        return self._panel_label(root, rest) or name

    def _panel_label(self, sheet: str, figure: str) -> str:
        found = FIGURES.get(figure)
        return _(found.label) if found and sheet in self.process.definition.sheets else ""

    def _observations(
        self, names: tuple[str, ...], case: Case, moment: Moment
    ) -> Iterator[tuple[str, str]]:
        """The values seen, with their labels; one that speaks for itself has none."""
        # Names of which nothing can be seen in a candidature are left out first, then those whose
        # absence says more than a value would; only what is left has a value to show.
        for name in self._with_recusals(names, case, moment):
            root, _dot, rest = name.partition(".")
            if root in ("limit", "date", "contest", "now", "actor"):
                continue
            if case.origin is None and asks_for_origin(name):
                # Nobody can fill it in: beside what can be, it would read as one more gap.
                if not self._lacking(names, case):
                    yield "", _came_from(case)
                continue
            if root == "sitting" and moment.sitting is None:
                yield "", nobody_sits()
                continue
            if name == f"given.{ORIGIN}":
                yield "", _came_from(case)
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
                yield self.label(name), field.told(case.facts[name], self.language)
            elif root == "total":
                yield "", _("{label}: {value}").format(label=self.label(name), value=value)
            elif (field is not None and field.says_all) or name == "received_at":
                yield "", value
            else:
                yield self.label(name), value

    def _with_recusals(self, names: tuple[str, ...], case: Case, moment: Moment) -> Iterator[str]:
        """The names; beside the voices of a panel, those that are left and those stepped aside."""
        for name in names:
            yield name
            root, _dot, figure = name.partition(".")
            sheet = self.process.definition.sheets.get(root)
            if figure == "voices" and sheet is not None and sheet.is_panel:
                aside = self.process.scope.variables[f"{root}.recused"].read(case, moment)
                yield from (f"{root}.expected", f"{root}.recused") if aside else ()

    def missing_of(self, name: str, case: Case) -> tuple[str, ...]:
        """The qualified names of what is required and not given, of a sheet or a single field."""
        if name == ORIGIN:
            return ()
        sheet = self.process.definition.sheets.get(name)
        names = (name,) if sheet is None else required_of(name, sheet)
        return tuple(qualified for qualified in names if not is_given(case, qualified))

    def _lacking(self, names: tuple[str, ...], case: Case) -> bool:
        """True where one of the names asks for something that is not given."""
        asked = (name.removeprefix("given.") for name in names if name.startswith("given."))
        return any(self.missing_of(name, case) for name in asked)

    def known(self, name: str, case: Case, moment: Moment) -> str | None:
        """The present value of a field or a variable, as people read it; None while not known."""
        field = self.process.definition.field(name)
        answer = None if field is None else case.answer(name, field)
        if field is not None and answer is not None:
            return field.display(answer, self.language, self.process.zone, self.places)
        variable = self.process.scope.variables.get(name)
        value = None if variable is None else variable.read(case, moment)
        return None if value is None else self._plain(name, value)

    def _plain(self, name: str, value: Any) -> str:
        if isinstance(value, datetime):
            local = local_time(value, self.process.zone)
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


def nobody_sits() -> str:
    """The words for a rule that asks for a sitting while none is under way."""
    return _("nobody sits: `ptce deliberate`")


def asks_for_sitting(name: str) -> bool:
    """True where a name that rules read is known only while a panel sits."""
    root, _dot, rest = name.partition(".")
    return root == "sitting" and rest in SITTING


def asks_for_origin(name: str) -> bool:
    """True where a name that rules read tells of a hand-over: no answer would give it."""
    return name == f"given.{ORIGIN}" or name.startswith(f"{ORIGIN}.")


def _came_from(case: Case) -> str:
    if case.origin is None:
        return _("handed over by no contest")
    return _("handed over by {contest}").format(contest=case.origin["contest"])
