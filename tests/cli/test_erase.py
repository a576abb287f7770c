"""Erasing at the keyboard: what goes is shown first, and nothing that reads fails afterwards."""

import json
from pathlib import Path

import pytest

from tests.chronicle import giver, lived
from tests.cli.lines import run
from tests.cli.posting import do
from tests.cli.test_deadlines import silent
from tests.cli.test_untold import told
from tests.contests.test_jardins import begun

__all__ = ["begun", "giver", "lived", "silent"]

Capture = pytest.CaptureFixture[str]
GONE = ("Les Jardins", "jardins@collectif", "La Serre", "Nour", "Adhérente", "lettre.txt")
READING = (
    *("list", "show C-001", "history C-001", "why C-001", "why C-001 --past", "check", "doctor"),
    *("people list", "mail list --all", "mail show M-006", "mail show M-006 --eml", "calendar"),
    *("mail show M-029", "mail show M-001", "jury rank", "jury conflicts", "verify"),
    *("list --at 2024-04-12", "list --at 2024-04-01", "show C-001 --at 2024-04-01", "results"),
    *("list -o {}.xlsx", "list -o {}.html", "jury rank -o {}r.html", "minutes -o {}.docx"),
    *("minutes -o {}m.html", "history C-001 -o {}.html", "replay --html {}p.html", "checkpoint"),
    *("jury grid --institution north -o {}g.xlsx", "export {}e", "backup {}.db", "rulebook"),
    *("mail resolve M-006 --bounced --reason revenu", "mail resolve M-039 --resend", "convene"),
)


@pytest.mark.long
def test_nothing_fails_on_what_was_erased(
    giver: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(giver)
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", "2024-04-12T12:30:00+02:00")
    shown = run(capsys, "erase", "jardins", "--reason", "Demandé.", "--dry-run", "--lang", "fr")
    assert "1 document" in shown.out
    assert shown.out.startswith("Serait effacé\u00a0: C-001")
    assert shown.out.endswith("Rien n’a été effacé.\n")
    assert "Les Jardins" in told(capsys, "list")
    answer = tmp_path / "answer.html"
    do("export", "--subject", "jardins", "-o", str(answer))
    page = answer.read_text("utf-8")
    assert all(word in page for word in ("Les Jardins", "Adhérente.", "La Serre", "M-029"))
    asked = json.loads(run(capsys, "export", "--subject", "nour", "--json").out)
    assert asked["rows"][0]["words"]["name"] == "Nour"
    assert {mail["message"] for mail in asked["mails"]} == {"M-001", "M-024"}
    do("erase", "jardins", "--reason", "Demandé.", "--yes")
    do("people", "leave", "nour")
    do("erase", "nour", "--reason", "Demandé.", "--yes")
    for n, words in enumerate(READING):
        line = words.format(tmp_path / f"out{n}").split()
        ended = run(capsys, *line, "--lang", "fr")
        said = ended.out + ended.err
        assert "ptce a échoué" not in said, (words, said)
        assert ended.code in (0, 1, 2), words
        assert not [word for word in GONE if word in said], (words, said)
    for file in (file for file in tmp_path.glob("out*") if file.suffix in (".html", ".db")):
        content = file.read_bytes()
        assert not [word for word in GONE if word.encode() in content], file
    assert "(effacé)" in run(capsys, "list", "--lang", "fr").out
    assert "Its words were erased" in run(capsys, "mail", "show", "M-006", "--lang", "en").out


def test_what_is_over(silent: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the folder no longer keeps goes with the visa that it asks for; what is open stays."""
    sheet = silent / "sheets" / "dossier.toml"
    sheet.write_text(f"visa = true\n{sheet.read_text('utf-8')}", "utf-8")
    do("adopt", "--reason", "les archives donnent leur accord")
    do("advance", "C-002", "refuse", "--reason", "trop peu", "--yes")
    monkeypatch.setenv("PTCE_NOW", "2029-04-12T10:00:00+02:00")
    do("tick")
    assert "ptce erase --due" in told(capsys, "doctor")
    refused = run(capsys, "erase", "--due", "--yes")
    assert refused.code == 1
    assert "Les archives n’ont pas donné leur accord" in refused.err
    do("erase", "--due", "--yes", "--visa", "AD34 2029/7")
    found = json.loads(run(capsys, "erase", "--due", "--json", "--dry-run").out)
    assert found["erased"] == []
    names = [one["name"] for one in json.loads(run(capsys, "list", "--json").out)]
    # Of one, the decision is not told yet.
    assert names == [None, "Saules", None]
    assert [one["name"] for one in found["under_way"]] == ["Saules"]
    assert run(capsys, "verify").code == 0
