"""A mail that waits for a reader: rewritten for its one reader, or dropped with a reason."""

from collections.abc import Callable

import pytest

import ptce_workflow.app.outbox.waiting as ahead
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import draft, drop, edit, letter_view, messages, release, resolve
from ptce_workflow.base.errors import Misuse, PtceError
from tests import mailing
from tests.mailing import NOTIFICATIONS, pass_at, reword, told
from tests.rehearsal import added, lines, move, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

OWN = "# One more word\n\nYour **budget** is [here](https://contest.example).\n"


def held(contest: Contest) -> str:
    """A mail that waits to be read."""
    ref = submitted(contest)
    move(contest, "give_back", ref, reason="Une pièce manque.")
    [posted] = messages(contest, ["held"])
    return posted.name


def test_it_leaves_as_it_was_rewritten(contest: Contest, server: Server) -> None:
    name = held(contest)
    assert draft(contest, name).startswith("# given")
    posted = edit(contest, name, OWN, "Plus clair.")
    assert posted is not None
    assert (str(posted.stage), posted.rewritten) == ("held", True)
    shown = letter_view(contest, name)
    assert shown.letter.subject == "[REHEARSAL] One more word"
    assert "Your budget is here <https://contest.example>." in shown.letter.text.split("\n")
    assert "<strong>budget</strong>" in shown.letter.html
    [line] = told(contest, "message_edited")
    assert (line.actor, line.data) == ("P-001", {"message": name, "words": shown.words})
    assert draft(contest, name) == OWN
    release(contest, [name], read={name: shown.words})
    pass_at(contest, server, "2024-02-20T10:00")
    [sent] = [one for one in server.received if one.subject == "One more word"]
    assert "Your budget" in str(sent.message.get_body(("plain",)))


def test_nothing_changed(contest: Contest) -> None:
    """What somebody looked at and left as it was writes no line."""
    name = held(contest)
    before = lines(contest)
    assert edit(contest, name, draft(contest, name)) is None
    assert lines(contest) == before


def test_what_it_rests_on_has_changed(contest: Contest) -> None:
    name = held(contest)
    edit(contest, name, OWN)
    reword(contest, "given_back", "Other words.")
    with pytest.raises(PtceError, match="was rewritten"):
        release(contest, [name])
    assert edit(contest, name, draft(contest, name)) is not None
    release(contest, [name])


def test_begun_with_what_is_no_more(contest: Contest) -> None:
    reword(contest, "given_back", "For {{ candidature.name }}.")
    name = held(contest)
    began = draft(contest, name)
    record(contest, "C-001", {"dossier": {"name": "Les Nouveaux"}})
    with pytest.raises(PtceError, match="begun with"):
        edit(contest, name, OWN, draft=began)
    assert not letter_view(contest, name).posted.rewritten


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("Words alone.", "0 headings"),
        ("# One\n\n# Two\n\nWords.", "2 headings"),
        ("# Subject\n", "nothing below"),
        ("# Subject\n\nA **word.", "opens or closes"),
        ("# " + "long " * 60 + "\n\nWords.", "too long"),
    ],
)
def test_no_letter(contest: Contest, source: str, what: str) -> None:
    """What can be no letter is told, and changes nothing."""
    name = held(contest)
    with pytest.raises(PtceError, match=what):
        edit(contest, name, source)
    assert told(contest, "message_edited") == []


def test_sent_again_as_it_was_rewritten(contest: Contest, server: Server) -> None:
    name = held(contest)
    edit(contest, name, OWN)
    release(contest, [name])
    server.always("RCPT", "550 5.1.1 nobody here")
    pass_at(contest, server, "2024-02-20T10:00")
    server.always("RCPT", mailing.USUAL)
    posted = resolve(contest, name, "resend")
    assert str(posted.stage) == "planned"
    pass_at(contest, server, "2024-02-20T10:10")
    assert server.received[-1].subject == "One more word"


def test_dropped(contest: Contest, server: Server) -> None:
    """It never leaves, whatever happens after; the ledger says who, and beside it why."""
    toml = f"{NOTIFICATIONS['reminder']}\nheld = true\n"
    reword(contest, "reminder", "Words.", toml=toml)
    ref = added(contest)
    names = [one.name for one in messages(contest, ["held"], notification="reminder")]
    for name in names:
        drop(contest, name, "Le collectif est prévenu.")
    record(contest, ref, {"dossier": {"name": "Les Nouveaux"}})
    adopt_nothing_of_it(contest)
    assert {str(letter_view(contest, name).posted.stage) for name in names} == {"dropped"}
    assert not [one for one in ahead.forecast(contest) if one.notification == "reminder"]
    assert [line.data["told"] for line in told(contest, "message_dropped")] == [False, False]
    assert b"est pr" not in b"".join(lines(contest))
    pass_at(contest, server, "2024-03-09T10:00")
    assert not [one for one in mailing.subjects(server) if one.startswith("reminder")]


def adopt_nothing_of_it(contest: Contest) -> None:
    """Adopts a folder that says the same of the mail in question."""
    reword(contest, "opened", "Other words.")


def test_taken_back(contest: Contest) -> None:
    """What was dropped waits to be read again, as it was rewritten."""
    name = held(contest)
    edit(contest, name, OWN)
    drop(contest, name, "Par erreur.")
    posted = resolve(contest, name, "resend")
    assert (str(posted.stage), posted.rewritten) == ("held", True)
    assert told(contest, "message_resolved")[0].data["as"] == "held"


def test_no_reason(contest: Contest) -> None:
    """Nobody drops a mail without saying why."""
    name = held(contest)
    for reason in (None, " "):
        with pytest.raises(Misuse, match="why it never leaves"):
            drop(contest, name, reason)


ACTS: tuple[Callable[[Contest, str], object], ...] = (
    draft,
    lambda contest, name: edit(contest, name, OWN),
    lambda contest, name: drop(contest, name, "Parce que."),
)


@pytest.mark.parametrize("act", ACTS)
def test_only_what_is_held(contest: Contest, act: Callable[[Contest, str], object]) -> None:
    added(contest)
    with pytest.raises(PtceError, match="M-001 is planned"):
        act(contest, "M-001")
