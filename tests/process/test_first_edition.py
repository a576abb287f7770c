"""Folders of the first edition go on meaning what they meant, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import LANGUAGES
from ptce_workflow.process.check import check
from ptce_workflow.process.first_edition.keys import NOW
from ptce_workflow.process.model import form
from ptce_workflow.process.model.catalogues import phrases
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.process import Process
from tests.process.contests import REPOSITORY

FIRST = REPOSITORY / "tests" / "older" / "first"
KINDS = sorted(folder.name for folder in FIRST.iterdir())


def process(kind: str) -> Process:
    """A contest as its folder of the first edition has it."""
    return Process.load(read_folder(FIRST / kind))


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_they_are_read_without_fault(kind: str) -> None:
    """As a process that was adopted under the first edition is, years later."""
    assert check(read_folder(FIRST / kind)) == ()
    assert process(kind).definition.edition == 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_phrase_is_there_in_both_languages(kind: str) -> None:
    """That of the contest is the phrase, the other stands beside it."""
    definition = process(kind).definition
    (other,) = set(LANGUAGES) - {definition.config.contest.language}
    lacking = [name for name, text in phrases(definition, "") if set(text.others) != {other}]
    assert lacking == []


@pytest.mark.parametrize("kind", KINDS)
def test_their_form_says_the_same(kind: str) -> None:
    """Commands load it from there, and its files are read no more."""
    made = process(kind)
    assert form.load(form.dump(made), lambda: made.files).definition == made.definition


def half(kind: str) -> Files:
    """A folder of the first edition whose title is of the second: and so is it, as read."""
    files = dict(read_folder(FIRST / kind))
    config = re.sub(rb"(?m)^title\.fr = ", b"title = ", files["config.toml"])
    config = re.sub(rb"(?m)^title = \{ fr = (.*), en = .*$", rb"title = \1", config)
    return files | {"config.toml": re.sub(rb"(?m)^title\.en = .*$", b"", config)}


@pytest.mark.usefixtures("in_english")
def test_every_key_of_the_first_edition_is_told_with_its_new_form() -> None:
    """Where the rest of a folder is of the second; the table of keys has those and no others."""
    found = [one for kind in KINDS for one in check(half(kind))]
    for one in found:
        assert "first edition" in str(one)
        assert one.mend
    keys = {one.key.rpartition(".")[2] for one in found if "The key " in one.what}
    assert keys == {key for _model, key in NOW}


def test_what_was_said_by_a_key_that_is_gone_is_said_by_another() -> None:
    """What is required, who acts, what mails leave for, what a rule repeats, decimals."""
    whole = process("whole")
    definition = whole.definition
    dossier, cra = definition.sheets["dossier"], definition.sheets["cra"]
    asked = [name for name, field in dossier.fields.items() if field.required]
    assert asked == ["name", "amount"]
    assert (dossier.by, cra.by) == (("desk",), ("jury", "desk"))
    assert whole.ways("scored")["select"].mails == ("chosen",)
    assert definition.notifications["chosen"].on == ("scored.select", "waiting.promote")
    assert definition.notifications["chosen"].uncertain == "ask"
    select, promote = whole.ways("scored")["select"], whole.ways("waiting")["promote"]
    assert promote.rules["place_left"] == select.rules["place_left"]
    decimals = {name: limit.decimal for name, limit in definition.config.limits.items()}
    assert decimals["places"] is False
    assert decimals["purse"] is True


def test_the_smallest_contest_says_the_same_in_both_editions() -> None:
    """In fewer words: rules, instants, what is asked and where one may go."""
    first = process("minimal")
    second = Process.load(read_folder(Path(REPOSITORY, "contests", "minimal")))
    assert second.definition.edition == 2
    for state in ("start", *first.states):
        ways, now = first.ways(state), second.ways(state)
        assert ways.keys() == now.keys()
        for name, way in ways.items():
            assert (way.to, way.roles, way.instant) == (
                now[name].to,
                now[name].roles,
                now[name].instant,
            )
            assert {r: one.when for r, one in way.rules.items()} == {
                r: one.when for r, one in now[name].rules.items()
            }
    assert first.dates.fixed == second.dates.fixed
    sheet, other = first.definition.sheets["dossier"], second.definition.sheets["dossier"]
    assert [one.required for one in sheet.fields.values()] == [
        one.required for one in other.fields.values()
    ]
    assert sheet.label.in_("fr") == other.label.in_("en") == "Demande"
