"""Rules told to people: the sentence, what was observed, what is missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ptce_workflow.base.words import speaking
from ptce_workflow.exports.diagram import mermaid
from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext
from ptce_workflow.process.explain import Teller, explain_rules
from ptce_workflow.process.fields import ScoreField
from ptce_workflow.process.forms import bounds_of
from ptce_workflow.process.model.base import Rule, Text
from ptce_workflow.process.process import Process
from tests.process.contests import NOW, candidature, contest, shipped
from tests.process.juries import jury

pytestmark = pytest.mark.usefixtures("in_english")

FACTS: dict[str, Any] = {
    "dossier.theme": "food",
    "dossier.tools": ["rake", "spade"],
    "dossier.plots": 3,
    "dossier.budget": 350,
    "dossier.organic": True,
    "dossier.visit": "2024-03-05T08:30:00.000000Z",
    "dossier.place": [
        {"kind": "commune", "code": "12145", "departments": ["12"], "regions": ["76"]}
    ],
    "dossier.members": [{"kind": "neighbour"}, {"kind": "club"}, {"kind": "neighbour"}],
}


def teller(language: str = "en") -> Teller:
    return Teller(Process.load(contest()), language)


def told(name: str, case: Candidature | None = None, moment: RuleContext | None = None) -> str:
    """The value of a variable, with no-break spaces made plain."""
    value = teller().value(name, case or candidature(facts=FACTS), moment or RuleContext(NOW))
    return value.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dossier.theme", "food"),
        ("dossier.tools", "rake, spade"),
        ("dossier.plots", "3"),
        ("dossier.budget", "3.50"),
        ("dossier.organic", "yes"),
        ("dossier.visit", "Tuesday 5 March 2024 at 09:30"),
        ("dossier.place", "Millau (12)"),
        ("dossier.neighbours", "2"),
        ("date.closing", "Monday 11 March 2024 at 12:00"),
        ("limit.places", "2"),
        ("limit.floor", "1.50"),
        ("total.taken", "0"),
        ("total.granted", "0.00"),
        ("given.dossier", "no"),
        ("given.dossier.theme", "yes"),
        ("marks.expected", "2"),
        ("contest.id", "gardens-2024"),
        ("marks.total", "?"),
        ("date.appeal", "?"),
        ("entered.refused", "?"),
    ],
)
def test_a_value_is_told_as_people_read_it(name: str, value: str) -> None:
    assert told(name) == value


def test_which_marks_must_be_explained() -> None:
    process = Process.load(jury())
    beauty = process.definition.sheets["marks"].fields["beauty"]
    assert isinstance(beauty, ScoreField)
    assert bounds_of(beauty) == "below 1.5 or above 4.5"
    kept = {name: getattr(beauty, name) for name in beauty.written if name != "comment_under"}
    assert bounds_of(ScoreField(**kept)) == "above 4.5"
    with speaking("fr"):
        assert bounds_of(beauty).count(",5") == 2


def test_a_receipt_is_told_to_the_second() -> None:
    late = datetime(2024, 3, 11, 11, 0, 1, tzinfo=UTC)
    assert "12:00:01" in told("received.dossier", candidature(received={"dossier": (late,)}))


def test_roles_are_told_one_after_the_other() -> None:
    """A person may have several."""
    assert told("actor.roles", moment=RuleContext(NOW, roles=("desk", "jury"))) == "desk, jury"


def test_a_sentence_shows_present_values() -> None:
    says = Text("{dossier.theme} in {date.appeal}", fr="{dossier.theme} avant {limit.places}")
    rule = Rule(says=says)
    case = candidature(facts=FACTS)
    assert teller().says(rule, case, RuleContext(NOW)) == "food in ?"
    assert teller("fr").says(rule, case, RuleContext(NOW)) == "alimentation avant 2"


def test_a_rule_without_a_sentence_shows_its_condition() -> None:
    rule = Rule(when="dossier.plots > {2}")
    assert teller().says(rule, candidature(), RuleContext(NOW)) == "dossier.plots > {2}"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("dossier.theme", "Theme"),
        ("given.dossier.theme", "Theme"),
        ("given.dossier", "Dossier"),
        ("limit.places", "Places"),
        ("date.closing", "Closing"),
        ("total.taken", "Places taken"),
        ("entered.refused", "Refused"),
        ("marks.beauty", "Beauty"),
        ("marks.voices", "voices"),
        ("marks.plain", "mean without weights"),
        ("marks.spread", "spread between the members"),
        ("marks.recused", "voices stepped aside"),
        ("sitting.present", "present"),
        ("sitting.noes", "against"),
        ("contest.id", "contest.id"),
    ],
)
def test_a_variable_is_called_by_its_label(name: str, label: str) -> None:
    assert teller().label(name) == label


def test_what_was_observed_is_of_the_candidature() -> None:
    names = ("date.closing", "dossier.plots", "dossier.theme", "limit.places", "marks.total")
    case = candidature(facts=FACTS)
    seen = teller().observed(names, case, RuleContext(NOW))
    assert seen == "Closing: Monday 11 March 2024 at 12:00, Plots: 3, Theme: food, Places: 2"
    assert teller().observed(("contest.id", "now"), case, RuleContext(NOW)) == ""


def test_what_a_rule_says_is_not_observed_besides() -> None:
    """A limit that stands in the sentence is left out; one that does not is shown."""
    rule, names = (
        Rule(says=Text("{limit.places} at most"), when="x"),
        ("limit.places", "total.taken"),
    )
    assert teller().decisive(rule, names, holds=True) == ("total.taken",)


def test_a_table_is_observed_by_its_counts() -> None:
    case = candidature(facts=FACTS)
    found = teller().observed(("dossier.members",), case, RuleContext(NOW))
    assert found.startswith("3")
    assert "neighbour 2" in found
    assert "club 1" in found


def test_what_is_not_given_is_named() -> None:
    lacking = teller().observed(("given.dossier",), candidature(), RuleContext(NOW))
    assert "Name" in lacking
    assert "Theme" in lacking
    whole = candidature(facts=FACTS, given=frozenset({"dossier.name"}))
    assert teller().observed(("given.dossier",), whole, RuleContext(NOW)) == ""


def test_what_is_missing_is_what_is_required_and_not_given() -> None:
    """Of a sheet or of a single field; what was erased since was given."""
    assert teller().missing_of("dossier", candidature()) == ("dossier.name", "dossier.theme")
    assert teller().missing_of("dossier.contact", candidature()) == ("dossier.contact",)
    erased = candidature(given=frozenset({"dossier.name"}), since=NOW - timedelta(days=9))
    assert teller().missing_of("dossier", erased) == ("dossier.theme",)


def test_a_teller_speaks_its_own_language() -> None:
    case = candidature(facts=FACTS)
    assert teller("fr").value("dossier.organic", case, RuleContext(NOW)) == "oui"
    assert teller("en").value("dossier.organic", case, RuleContext(NOW)) == "yes"


FIGURES = {"present": 3, "members": 6, "call": 1, "ayes": 0, "noes": 0}


def test_a_sitting_is_observed_by_its_figures() -> None:
    """Who is there, of how many; and while nobody sits, what would help."""
    names = ("sitting.present", "sitting.members")
    seen = teller().observed(names, candidature(), RuleContext(NOW, sitting=FIGURES))
    assert seen == "present: 3, members: 6"
    assert (
        teller().observed(names, candidature(), RuleContext(NOW))
        == "nobody sits: `ptce deliberate`"
    )


def test_voices_tell_who_has_stepped_aside() -> None:
    scores = {"marks": {"town": {"beauty": 300}, "school": {"beauty": 300}}}
    case = candidature(scores=scores)
    assert teller().observed(("marks.voices",), case, RuleContext(NOW)) == "2"
    aside = candidature(scores=scores, recused={"marks": ("school",)})
    told_ = teller().observed(("marks.voices",), aside, RuleContext(NOW))
    assert told_ == "voices: 1, voices expected: 1, voices stepped aside: 1"


def test_nobody_is_asked_to_record_a_sitting() -> None:
    process = Process.load(jury())
    edge = process.edges("read")["select"]
    case = candidature(state="read", panels={"marks": {"rank": 1}})
    moment = RuleContext(NOW, ("desk",), totals={"first": 2})
    verdicts = process.judge(edge, case, moment).verdicts
    quorum, first = explain_rules(process, edge, verdicts, case, moment)
    assert (quorum.answer, quorum.missing) == (RuleAnswer.UNKNOWN, ())
    assert quorum.observed == "nobody sits: `ptce deliberate`"
    assert first.answer is RuleAnswer.HOLDS
    assert first.observed == "rank: 1, Best rank: 2"


def test_states_are_drawn_with_their_labels_and_transitions_with_theirs() -> None:
    process = Process.load(contest())
    lines = [line.strip() for line in mermaid(process, "en").splitlines()]
    assert "stateDiagram-v2" in lines
    assert {'state "Draft" as draft', 'state "Refused" as refused'} <= set(lines)
    assert {
        "[*] --> draft: Open",
        "draft --> submitted: Submit",
        "submitted --> selected: Select",
        "submitted --> refused: Refuse",
        "selected --> [*]",
        "refused --> [*]",
    } <= set(lines)
    assert 'state "Brouillon" as draft' in mermaid(process, "fr")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_state_and_arrow_of_the_shipped_contest_is_drawn(language: str) -> None:
    process = Process.load(shipped())
    drawn = mermaid(process, language)
    for name, state in process.states.items():
        assert f'state "{state.label.in_(language)}" as {name}' in drawn
    for edge in (one for one in process.every_edge() if one.to):
        origin = "[*]" if edge.origin == "start" else edge.origin
        arrows = [line for line in drawn.splitlines() if f"{origin} --> {edge.to}:" in line]
        assert any(edge.transition.label.in_(language) in arrow for arrow in arrows)
    assert "classDef" not in drawn
    assert "start" not in drawn.split()
