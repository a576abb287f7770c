"""Sheets, and answers to them, made at random from a seed."""

import random
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from stdnum import luhn

from ptce_workflow.app.locations import read_folder
from ptce_workflow.office.forms.blank import Questionnaire, questionnaire
from ptce_workflow.process.process import Process

ROOT = Path(__file__).parents[2]
MINIMAL = read_folder(ROOT / "contests" / "minimal")
_TEXT = """
atelier commun de laine et filature du plateau pour les fermes qui partagent un hangar avec deux
communes voisines ainsi que le centre de formation où nous apprenons à réparer des vélos puis à
cuisiner l’été chaque mardi depuis 2021 sans contrat écrit mais avec un carnet tenu à jour par
toutes les structures membres
"""
_WORDS = re.findall(r"\S+", _TEXT)
_LABELS = (
    "Nom du collectif", "Adresse électronique", "Téléphone", "Territoire concerné", "Votre projet",
    "Besoins du territoire", "Ce que vous avez déjà fait ensemble", "Thématique d’intervention",
    "Réseaux locaux que vous connaissez", "Date de création", "Budget annuel, en euros",
    "Nombre de salariés", "Site de la structure porteuse", "Numéro SIRET", "Structures membres",
    "Partenaires potentiels", "Êtes-vous prêts à commencer ?", "Statut envisagé",
    "Ce qui vous manque encore", "Calendrier prévu", "Personne à prévenir", "Lettres jointes",
    "Qui décide, et comment ?", "Locaux disponibles",
)  # fmt: skip
_OPTIONS = (
    "agriculture et alimentation", "réemploi", "habitat et écoconstruction", "énergie", "mobilité",
    "santé, grand âge, lien social", "culture", "tourisme", "artisanat", "eau, forêt", "autre",
)  # fmt: skip
_PLACES = (
    "Millau (12)", "Nant (12)", "Gramat (46)", "Le Vigan (30)", "Sète (34)", "Langogne (48)",
    "CC Larzac et Vallées", "CA Grand Montauban", "L'Hospitalet-du-Larzac (12)", "Caussade (82)",
)  # fmt: skip
_COLUMNS = ("nom", "nature", "de l’ESS", "SIRET", "courriel", "signée le", "effectif", "montant")
_CELLS = ("text", "option", "boolean", "siret", "email", "date", "integer", "decimal")
_TYPES = (
    "text", "long_text", "email", "phone", "date", "integer", "decimal", "boolean", "option",
    "options", "territory", "url", "siren", "siret", "table", "long_text", "options", "table",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A form, and what somebody answers: values as they are handed over, by name."""

    process: Process
    form: Questionnaire
    given: Mapping[str, Any]


@lru_cache(maxsize=8)
def made(seed: int, questions: int = 8) -> Made:
    """A form of so many questions, and its answers; the same for a seed."""
    rng = random.Random(seed)
    labels = rng.sample(_LABELS, questions)
    types = [*_TYPES[:questions]] if questions >= len(_TYPES) else rng.sample(_TYPES, questions)
    sheet = ['label = "Demande"', "[fields]", 'name = { type = "text", label = "Titre court" }']
    sheet.append('contact = { type = "email", label = "Courriel de contact" }')
    for number, (kind, label) in enumerate(zip(types, labels, strict=False)):
        sheet.append(_question(f"q{number}", kind, label, rng))
    process = Process.load({**MINIMAL, "sheets/dossier.toml": "\n".join(sheet).encode()})
    form = questionnaire(process, "dossier", "fr")
    given = {one.name: _answer(one.field, rng) for one in form.questions if rng.random() < 0.85}
    return Made(process, form, given)


def _question(name: str, kind: str, label: str, rng: random.Random) -> str:
    lines = [f"[fields.{name}]", f'type = "{kind}"', f'label = "{label}"', "required = false"]
    if rng.random() < 0.5:
        lines.append(f'help = "{_words(rng, 6)}."')
    if kind in ("option", "options"):
        lines += _options(f"fields.{name}", rng)
    if kind == "table":
        for column in sorted(rng.sample(range(len(_COLUMNS)), rng.randint(1, 5))):
            place = f"fields.{name}.columns.c{column}"
            lines += [f"[{place}]", f'type = "{_CELLS[column]}"', f'label = "{_COLUMNS[column]}"']
            lines += ["required = false"]
            if _CELLS[column] == "option":
                lines += _options(place, rng)
    return "\n".join(lines)


def _options(place: str, rng: random.Random) -> list[str]:
    labels = rng.sample(_OPTIONS, rng.randint(2, 7))
    return [f"[{place}.options]", *(f'o{at} = "{label}"' for at, label in enumerate(labels))]


def _answer(field: Any, rng: random.Random) -> Any:
    match field.type:
        case "text":
            return _words(rng, rng.randint(2, 6))
        case "long_text":
            return "\n".join(
                _words(rng, rng.randint(4, 20)) + "." for _ in range(rng.randint(1, 3))
            )
        case "options":
            return [name for name in field.options if rng.random() < 0.5] or [*field.options][:1]
        case "option":
            return rng.choice([*field.options])
        case "boolean":
            return rng.random() < 0.5
        case "territory":
            return rng.sample(_PLACES, rng.randint(1, 4))
        case "table":
            return _rows(field, rng)
    return _short(field.type, rng)


def _short(kind: str, rng: random.Random) -> Any:
    match kind:
        case "email":
            return f"{_name(rng)}@{_name(rng)}.example"
        case "phone":
            return f"05 {rng.randint(10, 99)} {rng.randint(10, 99)} {rng.randint(10, 99)} 12"
        case "date":
            return f"{rng.randint(2001, 2030)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        case "integer":
            return rng.randint(0, 90_000)
        case "decimal":
            return f"{rng.randint(0, 90_000)}.{rng.randint(10, 99)}"
        case "url":
            return f"https://www.{_name(rng)}.example/{_name(rng)}"
    digits = "".join(rng.choice("123456789") for _ in range(8))
    siren = digits + luhn.calc_check_digit(digits)
    return siren if kind == "siren" else siren + "0001" + luhn.calc_check_digit(siren + "0001")


def _rows(field: Any, rng: random.Random) -> list[dict[str, Any]]:
    rows = []
    for _row in range(rng.randint(1, 8)):
        row = {
            name: _answer(column, rng)
            for name, column in field.columns.items()
            if rng.random() < 0.8
        }
        if row:
            rows.append(row)
    return rows or [{name: _answer(column, rng) for name, column in field.columns.items()}]


def _words(rng: random.Random, count: int) -> str:
    text = " ".join(rng.choice(_WORDS) for _word in range(count))
    return text[0].upper() + text[1:]


def _name(rng: random.Random) -> str:
    return "".join(rng.choice(string.ascii_lowercase) for _letter in range(7))
