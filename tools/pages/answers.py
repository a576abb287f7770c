"""The holes of the page on answers: what is typed, as the fields' own readers take or refuse it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import Misuse
from ptce_workflow.process.fields.base import FieldType
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.model.validation import validated
from tools.pages.filling import cell

SHEET = """\
label = "Demande"

[fields]
name = { type = "text", label = "Nom" }
project = { type = "long_text", label = "Projet", max_length = 2000 }
people = { type = "integer", label = "Personnes", min = 1 }
budget = { type = "decimal", label = "Budget, en euros" }
open_to_all = { type = "boolean", label = "Ouvert à tous" }
opened_on = { type = "date", label = "Ouvert depuis le" }
visit = { type = "datetime", label = "Visite possible le" }
contact = { type = "email", label = "Courriel" }
telephone = { type = "phone", label = "Téléphone" }
site = { type = "url", label = "Site", required = false }
siren = { type = "siren", label = "SIREN" }
siret = { type = "siret", label = "SIRET" }
place = { type = "territory", label = "Lieu" }
plan = { type = "file", label = "Plan", required = false }

[fields.kind]
type = "option"
label = "Nature"
options = { association = "association", school = "école", town = "commune" }

[fields.uses]
type = "options"
label = "Usages"
options = { food = "se nourrir", learn = "apprendre", meet = "se rencontrer" }

[fields.members]
type = "table"
label = "Membres"
min_rows = 1
unique = ["name"]
columns.name = { type = "text", label = "nom" }
columns.children = { type = "integer", label = "enfants", required = false }
"""
"""The sheet that the examples answer."""

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "text": ('name = "Jardin des Tilleuls"', 'name = "  Les Rives  "', "name = 12", 'name = ""'),
    "long_text": (
        'project = "Une serre.\\nDes bacs."',
        'project = """\nUne serre.\nDes bacs."""',
    ),
    "integer": (
        "people = 12",
        'people = "1 200"',
        "people = 12.5",
        "people = 0",
        'people = "douze"',
    ),
    "decimal": ("budget = 1500", "budget = 1500.5", 'budget = "1 500,50"', "budget = 0.125"),
    "boolean": (
        "open_to_all = true",
        'open_to_all = "oui"',
        'open_to_all = "Non"',
        'open_to_all = "peut-être"',
    ),
    "option": ('kind = "school"', 'kind = "École"', 'kind = "ecole"', 'kind = "club"'),
    "options": (
        'uses = ["food", "meet"]',
        'uses = "apprendre ; se nourrir"',
        'uses = "food, learn"',
        'uses = ["dormir"]',
    ),
    "date": (
        "opened_on = 2024-05-14",
        'opened_on = "14/05/2024"',
        'opened_on = "14 mai 2024"',
        'opened_on = "14/05/24"',
        'opened_on = "2024-02-30"',
    ),
    "datetime": (
        "visit = 2024-05-14T09:30:00",
        'visit = "14/05/2024 à 9 h 30"',
        'visit = "14/05/2024 9:30"',
        'visit = "14 mai 2024 à 9 h 30"',
        'visit = "2024-05-14T09:30:00+02:00"',
        'visit = "14/05/2024"',
        "visit = 2024-03-31T02:30:00",
    ),
    "email": (
        'contact = "jardin@Lodeve.EXAMPLE"',
        'contact = "Le jardin <jardin@lodeve.example>"',
        'contact = "jardin.lodeve.example"',
    ),
    "phone": (
        'telephone = "05 61 00 00 00"',
        'telephone = "05.61.00.00.00"',
        'telephone = "+32 2 555 12 12"',
        "telephone = 561000000",
    ),
    "url": ('site = "https://jardin.example/plan"', 'site = "jardin.example"'),
    "siren": ('siren = "732 829 320"', 'siren = "732829321"', 'siren = "en cours"'),
    "siret": ('siret = "732 829 320 00074"', 'siret = "732829320"'),
    "territory": (
        'place = "Lodève"',
        'place = ["Lodève", "Millau"]',
        'place = "Lodève ; Millau"',
        'place = "Lodève, Millau"',
        'place = "34142"',
        'place = "département 34"',
        'place = "Hérault"',
        'place = "EPCI 200066124"',
        'place = "région Occitanie"',
        'place = { kind = "commune", code = "34142" }',
        'place = "Lodèv"',
        'place = "Saint-Martin"',
    ),
    "table": (
        'members = [{ name = "Anne", children = 2 }, { name = "Paul" }]',
        'members = \'[{"name": "Anne"}, {"name": "Paul"}]\'',
        "members = []",
        "members = [{ children = 2 }]",
        'members = [{ name = "Anne", age = 40 }]',
        'members = [{ name = "Léa" }, { name = "LEA" }]',
    ),
}
"""By type of field: answers, as a dossier file has them."""

DOSSIER = """\
# tilleuls.toml
[dossier]
name = "Jardin des Tilleuls"
contact = "tilleuls@lodeve.example"
place = "Lodève"
gardeners = 5
open_to_all = true
project = \"\"\"
Douze bacs, une serre et un récupérateur d’eau.
Ouvert tous les samedis.\"\"\"
asked = 1200
"""
"""A dossier for the worked example."""

ZONE = ZoneInfo("Europe/Paris")


def holes(language: str) -> dict[str, Any]:
    """The values of the page, in the language in force."""
    return {
        "sheet": SHEET.rstrip(),
        "dossier": DOSSIER.rstrip(),
        "examples": lambda type_: _examples(type_, language),
    }


def fields() -> Mapping[str, FieldType]:
    """The fields of the sheet, by name."""
    return validated(Sheet, tomllib.loads(SHEET)).fields


def read(written: str, language: str) -> tuple[bool, str]:
    """What becomes of one answer: that it is taken, and how it is then shown; or why it is not."""
    ((name, raw),) = tomllib.loads(written).items()
    field = fields()[name]
    try:
        value = field.parse(raw, zone=ZONE)
    except Misuse as error:
        return False, " ".join(str(error).split())
    return True, field.show(value, language, ZONE)


def _examples(type_: str, language: str) -> str:
    """A table of the answers of a type: as written, then as read; what is refused with its why."""
    written, taken, refused = {
        "fr": ("écrit", "lu", "refusé\u00a0: {why}"),
        "en": ("written", "read", "refused: {why}"),
    }[language]
    rows = [(written, taken), ("---", "---")]
    for one in EXAMPLES[type_]:
        is_taken, told = read(one, language)
        shown = one.replace("\n", "⏎")
        told = told.replace("\n", " ⏎ ")
        rows.append((f"`{shown}`", told if is_taken else f"*{refused.format(why=told)}*"))
    return "\n".join(f"| {' | '.join(map(cell, row))} |" for row in rows)
