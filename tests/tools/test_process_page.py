"""The page on a process tells its panels and sittings, with what each rests on."""

from ptce_workflow.process.process import Process
from tests.process.contests import contest, shipped
from tests.process.juries import jury
from tools.pages.filling import filled
from tools.pages.process import holes_of


def process_page(process: Process, language: str) -> str:
    return filled(language, "process.md", holes_of(process, language))


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| ")]


def test_a_panel_is_told_with_its_marks_and_its_ranking() -> None:
    page = process_page(Process.load(jury()), "en")
    assert "## Marks (`marks`)\n\nMembers: Town; School." in page
    ground = "*choice of the organiser: from 0 to 5*"
    told = "no opinion is allowed; explained below 1.50; explained above 4.50"
    assert f"| Beauty | `0 … 5, + 0.5` | 2.5 | {told} | {ground} |" in rows(page)
    assert "a half to the even one. Who has no opinion counts as the lowest mark." in page
    assert "| 2 | `marks.spread` | *choice of the organiser: agreement* |" in rows(page)


def test_a_sitting_is_told_with_what_it_decides() -> None:
    decided = "Select (`select`), Refuse (`refuse`)"
    row = f"| `jury` | Sitting | Marks | {decided} | *choice of the organiser: together* |"
    assert row in rows(process_page(Process.load(jury()), "en"))
    assert "## Sittings" not in process_page(Process.load(contest()), "en")


def test_rules_are_told_with_their_values_and_what_many_states_share_once() -> None:
    page = process_page(Process.load(shipped()), "fr")
    assert page.count("(`withdraw`)") == 1
    told = [row for row in rows(page) if "draft.submit.on_time" in row or "`in_region`" in row]
    assert len(told) == 4
    assert sum("au plus tard le lundi 11 mars 2024 à 12\u00a0h" in row for row in told) == 3
    assert sum("la région Occitanie" in row for row in told) == 1
    assert "parmi\u00a0: «\u00a0Déclarer recevable\u00a0»" in page
    assert "“{" not in page
    assert not [row for row in rows(page) if "{date." in row or "{limit." in row]
