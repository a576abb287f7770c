"""`ptce jury grid`: writing a grid, taking one back, and what a person is told meanwhile."""

import io
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import recuse, score
from ptce_workflow.app.people import enrol
from ptce_workflow.app.pieces import keep, keep_mail
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.terminal import Output
from ptce_workflow.process.candidature import Candidature
from tests.cli.lines import Run, run
from tests.grids import as_ods, several, table, workbook
from tests.rehearsal import begun, clock, edit, folder, lines, move

__all__ = ["begun", "clock", "folder"]

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def small(
    folder: Path, clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Contest:
    """The small contest with three candidatures to mark, its desk at the keyboard beside it."""
    contest = Contest.open(folder, actor="anne", clock=clock)
    several(contest)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PTCE_CONTEST", str(folder))
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", clock.now().isoformat())
    return contest


def grid(capsys: Capture, *words: str) -> Run:
    """Runs `ptce jury grid` in English."""
    return run(capsys, "jury", "grid", *words, "--lang", "en")


def filled(file: Path, **cells: float | str) -> Path:
    book = load_workbook(file)
    for cell, value in cells.items():
        book.worksheets[0][cell] = value
    book.save(file)
    return file


def test_out_and_in(small: Contest, capsys: Capture) -> None:
    """Written for an institution, filled in, taken: what changes is told, then recorded."""
    ended = grid(capsys, "--institution", "north", "-o", "north.xlsx")
    assert (ended.code, "3 candidatures" in ended.out) == (0, True), ended.err
    assert "ptce jury grid --import north.xlsx" in ended.err
    filled(Path("north.xlsx"), E7=3.5, F7=4, G7="Clair.", E8=2)
    before = len(lines(small))
    ended = grid(capsys, "--import", "north.xlsx", "--yes")
    assert ended.code == 0, ended.err
    assert "2 new marks" in ended.out
    assert "Recorded for 2 candidatures" in ended.out
    assert "3 marks are still to come" in ended.out
    assert len(lines(small)) == before + 2
    again = grid(capsys, "--import", "north.xlsx")
    assert (again.code, "Nothing changes" in again.out) == (0, True)
    assert len(lines(small)) == before + 2
    assert verify(small).intact


def test_what_was_before_and_after(small: Contest, capsys: Capture) -> None:
    score(small, "C-001", "north", {"idea": 3, "remark": "Court."})
    file = filled(workbook(small), E7=4.5, G7="Clair.")
    ended = grid(capsys, "--import", str(file), "--yes")
    assert "Idea: 3.00 → 4.50" in ended.out
    assert "Remark: Court. → Clair." in ended.out


def test_nobody_says_yes(small: Contest, capsys: Capture) -> None:
    """Where nobody can answer, what changes is shown and nothing is recorded."""
    file = filled(workbook(small), E7=3)
    before = lines(small)
    ended = grid(capsys, "--import", str(file))
    assert ended.code == 2
    assert "1 new mark" in ended.out
    assert "--yes" in ended.err
    assert lines(small) == before


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("", 2)])
def test_a_person_is_asked(
    answer: str, code: int, small: Contest, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = filled(workbook(small), E7=3)
    before = lines(small)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    monkeypatch.setattr(Output, "is_terminal", staticmethod(lambda stream: True))
    ended = grid(capsys, "--import", str(file))
    assert (ended.code, len(lines(small)) - len(before)) == (code, int(code == 0)), ended.err
    assert "Record this for 1 candidature?" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-o", "a.xlsx", "--import", "b.xlsx"),
        ("--institution", "north", "-o", "grid.ods"),
        ("--institution", "north", "-o", "grid"),
        ("--institution", "nort", "-o", "grid.xlsx"),
        ("-o", "grid.xlsx"),
        ("--institution", "north", "--panel", "jury", "-o", "grid.xlsx"),
        ("--import", "nowhere.xlsx"),
        ("--import", "text.xlsx"),
        ("--import", "empty.csv"),
        ("--import", "nothing"),
        ("a.xlsx",),
        ("--all", "--import", "a.xlsx"),
        ("--all", "--institution", "north", "-o", "grids"),
    ],
)
def test_misused(words: tuple[str, ...], small: Contest, capsys: Capture) -> None:
    """What makes no sense is told in words, and nothing is written."""
    Path("text.xlsx").write_text("no workbook")
    Path("empty.csv").write_text("")
    Path("nothing").mkdir()
    before = lines(small)
    ended = grid(capsys, *words)
    assert (ended.code, ended.out) == (2, ""), ended
    assert "Traceback" not in ended.err
    assert "its own" not in ended.err
    assert lines(small) == before
    assert not Path("grid.xlsx").exists()


def test_no_folder_to_write_in(small: Contest, capsys: Capture) -> None:
    ended = grid(capsys, "--institution", "north", "-o", "nowhere/grid.xlsx")
    assert (ended.code, "nowhere/grid.xlsx" in ended.err) == (1, True)


def test_every_fault_at_once(small: Contest, capsys: Capture) -> None:
    file = filled(workbook(small), E7=9, F8="x", E9=3)
    before = lines(small)
    ended = grid(capsys, "--import", str(file), "--yes")
    assert ended.code == 2
    told = [line.strip() for line in ended.err.splitlines()]
    assert told[0] == "Refused: grid.xlsx: 2 faults; nothing was recorded."
    assert told[1].startswith("E7 (C-001)")
    assert told[2].startswith("F8 (C-002)")
    assert lines(small) == before


def test_as_data(small: Contest, capsys: Capture) -> None:
    """`--json`: marks in hundredths, what stood there before."""
    score(small, "C-002", "north", {"idea": 3})
    file = filled(workbook(small), E7=3.5, E8=4)
    ended = grid(capsys, "--import", str(file), "--yes", "--json")
    (data,) = json.loads(ended.out)
    assert data == {
        "file": str(file),
        "institution": "north",
        "panel": "cra",
        "rows": 3,
        "recorded": 2,
        "changes": [
            {
                "ref": "C-001",
                "field": "idea",
                "cell": "E7",
                "is_new": True,
                "old": None,
                "new": 350,
            },
            {
                "ref": "C-002",
                "field": "idea",
                "cell": "E8",
                "is_new": False,
                "old": 300,
                "new": 400,
            },
        ],
        "left": [],
    }


def test_as_a_table(small: Contest, capsys: Capture) -> None:
    """A grid in CSV goes the same way."""
    file = table(small)
    rows = file.read_bytes().decode("utf-8-sig").split("\r\n")
    assert rows[2].endswith(";;;")
    rows[2] = f"{rows[2][:-3]};4;3,5;Clair."
    file.write_text("\r\n".join(rows), "utf-8")
    ended = grid(capsys, "--import", str(file), "--yes")
    assert ended.code == 0, ended.err
    assert "2 new marks" in ended.out
    assert "Remark: – → Clair." in ended.out


def test_a_juror_needs_not_say_whose(
    small: Contest, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(small, "Noa", ["jury"], institution="north", login="noa")
    monkeypatch.setenv("PTCE_ACTOR", "noa")
    assert grid(capsys, "-o", "own.xlsx").code == 0
    filled(Path("own.xlsx"), E7=3)
    assert grid(capsys, "--import", "own.xlsx", "--yes").code == 0
    other = filled(workbook(small, "south", "south.xlsx"), E7=3)
    ended = grid(capsys, "--import", str(other), "--yes")
    assert (ended.code, "not speak" in ended.err) == (1, True)


def test_one_for_each_institution(small: Contest, capsys: Capture) -> None:
    """One is written for each that is asked about anything; the others are named."""
    for ref in ("C-001", "C-002", "C-003"):
        recuse(small, ref, "south", "Membre du projet.")
    ended = grid(capsys, "--all", "-o", "grids")
    assert ended.code == 0, ended.err
    assert [file.name for file in Path("grids").iterdir()] == ["grid-north.xlsx"]
    assert "No grid is written for these: no candidature waits for their marks: South" in ended.out


def test_the_same_bytes_when_words_elsewhere_are_adopted(small: Contest) -> None:
    before = workbook(small).read_bytes()
    edit(small, "states/submitted.toml", '"The panel gives its marks."', '"The panel marks."')
    adopt(small, "Another word.")
    assert workbook(small).read_bytes() == before


def test_a_folder_of_grids_and_one_is_wrong(small: Contest, capsys: Capture) -> None:
    """Each by itself: what is wrong with one stops none of the others."""
    Path("grids").mkdir()
    for name, cell in (("north", 3), ("south", 9)):
        file = filled(workbook(small, name, f"{name}.xlsx"), E7=cell)
        file.rename(Path("grids") / file.name)
    before = len(lines(small))
    ended = grid(capsys, "--import", "grids", "--yes")
    assert (ended.code, len(lines(small))) == (1, before + 1)
    assert "1 new mark" in ended.out
    assert "south.xlsx: 1 fault" in ended.err


def test_several_are_asked_about_once(
    small: Contest, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        str(filled(workbook(small, name, f"{name}.xlsx"), E7=3)) for name in ("north", "south")
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    monkeypatch.setattr(Output, "is_terminal", staticmethod(lambda stream: True))
    before = len(lines(small))
    ended = grid(capsys, "--import", *files)
    assert (ended.code, len(lines(small))) == (0, before + 2), ended.err
    assert "Record these 2 grids, for 2 candidatures?" in ended.err


def test_as_open_document(small: Contest, capsys: Capture) -> None:
    file = as_ods(filled(workbook(small), E7=3.5, G7="Clair."))
    ended = grid(capsys, "--import", str(file), "--yes")
    assert ended.code == 0, ended.err
    assert "1 new mark" in ended.out
    assert "Remark: – → Clair." in ended.out
    ended = grid(capsys, "--import", str(as_ods(file.with_suffix(".xlsx"), formula="E8")), "--yes")
    assert (ended.code, "holds a formula" in ended.err) == (2, True)


def mailed(contest: Contest, sender: str, content: bytes, name: str = "north.xlsx") -> None:
    """Keeps a mail with one piece, as it is read."""
    with contest.acting() as tx:
        pieces = [keep(tx.unit, content, name)]
        mail = b"From: %b\n\nA mail.\n" % sender.encode()
        keep_mail(tx, mail, pieces, outcome="unknown", sender=sender)
        tx.flush()


@pytest.mark.parametrize(
    ("sender", "words", "code", "told"),
    [
        ("Noa@north.example", (), 0, "1 new mark"),
        ("sol@south.example", (), 1, 'and sol@south.example is enrolled for "south"'),
        ("x@y.example", (), 1, "x@y.example sent north.xlsx, and nobody is enrolled"),
        ("anne@desk.example", (), 1, "anne@desk.example sent north.xlsx, and nobody"),
        ("x@y.example", ("--from-unknown",), 0, "1 new mark"),
    ],
)
def test_by_mail(
    sender: str, words: tuple[str, ...], code: int, told: str, small: Contest, capsys: Capture
) -> None:
    """The grid of a mail is matched by its stamp and its sender."""
    enrol(small, "Noa", ["jury"], institution="north", email="noa@north.example")
    enrol(small, "Sol", ["jury"], institution="south", email="sol@south.example")
    mailed(small, sender, filled(workbook(small), E7=3).read_bytes())
    before = len(lines(small))
    ended = grid(capsys, "--import", "mail:1", "--yes", *words)
    assert (ended.code, told in ended.out + ended.err) == (code, True), ended
    assert len(lines(small)) == before + (1 - code)
    assert verify(small).intact


def test_a_mail_is_dealt_with_by_its_grid(small: Contest, capsys: Capture) -> None:
    """Its lines name it as evidence; taken twice, nothing changes."""
    enrol(small, "Noa", ["jury"], institution="north", email="noa@north.example")
    mailed(small, "noa@north.example", filled(workbook(small), E7=3, E8=2).read_bytes())
    listed = run(capsys, "mail", "read", "--list", "--lang", "en")
    assert "ptce jury grid --import mail:1" in listed.out
    assert grid(capsys, "--import", "mail:1", "--yes").code == 0
    history = run(capsys, "history", "C-001", "--lang", "en")
    assert "evidence: 33 bytes" in " ".join(history.out.split())
    listed = run(capsys, "mail", "read", "--list", "--lang", "en")
    assert "jury grid" not in listed.out + listed.err
    again = grid(capsys, "--import", "mail:1", "--yes")
    assert (again.code, "Nothing changes" in again.out) == (0, True)
    assert outcomes(small) == ["filed"]
    assert verify(small).intact


def outcomes(contest: Contest) -> list[str]:
    with contest.database.reading() as repo:
        return [row.outcome for row in repo.received_mails(contest.id)]


@pytest.mark.parametrize("words", [(), ("--yes",)])
def test_a_mail_that_brings_nothing_new(
    words: tuple[str, ...], small: Contest, capsys: Capture
) -> None:
    """It waits for nobody any more, and is kept as long as a mail of nobody."""
    enrol(small, "Noa", ["jury"], institution="north", email="noa@north.example")
    mailed(small, "noa@north.example", workbook(small).read_bytes())
    before = lines(small)
    ended = grid(capsys, "--import", "mail:1", *words)
    assert (ended.code, "Nothing changes" in ended.out) == (0, True), ended
    assert (outcomes(small), lines(small)) == (["unchanged"], before)
    listed = run(capsys, "mail", "read", "--list", "--lang", "en")
    assert "brings nothing new" in listed.out
    assert "jury grid" not in listed.out + listed.err
    assert verify(small).intact


@pytest.mark.parametrize("ref", ["C-001", "C-002", "C-003"])
def test_a_mail_with_marks_of_several(ref: str, small: Contest, capsys: Capture) -> None:
    """It belongs to none of them, and goes with any that it proves marks of."""
    enrol(small, "Noa", ["jury"], institution="north", email="noa@north.example")
    mailed(small, "noa@north.example", filled(workbook(small), E7=3, E8=2).read_bytes())
    assert grid(capsys, "--import", "mail:1", "--yes").code == 0
    with small.database.reading() as repo:
        [row] = repo.received_mails(small.id)
    assert (row.case_id, row.kept_until) == ("", "")
    move(small, "withdraw", ref, reason="Plus tard.")
    erase(small, ref, "À sa demande.")
    with small.database.reading() as repo:
        [row] = repo.received_mails(small.id)
        assert row.erased == (repo.document(row.sha256) is None) == (ref != "C-003")
    assert verify(small).intact


@pytest.mark.parametrize(("cell", "outcome"), [("E7", "filed"), ("F7", "unknown")])
def test_a_grid_of_an_older_edition_by_mail(
    cell: str, outcome: str, small: Contest, capsys: Capture
) -> None:
    """A mark of a criterion that was changed since is not taken; the others are."""
    enrol(small, "Noa", ["jury"], institution="north", email="noa@north.example")
    mailed(small, "noa@north.example", filled(workbook(small), **{cell: 3}).read_bytes())
    edit(small, "sheets/cra.toml", 'label = "Method"', 'no_opinion = true, label = "Method"')
    adopt(small, "An opinion is not owed.")
    before = len(lines(small))
    ended = grid(capsys, "--import", "mail:1", "--yes")
    left = outcome == "unknown"
    assert (ended.code, len(lines(small)) - before) == (0, not left), ended
    assert outcomes(small) == [outcome]
    assert ("is no longer asked so: 1 cell is not taken (F7)" in ended.out) == left


def test_one_command_takes_the_grids_of_several_mails(small: Contest, capsys: Capture) -> None:
    for sender in ("noa@north.example", "sol@south.example"):
        mailed(small, sender, filled(workbook(small), E7=3).read_bytes())
    listed = run(capsys, "mail", "read", "--list", "--lang", "en")
    assert listed.out.count("jury grid") == 1
    assert "ptce jury grid --import mail:1 mail:2" in listed.out


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"PK\x03\x04 cut off", "north.xlsx", "No file of mail:1 is a grid"),
        (b"a;b\n1;2\n", "north.csv", "No file of mail:1 is a grid"),
        (b"MZ program", "north.xlsx", "No file of mail:1 is a grid"),
    ],
)
def test_no_grid_in_a_mail(
    content: bytes, name: str, told: str, small: Contest, capsys: Capture
) -> None:
    mailed(small, "noa@north.example", content, name)
    for mail, words in (("mail:1", told), ("mail:2", "mail:2 is not there")):
        ended = grid(capsys, "--import", mail, "--yes")
        assert (ended.code, words in ended.err) == (2, True), ended


@pytest.fixture
def declaring(small: Contest) -> Contest:
    """A panel that asks each institution for its links before its first mark."""
    signed = 'declares = "We have no link with it."\nmembers ='
    edit(small, "sheets/cra.toml", "members =", signed)
    adopt(small, "Links are declared.")
    return small


def test_links_are_declared_in_the_grid(declaring: Contest, capsys: Capture) -> None:
    """No link, then marks; a link; and an empty cell, which says nothing."""
    file = filled(workbook(declaring), E7="No", F7=3, E8="Yes, a partner.")
    ended = grid(capsys, "--import", str(file), "--yes")
    assert ended.code == 0, ended.err
    for text in ("link declared: no", "link declared: Yes, a partner."):
        assert text in " ".join(ended.out.split())
    cases = {case.ref: case for case in declaring_cases(declaring)}
    told = [cases[f"C-00{n}"].declared.get("cra", {}).get("north") for n in (1, 2, 3)]
    assert told == [False, True, None]
    again = load_workbook(workbook(declaring, name="again.xlsx")).worksheets[0]
    assert [again[cell].value for cell in ("E7", "E8", "E9")] == ["non", "Yes, a partner.", None]
    before = lines(declaring)
    ended = grid(capsys, "--import", "again.xlsx", "--yes")
    assert (ended.code, "Nothing changes" in ended.out) == (0, True), ended.err
    assert lines(declaring) == before
    assert verify(declaring).intact


def test_links_alone_come_by_mail(declaring: Contest, capsys: Capture) -> None:
    """The line of a declaration names the mail in which it came."""
    enrol(declaring, "Noa", ["jury"], institution="north", email="noa@north.example")
    mailed(declaring, "noa@north.example", filled(workbook(declaring), E7="No").read_bytes())
    assert grid(capsys, "--import", "mail:1", "--yes").code == 0
    assert outcomes(declaring) == ["filed"]
    history = run(capsys, "history", "C-001", "--lang", "en")
    assert "evidence: 33 bytes" in " ".join(history.out.split())
    assert verify(declaring).intact


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"F7": 3}, "row 7 (C-001)"),
        ({"E7": "yes"}, "E7 (C-001): “yes” does not say whether there is a link"),
        ({"E7": "no, but a partner"}, "E7 (C-001): “no, but a partner” does not say"),
        ({"E7": "a partner", "F7": 3}, 'row 7 (C-001): "north" has declared links with C-001'),
    ],
)
def test_links_and_marks_that_are_refused(
    cells: dict[str, float | str], told: str, declaring: Contest, capsys: Capture
) -> None:
    file, before = filled(workbook(declaring), **cells), lines(declaring)
    ended = grid(capsys, "--import", str(file), "--yes")
    assert (ended.code != 0, told in " ".join(ended.err.split())) == (True, True), ended.err
    assert lines(declaring) == before


def declaring_cases(contest: Contest) -> list[Candidature]:
    with contest.looking() as tx:
        return list(tx.every_case())
