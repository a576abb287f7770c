"""Requests in a folder: what cannot be asked or answered is told where it is written."""

from datetime import UTC, datetime, timedelta

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.ledger.state import with_process
from ptce_workflow.process.candidature import Candidature, Decided
from ptce_workflow.process.check import check
from ptce_workflow.process.check.expressions import samples
from ptce_workflow.process.dates import asked, outcome
from ptce_workflow.process.process import Process
from tests.cases import cases
from tests.process.contests import REPOSITORY

pytestmark = pytest.mark.usefixtures("in_english")

WHOLE = read_folder(REPOSITORY / "tests" / "whole")
APPEAL = "requests/appeal.toml"
NOW = datetime(2024, 4, 1, 12, tzinfo=UTC)


def edited(file: str, before: str, after: str, **more: str) -> dict[str, bytes]:
    """The whole contest, with something else in one of its files, and more files."""
    text = WHOLE[file].decode()
    assert before in text
    written = {name.replace("__", "/") + ".toml": one.encode() for name, one in more.items()}
    return {**WHOLE, file: text.replace(before, after).encode(), **written}


@pytest.mark.parametrize(
    ("file", "before", "after", "key", "what"),
    cases(r"""
        requests/appeal.toml | ["declined"] | ["denied"] | in | "denied" does not exist
        requests/appeal.toml | ["declined"] | ["denied after date.lapse"] | in
            | "denied" does not exist
        requests/appeal.toml | ["declined"] | ["declined after date.nope"] | in
            | "nope" does not exist
        requests/appeal.toml | ["declined"] | ["declined after noon"] | in | "noon" is nothing
        requests/appeal.toml | ["declined"] | ["declined until date.nope"] | in
            | "nope" does not exist
        requests/appeal.toml | ["declined"] | ["declined", "declined after notified"] | in
            | "declined" stands here more than once
        requests/appeal.toml | label = "Reject" | label = "Reject"\nremedies = "nope" | remedies
            | "nope" does not exist
        requests/appeal.toml | open = | review = ["somebody"]\nopen = | review
            | not one of the accepted
        requests/appeal.toml | 2 months at 23:59 | 2 clear months at 23:59 | until | no clear term
        requests/appeal.toml | ["dossier.need"] | ["appeal"] | open | "appeal" does not exist
        requests/appeal.toml | notified + 2 months | asked.nope | until | "nope" does not exist
        requests/appeal.toml | heard = | pending = | fields.pending | The name "pending" is taken
        requests/appeal.toml | choice = "anybody may be wrong" | "" | "" | rests on nothing
        states/declined.toml | "granted" | "grantd" | when | is never "grantd"
        states/draft.toml | ["dossier"] | ["dossier", "appeal"] | open | "appeal" does not exist
        notifications/appeal_received.md | asked. | received. | on | does not exist
    """),
)
def test_what_is_wrong_is_told(file: str, before: str, after: str, key: str, what: str) -> None:
    (found,) = check(edited(file, before, after))
    assert found.file == file
    assert found.key.endswith(key)
    assert what in found.what


def test_its_name_is_its_own() -> None:
    heading = 'label = "Appeal"'
    both = check(edited(APPEAL, heading, heading, sheets__appeal='label = "X"'))
    assert 'The name "appeal" is taken' in str(both)
    renamed = {**WHOLE, "requests/declined.toml": WHOLE[APPEAL]}
    assert 'The name "declined" is taken' in str(check(renamed))
    assert "members" in str(check(edited(APPEAL, heading, heading + '\nmembers = ["north"]')))
    assert "to" in str(check(edited(APPEAL, 'label = "Grant"', 'label = "Grant"\nto = "scored"')))


def test_the_first_of_two_equal_conditions_is_that_of_the_request() -> None:
    (found,) = check(edited("states/start.toml", "now >= date.opening", "given.appeal.grounds"))
    assert (found.file, found.what) == ("states/start.toml", "This condition is written twice.")
    assert "appeal.granted.grounds" in found.why


@pytest.mark.parametrize("name", ["outcome", "until"])
def test_a_field_of_a_sheet_may_be_called_as_what_a_request_tells(name: str) -> None:
    process = Process.load(edited("sheets/dossier.toml", "governance =", f"{name} ="))
    field = f"dossier.{name}"
    tried = {case.facts.get(field) for case, _moment in samples(process, (field,))}
    assert tried >= {True, False}


def test_an_answer_counts_against_its_own_decision() -> None:
    """Back where it may be asked, what was granted before opens nothing; what waits, waits."""
    definition = Process.load(WHOLE).definition
    before = Candidature("0", "C-001", "declined", NOW, 1, entered={"declined": NOW})
    waiting = before.asking("appeal", NOW + timedelta(days=1))
    again = {"entered": {"declined": NOW + timedelta(days=9)}}
    assert asked(definition, "appeal", waiting.but(**again)) == NOW + timedelta(days=1)
    granted = waiting.answered("appeal", "granted")
    assert outcome(definition, "appeal", granted) == "granted"
    assert outcome(definition, "appeal", granted.but(**again)) is None
    assert asked(definition, "appeal", granted.but(**again)) is None
    anew = granted.but(facts={"appeal.heard": True, "dossier.amount": 1}).asking("appeal", NOW)
    assert (anew.facts, outcome(definition, "appeal", anew)) == ({"dossier.amount": 1}, None)


def test_what_is_contested_keeps_its_mail_where_its_state_is_renamed() -> None:
    """The decision against which it was asked is found under the new name, behind its answer."""
    case = Candidature("0", "C-001", "declined", NOW, 1).deciding("scored.decline", NOW, 1)
    answered = case.deciding("appeal.rejected", NOW, 2, "appeal")
    renamed = with_process(answered, {"scored": "marked"}, ()).contested("appeal")
    assert renamed.decided == Decided("marked.decline", NOW, n=1)
