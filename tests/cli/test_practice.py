"""What once would have lost an appeal: eight plays of the shipped contest, as a desk types them.

What a test of a shipped call plays already is named at the end, and not played twice.
"""

import ast
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.lines import Run, run
from tests.cli.posting import use_server
from tests.smtp import Server

Ptce = Callable[..., Run]
ROOT = Path(__file__).resolve().parents[2]
DOSSIERS = ROOT / "rehearsal" / "dossiers"
# The dossier of a collective with one commune out of the region, of one structure alone, of one
# that lacks an answer, and of one that lacks nothing.
ASTRAY, ALONE, LACKING, WHOLE = (
    DOSSIERS / f"{name}.toml"
    for name in (
        "14-les-scieurs-du-haut-allier",
        "15-le-moulin-de-la-ceze",
        "05-seconde-peau",
        "01-la-fabrique-du-larzac",
    )
)
BEFORE, CLOSED = "2024-03-06T10:00:00+01:00", "2024-03-15T10:00:00+01:00"
HELD = {
    "one institution of three grants nothing": (
        "contests/test_aap_national.py",
        "test_one_institution_alone_grants_nothing",
    )
}


@pytest.fixture
def ptce(
    initiated: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ptce:
    """Runs words at an instant, in the shipped contest that has just begun, as its desk."""
    folder = shutil.copytree(initiated, tmp_path / "contest")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTCE_LANG", "fr")

    def typed(now: str, *words: str, actor: str = "bureau", code: int = 0) -> Run:
        monkeypatch.setenv("PTCE_NOW", now)
        monkeypatch.setenv("PTCE_ACTOR", actor)
        ended = run(capsys, *words)
        assert ended.code == code, ended.out + ended.err
        return Run(ended.code, *(plain(text) for text in (ended.out, ended.err)))

    return typed


def plain(text: str) -> str:
    """Words in a row, whatever parts them."""
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def filed(ptce: Ptce, dossier: Path) -> None:
    """A dossier that arrives before the closing, and is submitted if it is complete."""
    ptce(BEFORE, "add", str(dossier), "--at", "06/03/2024 09:12")
    if dossier != LACKING:
        ptce(BEFORE, "advance", "C-001", "submit")


def refused(ptce: Ptce) -> None:
    """A collective one of whose communes is out of the region, declared ineligible."""
    filed(ptce, ASTRAY)
    ptce(CLOSED, "record", "C-001", "review", "exists_already=oui", "already_ptce=non")
    reason = ("--reason", "Une commune est hors de la région.", "--yes")
    ptce(CLOSED, "advance", "C-001", "declare_ineligible", *reason)


def mail_of(ptce: Ptce, now: str, label: str) -> str:
    """The name of the last mail of that label about the first candidature."""
    found = json.loads(ptce(now, "mail", "list", "--all", "--json").out)
    return str([one["message"] for one in found if one["label"] == label][-1])


def said(ptce: Ptce, now: str, label: str) -> str:
    """The words of the last mail of that label."""
    return ptce(now, "mail", "show", mail_of(ptce, now, label)).out


def test_a_refusal_reaches_its_collective_however_late_it_is_read(ptce: Ptce) -> None:
    refused(ptce)
    late = "2024-04-05T10:00:00+02:00"
    assert "C-001" in ptce(late, "today").out.partition("écision")[2]
    refusal = mail_of(ptce, late, "Candidature irrecevable")
    ptce(late, "mail", "release", refusal, "--yes")
    ptce(late, "tick")
    # Without a server it waits to leave, and nothing but its leaving ends that.
    assert f"{refusal} " in ptce("2024-06-03T10:00:00+02:00", "mail", "list").out
    assert "expir" not in ptce(late, "history", "C-001").out


def test_an_appeal_is_judged_by_the_hour_of_its_arrival(ptce: Ptce) -> None:
    refused(ptce)
    ptce(CLOSED, "mail", "release", mail_of(ptce, CLOSED, "Candidature irrecevable"), "--yes")
    with Server() as server:
        use_server(Path.cwd(), server)
        ptce(CLOSED, "tick")
    after = "2024-05-17T09:00:00+02:00"
    appeal = ("receive", "C-001", "appeal")
    reopen = ("advance", "C-001", "reopen", "--reason", "Le recours est accueilli.", "--yes")
    assert "? Le recours du collectif est accueilli" in ptce(after, *reopen, code=1).err
    received = ptce(after, *appeal, "--at", "16/05/2024 23:59:59")
    assert "après la fin du délai" not in received.out
    assert "Recours" in ptce(after, "list").out
    assert "16 mai 2024 à 23 h 59" in said(ptce, after, "Accusé de réception d’un recours")
    answered = ("answer", "C-001", "appeal", "rejected", "--reason", "Laveyrune est en Ardèche.")
    assert "avec une pièce" in ptce(after, *answered, "--yes", code=2).err
    ptce(after, *answered, "--evidence", "config.toml", "--yes")
    assert "✗ Le recours du collectif est accueilli" in ptce(after, *reopen, code=1).err
    assert "Laveyrune" in ptce(after, "history", "C-001").out
    late = ptce(after, *appeal, "--at", "17/05/2024 00:00:00")
    assert "Arrivé après la fin du délai, le jeudi 16 mai 2024 à 24 h" in late.out.replace(
        "\xa0", " "
    )


def test_a_territory_cut_after_the_closing_admits_nobody(ptce: Ptce) -> None:
    filed(ptce, ASTRAY)
    cut = ("record", "C-001", "dossier", "territory=Langogne (48)")
    assert "ne peut pas être écrit" in ptce(CLOSED, *cut, code=2).err
    ptce(CLOSED, "record", "C-001", "review", "exists_already=oui", "already_ptce=non")
    refused = ptce(CLOSED, "advance", "C-001", "declare_eligible", code=1)
    assert "région Occitanie" in refused.out + refused.err
    proof = ("--rectify", "--reason", "Une ligne tapée deux fois.", "--evidence", "config.toml")
    ptce(CLOSED, *cut, *proof)
    assert "rectifié" in ptce(CLOSED, "why", "C-001", "declare_eligible").out


def test_what_arrives_incomplete_is_acknowledged_at_its_hour(ptce: Ptce) -> None:
    filed(ptce, LACKING)
    told = said(ptce, BEFORE, "Accusé de réception")
    assert "reçu votre dossier le mercredi 6 mars 2024 à 9 h 12" in told
    assert "Il y manque" in told
    reminder = said(ptce, BEFORE, "Rappel de la clôture")
    assert "Nous avons reçu votre dossier le mercredi 6 mars 2024 à 9 h 12" in reminder
    ptce(BEFORE, "add", str(WHOLE))
    ptce("2024-03-11T15:00:00+01:00", "receive", "C-002", "dossier", "--at", "11/03/2024 12:07")
    ptce("2024-03-14T18:30:00+01:00", "tick")
    after = "2024-03-15T09:00:00+01:00"
    told = said(ptce, after, "Dossier resté incomplet")
    assert "arrivé à temps, le mercredi 6 mars 2024 à 9 h 12" in told
    told = said(ptce, after, "Dossier arrivé hors délai")
    assert "parvenu le lundi 11 mars 2024 à 12 h 07" in told


def test_what_came_too_late_is_told_once(ptce: Ptce) -> None:
    late = ("--at", "15/03/2024 09:00")
    told = ptce(CLOSED, "add", str(WHOLE), *late, code=2).err
    assert (told.count("trop tard"), told.count("ptce receive")) == (1, 1)
    Path("bare.toml").write_text('[dossier]\ncollective_name = "Les Tard Venus"\n', "utf-8")
    ptce(CLOSED, "add", "bare.toml", *late)
    Path("empty.eml").touch()
    proof = ("receive", "C-001", "dossier", "--evidence", "empty.eml")
    assert "ne prouve rien" in ptce(CLOSED, *proof, code=2).err
    same = ("record", "C-001", "dossier", "collective_name=Les Tard Venus")
    told = ptce(CLOSED, *same, "--at", "15/03/2024 09:30").out
    assert "rien n’a changé. Arrivé : Dossier de candidature, vendredi 15 mars" in told


def test_a_mistaken_withdrawal_is_undone(ptce: Ptce) -> None:
    filed(ptce, WHOLE)
    ptce(CLOSED, "advance", "C-001", "withdraw", "--reason", "La mauvaise ligne.", "--yes")
    assert "répondez" in said(ptce, CLOSED, "Retrait enregistré")
    back = ("advance", "C-001", "back_to_examination", "--reason", "Une erreur de ligne.")
    ptce("2024-03-29T10:00:00+01:00", *back, "--dry-run", code=1)
    ptce("2024-03-18T10:00:00+01:00", *back)
    assert "Déposée" in ptce("2024-03-18T10:00:00+01:00", "show", "C-001").out


def test_marks_are_closed_and_reading_needs_a_role(ptce: Ptce) -> None:
    filed(ptce, WHOLE)
    ptce(CLOSED, "record", "C-001", "review", "exists_already=oui", "already_ptce=non")
    ptce(CLOSED, "advance", "C-001", "declare_eligible")
    for login in ("dreets", "region"):
        enrol = ("people", "enrol", login.title(), "--role", "jury", "--institution", login)
        ptce(CLOSED, *enrol, "--login", login)
    later = "2024-03-26T10:00:00+01:00"
    ptce(later, "jury", "declare", "--none", "--institution", "dreets")
    ptce(later, "jury", "score", "C-001", "dreets", "constitution=4", "theme=4.5")
    assert "4,50" in ptce(later, "show", "C-001", "--full", actor="dreets").out
    for words in (
        ("show", "C-001", "--full"),
        ("jury", "rank"),
        ("why", "C-001"),
        ("show", "C-001", "--json"),
    ):
        assert "4,50" not in ptce(later, *words, actor="region").out
        ptce(later, *words, actor="nobody", code=1)


def test_a_structure_entered_twice_is_no_collective(ptce: Ptce) -> None:
    filed(ptce, ALONE)
    twice = '{"name": "LE MOULIN DE LA CEZE", "kind": "other", "ess": true}'
    ptce(BEFORE, "record", "C-001", "dossier", f"members+={twice}", code=2)


def test_what_arrived_before_the_opening_is_not_submitted(ptce: Ptce) -> None:
    """The ledger may begin before the contest opens: nobody is received before the others."""
    here = ("--contest", "early")
    ptce("2024-02-01T10:00:00+01:00", "init", "early", "--rehearsal")
    ptce(BEFORE, *here, "add", str(WHOLE), "--at", "05/02/2024 08:59")
    told = ptce(BEFORE, *here, "advance", "C-001", "submit", code=1)
    assert "après l’ouverture" in told.out + told.err
    assert "Lancement, §3" in told.out + told.err


@pytest.mark.parametrize("what", HELD)
def test_what_is_played_elsewhere_is_played(what: str) -> None:
    file, name = HELD[what]
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    assert name in {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
