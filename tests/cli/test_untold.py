"""Decisions whose mail has not left: `today`, `show`, `doctor`, the digest name each, and why."""

import json
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.waiting import unnotified
from tests.cli.lines import run
from tests.cli.posting import do, use_server
from tests.contests.test_jardins import begun
from tests.smtp import Server

__all__ = ["begun"]

Capture = pytest.CaptureFixture[str]
LATER = "2027-03-04T10:00:00+01:00"
DIGEST = """+++
to = "desk"
about = "contest"
daily = "08:30"
+++
# Point du jour

{% for task in digest.tasks %}
## {{ task.title }}

{% for one in task.things %}
- {{ one }}
{% endfor %}
{% endfor %}
"""


@pytest.fixture
def refused(begun: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The contest three days after C-002 was refused; its mail waits to be read."""
    do("advance", "C-002", "refuse", "--reason", "trop peu de personnes", "--yes")
    monkeypatch.setenv("PTCE_NOW", LATER)
    return begun


def told(capsys: Capture, *line: str) -> str:
    """What a command says, on one line."""
    ended = run(capsys, *line)
    return " ".join(f"{ended.out} {ended.err}".split()).replace("\N{NO-BREAK SPACE}", " ")


def named(capsys: Capture) -> str:
    """Why the one decision was not told, as `show --json` has it; it is said everywhere."""
    (one,) = json.loads(run(capsys, "show", "C-002", "--json").out)["untold"]
    assert (one["transition"], one["days"]) == ("refuse", 3)
    for line in (("today",), ("show", "C-002"), ("doctor",)):
        assert f"C-002 Saules : Déclarer irrecevable, il y a 3 jours : {why(one)}" in told(
            capsys, *line
        )
    assert json.loads(run(capsys, "show", "C-001", "--json").out)["untold"] == []
    return str(one["stage"])


def why(one: dict[str, object]) -> str:
    """The words for what stands in the way of a mail."""
    if not one["address"]:
        return "aucune adresse connue"
    said = {
        "held": "à relire avant l’envoi",
        "failed": "échoué : 550 no such user",
        "bounced": "revenu : boîte pleine",
    }
    return said.get(str(one["stage"]), "prévu")


def test_one_that_waits_to_be_read(refused: Path, capsys: Capture) -> None:
    assert named(capsys) == "held"
    do("mail", "release", "--ref", "C-002", "--yes")
    assert named(capsys) == "planned"
    with Server() as server:
        use_server(refused, server)
        do("tick")
        assert "Décisions ✓" in told(capsys, "doctor").replace("✓ Décisions", "Décisions ✓")
    assert "Décisions" not in told(capsys, "today")
    assert json.loads(run(capsys, "show", "C-002", "--json").out)["untold"] == []


def test_one_that_the_server_refused(refused: Path, capsys: Capture) -> None:
    do("mail", "release", "--ref", "C-002", "--yes")
    with Server() as server:
        use_server(refused, server)
        server.always("RCPT", "550 no such user")
        assert run(capsys, "tick").code == 1
    assert named(capsys) == "failed"


def test_one_that_came_back(refused: Path, capsys: Capture) -> None:
    (one,) = json.loads(run(capsys, "show", "C-002", "--json").out)["untold"]
    name = one["message"]
    do("mail", "release", "--ref", "C-002", "--yes")
    with Server() as server:
        use_server(refused, server)
        do("tick")
    do("mail", "resolve", name, "--bounced", "--reason", "boîte pleine")
    assert named(capsys) == "bounced"
    do("mail", "resolve", name, "--sent", "--reason", "une autre adresse")
    assert json.loads(run(capsys, "show", "C-002", "--json").out)["untold"] == []


def test_one_without_an_address(refused: Path, capsys: Capture) -> None:
    do("record", "C-002", "dossier", "contact=")
    assert named(capsys) == "held"


def test_one_that_waits_for_its_hour_is_none(begun: Path, capsys: Capture) -> None:
    with Contest.open(begun, actor="anne") as contest:
        assert unnotified(contest) == ()
    assert "Décisions" not in told(capsys, "today")


def test_the_desk_reads_them_in_the_morning(refused: Path, capsys: Capture) -> None:
    do("people", "enrol", "Zoé", "--role", "desk", "--login", "zoe", "--email", "z@lodeve.example")
    (refused / "notifications" / "digest.md").write_text(DIGEST, "utf-8")
    do("adopt", "--reason", "un point du matin")
    listed = json.loads(run(capsys, "mail", "list", "--notification", "digest", "--json").out)
    said = told(capsys, "mail", "show", listed[0]["message"])
    assert (
        "C-002 Saules : Déclarer irrecevable, il y a 3 jours : à relire avant l’envoi (M-" in said
    )


REOPEN = """
label = "Irrecevable"

[transitions.reopen]
label = "Rouvrir"
to = "eligible"
by = ["desk"]

[transitions.annul]
label = "Annuler"
to = "draft"
by = ["desk"]
"""
ANNULLED = """+++
label = "Décision annulée"
on = "ineligible.annul"
+++
# Votre demande est reprise

La décision est annulée.
"""


@pytest.fixture
def waiting(refused: Path, capsys: Capture) -> str:
    """The contest whose folder lets the desk undo that decision, or go on: the mail's name."""
    states = refused / "states"
    ends = states / "ends.toml"
    ends.write_text(ends.read_text().replace('ineligible = { label = "Irrecevable" }\n', ""))
    (states / "ineligible.toml").write_text(REOPEN)
    (refused / "notifications" / "annulled.md").write_text(ANNULLED)
    do("adopt", "--reason", "une voie de retour")
    return waits(capsys)


@pytest.fixture
def reopened(waiting: str) -> str:
    """The contest whose desk has moved that candidature on, not back: the mail's name."""
    do("advance", "C-002", "reopen")
    return waiting


def mails(capsys: Capture, *options: str) -> list[tuple[str, str]]:
    """The notification and the stage of every mail about C-002 but the first."""
    listed = json.loads(run(capsys, "mail", "list", "--ref", "C-002", "--all", "--json").out)
    named = [(one["notification"], one["stage"]) for one in listed]
    return [one for one in named if one[0] in ("ineligible", "annulled")]


def waits(capsys: Capture) -> str:
    """The name of the one mail that waits to be read."""
    (one,) = json.loads(run(capsys, "mail", "list", "--state", "held", "--json").out)
    return str(one["message"])


def test_one_that_stands_no_more(reopened: str, capsys: Capture) -> None:
    do("record", "C-002", "dossier", "contact=saules@autre.example")
    assert "la candidature est maintenant : Recevable" in told(capsys, "today")
    for line in (("mail", "show", reopened.lower()), ("mail", "release", reopened)):
        said = told(capsys, *line)
        assert "C-002 est maintenant : Recevable." in said
        assert "Le contact de C-002 a changé depuis la décision" in said
    do("mail", "drop", reopened, "--reason", "décision annulée")
    assert json.loads(run(capsys, "show", "C-002", "--json").out)["untold"] == []


def test_one_released_before_it_moved_on(waiting: str, capsys: Capture) -> None:
    do("mail", "release", waiting, "--yes")
    do("advance", "C-002", "reopen")
    assert waits(capsys) == waiting
    do("mail", "release", waiting, "--yes")
    with Server() as server:
        use_server(Path(), server)
        do("tick")
        assert len(server.received) >= 1
    assert run(capsys, "verify").code == 0
    assert json.loads(run(capsys, "show", "C-002", "--json").out)["untold"] == []


@pytest.mark.parametrize("released", [False, True])
def test_one_that_is_undone(waiting: str, released: bool, capsys: Capture) -> None:
    if released:
        do("mail", "release", waiting, "--yes")
    do("advance", "C-002", "annul")
    assert mails(capsys) == [("ineligible", "cancelled")]
    assert "sa décision a été annulée avant que quiconque" in told(capsys, "history", "C-002")
    assert "Décisions" not in told(capsys, "today")
    do("advance", "C-002", "refuse", "--reason", "trop peu de personnes", "--yes")
    assert mails(capsys) == [("ineligible", "cancelled"), ("ineligible", "held")]
    assert run(capsys, "verify").code == 0


@pytest.mark.parametrize("by", ["mail", "telephone"])
def test_one_that_is_undone_once_it_was_told(waiting: str, by: str, capsys: Capture) -> None:
    """Whoever has heard of it, in a mail or otherwise, hears that it is undone."""
    if by == "mail":
        do("mail", "release", waiting, "--yes")
        with Server() as server:
            use_server(Path(), server)
            do("tick")
    else:
        do("mail", "drop", waiting, "--told", "--reason", "dit au téléphone")
    do("advance", "C-002", "annul")
    stage = "sent" if by == "mail" else "dropped"
    assert mails(capsys) == [("ineligible", stage), ("annulled", "planned")]
    assert run(capsys, "verify").code == 0


def test_one_that_the_server_puts_off(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = begun / "sheets" / "dossier.toml"
    phone = '[fields.phone]\ntype = "phone"\nlabel = "Téléphone"\nrequired = false\n'
    sheet.write_text(f"{sheet.read_text('utf-8')}\n{phone}", "utf-8")
    do("adopt", "--reason", "un numéro")
    do("record", "C-002", "dossier", "phone=05 61 00 00 00", "--at", "01/03/2027 10:00")
    do("advance", "C-002", "refuse", "--reason", "trop peu de personnes", "--yes")
    do("mail", "release", "--ref", "C-002", "--yes")
    with Server() as server:
        use_server(begun, server)
        server.always("RCPT", "452 4.2.2 mailbox full")
        do("tick")
        assert "3 à retenter · ptce mail list" in told(capsys, "doctor")
        everywhere = ("show C-002", "doctor", "audit")
        for line in everywhere:
            assert "Déclarer irrecevable, aujourd’hui : à retenter : 452" in told(
                capsys, *line.split()
            )
        monkeypatch.setenv("PTCE_NOW", "2027-03-03T10:00:00+01:00")
        do("tick")
        for line in everywhere:
            assert "mailbox full ; à appeler : 05 61 00 00 00" in told(
                capsys, *line.split()
            ).replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
