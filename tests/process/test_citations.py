"""Citations: which passage of the texts of a folder each one means."""

from datetime import UTC, datetime

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import check
from ptce_workflow.process.check.names import uncited_values
from ptce_workflow.process.check.remarks import remarks
from ptce_workflow.process.explain import ground_of
from ptce_workflow.process.markdown import NotThere, cited, read_work
from ptce_workflow.process.model.defaults import choice_of
from ptce_workflow.process.process import Process
from tests.cases import thinned
from tests.process.contests import REPOSITORY, contest, shipped

pytestmark = pytest.mark.usefixtures("in_english")

RULEBOOK = """Preamble.

# Who may apply?

Anyone.

- gardens
- orchards
  1. of apples
  2. of **pears**

Nobody else.

3. beekeepers
4. bees

# The jury, and its marks

It sits.

# When

Soon.
"""
LAW = "# R133-10\n\nThe body sits.\n\n# Twice\n\na\n\n# Twice\n\nb\n"
WORKS = {"rulebook": read_work("rulebook", RULEBOOK), "crpa": read_work("crpa", LAW)}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Who may apply?, §1", {"Who may apply?, §1": "Anyone."}),
        ("who may apply, §2.1", {"Who may apply?, §2.1": "gardens"}),
        ("Who may apply?, §2.2.2", {"Who may apply?, §2.2.2": "of **pears**"}),
        # A numbered list that goes on after a paragraph has the numbers that it is written with.
        ("Who may apply?, §4.4", {"Who may apply?, §4.4": "bees"}),
        ("Who may apply?, §1 and §3", {"Who may apply?, §1": "Anyone.", "Who may apply?, §3": ""}),
        ("Who may apply?, §1 to §3", {"Who may apply?, §2": "- gardens"}),
        ("The jury, and its marks, §1", {"The jury, and its marks, §1": "It sits."}),
        ("The jury", {"The jury, and its marks": "It sits."}),
        ("When, §1 : soon", {"When, §1": "Soon."}),
        ("When, §1 (soon)", {"When, §1": "Soon."}),
        ("crpa: R133-10, §1", {"crpa: R133-10, §1": "The body sits."}),
        ("When, §1 ; crpa: R133-10", {"When, §1": "", "crpa: R133-10": "The body sits."}),
    ],
)
def test_a_citation_names_passages(source: str, found: dict[str, str]) -> None:
    passages = {passage.name: passage.words for passage in cited(source, WORKS)}
    assert found.keys() <= passages.keys()
    assert all(passages[name].startswith(words) for name, words in found.items())


@pytest.mark.parametrize(
    ("source", "what", "mend"),
    [
        ("Whom, §1", 'No heading "Whom" stands in texts/rulebook.md.', "When"),
        ("W, §1", 'No heading "W" stands', ""),
        ("When, §2", "When, §2 does not exist.", ""),
        ("Who may apply?, §4.1", "Who may apply?, §4.1 does not exist.", ""),
        ("code: L1, §1", "There is no file texts/code.md.", ""),
        ("", 'No heading "" stands', ""),
    ],
)
def test_what_is_not_there_is_refused(source: str, what: str, mend: str) -> None:
    with pytest.raises(NotThere) as caught:
        cited(source, WORKS)
    assert caught.value.what.startswith(what)
    assert mend in caught.value.mend


def test_headings_that_stand_twice_are_known() -> None:
    """They cannot be cited without doubt."""
    assert WORKS["crpa"].repeated == ("Twice",)
    assert WORKS["rulebook"].repeated == ()


def test_check_tells_what_the_rulebook_does_not_hold() -> None:
    assert not check(contest())
    rulebook = {"texts/rulebook.md": "# When\n\nSoon.\n\n# Twice\n\na\n\n# Twice\n\nb\n"}
    found = {(one.file, one.key): one.what for one in check(contest(write=rulebook))}
    assert found["texts/rulebook.md", ""] == 'The heading "Twice" stands more than once.'
    assert found["config.toml", "dates.closing.source"].startswith('No heading "§1" stands')
    assert all(key.endswith("source") for file, key in found if not file.startswith("texts/"))


CONFIG = "config.toml"


def _unsaid(*changes: tuple[str, str]) -> list[str]:
    """What `check` remarks of the shipped folder, some text of which is changed."""
    files = shipped()
    text = files[CONFIG].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    process = Process.load({**files, CONFIG: text.encode()})
    with speaking("fr"):
        found = [*uncited_values(process)]
        assert {*found} <= {*remarks(process, datetime(2023, 1, 1, tzinfo=UTC))}
    assert len(found) <= 1
    return [line.replace("\u00a0", " ") for one in found for line in one.what.split("\n")[1:]]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    thinned(
        [
            ("value = 10, ", "value = 10, ", ""),
            ("value = 10, ", "value = 11, ", "Places dans l’accompagnement : 11 (Processus"),
            ("at = 2024-03-11T", "at = 2024-03-12T", "Clôture des candidatures : mardi 12 mars"),
            ("at = 2024-05-15T", "at = 2024-05-16T", "Seconde journée d’accompagnement : jeudi 16"),
            # What the organiser sets, and no passage dates, is no business of the rulebook.
            ("at = 2024-02-05T", "at = 2024-02-06T", ""),
            ("at = 2024-04-05T", "at = 2024-04-04T", ""),
            ("value = 1.5\n", "value = 1.7\n", ""),
        ],
        3,
    ),
)
def test_what_a_passage_does_not_say_is_remarked(old: str, new: str, told: str) -> None:
    lines = _unsaid((old, new))
    assert all(line.startswith(told) for line in lines[:1])
    assert bool(lines) == bool(told)


def test_another_year_is_another_day() -> None:
    moved = [
        (f"at = 2024-{day}T", f"at = 2025-{day}T")
        for day in ("02-05", "02-26", "03-11", "04-05", "04-09", "04-12", "05-14", "05-15")
    ]
    lines = _unsaid(*moved)
    assert [line.partition(" :")[0] for line in lines] == [
        "Réunion d’information",
        "Clôture des candidatures",
        "Première journée d’accompagnement",
        "Seconde journée d’accompagnement",
        "Fin de l’accompagnement collectif",
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("The decision is known within twenty working days.", False),
        ("The decision is known within 20 working days.", False),
        ("The decision is known by 11 April 2025.", False),
        ("The decision is known soon.", True),
        ("The decision is known by 12 April 2025.", True),
        ("The decision is known by 11 April 2024.", True),
    ],
)
def test_a_date_that_is_counted_is_said_by_its_day_or_by_its_count(said: str, told: bool) -> None:
    files = dict(read_folder(REPOSITORY / "contests" / "blank" / "en"))
    before = "Applicants know the decision within the twenty working days that follow."
    text = files["texts/rulebook.md"].decode()
    assert before in text
    files["texts/rulebook.md"] = text.replace(before, said).encode()
    assert bool([*uncited_values(Process.load(files))]) == told


def test_rules_bear_the_mark_of_what_they_read() -> None:
    process = Process.load(shipped())
    rules = {
        f"{edge.origin}.{edge.name}.{name}": rule
        for edge in process.every_edge()
        for name, rule in edge.rules.items()
    }
    with speaking("en"):
        read = {
            path: ground_of(rules[path]).endswith(", as the organiser reads it")
            for path in (
                "draft.submit.opened",
                "draft.submit.on_time",
                "draft.lapse_incomplete.incomplete",
                "submitted.declare_eligible.collective",
                "submitted.declare_eligible.ess",
                "accompanied.declare_ami_ready.ess_group",
                "selected.complete_accompaniment.sessions_over",
                "scored.select.every_point",
                "scored.select.place_free",
                "draft.lapse.nothing",
            )
        }
        notice = ground_of(rules["scored.select.sittings.deliberation.notice"])
        # What `unless` asks rests on what its transition rests on.
        unless = ground_of(rules["submitted.declare_ineligible.unless"])
    assert [path for path, own in read.items() if not own] == [
        "scored.select.place_free",
        "draft.lapse.nothing",
    ]
    assert notice.startswith("choice of the organiser: ")
    assert unless.startswith("choice of the organiser: Nobody ")
    complete, incomplete = "draft.submit.complete", "draft.lapse_incomplete.incomplete"
    assert rules[complete].choice == rules[incomplete].choice
    end = process.definition.config.dates["sessions_end"]
    assert choice_of(process.definition, end) is not None
