"""A kind of line is one class: whole, found by its name, written byte by byte as before."""

import ast
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import fields

import ptce_workflow.ledger.events.clauses as clauses
import ptce_workflow.ledger.events.mail as planned
import ptce_workflow.ledger.events.mail as usefulness
import ptce_workflow.ledger.examine as examine
import ptce_workflow.ledger.line as raw
import ptce_workflow.ledger.sitting_rules as conduct
from ptce_workflow.app.contest import Contest
from ptce_workflow.ledger.events import base as codec
from ptce_workflow.ledger.events.base import (
    KINDS,
    Clause,
    Context,
    Entry,
    Event,
    Story,
    Violation,
    register,
)
from tests.rehearsal import lines

CLAUSES = [one for one in vars(clauses).values() if isinstance(one, Clause)]


def every_kind() -> tuple[type[Event], ...]:
    return tuple(filter(None, map(codec.kind_of, codec.MODULES)))


def test_a_clause_has_one_name_and_one_sentence() -> None:
    """A name given twice would hide the clause that had it first."""
    tree = ast.parse(inspect.getsource(clauses))
    names = [ast.unparse(one.targets[0]) for one in tree.body if isinstance(one, ast.Assign)]
    assert len(names) == len(set(names))
    sentences = [one.says for one in CLAUSES]
    assert len(sentences) == len(set(sentences)) > 80


def test_every_kind_stands_where_the_index_says() -> None:
    kinds = every_kind()
    assert [kind.kind for kind in kinds] == list(codec.MODULES)
    assert {kind.kind: kind.__module__.rpartition(".")[2] for kind in kinds} == codec.MODULES
    assert KINDS.keys() == codec.MODULES.keys()


@pytest.mark.parametrize("kind", every_kind(), ids=lambda kind: kind.kind)
def test_every_key_says_what_it_is(kind: type[Event]) -> None:
    """The page tells of each key, and one that a line may lack is told to be left out."""
    for one in fields(kind):
        assert any(meta.description for meta in one.type.__metadata__), one.name
        assert one.required or one.default is UNSET, one.name
    assert kind.about in ("contest", "candidature", "either")


class Bare(Event, frozen=True):
    """A kind of line that forgets its law."""

    kind = "bare"
    tells = "nothing"
    about = "contest"

    def describe(self, line: Entry[Any], side: Any) -> Story:
        return iter(())


class Lawful(Bare, frozen=True):
    """The same, with a law."""

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        return iter(())


def test_no_kind_without_a_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody judges cannot be written."""
    monkeypatch.setattr("ptce_workflow.ledger.events.base.KINDS", {})
    with pytest.raises(TypeError, match="Bare lacks validate_new"):
        register(Bare)
    assert register(Lawful) is Lawful


def test_every_clause_may_be_broken() -> None:
    judges = {
        conduct,
        examine,
        usefulness,
        planned,
        *(inspect.getmodule(kind) for kind in every_kind()),
    }
    told = "".join(inspect.getsource(judge) for judge in judges if judge is not None)
    shared = inspect.getsource(clauses)
    names = [name for name, one in vars(clauses).items() if isinstance(one, Clause)]
    unused = [name for name in names if f"clauses.{name}" not in told]
    assert [name for name in unused if f"yield {name}(" not in shared] == []


def test_written_as_it_was_read(full: Contest) -> None:
    for content in lines(full):
        assert codec.decode(content).encode() == raw.decode(content).encode() == content


@pytest.mark.parametrize("name", ["Été", "a\\b", 'a"b', "\x7f", "𝄞", "line\nfeed"])
def test_what_needs_an_escape(full: Contest, name: str) -> None:
    content = lines(full)[0]
    line = codec.decode(content)
    other = type(line)(
        name, line.at, None, line.data, line.process, line.n, line.pd, line.prev, line.type
    )
    assert codec.decode(other.encode()) == other
    assert raw.decode(other.encode()).actor == name


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b'"rehearsal":true', b'"rehearsal":1', "Expected `bool`"),
        (b'"rehearsal":true', b'"rehearsal":true,"rehearsal":true', "canonical"),
        (b'"rehearsal":true', b'"rehearsal": true', "canonical"),
        (b',"rehearsal":true', b"", "missing required field `rehearsal`"),
        (b'"rehearsal":true', b'"more":1,"rehearsal":true', "unknown field `more`"),
        (b'"contest_created"', b'"contest_begun"', "no line is of this kind"),
        (b'"n":1', b'"n":0', "Expected `int` >= 1"),
        (b"000000Z", b"000000z", "Invalid isoformat"),
        (b'"at":"2024-02', b'"at":"2024-13', "month must be in"),
    ],
)
def test_what_no_kind_holds(full: Contest, old: bytes, new: bytes, why: str) -> None:
    content = lines(full)[0]
    assert old in content
    with pytest.raises(raw.Malformed, match=why):
        codec.decode(content.replace(old, new, 1))
