"""Rules named, not copied: `same_as`, `unless`; conditions that are read unaided; decisions."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from ptce_workflow.base.errors import Finding
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.check import check
from ptce_workflow.process.explain import Teller, explain_rules
from ptce_workflow.process.process import Process
from tests.process.test_catalogues import FILES, INSTITUTION

pytestmark = pytest.mark.usefixtures("in_english")

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
PLACE: Mapping[str, Any] = {"kind": "commune", "departments": ["12"], "regions": ["76"]}
MILLAU, RODEZ = {**PLACE, "code": "12145"}, {**PLACE, "code": "12202"}
PARIS = {"kind": "commune", "code": "75056", "departments": ["75"], "regions": ["11"]}
BOTH = {"kind": "epci", "code": "1", "departments": ["12", "75"], "regions": ["11", "76"]}
ADMIT = """
[transitions.admit]
label = "Admettre"
to = "closed"

[transitions.admit.rules]
here = { says = "En {limit.region}", when = "dossier.place.inside(limit.region)", choice = "x" }
open = { says = "Ouvert", when = "yes(dossier.open)", choice = "x" }
"""
FIELDS = """
place = { type = "territory", label = "Lieu", required = false }
open = { type = "boolean", label = "Ouvert", required = false }
"""
REFUSE = '\n[transitions.refuse]\nlabel = "Refuser"\nto = "gone"\nunless = ["draft.admit"]\n'


def folder(draft: str, config: str = "", **files: str) -> dict[str, bytes]:
    """The gardens, where more can be done with a draft."""
    region = '\n[limits.region]\nlabel = "Région"\nzone = "region 76"\nchoice = "ici"\n'
    dossier = FILES["sheets/dossier.toml"].replace("[fields]", "[fields]" + FIELDS)
    texts = {
        **FILES,
        "config.toml": FILES["config.toml"] + INSTITUTION + region + config,
        "sheets/dossier.toml": dossier,
        "states/draft.toml": FILES["states/draft.toml"] + draft,
        **{name.replace("__", "/", 1).replace("__", "."): text for name, text in files.items()},
    }
    return {path: text.encode() for path, text in texts.items()}


def answers(files: Mapping[str, bytes], transition: str, **facts: Any) -> dict[str, str]:
    """What the rules of a transition out of the draft answer."""
    process = Process.load(files)
    case = Candidature(
        "0", "C-001", "draft", NOW, 1, facts={f"dossier.{k}": v for k, v in facts.items()}
    )
    verdicts = process.judge(process.edges("draft")[transition], case, RuleContext(NOW)).verdicts
    return {one.rule: one.answer.value for one in verdicts}


def only(files: Mapping[str, bytes]) -> Finding:
    (found,) = check(files)
    return found


@pytest.mark.parametrize(
    ("place", "inside", "touches"),
    [
        ([MILLAU], "holds", "holds"),
        ([MILLAU, PARIS], "fails", "holds"),
        ([BOTH], "fails", "holds"),
        ([PARIS], "fails", "fails"),
        ([], "fails", "fails"),
        (None, "unknown", "unknown"),
    ],
)
def test_a_territory_lies_in_a_zone_or_touches_it(
    place: list[dict[str, Any]] | None, inside: str, touches: str
) -> None:
    touch = ADMIT.replace("inside(", "touches(").replace("admit", "touch")
    facts = {} if place is None else {"place": place}
    assert answers(folder(ADMIT), "admit", **facts)["here"] == inside
    assert answers(folder(touch), "touch", **facts)["here"] == touches


@pytest.mark.parametrize(
    ("zone", "place", "answer"),
    [
        ("department 12", [MILLAU, RODEZ], "holds"),
        ("department 75", [BOTH], "fails"),
        ("commune 12145", [MILLAU], "holds"),
        ("commune 12145", [MILLAU, RODEZ], "fails"),
    ],
)
def test_every_kind_of_zone_can_be_asked_for(zone: str, place: list[Any], answer: str) -> None:
    limit = f'[limits.there]\nlabel = "Là"\nzone = "{zone}"\nchoice = "x"\n'
    files = folder(ADMIT.replace("limit.region", "limit.there"), limit)
    assert check(files) == ()
    assert answers(files, "admit", place=place)["here"] == answer


def test_a_zone_is_called_by_its_name() -> None:
    process = Process.load(folder(ADMIT))
    teller = Teller(process, "fr")
    rule = process.edges("draft")["admit"].rules["here"]
    assert (
        teller.says(rule, Candidature("0", "C-001", "draft", NOW, 1), RuleContext(NOW))
        == "En Occitanie"
    )


@pytest.mark.parametrize("keys", ['zone = "region 99"', 'zone = "country 1"', ""])
def test_a_zone_that_there_is_not_is_told(keys: str) -> None:
    limit = f'[limits.there]\nlabel = "Là"\n{keys}\nchoice = "x"\n'
    assert only(folder("", limit)).key.startswith("limits.there")


@pytest.mark.parametrize(("said", "answer"), [(True, "holds"), (False, "fails"), (None, "fails")])
def test_what_nobody_answered_is_no_yes(said: bool | None, answer: str) -> None:
    facts = {} if said is None else {"open": said}
    assert answers(folder(ADMIT), "admit", **facts)["open"] == answer


def test_text_between_quotation_marks_is_no_shorthand() -> None:
    rule = "\n[transitions.close.rules.odd]\nchoice = 'x'\nsays = 'x'\n"
    files = folder(rule + 'when = \'dossier.size == 0 || "yes(dossier.open)" == ""\'\n')
    assert check(files) == ()


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ({"place": [MILLAU], "open": True}, "fails"),
        ({"place": [MILLAU], "open": False}, "holds"),
        ({"open": False}, "holds"),
        ({"open": True}, "unknown"),
        ({"place": [PARIS], "open": True}, "holds"),
    ],
)
def test_unless_needs_one_rule_that_does_not_hold(facts: dict[str, Any], answer: str) -> None:
    """It cannot tell while that is not settled; one that fails settles it, whatever is missing."""
    assert answers(folder(ADMIT + REFUSE), "refuse", **facts) == {"unless": answer}


def test_the_explanation_names_which_do_not_hold() -> None:
    process = Process.load(folder(ADMIT + REFUSE))
    case = Candidature("0", "C-001", "draft", NOW, 1, facts={"dossier.place": [PARIS]})
    edge = process.edges("draft")["refuse"]
    verdicts = process.judge(edge, case, RuleContext(NOW)).verdicts
    (told,) = explain_rules(process, edge, verdicts, case, RuleContext(NOW))
    assert told.says == "One rule at least does not hold, of: “Admettre”"
    assert [one.id for one in told.failed] == ["draft.admit.here", "draft.admit.open"]
    assert any("En Occitanie" in line for line in told.lines())


def test_rules_are_named_by_their_transition_or_one_by_one() -> None:
    draft = ADMIT + REFUSE.replace("unless", "same_as")
    assert answers(folder(draft), "refuse", place=[MILLAU], open=True) == {
        "draft.admit.here": "holds",
        "draft.admit.open": "holds",
    }
    one = draft.replace('["draft.admit"]', '["draft.admit.open"]')
    assert answers(folder(one), "refuse", open=False) == {"draft.admit.open": "fails"}
    third = '\n[transitions.third]\nlabel = "x"\nto = "gone"\nsame_as = ["draft.refuse"]\n'
    chained = answers(folder(ADMIT + REFUSE + third), "third", open=False)
    assert chained == {"draft.refuse.unless": "holds"}


@pytest.mark.parametrize(
    ("draft", "key"),
    [
        (ADMIT + 'unless = ["draft.admit"]\n', "transitions.admit.unless"),
        (ADMIT.replace("label", 'same_as = ["draft.admit"]\nlabel'), "transitions.admit.same_as"),
        (ADMIT + REFUSE.replace("admit", "admti"), "transitions.refuse.unless"),
        (ADMIT + REFUSE.replace("draft.admit", "draft.admit.her"), "transitions.refuse.unless"),
        (ADMIT + REFUSE.replace('"]', '", "draft.admit"]'), "transitions.refuse.unless"),
    ],
)
def test_what_names_nothing_or_itself_is_told(draft: str, key: str) -> None:
    if 'unless = ["draft.admit"]\n' in draft and "refuse" not in draft:
        draft = draft.replace('unless = ["draft.admit"]\n', "").replace(
            "label", 'unless = ["draft.admit"]\nlabel', 1
        )
    assert only(folder(draft)).key == key


def test_a_circle_is_told_where_it_begins_from_each_side() -> None:
    draft = ADMIT.replace("label", 'same_as = ["draft.refuse"]\nlabel', 1) + REFUSE
    found = check(folder(draft))
    assert {one.key for one in found} == {"transitions.admit.same_as", "transitions.refuse.unless"}


def test_the_contact_and_what_is_open_may_be_written_in_every_state() -> None:
    files = folder("")
    sheet = (
        files["sheets/dossier.toml"]
        .decode()
        .replace(
            "[fields]",
            '[fields]\nnews = { type = "text", label = "x", required = false, open = true }',
        )
    )
    process = Process.load({**files, "sheets/dossier.toml": sheet.encode()})
    assert set(process.writable("closed", ("desk",))) == {"dossier.contact", "dossier.news"}


def test_a_decision_is_told_by_a_mail_that_does_not_expire() -> None:
    """Without one, or with one that does, the folder cannot be adopted."""
    draft = REFUSE.replace('unless = ["draft.admit"]', 'decision = "adverse"')
    assert only(folder(draft)).key == "transitions.refuse.decision"
    mail = '+++\non = "draft.refuse"\n+++\n# Non\n\nDésolé.\n'
    assert check(folder(draft, notifications__no__md=mail)) == ()
    process = Process.load(folder(draft, notifications__no__md=mail))
    told = process.definition.notifications["no"]
    assert (told.uncertain, told.expires, told.to, told.label.phrase) == (
        "ask",
        None,
        "contact",
        "Non",
    )
    for key, value in (("expires", "3 days"), ("when", "given.dossier")):
        late = mail.replace("+++\n#", f'{key} = "{value}"\n+++\n#')
        assert only(folder(draft, notifications__no__md=late)).key == key


def test_a_mail_entered_by_a_state_is_of_use_there_only() -> None:
    """Unless it says more."""
    mail = '+++\non = ["entered.gone", "entered.closed"]\n+++\n# Fini\n\nMerci.\n'
    process = Process.load(folder("", notifications__end__md=mail))
    assert process.definition.notifications["end"].in_ == ("gone", "closed")
    assert process.edges("draft")["close"].mails == ("end",)
    assert only(folder("", notifications__end__md=mail.replace("gone", "gon"))).key == "on"


def test_a_mail_is_called_by_its_heading_in_every_language() -> None:
    mail = '+++\non = "entered.gone"\n+++\n# Fini\n\nMerci.\n'
    files = folder("", notifications__end__md=mail)
    there = {**files, "notifications/end.en.md": b"# Done\n\nThank you.\n"}
    label = Process.load(there).definition.notifications["end"].label
    assert (label.in_("fr"), label.in_("en")) == ("Fini", "Done")
