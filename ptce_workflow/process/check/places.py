"""The walk through a definition, and the place of each table in its file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain
from typing import Any, Generic, TypeVar

from msgspec import Struct

from ptce_workflow.base.errors import Finding, shown
from ptce_workflow.base.words import _, suggestion
from ptce_workflow.process.fields import FieldType
from ptce_workflow.process.model.base import Model, Text
from ptce_workflow.process.model.definition import ANY, START, Definition, Transition
from ptce_workflow.process.model.folder import (
    CONFIG,
    catalogue_file,
    mail_file,
    request_file,
    sheet_file,
    state_file,
)
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules import of_last

M = TypeVar("M", bound=Model, covariant=True)
N = TypeVar("N", bound=Model)


class Place(Struct, Generic[M], frozen=True):
    """A table, its file and keys; `holder` is its sheet, state or mail, "" in config.toml."""

    file: str
    holder: str
    keys: tuple[str, ...]
    table: M
    under: str = ""
    """The key below which the file has it, where it stands there with its like."""

    @property
    def name(self) -> str:
        return self.keys[-1] if self.keys else self.holder

    @property
    def path(self) -> str:
        """The names by which others refer to it: `sheet.field`, `state.transition.rule`."""
        return ".".join((self.holder or "".join(self.keys[:1]), *self.keys[1::2]))

    def key(self, *more: str) -> str:
        return ".".join(part for part in (self.under, *self.keys, *more) if part)

    def of(self, table: N, keys: tuple[str, ...] | None = None) -> Place[N]:
        return Place(self.file, self.holder, self.keys if keys is None else keys, table, self.under)

    def within(self, kind: type[N]) -> Iterator[Place[N]]:
        if isinstance(self.table, kind):
            yield self.of(self.table)
        for name in self.table.written:
            value, keys = getattr(self.table, name), (*self.keys, name.removesuffix("_"))
            if isinstance(value, Model):
                yield from self.of(value, keys).within(kind)
            for below, table in value.items() if isinstance(value, Mapping) else ():
                if isinstance(table, Model):
                    yield from self.of(table, (*keys, below)).within(kind)

    def fault(
        self, key: str, what: str, why: str = "", mend: str = "", /, **values: object
    ) -> Finding:
        """The fault of a key of the table, "" for its own; values fill in the braces."""
        return Finding(self.file, self.key(key), *worded(what, why, mend, **values))

    def missing(self, key: str, why: str, example: str = "") -> Finding:
        mend = instance(key, example) if example else ""
        return self.fault(key, _("The key {key} is missing.").format(key=key), why, mend)

    def unknown(
        self,
        key: str,
        name: str,
        names: Collection[str],
        kind: str,
        holder: FieldType | Sheet | None = None,
    ) -> Finding:
        """The fault of a name that leads nowhere, or to another kind of thing."""
        what = _('"{name}" does not exist.')
        if isinstance(holder, Sheet):
            what = _('"{name}" is not a panel.')
        elif holder is not None:
            what = _('"{name}" is a field of type {type}.')
        why = _("A {kind} of this folder is expected here.")
        words = {"name": shown(name), "type": getattr(holder, "type", ""), "kind": kind}
        return self.fault(key, what, why, "{near}", near=suggestion(name, names), **words)


Check = Callable[[Process, Place[Any]], Iterator[Finding]]
"""What is wrong with one table."""


def findings(process: Process, checks: Mapping[type[Model], Sequence[Check]]) -> Iterator[Finding]:
    for kind, several in checks.items():
        for place in places(process.definition, kind):
            for check in several:
                yield from check(process, place)


Words = tuple[str, str, str]
"""The words of a fault: what is wrong, why, and how to mend it."""


def worded(what: str, why: str = "", mend: str = "", /, **values: object) -> Words:
    if not values:
        return what, why, mend
    return what.format(**values), why.format(**values), mend.format(**values)


def instance(key: str, example: str) -> str:
    return _("For example: {key} = {example}").format(key=key, example=example)


def places(definition: Definition, kind: type[N]) -> Sequence[Place[N]]:
    """Every table of a kind that is written in the folder, where it is written."""
    every, by_kind = _every(definition)
    if kind not in by_kind:
        of_kind = (place for place in every if isinstance(place.table, kind))
        by_kind[kind] = tuple(place.of(place.table) for place in of_kind)
    cached: Sequence[Place[N]] = by_kind[kind]
    return cached


@of_last
def _every(definition: Definition) -> tuple[tuple[Place[Model], ...], dict[type, Any]]:
    """Every table, and a place to keep those of a kind: each is asked for again and again."""
    files: list[Place[Model]] = [Place(CONFIG, "", (), definition.config)]
    for name, sheet in definition.sheets.items():
        file = request_file(name) if sheet.is_request else sheet_file(name)
        files.append(Place(file, name, (), sheet))
    files.append(Place(state_file(START), START, (), definition.start))
    files.append(Place(state_file(ANY), ANY, (), definition.any))
    for name, state in definition.states.items():
        under = name if name in definition.ended else ""
        files.append(Place(definition.state_file(name), name, (), state, under))
    files += (Place(mail_file(n), n, (), mail) for n, mail in definition.notifications.items())
    return tuple(chain.from_iterable(place.within(Model) for place in files)), {}


def wordings(
    definition: Definition, place: Place[Model], key: str
) -> Iterator[tuple[str, str, str]]:
    """Every wording of a phrase of a table: its file, its key there, and what it says."""
    text: Any = reduce(_at, key.split("."), place.table)
    if not isinstance(text, Text):
        return
    own = definition.config.contest.language
    for language, words in ((own, text.phrase), *text.others.items()):
        yield place.file if language == own else catalogue_file(language), place.key(key), words


def _at(table: Any, key: str) -> Any:
    if isinstance(table, tuple):
        return table[int(key)]
    return table[key] if isinstance(table, Mapping) else getattr(table, key)


def origins(placed: Place[Transition]) -> tuple[str, ...]:
    return placed.table.from_ if placed.holder == ANY else (placed.holder,)
