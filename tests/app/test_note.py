"""A note about a candidature: kept, shown to the desk, erased with it, and changing nothing."""

from pathlib import Path

import pytest

import ptce_workflow.app.as_of as then
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import LONGEST_NOTE, history, note
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import record_all
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import enrol
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.app.retention.held import subject_data
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from tests.rehearsal import BEGINNING, added, move, opened, submitted, types

CALLED = "A appelé : rappelle jeudi."


def words(contest: Contest, ref: str) -> list[str]:
    """The notes that are shown of a candidature."""
    return [one.text for one in show(contest, ref).notes]


def test_it_is_kept_and_changes_nothing(contest: Contest) -> None:
    ref, other = submitted(contest), added(contest)
    before = show(contest, ref).case
    _process, _case, first = note(contest, ref, f"  {CALLED} ")
    note(contest, ref, "Deux\nlignes.")
    assert (first.text, first.actor, first.at, first.line) == (CALLED, "P-001", BEGINNING, 9)
    assert words(contest, ref) == [CALLED, "Deux\nlignes."]
    assert words(contest, other) == []
    assert show(contest, ref).case == before
    told = history(contest, ref)[-2]
    (said,) = told.line.data.describe(told.line, told.side)
    assert said.values == {"text": CALLED}
    with then.at(contest, BEGINNING) as past:
        assert words(past, ref) == [CALLED, "Deux\nlignes."]
    assert verify(contest).intact


def test_whoever_works_on_it_is_not_in_the_way(contest: Contest) -> None:
    ref = added(contest)
    seen = show(contest, ref).case.version
    note(contest, ref, CALLED)
    record_all(contest, {ref: {"dossier": {"name": "Serres"}}}, seen={ref: seen})
    assert words(contest, ref) == [CALLED]


def test_the_desk_alone_writes_and_auditors_read(folder: Path, contest: Contest) -> None:
    ref = added(contest)
    enrol(contest, "Nour", ["jury"], institution="north", login="nour")
    enrol(contest, "Sam", ["auditor"], login="sam")
    note(contest, ref, CALLED)
    seen = {}
    for login in ("nour", "sam"):
        with opened(folder, SetClock(BEGINNING), login) as other:
            seen[login] = (
                words(other, ref),
                "note_written" in {told.line.type for told in history(other, ref)},
            )
            with pytest.raises(PtceError, match="Only the desk may write a note"):
                note(other, ref, "Rien.")
    assert seen == {"nour": ([], False), "sam": ([CALLED], True)}


def test_it_is_erased_with_the_candidature(contest: Contest) -> None:
    ref = submitted(contest)
    note(contest, ref, CALLED)
    assert verify(contest).intact
    (kept,) = (row for row in subject_data(contest, ref).rows if row.type == "note_written")
    assert kept.words == {"text": CALLED}
    move(contest, "withdraw", ref)
    erase(contest, ref, reason="À leur demande.")
    assert words(contest, ref) == []
    (told,) = (one for one in history(contest, ref) if one.line.type == "note_written")
    assert [said.message for said in told.line.data.describe(told.line, told.side)] == [
        "a note was written"
    ]
    assert verify(contest).intact


def test_what_nobody_sees_is_left_out(contest: Contest) -> None:
    ref = added(contest)
    every = "".join(map(chr, (*range(0x20000), *range(0xE0000, 0xE0200), 0x10FFFD)))
    _process, _case, written = note(contest, ref, "Ceci\u202e :\r\n\uf0b7 cela\x00\ufffd.")
    assert written.text == "Ceci :\n• cela."
    for start in range(0, len(every), LONGEST_NOTE):
        note(contest, ref, f"a{every[start : start + LONGEST_NOTE - 2]}b")
    assert verify(contest).intact


@pytest.mark.parametrize("text", ["", " \n ", "-", "\u202e\ufffd", "x" * (LONGEST_NOTE + 1)])
def test_what_is_no_note(contest: Contest, text: str) -> None:
    """Nothing, a mark, what cannot be seen, what is too long: each is refused, nothing written."""
    ref, before = added(contest), types(contest)
    with pytest.raises(Misuse):
        note(contest, ref, text)
    assert types(contest)[: len(before)] == before
    assert "note_written" not in types(contest)
