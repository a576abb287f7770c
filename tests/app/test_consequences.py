"""What an adoption that is only tried tells: verdicts that turn, mails that move, who was told."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

import ptce_workflow.app.outbox.desk as desk
from ptce_workflow.app.adopt import Consequences, MailsMoved, MovedDateNotice, Turned, adopt
from ptce_workflow.app.candidatures.advance import add_all
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from tests import mailing
from tests.mailing import at, pass_at
from tests.rehearsal import added, dossier, edit, lines, move, scored, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

EARLIER = ("config.toml", "at = 2024-03-11T12:00:00", "at = 2024-02-19T12:00:00")
A_WEEK_LATER = ("config.toml", "at = 2024-03-11T12:00:00", "at = 2024-03-18T12:00:00")
MEETING_MOVED = ("config.toml", "at = 2024-03-06T14:00:00", "at = 2024-03-07T10:00:00")


def tried(contest: Contest, *change: str) -> Consequences:
    """What would follow from one change of the folder; nothing is written."""
    edit(contest, *change)
    before = lines(contest)
    posted = desk.messages(contest)
    found = adopt(contest, None, dry_run=True).consequences
    assert lines(contest) == before
    assert desk.messages(contest) == posted
    return found


def test_verdicts_that_turn(contest: Contest) -> None:
    """Each with its way, and the rules that answer otherwise; the others are not told."""
    late = added(contest)
    submitted(contest, name="B")
    assert tried(contest, *EARLIER).verdicts == (
        Turned(late, "draft", "submit", "allowed", "refused", ("on_time",)),
    )


def test_a_way_that_is_new_or_gone(contest: Contest) -> None:
    ref = added(contest)
    edge = '\n[transitions.stop]\nlabel = "Stop"\nto = "closed"\n'
    path = contest.folder / "states" / "draft.toml"
    text = path.read_text("utf-8")
    path.write_text(text + edge, "utf-8")
    found = adopt(contest, None, dry_run=True).consequences.verdicts
    assert found == (Turned(ref, "draft", "stop", None, "allowed", ()),)
    adopt(contest, "Une issue de plus.")
    path.write_text(text, "utf-8")
    found = adopt(contest, None, dry_run=True).consequences.verdicts
    assert found == (Turned(ref, "draft", "stop", "allowed", None, ()),)


def test_totals_are_those_of_the_new_process(contest: Contest, clock: SetClock) -> None:
    first, second, third = scored(contest), scored(contest, name="B"), scored(contest, name="C")
    clock.instant = at("2024-03-12T10:00")
    move(contest, "select", first, second)
    turned = [
        (one.ref, one.transition, one.before, one.after)
        for one in tried(contest, "config.toml", "value = 2,", "value = 3,").verdicts
    ]
    assert (third, "select", "refused", "allowed") in turned
    assert {ref for ref, *_ways in turned} == {third}


def test_mails_that_move(contest: Contest) -> None:
    """As many as an adoption moves in truth, by notification, with the first of them."""
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    for name in ("A", "B", "C"):
        added(contest, name=name)
    before = Counter((one.notification, one.due) for one in desk.messages(contest))
    found = {one.notification: one for one in tried(contest, *A_WEEK_LATER).mails}
    adopt(contest, "Une semaine de plus.")
    after = Counter((one.notification, one.due) for one in desk.messages(contest))
    really = Counter(name for name, _due in (after - before).elements())
    assert {name: one.moved + one.planned for name, one in found.items()} == really
    assert found["reminder"] == MailsMoved(
        "reminder", 6, 0, 0, 0, (at("2024-03-04T09:00"), at("2024-03-11T09:00"))
    )
    assert found["jury"].moved == 1


def test_mails_that_are_new_or_no_more(contest: Contest) -> None:
    added(contest)
    hours = '"date.submission - 5 days at 10:00"'
    more = ("notifications/incomplete.md", hours, f'{hours}, "date.submission - 1 day at 10:00"')
    assert tried(contest, *more).mails == (MailsMoved("incomplete", 0, 1, 0, 0, None),)
    edit(contest, more[0], more[2], hours)
    assert adopt(contest, None, dry_run=True).consequences == Consequences()
    fewer = ("notifications/reminder.md", ', "date.submission - 2 days at 09:00"', "")
    assert tried(contest, *fewer).mails == (MailsMoved("reminder", 0, 0, 1, 0, None),)


def test_who_has_been_told(contest: Contest, server: Server) -> None:
    first = added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    second = added(contest, name="B")
    found = tried(contest, *MEETING_MOVED)
    assert found.notices == (MovedDateNotice("visit", "meeting", (first,)),)
    assert MailsMoved("visit", 0, 0, 0, 1, None) in found.mails
    edit(contest, *MEETING_MOVED[:1], *MEETING_MOVED[:0:-1])
    pass_at(contest, server, "2024-03-04T09:00")
    told = {(one.notification, one.date): one.to for one in tried(contest, *A_WEEK_LATER).notices}
    assert told == {("reminder", "submission"): (first, second)}


def test_words_alone_turn_nothing(contest: Contest) -> None:
    added(contest)
    found = tried(contest, "states/draft.toml", '"Draft"', '"A draft"')
    assert found == Consequences()


def test_a_trial_leaves_nothing_behind(contest: Contest) -> None:
    added(contest)
    tried(contest, *A_WEEK_LATER)
    new = adopt(contest, None, dry_run=True).after.hash
    with contest.looking() as tx:
        assert tx.process.hash != new
        assert not tx.unit.process_files(new)
        assert tx.unit.form(new) is None
    edit(contest, A_WEEK_LATER[0], *A_WEEK_LATER[:0:-1])
    added(contest)


@pytest.mark.long
def test_it_asks_as_much_as_there_are_candidatures(contest: Contest) -> None:
    took = []
    edit(contest, *A_WEEK_LATER)
    for _half in range(2):
        edit(contest, A_WEEK_LATER[0], *A_WEEK_LATER[:0:-1])
        add_all(contest, [("", dossier(name=f"N {number}")) for number in range(100)])
        edit(contest, *A_WEEK_LATER)
        adopt(contest, None, dry_run=True)
        with calls() as made:
            found = adopt(contest, None, dry_run=True).consequences
        took.append(made[0])
    assert sum(one.moved for one in found.mails) >= 600
    assert took[1] < 2.2 * took[0]


@contextmanager
def calls() -> Iterator[list[int]]:
    """Counts the functions that are called meanwhile: how busy the machine is tells nothing."""
    made = [0]

    def note(_frame: FrameType, event: str, _about: object) -> None:
        made[0] += event == "call"

    sys.setprofile(note)
    try:
        yield made
    finally:
        sys.setprofile(None)
