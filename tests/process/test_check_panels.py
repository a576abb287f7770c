"""Panels that ask whom they can, weigh what they hold, and have low marks explained."""

import pytest

from ptce_workflow.process.check import check
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
    [
        pytest.param(
            *(MARKS, '"dossier.jurors"', '"dossier.jurrs"', "assigned"),
            '"dossier.jurrs" does not exist.',
            id="assigned to nothing",
        ),
        pytest.param(
            *(MARKS, '"dossier.jurors"', '"dossier.theme"', "assigned"),
            '"dossier.theme" is a field of type option.',
            id="assigned by one answer",
        ),
        pytest.param(
            *(DOSSIER, "options.school", "options.scool", "assigned"),
            '"dossier.jurors" has the answer "scool", which is no member.',
            id="assigned to a stranger",
        ),
        pytest.param(
            *(MARKS, '"dossier.members.name"', '"dossier.members.nmae"', "conflicts"),
            '"dossier.members.nmae" does not exist.',
            id="conflicts in nothing",
        ),
        pytest.param(
            *(MARKS, '"dossier.members.name"', '"dossier.members"', "conflicts"),
            '"dossier.members" is a field of type table.',
            id="conflicts in a table",
        ),
        pytest.param(
            *(MARKS, '"dossier.members.name"', '"dossier.members.age"', "conflicts"),
            '"dossier.members.age" is a field of type integer.',
            id="conflicts in numbers",
        ),
        pytest.param(
            *(MARKS, "conflicts =", 'shows = ["marks.remark"]\nconflicts =', "shows"),
            '"marks.remark" is a field of type text.',
            id="a grid shows comments of the panel",
        ),
        pytest.param(
            *(MARKS, "conflicts =", 'shows = ["dossier.nmae"]\nconflicts =', "shows"),
            '"dossier.nmae" does not exist.',
            id="a grid shows nothing",
        ),
        pytest.param(
            *(
                MARKS,
                "conflicts =",
                'shows = ["dossier.name", "dossier.name"]\nconflicts =',
                "shows",
            ),
            '"dossier.name" stands here more than once.',
            id="a grid shows something twice",
        ),
        pytest.param(
            *(MARKS, '"dossier.members.name"', '"marks.remark"', "conflicts"),
            '"marks.remark" is a field of type text.',
            id="conflicts in comments of the panel",
        ),
        pytest.param(
            *(MARKS, '"dossier.members.name"', '"dossier.name"', "conflicts"),
            '"dossier.name" stands here more than once.',
            id="conflicts twice",
        ),
        pytest.param(
            *(MARKS, "weight = 2.5", "weight = 2.125", "fields.beauty.weight"),
            "2.125 has more than two decimals.",
            id="weight too fine",
        ),
        pytest.param(
            *(MARKS, "weight = 2.5", "weight = 0", "fields.beauty.weight"),
            "No criterion of this panel weighs anything.",
            id="no weight",
        ),
        pytest.param(
            *(MARKS, 'comment_in = "remark"', 'comment_in = "remarc"', "fields.beauty.comment_in"),
            '"remarc" does not exist.',
            id="comment in nothing",
        ),
        pytest.param(
            *(MARKS, 'comment_in = "remark"', 'comment_in = "use"', "fields.beauty.comment_in"),
            '"use" is a field of type score.',
            id="comment in a mark",
        ),
        pytest.param(
            *(MARKS, 'comment_in = "remark"', "", "fields.beauty.comment_in"),
            "The key comment_in is missing.",
            id="comment nowhere",
        ),
        pytest.param(
            *(MARKS, "comment_under = 1.5", "comment_under = 0", "fields.beauty.comment_under"),
            "No mark of the scale is on that side of 0, or all are.",
            id="comment under the lowest",
        ),
        pytest.param(
            *(MARKS, "comment_over = 4.5", "comment_over = 5", "fields.beauty.comment_over"),
            "No mark of the scale is on that side of 5, or all are.",
            id="comment over the highest",
        ),
        pytest.param(
            *(MARKS, "comment_over = 4.5", "comment_over = 1", "fields.beauty.comment_under"),
            "`comment_under` is not below `comment_over`.",
            id="comments that cross",
        ),
        pytest.param(
            *(MARKS, "comment_under = 1.5", "comment_under = 1.505", "fields.beauty.comment_under"),
            "1.505 has more than two decimals.",
            id="comment too fine",
        ),
        pytest.param(
            *(MARKS, 'choice = "x"\n', "", "rounding"),
            "This rests on nothing: neither `source` nor `choice`.",
            id="mean without a ground",
        ),
        pytest.param(
            *(MARKS, 'choice = "for the record"', "", "fields.use"),
            "This rests on nothing: neither `source` nor `choice`.",
            id="weight without a ground",
        ),
        pytest.param(
            *(MARKS, "[fields.use]", "[fields.vote]", "fields.vote"),
            'The name "vote" is taken.',
            id="criterion called as a vote's place",
        ),
        pytest.param(
            *("config.toml", '"Les Tilleuls"', '"Ville"', "institutions.school.names"),
            '"Ville" is also a name of "town".',
            id="name of another",
        ),
        pytest.param(
            *("config.toml", '"Les Tilleuls"', '"ecole du PARC"', "institutions.school.names"),
            '"ecole du PARC" stands here more than once.',
            id="name twice",
        ),
        pytest.param(
            *("config.toml", '"Les Tilleuls"', '" - "', "institutions.school.names"),
            '" - " is too short to be looked for.',
            id="name of nothing",
        ),
        pytest.param(
            *("config.toml", 'least = "marks.rank"', 'least = "marks.rnk"', "totals.first.least"),
            '"marks.rnk" does not exist.',
            id="least of nothing",
        ),
        pytest.param(
            *("config.toml", 'least = "marks.rank"', 'least = "dossier.plots"'),
            *("totals.first.least", '"dossier.plots" is a field of type integer.'),
            id="least of a fact",
        ),
        pytest.param(
            *(MARKS, 'key = "marks.spread"', 'key = "dossier.plots"', "order.plain.key"),
            '"dossier.plots" is a field of type integer.',
            id="a rank by a fact",
        ),
        pytest.param(
            *(MARKS, "conflicts =", 'hidden_until = "date.never"\nconflicts =', "hidden_until"),
            '"never" does not exist.',
            id="closed until nothing",
        ),
    ],
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
