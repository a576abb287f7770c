"""Numbers that can be meant as they are written, and lists that name each thing once."""

import pytest

from ptce_workflow.process.check import check
from tests.cases import cases
from tests.process.contests import contest, only

pytestmark = pytest.mark.usefixtures("in_english")

LABEL = 'label = "x"'
SCALE = "{ from = 0, to = 5, step = 0.5 }"


@pytest.mark.parametrize(
    ("old", "new", "key", "what"),
    [
        ("value = 1.5", "value = 1.555", "limits.floor.value", "more than two decimals"),
        ("value = 1.5", "value = -0.5", "limits.floor.value", "negative"),
        ('in = ["selected"]', 'in = ["selected", "selected"]', "totals.taken.in", "more than once"),
    ],
)
def test_a_number_of_the_contest_that_cannot_be_meant(
    old: str, new: str, key: str, what: str
) -> None:
    found = {
        finding.key: finding for finding in check(contest(replace={"config.toml": (old, new)}))
    }
    assert what in found[key].what


@pytest.mark.parametrize("value", ["2", "-3", "0"])
def test_a_whole_limit_may_be_written_in_several_ways(value: str) -> None:
    """A count may be compared with a negative number."""
    assert check(contest(replace={"config.toml": ("value = 2\n", f"value = {value}\n")})) == ()


@pytest.mark.parametrize(
    ("scale", "key", "what"),
    [
        ("{ from = 5, to = 0 }", "from", "`from` is not below `to`"),
        ("{ from = 3, to = 3 }", "from", "`from` is not below `to`"),
        ("{ from = 0, to = 5, step = 0.3 }", "step", "No step falls on the highest mark"),
        ("{ from = 0, to = 5, step = 0.125 }", "step", "more than two decimals"),
        ("{ from = 0.001, to = 5 }", "from", "more than two decimals"),
    ],
)
def test_a_scale_goes_up_by_steps_to_its_end(scale: str, key: str, what: str) -> None:
    found = only(contest(replace={"sheets/marks.toml": (SCALE, scale)}))
    assert found.key == f"fields.beauty.scale.{key}"
    assert what in found.what


@pytest.mark.parametrize("scale", ["{ from = 0, to = 20 }", "{ from = 0.25, to = 1, step = 0.25 }"])
def test_a_scale_that_holds_is_left_alone(scale: str) -> None:
    assert check(contest(replace={"sheets/marks.toml": (SCALE, scale)})) == ()


@pytest.mark.parametrize(
    ("toml", "key", "what"),
    cases(r"""
        type = "integer"\nmin = 3\nmax = 2 | fields.x.min | `min` is not below `max`
        type = "decimal"\nmin = 0.5\nmax = 0.25 | fields.x.min
            | `min` is not below `max`
        type = "decimal"\nmax = 0.001 | fields.x.max | more than two decimals
        type = "table"\nmin_rows = 3\nmax_rows = 2\ncolumns.y = { type = "text", label = "x" }
            | fields.x.min_rows | `min_rows` is not below `max_rows`
        type = "table"\ncolumns.y = { type = "integer", min = 1, max = 0, label = "x" }
            | fields.x.columns.y.min | `min` is not below `max`
        type = "table"\ncolumns.y = { type = "integer", computed = "1", label = "x" }
            | fields.x.columns.y.computed | A column cannot be computed
        type = "integer"\ncomputed = "dossier.plots + 1"\nrequired = true
            | fields.x.required | A computed field cannot be required
    """),
)
def test_a_field_that_could_never_be_filled_in_is_told(toml: str, key: str, what: str) -> None:
    found = only(contest({"sheets/dossier.toml": f"[fields.x]\n{LABEL}\n{toml}"}))
    assert found.key == key
    assert what in found.what


def test_equal_bounds_are_bounds() -> None:
    toml = f'[fields.x]\ntype = "integer"\nmin = 2\nmax = 2\n{LABEL}'
    assert check(contest({"sheets/dossier.toml": toml})) == ()


def test_two_keys_of_one_rank_are_told() -> None:
    """Which of them separates first would be left to chance."""
    files = contest(
        {
            "sheets/marks.toml": """
            [order.beauty]
            rank = 1
            key = "marks.beauty"
            choice = "x"
            """
        }
    )
    assert [finding.key for finding in check(files)] == ["order.total.rank", "order.beauty.rank"]


@pytest.mark.parametrize(
    ("path", "old", "new", "key"),
    [
        ("sheets/marks.toml", '["town", "school"]', '["town", "town"]', "members"),
        ("notifications/receipt.md", '"draft.submit"', '["draft.submit", "draft.submit"]', "on"),
    ],
)
def test_a_list_names_each_once(path: str, old: str, new: str, key: str) -> None:
    found = only(contest(replace={path: (old, new)}))
    assert (found.key, found.mend) == (key, "Name it once.")
