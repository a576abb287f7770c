"""`ptce export --csv` and `--xes`: what others read, without a name unless it was asked for."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import LANGUAGES
from ptce_workflow.exports.tables import FILES, ROWS, tables_in
from tests.cli.lines import run
from tests.servers import by_hand

pytestmark = pytest.mark.rehearsed

Capture = pytest.CaptureFixture[str]
Rows = list[dict[str, str]]


def test_the_tables_are_the_same_in_each_language() -> None:
    """Their names in the order of the files, and the names of their columns in order."""
    columns = [
        {
            name: (list(table["columns"]), list(table.get("personal", ())))
            for name, table in one.items()
        }
        for one in map(tables_in, LANGUAGES)
    ]
    assert columns[0] == columns[1]
    assert all(list(one) == list(ROWS) for one in columns)


def ledger(folder: Path) -> Iterator[dict[str, Any]]:
    with by_hand(folder) as database:
        for (line,) in database.execute("SELECT line FROM ledger ORDER BY n"):
            yield json.loads(line)


def tables(folder: Path) -> dict[str, Rows]:
    """Each table of an export, as a spreadsheet in French reads it."""
    found = {}
    for name in ROWS:
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            found[name] = list(csv.DictReader(stream, delimiter=";", strict=True))
    return found


def personal(folder: Path) -> set[str]:
    """What the side rows hold that is long enough to be looked for: names, addresses, reasons."""
    with by_hand(folder) as database:
        rows = [json.loads(data) for (data,) in database.execute("SELECT data FROM side")]
    # Some partners are institutions that the folder itself names.
    folder_says = (folder / "config.toml").read_text("utf-8")
    told = {text for row in rows for text in _texts(row) if text not in folder_says}
    kept = {text for text in told if (len(text) > 9 and " " in text) or "@" in text}
    assert len(kept) > 100
    return kept


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def received_in(line: Mapping[str, Any]) -> bool:
    return bool(line["type"] == "sheet_received")


def test_the_event_log(demo: Path, capsys: Capture) -> None:
    """A trace for each candidature, its moves as the ledger has them; nothing that is erasable."""
    assert run(capsys, "export", "--xes", "log.xes").code == 0
    root = ElementTree.fromstring(Path("log.xes").read_bytes())
    space = "{http://www.xes-standard.org/}"
    assert (root.tag, root.get("xes.version")) == (f"{space}log", "1849-2023")
    tags = [child.tag.removeprefix(space) for child in root]
    order = ["attribute" if tag in ("string", "int") else tag for tag in tags]
    parts = ("extension", "global", "classifier", "attribute", "trace")
    assert order == sorted(order, key=parts.index)
    told = [
        (values["concept:name"], {one.get("key", ""): one.get("value", "") for one in event})
        for trace in root.findall(f"{space}trace")
        for values in [{one.get("key", ""): one.get("value", "") for one in trace}]
        for event in trace.findall(f"{space}event")
    ]
    assert run(capsys, "diagram", "-o", "contest.bpmn").code == 0
    diagram = ElementTree.fromstring(Path("contest.bpmn").read_bytes())
    tasks = {one.get("name") for one in diagram.iter()} - {None, ""}
    lines = {line["n"]: line for line in ledger(demo)}
    opening = [one for one in lines.values() if one["type"] == "candidature_opened"]
    made = [one for one in lines.values() if one["type"] == "transition_made"]
    opened = {one["case"]: one["data"]["ref"] for one in opening}
    moves = {one["n"] for one in (*opening, *made) if "request" not in one["data"]}
    assert {int(event["ledger_line"]) for _ref, event in told} == moves
    for ref, event in told:
        line = lines[int(event["ledger_line"])]
        assert ref == opened[line["case"]]
        assert event["transition"] == line["data"]["transition"]
        assert event["concept:name"] in tasks
        assert event["lifecycle:transition"] == "complete"
        assert event["org:resource"] == line["actor"]
        assert from_text(event["time:timestamp"].replace("+00:00", "Z")) == from_text(line["at"])
    refs = [ref for ref, _event in told]
    assert refs == sorted(refs)
    received = {str(line["data"]["received_at"]) for line in lines.values() if received_in(line)}
    arrivals = [event["start_timestamp"] for _ref, event in told if "start_timestamp" in event]
    assert arrivals
    assert {one.replace("+00:00", "Z") for one in arrivals} <= received
    refusals = [one.get("value", "0") for one in root.iter() if one.get("key") == "refusals"]
    of_events = [int(event.get("refusals", "0")) for _ref, event in told]
    whole = sum(map(int, refusals)) - sum(of_events)
    assert whole == sum(one["type"] == "transition_refused" for one in lines.values())
    assert sum(of_events) > 0
    written = Path("log.xes").read_text("utf-8")
    assert not {text for text in personal(demo) if text in written}
    assert Path("log.xes").stat().st_mode & 0o077 == 0


def test_numbers_for_other_programs(demo: Path, capsys: Capture) -> None:
    """As the page on the tables says, English ones have points and commas."""
    assert run(capsys, "export", "--csv", "tables", "--lang", "en").code == 0
    with Path("tables/marks.csv").open(encoding="utf-8-sig", newline="") as file:
        marks = [row["mark"] for row in csv.DictReader(file)]
    assert any(float(mark) % 1 for mark in marks if mark)
    assert "--lang en" in Path("tables/README.md").read_text("utf-8")


def test_the_tables(demo: Path, capsys: Capture) -> None:
    """Each holds what the ledger tells, under columns that the page explains in both languages."""
    assert run(capsys, "export", "--csv", "tables").code == 0
    found, kinds = tables(Path("tables")), [str(line["type"]) for line in ledger(demo)]
    assert {path.name for path in Path("tables").iterdir()} == {*FILES}
    assert all(rows for rows in found.values())
    assert len(found["candidatures"]) == kinds.count("candidature_opened")
    assert len(found["moves"]) == kinds.count("candidature_opened") + kinds.count("transition_made")
    assert len(found["receipts"]) == kinds.count("sheet_received")
    assert len({row["line"] for row in found["refusals"]}) == kinds.count("transition_refused")
    assert all(row["says"] and row["ground"] for row in found["refusals"])
    lines = {str(line["n"]): line for line in ledger(demo)}
    register = json.loads(run(capsys, "decisions", "--json").out)
    assert [
        (row["line"], row["letter"], row["sha256"], row["days"]) for row in found["decisions"]
    ] == [
        (str(one["line"]), one["letter"], one["sha256"], str(one["days"]))
        for one in sorted(register, key=lambda one: int(one["line"]))
    ]
    assert [row["ref"] for row in found["decisions"] if row["late"] == "oui"] == ["C-015"]
    for table in ("moves", "receipts", "refusals", "marks", "decisions"):
        for row in found[table]:
            assert (row["actor"], row["ref"][:2]) == (lines[row["line"]]["actor"], "C-")
    given = [line["data"] for line in lines.values() if line["type"] == "scores_given"]
    marks = [mark for one in given for _criterion, mark in sorted(one["scores"].items())]
    assert [row["mark"] for row in found["marks"]] == [
        "" if mark is None else f"{mark / 100:.2f}".replace(".", ",") for mark in marks
    ]
    sent = [row["sent"] for row in found["mails"] if row["stage"] == "sent"]
    assert all(sent)
    page = Path("tables/README.md").read_text("utf-8")
    for name, rows in found.items():
        assert page.count(f"## {name}.csv") == 2
        assert all(page.count(f"| `{column}` |") >= 2 for column in rows[0])
    every = "".join(path.read_text("utf-8") for path in Path("tables").iterdir())
    assert not {text for text in personal(demo) if text in every}


def test_names_are_told_on_demand(demo: Path, capsys: Capture) -> None:
    """Then names, addresses and answers that may be erased come in, and the page says so."""
    assert run(capsys, "export", "--csv", "all", "--names").code == 0
    found = tables(Path("all"))
    with by_hand(demo) as database:
        assert [row["name"] for row in found["candidatures"]] == [
            name for (name,) in database.execute("SELECT name FROM candidature ORDER BY ref")
        ]
    assert [row["person"] for row in found["people"] if not row["name"]] == ["P-010"]
    assert any("@" in row["address"] for row in found["mails"])
    assert any(row["field"] == "contact_email" for row in found["answers"])
    page = Path("all/README.md").read_text("utf-8")
    assert "Keep" in page or "keep" in page


def test_no_formula_is_begun(contest: Path, capsys: Capture) -> None:
    """What a spreadsheet would reckon out is a text, as in every other table."""
    assert run(capsys, "record", "C-001", "dossier", "collective_name==1+cmd|x!A1").code == 0
    assert run(capsys, "export", "--csv", "tables", "--names").code == 0
    assert tables(Path("tables"))["candidatures"][0]["name"] == "'=1+cmd|x!A1"


def test_what_is_there_is_not_replaced_in_silence(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "export", "--csv", "tables").code == 0
    Path("tables/moves.csv").write_text("mine")
    asked = run(capsys, "export", "--csv", "tables")
    assert (asked.code, Path("tables/moves.csv").read_text()) == (2, "mine")
    assert run(capsys, "export", "--csv", "tables", "--force").code == 0
    assert Path("tables/moves.csv").read_text("utf-8-sig") != "mine"
    refused = run(capsys, "export", "--csv", "states", "--force")
    assert (refused.code, Path("states/README.md").exists()) == (2, False)


@pytest.mark.parametrize("typed", ["", "--csv a --xes b.xes", "--xes b.xes --names", "--xes b.csv"])
def test_one_thing_is_exported(typed: str, contest: Path, capsys: Capture) -> None:
    ended = run(capsys, "export", *typed.split())
    assert (ended.code, ended.out) == (2, "")
    assert not {"a", "b.xes", "b.csv"} & {path.name for path in contest.iterdir()}


def test_a_member_of_the_panel_exports_nothing(contest: Path, capsys: Capture) -> None:
    nour = ("nour", "--login", "nour", "--role", "jury", "--institution", "dreets")
    assert run(capsys, "people", "enrol", *nour).code == 0
    for what in (("--csv", "tables"), ("--xes", "log.xes")):
        refused = run(capsys, "export", *what, "--as", "nour")
        assert (refused.code, Path(what[1]).exists()) == (1, False)


def test_the_diagram_in_a_file(contest: Path, capsys: Capture) -> None:
    for name in ("d.mmd", "d.bpmn"):
        assert run(capsys, "diagram", "-o", name).code == 0
    assert Path("d.mmd").read_text("utf-8").strip() == run(capsys, "diagram").out.strip()
    assert ElementTree.fromstring(Path("d.bpmn").read_bytes()).tag.endswith("}definitions")
    refused = run(capsys, "diagram", "-o", "d.svg")
    assert (refused.code, Path("d.svg").exists()) == (2, False)
    assert run(capsys, "diagram", "-o", "d.mmd").code == 2


def test_no_diagram_of_a_folder_with_faults(contest: Path, capsys: Capture) -> None:
    """A transition that leads nowhere is told, as by `ptce check`."""
    state = contest / "states/draft.toml"
    written = state.read_text("utf-8").replace('to = "submitted"', 'to = "nowhere"')
    state.write_text(written, "utf-8")
    ended = run(capsys, "diagram", "-o", "d.bpmn")
    assert (ended.code, "nowhere" in ended.err, Path("d.bpmn").exists()) == (2, True, False)
