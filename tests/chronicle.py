"""The whole contest, lived once: a ledger of every kind of line that this program writes.

`whole/` is its folder. What befalls it is told here in its order, on a clock that is set; a test
that alters its ledger takes a copy.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add, advance
from ptce_workflow.app.candidatures.handover import hand_over
from ptce_workflow.app.candidatures.history import note
from ptce_workflow.app.candidatures.record import (
    Arrival,
    receive,
    record,
    record_of_contest,
    rectify,
)
from ptce_workflow.app.checkpoints import rotate_key
from ptce_workflow.app.contest import Contest, accept_clock
from ptce_workflow.app.create import create
from ptce_workflow.app.jury.convocation import convene, record_convocation
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import declare_links, rectify_marks, recuse, score
from ptce_workflow.app.mailbox import read as read_mails
from ptce_workflow.app.outbox.desk import drop, messages, release, resolve, write
from ptce_workflow.app.outbox.desk import edit as edit_mail
from ptce_workflow.app.people import enrol, leave
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.mail.mailbox import StoredMail
from ptce_workflow.mail.settings import read_receipt
from ptce_workflow.process.panel import Agenda, Deviation, VotedOrder
from ptce_workflow.scheduler.passes import tick
from tests.mailing import at, settings
from tests.rehearsal import edit, move, opened
from tests.smtp import Misbehaviour, Server

WHOLE = Path(__file__).with_name("whole")
BEGINNING = datetime(2024, 2, 20, 9, tzinfo=UTC)
END = at("2024-04-12T10:00")
SEATS = ("north", "south", "east", "west")
GIVER, TAKER, EARLIER = "giver", "taker", "earlier"


def live(place: Path) -> None:
    """Lives the contest in two folders of a place: `giver`, and `taker`, the next one.

    `earlier` is the first as it was before anything was decided.
    """
    clock = SetClock(BEGINNING)
    for name in (GIVER, TAKER):
        shutil.copytree(WHOLE, place / name)
        if name == TAKER:
            config = place / name / "config.toml"
            config.write_text(config.read_text("utf-8").replace("whole-2024", "whole-2025"))
        create(place / name, login="anne", rehearsal=True, clock=clock)
    with (
        Server() as server,
        opened(place / GIVER, clock) as contest,
        opened(place / TAKER, clock) as taker,
    ):
        _prepared(contest, server)
        _submitted(contest, server)
        _scored(contest, server)
        shutil.copytree(place / GIVER, place / EARLIER)
        _decided(contest, server, taker)
        assert verify(contest).faults == ()
        assert verify(taker).faults == ()


def dossier(name: str, **answers: Any) -> dict[str, dict[str, Any]]:
    """A dossier that may be submitted, some of its answers changed."""
    login = name.lower().replace(" ", ".")
    given = {"name": name, "email": f"{login}@collectif.example", "amount": "300", **answers}
    return {"dossier": given}


def passes(contest: Contest, server: Server, instant: str) -> None:
    """One pass of the courier, at an hour of Paris."""
    _set(contest, instant)
    tick(contest, settings(server))


def _set(contest: Contest, instant: str) -> None:
    assert isinstance(contest.clock, SetClock)
    contest.clock.instant = at(instant)


@contextmanager
def _as(contest: Contest, login: str) -> Iterator[Contest]:
    assert isinstance(contest.clock, SetClock)
    with opened(contest.folder, contest.clock, login) as theirs:
        yield theirs


def _prepared(contest: Contest, server: Server) -> None:
    """People are enrolled, candidatures opened, and their first mails meet every fate."""
    for name, seat in zip(("Nour", "Omar", "Eva", "Wim"), SEATS, strict=True):
        login = name.lower()
        enrol(
            contest, name, ["jury"], institution=seat, login=login, email=f"{login}@{seat}.example"
        )
    enrol(contest, "Max", ["desk"], login="max", email="max@contest.example")
    enrol(contest, "Sam", ["auditor"], login="sam")
    record_of_contest(contest, {"notice": {"seats": "2"}})
    letter = {"name": "lettre.txt", "content": b"Une lettre."}
    partners = [{"name": "La Serre"}]
    for given in (
        dossier("Les Jardins", letter=letter, partners=partners),
        dossier("Le Moulin", need="Un local."),
        dossier("La Halle", need="Un fournil.", governance=False),
        dossier("Le Quai"),
    ):
        add(contest, given)
    server.then("content", "550 5.7.1 no", Misbehaviour.KEEP_AND_DROP)
    passes(contest, server, "2024-02-20T10:30")
    for name, outcome, reason in (("failed", "resend", None), ("uncertain", "sent", "Vu.")):
        for posted in messages(contest, [name]):
            resolve(contest, posted.name, outcome, reason)
    passes(contest, server, "2024-02-21T10:30")
    _set(contest, "2024-02-22T10:00")
    add(contest, dossier("Le Phare", amount=None, governance=False))
    add(contest, dossier("La Digue", governance=True))


def _submitted(contest: Contest, server: Server) -> None:
    """Dossiers come in, one is given back, two are late; the rulebook changes."""
    passes(contest, server, "2024-02-23T10:00")
    record(contest, "C-002", {"dossier": {"governance": "yes", "need": None}})
    record(contest, "C-003", {"dossier": {"need": "Un four."}}, Arrival(at("2024-02-22T18:00")))
    letter = Evidence(sha256(b"Une lettre.").hexdigest(), 11)
    receive(contest, "C-002", "dossier", at=at("2024-02-22T17:00"), evidence=letter)
    move(contest, "submit", "C-001", "C-002")
    _set(contest, "2024-02-24T11:00")
    record(contest, "C-006", {"dossier": {"need": "Un ponton."}})
    _set(contest, "2024-02-24T10:00")
    accept_clock(contest, "Elle avançait d’une heure.")
    assert not advance(contest, ["C-005"], "submit")[0].made
    move(contest, "give_back", "C-002", reason="Une pièce manque.")
    [held] = messages(contest, ["held"])
    edit_mail(contest, held.name, "# Une pièce manque\n\nWords, plus *clairs*.\n", "Plus clair.")
    release(contest, [held.name])
    passes(contest, server, "2024-02-26T10:00")
    move(contest, "submit", "C-002", "C-003", "C-004")
    edit(contest, "config.toml", "value = 1000.0", "value = 1500.0")
    adopt(contest, "Une bourse plus grande.")
    rotate_key(contest, "La machine a été remplacée.")
    leave(contest, "sam")
    _set(contest, "2024-03-10T10:00")
    add(contest, dossier("La Cale"))
    # No pass before the deadline: the first mail to C-007 is of no more use.
    passes(contest, server, "2024-03-13T10:00")
    passes(contest, server, "2024-03-15T10:00")


def _scored(contest: Contest, server: Server) -> None:
    """A slip is mended, each seat gives its marks, one steps aside; then the sitting is called."""
    _set(contest, "2024-03-20T10:00")
    slip = {"dossier": {"need": "Un four à bois.", "governance": "yes"}}
    letter = Evidence(sha256(b"Un four.").hexdigest(), 8)
    rectify(contest, "C-003", slip, reason="Mal lu.", evidence=letter)
    marks: Mapping[str, str] = {"C-001": "5", "C-002": "4", "C-003": "3", "C-004": "3"}
    for seat, login in zip(SEATS[:2], ("nour", "omar"), strict=True):
        with _as(contest, login) as theirs:
            declare_links(theirs)
            for ref, mark in marks.items():
                score(theirs, ref, seat, {"idea": mark, "method": mark, "remark": "Vu."})
    for seat in SEATS[2:]:
        declare_links(contest, ["C-001"], links="Elle y adhère.", institution=seat)
        reason = "Depuis dix ans, et sans y agir."
        declare_links(contest, ["C-001"], presides="north", reason=reason, institution=seat)
        declare_links(contest, institution=seat)
        for ref, mark in marks.items():
            score(contest, ref, seat, {"idea": mark, "method": mark})
    recuse(contest, "C-001", "west", "Adhérente.")
    with _as(contest, "eva") as theirs:
        recuse(theirs, "C-003", "eva", "Une parente.")
    recuse(contest, "C-002", "west", "Erreur.")
    recuse(contest, "C-002", "west", "Une autre.", lift=True)
    move(contest, "close_scoring", *marks)
    convene(contest, "vote", at=at("2024-04-09T14:00"), place="Mairie")
    record_convocation(contest, "vote", "west", Evidence(sha256(b"Lettre.").hexdigest(), 7))
    passes(contest, server, "2024-03-20T10:30")


def _decided(contest: Contest, server: Server, taker: Contest) -> None:
    """The panel meets, places are given, refused and handed on; a last mail waits its turn."""
    _set(contest, "2024-04-09T14:30")
    deliberate(
        contest,
        Agenda(
            present=("north=P-002", *SEATS[1:3], "town"),
            proxies={"west": "south"},
            dissent={"east": "Deux places, c’est trop peu."},
            opened=at("2024-04-09T14:05"),
            closed=at("2024-04-09T14:25"),
            place="Salle haute",
            orders=[VotedOrder(["C-004", "C-003"], "Plus mûr.", ["north", "south"], ["east"])],
            deviations=[Deviation("C-002", "decline", "Hors sujet.", ["north", "south"])],
        ),
    )
    grid = Evidence(sha256(b"Grille.").hexdigest(), 7)
    rectify_marks(contest, "C-004", "east", {"idea": "3.5"}, reason="Mal lu.", evidence=grid)
    passes(contest, server, "2024-04-09T15:00")
    [*held] = messages(contest, ["held"])
    release(contest, [held[0].name])
    for _again in range(2):
        drop(contest, held[1].name, "Dit au téléphone.", told=True)
        resolve(contest, held[1].name, "resend")
    drop(contest, held[1].name, "Dit par lettre.", told=True)
    passes(contest, server, "2024-04-10T11:00")
    # One mail comes back for good; of another, somebody was wrong.
    for name in [one.name for one in messages(contest, ["sent"], ref="C-002")][:2]:
        resolve(contest, name, "bounced", "550 5.1.1 inconnu")
    resolve(contest, name, "sent", "C’était une autre adresse.")
    # One letter corrects a mail, another goes to a juror, and nobody has read them yet.
    for to, corrects in (((), name), (("P-003",), None)):
        write(contest, to, "# Une précision\n\nMardi.\n", corrects)
    _appealed(contest, server)
    move(contest, "withdraw", "C-001")
    move(contest, "promote", "C-003")
    hand_over(contest, "C-004", taker)
    server.then("RCPT", "421 4.3.2 later")
    passes(contest, server, "2024-04-12T10:00")
    assert messages(contest, ["queued"])
    # Somebody who has left, and a candidature that was late, ask to be forgotten.
    erase(contest, "sam", "Demandé par lettre.")
    erase(contest, "C-005", "Demandé par lettre.")


def _appealed(contest: Contest, server: Server) -> None:
    """One that was declined asks twice; what is missing stands in the way, then it is granted."""
    _set(contest, "2024-04-10T16:00")
    proof = Evidence(sha256(b"Un recours.").hexdigest(), 11)
    receive(contest, "C-002", "appeal", at=at("2024-04-10T15:00"), evidence=proof)
    assert not advance(contest, ["C-002"], "appeal.granted", reason="Oui.")[0].made
    advance(contest, ["C-002"], "appeal.rejected", reason="Rien de neuf.")
    passes(contest, server, "2024-04-11T11:00")
    # It waits, for a mail to that address came back.
    release(contest, [one.name for one in messages(contest, ["planned"]) if one.doubtful])
    passes(contest, server, "2024-04-11T11:01")
    receive(contest, "C-002", "appeal")
    record(contest, "C-002", {"appeal": {"grounds": "Une erreur.", "heard": "yes"}})
    record(contest, "C-002", {"dossier": {"need": "Deux locaux."}})
    advance(contest, ["C-002"], "appeal.granted", reason="Vu.")
    note(contest, "C-002", "A appelé : rappelle jeudi.")
    _answered(contest)


def _answered(contest: Contest) -> None:
    """Two write back, one of them by a program."""
    settings = read_receipt({"entry": ["mx.desk.example"]}, "local.toml")
    mails = (
        _mail("Une question", "la.halle", "11 Apr 2024 08:00:00 +0000"),
        _mail("Absence", "la.digue", "11 Apr 2024 08:30:00 +0000", "Auto-Submitted: auto-replied"),
    )
    read = read_mails(contest, [StoredMail("answers.mbox", mail) for mail in mails], settings)
    assert [(one.ref, one.outcome) for one in read] == [
        ("C-003", "answer"),
        ("C-006", "automatic"),
    ]


def _mail(subject: str, sender: str, hour: str, *headers: str) -> bytes:
    lines = (
        f"Received: from out.example (out.example [192.0.2.7]) by mx.desk.example; Thu, {hour}",
        f"From: {sender}@collectif.example",
        f"Subject: {subject}",
        *headers,
        "",
        "Bonjour.",
    )
    return "\n".join(lines).encode()


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place of both contests once they were lived, to be copied and never written."""
    return _lived(tmp_path_factory.getbasetemp())


@cache
def _lived(base: Path) -> Path:
    """Once for all the modules that take the fixture: each of them has it made."""
    place = base / "lived"
    with speaking("en"):
        live(place)
    return place


@pytest.fixture
def giver(lived: Path, tmp_path: Path) -> Path:
    """The folder of a contest that has been lived, of the test's own."""
    return shutil.copytree(lived / GIVER, tmp_path / GIVER)


@pytest.fixture
def taker(lived: Path, tmp_path: Path) -> Path:
    """The folder of the contest that took a candidature over, of the test's own."""
    return shutil.copytree(lived / TAKER, tmp_path / TAKER)
