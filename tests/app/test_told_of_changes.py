"""A date that moves is told, once, to whoever still waits: a mail that an adoption sets off."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import letter_view, messages, release
from ptce_workflow.app.people import enrol
from tests import mailing
from tests.mailing import bodies, notify, pass_at, subjects
from tests.rehearsal import added, edit, move
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

WORDS = "{% for one in changes %}{{ one.label }}: {{ one.before }}, {{ one.after }}. {% endfor %}"
DAYS = ("2024-03-06T14:00:00", "2024-03-07T10:00:00", "2024-03-08T10:00:00")


@pytest.fixture
def telling(contest: Contest) -> Contest:
    """A contest that tells its candidatures, and its jury, of dates that move."""
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    notify(contest.folder, "moved", 'on = "adopted"', WORDS)
    notify(contest.folder, "told", 'on = "adopted"\nto = "jury"\nabout = "contest"', WORDS)
    adopt(contest, "Deux courriels.")
    added(contest)
    move(contest, "withdraw", added(contest, name="La Digue"))
    return contest


def moves(contest: Contest, old: int, new: int) -> None:
    """Moves the meeting from one of its days to another."""
    edit(contest, "config.toml", f"at = {DAYS[old]}", f"at = {DAYS[new]}")
    adopt(contest, "Une autre date.")


def told(server: Server) -> list[str]:
    """Whom the mails about a change went to, by what their subjects say."""
    return [one for one in subjects(server) if one.startswith(("moved", "told"))]


def test_who_is_told_of_what(telling: Contest, server: Server) -> None:
    moves(telling, 0, 1)
    pass_at(telling, server, "2024-02-20T10:01")
    assert sorted(told(server)) == ["moved: C-001", "told: Nour"]
    [said] = bodies(server, "moved")
    assert said == bodies(server, "told")[0]
    assert said.startswith("Meeting: Wednesday 6 March 2024")
    assert "Thursday 7 March 2024" in said
    pass_at(telling, server, "2024-02-20T10:02")
    assert len(told(server)) == 2


@pytest.mark.long
def test_there_and_back(telling: Contest, server: Server) -> None:
    """What stands again where it stood is told to nobody; what was told is told again."""
    moves(telling, 0, 1)
    moves(telling, 1, 0)
    pass_at(telling, server, "2024-02-20T10:01")
    assert told(server) == []
    moves(telling, 0, 1)
    moves(telling, 1, 2)
    pass_at(telling, server, "2024-02-20T10:02")
    [said] = bodies(server, "moved")
    assert "6 March" in said
    assert "8 March" in said
    moves(telling, 2, 0)
    pass_at(telling, server, "2024-02-20T10:03")
    assert len(bodies(server, "moved")) == 2


def test_one_that_is_over_concerns_nobody(telling: Contest, server: Server) -> None:
    pass_at(telling, server, "2024-02-26T12:00")
    edit(telling, "config.toml", 'label = "Meeting"', 'label = "The meeting"')
    adopt(telling, "Un autre libellé.")
    pass_at(telling, server, "2024-02-26T12:01")
    assert told(server) == []


def test_one_that_is_read_first(telling: Contest, server: Server) -> None:
    notify(telling.folder, "moved", 'on = "adopted"\nheld = true', WORDS)
    moves(telling, 0, 1)
    [held] = messages(telling, ["held"], notification="moved")
    pass_at(telling, server, "2024-02-21T10:01")
    release(telling, [held.name], read={held.name: letter_view(telling, held.name).words})
    pass_at(telling, server, "2024-02-21T10:02")
    assert "7 March" in bodies(server, "moved")[0]


def test_who_files_is_told_what_binds_them_alone(telling: Contest, server: Server) -> None:
    config = telling.folder / "config.toml"
    inner = '[dates.inner]\nlabel = "Inner"\nat = 2024-04-02T10:00:00\nchoice = "x"\n'
    config.write_text(config.read_text("utf-8") + inner, "utf-8")
    adopt(telling, "Une date interne.")
    edit(telling, "config.toml", "2024-04-02T10", "2024-04-03T10")
    adopt(telling, "Elle bouge.")
    pass_at(telling, server, "2024-02-20T10:01")
    assert told(server) == ["told: Nour"]
    assert verify(telling).intact
