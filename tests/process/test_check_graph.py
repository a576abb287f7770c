"""The graph of states: no island, no dead end by mistake, no way around what must be passed."""

import pytest

from ptce_workflow.process.check import check
from tests.process.contests import SMALL, contest, only

pytestmark = pytest.mark.usefixtures("in_english")


def test_a_state_that_nothing_leads_to_is_told() -> None:
    """Nobody could ever stand there: its name is misspelt somewhere, or the file is too much."""
    found = only(contest(write={"states/waitlisted.toml": SMALL["states/refused.toml"]}))
    assert (found.file, found.key) == ("states/waitlisted.toml", "")
    assert found.what == "No transition leads to this state."
    assert 'to = "waitlisted"' in found.mend


def test_an_island_of_two_states_is_told_twice() -> None:
    def there(to: str) -> str:
        return f"""
        label = "x"
        meaning = "x"
        [transitions.go]
        label = "x"
        to = "{to}"
        by = ["desk"]
        """

    files = contest(write={"states/one.toml": there("two"), "states/two.toml": there("one")})
    assert [finding.file for finding in check(files)] == ["states/one.toml", "states/two.toml"]


def test_a_dead_end_says_that_it_ends() -> None:
    found = only(contest(replace={"states/refused.toml": ("ends = true", "")}))
    assert (found.file, found.key) == ("states/refused.toml", "ends")
    assert "ends = true" in found.mend


def test_a_way_back_to_itself_leaves_nothing() -> None:
    files = contest(
        {
            "states/refused.toml": """
            [transitions.note]
            label = "Note"
            to = "refused"
            by = ["desk"]
            """
        },
        replace={"states/refused.toml": ("ends = true", "")},
    )
    assert only(files).key == "ends"


def test_a_way_out_of_any_toml_is_a_way_out() -> None:
    """A state whose only way out stands in `any.toml` is no dead end."""
    files = contest(
        replace={"states/refused.toml": ("ends = true", "")},
        write={
            "states/any.toml": """
            [transitions.reopen]
            label = "Reopen"
            to = "draft"
            from = ["refused"]
            by = ["desk"]
            """
        },
    )
    assert check(files) == ()


RETURN = """
[transitions.give_back]
label = "Give back"
to = "selected"
from = ["draft"]
by = ["desk"]
[transitions.give_back.rules.was]
says = "x"
when = "{when}"
choice = "x"
"""


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("given.entered.selected", False),
        ("given.entered.selected && now >= entered.draft", False),
        ("given.entered.selected || true", True),
        ("!given.entered.selected", True),
    ],
)
def test_a_way_that_only_returns_goes_around_nothing(when: str, told: bool) -> None:
    """Who has stood there has passed what must be passed; anybody else has to."""
    files = contest(write={"states/any.toml": RETURN.format(when=when)})
    assert [found.key for found in check(files)] == (["must_pass"] * told)


def test_an_ended_state_may_have_ways_out() -> None:
    """A decision can be reopened after an appeal: nobody is told that this is odd."""
    files = contest(
        {
            "states/refused.toml": """
            [transitions.reopen]
            label = "Reopen"
            to = "submitted"
            by = ["desk"]
            """
        }
    )
    assert check(files) == ()


@pytest.mark.parametrize("start", ["", None])
def test_there_is_a_way_in(start: str | None) -> None:
    """Without a way in, empty or missing, no candidature could be opened."""
    files = contest(remove=["states/start.toml"])
    if start is not None:
        files["states/start.toml"] = start.encode()
    found = only(files)
    assert (found.file, found.what) == ("states/start.toml", "There is no way in.")


SHORT_CUT = """
[transitions.promote]
label = "Promote"
to = "selected"
by = ["desk"]
"""


def test_a_way_around_what_must_be_passed_is_shown() -> None:
    found = only(contest({"states/draft.toml": SHORT_CUT}))
    assert (found.file, found.key) == ("states/selected.toml", "must_pass")
    assert found.what == 'This state can be reached without "submitted".'
    assert "start → draft → selected" in found.why


def test_a_way_around_by_any_toml_is_shown() -> None:
    files = contest(write={"states/any.toml": SHORT_CUT + 'from = ["submitted", "draft"]'})
    assert "start → draft → selected" in only(files).why


def test_a_way_that_comes_back_is_no_way_around() -> None:
    """Going back and forth through what must be passed is allowed."""
    files = contest(
        {
            "states/submitted.toml": """
            [transitions.send_back]
            label = "Send back"
            to = "draft"
            by = ["desk"]
            """
        }
    )
    assert check(files) == ()
