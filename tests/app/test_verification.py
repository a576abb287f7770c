"""What is kept beside the ledger is compared with it, to the last column."""

from typing import Any

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from tests.rehearsal import attack, lines, rewrite, told

DISAGREES = "What is kept disagrees with the ledger: "
_CONTENT = "UPDATE contest SET content = replace(content, '{}', '{}')"


Keys = dict[str, object]
"""What to change of the facts that are kept of C-004."""


def apply(database: Any, change: str | Keys) -> int:
    """Changes what is kept, by SQL or some keys of the facts of C-004; how many rows."""
    if isinstance(change, str):
        return int(database.execute(change).rowcount)
    rewrite(database, lambda case: case.but(**change) if case.ref == "C-004" else case)
    return 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE candidature SET state = 'selected' WHERE ref = 'C-004'", "C-004"),
        (
            "UPDATE candidature SET since = '2024-02-20T10:00:00.000001Z' WHERE ref = 'C-004'",
            "C-004",
        ),
        ("UPDATE candidature SET version = version - 1 WHERE ref = 'C-004'", "C-004"),
        ("UPDATE candidature SET name = 'Autre' WHERE ref = 'C-004'", "C-004"),
        ("UPDATE candidature SET name = NULL WHERE ref = 'C-004'", "C-004"),
        ("UPDATE candidature SET ref = 'C-104' WHERE ref = 'C-004'", "C-004"),
        ("UPDATE candidature SET content = '{}' WHERE ref = 'C-004'", "C-004"),
        ("UPDATE candidature SET content = 'no JSON' WHERE ref = 'C-004'", "C-004"),
        ("UPDATE candidature SET content = '[]' WHERE ref = 'C-004'", "C-004"),
        ("UPDATE candidature SET private = '{}' WHERE ref = 'C-004'", "C-004"),
        ("UPDATE candidature SET private = 'x' WHERE ref = 'C-004'", "C-004"),
        ("UPDATE candidature SET private = replace(private, 'Quai', 'Port')", "C-004"),
        (Keys(received={"dossier": []}), "C-004"),
        (Keys(given=[]), "C-004"),
        (Keys(entered={}), "C-004"),
        (Keys(scores={}), "C-004"),
        (Keys(panels={"cra": {"total": 500}}), "C-004"),
        (Keys(tried={"lapse": "2024-03-14T17:00:00.000000Z"}), "C-004"),
        (Keys(facts={"dossier.amount": 1}), "C-004"),
        (Keys(sent={"receipt": "2024-03-14T17:00:00Z"}), "C-004"),
        (Keys(recused={"cra": ["south"]}), "C-004"),
        (Keys(origin={"ledger": ""}), "C-004"),
        (Keys(handed_over={"x": "C-001"}), "C-004"),
        (Keys(rectified={"dossier.name": 3}), "C-004"),
        (Keys(decided=["draft.submit", "2024-03-14T17:00:00Z"]), "C-004"),
        (Keys(declared={"cra": {"south": True}}), "C-004"),
        (Keys(aside={"cra": ["P-002"]}), "C-004"),
        (Keys(answers={"appeal": "granted"}), "C-004"),
        (Keys(late={"dossier": "2024-03-14T17:00:00Z"}), "C-004"),
        (Keys(state="selected"), "C-004"),
        (Keys(version=1), "C-004"),
        ("UPDATE counter SET value = value + 1 WHERE name = 'granted'", "the counter granted.food"),
        ("UPDATE counter SET value = 0 WHERE bucket = 'submitted'", "the counter state.submitted"),
        ("DELETE FROM counter WHERE bucket = 'closed'", "the counter state.closed"),
        (
            "UPDATE counter SET value = 9 WHERE name = 'state'",
            "the counter state.closed and 5 others",
        ),
        ("INSERT INTO counter VALUES ('small-2024', 'taken', '', 1)", "the counter taken"),
        ("UPDATE person SET roles = '[\"desk\"]' WHERE pseudonym = 'P-002'", "the person P-002"),
        ("UPDATE person SET institution = 'south' WHERE pseudonym = 'P-002'", "the person P-002"),
        ("UPDATE person SET login = 'mallory' WHERE pseudonym = 'P-001'", "the person P-001"),
        ("UPDATE person SET private = '{}' WHERE pseudonym = 'P-001'", "the person P-001"),
        ("UPDATE person SET private = 'x' WHERE pseudonym = 'P-001'", "the person P-001"),
        ("UPDATE person SET active = TRUE WHERE pseudonym = 'P-003'", "the person P-003"),
        ("DELETE FROM person WHERE pseudonym = 'P-003'", "the person P-003"),
        (
            "INSERT INTO person SELECT contest, 'P-009', roles, institution, 'x', private, active "
            "FROM person WHERE pseudonym = 'P-001'",
            "the person P-009",
        ),
        (
            "UPDATE contest SET process = "
            "(SELECT process FROM process_file WHERE process <> contest.process LIMIT 1)",
            "the process in force",
        ),
        ("UPDATE contest SET process = 'nothing'", "the process in force"),
        ("UPDATE contest SET rehearsal = FALSE", "the process in force"),
        (_CONTENT.format('"cel":', '"cal":'), "the versions"),
        (_CONTENT.format('"facts":{}', '"facts":{"a.b":1}'), "the facts of the contest"),
        (_CONTENT.format('"moved":{}', '"moved":{"a":1}'), "the sittings"),
        ("UPDATE candidature SET due = '2024-03-14T17:00:00.000000Z' WHERE ref = 'C-004'", "C-004"),
    ],
)
def test_changed(full: Contest, change: str | Keys, what: str) -> None:
    """Whatever is changed beside the ledger is told by name, and nothing else is."""
    with attack(full) as database:
        assert apply(database, change) > 0
    assert {fault for _line, fault in told(full)} == {f"{DISAGREES}{what}."}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE candidature SET due = '2024-03-14T17:00:00.000001Z'",
        "UPDATE candidature SET due = ''",
    ],
)
def test_due(contest: Contest, change: str) -> None:
    """A due instant that is moved or gone is told: time would pass a candidature by."""
    ref = add(contest, {"dossier": {"name": "Le Puits"}}).ref
    with attack(contest) as database:
        assert database.execute(change).rowcount == 1
    assert [fault for _line, fault in told(contest)] == [f"{DISAGREES}{ref}."]


def test_candidature_gone(full: Contest) -> None:
    """A candidature that the ledger tells of and nothing is kept of is told at its last line."""
    version = show(full, "C-004").case.version
    with attack(full) as database:
        database.execute("DELETE FROM candidature WHERE ref = 'C-004'")
    assert told(full) == [(version, "A candidature of the ledger is not kept.")]


def test_candidature_made_up(full: Contest) -> None:
    """A candidature that the ledger knows nothing of is told."""
    with attack(full) as database:
        database.execute(
            "INSERT INTO candidature SELECT contest, 'made-up', 'C-009', state, since, version, "
            "name, due, content, private FROM candidature WHERE ref = 'C-004'"
        )
    assert told(full) == [(0, "A candidature is kept that the ledger does not know.")]


def test_head(full: Contest) -> None:
    """A head that is not that of the last line is told."""
    with attack(full) as database:
        database.execute("UPDATE contest SET head_n = head_n + 1")
    assert told(full) == [(35, "The last lines are gone.")]
    with attack(full) as database:
        database.execute("UPDATE contest SET head_n = 34, head_hash = ?", ("a" * 64,))
    assert told(full) == [(34, "The line was changed.")]


def test_a_broken_ledger_is_not_compared(full: Contest) -> None:
    n = show(full, "C-004").case.version
    with attack(full) as database:
        content = lines(full)[n - 1].replace(b'"idea":350', b'"idea":300')
        database.execute("UPDATE ledger SET line = ? WHERE n = ?", (content, n))
    assert told(full) == [(n, "The line was changed.")]


def test_both_are_told(full: Contest) -> None:
    """The report says what was kept, and what the ledger makes of it."""
    with attack(full) as database:
        database.execute("UPDATE candidature SET state = 'selected' WHERE ref = 'C-004'")
    [fault] = verify(full).faults
    assert fault.why == "Kept: state: selected; by the ledger: submitted."
