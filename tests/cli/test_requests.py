"""Appeals at the keyboard: received at their hour, answered, told everywhere, refused where due."""

import json
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from tests.cli.lines import run
from tests.cli.posting import do, use_server
from tests.contests.test_jardins import begun
from tests.ledger.forger import Forger
from tests.smtp import Server

__all__ = ["begun"]

Capture = pytest.CaptureFixture[str]
APPEAL = """
label = "Recours"
in = ["ineligible"]
until = "notified + 2 months at 18:00"
answer_by = "asked.appeal + 2 months at 18:00"
open = ["dossier.gardeners"]
choice = "Le règlement ne prévoit pas de recours."
transitions.granted = { label = "Accueillir le recours", reason = true, asks = ["appeal.grounds"] }
transitions.rejected = { label = "Rejeter le recours", reason = true, decision = "adverse" }
transitions.silent = { label = "Laisser rejeter", at = "asked.appeal + 4 months", decision = "adverse" }

[fields.grounds]
type = "long_text"
label = "Motifs"
required = false
"""  # noqa: E501
REOPEN = """
label = "Irrecevable"
ends = true

[transitions.reopen]
label = "Reprendre après un recours"
to = "draft"
reason = true
rules.granted = { says = "Le recours est accueilli", when = 'appeal.outcome == "granted"', choice = "nul autrement" }

[transitions.leave]
label = "Se retirer"
to = "declined"
"""  # noqa: E501
RECEIVED = """+++
on = "asked.appeal"
+++
# Votre recours est arrivé

Reçu le {{ receipt.at }}, sous la référence {{ candidature.ref }}. Réponse le
{{ value.appeal.answer_by }} au plus tard.
"""
ANSWERED = """+++
label = "Réponse au recours"
on = ["appeal.granted", "appeal.rejected", "appeal.silent"]
+++
# Votre recours : {{ transition.label }}

{{ transition.reason }}
"""


@pytest.fixture
def refused(begun: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The contest in which an appeal may be asked, and C-002 was refused and told on 3 March."""
    (begun / "requests").mkdir()
    (begun / "requests" / "appeal.toml").write_text(APPEAL)
    ends = begun / "states" / "ends.toml"
    ends.write_text(ends.read_text().replace('ineligible = { label = "Irrecevable" }\n', ""))
    (begun / "states" / "ineligible.toml").write_text(REOPEN)
    (begun / "notifications" / "appeal_received.md").write_text(RECEIVED)
    (begun / "notifications" / "appeal_answered.md").write_text(ANSWERED)
    do("adopt", "--reason", "un recours")
    at(monkeypatch, "2027-03-02T10:00:00+01:00")
    do("advance", "C-002", "refuse", "--reason", "trop peu de personnes", "--yes")
    do("mail", "release", "--ref", "C-002", "--yes")
    at(monkeypatch, "2027-03-03T10:00:00+01:00")
    with Server() as server:
        use_server(begun, server)
        do("tick")
    return begun


def at(monkeypatch: pytest.MonkeyPatch, instant: str) -> None:
    monkeypatch.setenv("PTCE_NOW", instant)


def told(capsys: Capture, *line: str, code: int = 0) -> str:
    """What a command says, on one line."""
    ended = run(capsys, *line)
    assert ended.code == code, ended
    return " ".join(f"{ended.out} {ended.err}".split()).replace("\N{NO-BREAK SPACE}", " ")


def test_one_in_time_is_acknowledged_and_answered(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    at(monkeypatch, "2027-05-04T09:00:00+02:00")
    assert "le délai a pris fin le lundi 3 mai 2027 à 18 h" in told(capsys, "why", "C-002")
    letter = refused / "recours.eml"
    letter.write_text("Nous sommes quatre.")
    receive = ("receive", "C-002", "appeal", "--at", "03/05/2027 17:50", "--evidence", str(letter))
    assert "Réponse à donner avant le samedi 3 juillet 2027 à 18 h" in told(capsys, *receive)
    for line in (("why", "C-002"), ("list",)):
        assert "à trancher : Recours, avant le" in told(capsys, *line)
    assert "ptce answer C-002 appeal" in told(capsys, "why", "C-002")
    assert "Samedi 3 juillet 2027 18:00 Recours C-002" in told(capsys, "calendar")
    assert "Recours, 3 mai 2027 à 17 h 50" in told(capsys, "show", "C-002").replace("lundi ", "")
    do("record", "C-002", "dossier", "gardeners=4")
    with Server() as server:
        use_server(refused, server)
        do("tick")
        (mail,) = [one.content.decode() for one in server.received]
        assert "C-002" in mail
    reopen = ("advance", "C-002", "reopen", "--reason", "recours accueilli", "--yes")
    assert "manque : réponse à : Recours" in told(capsys, *reopen, code=1)
    assert "motif" in told(capsys, "answer", "C-002", "appeal", "granted", code=2)
    bare = ("answer", "C-002", "Recours", "accueillir le recours", "--reason", "Vu.")
    assert "appeal.grounds=…" in told(capsys, *bare, code=2)
    granted = (*bare, "appeal.grounds=Nous sommes quatre.")
    (seen,) = json.loads(run(capsys, *granted, "--dry-run", "--json").out)
    assert (seen["transition"], seen["allowed"], seen["made"]) == ("appeal.granted", True, False)
    asked = told(capsys, *granted, code=2)
    assert "<saules@lodeve.example>" in asked
    assert "Donner cette réponse ?" in asked
    assert "à trancher" in told(capsys, "list")
    done = told(capsys, *granted, "--yes")
    assert "Recours, réponse : Accueillir le recours" in done
    assert "Recours, réponse : Accueillir le recours" in told(capsys, "history", "C-002")
    do(*reopen)
    assert "à trancher" not in told(capsys, "list")
    assert "conforme" in told(capsys, "verify")
    with Contest.open(refused) as contest:
        forger = Forger(contest)
        n = max(n for n, line in enumerate(forger.lines, 1) if line.type == "facts_recorded")
        forger.change(n, pd=None)
        forger.data(n, facts={}, given=[], removed=["appeal.grounds"])
        unanswered = "Ce que la transition demande est resté sans réponse."
        assert (n + 1, unanswered) in forger.told()


def test_one_rejected_is_a_decision(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    at(monkeypatch, "2027-03-10T10:00:00+01:00")
    do("receive", "C-002", "appeal")
    do("answer", "C-002", "appeal", "rejected", "--reason", "Rien de neuf.", "--yes")
    assert "Rejeter le recours" in told(capsys, "show", "C-002")
    with Server() as server:
        use_server(refused, server)
        do("tick")
    assert "Rejeter le recours" in told(
        capsys, "advance", "C-002", "reopen", "--reason", "x", "--yes", code=1
    )
    at(monkeypatch, "2027-05-04T10:00:00+02:00")
    do("receive", "C-002", "appeal", "--at", "10/03/2027 11:00")
    at(monkeypatch, "2027-07-10T12:00:00+02:00")
    assert "à trancher : Recours, en retard depuis le 10 mai" in told(capsys, "list")
    assert "En retard : À trancher : Recours" in told(capsys, "today")
    assert "Recours, réponse : Laisser rejeter" in told(capsys, "tick", code=1)
    kept = json.loads(run(capsys, "show", "C-002", "--json").out)
    assert kept["answers"] == {"appeal": "silent"}
    rejected = told(capsys, "why", "C-002", "--past").partition("→ Rejeter le recours")[2]
    assert "→ Accueillir le recours" in rejected.partition("· ligne")[0]
    assert "conforme" in told(capsys, "verify")


@pytest.mark.parametrize(
    ("when", "line", "words"),
    [
        ("03-10", "receive C-001 appeal", "Il n’y a rien contre quoi"),
        ("03-10", "receive C-002 appeal --at 2027-03-01T12:00", "rien à contester"),
        ("03-10", "answer C-002 appeal granted --reason x", "n’attend de réponse"),
        ("03-10", "answer C-002 nope granted --reason x", "Aucune requête"),
        ("03-10", "answer C-002 dossier granted --reason x", "Aucune requête"),
        ("03-10", "receive C-002 appeal --at 2027-12-01T10:00", "avenir"),
        ("03-10", "record C-002 appeal grounds=x", "ne peut pas être écrit"),
    ],
)
def test_what_cannot_be(
    refused: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    when: str,
    line: str,
    words: str,
) -> None:
    """Against nothing, too early, too late, of another one, ahead of the clock: said and why."""
    at(monkeypatch, f"2027-{when}T10:00:00+01:00")
    ended = run(capsys, *line.split(" "))
    assert ended.code in (1, 2)
    assert words in " ".join(ended.err.split()).replace("\N{NO-BREAK SPACE}", " ")


LATE = """+++
on = "asked.appeal"
+++
# Votre recours est arrivé

Reçu le {{ receipt.at }}{% if asked.appeal.late %}, après le {{ asked.appeal.late }}{% endif %},
dans un délai de {{ term.appeal }}. Écrire à {{ service.name }}.
"""


def test_one_that_is_late_is_received_and_told_so(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """On the very second it is in time, a second later it is late: never refused, always told."""
    (refused / "notifications" / "appeal_received.md").write_text(LATE)
    appeal = refused / "requests" / "appeal.toml"
    rule = 'rules.late = { says = "Il est tardif", when = "appeal.late", choice = "le délai" }'
    appeal.write_text(
        APPEAL.replace('2 months at 18:00"\nanswer', '2 clear months"\nanswer').replace(
            "[fields", f'[transitions.late]\nlabel = "Tardif"\n{rule}\n\n[fields'
        )
    )
    do("adopt", "--reason", "des mois francs")
    at(monkeypatch, "2027-05-10T10:00:00+02:00")
    assert "le délai a pris fin le mardi 4 mai 2027 à 24 h" in told(capsys, "why", "C-002")
    do("receive", "C-002", "appeal", "--at", "04/05/2027 23:59:59")
    assert "Tardif : observé" not in told(capsys, "why", "C-002")
    refusal = told(capsys, "answer", "C-002", "appeal", "late", "--yes", code=1)
    assert "Il est tardif" in refusal
    do("answer", "C-002", "appeal", "rejected", "--reason", "Rien de neuf.", "--yes")
    ended = told(capsys, "receive", "C-002", "appeal", "--at", "05/05/2027 00:00:00")
    assert "Arrivé après la fin du délai, le mardi 4 mai 2027 à 24 h" in ended
    assert "Réponse à donner avant" in ended
    assert "tardif : le délai a pris fin le 4 mai 24:00" in told(capsys, "history", "C-002")
    assert "(tardif : le délai a pris fin le mardi 4 mai 2027 à 24 h)" in told(
        capsys, "show", "C-002"
    )
    with Server() as server:
        use_server(refused, server)
        do("tick")
        bodies = [one.message.get_body(("plain",)) for one in server.received]
        mails = [" ".join(one.get_content().split()) for one in bodies if one is not None]
    (said,) = [one for one in mails if "Reçu le mercredi 5 mai" in one]
    assert "après le mardi 4 mai 2027 à 24 h, dans un délai de 2 mois." in said
    assert "Écrire à Service des espaces verts" in said
    do("answer", "C-002", "appeal", "late", "--yes")
    assert "conforme" in told(capsys, "verify")
    with Contest.open(refused) as contest:
        forger = Forger(contest)
        lines = [n for n, line in enumerate(forger.lines, 1) if line.type == "sheet_received"]
        early, late = lines[-2:]
        forger.data(late, late="2027-05-03T22:00:00.000000Z")
        untrue = "La ligne ne dit pas si la requête est arrivée après son terme."
        assert (late, untrue) in forger.told()
        forger.data(early, late="2027-05-04T21:59:59.999999Z")
        assert (early, untrue) in forger.told()


def test_it_is_answered_with_a_file_and_by_somebody_else(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    appeal = refused / "requests" / "appeal.toml"
    appeal.write_text(APPEAL.replace("open = ", 'review = ["evidence", "another"]\nopen = '))
    do("adopt", "--reason", "avec la pièce, par une autre personne")
    do("people", "enrol", "Zoé", "--role", "desk", "--login", "zoe")
    at(monkeypatch, "2027-03-10T10:00:00+01:00")
    proof = refused / "reponse.txt"
    proof.write_text("Nous maintenons.")
    rejected = ("answer", "C-002", "appeal", "rejected", "--reason", "Non.")
    do("receive", "C-002", "appeal")
    assert "avec une pièce" in told(capsys, *rejected, "--yes", code=2)
    assert "La décision contestée est la vôtre" in told(
        capsys, *rejected, "--evidence", str(proof), code=2
    )
    do(*rejected, "--evidence", str(proof), "--yes")
    assert "pièce" in told(capsys, "history", "C-002")
    audit_ledger = told(capsys, "audit")
    assert "répondu par la personne qui avait pris la décision" in audit_ledger
    do("receive", "C-002", "appeal", "--at", "10/03/2027 09:00")
    shown = told(capsys, *rejected, "--evidence", str(proof), "--as", "zoe", code=2)
    assert "est la vôtre" not in shown
    do(*rejected, "--evidence", str(proof), "--yes", "--as", "zoe")
    assert told(capsys, "audit").count("répondu par la personne") == 1
    at(monkeypatch, "2027-03-11T10:00:00+01:00")
    do("receive", "C-002", "appeal")
    at(monkeypatch, "2027-07-12T12:00:00+02:00")
    told(capsys, "tick", code=1)
    assert "répondu sans pièce" in told(capsys, "audit")
    assert "conforme" in told(capsys, "verify")
    with Contest.open(refused) as contest:
        forger = Forger(contest)
        lines = enumerate(forger.lines, 1)
        n = next(n for n, one in lines if one.type == "transition_made" and "evidence" in one.data)
        data = {name: value for name, value in forger.line(n).data.items() if name != "evidence"}
        forger.change(n, data=data)
        lacking = "Il manque à la ligne la pièce sur laquelle la réponse se fonde."
        assert (n, lacking) in forger.told()


def test_it_waits_wherever_the_candidature_goes(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Who leaves is owed an answer all the same; the drawing shows where one may ask, and what."""
    at(monkeypatch, "2027-03-10T10:00:00+01:00")
    do("receive", "C-002", "appeal")
    assert "attend toujours sa réponse" in told(capsys, "advance", "C-002", "leave", "--yes")
    assert "à trancher : Recours" in told(capsys, "list")
    do("answer", "C-002", "appeal", "rejected", "--reason", "Rien de neuf.", "--yes")
    assert "à trancher" not in told(capsys, "list")
    assert "Rejeter le recours" in told(capsys, "why", "C-002", "--past")
    assert "note right of ineligible: Recours" in told(capsys, "diagram")


def test_what_waits_cannot_go_from_the_folder(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    at(monkeypatch, "2027-03-10T10:00:00+01:00")
    do("receive", "C-002", "appeal")
    for file in (
        *("requests/appeal.toml", "notifications/appeal_received.md"),
        "notifications/appeal_answered.md",
    ):
        (refused / file).unlink()
    (refused / "states" / "ineligible.toml").write_text(
        REOPEN.replace('appeal.outcome == "granted"', "true")
    )
    adopt = ("adopt", "--reason", "sans recours")
    assert "attend une réponse : C-002" in told(capsys, *adopt, code=1)


def test_twice(refused: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """One waits at a time; another answer than those there are is refused by name."""
    at(monkeypatch, "2027-03-10T10:00:00+01:00")
    do("receive", "C-002", "appeal")
    assert "attend déjà" in told(capsys, "receive", "C-002", "appeal", code=1)
    assert "granted" in told(capsys, "answer", "C-002", "appeal", "grantd", code=2)
    do("answer", "C-002", "appeal", "rejected", "--reason", "Rien de neuf.", "--yes")
    assert "déjà inscrite" in told(capsys, "receive", "C-002", "appeal", code=2)
    answer = ("answer", "C-002", "appeal", "granted", "--reason", "x")
    assert "ptce receive C-002 appeal" in told(capsys, *answer, code=1)


def test_a_refusal_by_silence_is_contested_from_its_hour_on(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (begun / "requests").mkdir()
    window = 'in = ["draft after date.silence until date.silence_end"]'
    told_once = APPEAL.replace('in = ["ineligible"]', window).replace(', decision = "adverse"', "")
    (begun / "requests" / "appeal.toml").write_text(told_once)
    config = begun / "config.toml"
    silence = (
        'silence = { label = "Silence", at = 2027-03-20T18:00:00, choice = "x" }\n'
        'silence_end = { label = "Fin", at = "date.silence + 1 clear month", choice = "x" }\n'
    )
    config.write_text(config.read_text().replace("[dates]\n", f"[dates]\n{silence}"))
    do("adopt", "--reason", "le silence")
    at(monkeypatch, "2027-03-20T17:59:59+01:00")
    assert "peut se former à partir du samedi 20 mars 2027 à 18 h" in told(capsys, "why", "C-001")
    receive = ("receive", "C-001", "appeal")
    assert "Il peut se former à partir du samedi 20 mars" in told(capsys, *receive, code=1)
    at(monkeypatch, "2027-06-01T18:00:00+02:00")
    assert "tardif" in told(capsys, "why", "C-001")
    on_time = told(capsys, *receive, "--at", "20/03/2027 18:00:00")
    assert "Arrivé après" not in on_time
    for ref, when, late in (
        ("C-002", "21/04/2027 23:59:59", False),
        ("C-003", "22/04/2027 00:00:00", True),
    ):
        ended = run(capsys, "receive", ref, "appeal", "--at", when, "--json")
        assert (json.loads(ended.out)["late"] is not None) is late
    assert "conforme" in told(capsys, "verify")


def test_one_that_comes_after_an_erasure(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    at(monkeypatch, "2027-03-10T10:00:00+01:00")
    erase = ("erase", "C-002", "--reason", "demandé par lettre")
    shown = told(capsys, *erase, "--dry-run")
    assert "« Recours » peut encore être formé (jusqu’au : lundi 3 mai 2027 à 18 h)" in shown
    (gone,) = json.loads(run(capsys, *erase, "--dry-run", "--json").out)["erased"]
    assert gone["askable"] == ["appeal"]
    do(*erase, "--yes")
    received = told(capsys, "receive", "C-002", "appeal")
    assert "Son adresse a été effacée" in received
    assert "`ptce mail drop … --told`" in received
    with Server() as server:
        use_server(refused, server)
        run(capsys, "tick")
        assert server.received == []
    failed = json.loads(run(capsys, "mail", "list", "--state", "failed", "--json").out)
    do("mail", "resolve", failed[0]["message"], "--drop", "--reason", "lettre du 11 mars")
    assert "conforme" in told(capsys, "verify")
    # Once the term is over nothing is told any more.
    at(monkeypatch, "2027-05-04T10:00:00+02:00")
    (kept,) = json.loads(run(capsys, "show", "C-002", "--json").out)["received"]["appeal"]
    assert kept


def test_an_erasure_after_the_term_tells_of_none(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """To the second: at the end of the term it may still be asked."""
    erase = ("erase", "C-002", "--reason", "demandé par lettre", "--dry-run", "--json")
    for instant, askable in (("18:00:00", ["appeal"]), ("18:00:01", [])):
        at(monkeypatch, f"2027-05-03T{instant}+02:00")
        (gone,) = json.loads(run(capsys, *erase).out)["erased"]
        assert gone["askable"] == askable
