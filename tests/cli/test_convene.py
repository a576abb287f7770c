"""`ptce convene` at the keyboard: who is called, who was told otherwise, who was not reached."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.base.runtime import SetClock
from tests.cli.lines import Run
from tests.cli.test_jury import ALL, data, folder, four, ptce, ranked, stands, verified
from tests.rehearsal import edit, opened
from tests.voting import MEETING, SCORING, called

__all__ = ["called", "folder", "four", "ptce", "ranked"]

Ptce = Callable[..., Run]
CALL = """+++
label = "Convocation"
on = "convened.vote"
to = "jury"
+++
# You are called

On {{ sitting.when }}.
"""


@pytest.fixture
def convened(folder: Path, four: list[str], ptce: Ptce, monkeypatch: pytest.MonkeyPatch) -> str:
    """A sitting that a mail calls, though nobody has an address; what proves a letter."""
    (folder / "notifications").mkdir(exist_ok=True)
    (folder / "notifications" / "call.md").write_text(CALL, "utf-8")
    with opened(folder, SetClock(SCORING)) as contest:
        last = 'choice = "four voices may be even"\n'
        edit(contest, "config.toml", last, f'at = "date.meeting"\n{last}')
        adopt(contest, "Sittings are called.")
    (folder / "letter.txt").write_text("You are called.", "utf-8")
    monkeypatch.setenv("PTCE_NOW", (MEETING - timedelta(days=7)).isoformat())
    done = ptce("convene")
    assert "Not called, since no mail can reach them: North; South; East; West" in done.out
    assert "If they are told otherwise: ptce convene vote --told north" in done.out
    assert "7 days from today" in done.out
    assert "{command}" not in done.out + done.err
    return "--evidence letter.txt"


def test_who_was_told_otherwise_is_recorded(ptce: Ptce, convened: str) -> None:
    done = ptce(f"convene --told north {convened}")
    assert "called by other means: North" in done.out
    found = data(ptce, f"convene --told south --at '02/04/2024 09:00' {convened}", "convene")
    assert [one["institution"] for one in found["told"]] == ["north", "south"]
    assert (found["unreached"], found["notice"]) == (["east", "west"], 7)
    verified(ptce)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("convene --told north", "--told goes with --evidence"),
        ("convene {proof}", "--evidence goes with --told"),
        ("convene --told north --place Mairie {proof}", "--told stands alone"),
        ("convene --told nobody {proof}", "nobody"),
        ("convene --told north --at '08/04/2024 09:00' {proof}", "Nobody can have been called"),
        ("convene --told north --evidence none.txt", "none.txt"),
    ],
)
def test_what_cannot_be_recorded(ptce: Ptce, convened: str, line: str, says: str) -> None:
    done = ptce(line.format(proof=convened))
    assert done.code == 2
    assert says in done.err


def test_whoever_was_not_reached_is_named_before_it_is_recorded(
    ptce: Ptce, folder: Path, convened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `deliberate`, its data, `audit` and the minutes: the sitting may be held all the same."""
    for seat in ("north", "south", "east"):
        told = ptce(f"convene --told {seat} {convened}")
    assert "If they are told otherwise: ptce convene vote --told west --at" in told.out
    monkeypatch.setenv("PTCE_NOW", MEETING.isoformat())
    ptce("advance C-003 withdraw --yes")
    assert "not reached by a convocation: west" in ptce(f"deliberate --present {ALL} --dry-run").out
    found = data(ptce, f"deliberate --present {ALL} --dry-run", "deliberate")
    assert (found["notice"], found["unreached"]) == (7, ["west"])
    assert ptce(f"deliberate --present {ALL} --yes").code == 0
    assert "selected" in stands(folder).values()
    assert "that no convocation reached: West" in ptce("audit").out
    late = ptce(f"convene --told west {convened}")
    assert (late.code, "No meeting of this sitting is called now." in late.err) == (1, True)
    ptce("minutes -o minutes.html")
    page = (folder / "minutes.html").read_text("utf-8")
    assert "Not reached by a convocation" in page
    assert "7 calendar days of notice" in page
    verified(ptce)


def test_an_adoption_proposes_to_call_it_again(ptce: Ptce, folder: Path, convened: str) -> None:
    config = folder / "config.toml"
    moved = config.read_text("utf-8").replace("2024-04-09T14:00:00", "2024-04-10T14:00:00")
    config.write_text(moved, "utf-8")
    told = 'ptce convene vote --at "10/04/2024 14:00"'
    assert told in ptce("adopt --dry-run").out
    assert data(ptce, "adopt --dry-run", "adopt")["calls"][0]["sitting"] == "vote"
    done = ptce("adopt --reason later")
    assert told in done.out + done.err
    again = ptce('convene vote --at "10/04/2024 14:00"')
    assert "instead of" in again.out
    verified(ptce)
