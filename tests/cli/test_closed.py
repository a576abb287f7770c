"""Closed marks at the keyboard: no command tells a member what another has given."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.jury.marks import recuse, score
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.grammar import every_command
from tests.cli.lines import run
from tests.rehearsal import move, opened
from tests.voting import SCORING, added, called

__all__ = ["called"]

ENDLESS = {"run"}
ARGUMENTS = {
    "jury grid": "--institution south -o grid.csv --yes",
    "jury rank": "",
    "jury conflicts": "",
    "document": "marks C-001",
    "list": "",
    "calendar": "",
    "replay": "--check",
    "verify": "",
    "people list": "",
    "mail list": "--all",
    "minutes": "-o minutes.html",
    "deliberate": "--present north,south,east --dry-run",
    "advance": "C-001 close_scoring --dry-run",
    "record": "C-001 cra idea=5",
    "jury score": "C-001 south idea=1",
    "jury recuse": "C-001 south --reason x",
}
"""What follows each command; all others are asked about the candidature."""
SECRET = re.compile(r"Fragile|(?<![0-9a-f:.])(?:450|4[.,]50?|275|2[.,]75)(?![0-9a-f])")

TIMED = """
[transitions.too_low]
label = "Refuse"
to = "declined"
at = "date.meeting"
decision = "adverse"

[transitions.too_low.rules.low]
says = "Every mark is below {limit.floor}, or at it"
when = "cra.total <= limit.floor"
choice = "next to nothing"
"""
LOW = (
    '+++\nlabel = "Too low"\non = "submitted.too_low"\n+++\n# Refused\n\nYour marks are too low.\n'
)


@pytest.mark.long
@pytest.mark.parametrize("frozen", [False, True])
def test_no_command_tells_the_marks_of_others(
    called: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    frozen: bool,
) -> None:
    folder = shutil.copytree(called, tmp_path / "contest")
    with opened(folder, SetClock(SCORING)) as contest:
        enrol(contest, "Nour", ["jury"], institution="north", login="nour")
        ref = added(contest)
        marks = {"idea": "4.5", "method": "1", "remark": "Fragile."}
        score(contest, ref, "south", marks)
        assert not advance(contest, [ref], "close_scoring")[0].made
        if frozen:
            recuse(contest, ref, "north", "Liée.")
            score(contest, ref, "east", marks)
            move(contest, "close_scoring", ref)
        else:
            recuse(contest, ref, "west", "Liée.")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTCE_NOW", SCORING.isoformat())
    monkeypatch.setenv("PTCE_LANG", "en")
    for actor in ("anne", "nour"):
        monkeypatch.setenv("PTCE_ACTOR", actor)
        told = {}
        for name in every_command():
            if name in ENDLESS or (actor == "anne" and name not in ("show", "jury rank")):
                continue
            for form in ("", " --json", " --past --json" if name == "why" else ""):
                line = f"{name} {ARGUMENTS.get(name, ref)}{form}"
                ended = run(capsys, *shlex.split(line))
                told[line] = SECRET.findall(ended.out + ended.err)
        # The desk sees them: what is looked for is what would be told.
        assert any(told.values()) == (actor == "anne"), {k: v for k, v in told.items() if v}
    # Why is said to whoever looks, not to somebody else who stepped aside.
    assert ("stepped aside" in run(capsys, "jury", "rank").out) == frozen
    grid = Path("grid.csv")
    assert not (grid.exists() and SECRET.search(grid.read_text("utf-8")))


def test_a_calendar_does_not_tell_what_time_will_decide_by_marks(
    called: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = shutil.copytree(called, tmp_path / "contest")
    (folder / "notifications").mkdir()
    (folder / "notifications" / "low.md").write_text(LOW, "utf-8")
    with (folder / "states" / "submitted.toml").open("a", encoding="utf-8") as states:
        states.write(TIMED)
    with opened(folder, SetClock(SCORING)) as contest:
        adopt(contest, "Too low is refused.")
        enrol(contest, "Nour", ["jury"], institution="north", login="nour")
        ref = added(contest)
        score(contest, ref, "south", {"idea": "1", "method": "1", "remark": "Fragile."})
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTCE_NOW", SCORING.isoformat())
    monkeypatch.setenv("PTCE_LANG", "en")
    for actor, sees in (("anne", True), ("nour", False)):
        monkeypatch.setenv("PTCE_ACTOR", actor)
        ended = run(capsys, "calendar")
        assert (ended.code, "Too low" in ended.out) == (0, sees), ended
