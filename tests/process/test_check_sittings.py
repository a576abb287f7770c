"""Sittings that can be held, and rules that read them where one is under way."""

import pytest

from ptce_workflow.process.check import check
from tests.cases import cases
from tests.process.contests import RECEIPT, SMALL, contest, only, with_rule
from tests.process.juries import JURY, jury

pytestmark = pytest.mark.usefixtures("in_english")

CONFIG = "config.toml"


@pytest.mark.parametrize(
    ("old", "new", "key", "what", "mend"),
    cases("""
        panel = "marks" | panel = "mark" | panel | "mark" does not exist. | "marks"
        panel = "marks" | panel = "dossier" | panel | "dossier" is not a panel. | Known here: marks.
        in = ["read"] | in = ["red"] | in | "red" does not exist. | "read"
        in = ["read"] | in = ["read", "read"] | in | "read" stands here more than once.
            | Name it once.
        ["select", "refuse"] | ["selct", "refuse"] | decides | "selct" does not exist. | "select"
        ["select", "refuse"] | ["select", "select", "refuse"] | decides
            | "select" stands here more than once. | Name it once.
        in = ["read"] | in = ["read", "submitted"] | decides
            | "refuse" does not leave the state "submitted". | Write such a transition there
        reasons.refuse | reasons.refse | reasons | "refse" does not exist. | "refuse"
        At rank {marks.rank} | At rank {marks.rnk} | reasons.refuse | {marks.rnk} names no value.
            | "marks.rank"
        choice = "together" | "" | "" | This rests on nothing: neither `source` nor `choice`.
            | Add a `source`
    """),
)
def test_a_sitting_that_cannot_be_held_is_told(
    old: str, new: str, key: str, what: str, mend: str
) -> None:
    place = f"sittings.jury.{key}".removesuffix(".")
    found = [one for one in check(jury(CONFIG, old, new)) if one.key == place]
    assert what in [one.what for one in found]
    assert any(mend in one.mend for one in found)


def test_a_decision_is_written_down_by_the_desk() -> None:
    path = "states/read.toml"
    found = only(jury(path, 'to = "selected"\nby = ["desk"]', 'to = "selected"\nby = ["jury"]'))
    assert (found.file, found.key) == (CONFIG, "sittings.jury.decides")
    assert (found.what, path in found.mend) == ('The desk cannot make "select".', True)


def test_a_panel_that_nobody_freezes_ranks_nothing() -> None:
    found = only(jury("states/submitted.toml", 'freezes = "marks"', ""))
    assert (found.file, found.key) == (CONFIG, "sittings.jury.panel")
    assert found.mend.startswith('Add freezes = "marks"')


FREEZE = """
[transitions.freeze]
label = "Freeze"
to = "read"
by = ["desk"]
freezes = "marks"
"""


@pytest.mark.parametrize(("state", "to"), [("draft", "submitted"), ("read", "read")])
def test_ranks_may_be_recorded_anywhere_on_the_way(state: str, to: str) -> None:
    texts = {path: text.replace('freezes = "marks"', "") for path, text in JURY.items()}
    texts[f"states/{state}.toml"] += FREEZE.replace('"read"', f'"{to}"')
    assert check({path: text.encode() for path, text in texts.items()}) == ()


def test_a_sitting_needs_ranks_on_the_way() -> None:
    """Where no way to its states records the means, nobody ever has a rank to decide by."""
    texts = {path: text.replace('freezes = "marks"', "") for path, text in JURY.items()}
    texts["states/refused.toml"] += FREEZE.replace('"read"', '"selected"')
    found = only({path: text.encode() for path, text in texts.items()})
    assert (found.file, found.key) == (CONFIG, "sittings.jury.in")
    assert found.what == 'Nobody has a rank in the state "read".'
    assert "start → draft → submitted → read" in found.why


def test_a_sitting_is_read_where_one_decides_and_nowhere_else() -> None:
    """Elsewhere it would never be known, and the rule would stand in the way for ever."""
    found = only(with_rule("sitting.present > 0"))
    assert found.key == "transitions.submit.rules.tried.when"
    assert found.what == "sitting.present is never known here."


def test_a_rule_named_elsewhere_is_read_there() -> None:
    """`same_as` brings a sitting to a transition that none decides."""
    texts = dict(JURY)
    texts["states/draft.toml"] = texts["states/draft.toml"].replace(
        'to = "submitted"', 'to = "submitted"\nsame_as = ["read.select.quorum"]'
    )
    found = check({path: text.encode() for path, text in texts.items()})
    assert {one.key for one in found} == {"transitions.submit.same_as"}
    assert {one.what.partition(" ")[0] for one in found} == {
        *("sitting.call", "sitting.members", "sitting.present")
    }


def test_a_transition_out_of_several_states_is_decided_from_each() -> None:
    """A rule on it would never be known where no sitting decides."""
    anywhere = """
    [transitions.select]
    label = "Select"
    to = "selected"
    by = ["desk"]
    from = ["read", "draft"]

    [transitions.select.rules.quorum]
    says = "Half"
    when = "sitting.present * 2 >= sitting.members"
    choice = "half"
    """
    rest = JURY["states/read.toml"].partition("[transitions.select]")
    read = rest[0] + "[transitions.refuse]" + rest[2].partition("[transitions.refuse]")[2]
    texts = {**JURY, "states/read.toml": read, "states/any.toml": anywhere}
    selected = JURY["states/selected.toml"].replace('must_pass = ["submitted"]', "")
    texts["states/selected.toml"] = selected
    found = check({path: text.encode() for path, text in texts.items()})
    assert {one.what for one in found} == {
        *("sitting.members is never known here.", "sitting.present is never known here.")
    }
    decided = {**texts, "states/any.toml": anywhere.replace('["read", "draft"]', '["read"]')}
    assert check({path: text.encode() for path, text in decided.items()}) == ()


def test_no_mail_waits_for_a_sitting() -> None:
    path = "notifications/receipt.md"
    text = RECEIPT.replace('"given.dossier"', '"sitting.call == 1"')
    found = only(contest(write={path: text}))
    assert (found.file, found.key, found.why) == (path, "when", "A mail leaves when nobody sits.")


def test_no_sheet_is_called_as_a_sitting() -> None:
    """`sitting.present` must mean one thing only."""
    found = only(contest(write={"sheets/sitting.toml": SMALL["sheets/dossier.toml"]}))
    assert found.what == 'The name "sitting" is taken.'


@pytest.mark.parametrize(
    ("file", "key", "changed"),
    [
        ("states/draft.toml", "transitions.submit.rules.tried.when", {}),
        (
            "notifications/receipt.md",
            "when",
            {"write": RECEIPT.replace('"given.dossier"', '"marks.rank == 1"')},
        ),
    ],
)
def test_the_rank_of_a_panel_that_never_meets(file: str, key: str, changed: dict[str, str]) -> None:
    """Nothing records it: a rule or a mail that reads it would never know it."""
    files = with_rule("marks.rank <= 10")
    if changed:
        files = contest(write={file: changed["write"]})
    found = only(files)
    assert (found.file, found.key) == (file, key)
    assert found.what == "marks.rank is never known here."
    assert 'none is of the panel "marks"' in found.why


def test_a_total_of_ranks_that_nothing_records() -> None:
    config = JURY["config.toml"]
    start = config.index("[sittings.jury]")
    end = config.find("\n[", config.index("reasons.refuse", start))
    texts = {**JURY, "config.toml": config[:start] + (config[end:] if end > 0 else "")}
    found = check({path: text.encode() for path, text in texts.items()})
    assert "totals.first.least" in {one.key for one in found if "marks.rank" in one.what}
