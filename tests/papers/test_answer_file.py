"""The answers of a sheet as a file: every value comes back as the very same."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.notation import read_toml
from ptce_workflow.base.words import speaking
from ptce_workflow.office.forms.answer_file import (
    answer_file,
    changed,
    handed_over,
    with_faults,
    without_faults,
)
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.fields import FileField, field_types
from ptce_workflow.process.process import Process
from tests.rehearsal import SMALL

SHEET = """
label = "Demande"

[fields]
name = { type = "text", label = "Nom", help = "Celui du collectif." }
project = { type = "long_text", label = "Projet", required = false }
people = { type = "integer", label = "Personnes", min = 1 }
budget = { type = "decimal", label = "Budget" }
mark = { type = "score", label = "Note", scale = { from = 0, to = 5, step = 0.5 } }
open_to_all = { type = "boolean", label = "Ouvert à tous" }
opened_on = { type = "date", label = "Ouvert depuis le" }
visit = { type = "datetime", label = "Visite" }
contact = { type = "email", label = "Courriel" }
telephone = { type = "phone", label = "Téléphone" }
site = { type = "url", label = "Site" }
siren = { type = "siren", label = "SIREN" }
siret = { type = "siret", label = "SIRET" }
place = { type = "territory", label = "Lieu" }
plan = { type = "file", label = "Plan", required = false }

[fields.kind]
type = "option"
label = "Nature"
options = { one = "une école", two = "l’autre, « bis »" }

[fields.uses]
type = "options"
label = "Usages"
options = { food = "se nourrir", meet = "voir, dire" }

[fields.count]
type = "integer"
label = "Compte"
computed = "dossier.members.size()"


[fields.members]
type = "table"
label = "Membres"
min_rows = 1
columns.name = { type = "text", label = "nom" }
columns.children = { type = "integer", label = "enfants", required = false }
columns.came = { type = "date", label = "venu le", required = false }
columns.kind = { type = "option", label = "nature", options = { a = "été", b = "x" } }
columns.ess = { type = "boolean", label = "ESS", required = false }
columns.budget = { type = "decimal", label = "Budget", required = false }
columns.siret = { type = "siret", label = "SIRET", required = false }
"""
PROCESS = Process.load({**read_folder(SMALL), "sheets/all.toml": SHEET.encode()})
FIELDS = PROCESS.definition.sheets["all"].fields
ZONE = PROCESS.zone
ANSWERS: dict[str, Any] = {
    "name": 'Dit "le \\ Four" # {ici}',
    "project": 'Une serre.\n\n   Des \\n bacs """ et \'\'\'\t#>> fin""',
    "people": 1200,
    "budget": "1500,50",
    "mark": "3.5",
    "open_to_all": False,
    "opened_on": "2024-05-14",
    "visit": "2024-10-27T00:30:00Z",
    "contact": "a@b.example",
    "telephone": "05 61 00 00 00",
    "site": "https://ici.example/a?b=%20c",
    "siren": "732829320",
    "siret": "73282932000074",
    "place": ["Millau", "CC Larzac et Vallées", "Lot", "Occitanie"],
    "kind": "two",
    "uses": ["food", "meet"],
    "members": [
        {"name": 'A "B"', "children": 0, "came": "2024-02-29", "kind": "a", "ess": True},
        {"name": "C", "kind": "b", "budget": "0.1", "siret": "73282932000074", "ess": False},
    ],
}


def recorded() -> dict[str, Any]:
    """A value of each type of field, as it is recorded."""
    return {name: FIELDS[name].parse(raw, zone=ZONE) for name, raw in ANSWERS.items()}


def case_of(values: dict[str, Any]) -> Candidature:
    """A candidature of which some values are recorded."""
    parts = {f"all.{name}": FIELDS[name].split(one) for name, one in values.items()}
    facts = {name: line for name, (line, _private) in parts.items() if line is not None}
    private = {name: one for name, (_line, one) in parts.items() if one is not None}
    at = datetime(2024, 3, 1, tzinfo=UTC)
    return Candidature("", "C-001", "draft", at, 1, facts=facts, private=private)


def written(values: dict[str, Any], language: str = "fr") -> str:
    with speaking(language):
        return answer_file(PROCESS, "all", case_of(values), "C-001")


def read_back(text: str) -> dict[str, Any]:
    """What a file says, as it would be recorded."""
    answers = read_toml(text)["all"]
    return {name: FIELDS[name].parse(raw, zone=ZONE) for name, raw in answers.items() if raw}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_type_comes_back(language: str) -> None:
    assert {type(field).type for field in FIELDS.values()} == field_types().keys()
    text = written(recorded(), language)
    assert read_back(text) == recorded()
    assert changed(text, text) == {"all": {}}


def test_it_is_written_as_people_write() -> None:
    text = written(recorded())
    for line in (
        "# 1. Nom *",
        "# Celui du collectif.",
        "# 2. Projet",
        "# se nourrir | voir, dire",
        "# - kind = nature * (été | x)",
        'open_to_all = "non"',
        'opened_on = "2024-05-14"',
        'visit = "2024-10-27T00:30:00.000000Z"',
        'uses = ["se nourrir", "voir, dire"]',
        "# Plan",
    ):
        assert line in text.splitlines(), line
    assert "count =" not in text


def test_an_empty_one_says_nothing() -> None:
    text = written({})
    assert changed(text, text) == {"all": {}}
    assert not any(map(any, (read_toml(text)["all"][name] for name in ("name", "uses", "place"))))
    filled = text.replace('name = ""', 'name = "Les Rives"', 1)
    row = '{ name = "", children = "", came = "", kind = "", ess = "", budget = "", siret = "" }'
    assert filled.count(row) == 3
    filled = filled.replace(
        row, row.replace('name = ""', 'name = "Anne"').replace('kind = ""', 'kind = "été"'), 1
    )
    answers = changed(text, filled)["all"]
    assert answers.keys() == {"name", "members"}
    assert FIELDS["members"].parse(answers["members"], zone=ZONE) == [{"name": "Anne", "kind": "a"}]


def test_only_what_changed_is_an_answer() -> None:
    text = written(recorded())
    assert changed(text, text.replace('kind = "l’autre, « bis »"\n', "")) == {"all": {}}
    emptied = text.replace('open_to_all = "non"', 'open_to_all = ""')
    assert changed(text, emptied) == {"all": {"open_to_all": ""}}
    assert changed(text, "") == {}
    assert changed(text, "[all]") == {}
    with pytest.raises(Misuse, match="name"):
        changed(text, 'name = "x"')


def test_a_file_is_never_withdrawn() -> None:
    field = FIELDS["plan"]
    assert isinstance(field, FileField)
    assert handed_over(field, field.sample(), ZONE) == ""


def test_faults_stand_where_they_are_and_go_again() -> None:
    text = written(recorded())
    told = with_faults(
        text, [("all.siret", Misuse("Faux.", "Une clé.")), ("", Misuse("Ailleurs."))]
    )
    lines = told.splitlines()
    place = lines.index("#>> Faux.")
    assert lines[place + 2].startswith("siret =")
    assert lines[0] == "#>> Ailleurs."
    assert without_faults(told) == text
    broken = text.replace('open_to_all = "non"', "open_to_all = non")
    with pytest.raises(Misuse) as stopped:
        changed(text, broken)
    lines = with_faults(broken, [("", stopped.value)]).splitlines()
    place = lines.index("open_to_all = non")
    assert f"ligne {place + 1}, caractère 15" in lines[place + 1]
    assert without_faults("\n".join([*lines, ""])) == broken


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_any_text_comes_back(text: str) -> None:
    values = {"name": text, "project": text, "members": [{"name": text}]}
    read = read_toml(written(values))["all"]
    assert read["name"] == ("" if not text.strip() else text)
    assert read["project"] == text
    assert read["members"][0]["name"] == text
