"""Hand-overs in a folder: what a way in carries, and what rules read of where one comes from."""

import pytest

from ptce_workflow.process.candidature import RuleAnswer, RuleContext
from ptce_workflow.process.check import check
from ptce_workflow.process.explain import explain_rules
from ptce_workflow.process.process import Process
from tests.process.contests import NOW, candidature, contest, only, verdict, with_rule

pytestmark = pytest.mark.usefixtures("in_english")

ORIGIN = {"contest": "next-door", "ref": "C-007", "state": "ready"}


def taking(carries: str, *, by: str = 'by = ["desk"]', file: str = "start") -> dict[str, bytes]:
    """The small contest with one more transition, which carries what is under test."""
    return contest(
        {
            f"states/{file}.toml": f"""
            [transitions.take_over]
            label = "Take over"
            to = "draft"
            {by}
            carries = {carries}

            [transitions.take_over.rules.ready]
            says = "Ready: {{origin.ref}}"
            when = 'origin.contest == "next-door" && origin.state == "ready"'
            choice = "from there"
            """
        }
    )


@pytest.mark.parametrize("carries", ['["dossier"]', '["dossier.name", "dossier.members"]'])
def test_sheets_and_fields_are_carried(carries: str) -> None:
    assert check(taking(carries)) == ()


@pytest.mark.parametrize(
    ("carries", "what", "mend"),
    [
        ('["dossir"]', '"dossir" does not exist.', "dossier"),
        ('["dossier.nam"]', '"dossier.nam" does not exist.', "dossier.name"),
        ('["marks"]', '"marks" cannot be carried.', "Take it out."),
        ('["marks.beauty"]', '"marks.beauty" cannot be carried.', "Take it out."),
        ('["dossier.neighbours"]', '"dossier.neighbours" cannot be carried.', "Take it out."),
    ],
)
def test_what_cannot_be_carried_is_told(carries: str, what: str, mend: str) -> None:
    found = only(taking(carries))
    assert (found.file, found.key) == ("states/start.toml", "transitions.take_over.carries")
    assert found.what == what
    assert mend in found.mend


def test_only_a_way_in_takes_over() -> None:
    found = only(taking('["dossier"]', file="submitted"))
    assert found.what == "Only a way in takes a candidature that another contest hands over."


def test_somebody_takes_over() -> None:
    """Time takes no candidature over."""
    found = only(taking('["dossier"]', by='at = "date.closing"'))
    assert found.what == "Nobody could take a candidature over."


@pytest.mark.parametrize(
    ("when", "without", "with_"),
    [
        ("given.origin", RuleAnswer.FAILS, RuleAnswer.HOLDS),
        ('origin.contest == "next-door"', RuleAnswer.UNKNOWN, RuleAnswer.HOLDS),
        ('given.origin && origin.state == "ready"', RuleAnswer.FAILS, RuleAnswer.HOLDS),
        ('!given.origin || origin.ref == "C-007"', RuleAnswer.HOLDS, RuleAnswer.HOLDS),
        (
            'origin.state == "ready" || dossier.theme == "food"',
            RuleAnswer.UNKNOWN,
            RuleAnswer.HOLDS,
        ),
    ],
)
def test_rules_read_the_origin(when: str, without: RuleAnswer, with_: RuleAnswer) -> None:
    assert check(with_rule(when)) == ()
    assert verdict(when, candidature()).answer is without
    assert verdict(when, candidature(origin=ORIGIN)).answer is with_


def test_rules_read_whether_it_went_on() -> None:
    assert check(with_rule("!handed_over")) == ()
    assert verdict("handed_over", candidature()).answer is RuleAnswer.FAILS
    assert verdict("handed_over", candidature(handed_over={"0": "C-1"})).answer is RuleAnswer.HOLDS


def test_the_origin_is_told_in_words() -> None:
    process = Process.load(taking('["dossier"]'))
    edge = process.edges("start")["take_over"]
    moment = RuleContext(NOW, ("desk",))
    for origin, observed in (
        (ORIGIN, "contest of origin: next-door, state in the contest of origin: ready"),
        (None, "handed over by no contest"),
    ):
        case = candidature(state="start", origin=origin)
        (told,) = explain_rules(
            process, edge, process.judge(edge, case, moment).verdicts, case, moment
        )
        assert told.observed == observed
        assert told.missing == ()
        assert told.says == ("Ready: C-007" if origin else "Ready: ?")


def test_the_origin_is_nothing_to_fill_in() -> None:
    process = Process.load(with_rule("given.dossier.name && (given.origin || given.dossier.theme)"))
    edge = process.edges("draft")["submit"]
    for given, observed in (({}, "Theme (not given)"), ({"dossier.theme": "food"}, "")):
        case = candidature(facts=given, given={"dossier.name"})
        verdicts = process.judge(edge, case, RuleContext(NOW)).verdicts
        told = explain_rules(process, edge, verdicts, case, RuleContext(NOW))[-1]
        assert told.observed == (observed or "handed over by no contest")


def test_whether_it_was_handed_over_is_told_in_words() -> None:
    process = Process.load(with_rule("given.origin || handed_over"))
    edge = process.edges("draft")["submit"]
    case = candidature(origin=ORIGIN)
    told = explain_rules(
        process, edge, process.judge(edge, case, RuleContext(NOW)).verdicts, case, RuleContext(NOW)
    )[-1]
    assert told.observed == "handed over by next-door, handed over to a contest: no"


@pytest.mark.parametrize("name", ["origin", "handed_over"])
def test_no_sheet_takes_the_name(name: str) -> None:
    """It would mean two things."""
    sheet = """
    label = "x"
    by = ["desk"]
    [fields.x]
    type = "boolean"
    label = "x"
    """
    files = contest({f"sheets/{name}.toml": sheet})
    assert any(one.what == f'The name "{name}" is taken.' for one in check(files))
