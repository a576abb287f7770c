"""Faults of documents and sign-in sheets: each is told where it stands."""

import pytest

from ptce_workflow.process.check import check
from tests.process.contests import only
from tests.signing import gardens

CONFIG, WORKSHOP = "config.toml", "sheets/workshop.toml"
FAULTS = {
    "an unknown state": (CONFIG, 'in = ["draft"]', 'in = ["drafft"]', "documents.card.in", "draft"),
    "an unknown sheet": (
        CONFIG, 'prints = ["dossier.theme", "workshop"]', 'prints = ["workshopp"]',
        "documents.card.prints", "workshop",
    ),
    "a panel": (
        CONFIG, 'prints = ["dossier.theme", "workshop"]', 'prints = ["marks.beauty"]',
        "documents.card.prints", "",
    ),
    "an unknown transition": (
        CONFIG, 'rules = "draft.submit"', 'rules = "draft.submmit"',
        "documents.card.rules", "draft.submit",
    ),
    "an unknown value": (
        CONFIG, "{dossier.plots}.", "{dossier.plot}.",
        "documents.card.text", "dossier.plots",
    ),
    "an unknown part": (
        CONFIG, "Until {date.workshop.ends}", "Until {date.workshop.end}",
        "documents.card.text", "date.workshop.ends",
    ),
    "an unknown date": (
        WORKSHOP, '"in the morning"\nrequired = false\nsign_in = "workshop"',
        '"in the morning"\nrequired = false\nsign_in = "workshp"',
        "fields.people.columns.morning.sign_in", "workshop",
    ),
    "an unknown date of a field": (
        WORKSHOP, '"Ground of the absence"\nrequired = false\nsign_in = "workshop"',
        '"Ground of the absence"\nrequired = false\nsign_in = "workshp"',
        "fields.ground.sign_in", "workshop",
    ),
    "no roster": (WORKSHOP, 'roster = "dossier.members.name"\n', "", "fields.people.roster", ""),
    "an unknown roster": (
        WORKSHOP, '"dossier.members.name"', '"dossier.members.nam"',
        "fields.people.roster", "dossier.members.name",
    ),
    "a roster that is no text": (
        WORKSHOP, '"dossier.members.name"', '"dossier.members.age"', "fields.people.roster", "",
    ),
    "no column for names": (
        WORKSHOP, "columns.name = ", "columns.who = ", "fields.people.columns", "",
    ),
}  # fmt: skip


def test_the_gardens_have_no_fault() -> None:
    assert check(gardens()) == ()


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_told_where_it_stands(name: str) -> None:
    """Its file, its key, and the nearest name that would do."""
    file, old, new, key, near = FAULTS[name]
    finding = only(gardens(replace={file: (old, new)}))
    assert (finding.file, finding.key) == (file, key)
    assert near in finding.mend


def test_a_document_that_says_nothing_is_told() -> None:
    empty = '\n[documents.empty]\nlabel = "Empty"\nin = ["draft"]\n\n[limits.p'
    finding = only(gardens(replace={CONFIG: ("\n[limits.p", empty)}))
    assert finding.key == "documents.empty"


def test_two_tables_for_one_date_are_told() -> None:
    table = """
[fields.others]
type = "table"
label = "Others"
roster = "dossier.members.name"
columns.name = { type = "text", label = "name" }

[fields.others.columns.morning]
type = "option"
label = "in the morning"
sign_in = "workshop"
options.came = "came"

[fields.ground]"""
    found = check(gardens(replace={WORKSHOP: ("\n[fields.ground]", table)}))
    assert {finding.key for finding in found} == {"fields.people", "fields.others"}
