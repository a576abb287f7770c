"""Writing facts down: all that was handed over or nothing, and every fault of it at once."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add, add_all, advance
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.candidatures.record import FactsRefused, record
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from tests.rehearsal import BEGINNING, added, attack, dossier, last, lines, states, submitted

LETTER: Mapping[str, Any] = {"name": "lettre.pdf", "content": b"%PDF-1.7 Nous en sommes."}


def test_what_goes_where(contest: Contest) -> None:
    """Rules read what stands in the line; what people wrote stands beside it."""
    case = add(contest, dossier(founded="2019-05-04"))
    line = last(contest)
    assert line.data["facts"] == {
        "dossier.amount": 30000,
        "dossier.founded": "2019-05-04",
        "dossier.members": [{"voices": 2}, {"voices": 1}],
        "dossier.theme": "food",
        "dossier.urgent": False,
    }
    assert line.data["given"] == ["dossier.email", "dossier.members", "dossier.name"]
    for word in (b"Jardins", b"collectif.example", b"Serre"):
        assert word not in b"".join(lines(contest))
    assert case.private["dossier.members"] == [{"name": "La Serre"}, {"name": "Le Four"}]
    assert verify(contest).intact


def test_references(contest: Contest) -> None:
    """References count up, those that ended included."""
    assert [added(contest), submitted(contest), added(contest)] == ["C-001", "C-002", "C-003"]
    advance(contest, ["C-003"], "withdraw")
    assert added(contest) == "C-004"


def test_changed(contest: Contest) -> None:
    """Only what differs from what is recorded is written down again."""
    ref = added(contest)
    _before, case = record(contest, ref, dossier(amount="350.50", name="La Serre"))
    line = last(contest)
    assert line.data["facts"] == {"dossier.amount": 35050}
    assert line.data["given"] == ["dossier.name"]
    assert case.facts["dossier.amount"] == 35050
    assert show(contest, ref).case == case
    assert overview(contest).briefs[0].name == "La Serre"


def test_nothing_new(contest: Contest) -> None:
    """The same facts once more leave no trace."""
    ref = added(contest)
    before = lines(contest)
    record(contest, ref, dossier())
    record(contest, ref, {})
    record(contest, ref, {"dossier": {}})
    record(contest, ref, {"dossier": {"founded": ""}})
    assert lines(contest) == before


@pytest.mark.parametrize("empty", [None, "", "  ", [], {}])
def test_taken_away(contest: Contest, empty: Any) -> None:
    """An empty answer takes a fact away, from the line and from beside it."""
    ref = added(contest)
    answers = {"amount": empty, "name": empty, "members": empty}
    _before, case = record(contest, ref, {"dossier": answers})
    names = {"dossier.amount", "dossier.name", "dossier.members"}
    assert set(last(contest).data["removed"]) == names
    assert not names & (case.facts.keys() | case.private.keys() | case.given)
    assert show(contest, ref).case == case
    assert verify(contest).intact
    assert not advance(contest, [ref], "submit")[0].made


def test_every_fault_at_once(contest: Contest) -> None:
    """Every answer that cannot be recorded is told, and none of the others is recorded."""
    ref = added(contest)
    before = lines(contest)
    odd: dict[str, dict[str, Any]] = {
        "dossier": {
            "amount": "abc",
            "theme": "flowers",
            "name": "Bon nom",
            "colour": "red",
            "size": 4,
            "founded": "2019-02-30",
        },
        "doser": {"name": "x"},
        "cra": {"idea": 4},
    }
    with pytest.raises(FactsRefused) as told:
        record(contest, ref, odd)
    assert len(told.value.problems) == 7
    for word in ("Amount", "Theme", "colour", "worked out", "Founded", "doser", "panel"):
        assert word in told.value.why
    assert lines(contest) == before
    assert show(contest, ref).case.private["dossier.name"] == "Les Jardins"


def test_add_or_nothing(contest: Contest) -> None:
    """A dossier that cannot be recorded opens no candidature."""
    before = lines(contest)
    with pytest.raises(FactsRefused):
        add(contest, dossier(amount="-1"))
    assert lines(contest) == before
    assert states(contest) == {}


def test_add_several_or_none(contest: Contest) -> None:
    before = lines(contest)
    with pytest.raises(FactsRefused) as told:
        add_all(
            contest,
            [
                ("a.toml", dossier()),
                ("b.toml", dossier(amount="x")),
                ("c.toml", dossier(theme="x")),
            ],
        )
    assert [problem.what.partition(":")[0] for problem in told.value.problems] == [
        "b.toml",
        "c.toml",
    ]
    assert lines(contest) == before
    cases = add_all(contest, [("a.toml", dossier()), ("b.toml", dossier())])
    assert [case.ref for case in cases] == ["C-001", "C-002"]
    assert verify(contest).intact


def test_before_the_opening(contest: Contest, clock: SetClock) -> None:
    """A way in has rules like any other; refused, nothing is opened."""
    clock.instant = BEGINNING.replace(month=1)
    before = lines(contest)
    with pytest.raises(PtceError, match="No candidature can be opened") as told:
        add(contest, dossier())
    assert "1 February 2024" in told.value.why
    assert lines(contest) == before


def test_unknown_way_in(contest: Contest) -> None:
    """A way in that does not exist is told."""
    with pytest.raises(Misuse, match="No way in"):
        add(contest, dossier(), transition="creat")


def test_closed(contest: Contest) -> None:
    """Where a sheet is closed nothing is written, and what is open is told."""
    ref = submitted(contest)
    before = lines(contest)
    with pytest.raises(FactsRefused) as told:
        record(contest, ref, {"dossier": {"amount": "1"}})
    assert "Submitted" in told.value.why
    assert "Open there: Grid." in told.value.why
    assert lines(contest) == before


def test_unknown_reference(contest: Contest) -> None:
    """Facts of nobody are refused."""
    with pytest.raises(Misuse, match="C-001"):
        record(contest, "C-001", dossier())


# Documents.


def test_document(contest: Contest) -> None:
    """A document is kept whole; beside the line stand its name, its size and its hash."""
    ref = added(contest, letter=LETTER)
    digest = sha256(LETTER["content"]).hexdigest()
    recorded = show(contest, ref).case.private["dossier.letter"]
    assert recorded == {"name": "lettre.pdf", "size": 24, "sha256": digest}
    with contest.database.reading() as repo:
        assert repo.document(digest) == LETTER["content"]
    assert verify(contest).intact


def test_same_document_twice(contest: Contest) -> None:
    """A document handed in twice is kept once."""
    added(contest, letter=LETTER)
    added(contest, letter={**LETTER, "name": "autre.pdf"})
    with attack(contest) as database:
        assert database.execute("SELECT count(*) FROM document").fetchone() == (1,)
    assert verify(contest).intact


@pytest.mark.parametrize(
    "change", ["DELETE FROM document", "UPDATE document SET content = content || x'20'"]
)
def test_document_damaged(contest: Contest, change: str) -> None:
    """A document that is gone, or is not what it was, is told at the line that speaks of it."""
    added(contest)
    added(contest, letter=LETTER)
    with attack(contest) as database:
        database.execute(change)
    [fault] = verify(contest).faults
    assert (fault.line, fault.what) == (len(lines(contest)), "A document is missing or damaged.")


def test_document_without_its_bytes(contest: Contest) -> None:
    ref = added(contest, letter=LETTER)
    recorded = show(contest, ref).case.private["dossier.letter"]
    with pytest.raises(FactsRefused, match="the file itself"):
        add(contest, dossier(letter=recorded))


def test_document_refused_with_the_rest(contest: Contest) -> None:
    with pytest.raises(FactsRefused):
        add(contest, dossier(letter=LETTER, amount="x"))
    with attack(contest) as database:
        assert database.execute("SELECT count(*) FROM document").fetchone() == (0,)
