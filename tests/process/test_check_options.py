"""Answers: what a condition compares a field with is one of the answers it can take."""

import pytest

from ptce_workflow.process.check import check
from tests.cases import cases
from tests.process.contests import only, with_rule

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.mark.parametrize(
    ("condition", "what", "near"),
    cases("""
        dossier.theme == "fod" | "dossier.theme" is never "fod". | food
        "flower" == dossier.theme | "dossier.theme" is never "flower". | flowers
        dossier.theme!="fod" | "dossier.theme" is never "fod". | food
        dossier . theme == "fod" | "dossier.theme" is never "fod". | food
        dossier.theme in ["food", "flower"] | "dossier.theme" is never "flower". | flowers
        "spad" in dossier.tools | "dossier.tools" is never "spad". | spade
        dossier.tools == ["spad"] | "dossier.tools" is never "spad". | spade
        dossier.tools.exists(t, t == "rak") | "dossier.tools" is never "rak". | rake
        ["rak"].all(t, t in dossier.tools) | "dossier.tools" is never "rak". | rake
        dossier.tools.size() > 0 && dossier.tools[0] == "rak" | "dossier.tools" is never "rak".
            | rake
        dossier.members.exists(m, m.kind == "clubs") | "kind" is never "clubs". | club
        dossier.members.filter(m, m.kind == "clubs").size() > 1 | "kind" is never "clubs". | club
        dossier.members.filter(m, has(m.age)).exists(n, n.kind in ["clubs"])
            | "kind" is never "clubs". | club
        dossier.members.size() > 0 && dossier.members[0].kind == "clubs" | "kind" is never "clubs".
            | club
        dossier.place.all(z, z.kind == "comune") | "kind" is never "comune". | commune
        "dsk" in actor.roles | "actor.roles" is never "dsk". | desk
        actor.institution == "twon" | "actor.institution" is never "twon". | town
        contest.language == "eng" | "contest.language" is never "eng". | en
        dossier.organic ? dossier.theme == "fod" : true | "dossier.theme" is never "fod". | food
        dossier.tools.exists(t, dossier.members.exists(m, t == "rak"))
            | "dossier.tools" is never "rak". | rake
    """),
)
def test_an_unknown_answer_is_told_with_the_nearest(condition: str, what: str, near: str) -> None:
    """A rule that compares with a misspelt answer would never hold, and nobody would know."""
    found = only(with_rule(condition))
    assert (found.file, found.key) == ("states/draft.toml", "transitions.submit.rules.tried.when")
    assert (found.what, found.mend) == (what, f'Did you mean "{near}"?')


def test_every_unknown_answer_is_told() -> None:
    found = check(with_rule('dossier.theme == "fod" || dossier.theme == "flwers"'))
    assert len(found) == 2


@pytest.mark.parametrize(
    "condition",
    [
        'dossier.theme in ["food", "flowers"]',
        '"rake" in dossier.tools && dossier.tools != ["spade", "rake"]',
        "dossier.tools.all(t, t in ['rake', 'spade'])",
        'dossier.tools.map(t, t + "s").exists(t, t == "rakes")',
        'dossier.theme + "s" == "foods"',
        'dossier.theme.startsWith("fo")',
        'dossier.members.exists(m, m.kind == "club")',
        'dossier.place.all(z, z.code == "12145" && "76" in z.regions)',
        'actor.institution == "" || actor.institution == "town"',
        'contest.id == "something else"',
        'dossier.tools.exists(theme, theme == "rake")',
    ],
)
def test_what_may_be_equal_is_left_alone(condition: str) -> None:
    assert check(with_rule(condition)) == ()
