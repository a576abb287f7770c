"""Whatever binds people rests on the rulebook, or says that the organiser chose it."""

import pytest

from ptce_workflow.process.check import check
from tests.cases import cases
from tests.process.contests import contest, only

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.mark.parametrize(
    ("path", "ground", "key"),
    cases("""
        config.toml | choice = "two gardens" | limits.places
        config.toml | choice = "a Monday" | dates.opening
        sheets/marks.toml | choice = "from 0 to 5" | fields.beauty
        sheets/marks.toml | choice = "the mean" | order.total
        states/submitted.toml | choice = "a bar" | transitions.select.rules.every_point
        states/submitted.toml | source = "§2" | transitions.select.rules.place_free
    """),
)
def test_what_rests_on_nothing_is_told(path: str, ground: str, key: str) -> None:
    found = only(contest(replace={path: (ground, "")}))
    assert (found.file, found.key) == (path, key)
    assert "neither `source` nor `choice`" in found.what
    assert "choice" in found.mend


def test_both_may_stand_together() -> None:
    both = {"config.toml": ('source = "§1"', 'choice = "noon"\nsource = "§1"')}
    assert check(contest(replace=both)) == ()


@pytest.mark.parametrize("key", ["says", "when"])
def test_a_rule_speaks_to_people_and_to_the_engine(key: str) -> None:
    lines = {"says": 'says = "Complete"', "when": 'when = "given.dossier"'}
    found = only(contest(replace={"states/draft.toml": (lines[key], "")}))
    assert found.key == f"transitions.submit.rules.complete.{key}"
