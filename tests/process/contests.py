"""Small contests for the tests, as `{path: bytes}`; each test writes its own change as TOML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from ptce_workflow.base.errors import Finding
from ptce_workflow.process.check import check
from ptce_workflow.process.model.folder import PARTS
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment, Verdict

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)

CONFIG = """
[contest]
id = "gardens-2024"
title = { fr = "Jardins partagés", en = "Shared gardens" }
language = "en"
timezone = "Europe/Paris"
holidays = "FR"
name_field = "dossier.name"
contact_field = "dossier.contact"

[institutions.town]
label = { fr = "Ville", en = "Town" }

[institutions.school]
label = { fr = "École", en = "School" }

[limits.places]
label = { fr = "Places", en = "Places" }
value = 2
choice = { fr = "deux jardins", en = "two gardens" }

[limits.floor]
label = { fr = "Moyenne", en = "Mean" }
value = 1.5
decimal = true
choice = { fr = "un plancher", en = "a bar" }

[dates.opening]
label = { fr = "Ouverture", en = "Opening" }
at = 2024-02-05T09:00:00
choice = { fr = "un lundi", en = "a Monday" }

[dates.closing]
label = { fr = "Clôture", en = "Closing" }
at = 2024-03-11T12:00:00
lasts = "2 hours"
not_before = "date.opening"
source = { fr = "§1", en = "§1" }

[dates.appeal]
label = { fr = "Recours", en = "Appeal" }
at = "entered.refused + 10 working days at 18:00"
choice = { fr = "deux semaines", en = "two weeks" }

[totals.taken]
label = { fr = "Places prises", en = "Places taken" }
in = ["selected"]

[totals.granted]
label = { fr = "Accordé", en = "Granted" }
in = ["selected"]
of = "dossier.budget"
per = "dossier.theme"
"""

DOSSIER = """
label = { fr = "Dossier", en = "Dossier" }
by = ["desk"]

[fields.name]
type = "text"
label = { fr = "Nom", en = "Name" }
required = true

[fields.contact]
type = "email"
label = { fr = "Courriel", en = "E-mail" }

[fields.theme]
type = "option"
label = { fr = "Thème", en = "Theme" }
required = true
options.food = { fr = "alimentation", en = "food" }
options.flowers = { fr = "fleurs", en = "flowers" }

[fields.tools]
type = "options"
label = { fr = "Outils", en = "Tools" }
options.spade = { fr = "bêche", en = "spade" }
options.rake = { fr = "râteau", en = "rake" }

[fields.plots]
type = "integer"
label = { fr = "Parcelles", en = "Plots" }
min = 0

[fields.budget]
type = "decimal"
label = { fr = "Budget", en = "Budget" }

[fields.organic]
type = "boolean"
label = { fr = "Bio", en = "Organic" }

[fields.visit]
type = "datetime"
label = { fr = "Visite", en = "Visit" }

[fields.place]
type = "territory"
label = { fr = "Lieu", en = "Place" }

[fields.members]
type = "table"
label = { fr = "Membres", en = "Members" }
columns.name = { type = "text", label = { fr = "nom", en = "name" } }
columns.age = { type = "integer", label = { fr = "âge", en = "age" } }

[fields.members.columns.kind]
type = "option"
label = { fr = "nature", en = "kind" }
required = true
options.neighbour = { fr = "voisin", en = "neighbour" }
options.club = { fr = "club", en = "club" }

[fields.neighbours]
type = "integer"
label = { fr = "Voisins", en = "Neighbours" }
computed = 'dossier.members.filter(m, m.kind == "neighbour").size()'
"""

MARKS = """
label = { fr = "Notes", en = "Marks" }
by = ["jury"]
members = ["town", "school"]

[fields.beauty]
type = "score"
label = { fr = "Beauté", en = "Beauty" }
scale = { from = 0, to = 5, step = 0.5 }
choice = { fr = "de 0 à 5", en = "from 0 to 5" }

[order.total]
rank = 1
key = "marks.total"
choice = { fr = "la moyenne", en = "the mean" }
"""

START = """
[transitions.create]
label = { fr = "Ouvrir", en = "Open" }
to = "draft"
by = ["desk"]
"""

DRAFT = """
label = { fr = "Brouillon", en = "Draft" }
meaning = { fr = "Le dossier s'écrit.", en = "The dossier is being written." }
open = ["dossier"]

[transitions.submit]
label = { fr = "Déposer", en = "Submit" }
to = "submitted"
by = ["desk"]
receives = true
notify = ["receipt"]

[transitions.submit.rules.on_time]
says = { fr = "Reçu au plus tard le {date.closing}", en = "Received by {date.closing}" }
when = "received_at <= date.closing"
source = { fr = "§1", en = "§1" }

[transitions.submit.rules.complete]
says = { fr = "Complet", en = "Complete" }
when = "given.dossier"
choice = { fr = "tout ce qui est demandé", en = "all that is asked" }
"""

SUBMITTED = """
label = { fr = "Déposé", en = "Submitted" }
meaning = { fr = "Le jury lit.", en = "The jury reads." }
open = ["marks", "dossier.contact"]

[transitions.select]
label = { fr = "Retenir", en = "Select" }
to = "selected"
by = ["desk"]
freezes = "marks"

[transitions.select.rules.place_free]
says.fr = "Moins de {limit.places} jardins retenus"
says.en = "Fewer than {limit.places} gardens selected"
when = "total.taken < limit.places"
source = { fr = "§2", en = "§2" }

[transitions.select.rules.every_point]
says = { fr = "Chaque point est noté", en = "Every point is marked" }
when = "marks.lowest >= limit.floor"
choice = { fr = "un plancher", en = "a bar" }

[transitions.refuse]
label = { fr = "Refuser", en = "Refuse" }
to = "refused"
by = ["desk"]
reason = true
"""

SELECTED = """
label = { fr = "Retenu", en = "Selected" }
meaning = { fr = "Le jardin est retenu.", en = "The garden is selected." }
ends = true
must_pass = ["submitted"]
"""

REFUSED = """
label = { fr = "Refusé", en = "Refused" }
meaning = { fr = "Le jardin n'est pas retenu.", en = "The garden is not selected." }
ends = true
"""

RECEIPT = """
label = { fr = "Accusé", en = "Receipt" }
to = "contact"
when = "given.dossier"
"""

SMALL: Mapping[str, str] = {
    "config.toml": CONFIG,
    "sheets/dossier.toml": DOSSIER,
    "sheets/marks.toml": MARKS,
    "states/start.toml": START,
    "states/draft.toml": DRAFT,
    "states/submitted.toml": SUBMITTED,
    "states/selected.toml": SELECTED,
    "states/refused.toml": REFUSED,
    "notifications/receipt/notification.toml": RECEIPT,
    "notifications/receipt/fr.txt.j2": "Reçu\n\nBonjour {{ recipient.name }}",
    "notifications/receipt/fr.html.j2": "<p>Bonjour {{ recipient.name }}</p>",
    "notifications/receipt/en.txt.j2": "Received\n\nHello {{ recipient.name }}",
    "notifications/receipt/en.html.j2": "<p>Hello {{ recipient.name }}</p>",
}

REPOSITORY = Path(__file__).parents[2]


def contest(
    add: Mapping[str, str] | None = None,
    *,
    replace: Mapping[str, tuple[str, str]] | None = None,
    write: Mapping[str, str | bytes] | None = None,
    remove: Iterable[str] = (),
) -> dict[str, bytes]:
    """The small contest after some changes.

    `add` puts TOML at the end of files, `replace` exchanges one piece of text, which must be
    there, `write` gives files anew, `remove` takes them away.
    """
    texts = dict(SMALL)
    for path, toml in (add or {}).items():
        texts[path] = texts.get(path, "") + "\n" + dedent(toml)
    for path, (old, new) in (replace or {}).items():
        assert old in texts[path], f"{path} does not hold {old!r}"
        texts[path] = texts[path].replace(old, new, 1)
    for path in remove:
        del texts[path]
    files = {path: text.encode() for path, text in texts.items()}
    for path, content in (write or {}).items():
        files[path] = content if isinstance(content, bytes) else content.encode()
    return files


def with_rule(when: str, says: str = "Ça tient") -> dict[str, bytes]:
    """The small contest with one more rule on `submit`, whose condition is under test."""
    return contest(
        {
            "states/draft.toml": f"""
            [transitions.submit.rules.tried]
            says = {{ fr = "{says}", en = "{says}" }}
            when = '''{when}'''
            choice = {{ fr = "pour voir", en = "to see" }}
            """
        }
    )


def shipped() -> dict[str, bytes]:
    """The contest of the rulebook, as it lies at the root of the repository."""
    paths = [REPOSITORY / "config.toml"]
    for part in PARTS:
        paths += [path for path in (REPOSITORY / part).rglob("*") if path.is_file()]
    return {path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in paths}


def only(files: Mapping[str, bytes]) -> Finding:
    """The one fault of a folder; fails when there is none, or more than one."""
    found = check(files)
    assert len(found) == 1, "\n\n".join(str(finding) for finding in found) or "no fault"
    return found[0]


def candidature(**changes: Any) -> Case:
    """A candidature of the small contest: a draft of which nothing is known, but for changes."""
    return Case("0", "C-001", "draft", NOW, 1).but(**changes)


def verdict(when: str, case: Case, moment: Moment | None = None) -> Verdict:
    """What a condition, added to the small contest, answers about a candidature."""
    process = Process.load(with_rule(when))
    judge = process.judge_of(process.ways("draft")["submit"])
    return judge.verdicts(case, moment or Moment(NOW))[-1]
