"""Ledger lines decoded to events, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, NoReturn

from msgspec import DecodeError, ValidationError
from msgspec import json as msgspec_json

from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import _
from ptce_workflow.ledger import line as raw
from ptce_workflow.ledger.events.base import KINDS, NO_SIDES, Entry, Event, Side, Sides
from ptce_workflow.ledger.line import Malformed, are_hashes

_SUBJECTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("contest", ("contest_created", "engine_changed", "clock_accepted", "contest_facts_recorded")),
    ("contest", ("person_enrolled", "person_left")),
    ("contest", ("process_adopted", "key_changed")),
    ("candidature", ("candidature_opened", "candidature_handed_over")),
    ("facts", ("sheet_received", "note_written")),
    ("facts", ("facts_recorded", "facts_received", "facts_rectified")),
    ("candidature", ("facts_carried",)),
    ("panel", ("links_declared", "links_cleared", "scores_given", "scores_rectified")),
    ("panel", ("institution_recused", "recusal_lifted", "rank_recorded")),
    ("sitting", ("sitting_convened", "convocation_recorded", "sitting_opened", "vote_taken")),
    ("sitting", ("deviation_decided", "sitting_closed")),
    ("transition", ("transition_made", "transition_refused")),
    ("mail", ("messages_planned", "messages_cancelled", "messages_released", "messages_expired")),
    ("delivery", ("message_sent", "message_failed", "message_uncertain")),
    ("delivery", ("message_resolved", "message_bounced", "message_edited", "message_dropped")),
    ("erasure", ("personal_data_erased",)),
)
MODULES: Mapping[str, str] = {kind: name for name, kinds in _SUBJECTS for kind in kinds}
"""The module of each kind of line, in the order of the page that tells of them."""

_UNREADABLE = (ValidationError, DecodeError, RecursionError, ValueError)


def kind_of(name: str) -> type[Event] | None:
    if name not in KINDS and name in MODULES:
        import_module(f"ptce_workflow.ledger.events.{MODULES[name]}")
    return KINDS.get(name)


def every_kind() -> Iterator[type[Event]]:
    """Every kind of line, in the order of the page that tells of them."""
    for name in MODULES:
        kind = kind_of(name)
        assert kind is not None
        yield kind


def decode(content: bytes) -> Entry[Any]:
    """A line, strictly, to every byte. Raises: Malformed."""
    entry = read(content)
    try:
        plain = (
            _comes_back(entry.at)
            and (entry.pd is None or are_hashes(entry.pd))
            and not (b"\\" in content or b"\x7f" in content)
            and entry.plainly() == content
        )
    except ValueError as error:
        raise Malformed(str(error)) from error
    if not plain:
        # What the fast encoder writes otherwise, and what is wrong, is reported by the slow reader.
        raw.decode(content)
    return entry


def read(content: bytes) -> Entry[Any]:
    """A line for what it says; `decode` examines its bytes. Raises: Malformed."""
    try:
        return _decoders(kind_in(content))[0](content)
    except _UNREADABLE as error:
        raise Malformed(str(error)) from error


@lru_cache(maxsize=8)
def _comes_back(at: str) -> bool:
    """True for an instant written as lines write it; the lines of an act share theirs."""
    return to_text(from_text(at)) == at


def read_side(kind: str, text: str) -> Side:
    """Reads, strictly, the erasable part of a line of some kind. Raises: Malformed."""
    try:
        return _decoders(kind.encode())[1](text)
    except _UNREADABLE as error:
        raise Malformed(str(error)) from error


def is_decisive(content: bytes) -> bool:
    """Whether a checkpoint follows the line. Raises: Malformed for a broken decisive line."""
    kind = kind_written(kind_in(content))
    may_be = kind is None or kind.decisive or kind.is_decisive is not Event.is_decisive
    return may_be and bool(read(content).data.is_decisive)


Read = tuple[Entry[Any], Sides]
"""A line, and what is left of its side rows, by subject."""

Row = tuple[int, tuple[Any, ...] | None, Sequence[tuple[Any, ...]]]
"""A number, a line and its side rows as they are stored.

The bytes of a line come last; of a side row, the subject comes second, and what it says last.
"""


def read_rows(rows: Iterable[Row]) -> tuple[list[Read], tuple[int, Exception] | None]:
    """What rows say, up to the first damaged one, its number and its error."""
    reads: list[Read] = []
    for n, row, sides in rows:
        if row is None:
            continue
        content = row[-1]
        try:
            line_of, side_of = _decoders(kind_in(content))
            line = line_of(content)
            side_by_subject = {side[1]: side_of(side[-1]) for side in sides} if sides else NO_SIDES
            reads.append((line, side_by_subject))
        except (TypeError, *_UNREADABLE) as error:
            return reads, (n, error)
    return reads, None


_TYPE = b'"type":"'
"""The last of the sorted keys; what follows it is the kind, and three bytes."""


def kind_in(content: bytes) -> bytes:
    return content[content.rfind(_TYPE) + len(_TYPE) : -3]


def kind_written(name: bytes) -> type[Event] | None:
    """The event of a kind as it is written; None where no line is of this kind."""
    return kind_of(name.decode("ascii", "replace"))


@cache
def _decoders(name: bytes) -> tuple[Callable[[bytes], Entry[Any]], Callable[[str], Side]]:
    kind = kind_written(name)
    if kind is None:
        return _of_no_kind, _without_sides
    line = msgspec_json.Decoder(Entry[kind]).decode  # type: ignore[valid-type]
    return line, msgspec_json.Decoder(kind.private).decode if kind.private else _without_sides


def _of_no_kind(content: bytes) -> NoReturn:
    raw.read(content)
    raise Malformed(_("no line is of this kind"))


def _without_sides(_text: str) -> NoReturn:
    raise Malformed(_("a line of this kind has no side row"))
