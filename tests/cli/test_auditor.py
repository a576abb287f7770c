"""The auditor's seat: every command that looks answers, none that writes does, and no byte moves.

With the role, and on a copy where nothing may be written.
"""

import hashlib
import json
import re
import shlex
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.grammar import every_command
from tests.app.test_handover import erase
from tests.cli.lines import run
from tests.cli.test_read_only import READ_ONLY, disc
from tests.nobody import as_nobody
from tests.rehearsal import attack
from tests.servers import ON_SERVER, held

pytestmark = pytest.mark.rehearsed

__all__ = ["disc"]

Capture = pytest.CaptureFixture[str]
LOOKING = {
    "today": ("today", "today --since 1"),
    "audit": ("audit", "audit --json"),
    "calendar": ("calendar",),
    "check": ("check",),
    "checkpoint": ("checkpoint --list",),
    "clock": ("clock",),
    "decisions": ("decisions", "decisions --at 12/05/2024"),
    "diagram": ("diagram",),
    "diff": ("diff --from 11/03/2024",),
    "history": ("history C-010",),
    "jury conflicts": ("jury conflicts",),
    "jury rank": ("jury rank", "jury rank --at 10/04/2024"),
    "list": ("list", "list --at 11/03/2024"),
    "mail list": ("mail list --all", "mail list --at 11/03/2024"),
    "mail preview": ("mail preview acknowledgement",),
    "mail read": ("mail read --list",),
    "mail show": ("mail show M-001",),
    "minutes": ("minutes --list",),
    "people list": ("people list",),
    "replay": ("replay --check", "replay --what-if .", "replay --what-if --set limit.floor=2"),
    "results": ("results",),
    "rulebook": ("rulebook",),
    "show": ("show C-010", "show C-010 --at 11/03/2024"),
    "stats": ("stats", "stats --at 11/03/2024"),
    "verify": ("verify", "verify --json"),
    "why": ("why C-010", "why C-010 --past --cite", "why C-010 --at 10/04/2024"),
}
"""What only looks, and writes nothing but its answer."""
ELSEWHERE = {
    "backup": ("backup {away}/contest.db",),
    "document": ("document marks C-010 -o {away}/marks.docx",),
    "export": ("export {away}/export",),
    "form": ("form dossier -o {away}/dossier.docx",),
}
"""What writes for the auditor, away from the contest."""
WRITING = {
    "add": 'add --name "Un autre" --email autre@collectif.example',
    "adopt": 'adopt --reason "…"',
    "advance": 'advance C-010 withdraw --reason "…" --yes',
    "answer": 'answer C-012 appeal granted --reason "…" --yes',
    "checkpoint": "checkpoint",
    "clock": 'clock --accept --reason "…"',
    "convene": "convene --at 2024-10-01T14:00:00+02:00",
    "deliberate": "deliberate --present sgar,dreets,region --chair sgar --yes",
    "erase": 'erase C-010 --reason "…" --yes',
    "grants": "grants",
    "hand-over": "hand-over C-010 --to ami",
    "jury declare": "jury declare C-010 --none --institution sgar",
    "jury grid": "jury grid --import grids/sgar.xlsx --yes",
    "jury recuse": 'jury recuse C-010 sgar --reason "…"',
    "jury score": "jury score C-010 sgar theme=4",
    "mail drop": 'mail drop M-002 --reason "…"',
    "mail edit": "mail edit M-002 --from config.toml",
    "mail read": "mail read received/2024-02-12-1000-draft_opened-C-001.eml",
    "mail release": "mail release M-002 --yes",
    "mail resolve": 'mail resolve M-048 --resend --reason "…"',
    "mail login": "mail login",
    "mail test": "mail test --to me@cress.example",
    "mail resume": "mail resume",
    "mail write": "mail write --to C-010 --from config.toml",
    "move": "move copy.db",
    "note": 'note C-010 "called"',
    "people enrol": 'people enrol "Un autre" --role desk',
    "people leave": "people leave P-002",
    "receive": "receive C-010 appeal --at 2024-09-03T09:00:00+02:00",
    "record": "record C-010 dossier collective_name=Autre",
    "restore": "restore config.toml --yes",
    "run": "run",
    "sign-in": "sign-in --import papers/session_1.xlsx --yes",
    "tick": "tick",
}
"""What records, sends or signs."""
FOLDER = {"init", "schema", "translate", "completion"}
"""What works on the files of a folder, without its ledger: a copy without write bits stops it."""


def bytes_of(folder: Path) -> dict[str, str]:
    """Every file of a folder; what SQLite keeps beside its file while somebody reads apart."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_every_command_is_tried() -> None:
    known = every_command().keys()
    assert known - FOLDER - LOOKING.keys() - ELSEWHERE.keys() - WRITING.keys() == {"doctor"}


def looks(capsys: Capture, away: Path) -> str:
    """Types every command that only looks; each answers. All that they say."""
    said = ""
    for line in [line for lines in (LOOKING | ELSEWHERE).values() for line in lines]:
        ended = run(capsys, *shlex.split(line.format(away=away)), "--lang", "en")
        assert ended.code == 0, (line, ended.err)
        assert ended.out or "-o" in line, line
        said += ended.out + ended.err
    return said


@pytest.mark.long
def test_nothing_is_recorded_for_an_auditor(
    demo: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever looks answers; whatever writes is refused, and not a byte of the contest changes.

    That a line of the desk does change some shows that it would be seen.
    """
    before, secret = (bytes_of(demo), held(demo)), (demo / "ptce.key").read_text().split("\n")[1]
    monkeypatch.setenv("PTCE_ACTOR", "controle")
    said = looks(capsys, tmp_path)
    assert len(secret) > 20
    assert secret not in said
    for name, line in WRITING.items():
        ended = run(capsys, *shlex.split(line), "--lang", "en")
        # That sheet says what is known already: nobody is asked whether it may change.
        done = name == "sign-in" or (ON_SERVER and name == "grants")
        refused = (0, ended.out, False) if done else (1, "", True)
        assert (ended.code, ended.out, "Refused" in ended.err) == refused, (line, ended.err)
    assert (bytes_of(demo), held(demo)) == before
    monkeypatch.setenv("PTCE_ACTOR", "bureau")
    assert run(capsys, *shlex.split(WRITING["mail resume"])).code == 0
    assert run(capsys, *shlex.split(WRITING["record"])).code == 0
    assert (bytes_of(demo), held(demo)) != before


@contextmanager
def open_to_all() -> Iterator[Path]:
    """A folder in which somebody who owns nothing may write, away from what is looked at."""
    with tempfile.TemporaryDirectory() as away:
        Path(away).chmod(0o777)
        yield Path(away)


@READ_ONLY
@pytest.mark.slow
def test_on_a_copy_where_nothing_may_be_written(
    disc: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_of(disc)
    # A stranger may not read the libraries of whoever runs the tests, and `run` loads some anew.
    recording = [line for name, line in WRITING.items() if name != "run"]
    with open_to_all() as away, as_nobody():
        looks(capsys, away)
        monkeypatch.chdir(disc)
        told = {
            line: run(capsys, *shlex.split(line), "--lang", "en")
            for line in (*recording, "schema", "translate es")
        }
    for name in ("record", "people enrol", "tick", "checkpoint"):
        ended = told[WRITING[name]]
        assert (ended.code, "cannot be written" in ended.err) == (1, True), (name, ended.err)
    assert bytes_of(disc) == before


@pytest.mark.long
def test_the_report_tells_what_an_auditor_asks(demo: Path, capsys: Capture, tmp_path: Path) -> None:
    ended = run(capsys, "audit", "--lang", "en")
    assert ended.code == 0
    headings = [line for line in ended.out.splitlines() if line[:1].isdigit() and ". " in line[:4]]
    assert [line.partition(".")[0] for line in headings] == [str(n) for n in range(1, 12)]
    assert ended.out.count("More: ptce") == 11
    assert "decisions judged again · none differs" in ended.out
    told = json.loads(run(capsys, "audit", "--json").out)
    rows = {one["name"]: one["rows"] for one in told["sections"]}
    assert (told["intact"], len(told["people"])) == (True, 10)
    assert {row["ref"] for row in rows["mended"] if row["kind"] == "rectification"} == {"C-015"}
    assert {row["kind"] for row in rows["mended"]} == {
        *("rectification", "undone", "request", "no_file")
    }
    assert [row["text"] for row in rows["jury"] if "steps aside" in row["text"]] == []
    assert told["marks"] == {"given": 581, "changed": 1, "mended": 0, "typed": 0}
    assert {row["ref"] for row in rows["refusals"]} >= {"C-014", "C-016"}
    assert rows["rules"] == []
    [erased] = rows["erased"]
    assert ("P-001" in erased["who"], "P-010" in erased["text"]) == (True, True)
    assert run(capsys, "audit", "-o", str(tmp_path / "audit.xlsx")).code == 2
    assert run(capsys, "audit", "-o", str(tmp_path / "audit.docx")).code == 0
    with zipfile.ZipFile(tmp_path / "audit.docx") as paper:
        assert "Rapport de contrôle" in paper.read("word/document.xml").decode()


@pytest.mark.long
def test_what_weighs_comes_first_and_what_is_routine_is_folded(demo: Path, capsys: Capture) -> None:
    """Each kind of finding at its level; a routine one by its count, without a row for each."""
    told = json.loads(run(capsys, "audit", "--json").out)
    levels = {level: {*kinds} for level, kinds in told["levels"].items()}
    assert levels == {
        "chosen": {
            *("late_receipt", "rectification", "mark", "in_vain", "casting_vote"),
            *("passed_over", "undone"),
        },
        "right": {
            *("late_fact", "late_request", "no_file", "request", "failed_mail", "late_mail"),
            "erasure",
        },
        "routine": {"late_entry", "slow_move", "expired_mail"},
    }
    rows = [row for section in told["sections"] for row in section["rows"]]
    for kinds in told["levels"].values():
        for kind, lines in kinds.items():
            assert {row["line"] for row in rows if row["kind"] == kind} in ({*lines}, set())
    printed = run(capsys, "audit", "--lang", "en").out
    assert "Routine (24)" in printed
    [line] = re.findall(r"^Arrivals entered over a day later: (.*)$", printed, re.M)
    assert line.endswith("… (9 in all)")
    assert "arrived on 2 Mar" not in printed
    # The file that was found eight days after the close stands apart.
    assert "arrived on 11 Mar" in printed
    assert "C-012, rank 13: Do not select; C-015, rank 14: Put on the waiting list" in printed


@pytest.mark.long
def test_the_report_tells_each_sitting_and_what_was_refused_there(
    demo: Path, capsys: Capture
) -> None:
    printed = run(capsys, "audit", "--lang", "en").out
    vain, _mark, decided = printed.partition("Sitting 2: ")
    vain = vain.partition("Sitting 1: ")[2]
    assert "Present (2 of 6)" in vain
    assert "Absent" in vain
    assert re.search(r"Quorum +✗ At least 50%", vain)
    assert "42 decisions were tried along the ranking and refused, by these rules:" in vain
    assert "observed: call: 1, members: 6, present: 2" in vain
    assert "C-012" in vain.partition("The mean of each of the seven points")[2][:300]
    assert "Present (5 of 6)" in decided
    assert re.search(r"Quorum +✓ At least 50%", decided)


@pytest.mark.long
def test_a_terminal_of_80_columns_holds_each_line(
    demo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(
        "ptce_workflow.cli.terminal.Output.is_terminal", staticmethod(lambda _stream: True)
    )
    for command in ("audit", "decisions", "diff --from 01/06/2024"):
        printed = run(capsys, *command.split(), "--lang", "en").out
        assert [line for line in printed.splitlines() if len(line) > 80] == [], command
    assert re.search(r"^People\n +who +name +before +after$", printed, re.M)


@pytest.mark.long
def test_a_limit_that_no_mail_had_announced_is_told(demo: Path, capsys: Capture) -> None:
    """The floor stood in the way of one; only the jury had been told of it."""
    printed = run(capsys, "audit", "--lang", "en").out
    rules = printed.partition("4. The rules")[2].partition("5. Receipts")[0]
    assert "In force since line 1, before the first candidature (line 34); unchanged." in rules
    table = rules.partition("Limits that stood in the way, and that no mail to them")[2]
    assert re.search(r"The mean of each of the seven points.* C-012$", table, re.M)
    # The rule of the places has its article, and no word of the organiser's.
    assert "The places" not in table


@pytest.mark.long
def test_rules_erasures_and_typists_are_told(
    demo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has happened since: the rules changed, somebody left, and a name was erased."""
    config = demo / "config.toml"
    config.write_text(config.read_text("utf-8").replace("value = 10,", "value = 11,"), "utf-8")
    assert run(capsys, "adopt", "--reason", "Une place de plus.", "--yes").code == 0
    assert run(capsys, "people", "leave", "P-003").code == 0
    clock = SetClock(datetime.fromisoformat("2024-09-04T09:00:00+02:00"))
    with Contest.open(demo, actor="bureau", clock=clock) as contest:
        erase(contest, "C-018")
    told = json.loads(run(capsys, "audit", "--json").out)
    rows = {one["name"]: one["rows"] for one in told["sections"]}
    assert [row["kind"] for row in rows["rules"]] == ["rules"]
    assert "Une place de plus." in rows["rules"][0]["text"]
    [adoption] = told["adoptions"]
    assert (adoption["line"], adoption["since"]) == (rows["rules"][0]["line"], 1)
    # One place more would have gone to who ranked first of those that waited.
    assert adoption["otherwise"][0] == "C-011"
    assert "+places = " in adoption["difference"]
    printed = run(capsys, "audit", "--lang", "en").out
    assert "183 decisions had been made by the rules before, in force from line 1 on." in printed
    assert "C-011" in printed.partition("They would have judged otherwise")[2][:600]
    assert len(rows["erased"]) == 2
    assert [one["actor"] for one in told["people"] if one["until"]] == ["P-003", "P-009", "P-010"]


def test_a_ledger_too_damaged_to_be_told(demo: Path, capsys: Capture) -> None:
    """What `verify` finds is told all the same, and the exit code says it."""
    with Contest.open(demo, actor="bureau") as contest, attack(contest) as database:
        database.execute("UPDATE ledger SET line = '{}' WHERE n = 9")
    ended = run(capsys, "audit", "--lang", "en")
    assert ended.code == 1
    assert "The rest cannot be told" in ended.out
    assert json.loads(run(capsys, "audit", "--json").out)["intact"] is False
