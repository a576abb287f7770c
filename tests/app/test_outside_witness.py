"""Checkpoints go to the auditor and to who chairs; the desk is no witness against itself."""

from datetime import timedelta
from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.checkpoints import WITNESSED_WITHIN, Outside, last_outside
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.outbox.plan import Mailing
from ptce_workflow.app.outbox.waiting import forecast
from ptce_workflow.app.people import enrol, leave
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.app.retention.held import Selection
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.reports.history import outside_texts, witness_text
from ptce_workflow.scheduler.passes import tick
from tests.mailing import notify, settings
from tests.rehearsal import edit, lines
from tests.smtp import Server
from tests.voting import MEETING, agenda, called, clock, contest, english, frozen

__all__ = ["called", "clock", "contest", "english"]

KEYS = 'on = "closed"\nabout = "contest"\nweekly = "09:00"\nuntil = "date.meeting + 1 month"\n'


@pytest.fixture
def witnessed(contest: Contest, clock: SetClock) -> Contest:
    """A checkpoint goes to the auditors, to who chairs and to the desk; two are ranked."""
    for name in ("auditor", "chair", "desk"):
        notify(contest.folder, f"to_{name}", f'{KEYS}to = "{name}"')
    last = 'choice = "four voices may be even"\n'
    edit(contest, "config.toml", last, f'chairs = ["west", "north", "south"]\n{last}')
    adopt(contest, "Others keep checkpoints.")
    enrol(contest, "Anne", ["desk"], login="ada", email="anne@desk.example")
    enrol(contest, "Audit", ["auditor"], email="audit@control.example")
    enrol(contest, "Nour", ["jury"], institution="north")
    enrol(contest, "Sami", ["jury"], institution="south", email="sami@south.example")
    frozen(contest, "5", "4")
    return contest


def readers(contest: Contest, word: str) -> set[str]:
    """Those who wait for a mail of one of the notifications."""
    return {one.to for one in messages(contest, ["planned"]) if one.notification == f"to_{word}"}


def outside(contest: Contest) -> Outside:
    found = last_outside(contest)
    assert found is not None
    return found


def test_after_a_sitting_and_weekly(witnessed: Contest, clock: SetClock) -> None:
    assert readers(witnessed, "chair") == {"Sami"}, "nobody of the first two has an address"
    weekly = {one.due for one in messages(witnessed, ["planned"])}
    assert {f"{due:%a %d %H:%M}" for due in weekly} == {"Mon 25 08:00"}
    days = [one for one in forecast(witnessed) if one.notification == "to_auditor"]
    assert [one.daily for one in days] == [True]
    clock.instant = MEETING
    deliberate(witnessed, agenda(chair="west"))
    closed = len(lines(witnessed))
    with Server() as server:
        tick(witnessed, settings(server))
    at_once = [one for one in server.received if b"checkpoint-" in one.content]
    assert {to for one in at_once for to in one.recipients} >= {
        "audit@control.example",
        "sami@south.example",
    }
    assert outside(witnessed).size >= closed - 3
    assert verify(witnessed).faults == ()


def test_who_chairs_is_the_first_with_an_address(witnessed: Contest) -> None:
    enrol(witnessed, "Nora", ["jury"], institution="north", email="nora@north.example")
    assert readers(witnessed, "chair") == {"Nora"}
    assert verify(witnessed).faults == ()


def test_the_desk_is_no_witness(witnessed: Contest, clock: SetClock) -> None:
    assert last_outside(witnessed) is None
    assert "no outside witness since line 1:" in "".join(outside_texts(witnessed.process, None))
    for name in ("auditor", "chair"):
        for file in (witnessed.folder / "notifications").glob(f"to_{name}.*"):
            file.unlink()
    adopt(witnessed, "The desk alone.")
    clock.instant += timedelta(days=7)
    with Server() as server:
        tick(witnessed, settings(server))
    assert any(b"checkpoint-" in one.content for one in server.received)
    assert last_outside(witnessed) is None
    assert not witness_text(witnessed)[0]


def test_an_old_witness_is_told(witnessed: Contest, clock: SetClock) -> None:
    clock.instant += timedelta(days=7)
    with Server() as server:
        tick(witnessed, settings(server))
        found = outside(witnessed)
        assert f"no outside witness since line {found.size}:" in witness_text(witnessed)[1]
        clock.instant += WITNESSED_WITHIN + timedelta(days=1)
        assert not witness_text(witnessed)[0]
        for _pass in range(2):
            tick(witnessed, settings(server))
    assert outside(witnessed).size > found.size
    assert witness_text(witnessed)[0], witness_text(witnessed)


@pytest.mark.parametrize("email", ["nora@north.example", None])
def test_whose_address_was_erased_may_have_chaired(
    witnessed: Contest, clock: SetClock, email: str | None
) -> None:
    """Whoever was written to is the right reader, once nobody knows who had an address."""
    nora = enrol(witnessed, "Nora", ["jury"], institution="north", email=email)
    assert readers(witnessed, "chair") == {"Sami" if email is None else "Nora"}
    clock.instant += timedelta(days=7)
    with Server() as server:
        tick(witnessed, settings(server))
    leave(witnessed, nora.pseudonym)
    assert readers(witnessed, "chair") == {"Sami"}
    erase(witnessed, Selection(nora.pseudonym), "She asks for it.", None)
    assert verify(witnessed).faults == ()


def pseudonym_of(contest: Contest, name: str) -> str:
    with contest.looking() as tx:
        return next(one.pseudonym for one in tx.people() if one.private.get("name") == name)


def owed(contest: Contest) -> list[str]:
    """The mails of which verifying remarks that a line owed them."""
    remarks = verify(contest).remarks
    return [one.why.partition(",")[0] for one in remarks if "A mail was owed" in one.what]


@pytest.mark.parametrize("email", ["nora@north.example", None])
def test_who_is_owed_a_mail_by_a_chair(
    witnessed: Contest, clock: SetClock, monkeypatch: pytest.MonkeyPatch, email: str | None
) -> None:
    """It is remarked where it is sure who was to be written to, and of nobody else."""

    def nothing_to_the_chair(mailing: Mailing, about: str, ahead: Any, *of: Any) -> None:
        plan(mailing, about, {key: at for key, at in ahead.items() if key[0] != "to_chair"}, *of)

    plan = Mailing.plan
    monkeypatch.setattr(Mailing, "plan", nothing_to_the_chair)
    nora = enrol(witnessed, "Nora", ["jury"], institution="north", email=email)
    clock.instant = MEETING
    deliberate(witnessed, agenda(chair="west"))
    to = nora.pseudonym if email else pseudonym_of(witnessed, "Sami")
    assert owed(witnessed) == [f"to_chair to {to}"]
    leave(witnessed, nora.pseudonym)
    erase(witnessed, Selection(nora.pseudonym), "She asks for it.", None)
    assert owed(witnessed) == []
