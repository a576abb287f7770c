"""Who may act: enrolled by the desk, known to the ledger by a pseudonym only."""

from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import enrol, leave, list_people
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.reports.history import history_report
from tests.rehearsal import added, begin, in_earnest, last, lines, move, opened


def test_the_first_person(contest: Contest) -> None:
    """A contest begins with one person of the desk, whom `init` enrols."""
    [anne] = list_people(contest)
    assert (anne.pseudonym, anne.roles, anne.active) == ("P-001", ("desk",), True)
    assert last(contest).actor == "init"
    assert last(contest).type == "person_enrolled"


def test_enrol(contest: Contest) -> None:
    """A person is a pseudonym in the line; the name, login and address stand beside it."""
    noa = enrol(
        contest, "Noa", ["jury"], institution="north", login="noa", email="noa@nord.example"
    )
    assert noa == list_people(contest)[1]
    assert last(contest).data == {"person": "P-002", "roles": ["jury"], "institution": "north"}
    assert last(contest).actor == "P-001"
    for word in (b"Noa", b"noa", b"nord.example"):
        assert word not in lines(contest)[-1]
    assert noa.private == {"name": "Noa", "login": "noa", "email": "noa@nord.example"}
    assert verify(contest).intact


def test_acts_by_login_or_pseudonym(contest: Contest, clock: SetClock) -> None:
    enrol(contest, "Bo", ["desk"], login="bo")
    for actor in ("bo", "P-002"):
        with opened(contest.folder, clock, actor) as other:
            added(other)
        assert last(contest).actor == "P-002"


def test_leave(contest: Contest, clock: SetClock) -> None:
    """Someone who left acts no more; what they did stays."""
    enrol(contest, "Bo", ["desk"], login="bo")
    with opened(contest.folder, clock, "bo") as bo:
        added(bo)
        leave(contest, "bo")
        before = lines(contest)
        with pytest.raises(PtceError, match="not enrolled"):
            added(bo)
    assert lines(contest) == before
    assert not list_people(contest)[1].active
    assert verify(contest).intact


def test_enrolled_again(contest: Contest, clock: SetClock) -> None:
    """Someone who comes back keeps their pseudonym, with the roles they have now."""
    enrol(contest, "Bo", ["desk"], login="bo")
    leave(contest, "P-002")
    back = enrol(contest, "Bo", ["auditor"], login="bo")
    assert (back.pseudonym, back.roles, back.active) == ("P-002", ("auditor",), True)
    assert len(list_people(contest)) == 2
    with opened(contest.folder, clock, "bo") as bo, pytest.raises(PtceError, match="may not"):
        added(bo)
    assert verify(contest).intact


def test_other_roles(contest: Contest) -> None:
    """Enrolling someone under a login that is known changes their roles."""
    enrol(contest, "Bo", ["auditor"], login="bo")
    changed = enrol(contest, "Bo", ["jury"], institution="south", login=" bo ")
    assert (changed.pseudonym, changed.institution) == ("P-002", "south")
    assert len(list_people(contest)) == 2
    assert verify(contest).intact


def test_the_last_of_the_desk_stays(contest: Contest) -> None:
    """The last person of the desk cannot leave, nor take another role instead."""
    enrol(contest, "Sam", ["auditor"], login="sam")
    before = lines(contest)
    for who in ("anne", "P-001"):
        with pytest.raises(PtceError, match="last person of the desk"):
            leave(contest, who)
    for login in ("anne", " anne"):
        with pytest.raises(PtceError, match="last person of the desk"):
            enrol(contest, "Anne", ["auditor"], login=login)
    assert lines(contest) == before


def test_the_last_but_one_may_leave(contest: Contest) -> None:
    """With another person at the desk, the first may leave; then the other may not."""
    enrol(contest, "Bo", ["desk", "auditor"], login="bo")
    leave(contest, "anne")
    with pytest.raises(PtceError, match="not enrolled"):
        leave(contest, "bo")
    contest.actor = "bo"
    with pytest.raises(PtceError, match="last person of the desk"):
        leave(contest, "bo")


@pytest.mark.parametrize(
    ("roles", "institution", "told"),
    [
        ([], None, "needs a role"),
        (["boss"], None, '"boss" is not a role'),
        (["scheduler"], None, '"scheduler" is not a role'),
        (["courier"], None, '"courier" is not a role'),
        (["jury"], None, "juror speaks for an institution"),
        (["desk"], "north", "juror speaks for an institution"),
        (["jury"], "west", '"west" is not an institution'),
    ],
)
def test_roles(contest: Contest, roles: list[str], institution: str | None, told: str) -> None:
    """Roles are those of the contest, and a juror speaks for one of its institutions."""
    before = lines(contest)
    with pytest.raises(Misuse, match=told):
        enrol(contest, "X", roles, institution=institution)
    assert lines(contest) == before


def test_login_like_a_pseudonym(contest: Contest) -> None:
    """Nobody gets a login under which another could be meant."""
    with pytest.raises(Misuse, match="pseudonym"):
        enrol(contest, "X", ["auditor"], login="P-001")


@pytest.mark.parametrize(
    ("name", "login"),
    [("", "x"), ("a\u202eb", "x"), ("a\x00b", "x"), ("X", "a\nb"), ("x" * 201, "x")],
)
def test_odd_names(contest: Contest, name: str, login: str) -> None:
    """A name that is empty, endless, or not what it looks like is refused."""
    before = lines(contest)
    with pytest.raises(Misuse):
        enrol(contest, name, ["auditor"], login=login)
    assert lines(contest) == before


def test_blank_login(contest: Contest, clock: SetClock) -> None:
    """A blank login is none: nobody acts by giving no name at all."""
    assert "login" not in enrol(contest, "X", ["desk"], login="  ").private
    with opened(contest.folder, clock, "") as nobody, pytest.raises(PtceError, match="enrolled"):
        added(nobody)


def test_nobody_to_leave(contest: Contest) -> None:
    """Someone unknown, or gone already, cannot leave."""
    enrol(contest, "Bo", ["desk"], login="bo")
    leave(contest, "bo")
    for who in ("bo", "P-002", "P-003", "zoe", ""):
        with pytest.raises(Misuse, match="Nobody enrolled"):
            leave(contest, who)


def test_in_earnest_the_desk_alone_types_for_another(tmp_path: Path, clock: SetClock) -> None:
    folder = tmp_path / "earnest"
    begin(folder, clock, rehearsal=False)

    with in_earnest(folder, clock, "anne", "anne") as contest:
        enrol(contest, "Bo", ["desk"], login="bo")
        enrol(contest, "Noa", ["jury"], institution="north", login="noa")
        ref = added(contest)
    assert last(contest).by is None
    with in_earnest(folder, clock, "bo", "anne") as contest:
        move(contest, "withdraw", ref)
        shown = history_report(show(contest, ref), history(contest, ref), clock.now())
        assert verify(contest).intact
    assert (last(contest).actor, last(contest).by) == ("P-002", "P-001")
    assert "desk P-002, typed by P-001" in str(shown.parts)
    with in_earnest(folder, clock, "P-002", "bo") as contest:
        assert overview(contest).briefs
    for login, actor in (("noa", "anne"), ("noa", "P-001"), ("stranger", "anne")):
        with in_earnest(folder, clock, actor, login) as contest:
            for asked in (overview, added):
                with pytest.raises(PtceError, match=f"logged in as {login}"):
                    asked(contest)
    with in_earnest(folder, clock, "noa") as contest:
        assert overview(contest).briefs
