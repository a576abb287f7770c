"""Rules that say the same are written once."""

import pytest

from tests.process.contests import contest, only

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.mark.parametrize("condition", ["given.dossier", "  given.dossier\\n  "])
def test_a_condition_written_twice_is_told_with_what_to_write(condition: str) -> None:
    """Two copies would drift apart; blanks make no difference."""
    files = contest(
        {
            "states/submitted.toml": f"""
            [transitions.select.rules.complete]
            says = "Complete"
            when = "{condition}"
            choice = "x"
            """
        }
    )
    found = only(files)
    assert found.file == "states/submitted.toml"
    assert found.key == "transitions.select.rules.complete.when"
    assert found.mend == 'Name it on the transition: same_as = ["draft.submit.complete"].'
