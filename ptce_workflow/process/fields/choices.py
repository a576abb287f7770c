"""Yes or no, one of several answers, some of several answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from ptce_workflow.base import speech
from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.text import alike, did_you_mean, nearest
from ptce_workflow.base.words import N_, _, language
from ptce_workflow.process.fields.answers import Unreadable, expected, line, read_each
from ptce_workflow.process.fields.base import (
    Cell,
    Computable,
    FieldType,
    SignedFor,
)
from ptce_workflow.process.model.shared import Name, Named, Text, declare

if TYPE_CHECKING:
    from cel_expr_python import cel


class BooleanField(Computable, Cell):
    """Yes or no; `bool` in rules."""

    type: ClassVar[str] = "boolean"
    in_rules: ClassVar[str] = "BOOL"
    wrapper: ClassVar[str] = "BoolValue"
    width: ClassVar[int] = 2

    legal_form_of: Name | None = declare(
        default=None,
        description=N_(
            "in a table, for a column that asks whether a structure is of the social economy: the "
            "text column that names it. The legal form that the name tells is proposed where the "
            "answer is missing, and a person is asked where it is another"
        ),
        examples=['"name"'],
    )

    def read(self, raw: Any, zone: ZoneInfo) -> bool:
        """Yes or no, in any language."""
        if isinstance(raw, bool):
            return raw
        if not isinstance(raw, str):
            raise expected(_("yes or no"), raw)
        text = line(raw)
        word = text.casefold()
        if word in speech.YES or word in speech.NO:
            return word in speech.YES
        raise Unreadable(
            _('"{text}" is neither yes nor no.').format(text=shown(text)),
            mend=_("Write {yes} or {no}.").format(yes=_("yes"), no=_("no")),
        )

    def records(self, value: Any) -> bool:
        """True where it is one of the two truths."""
        return type(value) is bool

    def sample(self) -> bool:
        """Yes."""
        return True

    def trials(self) -> tuple[bool, ...]:
        """Both answers."""
        return True, False

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """Yes or no, in words."""
        return _("yes") if value else _("no")

    def show_in_row(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """The answer with its label: yes alone would not say to what."""
        return _("{label}: {value}").format(
            label=self.label.in_(language), value=_("yes") if value else _("no")
        )

    def tally(self, values: Sequence[Any], language: str) -> list[str]:
        """The number of rows that say yes."""
        return [f"{self.label.in_(language)} {sum(1 for value in values if value)}"]


class _Choice(FieldType):
    """The part that both kinds of choice share."""

    options: Named[Text] = declare(description=N_("the answers, by name"), min_length=1)

    @property
    def answers(self) -> frozenset[str]:
        """The names of the answers."""
        return frozenset(self.options)

    def label_of(self, name: str, language: str) -> str:
        """The label of an answer; its name when the folder no longer has it."""
        label = self.options.get(name)
        return label.in_(language) if label else name

    def read_one(self, raw: Any) -> str:
        """The name of an answer, from its name or from its label in either language."""
        text, options = line(raw), self.options
        if text in options:
            return text
        found = [
            name
            for name, label in options.items()
            if alike(text) in (alike(name), *map(alike, label.spoken()))
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise Unreadable(
                _('"{text}" may mean several answers.').format(text=shown(text)),
                mend=_("Write one of their names: {names}.").format(names=", ".join(found)),
            )
        labels = (spoken for label in options.values() for spoken in label.spoken())
        told = (f"{label.in_(language())} ({name})" for name, label in options.items())
        raise Unreadable(
            _('"{text}" is not one of the answers.').format(text=shown(text)),
            _("Answers: {names}.").format(names="; ".join(told)),
            did_you_mean(nearest(text, [*labels, *options])),
        )


class OptionField(_Choice, SignedFor, Cell):
    """One of several answers; the option's name, a `string`, in rules."""

    type: ClassVar[str] = "option"
    rules_read: ClassVar[str] = N_("`string`: the name of the answer")
    in_rules: ClassVar[str] = "STRING"
    wrapper: ClassVar[str] = "StringValue"
    is_grouped: ClassVar[bool] = True

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        """The name of the answer, from its name or its label."""
        return self.read_one(raw)

    def records(self, value: Any) -> bool:
        """True where it is the name of an answer."""
        return type(value) is str and value in self.options

    def sample(self) -> str:
        """The first answer."""
        return next(iter(self.options))

    def trials(self) -> tuple[str, ...]:
        """Every answer."""
        return tuple(self.options)

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """The label of the answer."""
        return self.label_of(value, language)

    def tally(self, values: Sequence[Any], language: str) -> list[str]:
        """The number of rows with each answer, for those that are given."""
        counts = Counter(values)
        return [
            f"{self.label_of(name, language)} {counts[name]}"
            for name in self.options
            if counts[name]
        ]


class OptionsField(_Choice):
    """Some of several answers; `list(string)` in rules."""

    type: ClassVar[str] = "options"
    rules_read: ClassVar[str] = N_("`list(string)`: the names of the answers")

    def read(self, raw: Any, zone: ZoneInfo) -> list[str]:
        """The names of answers, in the order of the definition and none twice.

        On one line they are set apart by semicolons, or by commas where no label holds any.
        """
        if isinstance(raw, str):
            raw = self._taken_apart(raw)
        if not isinstance(raw, list):
            raise expected(_("a list"), raw)
        given = read_each(raw, self.read_one)
        return [name for name in self.options if name in given]

    def _taken_apart(self, text: str) -> list[str]:
        if ";" not in text:
            with suppress(Misuse):
                return [self.read_one(text)]
        separator = ";" if ";" in text else ","
        return [part for part in text.split(separator) if part.strip()]

    def records(self, value: Any) -> bool:
        """True where it lists names of answers, none twice and in the order of the definition."""
        return (
            type(value) is list
            and all(type(name) is str for name in value)
            and value == [name for name in self.options if name in value]
        )

    def sample(self) -> list[str]:
        """The first answer alone."""
        return [next(iter(self.options))]

    def trials(self) -> tuple[list[str], ...]:
        """All answers, one, and none."""
        return list(self.options), list(self.options)[:1], []

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """The labels of the answers."""
        return ", ".join(self.label_of(name, language) for name in value)

    def cel_type(self, qualified: str) -> cel.Type:
        """A list of texts."""
        # As in the base class.
        from cel_expr_python import cel

        return cel.Type.List(cel.Type.STRING)
