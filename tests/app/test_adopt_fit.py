"""Adopting a process that no longer has a place for what is recorded."""

from datetime import timedelta

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import score
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from tests.rehearsal import added, edit, last, lines, move, remark, submitted
from tests.replaying import replayed


def rename_state(contest: Contest, old: str, new: str) -> None:
    """Gives a state another name, in every file of the folder."""
    folder = contest.folder
    (folder / "states" / f"{old}.toml").rename(folder / "states" / f"{new}.toml")
    for path in (folder / "config.toml", *(folder / "states").iterdir()):
        path.write_text(path.read_text("utf-8").replace(f'"{old}"', f'"{new}"'), "utf-8")


def test_state_that_disappears(contest: Contest) -> None:
    """A state where candidatures stand cannot simply disappear."""
    one, other = added(contest), added(contest)
    rename_state(contest, "draft", "sketch")
    before = lines(contest)
    with pytest.raises(PtceError, match="does not fit") as told:
        adopt(contest, "Un autre mot.")
    assert '"draft"' in told.value.why
    assert f"{one}, {other}" in told.value.why
    assert "--map" in told.value.mend
    assert told.value.exit_code == 1
    assert lines(contest) == before


def test_state_mapped(contest: Contest, clock: SetClock) -> None:
    """With --map, candidatures stand in the state of the new name, and go on from there."""
    ref = added(contest)
    rename_state(contest, "draft", "sketch")
    adopt(contest, "Un autre mot.", states={"draft": "sketch"})
    assert last(contest).data["states"] == {"draft": "sketch"}
    case = show(contest, ref).case
    assert case.state == "sketch"
    assert case.entered.keys() == {"sketch"}
    assert overview(contest).funnel["sketch"] == 1
    assert verify(contest).intact
    clock.instant += timedelta(hours=1)
    move(contest, "submit", ref)
    assert verify(contest).intact
    assert replayed(contest, clock.instant - timedelta(minutes=1))["C-001"].state == "sketch"


def test_state_where_nobody_stands(contest: Contest) -> None:
    """A state where nobody stands may disappear."""
    submitted(contest)
    rename_state(contest, "draft", "sketch")
    adopt(contest, "Un autre mot.")
    assert verify(contest).intact


@pytest.mark.parametrize(
    ("states_", "told"),
    [
        ({"draft": "selected"}, "is still there"),
        ({"drafts": "submitted"}, "there was no state"),
        ({"draft": "submited"}, "there is no state"),
    ],
)
def test_map_is_no_shortcut(contest: Contest, states_: dict[str, str], told: str) -> None:
    added(contest)
    remark(contest)
    before = lines(contest)
    with pytest.raises(Misuse, match=told):
        adopt(contest, "Parce que.", states=states_)
    assert lines(contest) == before


FITS = [
    pytest.param('"Amount asked"', '"Sum"', id="another label"),
    pytest.param("max = 900", "max = 300", id="decimal still within"),
    pytest.param(', care = "Care"', "", id="an option nobody chose"),
    pytest.param('"Name" }\nemail', '"Name", required = false }\nemail', id="no longer required"),
    pytest.param('"Name" }\ncol', '"Name", max_length = 8 }\ncol', id="rows still within"),
]
MISFITS = [
    pytest.param("max = 900", "max = 299", "amount", id="decimal too large"),
    pytest.param('type = "date"', 'type = "text"', "founded", id="from line to beside"),
    pytest.param('label = "Voices"', 'label = "Voices", max = 1', "members", id="a cell too large"),
    pytest.param(
        'voices = { type = "integer"', 'voices = { type = "text"', "members", id="a column moves"
    ),
    pytest.param("email = ", "mail = ", "email", id="a field disappears"),
    pytest.param("food = ", "meal = ", "theme", id="a chosen option disappears"),
]


@pytest.mark.parametrize(("old", "new"), FITS)
def test_facts_that_fit(contest: Contest, old: str, new: str) -> None:
    """A sheet may change as long as what is recorded could be recorded again."""
    ref = added(contest)
    before = show(contest, ref).case
    edit(contest, "sheets/dossier.toml", old, new)
    adopt(contest, "Une question mieux posée.")
    assert show(contest, ref).case == before
    assert verify(contest).intact


@pytest.mark.parametrize(("old", "new", "field"), MISFITS)
def test_facts_that_no_longer_fit(contest: Contest, old: str, new: str, field: str) -> None:
    """A fact that could not be recorded again stands in the way, until it is dropped by name."""
    ref = added(contest, founded="2019-05-04")
    edit(contest, "sheets/dossier.toml", old, new)
    if field == "email":
        edit(contest, "config.toml", "dossier.email", "dossier.mail")
    before = lines(contest)
    with pytest.raises(PtceError, match="does not fit") as told:
        adopt(contest, "Une autre question.")
    assert f'"dossier.{field}" no longer fit: {ref}' in told.value.why
    assert lines(contest) == before
    adopt(contest, "Une autre question.", drop=[f"dossier.{field}"])
    assert last(contest).data["dropped"] == [f"dossier.{field}"]
    case = show(contest, ref).case
    assert f"dossier.{field}" not in (*case.facts, *case.private, *case.given)
    assert verify(contest).intact


def test_marks_that_no_longer_fit(contest: Contest) -> None:
    ref = submitted(contest)
    score(contest, ref, "north", {"idea": "4.5", "method": "4"})
    edit(contest, "sheets/cra.toml", "method = ", "manner = ")
    with pytest.raises(PtceError, match="does not fit") as told:
        adopt(contest, "Un autre critère.")
    assert '"cra.method"' in told.value.why
    adopt(contest, "Un autre critère.", drop=["cra.method"])
    assert show(contest, ref).case.scores == {"cra": {"north": {"idea": 450}}}
    assert verify(contest).intact
    for institution in ("north", "south"):
        score(contest, ref, institution, {"idea": "4", "manner": "4"})
    move(contest, "close_scoring", ref)
    assert verify(contest).intact


def test_drop_what_never_was(contest: Contest) -> None:
    remark(contest)
    with pytest.raises(Misuse, match="there was no field"):
        adopt(contest, "Parce que.", drop=["dossier.colour"])
