"""What `ptce` alone tells inside a contest: what waits for whoever types it, and what does not."""

import io
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.today import Task, Today, today
from ptce_workflow.cli.terminal import Output, print_parts
from ptce_workflow.reports.overview import today_report
from rehearsal.cast import DESK
from tests.cli.lines import Run, run
from tests.cli.posting import do

pytestmark = pytest.mark.rehearsed
Capture = pytest.CaptureFixture[str]


def flat(ended: Run) -> str:
    """What a command printed, on one line."""
    return " ".join(ended.out.split()).replace("\N{NO-BREAK SPACE}", " ")


def test_ptce_alone_is_today(contest: Path, capsys: Capture) -> None:
    do("receive", "C-001", "dossier")
    alone = run(capsys)
    assert (alone.code, alone.out) == (0, run(capsys, "today").out)
    assert "[RÉPÉTITION]" in alone.out
    assert "ptce advance C-001 submit" in alone.out
    assert "C-002" not in alone.out, "it waits for its dossier: that is no task"


def test_a_long_list_is_not_judged(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may go on is counted by its state; what still waits for its dossier is not."""
    do("receive", "C-001", "dossier")
    monkeypatch.setattr("ptce_workflow.app.today.DRAWN_ROWS_AT_MOST", 1)
    told = flat(run(capsys))
    assert "À regarder : Brouillon (1) : ptce why C-001" in told
    assert "C-002" not in told


def test_what_is_done_waits_no_more(contest: Path, capsys: Capture) -> None:
    do("receive", "C-001", "dossier")
    tasks = json.loads(run(capsys, "--json").out)["tasks"]
    assert [one["things"] for one in tasks if one["kind"] == "candidatures"] != []
    do("advance", "C-001", "submit")
    titles = [one["title"] for one in json.loads(run(capsys, "--json").out)["tasks"]]
    assert titles == [title for title in titles if "Enregistrer" not in title]


def test_whoever_is_not_enrolled_is_told_nothing(contest: Path, capsys: Capture) -> None:
    ended = run(capsys, "--as", "passante")
    assert (ended.code, ended.out) == (1, "")
    assert "passante" in ended.err


def test_a_contest_without_a_ledger(cited: Path, capsys: Capture) -> None:
    ended = run(capsys)
    assert (ended.code, ended.out) == (1, "")
    assert "ptce init" in ended.err


@pytest.mark.sqlite("a folder that cannot be read names no contest of a server")
def test_a_folder_with_faults_stops_nobody(contest: Path, capsys: Capture) -> None:
    (contest / "config.toml").write_text("[contest\n", "utf-8")
    ended = run(capsys)
    assert ended.code == 0
    assert "ptce adopt --dry-run" in ended.out


@pytest.mark.parametrize("line", [("--nope",), ("--since", "hier matin"), ("today", "C-001")])
def test_what_cannot_be_read(line: tuple[str, ...], contest: Path, capsys: Capture) -> None:
    ended = run(capsys, *line)
    assert (ended.code, ended.out) == (2, "")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def many(found: Today, kinds: int) -> Today:
    """So many kinds of tasks, each with many things."""
    things = tuple(f"C-{n:03} Les Jardins partagés de la Boulbène et du Touch" for n in range(40))
    tasks = tuple(
        Task("x", f"Des choses de la sorte {n}", things, f"ptce why C-{n:03}", late=n < 3)
        for n in range(kinds)
    )
    return replace(found, tasks=tasks)


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("kinds", [0, 1, 4, 12, 30])
def test_it_never_takes_more_than_a_screen(
    contest: Path, monkeypatch: pytest.MonkeyPatch, columns: int, kinds: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    screen = Screen()
    with Contest.open(contest, actor=DESK) as open_contest:
        found = many(today(open_contest), kinds)
    print_parts(Output(screen, screen), today_report(found).parts)
    lines = screen.getvalue().splitlines()
    assert len(lines) <= 24
    assert all(f"Des choses de la sorte {n} " in screen.getvalue() for n in range(min(kinds, 3)))


def test_a_juror_is_told_of_marks(demo: Path, capsys: Capture) -> None:
    """While the panel marks: how many of its marks are given, and whose are not."""
    told = flat(run(capsys, "--as", "dreets", "--at", "26/03/2024"))
    assert "0 notes données sur 98" in told
    assert "ptce jury grid -o grille.xlsx" in told
    assert "Rien n’attend" in flat(run(capsys, "--as", "dreets"))


def test_an_auditor_reads_on_where_they_stopped(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    do("people", "enrol", "Alix", "--role", "auditor", "--login", "alix")
    first = run(capsys, "--as", "alix")
    assert "depuis la ligne" not in flat(first)
    [file] = (tmp_path / "home" / "ptce").iterdir()
    assert str(file) in first.out
    kept = json.loads(file.read_text("utf-8"))
    do("receive", "C-001", "dossier")
    second = flat(run(capsys, "--as", "alix"))
    assert f"depuis la ligne {kept['n']} : ptce diff --from {kept['n']}" in second
    assert "C-001" in second
    assert "depuis la ligne" not in flat(run(capsys, "--as", "alix"))
    assert "depuis la ligne 1 " in flat(run(capsys, "--as", "alix", "--since", "1"))
    file.write_text(json.dumps({**kept, "hash": "0" * 64}), "utf-8")
    for again in (run(capsys, "--as", "alix"), run(capsys, "--as", "alix")):
        assert "n’est plus celle que vous avez lue : ptce verify" in flat(again)
    file.write_text("nothing that can be read", "utf-8")
    assert run(capsys, "--as", "alix").code == 0


def test_two_contests_of_one_name_are_told_apart(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was read in a rehearsal is no witness against the contest that has its name."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    do("people", "enrol", "Alix", "--role", "auditor", "--login", "alix")
    with Contest.open(contest, actor=DESK) as open_contest:
        ledger = today(open_contest).ledger
    run(capsys, "--as", "alix")
    [file] = (tmp_path / "home" / "ptce").iterdir()
    kept = {**json.loads(file.read_text("utf-8")), "hash": "0" * 64}
    file.rename(file.with_name(file.name.replace(ledger[:12], "a" * 12)))
    file.with_name(file.name.replace(ledger[:12], "b" * 12)).write_text(json.dumps(kept), "utf-8")
    assert "n’est plus celle" not in flat(run(capsys, "--as", "alix"))


def test_a_letter_of_the_desk_has_its_name(contest: Path, capsys: Capture) -> None:
    file = contest.parent / "letter.md"
    file.write_text("# Une date\n\nMardi.\n", "utf-8")
    do("mail", "write", "--to", "C-001", "--from", str(file))
    told = run(capsys).out
    assert "Lettre du bureau, C-001" in told
    assert "desk_letter" not in told


def test_nothing_below_is_no_empty_line(demo: Path, capsys: Capture) -> None:
    assert run(capsys, "--as", "dreets").out.endswith("intervention.\n")


def test_an_auditor_names_a_checkpoint(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    do("people", "enrol", "Alix", "--role", "auditor", "--login", "alix")
    do("checkpoint")
    file = max((contest / "checkpoints").iterdir())
    do("receive", "C-001", "dossier")
    line = int(file.stem)
    told = flat(run(capsys, "--as", "alix", "--since", str(file)))
    assert f"depuis la ligne {line} : ptce diff --from {line}" in told


def test_a_file_that_cannot_be_kept_stops_nobody(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("a file in the place of a folder", "utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    do("people", "enrol", "Alix", "--role", "auditor", "--login", "alix")
    ended = run(capsys, "--as", "alix")
    assert ended.code == 0
    assert "n’a pu retenir" in flat(ended)


def test_the_digest_says_the_same(begun: Path, capsys: Capture) -> None:
    """Its sections are the tasks of today, thing by thing."""
    do("people", "enrol", "Zoé", "--role", "desk", "--login", "zoe", "--email", "z@lodeve.example")
    (mail, *_others) = json.loads(
        run(capsys, "mail", "list", "--notification", "desk_digest", "--json").out
    )
    letter = flat(run(capsys, "mail", "show", mail["message"]))
    tasks = json.loads(run(capsys, "--json").out)["tasks"]
    assert tasks != []
    for task in tasks:
        assert all(" ".join(thing.split()) in letter for thing in task["things"])
        assert task["command"] in letter
