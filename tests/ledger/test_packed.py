"""Kept small or not, a struct is the same, and stands where it stood."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.ledger.packed import MOST_UNPACKED, Packed
from ptce_workflow.ledger.state import Message
from ptce_workflow.process.letters.outbox import Stage
from ptce_workflow.process.letters.planning import Slot
from ptce_workflow.process.rules.case import Case

AT = datetime(2024, 3, 11, 11, 0, 0, 1, tzinfo=UTC)
FULL = Case(
    "id",
    "C-001",
    "draft",
    AT,
    7,
    {"dossier.amount": 30000, "dossier.members": [{"voices": 2}], "dossier.urgent": False},
    {"dossier.name": "Les Jardins", "dossier.founded": None},
    frozenset({"dossier.name"}),
    {"draft": AT},
    AT,
    {"cra": {"north": {"idea": 400, "method": None}}},
    {"cra": {"total": 400}},
    {"lapse": AT},
    {"receipt": AT},
    {"cra": ("south",)},
    {"contest": "other", "n": 3},
    {"00": "C-009"},
)
MAIL = Message("M-001", None, Slot("told", "3", "P-001"), "2024", True, 0, Stage.HELD, "ab", "cd")


def test_all_of_it_comes_back() -> None:
    """A candidature with everything, and a mail, are what they were once they were packed."""
    cases = Packed(Case, most=1)
    mails = Packed(Message, most=1)
    for name in ("first", "second", "third"):
        cases[name], mails[name] = FULL, MAIL
    assert all(cases[name] == FULL and mails[name] == MAIL for name in ("first", "third"))
    assert cases["first"] is not FULL
    assert list(cases.values()) == [FULL] * 3
    assert type(cases["first"].recused["cra"]) is tuple
    assert type(mails["first"].slot) is Slot


def test_few_stay_as_they_are() -> None:
    """Nothing is packed of few; of many, all but the last that came."""
    packed, mails = Packed(Message), [mail(number) for number in range(MOST_UNPACKED + 1)]
    for one in mails[:-1]:
        packed[one.name] = one
    assert packed["M-0"] is mails[0]
    packed[mails[-1].name] = mails[-1]
    assert packed[mails[-1].name] is mails[-1]
    assert packed.seen("M-1") == mails[1]
    assert packed.seen("M-1") is not mails[1]


def test_in_order() -> None:
    """Sorted they come back by place, from either end, and in slices."""
    packed = Packed(Message, most=2)
    for number in (3, 1, 2):
        packed[f"M-{number}"] = mail(number)
    found = packed.in_order(lambda one: one.name)
    assert list(found) == [mail(1), mail(2), mail(3)]
    assert (len(found), found[-1], found[:2]) == (3, mail(3), [mail(1), mail(2)])


def mail(number: int) -> Message:
    """A mail that a number tells from others."""
    return Message(f"M-{number}", None, Slot("told", "3", "contact"), "", False, 0, Stage.PLANNED)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 9), st.booleans())))
def test_as_any_mapping(steps: list[tuple[str, int, bool]]) -> None:
    """Whatever is put in, looked at or taken out, it is what a dictionary would be."""
    packed, plain = Packed(Message, most=2), dict[str, Message]()
    for name, number, out in steps:
        if out and name in plain:
            del packed[name], plain[name]
        else:
            packed[name] = plain[name] = mail(number)
        assert packed.get(name) == plain.get(name)
        assert list(packed.items()) == list(plain.items())
        assert list(packed.values()) == list(plain.values())
        assert len(packed) == len(plain)
    with pytest.raises(KeyError):
        packed["nobody"]
