"""One candidature as documents print it: the values of texts in braces, and answers in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, speaking
from ptce_workflow.process.explain import PLACEHOLDER, Teller
from ptce_workflow.process.fields import FieldType
from ptce_workflow.process.model.documents import item_of
from ptce_workflow.process.model.shared import NOTHING, Rule
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment, RuleAnswer
from ptce_workflow.process.time.calendar import parse_span

UNKNOWN = "…"
"""The sign for a value that is not known: it may be filled in by hand."""

_OF_CASE = ("candidature.ref", "candidature.name", "candidature.state", "contest.title")
_OF_ORGANISER = ("organiser.name", "organiser.signatory", "organiser.place")
_PARTS = ("day", "hour", "ends")
"""The parts of an instant that a text may name alone."""


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """A field and what is recorded of it; `value` is None while it is not known."""

    name: str
    field: FieldType
    value: Any


def names_in_texts(process: Process) -> frozenset[str]:
    """Every name that the texts of documents may put in braces."""
    variables = process.scope.variables
    instants = (name for name, one in variables.items() if one.type.name() == "TIMESTAMP")
    parts = (f"{name}.{part}" for name in instants for part in _PARTS)
    return frozenset(
        (*variables, *process.definition.field_names(), *_OF_CASE, *_OF_ORGANISER, *parts)
    )


class Papers:
    """Tells one candidature in one language, as it stands at one moment."""

    def __init__(
        self,
        process: Process,
        case: Case,
        moment: Moment,
        language: str,
        lists: Mapping[str, Sequence[str]] = NOTHING,
    ) -> None:
        """Begins to tell a candidature; `lists` are those of a document."""
        self.process = process
        self.case = case
        self.moment = moment
        self.language = language
        self.lists = lists
        self._teller = Teller(process, language)

    @property
    def name(self) -> str:
        """The candidature's name; its reference once the name was erased."""
        name_field = self.process.definition.config.contest.name_field
        return str(self.case.private.get(name_field) or self.case.ref)

    def filled(self, text: str) -> str:
        """A text with values in place of the names in braces."""
        with speaking(self.language):
            return PLACEHOLDER.sub(lambda found: self._value(found[1]) or UNKNOWN, text)

    def listed(self, name: str) -> list[str]:
        """The items of a list whose condition holds, as people read them."""
        rules = {item: Rule(when=item_of(item)[1] or "true") for item in self.lists[name]}
        verdicts = self.process.judge_of_rules(rules).verdicts(self.case, self.moment)
        held = [item_of(one.rule)[0] for one in verdicts if one.answer is RuleAnswer.HOLDS]
        with speaking(self.language):
            return [said for one in held if (said := self._value(one))]

    def answers(self, entry: str) -> Iterator[DocumentAnswer]:
        """The recorded value of a field, or of each field of a sheet in its order.

        A field named alone is given even when nothing is known of it.
        """
        definition = self.process.definition
        sheet = definition.sheets.get(entry)
        if sheet is None:
            field = definition.field(entry)
            assert field is not None, "check accepts no document that prints what does not exist"
            yield DocumentAnswer(entry, field, self._recorded(entry, field))
            return
        for field_name, field in sheet.fields.items():
            name = f"{entry}.{field_name}"
            value = self._recorded(name, field)
            if value is not None:
                yield DocumentAnswer(name, field, value)

    def shown(self, field: FieldType, value: Any) -> str:
        """A recorded value as people read it."""
        if value is None:
            return UNKNOWN
        return field.display(value, self.language, self.process.zone)

    def _recorded(self, name: str, field: FieldType) -> Any:
        if field.is_computed:
            return self.process.scope.variables[name].read(self.case, self.moment)
        return self.case.answer(name, field)

    def _value(self, name: str) -> str | None:
        of_case = {
            "candidature.ref": self.case.ref,
            "candidature.name": self.name,
            "candidature.state": self.process.states[self.case.state].label.in_(self.language),
            "contest.title": self.process.definition.config.contest.title.in_(self.language),
        }
        if name in of_case:
            return of_case[name]
        if name in self.lists:
            *first, last = self.listed(name) or [UNKNOWN]
            return _(" and ").join(filter(None, (", ".join(first), last)))
        if name in _OF_ORGANISER:
            said = getattr(self.process.definition.config.organiser, name.partition(".")[2], None)
            return None if said is None else str(said.in_(self.language))
        whole, _dot, part = name.rpartition(".")
        known = (*self.process.scope.variables, *self.process.definition.field_names())
        if name not in known and part in _PARTS:
            instant = self.process.scope.variables[whole].read(self.case, self.moment)
            return None if instant is None else self._part(whole, part, instant)
        return self._teller.known(name, self.case, self.moment)

    def _part(self, name: str, part: str, instant: datetime) -> str | None:
        zone = self.process.zone
        if part == "day":
            return speech.long_date(instant, zone, self.language)
        if part == "ends":
            root, _dot, date = name.partition(".")
            known = self.process.definition.config.dates.get(date) if root == "date" else None
            if known is None or known.lasts is None:
                return None
            instant = parse_span(known.lasts).after(instant, zone)
        return speech.clock(instant, zone, self.language)
