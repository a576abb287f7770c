"""Rows that someone edited by hand: told as damaged, never met as an error of the program."""

from collections.abc import Callable

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import list_people
from ptce_workflow.base.errors import Misuse, PtceError
from tests.rehearsal import attack

TYPED = pytest.mark.sqlite("a server lets no other type into a column")
EDITS = (
    pytest.param("candidature", "version", "'seven'", marks=TYPED),
    ("candidature", "content", "'no JSON'"),
    ("candidature", "content", "'[]'"),
    ("candidature", "since", "'yesterday'"),
    ("candidature", "since", "'2024-03-11T11:00:00'"),
    ("candidature", "state", "'nowhere'"),
    ("candidature", "private", "'[1]'"),
    ("candidature", "private", "x'00ff'"),
    pytest.param("counter", "value", "'many'", marks=TYPED),
    ("person", "roles", "'7'"),
    ("person", "private", "'no JSON'"),
    pytest.param("contest", "head_n", "'last'", marks=TYPED),
    ("contest", "content", "'no JSON'"),
    ("contest", "content", "'{\"facts\": 3}'"),
)
LOOKS: tuple[Callable[[Contest], object], ...] = (
    lambda contest: overview(contest),
    lambda contest: show(contest, "C-001"),
    lambda contest: why(contest, "C-001"),
    lambda contest: list_people(contest),
    lambda contest: advance(contest, ["C-004"], "close_scoring", dry_run=True),
    lambda contest: adopt(contest, "Une remarque.", dry_run=True),
)


@pytest.mark.parametrize(("table", "column", "value"), EDITS)
def test_an_edited_row_is_told(full: Contest, table: str, column: str, value: str) -> None:
    """Whoever reads the row is told of it or does not need it; `verify` is never silent."""
    with attack(full) as database:
        database.execute(f"UPDATE {table} SET {column} = {value}")
    found: list[bool] = []
    errors = [error for look in LOOKS if (error := _error_of(look, full)) is not None]
    assert all("damaged" in error.what for error in errors if not isinstance(error, Misuse)), errors
    verified = _error_of(lambda contest: found.append(verify(contest).intact), full)
    assert found == [False] or (verified is not None and "damaged" in verified.what)


def _error_of(look: Callable[[Contest], object], contest: Contest) -> PtceError | None:
    try:
        look(contest)
    except PtceError as error:
        return error
    return None
