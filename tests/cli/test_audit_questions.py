"""An auditor's first questions: each has its one command, and the answer is in what it prints."""

import json
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path

import pytest

from ptce_workflow.cli.main import main
from tests.cli.lines import run
from tests.test_readme import blocks

pytestmark = pytest.mark.rehearsed

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = (DOCS / "audit.md", DOCS / "en" / "audit.md")
ANSWERS: dict[int, tuple[str, ...]] = {
    1: ("Déposée", "bureau P-001", "19 mars 09:30"),
    2: ("Déclarer recevable", "la région Occitanie (Processus de candidature, §2, interprétation"),
    3: (
        *("saisi après le 11 mars 12:00", "arrivé le 11 mars 09:12"),
        *("Du lundi 11 mars 2024 à 12 h (ligne 319)", "Les Passeurs de Margeride", "3 refus"),
    ),
    4: (
        *("Coorace Occitanie se déporte", "voix prépondérante", "Convocation"),
        *("Présentes (5 sur 6)", "Présidence", "Quorum"),
    ),
    5: ("en échec : M-060", "jamais partis : 145, 146"),
    6: ("C-011", "3,71", "limite"),
    7: ("rectifié", "Accueillir le recours"),
    8: (
        *("Délibération de la CRA", "11 avril 2024", "rang 13 sur 14"),
        *("1,25 (Partenaires et réseaux locaux)", "Jury du concours, §3 et §4"),
    ),
    9: ("4 sept. 09:00  C-014  bureau P-001  effacé", "motif : demandé par lettre"),
    10: ("depuis (2024)", "P-008  Contrôle", "auditeur"),
    11: ("chaîne intacte",),
    12: ("décisions rejugées", "aucune ne diffère"),
    13: ("C-015", "Ne pas retenir", "2,50", "1,92 (Coopération informelle avérée)"),
    14: (
        "En vigueur depuis la ligne 1, avant le premier dossier (ligne 34) ; jamais modifié.",
        "La moyenne de chacun des sept points est d’au moins 1,50",
    ),
    15: (
        *("Notes données : 581 ; changées avant la clôture : 1 ; rectifiées après : 0 ;",),
        *("saisies par un autre que l’institution : 0", "Constitution du collectif : 2,00 → 3,00"),
    ),
    16: (
        *("Présentes (2 sur 6)", "✗ Au moins 50 % des institutions", "faute de quorum"),
        *("42 décisions ont été essayées", "vote sur l’ordre de C-010, C-011"),
        "adopté, par la voix prépondérante de la présidence",
    ),
    17: (
        *("C-012  bureau P-001  Recours, réponse : Rejeter le recours",),
        "Recours, saisi sans pièce justificative",
    ),
}
"""What is read in the answer to each question, of the contest that was rehearsed."""


@cache
def sections(page: Path) -> dict[int, list[str]]:
    """The commands below each numbered question of a page."""
    parts = re.split(r"^## (?:(\d+)\. )?.*$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {
        int(number): [step.command for block in blocks(text) for step in block.steps]
        for number, text in zip(parts[1::2], parts[2::2], strict=True)
        if number
    }


def test_both_pages_ask_the_same() -> None:
    french, english = map(sections, PAGES)
    assert french == english
    assert [*french] == [*ANSWERS]


@pytest.fixture
def auditor(demo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The contest that was rehearsed, something in it erased, its auditor at the keyboard."""
    assert (
        main(("erase", "C-014", "--reason", "demandé par lettre", "--visa", "AD31", "--yes")) == 0
    )
    monkeypatch.setenv("PTCE_ACTOR", "controle")
    return demo


@pytest.mark.long
def test_each_command_holds_its_answer(
    auditor: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    printed: dict[str, str] = {}
    for number, commands in sections(PAGES[0]).items():
        for command in commands:
            if not command.startswith("ptce "):
                subprocess.run(["sh", "-c", command], cwd=auditor, check=True)
            elif command not in printed:
                ended = run(capsys, *shlex.split(command)[1:])
                assert ended.code == 0, (command, ended.err)
                printed[command] = ended.out.replace("\N{NO-BREAK SPACE}", " ")
        told = "".join(printed.get(command, "") for command in commands)
        for words in ANSWERS[number]:
            assert words in told, (number, words)


def test_access_tells_of_nobody_else(
    auditor: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_ACTOR", "bureau")
    assert main(("export", "--subject", "P-004", "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    assert {mail["to"] for mail in found["mails"]} == {"dreets@cra.example"}
    assert {one["place"] for one in found["named"]} >= {"M-201", "M-231"}
    assert main(("export", "--subject", "P-004", "--lang", "fr")) == 0
    assert "identifiant\u00a0: dreets" in capsys.readouterr().out
