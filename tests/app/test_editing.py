"""A mail that waits for a reader: rewritten or dropped; a letter that the desk writes itself."""

from collections.abc import Callable

import pytest

import ptce_workflow.app.outbox.waiting as ahead
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import (
    draft,
    drop,
    edit,
    letter_view,
    letters_to,
    messages,
    release,
    resolve,
    write,
)
from ptce_workflow.app.outbox.letters import Letters
from ptce_workflow.app.people import enrol, leave
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.model.base import TemplateFault
from tests import mailing
from tests.mailing import NOTIFICATIONS, pass_at, reword, told
from tests.rehearsal import added, lines, move, opened, submitted
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


LETTER = "# The meeting has moved\n\nIt is on **Tuesday**.\n"


def test_a_letter_of_the_desk(contest: Contest, server: Server) -> None:
    """It is held in the frame of all mails, rewritten, released by what was read, and leaves."""
    ref = added(contest)
    [posted] = write(contest, [ref], LETTER)
    assert (str(posted.stage), posted.ref, posted.rewritten) == ("held", ref, False)
    assert str(posted.label) == "Letter from the desk"
    assert draft(contest, posted.name) == LETTER
    [line] = told(contest, "message_written")
    assert (line.actor, line.data) == ("P-001", {"message": posted.name, "recipient": "contact"})
    edit(contest, posted.name, LETTER.replace("Tuesday", "Friday"))
    shown = letter_view(contest, posted.name)
    assert shown.letter.text.startswith("Hello,\n\nIt is on Friday.\n")
    assert f"line {line.n}, fingerprint" in shown.letter.text
    release(contest, [posted.name], read={posted.name: shown.words})
    assert [one.name for one in ahead.forecast(contest) if one.notification == posted.notification]
    pass_at(contest, server, "2024-02-20T10:00")
    [sent] = [one for one in server.received if one.subject == "The meeting has moved"]
    assert "Friday" in mailing.body_of(sent)
    assert sent.message["X-PTCE-Line"].split()[0] == str(line.n)


def test_what_happens_meanwhile_leaves_it_as_it_is(contest: Contest, server: Server) -> None:
    """Neither a move, nor another process, nor an answer makes it say, or become, anything else."""
    ref = submitted(contest)
    [held, released] = (write(contest, [ref], LETTER)[0].name for _twice in range(2))
    before = letter_view(contest, held).letter
    release(contest, [released])
    move(contest, "withdraw", ref, reason="Pas prêts.")
    reword(contest, "opened", "Other words.")
    assert letter_view(contest, held).letter == before
    assert [str(letter_view(contest, one).posted.stage) for one in (held, released)] == [
        "held",
        "planned",
    ]
    drop(contest, held, "Inutile.")
    pass_at(contest, server, "2024-02-20T10:00")
    assert mailing.subjects(server).count("The meeting has moved") == 1


def test_a_letter_to_several(contest: Contest) -> None:
    """All of a state, an institution, a role, a person: each once, with those out of reach."""
    enrol(contest, "Nour", ["jury"], institution="north", email="nour@nord.example")
    enrol(contest, "Sam", ["jury"], institution="south")
    first, second = added(contest), submitted(contest)
    letters = letters_to(contest, ["all", "draft", first, "jury", "north", "P-002"])
    assert [one.ref for one in letters] == [first, second, "", ""]
    assert [one.to for one in letters if not one.address] == ["Sam"]
    assert [one.ref for one in letters_to(contest, ["submitted"])] == [second]
    assert len(write(contest, ["all", "jury"], LETTER)) == 3
    assert len({letter_view(contest, one.name).words for one in messages(contest, ["held"])}) == 3
    for to, what in ((["south"], "Sam"), (["scored"], "")):
        with pytest.raises(PtceError, match="nobody to write to") as refused:
            write(contest, to, LETTER)
        assert what in refused.value.why


def test_a_letter_to_others_than_were_shown(contest: Contest) -> None:
    ref = added(contest)
    added(contest)
    shown = letters_to(contest, ["draft"])
    move(contest, "submit", ref)
    before = lines(contest)
    with pytest.raises(PtceError, match="not those that were shown"):
        write(contest, ["draft"], LETTER, expected=shown)
    assert lines(contest) == before


def test_a_correction(contest: Contest, server: Server) -> None:
    """Of a mail that has left, for the same reader; what has not left is rewritten instead."""
    added(contest)
    name = messages(contest, notification="opened")[0].name
    with pytest.raises(PtceError, match=f"{name} is planned") as refused:
        write(contest, [], LETTER, name)
    assert refused.value.mend == f"Rewrite it: ptce mail edit {name}"
    pass_at(contest, server, "2024-02-20T10:00")
    [posted] = write(contest, [], LETTER, name.lower())
    assert told(contest, "message_written")[0].data["corrects"] == name
    assert posted.address == letter_view(contest, name).posted.address


def test_the_first_mail_of_the_folder_still_tells_of_personal_data(contest: Contest) -> None:
    """A letter of the desk does not: the next mail is the first that does."""
    ref = added(contest)
    write(contest, [ref], LETTER)
    with contest.looking() as tx:
        row = next(row for row in tx.unit.messages(contest.id) if row.notification == "opened")
        assert Letters(tx).subject(row, "en").first


@pytest.mark.parametrize("source", ["", "Words alone.", "# Subject\n", "# S\n\nA **word."])
def test_no_letter_of_the_desk(contest: Contest, source: str) -> None:
    ref = added(contest)
    before = lines(contest)
    with pytest.raises(TemplateFault):
        write(contest, [ref], source)
    assert lines(contest) == before


def test_only_the_desk_writes(contest: Contest, clock: SetClock) -> None:
    ref = added(contest)
    enrol(contest, "Sam", ["auditor"], login="sam")
    with (
        opened(contest.folder, clock, "sam") as other,
        pytest.raises(PtceError, match="Only the desk"),
    ):
        write(other, [ref], LETTER)


def test_erased_with_its_reader(contest: Contest, server: Server) -> None:
    """What left and what waited: no word is kept, and nobody can be written to any more."""
    ref = added(contest)
    [held], [left] = (write(contest, [ref], LETTER) for _twice in range(2))
    release(contest, [left.name])
    pass_at(contest, server, "2024-02-20T10:00")
    move(contest, "withdraw", ref, reason="Pas prêts.")
    pass_at(contest, server, "2024-02-20T10:01")
    erase(contest, ref, "Demandé.")
    with contest.database.reading() as repo:
        rows = {row.name: row for row in repo.messages(contest.id)}
    assert [(rows[one.name].words, rows[one.name].address) for one in (held, left)] == [
        ("", "")
    ] * 2
    assert [str(rows[one.name].stage) for one in (held, left)] == ["cancelled", "sent"]
    assert "erased" in letter_view(contest, left.name).letter.text
    with pytest.raises(PtceError, match="has no words") as refused:
        letter_view(contest, held.name)
    assert refused.value.why == "They were erased."
    with pytest.raises(PtceError, match="nobody to write to"):
        write(contest, [ref], LETTER)


def test_its_reader_has_left(contest: Contest, server: Server) -> None:
    """Nobody is written to who has left: it fails, and a person looks at it."""
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    [posted] = write(contest, ["north"], LETTER)
    release(contest, [posted.name])
    leave(contest, "nour")
    pass_at(contest, server, "2024-02-20T10:00")
    assert str(letter_view(contest, posted.name).posted.stage) == "failed"
    assert "The meeting has moved" not in mailing.subjects(server)
