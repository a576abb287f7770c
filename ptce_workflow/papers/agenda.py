"""Reads the agenda of a sitting from a TOML file: who is there, and how they voted.

Whether its names lead anywhere is the desk's matter; here every key is known and of its kind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.text import suggestion
from ptce_workflow.base.words import _
from ptce_workflow.papers.files import of_file, read_text
from ptce_workflow.process.model.notation import read_toml
from ptce_workflow.process.panel.agenda import Agenda, Deviation, VotedOrder

_KEYS = ("sitting", "present", "chair", "deviations", "orders", "reasons")
_VOTE = ("ayes", "noes", "reason")


def read_agenda(path: Path) -> Agenda:
    """The agenda that a file holds.

    *Raises* Misuse, with the key, for what is missing, unknown or not of its kind.
    """
    text = read_text(path)
    try:
        return agenda_of(read_toml(text))
    except Misuse as error:
        raise of_file(path, error) from None


def agenda_of(table: Mapping[str, Any]) -> Agenda:
    """The agenda that a table holds; see `read_agenda`."""
    _known(table, _KEYS, "")
    if "present" not in table:
        raise Misuse(
            _("The agenda does not say who is present."),
            mend=_("For example: {example}").format(example='present = ["…", "…"]'),
        )
    return Agenda(
        present=_names(table["present"], "present"),
        sitting=_text(table, "sitting", "") or None,
        chair=_text(table, "chair", "") or None,
        deviations=tuple(_deviations(table)),
        orders=tuple(_orders(table)),
        reasons={
            ref: _text(_table(table, "reasons", ""), ref, "reasons.")
            for ref in _table(table, "reasons", "")
        },
    )


def _deviations(table: Mapping[str, Any]) -> Iterator[Deviation]:
    deviations = _table(table, "deviations", "")
    for ref in deviations:
        place = f"deviations.{ref}."
        vote = _table(deviations, ref, "deviations.")
        _known(vote, ("transition", *_VOTE), place)
        transition = _text(vote, "transition", place)
        if not transition:
            raise _not_a(place + "transition", _("the name of a transition"))
        yield Deviation(ref, transition, *_vote(vote, place))


def _orders(table: Mapping[str, Any]) -> Iterator[VotedOrder]:
    orders = _table(table, "orders", "")
    for name in orders:
        place = f"orders.{name}."
        vote = _table(orders, name, "orders.")
        _known(vote, ("refs", *_VOTE), place)
        yield VotedOrder(_names(vote.get("refs"), place + "refs"), *_vote(vote, place))


def _vote(vote: Mapping[str, Any], place: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The reason, those for and those against."""
    ayes, noes = (_names(vote.get(key, []), place + key) for key in ("ayes", "noes"))
    return _text(vote, "reason", place), ayes, noes


def _known(table: Mapping[str, Any], keys: Collection[str], place: str) -> None:
    for key in table:
        if key not in keys:
            raise Misuse(
                _('The agenda knows no key "{key}".').format(key=place + key),
                _("Accepted: {words}.").format(words=", ".join(keys)),
                suggestion(key, keys),
            )


def _table(table: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise _not_a(place + key, _("a table of its own: [{key}]").format(key=place + key))
    return found


def _text(table: Mapping[str, Any], key: str, place: str) -> str:
    found = table.get(key, "")
    if not isinstance(found, str):
        raise _not_a(place + key, _("a text between quotation marks"))
    return found


def _names(found: Any, key: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise _not_a(key, _('a list of names: ["…", "…"]'))
    return tuple(found)


def _not_a(key: str, expected: str) -> Misuse:
    return Misuse(_('"{key}" is not what it must be.').format(key=key), mend=expected)
