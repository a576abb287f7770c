"""The jury at the keyboard: marks, who steps aside, the ranking, the sitting, the minutes."""

import io
import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.cli.grammar import load
from ptce_workflow.cli.terminal import print_parts
from ptce_workflow.reports.ranking import ranking
from tests.cli.lines import Run, run
from tests.cli.shapes import agrees, shape
from tests.cli.test_pages import lines as printed
from tests.cli.test_pages import terminal
from tests.rehearsal import edit, lines, opened
from tests.voting import MEETING, SCORING, SEATS, added, called, frozen, heard, marked, states

__all__ = ["called"]

Capture = pytest.CaptureFixture[str]
Ptce = Callable[..., Run]
ALL = ",".join(SEATS)
NAMES = ("La Fabrique du Larzac", "Pôle bois", "Textile en Gaillacois", "Le Quai")


@pytest.fixture(scope="module")
def ranked(called: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contest of four candidatures, their figures recorded, two sharing the second rank."""
    folder = shutil.copytree(called, tmp_path_factory.mktemp("ranked") / "contest")
    with opened(folder, SetClock(SCORING)) as contest:
        frozen(contest, "5", "3", "3", "0.5")
    return folder


@pytest.fixture
def folder(
    called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Path:
    """A contest of the test's own, the desk at its keyboard at the hour of the meeting."""
    source = request.getfixturevalue("ranked") if "four" in request.fixturenames else called
    folder = shutil.copytree(source, tmp_path / "contest")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", MEETING.isoformat())
    monkeypatch.setenv("PTCE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "80")
    return folder


@pytest.fixture
def ptce(folder: Path, capsys: Capture) -> Ptce:
    return lambda line: run(capsys, *shlex.split(line))


@pytest.fixture
def four(folder: Path) -> list[str]:
    """The candidatures of `ranked`."""
    return ["C-001", "C-002", "C-003", "C-004"]


def written(folder: Path) -> list[bytes]:
    """The ledger as it stands."""
    with opened(folder, SetClock(MEETING)) as contest:
        return lines(contest)


def stands(folder: Path) -> dict[str, str]:
    with opened(folder, SetClock(MEETING)) as contest:
        return dict(states(contest))


def verified(ptce: Ptce) -> None:
    """The ledger is whole, and all that it tells was allowed."""
    assert ptce("verify").code == 0


def agenda(folder: Path, votes: str, present: str = ALL) -> str:
    """The option of an agenda with votes: of each its table, then its keys."""
    names = json.dumps(present.split(","))
    lines = [f"present = {names}", *votes.split(" | ")]
    (folder / "agenda.toml").write_text("\n".join(lines), "utf-8")
    return "--agenda agenda.toml"


ORDER = '[orders.select] | refs = ["C-002", "C-003"] | ayes = ["north"] | reason = "R." '


def data(ptce: Ptce, line: str, name: str) -> Any:
    """What a line writes with --json, whose keys are those that its help tells."""
    found = json.loads(ptce(f"{line} --json").out)
    documented = load(name).shape
    assert agrees(shape(documented), found), json.dumps(found, indent=2)[:2000]
    return found


# Marks.


def test_score(folder: Path, ptce: Ptce) -> None:
    """What was given is told, no opinion included; what is lacking, and how to give it."""
    with opened(folder, SetClock(SCORING)) as contest:
        added(contest)
    ended = ptce("jury score C-001 north idea=3.5")
    assert ended.code == 0
    assert "North: 1 mark of 2" in ended.out
    assert "Idea: 3.50" in ended.out
    assert "lacking: Method" in ended.out
    assert "ptce jury score C-001 north method=…" in ended.err
    ended = ptce("jury score C-001 north METHOD=- 'Remark=Outside our field.'")
    assert "Method: no opinion" in ended.out
    assert "lacking" not in ended.out
    assert "Method no opinion" in ptce("show C-001 --full").out
    verified(ptce)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("idea=-", 2, "opinion"),
        ("method=0.5", 2, "A mark below 1 needs a comment."),
        ("idea=4.2", 2, "Idea"),
        ("charm=4", 2, '"charm"'),
        ("idea", 2, "cannot be read"),
        ("idea=1 idea=2", 2, "given twice"),
    ],
)
def test_no_score(folder: Path, ptce: Ptce, words: str, code: int, told: str) -> None:
    """What the grid does not take is told, and nothing is recorded."""
    with opened(folder, SetClock(SCORING)) as contest:
        added(contest)
    before = written(folder)
    ended = ptce(f"jury score C-001 north {words}")
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err
    assert written(folder) == before


def test_an_opinion_in_words(folder: Path, ptce: Ptce) -> None:
    with opened(folder, SetClock(SCORING)) as contest:
        added(contest)
        heard(contest)
    ended = ptce("jury score C-001 town 'view=A sound project.'")
    assert "Town: opinion recorded" in ended.out
    assert "View: A sound project." in ended.out
    assert "0 marks of 0" not in ended.out
    verified(ptce)


# Who steps aside.


def test_conflicts_and_recusals(folder: Path, ptce: Ptce) -> None:
    """A name in a dossier is proposed with the command that confirms it; it works as printed."""
    with opened(folder, SetClock(SCORING)) as contest:
        marked(contest, "4", partners=[{"name": "L’Union du Sud"}])
    told = ptce("jury conflicts").out
    assert "C-001 Les Jardins · South" in told
    assert 'Dossier · Partners · Name: "L’Union du Sud"' in told
    command = next(line for line in told.splitlines() if "ptce jury recuse" in line)
    [found] = data(ptce, "jury conflicts", "jury conflicts")
    assert (found["ref"], found["institution"]) == ("C-001", "south")
    ended = ptce(command.strip().removeprefix("ptce "))
    assert ended.code == 0
    assert "voices: 3 of 3 expected, 1 stepped aside" in ended.out
    assert "No dossier names" in ptce("jury conflicts").out
    shown = ptce("show C-001 --full").out
    assert "marks, withdrawn" in shown
    assert json.loads(ptce("show C-001 --json").out)["recused"] == {"cra": ["south"]}
    assert "South steps aside" in ptce("history C-001").out
    assert ptce("jury recuse C-001 south --lift --reason Error").code == 0
    assert "South scores and counts again" in ptce("history C-001").out
    assert ptce("jury recuse C-001 south").code == 2
    verified(ptce)


def test_several_panels(folder: Path, ptce: Ptce) -> None:
    """A mark goes to the open panel that has the criterion, or to the one that is named."""
    with opened(folder, SetClock(SCORING)) as contest:
        heard(contest)
        ref = added(contest)
    assert ptce(f"jury score {ref} north idea=4").code == 0
    assert "--panel cra" in ptce(f"jury score {ref} north idea=3").err
    assert ptce(f'jury score {ref} north view="Well done."').code == 0
    assert ptce(f'jury score {ref} town view="Too far." --panel opinion').code == 0
    assert ptce(f"jury score {ref} north idea=4 --panel opinion").code == 2
    assert ptce(f"jury score {ref} north idea=4 --panel nowhere").code == 2
    found = json.loads(ptce(f"show {ref} --json").out)["scores"]
    assert found == {"cra": {"north": {"idea": 300}}, "opinion": {"north": {}, "town": {}}}
    verified(ptce)


def test_declarations(folder: Path, ptce: Ptce) -> None:
    """What is signed is printed; links are proposed with what has the institution step aside."""
    with opened(folder, SetClock(SCORING)) as contest:
        signed = 'declares = "We have no link."\nchoice = "none"\nmembers ='
        edit(contest, "sheets/cra.toml", "members =", signed)
        adopt(contest, "Links are declared.")
        ref = added(contest)
    for asked in ("", " --none --links x", " --links x"):
        assert ptce(f"jury declare --institution north{asked}").code == 2
    told = data(ptce, f"jury declare {ref} --none --institution north", "jury declare")
    assert told == [{"ref": ref, "panel": "cra", "institution": "north", "links": False}]
    assert "“We have no link.”" in ptce(f"jury declare {ref} --none --institution east").out
    assert "nothing" in ptce("jury declare --none --institution east").out
    ended = ptce(f'jury declare {ref} --links "A member." --institution south')
    assert f"ptce jury recuse {ref} south" in ended.err
    assert "it declares: A member." in ptce("jury conflicts").out
    assert "South declares links" in ptce(f"history {ref}").out
    assert "neither marks nor votes" in ptce(f"show {ref} --full").out
    asked = f"jury declare {ref} --institution south --no-influence"
    assert ptce(f"{asked} south --reason Old").code == 1
    assert ptce(f"{asked} north").code == 2
    told = ptce(f"{asked} North --reason Old")
    assert "without influence, finds North, which presides" in told.out
    assert "recuse" not in told.err
    shown = ptce(f"show {ref} --full").out
    assert "finds North, which presides" in shown
    assert "neither marks nor votes" not in shown
    assert "finds North, which presides" in ptce(f"history {ref}").out
    assert "finds North, which presides" in ptce("audit").out
    verified(ptce)


def test_marks_on_request(ptce: Ptce, four: list[str]) -> None:
    """On the terminal and on paper, once they are closed."""
    shown = ptce(f"document marks {four[0]}")
    assert (shown.code, shown.err) == (0, "")
    assert "Idea" in shown.out
    assert ptce(f"document marks {four[0]} -o marks.docx").code == 0
    assert ptce("document mark C-001").code == 2
    with opened(Path.cwd(), SetClock(SCORING)) as contest:
        ref = marked(contest, "4")
    refused = ptce(f"document marks {ref} -o marks.html")
    assert refused.code == 1
    assert "are not closed" in refused.err


# The ranking.


def test_the_past(ptce: Ptce, four: list[str], tmp_path: Path) -> None:
    """`why --past`: the decision, its sitting, and the rule with its figure that stopped it."""
    ptce("advance C-003 withdraw --yes")
    ptce(f"deliberate --present {ALL} --chair north --yes")
    told = ptce("why C-004 --past").out
    assert "decided by  Deliberation, call 1, recorded on Tuesday 9 April" in told
    assert "rank 4 of 4 · mean of the panel: 0.50" in told
    assert "Nothing better was possible then:" in told
    assert "✗ The mean reaches 1.00" in told
    found = data(ptce, "why C-004 --past", "why")["past"][-1]
    assert (found["transition"], found["sitting"]["name"]) == ("decline", "vote")
    assert [one["name"] for one in found["better"]] == ["select", "wait"]
    assert ptce("why C-004 decline --past").code == 2
    page = tmp_path / "why.html"
    assert ptce(f"why C-004 --past -o {page}").code == 0
    assert "The mean reaches 1.00" in page.read_text("utf-8")


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_rank(
    columns: int, folder: Path, ptce: Ptce, four: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table and a picture that fit the terminal: shared ranks, the tie, then the cut."""
    told = drawn(columns, folder, monkeypatch)
    recorded = "The marks are closed, and the figures are recorded. The sitting will"
    assert recorded in " ".join(told.split())
    assert "2 =" in told
    assert 'The cut of "Select" goes through a tie: C-002, C-003.' in " ".join(told.split())
    assert "to be" in told
    assert told.count("▏") == 4
    assert max(map(len, told.splitlines())) <= columns
    ptce("advance C-003 withdraw --yes")
    told = drawn(columns, folder, monkeypatch)
    assert "╌ cut ╌" in told
    assert "Cut: between C-002 and C-004, as the rules would have it on Tuesday 9 April" in (
        " ".join(told.split())
    )
    assert "Close call" not in told
    assert max(map(len, told.splitlines())) <= columns


def drawn(columns: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ranking as a terminal of so many columns shows it."""
    out = terminal(columns, monkeypatch)
    with opened(folder, SetClock(MEETING)) as contest, speaking("en"):
        print_parts(out, ranking(standing(contest), MEETING, whole=False).parts)
    return "\n".join(printed(out))


def test_rank_as_data(ptce: Ptce, four: list[str]) -> None:
    """With every figure, in hundredths."""
    ptce("advance C-003 withdraw --yes")
    found = data(ptce, "jury rank", "jury rank")
    assert found["frozen"]
    assert (found["cut"]["in"], found["cut"]["out"]) == ("C-002", "C-004")
    assert [one["outcome"] for one in found["ranking"]] == [
        "selected",
        "selected",
        "withdrawn",
        "declined",
    ]
    assert found["ranking"][0]["total"] == found["ranking"][0]["lowest_voice"] == 500


def test_rank_before_the_close(folder: Path, ptce: Ptce) -> None:
    """Nothing to rank is told so; figures that may still change are called provisional."""
    assert "No mark was given yet." in ptce("jury rank").out
    with opened(folder, SetClock(SCORING)) as contest:
        marked(contest, "4", seats=("north", "south"))
    told = ptce("jury rank").out
    assert "Provisional" in told
    assert "2/4" in told


def test_rank_as_a_page(folder: Path, ptce: Ptce, four: list[str]) -> None:
    ended = ptce("jury rank -o ranking.html")
    assert "ranking.html" in ended.out
    assert "<svg" in (folder / "ranking.html").read_text("utf-8")
    assert ptce("jury rank -o ranking.html --json").code == 2
    assert ptce("jury rank -o nowhere/ranking.html").code == 1


def test_a_close_call_is_flagged(folder: Path, ptce: Ptce) -> None:
    with opened(folder, SetClock(SCORING)) as contest:
        refs = [marked(contest, "5"), marked(contest, "4")]
        refs.append(added(contest))
        for seat, mark in zip(SEATS, ("4.5", "4", "4", "3"), strict=True):
            score(contest, refs[2], seat, {"idea": mark, "method": "4", "remark": "Vu."})
        advance(contest, refs, "close_scoring")
    told = ptce("jury rank").out.replace("\n  ", " ")
    assert "Close call: 0.06 between the two, less than half a step of the scale." in told
    assert "The institutions differ by more on each of them: 0.00, 0.75." in told


# The sitting.


def test_deliberate(folder: Path, ptce: Ptce, four: list[str]) -> None:
    """A vote parts the tie; the decisions are printed by rank; then the minutes are next."""
    votes = (
        'chair = "north" | [orders.select] | refs = ["C-003", "C-002"] | reason = "Riper." | '
        'ayes = ["north", "south", "east"] | noes = ["west"]'
    )
    ended = ptce(f"deliberate {agenda(folder, votes)} --yes")
    assert ended.code == 0, ended.err
    assert "Deliberation · call 1" in ended.out
    assert "present: 4 of 4 institutions" in ended.out
    assert "vote on the order C-003, C-002: carried" in ended.out
    rows = [line.split() for line in ended.out.splitlines() if " C-00" in line][1:]
    assert [(row[1], row[-1]) for row in rows] == [
        ("C-001", "Selected"),
        ("C-003", "Selected"),
        ("C-002", "Waiting"),
        ("C-004", "Declined"),
    ]
    assert "The sitting is in the ledger" in ended.out
    assert "ptce minutes -o minutes.docx" in ended.err
    assert stands(folder)["C-003"] == "selected"
    history = ptce("history C-002").out
    assert "rank 3 · place in the vote: 2" in history
    verified(ptce)


def test_a_tie_is_refused(folder: Path, ptce: Ptce, four: list[str]) -> None:
    """Without a vote the cut cannot go through a tie; what to type is told and works."""
    before = written(folder)
    ended = ptce(f"deliberate --present {ALL} --yes")
    assert ended.code == 1
    assert "goes through a tie: C-002, C-003" in ended.err
    assert "ptce deliberate --template" in ended.err
    assert written(folder) == before


def test_dry_run(folder: Path, ptce: Ptce, four: list[str]) -> None:
    """It shows what would happen, and records nothing."""
    ptce("advance C-003 withdraw --yes")
    before = written(folder)
    ended = ptce(f"deliberate --present {ALL} --dry-run")
    assert ended.code == 0
    assert "Nothing was changed." in ended.err
    assert "in the ledger" not in ended.out
    found = data(ptce, f"deliberate --present {ALL} --dry-run", "deliberate")
    assert (found["decided"], found["written"], found["line"]) == (True, False, None)
    assert written(folder) == before


def test_rules_in_the_way(folder: Path, ptce: Ptce, four: list[str]) -> None:
    shown = ptce("deliberate --present north --dry-run")
    assert shown.code == 1
    ended = ptce("deliberate --present north --yes")
    assert ended.code == 1
    assert "on 4 candidatures" in ended.err
    assert ended.err.count("✗ Half of the institutions are present") == 1
    assert "C-001, C-002, C-003, C-004 → Select, Put on the list, Decline:" in ended.err
    assert "choice of the organiser: half is enough" in ended.err
    assert "the next one will be call 2" in ended.err
    assert set(stands(folder).values()) == {"scored"}
    found = data(
        ptce,
        f"deliberate --dry-run {agenda(folder, ORDER, present='north')}",
        "deliberate",
    )
    assert found["call"] == 2
    verified(ptce)


def test_asked_before_writing(
    folder: Path, ptce: Ptce, four: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --yes it shows the outcome and asks; nobody there to answer is a no."""
    ptce("advance C-003 withdraw --yes")
    before = written(folder)
    ended = ptce(f"deliberate --present {ALL}")
    assert ended.code == 2
    assert "--yes" in ended.err
    assert "Nothing was changed" not in ended.err
    assert "Selected" in ended.out
    assert written(folder) == before

    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(
        "ptce_workflow.cli.terminal.Output.is_terminal", staticmethod(lambda _s: True)
    )
    for answer, code in (("n\n", 1), ("y\n", 0)):
        monkeypatch.setattr("sys.stdin", Keyboard(answer))
        assert ptce(f"deliberate --present {ALL}").code == code
        assert (written(folder) == before) == (code == 1)


def test_it_asks_who_sits(
    folder: Path, ptce: Ptce, four: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among those enrolled, and in which capacity, kept with the person; the minutes say so."""
    ptce("advance C-003 withdraw --yes")
    ptce("people enrol Ada --role jury --institution north --capacity director")
    for name, seat in (("Bo", "south"), ("Cy", "south"), ("Di", "east")):
        ptce(f"people enrol {name} --role jury --institution {seat}")

    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(
        "ptce_workflow.cli.terminal.Output.is_terminal", staticmethod(lambda _s: True)
    )
    # North as proposed; of South the second, whom a wrong answer does not name; nobody of East.
    monkeypatch.setattr("sys.stdin", Keyboard("\nP-9\np-004\ntreasurer\n-\ny\n"))
    ended = ptce(f"deliberate --present {ALL}")
    assert ended.code == 0, ended.err
    assert "P-002 Ada, director" in ended.err
    assert "the minutes name nobody for: east, west" in ended.out
    assert "ptce deliberate --present east=P-…" in ended.out + ended.err
    ptce("minutes -o minutes.html")
    page = Path("minutes.html").read_text("utf-8")
    assert "Ada, director, for North" in page
    assert "Cy, treasurer, for South" in page
    assert "Di" not in re.findall(r"\bDi\b", page)
    assert "Cy, treasurer" in ptce("people list").out


def test_deviations(folder: Path, ptce: Ptce, four: list[str]) -> None:
    """Two votes, the voices of each in their turn."""
    votes = (
        'chair = "north" | [deviations.C-001] | transition = "wait" | reason = "Helped already." | '
        'ayes = ["north", "south"] | noes = ["east"] | '
        '[deviations.C-004] | transition = "wait" | reason = "To encourage it." | noes = ["north"]'
    )
    ended = ptce(f"deliberate {agenda(folder, votes)} --yes")
    assert ended.code == 0, ended.err
    assert "vote on C-001 → Put on the list: carried" in ended.out
    assert "vote on C-004 → Put on the list: not carried" in ended.out
    assert "Waiting (the ranking: Select)" in ended.out
    assert stands(folder) == dict(
        zip(four, ["waiting", "selected", "selected", "declined"], strict=True)
    )
    assert "voted: Put on the list" in ptce("history C-001").out
    assert "the ranking would have given: Select" in ptce("history C-001").out
    verified(ptce)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "not said who is present"),
        ("--present", "requires an argument"),
        ("--present nort", '"nort" does not sit'),
        (f"--present {ALL} --agenda agenda.toml", "--agenda stands alone"),
        ("--agenda nowhere.toml", "no such file"),
        ("--template --yes --present north", "--template stands alone"),
        (f"--present {ALL} --sitting ball", '"ball" is no sitting'),
        (f"--present {ALL} --chair nobody", '"nobody" is not present'),
    ],
)
def test_typed_wrongly(folder: Path, ptce: Ptce, four: list[str], words: str, told: str) -> None:
    """What makes no sense is told, with exit code 2, and leaves no line."""
    before = written(folder)
    ended = ptce(f"deliberate {words}")
    assert ended.code == 2, ended.err
    assert told in ended.err
    assert written(folder) == before


@pytest.mark.parametrize(
    ("vote", "told"),
    [("", "Nobody has voted on C-001"), ('ayes = ["north"]', "has no reason")],
)
def test_votes_that_say_too_little(
    folder: Path, ptce: Ptce, four: list[str], vote: str, told: str
) -> None:
    before = written(folder)
    votes = f'[deviations.C-001] | transition = "wait" | {vote}'
    ended = ptce(f"deliberate {agenda(folder, votes)}")
    assert ended.code == 2, ended.err
    assert told in ended.err
    assert written(folder) == before


def test_template(folder: Path, ptce: Ptce, four: list[str]) -> None:
    """The template names the tie and the institutions; filled in, it is an agenda."""
    text = ptce("deliberate --template").out
    assert tomllib.loads(text)["present"] == list(SEATS)
    assert tomllib.loads(text)["orders"]["select"]["refs"] == ["C-002", "C-003"]
    filled = text.replace("ayes = []", f"ayes = {json.dumps(SEATS)}", 1)
    (folder / "agenda.toml").write_text(filled.replace('reason = ""', 'reason = "R."', 1), "utf-8")
    ended = ptce("deliberate --agenda agenda.toml --yes")
    assert ended.code == 0, ended.err
    assert stands(folder)["C-002"] == "selected"
    found = data(ptce, "minutes", "minutes")
    assert [one["decided"] for one in found] == [4]


def test_a_template_is_no_wider_than_a_window(folder: Path, ptce: Ptce, four: list[str]) -> None:
    long = "Direction of the economy, of employment, of labour and of solidarities of the region"
    with opened(folder, SetClock(MEETING)) as contest:
        edit(contest, "config.toml", 'label = "North"', f'label = "North, {long}"')
        adopt(contest, "Une institution dit son nom en entier.")
    text = ptce("deliberate --template").out
    assert f"# North, {long[:50]}" in text
    assert tomllib.loads(text)["present"] == list(SEATS)
    assert max(map(len, text.splitlines())) <= 100


# The minutes.


@pytest.mark.long
def test_minutes(folder: Path, ptce: Ptce, four: list[str]) -> None:
    """The last sitting or any other, as a document or a page; all of them listed."""
    assert ptce("minutes -o minutes.docx").code == 2
    ptce("deliberate --present north --yes")
    ptce(f"deliberate {agenda(folder, ORDER)} --yes")
    listed = ptce("minutes --list").out
    assert len(listed.splitlines()) == 3
    ended = ptce("minutes -o minutes.docx")
    assert ended.code == 0
    kept = (folder / "minutes.docx").read_bytes()
    assert kept.startswith(b"PK")
    last = data(ptce, "minutes", "minutes")[-1]
    assert last["hash"] in ended.err
    again = ptce("minutes 1 -o minutes.docx")
    assert (again.code, "is there already" in again.err) == (2, True)
    assert (folder / "minutes.docx").read_bytes() == kept
    assert ptce("minutes 1 -o minutes.docx --force").code == 0
    assert (folder / "minutes.docx").read_bytes() != kept
    assert ptce("minutes 1 -o first.html").code == 0
    assert "Nothing was decided." in (folder / "first.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "as a .docx or a .html"),
        ("-o minutes.pdf", "Accepted: .docx, .html"),
        ("one -o minutes.docx", 'NUMBER: "one" is not a number'),
        (f"{'9' * 5000} -o minutes.docx", "is not a number"),
        ("7 -o minutes.docx", "There is no sitting 7; there are 1"),
        ("1 --list", "--list stands alone"),
    ],
)
def test_no_minutes(folder: Path, ptce: Ptce, four: list[str], words: str, told: str) -> None:
    """What cannot be written is told, and how it can."""
    ptce("deliberate --present north --yes")
    ended = ptce(f"minutes {words}")
    assert ended.code == 2
    assert told in ended.err
    assert not (folder / "minutes.docx").exists()


def test_in_french(ptce: Ptce, four: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are those of the reader's language."""
    with speaking("fr"):
        monkeypatch.setenv("PTCE_LANG", "fr")
        assert "3,00" in ptce("jury rank").out
