"""Conditions: they compile, answer yes or no whatever is recorded, and read nothing erasable."""

import pytest

from ptce_workflow.process.check import check
from tests.process.contests import contest, only, shipped, with_rule

pytestmark = pytest.mark.usefixtures("in_english")

COMPUTED = "computed = 'dossier.members.filter(m, m.kind == \"neighbour\").size()'"
KEY = "transitions.submit.rules.tried.when"


def with_computed(expression: str) -> dict[str, bytes]:
    """The small contest with another way of working out its computed field."""
    change = (COMPUTED, f"computed = '''{expression}'''")
    return contest(replace={"sheets/dossier.toml": change})


@pytest.mark.parametrize(
    ("condition", "near"),
    [
        pytest.param("dossier.plts > 2", "dossier.plots", id="field"),
        pytest.param("dosier.plots > 2", "dossier.plots", id="sheet"),
        pytest.param("now < date.closng", "date.closing", id="date"),
        pytest.param("dossier.plots < limit.place", "limit.places", id="limit"),
        pytest.param("total.takn < 2", "total.taken", id="total"),
        pytest.param("now < entered.submited", "entered.submitted", id="state"),
        pytest.param("marks.lowst > 100u", "marks.lowest", id="panel figure"),
        pytest.param("given.dosier", "given.dossier", id="sheet given"),
        pytest.param("given.dossier.them", "given.dossier.theme", id="field given"),
        pytest.param("received.dosier < now", "received.dossier", id="receipt"),
        pytest.param('"desk" in actor.role', "actor.roles", id="actor"),
        pytest.param(".dossier.plts > 2", "dossier.plots", id="with a leading dot"),
        pytest.param("dossier.members.all(m, m.kin == 'club')", "kind", id="column"),
        pytest.param("dossier.place.all(z, z.region == ['76'])", "regions", id="column of a zone"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(condition: str, near: str) -> None:
    found = only(with_rule(condition))
    assert (found.file, found.key) == ("states/draft.toml", KEY)
    assert "does not exist" in found.what or "is not a column" in found.what
    assert found.mend == f'Did you mean "{near}"?'


def test_every_unknown_name_of_a_condition_is_told() -> None:
    condition = (
        "dossier.plts > 1 && dossier.plts < 9 && given.dossier.them"
        " && dossier.members.all(m, m.kin == 'club')"
    )
    found = {finding.mend for finding in check(with_rule(condition))}
    assert found == {
        'Did you mean "dossier.plots"?',
        'Did you mean "given.dossier.theme"?',
        'Did you mean "kind"?',
    }


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("dossier.plots >", "line 1"),
        ("dossier.plots > 2 &&& true", "line 1"),
        ("", "line 1"),
        ("now <\n\n", "line 3"),
        ("(" * 2_000 + "true" + ")" * 2_000, "limit: 32"),
        ("true" + " && true" * 20_000, "limit: 100000"),
    ],
)
def test_a_condition_that_does_not_read_says_where(condition: str, why: str) -> None:
    found = only(with_rule(condition))
    assert (found.key, found.what) == (KEY, "This condition cannot be read.")
    assert why in found.why


@pytest.mark.parametrize(
    ("condition", "types", "mend"),
    [
        ("dossier.budget <= 5000", "uint, int", "350u"),
        ("dossier.plots < limit.floor", "int, uint", "350u"),
        ("dossier.budget <= limit.places", "uint, int", "limits.places.value = "),
        ("dossier.budget <= 1.5", "uint, double", "350u"),
        ("dossier.plots == dossier.theme", "int, string", ""),
        ("dossier.organic > 1", "bool, int", ""),
    ],
)
def test_types_that_do_not_go_together_are_told(condition: str, types: str, mend: str) -> None:
    """A count is never compared with hundredths."""
    found = only(with_rule(condition))
    assert found.what == f"Values of these types do not go together: {types}."
    assert mend in found.mend
    assert bool(mend) == bool(found.mend)


@pytest.mark.parametrize("condition", ["dossier.plots", "date.closing", "dossier.theme", "[true]"])
def test_a_condition_answers_yes_or_no(condition: str) -> None:
    assert only(with_rule(condition)).what == "This condition does not answer yes or no."


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("10 / dossier.plots > 2", id="division by zero"),
        pytest.param("10 % dossier.plots > 2", id="remainder by zero"),
        pytest.param("dossier.organic || 10 / dossier.plots > 2", id="behind a yes"),
        pytest.param("!dossier.organic || 10 / dossier.plots > 2", id="behind a no"),
        pytest.param('dossier.theme == "food" || 10 / dossier.plots > 2', id="for one answer only"),
        pytest.param("1000u / dossier.budget > 2u", id="decimal"),
        pytest.param("10 / total.taken > 2", id="total"),
        pytest.param("1000u / marks.lowest > 2u", id="panel figure"),
        pytest.param('dossier.members[0].kind == "club"', id="first row of none"),
        pytest.param('dossier.members[1].kind == "club"', id="second row of one"),
        pytest.param('dossier.tools[0] == "rake"', id="first answer of none"),
        pytest.param('dossier.place[0].kind == "commune"', id="first zone of none"),
        pytest.param("dossier.members.exists(m, m.age > 10)", id="column left empty"),
        pytest.param('{"food": 1}[dossier.theme] > 0', id="answer without an entry"),
        pytest.param("10 / dossier.neighbours > 2", id="through a computed field"),
        pytest.param("dossier.theme.matches('(')", id="pattern that does not read"),
    ],
)
def test_a_condition_that_errs_on_sample_facts_is_told(condition: str) -> None:
    """What fails only when it runs would look like a missing fact for ever."""
    found = only(with_rule(condition))
    assert (found.key, found.what) == (KEY, "This condition errs on sample facts.")
    assert found.why


@pytest.mark.parametrize(
    "condition",
    [
        "dossier.plots > 0 && 10 / dossier.plots > 2",
        "dossier.members.size() > 1 && dossier.members[1].kind == 'club'",
        "dossier.members.exists(m, m.age != null && m.age > 10)",
        "dossier.members.exists(m, has(m.age) && m.age > 10)",
        "dossier.members.exists(m, m.kind == 'club')",
        "!given.dossier.budget || dossier.budget <= 500000u",
        "dossier.visit < date.closing && now < date.appeal",
        "now - received.dossier > now - entered.submitted",
        "marks.voices == marks.expected && marks.total >= 120u",
        "total.granted + dossier.budget <= 100000u",
        "dossier.neighbours >= 2",
        'contest.id == "gardens-2024" && contest.language != "fr"',
        "dossier.place.size() > 0 && dossier.place.all(z, z.regions == ['76'])",
        "received.dossier <= date.closing // noon itself is in time\n && true",
    ],
)
def test_a_condition_that_holds_water_is_left_alone(condition: str) -> None:
    assert check(with_rule(condition)) == ()


def test_bounds_are_sample_facts_too() -> None:
    """A number that cannot be zero may divide, and a first row that must be there be read."""
    bounded = {
        "sheets/dossier.toml": """
        [fields.beds]
        type = "integer"
        label = "x"
        min = 1

        [fields.debts]
        type = "integer"
        label = "x"
        max = -1

        [fields.letters]
        type = "table"
        label = "x"
        min_rows = 1
        columns.kind = { type = "boolean", required = true, label = "x" }
        """,
        "states/draft.toml": """
        [transitions.submit.rules.tried]
        says = "x"
        when = "10 / dossier.beds + 10 / dossier.debts > 2 && dossier.letters[0].kind"
        choice = "x"
        """,
    }
    assert check(contest(bounded)) == ()


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        ('dossier.name == "x"', "dossier.name"),
        ('given.dossier && dossier.contact.endsWith(".example")', "dossier.contact"),
        ("dossier.name.size() > 3", "dossier.name"),
    ],
)
def test_an_erasable_fact_is_not_read(condition: str, name: str) -> None:
    """The decision could not be examined any more once the fact is erased."""
    found = only(with_rule(condition))
    assert found.what == f'"{name}" may be erased: no rule can read it.'
    assert found.mend == f"Ask only whether it was given: given.{name}."


def test_an_erasable_column_is_not_read() -> None:
    found = only(with_rule('dossier.members.exists(m, m.name == "x")'))
    assert found.what == 'The column "name" may be erased: no rule can read it.'


@pytest.mark.parametrize(
    ("condition", "mend"),
    [
        ("has(dossier.organic)", "Write given.dossier.organic instead."),
        ("has (dossier.organic)", "Write given.dossier.organic instead."),
        ("!has( dossier . organic )", "Write given.dossier.organic instead."),
        ("has(.dossier.plots) && dossier.plots > 2", "Write given.dossier.plots instead."),
        ("has(dossier.name)", "Write given.dossier.name instead."),
    ],
)
def test_has_on_a_name_of_the_folder_is_refused(condition: str, mend: str) -> None:
    """It would give the value of a yes or no, not whether there is one."""
    found = only(with_rule(condition))
    assert "does not ask whether the fact is given" in found.what
    assert found.mend == mend


@pytest.mark.parametrize(
    "condition",
    [
        "now.getHours() < 12",
        'now.getHours("Europe/Paris") < 12',
        "now . getDayOfWeek () == 1",
        "date.closing.getFullYear() == 2024",
    ],
)
def test_no_hour_or_day_is_read_out_of_an_instant(condition: str) -> None:
    """The answer would depend on the machine."""
    found = only(with_rule(condition))
    assert found.what == "Rules do not read hours or days out of an instant."
    assert "config.toml" in found.mend


@pytest.mark.parametrize(
    "condition",
    ['now - received.dossier < duration("48h")', "now < date.closing + duration ('2h')"],
)
def test_no_span_of_time_is_counted(condition: str) -> None:
    found = only(with_rule(condition))
    assert found.what == "Rules do not count spans of time."
    assert "working days" in found.mend


@pytest.mark.parametrize(
    ("says", "near"),
    [
        ("{date.closng}", "date.closing"),
        ("{limit.place} places", "limit.places"),
        ("{dossier.plts}", "dossier.plots"),
        ("{Date.closing}", "date.closing"),
        ("{ limit.places }", "limit.places"),
    ],
)
def test_a_sentence_that_names_an_unknown_value_is_told(says: str, near: str) -> None:
    found = only(with_rule("dossier.organic", says))
    assert found.key == "transitions.submit.rules.tried.says"
    assert found.mend == f'Did you mean "{near}"?'


def test_a_sentence_shows_nothing_erasable() -> None:
    assert "may be erased" in check(with_rule("dossier.organic", "{dossier.name}"))[0].what


def test_the_condition_of_a_notification_is_looked_at() -> None:
    """It must hold when the mail leaves."""
    path = "notifications/receipt.md"
    found = only(contest(replace={path: ("given.dossier", "given.dosier")}))
    assert (found.file, found.key, found.mend) == (path, "when", 'Did you mean "given.dossier"?')


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("dossier.plts", '"dossier.plts" does not exist in the sheet "dossier".'),
        ("limit.places", '"limit.places" is not a recorded fact.'),
        ("given.dossier ? 1 : 0", '"given.dossier" is not a recorded fact.'),
        ("dossier.neighbours", '"dossier.neighbours" is not a recorded fact.'),
        ("marks.voices", '"marks.voices" is not a recorded fact.'),
        ("dossier.name.size()", '"dossier.name" may be erased: no rule can read it.'),
        ("dossier.budget", "This gives a value of type UINT."),
        ("dossier.organic", "This gives a value of type BOOL."),
        ("10 / dossier.plots", "This condition errs on sample facts."),
        (
            "has(dossier.organic) ? 1 : 0",
            "has(dossier.organic) does not ask whether the fact is given.",
        ),
        ("dossier.visit.getHours()", "Rules do not read hours or days out of an instant."),
        ('dossier.theme == "fod" ? 1 : 0', '"dossier.theme" is never "fod".'),
    ],
)
def test_a_computed_field_follows_the_same_rules(expression: str, what: str) -> None:
    found = {finding.what: finding for finding in check(with_computed(expression))}
    assert found[what].file == "sheets/dossier.toml"
    assert found[what].key == "fields.neighbours.computed"


@pytest.mark.parametrize("expression", ["now > now", "10 / dossier.plots", "dossier.plots >"])
def test_a_rule_that_reads_a_broken_computed_field_is_not_at_fault(expression: str) -> None:
    """The field is told, once; the rule cannot be tried before it is mended."""
    files = with_rule("dossier.neighbours > 2")
    sheet = files["sheets/dossier.toml"].decode()
    broken = sheet.replace(COMPUTED, f"computed = '{expression}'").encode()
    found = only({**files, "sheets/dossier.toml": broken})
    assert found.key == "fields.neighbours.computed"


def test_nobody_asks_whether_a_computed_field_was_given() -> None:
    """It is never typed in, so the answer would always be no."""
    found = only(with_rule("given.dossier.neighbours"))
    assert found.what == '"given.dossier.neighbours" does not exist.'


def test_rows_of_awkward_names_keep_apart() -> None:
    """Underlines in the names of sheets, tables and columns never make two of them one."""

    def sheet(table: str) -> str:
        return f"""
        label = "x"
        by = ["desk"]
        [fields.{table}]
        type = "table"
        label = "x"
        columns.a_b = {{ type = "boolean", required = true, label = "x" }}
        columns.a__b = {{ type = "integer", required = true, label = "x" }}
        """

    rule = {
        "states/draft.toml": """
        [transitions.submit.rules.tried]
        says = "x"
        when = "rows.b__c.all(m, m.a_b) && rows__b.c.all(b, b.a__b > 2) && rows.zone.all(c, c.a_b)"
        choice = "x"
        """
    }
    sheets = {
        "sheets/rows.toml": sheet("b__c") + sheet("zone").partition('by = ["desk"]')[2],
        "sheets/rows__b.toml": sheet("c"),
    }
    assert check(contest(rule, write=sheets)) == ()


def test_the_shipped_contest_with_a_misspelt_field_names_file_key_and_nearest() -> None:
    files = shipped()
    path = "states/submitted.toml"
    assert b"dossier.members.size()" in files[path]
    files[path] = files[path].replace(b"dossier.members.size()", b"dossier.membres.size()", 1)
    found = only(files)
    assert (found.file, found.key) == (path, "transitions.declare_eligible.rules.collective.when")
    assert found.mend == 'Did you mean "dossier.members"?'
