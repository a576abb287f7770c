"""Panels that ask whom they can, weigh what they hold, and have low marks explained."""

import pytest

from ptce_workflow.process.check import check
from tests.cases import cases
from tests.process.contests import contest, only
from tests.process.juries import jury

pytestmark = pytest.mark.usefixtures("in_english")

MARKS = "sheets/marks.toml"
DOSSIER = "sheets/dossier.toml"
CHOICE = 'choice = "x"'


def test_a_panel_with_one_of_everything_has_no_fault() -> None:
    assert check(jury()) == ()


@pytest.mark.parametrize(
    ("path", "old", "new", "key", "what"),
    cases(r"""
        sheets/marks.toml | "dossier.jurors" | "dossier.jurrs" | assigned
            | "dossier.jurrs" does not exist.
        sheets/marks.toml | "dossier.jurors" | "dossier.theme" | assigned
            | "dossier.theme" is a field of type option.
        sheets/dossier.toml | options.school | options.scool | assigned
            | "dossier.jurors" has the answer "scool", which is no member.
        sheets/marks.toml | "dossier.members.name" | "dossier.members.nmae" | conflicts
            | "dossier.members.nmae" does not exist.
        sheets/marks.toml | "dossier.members.name" | "dossier.members" | conflicts
            | "dossier.members" is a field of type table.
        sheets/marks.toml | "dossier.members.name" | "dossier.members.age" | conflicts
            | "dossier.members.age" is a field of type integer.
        sheets/marks.toml | conflicts = | shows = ["marks.remark"]\nconflicts = | shows
            | "marks.remark" is a field of type text.
        sheets/marks.toml | conflicts = | shows = ["dossier.nmae"]\nconflicts = | shows
            | "dossier.nmae" does not exist.
        sheets/marks.toml | conflicts = | shows = ["dossier.name", "dossier.name"]\nconflicts =
            | shows | "dossier.name" stands here more than once.
        sheets/marks.toml | "dossier.members.name" | "marks.remark" | conflicts
            | "marks.remark" is a field of type text.
        sheets/marks.toml | "dossier.members.name" | "dossier.name" | conflicts
            | "dossier.name" stands here more than once.
        sheets/marks.toml | weight = 2.5 | weight = 2.125 | fields.beauty.weight
            | 2.125 has more than two decimals.
        sheets/marks.toml | weight = 2.5 | weight = 0 | fields.beauty.weight
            | No criterion of this panel weighs anything.
        sheets/marks.toml | comment_in = "remark" | comment_in = "remarc" | fields.beauty.comment_in
            | "remarc" does not exist.
        sheets/marks.toml | comment_in = "remark" | comment_in = "use" | fields.beauty.comment_in
            | "use" is a field of type score.
        sheets/marks.toml | comment_in = "remark" | "" | fields.beauty.comment_in
            | The key comment_in is missing.
        sheets/marks.toml | comment_under = 1.5 | comment_under = 0 | fields.beauty.comment_under
            | No mark of the scale is on that side of 0, or all are.
        sheets/marks.toml | comment_over = 4.5 | comment_over = 5 | fields.beauty.comment_over
            | No mark of the scale is on that side of 5, or all are.
        sheets/marks.toml | comment_over = 4.5 | comment_over = 1 | fields.beauty.comment_under
            | `comment_under` is not below `comment_over`.
        sheets/marks.toml | comment_under = 1.5 | comment_under = 1.505
            | fields.beauty.comment_under | 1.505 has more than two decimals.
        sheets/marks.toml | choice = "x"\n | "" | rounding
            | This rests on nothing: neither `source` nor `choice`.
        sheets/marks.toml | choice = "for the record" | "" | fields.use
            | This rests on nothing: neither `source` nor `choice`.
        sheets/marks.toml | [fields.use] | [fields.vote] | fields.vote | The name "vote" is taken.
        config.toml | "Les Tilleuls" | "Ville" | institutions.school.names
            | "Ville" is also a name of "town".
        config.toml | "Les Tilleuls" | "ecole du PARC" | institutions.school.names
            | "ecole du PARC" stands here more than once.
        config.toml | "Les Tilleuls" | " - " | institutions.school.names
            | " - " is too short to be looked for.
        config.toml | least = "marks.rank" | least = "marks.rnk" | totals.first.least
            | "marks.rnk" does not exist.
        config.toml | least = "marks.rank" | least = "dossier.plots" | totals.first.least
            | "dossier.plots" is a field of type integer.
        sheets/marks.toml | key = "marks.spread" | key = "dossier.plots" | order.plain.key
            | "dossier.plots" is a field of type integer.
        sheets/marks.toml | conflicts = | hidden_until = "date.never"\nconflicts = | hidden_until
            | "never" does not exist.
    """),
)
def test_what_a_panel_cannot_do_is_told(path: str, old: str, new: str, key: str, what: str) -> None:
    found = {finding.key: finding for finding in check(jury(path, old, new))}
    assert found[key].file == path or key == "assigned"
    assert found[key].what == what


@pytest.mark.parametrize(
    ("old", "new", "near"),
    [
        ('"dossier.jurors"', '"dossier.jurrs"', "dossier.jurors"),
        ('"dossier.members.name"', '"dossier.members.nmae"', "dossier.members.name"),
        ('"dossier.members.name"', '"dossier.members"', "dossier.members.name"),
        ('comment_in = "remark"', 'comment_in = "remarc"', "remark"),
    ],
)
def test_the_nearest_name_is_proposed(old: str, new: str, near: str) -> None:
    [found] = check(jury(MARKS, old, new))
    assert near in found.mend


@pytest.mark.parametrize(
    ("key", "toml"),
    [
        ("assigned", 'assigned = "dossier.tools"'),
        ("conflicts", 'conflicts = ["dossier.name"]'),
        ("rounding", f'rounding = "down"\n{CHOICE}'),
    ],
)
def test_only_a_panel_has_what_a_panel_has(key: str, toml: str) -> None:
    found = only(contest(replace={DOSSIER: ('by = ["desk"]', f'by = ["desk"]\n{toml}')}))
    assert (found.file, found.key) == (DOSSIER, key)
    assert found.what == f"Only a panel has `{key}`."


@pytest.mark.parametrize("other", ['of = "dossier.budget"', 'per = "dossier.theme"'])
def test_the_least_stands_alone(other: str) -> None:
    """What is smallest is neither summed nor grouped."""
    least = 'least = "marks.rank"'
    found = only(jury("config.toml", least, f"{least}\n{other}"))
    assert found.key == "totals.first.least"
    assert found.what == f"least does not go with {other.partition(' ')[0]}."
