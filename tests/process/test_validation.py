"""What one file says of itself: keys, kinds of value, translations, and how each is mended."""

from typing import Literal

import pytest

from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import check
from ptce_workflow.process.model.base import Bool, Int, Number
from ptce_workflow.process.model.validation import kind_of
from tests.cases import cases
from tests.process.contests import contest, only

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.mark.parametrize(
    ("path", "old", "new", "key", "near"),
    cases("""
        config.toml | holidays = | holliday = | contest.holliday | holidays
        config.toml | lasts = | last = | dates.closing.last | lasts
        config.toml | in = [ | inn = [ | totals.taken.inn | in
        config.toml | [totals.taken] | [total.taken] | total | totals
        sheets/dossier.toml | min = 0 | minimum = 0 | fields.plots.minimum | min
        sheets/dossier.toml | columns.age = { type = "integer",
            | columns.age = { type = "integer", lable = 1, | fields.members.columns.age.lable
            | label
        sheets/marks.toml | to = 5 | too = 5 | fields.beauty.scale.too | to
        sheets/marks.toml | rank = 1 | ranks = 1 | order.total.ranks | rank
        states/draft.toml | open = | opens = | opens | open
        states/start.toml | to = | too = | transitions.create.too | to
        states/draft.toml | by = ["desk"] | bye = ["desk"] | transitions.submit.bye | by
        states/draft.toml | when = "given.dossier" | where = "given.dossier"
            | transitions.submit.rules.complete.where | when
        notifications/receipt.md | when = | wen = | wen | when
    """),
)
def test_an_unknown_key_is_told_with_the_nearest(
    path: str, old: str, new: str, key: str, near: str
) -> None:
    """A misspelt key never passes for one that was left out."""
    found = {finding.key: finding for finding in check(contest(replace={path: (old, new)}))}
    assert found[key].file == path
    assert "not a known key" in found[key].what
    assert f'"{near}"' in found[key].mend


def test_a_missing_key_is_told_with_its_meaning_and_an_example() -> None:
    """What must be there is explained by the words of the format's page."""
    found = only(contest(replace={"config.toml": ('timezone = "Europe/Paris"', "")}))
    assert found.key == "contest.timezone"
    assert found.why == "The zone in which every hour of the folder is said"
    assert found.mend == 'For example: timezone = "Europe/Paris"'


def test_a_missing_key_that_python_reserves_has_its_example_too() -> None:
    """`in` and `from` are ordinary keys for those who write folders."""
    found = only(contest(replace={"config.toml": ('in = ["selected"]\nof', "of")}))
    assert found.key == "totals.granted.in"
    assert found.mend == 'For example: in = ["selected", "accompanied"]'


@pytest.mark.parametrize(
    ("path", "old", "new", "key", "expected"),
    cases("""
        config.toml | value = 2 | value = "2" | limits.places.value | a number
        config.toml | value = 2 | value = true | limits.places.value | a number
        config.toml | value = 2 | value = nan | limits.places.value | a number
        config.toml | value = 2 | value = 1e13 | limits.places.value | or less
        config.toml | at = 2024-02-05T09:00:00 | at = 9 | dates.opening.at
            | a day and an hour, without quotes or zone
        config.toml | holidays = "FR" | holidays = 33 | contest.holidays | text
        config.toml | in = ["selected"] | in = "selected" | totals.taken.in | a list
        config.toml | in = ["selected"] | in = [] | totals.taken.in | at least 1
        states/draft.toml | by = ["desk"] | reason = "yes" | transitions.submit.reason
            | true or false
        states/draft.toml | "Draft" | { en = "Draft" } | label | text between quotes
        states/draft.toml | open = ["dossier"] | open = 1 | open | a list
        states/draft.toml | when = "given.dossier" | when = true
            | transitions.submit.rules.complete.when | text
        sheets/dossier.toml | min = 0 | min = 0.5 | fields.plots.min | a whole number
        sheets/marks.toml | step = 0.5 | step = 0 | fields.beauty.scale.step | more than 0
        sheets/marks.toml | rank = 1 | rank = 0 | order.total.rank | 1 or more
        sheets/marks.toml | scale = { from = 0, to = 5, step = 0.5 } | scale = 5
            | fields.beauty.scale | a table
    """),
)
def test_a_value_of_the_wrong_kind_says_which_is_expected(
    path: str, old: str, new: str, key: str, expected: str
) -> None:
    found = only(contest(replace={path: (old, new)}))
    assert (found.file, found.key) == (path, key)
    assert expected in found.why


@pytest.mark.parametrize(
    ("path", "old", "new", "key", "near"),
    cases(r"""
        sheets/dossier.toml | by = ["desk"] | by = ["desks"] | by | desk
        sheets/dossier.toml | type = "territory" | type = "territory"\nkinds = ["communes"]
            | fields.place.kinds | commune
        sheets/dossier.toml | type = "option" | type = "choice" | fields.theme | ""
        sheets/dossier.toml | type = "boolean" | type = "bool" | fields.organic | boolean
        sheets/dossier.toml | columns.age = { type = "integer" | columns.age = { type = "intger"
            | fields.members.columns.age | integer
        notifications/receipt.md | "contact" | "contacts" | to | contact
    """),
)
def test_a_word_that_is_not_accepted_is_told_with_the_nearest(
    path: str, old: str, new: str, key: str, near: str
) -> None:
    found = only(contest(replace={path: (old, new)}))
    assert (found.file, found.key) == (path, key)
    assert "Accepted:" in found.why
    assert near in found.mend


def test_a_field_without_a_type_is_asked_for_it() -> None:
    found = only(contest({"sheets/dossier.toml": "[fields.x]\nlabel = 'x'"}))
    assert found.key == "fields.x"
    assert found.what == "The key type is missing."


@pytest.mark.parametrize(
    ("path", "old", "new", "key", "name"),
    cases("""
        config.toml | [limits.places] | [limits.Places] | limits.Places | Places
        config.toml | [limits.places] | [limits."nos-places"] | limits.nos-places | nos-places
        states/draft.toml | to = "submitted" | to = "Submitted" | transitions.submit.to | Submitted
        config.toml | in = ["selected"] | in = ["Selected"] | totals.taken.in | Selected
        config.toml | id = "gardens-2024" | id = "Gardens 2024" | contest.id | Gardens 2024
    """),
)
def test_what_cannot_be_a_name_is_shown(path: str, old: str, new: str, key: str, name: str) -> None:
    found = check(contest(replace={path: (old, new)}))[0]
    assert (found.file, found.key) == (path, key)
    assert found.what == f'"{name}" cannot be a name here.'


def test_one_key_is_told_once() -> None:
    assert only(contest(replace={"config.toml": ("value = 2", "value = []")})).key.endswith("value")


def test_the_fault_speaks_the_language_in_force() -> None:
    files = contest(replace={"config.toml": ('timezone = "Europe/Paris"', "")})
    with speaking("fr"):
        french = only(files)
    assert french.what != only(files).what


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str | None, "text between quotes"),
        (Int | Number, "a whole number or a number"),
        (Bool, "true or false"),
        (tuple[str, ...], "a list between brackets"),
        (tuple[Literal["a", "b"], ...], 'a list between brackets ("a", "b")'),
        (Literal["ask", "resend"], '"ask" or "resend"'),
        (bytes, "another kind of value"),
    ],
)
def test_the_kind_of_a_value_is_said_in_words(annotation: object, words: str) -> None:
    assert kind_of(annotation) == words
