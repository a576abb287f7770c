"""Kept small or not, a struct is the same, and stands where it stood."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.ledger.events.base import Entry
from ptce_workflow.ledger.events.facts import Facts, FactsRecorded
from ptce_workflow.ledger.state import LATELY, MOST_UNPACKED, Cases, Packed
from ptce_workflow.process.candidature import Candidature, Unread
from ptce_workflow.process.letters.message import MailKey, Message

AT = datetime(2024, 3, 11, 11, 0, 0, 1, tzinfo=UTC)
FULL = Candidature(
    "id",
    "C-001",
    "draft",
    AT,
    7,
    {"dossier.amount": 30000, "dossier.members": [{"voices": 2}], "dossier.urgent": False},
    {"dossier.name": "Les Jardins", "dossier.founded": None},
    frozenset({"dossier.name"}),
    {"draft": AT},
    {"cra": {"north": {"idea": 400, "method": None}}},
    {"cra": {"total": 400}},
    {"lapse": AT},
    {"receipt": AT},
    {"cra": ("south",)},
    {"contest": "other", "n": 3},
    {"00": "C-009"},
    declared={"cra": {"north": False}},
)
MAIL = Message(1, "", "told", "3", "P-001", "2024", "2024", "held", True, sha256="ab", read="cd")


def test_all_of_it_comes_back() -> None:
    mails = Packed(Message, most=1)
    for name in ("first", "second", "third"):
        mails[name] = MAIL
    assert all(mails[name] == MAIL for name in ("first", "third"))
    assert type(mails["first"].key) is MailKey
    cases, plain = Cases(most=2), [FULL.but(id=str(number)) for number in range(2 * LATELY + 2)]
    for one in plain:
        cases[one.id] = one.but()
    packed = cases["0"]
    assert list(cases.values()) == plain
    for name in ("facts", "private", "scores", "declared"):
        told, held = getattr(FULL, name), getattr(packed, name)
        assert isinstance(held, Unread)
        assert held == told
        assert {**held} == told
        assert told == held
        assert len(held) == len(told)
        assert all(key in held and held[key] == held.get(key) for key in told)
        assert ("nothing" in held, held.get("nothing", 7)) == (False, 7)
        assert type(getattr(cases[plain[-1].id], name)) is dict
    assert packed.given is cases["1"].given


def test_written_into_once_packed() -> None:
    cases = Cases(most=2)
    for number in range(2 * LATELY + 2):
        cases[str(number)] = FULL.but(id=str(number))
    before = cases["0"]
    event = FactsRecorded({"dossier.urgent": True}, ("dossier.name",), ("dossier.founded",))
    line = Entry("P-001", "2024", "0", event, "", 9, None, "", event.kind)
    after = event.fold(before, line, Facts({"dossier.name": "Les Vergers"}))
    assert after.facts == {**FULL.facts, "dossier.urgent": True}
    assert after.private == {"dossier.name": "Les Vergers"}
    assert (before.facts, before.private) == (FULL.facts, FULL.private)


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), max_size=3),
            st.sets(st.sampled_from("abcd"), max_size=1),
        ),
        max_size=7,
    )
)
def test_written_into_as_any_dictionary(writes: list[tuple[dict[str, int], set[str]]]) -> None:
    cases, plain = Cases(most=1), {"a": 0}
    cases["0"] = FULL.but(facts={"a": 0}, private={"a": 0})
    for told, gone in writes:
        for number in range(1, 2 * LATELY + 2):
            cases[str(number)] = FULL.but(id=str(number))
        assert isinstance(cases["0"].facts, Unread) or not plain
        event = FactsRecorded(told, tuple(told), tuple(gone - told.keys()))
        line = Entry("P-001", "2024", "0", event, "", 9, None, "", event.kind)
        cases["0"] = event.fold(cases["0"], line, Facts(told) if told else None)
        plain = {**{key: one for key, one in plain.items() if key not in event.removed}, **told}
        assert cases["0"].facts == plain == cases["0"].private
        assert len(cases["0"].facts) == len(plain)


def test_to_be_packed_once_more_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = Cases(most=2)
    for number in range(2 * LATELY + 2):
        cases[str(number)] = FULL.but(id=str(number))
    held = cases["0"].facts
    monkeypatch.setattr(held, "_read", lambda _content: pytest.fail("it was read"))
    for number in range(2 * LATELY + 2):
        cases[str(number)] = cases[str(number)].but(state="submitted")
    assert cases["0"].facts is held


def test_few_stay_as_they_are() -> None:
    packed, mails = Packed(Message), [mail(number) for number in range(MOST_UNPACKED + 1)]
    for one in mails[:-1]:
        packed[one.name] = one
    assert packed["M-000"] is mails[0]
    packed[mails[-1].name] = mails[-1]
    assert packed[mails[-1].name] is mails[-1]
    assert packed.seen("M-001") == mails[1]
    assert packed.seen("M-001") is not mails[1]


def mail(number: int) -> Message:
    """A mail that a number tells from others."""
    return Message(number, "", "told", "3", "contact", "", "", "planned", held=False)


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
