"""Names: what refers to something that is not there, and what may not be called so."""

import pytest

from ptce_workflow.process.check import check
from tests.cases import cases
from tests.process.contests import SMALL, contest, only

pytestmark = pytest.mark.usefixtures("in_english")

SHEET = SMALL["sheets/dossier.toml"]


@pytest.mark.parametrize(
    ("path", "old", "new", "key", "near"),
    cases("""
        states/draft.toml | to = "submitted" | to = "submited" | transitions.submit.to | submitted
        config.toml | in = ["selected"] | in = ["selcted"] | totals.taken.in | selected
        states/selected.toml | ["submitted"] | ["submit"] | must_pass | submitted
        states/draft.toml | open = ["dossier"] | open = ["dosier"] | open | dossier
        states/submitted.toml | dossier.contact | dossier.contct | open | dossier.contact
        config.toml | "dossier.name" | "dossier.nmae" | contest.name_field | dossier.name
        config.toml | "dossier.contact" | "dosier.contact" | contest.contact_field | dossier.contact
        config.toml | "dossier.budget" | "dossier.budgt" | totals.granted.of | dossier.budget
        config.toml | "dossier.theme" | "dossier.thme" | totals.granted.per | dossier.theme
        config.toml | "date.opening" | "date.openin" | dates.closing.not_before | date.opening
        config.toml | "Europe/Paris" | "Europe/Pari" | contest.timezone | Europe/Paris
        states/submitted.toml | freezes = "marks" | freezes = "mark" | transitions.select.freezes
            | marks
        sheets/marks.toml | ["town", "school"] | ["town", "scool"] | members | school
        sheets/marks.toml | "marks.total" | "marks.totl" | order.total.key | marks.total
    """),
)
def test_a_name_that_leads_nowhere_is_told_with_the_nearest(
    path: str, old: str, new: str, key: str, near: str
) -> None:
    found = {finding.key: finding for finding in check(contest(replace={path: (old, new)}))}
    assert found[key].file == path
    assert "does not exist" in found[key].what
    assert f'"{near}"' in found[key].mend


@pytest.mark.parametrize(
    ("path", "old", "new", "key", "expected"),
    cases("""
        config.toml | "dossier.name" | "dossier.plots" | contest.name_field | text
        config.toml | "dossier.contact" | "dossier.name" | contest.contact_field | email
        config.toml | "dossier.budget" | "dossier.theme" | totals.granted.of | integer or decimal
        config.toml | "dossier.theme" | "dossier.tools" | totals.granted.per | option
    """),
)
def test_a_field_of_another_type_is_told(
    path: str, old: str, new: str, key: str, expected: str
) -> None:
    found = {finding.key: finding for finding in check(contest(replace={path: (old, new)}))}
    assert "is a field of type" in found[key].what
    assert found[key].why == f"Expected here: {expected}."


@pytest.mark.parametrize(
    "name", ["given", "date", "now", "limit", "total", "entered", "in", "true"]
)
def test_a_sheet_is_not_called_as_what_rules_read(name: str) -> None:
    """`date.closing` must mean one thing only."""
    found = only(contest(write={f"sheets/{name}.toml": SHEET}))
    assert (found.file, found.key) == (f"sheets/{name}.toml", "")
    assert found.what == f'The name "{name}" is taken.'


@pytest.mark.parametrize(
    ("path", "old", "new", "key"),
    [
        ("sheets/dossier.toml", "[fields.plots]", "[fields.for]", "fields.for"),
        ("sheets/dossier.toml", "columns.age", "columns.null", "fields.members.columns.null"),
        ("sheets/marks.toml", "[fields.beauty]", "[fields.rank]", "fields.rank"),
        ("config.toml", "[limits.places]", "[limits.while]", "limits.while"),
        ("config.toml", "[dates.opening]", "[dates.import]", "dates.import"),
        ("config.toml", "[totals.taken]", "[totals.var]", "totals.var"),
    ],
)
def test_a_taken_name_is_refused(path: str, old: str, new: str, key: str) -> None:
    found = {finding.key: finding for finding in check(contest(replace={path: (old, new)}))}
    assert found[key].file == path
    assert "is taken" in found[key].what


@pytest.mark.parametrize("name", ["to_submitted", "is_ready", "may_submit", "trigger", "state"])
def test_a_transition_is_not_called_as_the_state_machine_calls_its_own(name: str) -> None:
    """Whatever `transitions` could add by itself would jump past every rule."""
    draft = SMALL["states/draft.toml"].replace("transitions.submit", f"transitions.{name}")
    receipt = SMALL["notifications/receipt.md"].replace("draft.submit", f"draft.{name}")
    found = only(contest(write={"states/draft.toml": draft, "notifications/receipt.md": receipt}))
    assert (found.file, found.key) == ("states/draft.toml", f"transitions.{name}")
    assert found.what == f'The name "{name}" is taken.'


def test_a_state_is_not_called_by_a_word_of_cel() -> None:
    """`entered.for` could not be read."""
    files = contest(
        replace={"states/submitted.toml": ('to = "refused"', 'to = "for"')},
        write={"states/for.toml": SMALL["states/refused.toml"]},
        remove=["states/refused.toml"],
    )
    assert 'The name "for" is taken.' in {finding.what for finding in check(files)}


@pytest.mark.parametrize("name", ["start", "any"])
def test_no_transition_leads_to_a_file_that_is_no_state(name: str) -> None:
    """`start.toml` and `any.toml` stand among the states and are none."""
    change = ('to = "refused"', f'to = "{name}"')
    found = {
        finding.key: finding
        for finding in check(contest(replace={"states/submitted.toml": change}))
    }
    assert f'"{name}" does not exist.' == found["transitions.refuse.to"].what


WITHDRAW = """
[transitions.withdraw]
label = "Withdraw"
to = "refused"
by = ["desk"]
from = ["draft", "submitted"]
"""


def test_from_stands_in_any_toml_only() -> None:
    assert check(contest(write={"states/any.toml": WITHDRAW})) == ()
    elsewhere = only(contest({"states/draft.toml": WITHDRAW}))
    assert (elsewhere.file, elsewhere.key) == ("states/draft.toml", "transitions.withdraw.from")
    without = WITHDRAW.replace('from = ["draft", "submitted"]', "")
    assert only(contest(write={"states/any.toml": without})).key == "transitions.withdraw.from"


def test_from_names_states_that_exist_and_have_no_such_way() -> None:
    """A state has one transition of a name; `any.toml` may not add a second one."""
    unknown = WITHDRAW.replace("submitted", "submited")
    found = only(contest(write={"states/any.toml": unknown}))
    assert (found.key, found.mend) == ("transitions.withdraw.from", 'Did you mean "submitted"?')
    twice = WITHDRAW.replace("transitions.withdraw", "transitions.refuse")
    found = only(contest(write={"states/any.toml": twice}))
    assert found.what == '"submitted" has a transition of this name already.'


def test_somebody_or_time_makes_every_transition() -> None:
    """Without a role and without an instant, nothing would ever happen."""
    change = ('by = ["desk"]\nreason = true', "by = []\nreason = true")
    found = only(contest(replace={"states/submitted.toml": change}))
    assert found.what == "Nobody can make this transition."
    timed = ('by = ["desk"]\nreason = true', 'at = "date.closing"')
    assert check(contest(replace={"states/submitted.toml": timed})) == ()


@pytest.mark.parametrize(
    ("path", "toml", "what"),
    cases(r"""
        sheets/marks.toml | [fields.size]\ntype = "integer"\nlabel = "x"
            | A panel holds marks and comments only.
        sheets/dossier.toml
            | [fields.mark]\ntype = "score"\nlabel = "x"\nscale = { from = 0, to = 5 }\nchoice = "x"
            | Only a panel gives marks.
        sheets/dossier.toml | [order.x]\nrank = 1\nkey = "marks.total"\nchoice = "x"
            | Only a panel ranks.
    """),
)
def test_marks_stand_in_panels_and_facts_elsewhere(path: str, toml: str, what: str) -> None:
    assert what in {finding.what for finding in check(contest({path: toml}))}
