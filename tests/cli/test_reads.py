"""A sheet for some roles alone: whoever may not read it sees the reference, and nothing of it."""

import json
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import do
from tests.cli.test_untold import told
from tests.contests.test_jardins import begun

__all__ = ["begun"]

Capture = pytest.CaptureFixture[str]
SECRET = ("Tilleuls", "tilleuls@", "Des bacs", "Rives")
READING = (
    *("list", "list --json", "show C-001", "show C-001 --full", "show C-001 --json"),
    *(
        "why C-001",
        "why C-001 --json",
        "list --columns contacts",
        "why C-001 --past",
        "history C-001",
        "history C-001 --json",
        "replay --check",
        "calendar",
    ),
    *("calendar --json", "mail list --all", "mail list --all --json", "jury rank"),
    *("jury rank --json", "jury conflicts", "list -o list.csv", "show C-001 --full -o show.html"),
    *("history C-001 -o history.csv", "jury grid -o grid.csv", "why 1 -o why.html"),
    *("jury score C-001 town beauty=4", "jury grid --import grid.csv --yes"),
)


@pytest.fixture
def kept(begun: Path) -> Path:
    """The contest whose dossiers are for the desk alone; two gardens are being marked."""
    dossier, marks = begun / "sheets" / "dossier.toml", begun / "sheets" / "marks.toml"
    dossier.write_text('reads = ["desk"]\n' + dossier.read_text("utf-8"), "utf-8")
    shown = 'shows = ["dossier.asked", "dossier.project"]\n'
    marks.write_text(marks.read_text("utf-8").replace(shown, ""), "utf-8")
    do("adopt", "--reason", "les dossiers sont pour le service")
    do("people", "enrol", "Max", "--role", "auditor", "--login", "max")
    do("advance", "C-001", "C-003", "admit")
    for ref in ("C-001", "C-003"):
        do("jury", "score", ref, "town", "beauty=3", "sharing=5", "water=4")
    return begun


def test_who_may_not_read_a_sheet_sees_nothing_of_it(
    kept: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_ACTOR", "P-002")
    for line in READING:
        ended = run(capsys, *line.split())
        assert ended.code == 0, (line, ended.err)
        files = [Path(word) for word in line.split() if "." in word]
        written = "".join(file.read_text("utf-8") for file in files)
        for word in SECRET:
            assert word not in ended.out + ended.err + written, line
    assert "ne sont pas lisibles" in told(capsys, "show", "C-001", "--full")
    [first, *_others] = json.loads(run(capsys, "list", "--json").out)
    assert (first["ref"], first["name"]) == ("C-001", "C-001")
    named = run(capsys, "show", "tilleuls")
    assert (named.code, "C-001" in named.out + named.err) == (2, False)
    mails = json.loads(run(capsys, "mail", "list", "--all", "--json").out)
    own = {one["message"]: one["to"] for one in mails}
    for name, reader in own.items():
        ended = run(capsys, "mail", "show", name)
        assert ended.code == (0 if reader == "Membre town" else 1), (name, reader)
        assert not [word for word in SECRET if word in ended.out + ended.err]


def test_the_desk_and_the_auditor_read_it(
    kept: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for actor in ("anne", "max"):
        monkeypatch.setenv("PTCE_ACTOR", actor)
        shown = "".join(run(capsys, *line.split()).out for line in READING if "-o" not in line)
        assert all(word in shown for word in SECRET)
    assert "chaîne intacte" in told(capsys, "verify")


def test_what_cannot_be_kept_from_readers(begun: Path, capsys: Capture) -> None:
    """Marks have a key of their own; and a grid shows nothing that its members may not read."""
    for name in ("dossier", "marks"):
        file = begun / "sheets" / f"{name}.toml"
        file.write_text('reads = ["desk"]\n' + file.read_text("utf-8"), "utf-8")
    ended = run(capsys, "check", "--lang", "en")
    assert ended.code == 2
    assert "Everyone who is enrolled reads this sheet." in ended.out
    assert '"dossier.asked" is kept from the members.' in ended.out


def test_no_copy_for_whom_a_sheet_is_kept_from(begun: Path, capsys: Capture) -> None:
    """Whatever tells the whole ledger is refused in the same words, to the desk too.

    A backup tells nobody anything, and has to be made each night.
    """
    for role, code in (("desk", 0), ("jury", 1)):
        sheet = f'label = "Avis"\nby = ["{role}"]\nreads = ["{role}"]\n'
        field = '[fields.seen]\nlabel = "Vu"\ntype = "boolean"\n'
        (begun / "sheets" / "visit.toml").write_text(sheet + field, "utf-8")
        do("adopt", "--reason", f"un avis pour {role}")
        assert run(capsys, "backup", f"{role}.db").code == 0
        for line in ("export out", "export --csv tables", "replay --html page.html"):
            ended = run(capsys, *line.split(), "--force")
            assert (ended.code, "tout lire" in ended.err) == (code, bool(code)), (line, ended.err)
