"""The worked example of the documentation: a call of twenty facts, from its folder to its end."""

import json
import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.process.check import check
from tests.cli.lines import run
from tests.cli.posting import do
from tests.process.contests import REPOSITORY

Capture = pytest.CaptureFixture[str]
JARDINS = REPOSITORY / "contests" / "jardins"
LINES, BYTES, FILES, MAILS = 150, 7_000, 16, 6
"""The most that a call of twenty facts may take; the texts that it quotes are not counted."""


@pytest.fixture
def begun(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The contest in a folder of its own, its jury enrolled, three gardens entered."""
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", "2027-03-01T10:00:00+01:00")
    entered = _entered(tmp_path_factory.getbasetemp())
    monkeypatch.chdir(shutil.copytree(entered, tmp_path / "jardins"))
    return Path.cwd()


@cache
def _entered(base: Path) -> Path:
    """The contest as it begins, made once, to be copied and never written."""
    folder = shutil.copytree(JARDINS, base / "jardins")
    do("init", str(folder), "--rehearsal")
    for member in ("town", "school", "residents"):
        address = f"{member}@lodeve.example"
        juror = ("--role", "jury", "--institution", member, "--email", address)
        do("people", "enrol", f"Membre {member}", *juror, "--contest", str(folder))
    for name, people, asked in (("Tilleuls", 5, 1500), ("Saules", 2, 900), ("Rives", 4, 1200)):
        dossier = base / f"{name}.toml"
        dossier.write_text(
            f'[dossier]\nname = "{name}"\ncontact = "{name.lower()}@lodeve.example"\n'
            f'place = "Lodève"\ngardeners = {people}\nopen_to_all = true\n'
            f'project = "Des bacs et une serre."\nasked = {asked}\n'
        )
        do("add", str(dossier), "--at", "01/03/2027 10:00", "--contest", str(folder))
    return folder


def counted() -> list[str]:
    """The lines of the folder that say something: neither blank, nor a comment, nor quoted."""
    files = read_folder(JARDINS).items()
    lines = (
        line for path, data in files if path[:6] != "texts/" for line in data.decode().split("\n")
    )
    return [line for line in lines if line.strip() and not re.match(r"#[^ #]", line)]


def test_it_is_hardly_longer_than_its_rulebook() -> None:
    files = read_folder(JARDINS)
    assert check(files) == ()
    written = [path for path in files if not path.startswith("texts/")]
    assert len(counted()) <= LINES
    assert sum(len(files[path]) for path in written) <= BYTES
    assert len(written) <= FILES
    assert len([path for path in written if path.startswith("notifications/")]) == MAILS


def test_it_runs_to_its_end(begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Two gardens are marked and one of them fits in the envelope; each decision has its mail."""
    config = begun / "config.toml"
    config.write_text(config.read_text().replace("value = 18000", "value = 2000"))
    do("adopt", "--reason", "une enveloppe plus petite")
    do("advance", "C-001", "C-003", "admit")
    refused = run(capsys, "advance", "C-002", "admit")
    assert "3 personnes au moins y jardinent" in refused.err
    do("advance", "C-002", "refuse", "--yes", "--reason", "trop peu de personnes")
    assert "3 personnes au moins" in run(capsys, "mail", "show", held(capsys)).out

    for ref, mark in (("C-001", 5), ("C-003", 3)):
        for member in ("town", "school"):
            do("jury", "score", ref, member, "beauty=3", f"sharing={mark}", "water=4")
    monkeypatch.setenv("PTCE_NOW", "2027-04-06T14:30:00+02:00")
    do("advance", "C-001", "C-003", "close")
    do("record", "C-001", "award", "amount=1500")
    do("record", "C-003", "award", "amount=1200")
    assert "jardin" in run(capsys, "jury", "rank").out
    sitting = ("deliberate", "--present", "town,school", "--chair", "town")
    preview = " ".join(run(capsys, *sitting, "--dry-run").out.split())
    assert "Courriels qui partiraient" in preview
    assert "<tilleuls@lodeve.example>" in preview
    assert "<rives@lodeve.example> · à relire avant l’envoi" in preview
    do(*sitting, "--yes")
    told = {one["ref"]: one["state"] for one in json.loads(run(capsys, "list", "--json").out)}
    assert told == {"C-001": "granted", "C-002": "ineligible", "C-003": "declined"}

    mails = json.loads(run(capsys, "mail", "list", "--json").out)
    due = {one["notification"] for one in mails}
    assert {"ineligible", "granted", "declined"} <= due
    (declined,) = (one["message"] for one in mails if one["notification"] == "declined")
    letter = run(capsys, "mail", "show", declined).out
    assert "Au classement des notes, cette demande est au rang 2." in letter
    assert "Vous pouvez contester cette décision" in letter
    assert "chaîne intacte" in run(capsys, "verify").out


def test_whoever_gave_marks_and_every_role_can_be_written_to(begun: Path, capsys: Capture) -> None:
    do("people", "enrol", "Max", "--role", "auditor", "--login", "max", "--email", "m@cour.example")
    mails = {
        "thanks": 'to = "member"\non = "eligible.close"',
        "again": 'to = "member"\nat = ["date.jury - 1 day at 09:00"]\nin = ["eligible"]',
        "told": 'to = "auditor"\non = "eligible.close"',
        "sitting": 'to = "jury"\nabout = "contest"\nat = ["date.jury - 2 days at 09:00"]',
    }
    for name, keys in mails.items():
        page = f"+++\n{keys}\n+++\n# Notes\n\nBonjour.\n"
        (begun / "notifications" / f"{name}.md").write_text(page, "utf-8")
    do("adopt", "--reason", "d’autres courriels")
    do("advance", "C-001", "admit")
    assert readers(capsys, "again") == []
    for member in ("town", "school"):
        do("jury", "score", "C-001", member, "beauty=3", "sharing=5", "water=4")
    marked = ["Membre school", "Membre town"]
    assert readers(capsys, "again") == marked
    do("advance", "C-001", "close")
    assert readers(capsys, "again") == []
    assert readers(capsys, "thanks") == marked
    assert readers(capsys, "told") == ["Max"]
    assert readers(capsys, "sitting") == ["Membre residents", *marked]
    assert "chaîne intacte" in run(capsys, "verify").out


def readers(capsys: Capture, name: str) -> list[str]:
    """The readers of the mails of a notification that wait."""
    listed = json.loads(run(capsys, "mail", "list", "--notification", name, "--json").out)
    return sorted(str(one["to"]) for one in listed)


def held(capsys: Capture) -> str:
    """The one mail that a person has to read."""
    listed = json.loads(run(capsys, "mail", "list", "--state", "held", "--json").out)
    (mail,) = listed
    return str(mail["message"])


def test_a_garden_is_called_a_garden(begun: Path, capsys: Capture) -> None:
    do("advance", "C-001", "admit")
    do("jury", "grid", "--institution", "town", "-o", "grille.csv")
    assert ";jardin;" in (begun / "grille.csv").read_text("utf-8").replace(",", ";")
    for line in (("list",), ("list", "--lang", "en")):
        shown = run(capsys, *line).out
        assert "jardin " in shown
        assert "collecti" not in shown
