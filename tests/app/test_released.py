"""What a person has read and released leaves in those very words, or is read again."""

import re
from collections.abc import Sequence

import pytest
from icalendar import Calendar

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.delivery import ClaimedMessage, claim, post_due, step
from ptce_workflow.app.outbox.desk import letter_view, messages, release, resolve
from ptce_workflow.app.outbox.plan import number_of
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock, never
from tests import mailing
from tests.mailing import (
    NOTIFICATIONS,
    at,
    bodies,
    brief,
    calendar_of,
    cancelled,
    notify,
    pass_at,
    read,
    reword,
    settings,
    subjects,
    told,
)
from tests.rehearsal import added, attack, edit, move, remark, scored, submitted
from tests.smtp import Misbehaviour, Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server
contest_as_it_is = mailing.contest_as_it_is

CONVOKED = 'to = "contact"\nin = ["selected"]\nheld = true\nevent = "meeting"'
MOVED = ("at = 2024-03-06T14:00:00", "at = 2024-03-07T10:00:00")
ONE_MORE_HOUR = ('lasts = "2 hours"', 'lasts = "3 hours"')
OTHER = "Other words. {{ transition.reason }}"


def released(contest: Contest) -> str:
    """A message that a person has read and released: its name."""
    ref = submitted(contest)
    move(contest, "give_back", ref, reason="Une pièce manque.")
    [held] = messages(contest, ["held"])
    release(contest, [held.name], read={held.name: letter_view(contest, held.name).words})
    return held.name


def stage(contest: Contest, name: str) -> str:
    return str(letter_view(contest, name).posted.stage)


def test_other_words_are_read_again(contest: Contest, server: Server) -> None:
    name = released(contest)
    words = letter_view(contest, name).words
    reword(contest, "given_back", OTHER)
    assert (stage(contest, name), letter_view(contest, name).frozen) == ("held", False)
    assert ("given_back", "words") in cancelled(contest)
    [again] = told(contest, "messages_planned")[-1].data["messages"]
    assert (again["message"], again["held"]) == (name, True)
    pass_at(contest, server, "2024-02-20T10:01")
    assert bodies(server, "given_back") == []
    with pytest.raises(PtceError, match="would not say any more what you have read"):
        release(contest, [name], read={name: words})
    release(contest, [name], read={name: letter_view(contest, name).words})
    pass_at(contest, server, "2024-02-20T10:02")
    assert bodies(server, "given_back") == ["Other words. Une pièce manque."]


def test_several_to_one_reader_leave_as_they_were_read(contest: Contest) -> None:
    (contest.folder / "texts").mkdir()
    (contest.folder / "texts" / "privacy.md").write_text("Your answers are kept.", "utf-8")
    notify(contest.folder, "invitation", 'to = "contact"\non = "submitted.give_back"\nheld = true')
    adopt(contest, "Told what is kept.")
    move(contest, "give_back", submitted(contest), reason="Une pièce manque.")
    names = [one.name for one in messages(contest, ["held"])]
    words = {name: letter_view(contest, name) for name in names}
    assert len(names) == 2
    assert all("Your answers are kept" in one.letter.text for one in words.values())
    release(contest, names, read={name: one.words for name, one in words.items()})
    assert messages(contest, ["held"]) == ()
    assert verify(contest).intact


@pytest.mark.parametrize("where", ["queued", "retry", "claimed"])
def test_other_words_on_the_way(contest: Contest, server: Server, where: str) -> None:
    name = released(contest)
    messages: Sequence[ClaimedMessage] = ()
    if where == "retry":
        server.always("RCPT", "450 4.2.0 later")
        pass_at(contest, server, "2024-02-20T10:00")
        server.always("RCPT", Misbehaviour.USUAL)
    else:
        post_due(contest, settings(server), never)
    if where == "claimed":
        messages = claim(contest, settings(server), "a courier", 10)
    assert stage(contest, name) == where
    reword(contest, "given_back", OTHER)
    assert stage(contest, name) == "held"
    assert step(contest, "a courier", (), messages) == ((), ())
    pass_at(contest, server, "2024-02-20T11:00")
    assert bodies(server, "given_back") == []


@pytest.mark.parametrize("queued", [False, True])
def test_a_change_elsewhere(contest: Contest, server: Server, queued: bool) -> None:
    """What has been recorded since does not count: the words that were read leave."""
    name = released(contest)
    if queued:
        post_due(contest, settings(server), never)
    record(contest, "C-001", {"dossier": {"theme": "care"}})
    remark(contest)
    adopt(contest, "Une remarque.")
    pass_at(contest, server, "2024-02-20T10:01")
    assert bodies(server, "given_back") == ["About Food. Une pièce manque."]
    assert stage(contest, name) == "sent"


def test_words_that_come_to_the_same(contest: Contest, server: Server) -> None:
    """A template that is written otherwise and says the same asks nobody to read again."""
    released(contest)
    words = "About {{ value.dossier.theme }}. {# the reason #}{{ transition.reason }}"
    reword(contest, "given_back", words)
    pass_at(contest, server, "2024-02-20T10:01")
    assert bodies(server, "given_back") == ["About Food. Une pièce manque."]


def test_a_letter_that_can_no_longer_be_written(contest: Contest, server: Server) -> None:
    name = released(contest)
    broken = "{% if candidature.name == 'Les Jardins' %}{{ entered.selected }}{% endif %}Words."
    reword(contest, "given_back", broken)
    pass_at(contest, server, "2024-02-20T10:01")
    assert [one.name for one in messages(contest, ["held"])] == [name]


def test_a_notice_whose_date_moves(contest: Contest, server: Server, clock: SetClock) -> None:
    name = convoked(contest, clock, "On {{ event.when }}.")
    edit(contest, "config.toml", *MOVED)
    adopt(contest, "Une autre date.")
    assert stage(contest, name) == "held"
    release(contest, [name])
    pass_at(contest, server, "2024-03-01T10:00")
    [body] = bodies(server, "chosen")
    assert "7 March" in body
    assert began(server) == "03-07 10:00"


@pytest.mark.parametrize("change", [MOVED, ONE_MORE_HOUR])
def test_an_entry_that_is_not_in_the_words(
    contest: Contest, server: Server, clock: SetClock, change: tuple[str, str]
) -> None:
    name = convoked(contest, clock, "Come.")
    before = letter_view(contest, name).words
    edit(contest, "config.toml", *change)
    adopt(contest, "Une autre date.")
    assert stage(contest, name) == "held"
    assert letter_view(contest, name).words != before
    with pytest.raises(PtceError, match="would not say any more what you have read"):
        release(contest, [name], read={name: before})


def test_the_entry_that_was_released(contest: Contest, server: Server, clock: SetClock) -> None:
    convoked(contest, clock, "Come.")
    pass_at(contest, server, "2024-03-01T10:00")
    assert began(server) == "03-06 14:00"


def convoked(contest: Contest, clock: SetClock, words: str) -> str:
    """A notice of the meeting that a person has read and released: its name."""
    clock.instant = at("2024-03-01T09:00")
    reword(contest, "chosen", words, toml=CONVOKED)
    ref = scored(contest)
    move(contest, "select", ref)
    [held] = messages(contest, ["held"])
    release(contest, [held.name])
    return held.name


def began(server: Server) -> str:
    [mail] = [one for one in server.received if one.subject.startswith("chosen")]
    [event] = Calendar.from_ical(calendar_of(mail)).walk("VEVENT")
    return read(event.decoded("DTSTART"))


def test_a_state_that_is_renamed(contest: Contest, server: Server, clock: SetClock) -> None:
    ref = scored(contest)
    clock.instant = at("2024-03-12T10:00")
    move(contest, "select", ref)
    [held] = messages(contest, ["held"])
    release(contest, [held.name])
    rename(contest, "selected", "retained")
    assert brief(messages(contest, notification="chosen")) == [("chosen", "planned", "03-25 10:00")]
    pass_at(contest, server, "2024-03-25T10:00")
    assert subjects(server)[-1] == "chosen: C-001"


def test_a_state_that_is_renamed_and_told(contest: Contest, server: Server) -> None:
    reword(contest, "given_back", "Now: {{ candidature.state }}.")
    name = released(contest)
    edit(contest, "states/draft.toml", '"Draft"', '"In the making"')
    adopt(contest, "Un autre mot.")
    assert stage(contest, name) == "held"


def rename(contest: Contest, old: str, new: str) -> None:
    """Renames a state in the whole folder, and adopts it."""
    (contest.folder / "states" / f"{old}.toml").rename(contest.folder / "states" / f"{new}.toml")
    for file in (*contest.folder.rglob("*.toml"), *contest.folder.rglob("*.md")):
        text = re.sub(rf'(?<=[".]){old}(?=[". ])', new, file.read_text("utf-8"))
        file.write_text(text, "utf-8")
    adopt(contest, "Un autre nom.", states={old: new})


def test_nobody_reads_it_any_more(contest: Contest, server: Server) -> None:
    name = released(contest)
    reword(contest, "given_back", OTHER, toml=NOTIFICATIONS["given_back"].replace("true", "false"))
    assert stage(contest, name) == "planned"
    pass_at(contest, server, "2024-02-20T10:01")
    assert bodies(server, "given_back") == ["Other words. Une pièce manque."]


def test_read_from_now_on_though_its_hour_is_over(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    server.always("RCPT", "450 4.2.0 later")
    pass_at(contest, server, "2024-03-04T09:00")
    server.always("RCPT", Misbehaviour.USUAL)
    notify(contest.folder, "reminder", NOTIFICATIONS["reminder"] + "held = true\n")
    adopt(contest, "On relit.")
    assert {str(one.stage) for one in messages(contest, notification="reminder")} == {"held"}
    pass_at(contest, server, "2024-03-04T10:00")
    assert "reminder: C-001" not in subjects(server)


TAMPER = "UPDATE message SET words = replace(words, 'Food', 'Care') WHERE words != ''"


def test_words_changed_behind_our_back(contest_as_it_is: Contest, server: Server) -> None:
    contest = contest_as_it_is
    name = released(contest)
    with attack(contest) as database:
        assert database.execute(TAMPER).rowcount == 1
    pass_at(contest, server, "2024-02-20T10:01")
    assert bodies(server, "given_back") == []
    [fault] = verify(contest).faults
    assert fault.what == f"The mail {name} does not say what was read and released."
    with attack(contest) as database:
        database.execute(TAMPER.replace("'Food', 'Care'", "'Care', 'Food'"))
    pass_at(contest, server, "2024-02-20T10:02")
    assert bodies(server, "given_back") == ["About Food. Une pièce manque."]
    assert verify(contest).faults == ()


@pytest.mark.parametrize(
    "change", ["UPDATE mail SET content = content || x'20'", "DELETE FROM mail"]
)
def test_bytes_changed_behind_our_back(contest: Contest, server: Server, change: str) -> None:
    name = released(contest)
    post_due(contest, settings(server), never)
    with attack(contest) as database:
        assert database.execute(f"{change} WHERE number = {number_of(name)}").rowcount == 1
    pass_at(contest, server, "2024-02-20T10:01")
    assert bodies(server, "given_back") == []
    assert "not those that were written" in letter_view(contest, name).posted.said
    resolve(contest, name, "resend")
    pass_at(contest, server, "2024-02-20T10:02")
    assert bodies(server, "given_back") == ["About Food. Une pièce manque."]
