"""Small contests for the tests, as `{path: bytes}`; each test writes its own change as TOML."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from ptce_workflow.base.errors import Finding
from ptce_workflow.process.candidature import Candidature, RuleContext, Verdict
from ptce_workflow.process.check import check
from ptce_workflow.process.model.folder import PARTS
from ptce_workflow.process.process import Process

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)

CONFIG = """
[contest]
id = "gardens-2024"
title = "Shared gardens"
language = "en"
timezone = "Europe/Paris"
holidays = "FR"
name_field = "dossier.name"
contact_field = "dossier.contact"

[institutions.town]
label = "Town"

[institutions.school]
label = "School"

[limits.places]
label = "Places"
value = 2
choice = "two gardens"

[limits.floor]
label = "Mean"
value = 1.5
choice = "a bar"

[dates.opening]
label = "Opening"
at = 2024-02-05T09:00:00
choice = "a Monday"

[dates.closing]
label = "Closing"
at = 2024-03-11T12:00:00
lasts = "2 hours"
not_before = "date.opening"
source = "§1"

[dates.appeal]
label = "Appeal"
at = "entered.refused + 10 working days at 18:00"
choice = "two weeks"

[totals.taken]
label = "Places taken"
in = ["selected"]

[totals.granted]
label = "Granted"
in = ["selected"]
of = "dossier.budget"
per = "dossier.theme"
"""

DOSSIER = """
label = "Dossier"
by = ["desk"]

[fields.name]
type = "text"
label = "Name"
required = true

[fields.contact]
type = "email"
label = "E-mail"
required = false

[fields.theme]
type = "option"
label = "Theme"
required = true
options.food = "food"
options.flowers = "flowers"

[fields.tools]
type = "options"
label = "Tools"
required = false
options.spade = "spade"
options.rake = "rake"

[fields.plots]
type = "integer"
label = "Plots"
required = false
min = 0

[fields.budget]
type = "decimal"
label = "Budget"
required = false

[fields.organic]
type = "boolean"
label = "Organic"
required = false

[fields.visit]
type = "datetime"
label = "Visit"
required = false

[fields.place]
type = "territory"
label = "Place"
required = false

[fields.members]
type = "table"
label = "Members"
required = false
columns.name = { type = "text", label = "name", required = false }
columns.age = { type = "integer", label = "age", required = false }

[fields.members.columns.kind]
type = "option"
label = "kind"
required = true
options.neighbour = "neighbour"
options.club = "club"

[fields.neighbours]
type = "integer"
label = "Neighbours"
computed = 'dossier.members.filter(m, m.kind == "neighbour").size()'
"""

MARKS = """
label = "Marks"
by = ["jury"]
members = ["town", "school"]

[fields.beauty]
type = "score"
label = "Beauty"
scale = { from = 0, to = 5, step = 0.5 }
choice = "from 0 to 5"

[order.total]
rank = 1
key = "marks.total"
choice = "the mean"
"""

START = """
[transitions.create]
label = "Open"
to = "draft"
by = ["desk"]
"""

DRAFT = """
label = "Draft"
meaning = "The dossier is being written."
open = ["dossier"]

[transitions.submit]
label = "Submit"
to = "submitted"
by = ["desk"]

[transitions.submit.rules.on_time]
says = "Received by {date.closing}"
when = "(given.received.dossier ? received.dossier : now) <= date.closing"
source = "§1"

[transitions.submit.rules.complete]
says = "Complete"
when = "given.dossier"
choice = "all that is asked"
"""

SUBMITTED = """
label = "Submitted"
meaning = "The jury reads."
open = ["marks", "dossier.contact"]

[transitions.select]
label = "Select"
to = "selected"
by = ["desk"]
freezes = "marks"

[transitions.select.rules.place_free]
says = "Fewer than {limit.places} gardens selected"
when = "total.taken < limit.places"
source = "§2"

[transitions.select.rules.every_point]
says = "Every point is marked"
when = "marks.lowest >= limit.floor"
choice = "a bar"

[transitions.refuse]
label = "Refuse"
to = "refused"
by = ["desk"]
reason = true
"""

SELECTED = """
label = "Selected"
meaning = "The garden is selected."
ends = true
must_pass = ["submitted"]
"""

REFUSED = """
label = "Refused"
meaning = "The garden is not selected."
ends = true
"""

RECEIPT = """\
+++
label = "Receipt"
on = "draft.submit"
to = "contact"
when = "given.dossier"
+++
# Received

Hello {{ recipient.name }}
"""

FRENCH = {
    "Appeal": "Recours",
    "Beauty": "Beauté",
    "Closing": "Clôture",
    "Complete": "Complet",
    "Draft": "Brouillon",
    "E-mail": "Courriel",
    "Every point is marked": "Chaque point est noté",
    "Fewer than {limit.places} gardens selected": "Moins de {limit.places} jardins retenus",
    "Granted": "Accordé",
    "Marks": "Notes",
    "Mean": "Moyenne",
    "Members": "Membres",
    "Name": "Nom",
    "Neighbours": "Voisins",
    "Open": "Ouvrir",
    "Opening": "Ouverture",
    "Organic": "Bio",
    "Place": "Lieu",
    "Places taken": "Places prises",
    "Plots": "Parcelles",
    "Receipt": "Accusé",
    "Received by {date.closing}": "Reçu au plus tard le {date.closing}",
    "Refuse": "Refuser",
    "Refused": "Refusé",
    "School": "École",
    "Select": "Retenir",
    "Selected": "Retenu",
    "Shared gardens": "Jardins partagés",
    "Submit": "Déposer",
    "Submitted": "Déposé",
    "The dossier is being written.": "Le dossier s'écrit.",
    "The garden is not selected.": "Le jardin n'est pas retenu.",
    "The garden is selected.": "Le jardin est retenu.",
    "The jury reads.": "Le jury lit.",
    "Theme": "Thème",
    "Tools": "Outils",
    "Town": "Ville",
    "Visit": "Visite",
    "a Monday": "un lundi",
    "a bar": "un plancher",
    "age": "âge",
    "all that is asked": "tout ce qui est demandé",
    "flowers": "fleurs",
    "food": "alimentation",
    "from 0 to 5": "de 0 à 5",
    "kind": "nature",
    "name": "nom",
    "neighbour": "voisin",
    "rake": "râteau",
    "spade": "bêche",
    "the mean": "la moyenne",
    "two gardens": "deux jardins",
    "two weeks": "deux semaines",
}


def catalogue(phrases: Mapping[str, str]) -> str:
    """The file of what phrases are in another language."""
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    entries = [
        f"\nmsgid {json.dumps(phrase, ensure_ascii=False)}"
        f"\nmsgstr {json.dumps(words, ensure_ascii=False)}\n"
        for phrase, words in phrases.items()
    ]
    return "".join((head, *entries))


SMALL: Mapping[str, str] = {
    "config.toml": CONFIG,
    "sheets/dossier.toml": DOSSIER,
    "sheets/marks.toml": MARKS,
    "states/start.toml": START,
    "states/draft.toml": DRAFT,
    "states/submitted.toml": SUBMITTED,
    "states/selected.toml": SELECTED,
    "states/refused.toml": REFUSED,
    "notifications/receipt.md": RECEIPT,
    "notifications/receipt.fr.md": "# Reçu\n\nBonjour {{ recipient.name }}\n",
    "translations/fr.po": catalogue(FRENCH),
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

    `add` puts TOML at the end of files, or of the keys of a mail, `replace` exchanges one piece
    of text, which must be there, `write` gives files anew, `remove` takes them away.
    """
    texts = dict(SMALL)
    for path, toml in (add or {}).items():
        texts[path] = _with(path, texts.get(path, ""), dedent(toml))
    for path, (old, new) in (replace or {}).items():
        assert old in texts[path], f"{path} does not hold {old!r}"
        texts[path] = texts[path].replace(old, new, 1)
    for path in remove:
        del texts[path]
    files = {path: text.encode() for path, text in texts.items()}
    for path, content in (write or {}).items():
        files[path] = content if isinstance(content, bytes) else content.encode()
    return files


def _with(path: str, text: str, toml: str) -> str:
    if not path.endswith(".md"):
        return f"{text}\n{toml}"
    keys, end, body = (text or mail("")).rpartition("+++\n")
    return f"{keys}{toml.strip()}\n{end}{body}"


def mail(toml: str, text: str = "# Subject\n\nText\n") -> str:
    return f"+++\n{toml.strip()}\n+++\n{text}"


def with_rule(when: str, says: str = "Ça tient") -> dict[str, bytes]:
    """The small contest with one more rule on `submit`, whose condition is under test."""
    return contest(
        {
            "states/draft.toml": f"""
            [transitions.submit.rules.tried]
            says = "{says}"
            when = '''{when}'''
            choice = "to see"
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


def candidature(**changes: Any) -> Candidature:
    """A candidature of the small contest: a draft of which nothing is known, but for changes."""
    return Candidature("0", "C-001", "draft", NOW, 1).but(**changes)


def verdict(when: str, case: Candidature, moment: RuleContext | None = None) -> Verdict:
    """What a condition, added to the small contest, answers about a candidature."""
    process = Process.load(with_rule(when))
    judge = process.judge_of(process.edges("draft")["submit"])
    return judge.verdicts(case, moment or RuleContext(NOW))[-1]
