"""Words that name something of the contest, by its key or as people read it.

A parameter of one of these types is asked of the contest once the line is read: the command gets
the key. A word that means nothing is left as it was typed, and refused by whoever looks it up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

import click

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.text import meant
from ptce_workflow.base.words import LANGUAGES, _, speaking

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.process.model.shared import Text
    from ptce_workflow.process.process import Process

OF_CONTEST = "contest"
"""What stands for the contest where a candidature's reference is asked for."""
Labels = Mapping[str, Iterable[str]]


class ContestReader(Protocol):
    """Who knows the contest: the invocation of a command."""

    @property
    def contest(self) -> Contest:
        """The contest."""

    def reference(self, word: str) -> str:
        """The reference of the candidature that a word means."""


class Labelled(Protocol):
    """Something of the folder that has a name for people."""

    @property
    def label(self) -> Text:
        """Its name, as people read it."""


class Meant(click.ParamType[str]):
    """A word for which the contest knows the key."""

    name = "word"

    def __init__(self, find: Callable[[ContestReader, str], str]) -> None:
        self.find = find

    def found(self, call: ContestReader, value: Any) -> Any:
        """The key, or the keys of several words; nothing where nothing was typed."""
        if isinstance(value, tuple):
            return tuple(self.find(call, word) for word in value)
        return None if value is None else self.find(call, value)


def key_meant(word: str, labels: Labels) -> str:
    """The key that a word names, by itself or by a label; the word where it names none.

    *Raises* Misuse where it names several.
    """
    found = meant(word, labels)
    if len(found) > 1:
        raise Misuse(
            _('"{text}" may mean several things.').format(text=word),
            mend=_("Write one of their names: {names}.").format(names=", ".join(found)),
        )
    return found[0] if found else word


def _labelled(labels: Callable[[Process], Labels]) -> Meant:
    return Meant(lambda call, word: key_meant(word, labels(call.contest.process)))


def spoken(labelled: Mapping[str, Labelled]) -> Labels:
    """The labels of things of the folder, in every language that they are written in."""
    return {name: one.label.spoken() for name, one in labelled.items()}


def institutions(process: Process) -> Labels:
    """What institutions are called: their labels and the other names of theirs."""
    known = process.definition.config.institutions
    return {name: (*one.label.spoken(), *one.names) for name, one in known.items()}


def transition_meant(process: Process, word: str, among: Iterable[str]) -> str:
    """The transition that a word names among those out of some states, else among all of them.

    *Raises* Misuse where it names several.
    """
    near = [way for state in among for way in process.ways(state).values()]
    for ways in (near, [way for way in process.every_way() if way.moves]):
        labels: dict[str, tuple[str, ...]] = {}
        for way in ways:
            labels[way.name] = (*labels.get(way.name, ()), *way.transition.label.spoken())
        if (found := key_meant(word, labels)) in labels:
            return found
    return word


def field_meant(fields: Mapping[str, Labelled], word: str) -> str:
    """The field, or the column, that a word names by itself or by its label."""
    return key_meant(word, spoken(fields))


def answers_meant(
    process: Process, answers: Mapping[str, Mapping[str, Any]], transitions: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Answers to what some transitions ask for, each by sheet and field, however it was named.

    A field is named whole (`award.amount`), by itself, or by its label.
    """
    every = (way.transition.asks for way in process.every_way() if way.name in transitions)
    labels: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(chain.from_iterable(every)):
        field = process.definition.field(name)
        labels[name] = () if field is None else (name.partition(".")[2], *field.label.spoken())
    found: dict[str, dict[str, Any]] = {}
    for sheet, told in answers.items():
        for word, answer in told.items():
            whole = key_meant(".".join(filter(None, (sheet, word))), labels)
            holder, _dot, field_name = whole.rpartition(".")
            found.setdefault(holder, {})[field_name] = answer
    return found


def _role(call: ContestReader, word: str) -> str:
    from ptce_workflow.ledger.events.people import ROLES
    from ptce_workflow.process.process import role_label

    labels: dict[str, list[str]] = {role: [] for role in ROLES}
    for language in LANGUAGES:
        with speaking(language):
            for role, said in labels.items():
                said.append(role_label(role))
    return key_meant(word, labels)


REFERENCE = Meant(lambda call, word: call.reference(word))
REFERENCE_OR_CONTEST = Meant(
    lambda call, word: word if word == OF_CONTEST else call.reference(word)
)
INSTITUTION = _labelled(institutions)
ROLE = Meant(_role)
SHEET = _labelled(lambda process: spoken(process.definition.sheets))
DOCUMENT = _labelled(lambda process: spoken(process.definition.config.documents))
SITTING = _labelled(lambda process: spoken(process.definition.config.sittings))
DATE = _labelled(lambda process: spoken(process.definition.config.dates))
