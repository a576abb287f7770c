"""Rules that say the same are written once."""

from __future__ import annotations

import pytest

from ptce_workflow.process.check import check
from ptce_workflow.process.process import Process
from tests.process.contests import contest, only

pytestmark = pytest.mark.usefixtures("in_english")


def again(path: str, name: str = "again") -> dict[str, str]:
    """A rule of `select` that repeats another."""
    rule = f'[transitions.select.rules.{name}]\nsame_as = "{path}"'
    return {"states/submitted.toml": rule}


def test_a_rule_written_elsewhere_is_followed() -> None:
    """Both transitions then have one and the same rule."""
    files = contest(again("draft.submit.on_time"))
    assert check(files) == ()
    process = Process.load(files)
    followed = process.ways("submitted")["select"].rules["again"]
    assert followed == process.ways("draft")["submit"].rules["on_time"]


@pytest.mark.parametrize(
    "path", ["draft.submit.on_tim", "draft.submt.on_time", "draf.submit.on_time"]
)
def test_same_as_that_leads_nowhere_is_told_with_the_nearest(path: str) -> None:
    """State, transition and rule must all exist."""
    found = only(contest(again(path)))
    assert found.key == "transitions.select.rules.again.same_as"
    assert found.mend == 'Did you mean "draft.submit.on_time"?'


def test_same_as_leads_to_a_rule_that_is_written_out() -> None:
    """A chain of references is shortened to its end."""
    change = again("draft.submit.on_time")
    change["states/submitted.toml"] += (
        "\n" + again("submitted.select.again", "third")["states/submitted.toml"]
    )
    found = only(contest(change))
    assert found.key == "transitions.select.rules.third.same_as"
    assert found.what == '"submitted.select.again" is not written out either.'
    assert found.mend == 'Write same_as = "draft.submit.on_time" instead.'


def test_a_rule_does_not_repeat_itself() -> None:
    """A circle of one is a circle."""
    assert "not written out" in only(contest(again("submitted.select.again"))).what


def test_a_rule_of_start_or_any_can_be_named() -> None:
    """`start` and `any` stand for their files in such a path."""
    files = contest(
        {
            "states/start.toml": """
            [transitions.create.rules.opened]
            says = { fr = "Ouvert", en = "Open" }
            when = "now >= date.opening"
            choice = { fr = "x", en = "x" }
            """,
            **again("start.create.opened"),
        }
    )
    assert check(files) == ()


@pytest.mark.parametrize("condition", ["given.dossier", "  given.dossier\\n  "])
def test_a_condition_written_twice_is_told_with_what_to_write(condition: str) -> None:
    """Two copies would drift apart; blanks make no difference."""
    files = contest(
        {
            "states/submitted.toml": f"""
            [transitions.select.rules.complete]
            says = {{ fr = "Complet", en = "Complete" }}
            when = "{condition}"
            choice = {{ fr = "x", en = "x" }}
            """
        }
    )
    found = only(files)
    assert found.file == "states/submitted.toml"
    assert found.key == "transitions.select.rules.complete.when"
    assert found.mend == 'Write same_as = "draft.submit.complete" instead.'
