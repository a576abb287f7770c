"""The smallest contest that shows every part of the format: a model to start from."""

from __future__ import annotations

from collections.abc import Mapping

_CONFIG = """
[contest]
id = "shared-gardens"
title = { fr = "Coup de pouce aux jardins partagés", en = "A hand for shared gardens" }
language = "fr"
timezone = "Europe/Paris"
holidays = "FR"
name_field = "dossier.name"
contact_field = "dossier.contact"

[limits.ceiling]
label = { fr = "Aide la plus haute", en = "Highest grant" }
value = 1500.00
decimal = true
source = { fr = "Règlement, §2", en = "Rulebook, §2" }

[limits.gardens]
label = { fr = "Jardins aidés", en = "Gardens helped" }
value = 12
source = { fr = "Règlement, §2", en = "Rulebook, §2" }

[dates.closing]
label = { fr = "Clôture", en = "Closing date" }
at = 2025-03-14T12:00:00
source = { fr = "Règlement, §3", en = "Rulebook, §3" }

[dates.end]
label = { fr = "Fin de l’examen", en = "End of the examination" }
at = "date.closing + 10 working days at 18:00"
not_before = "date.closing"
choice = { fr = "deux semaines pour tout lire", en = "two weeks to read everything" }

[totals.helped]
label = { fr = "Jardins déjà aidés", en = "Gardens helped so far" }
in = ["granted"]
"""

_DOSSIER = """
label = { fr = "Demande", en = "Application" }
by = ["desk"]

[fields.name]
type = "text"
label = { fr = "Nom du jardin", en = "Name of the garden" }
required = true

[fields.contact]
type = "email"
label = { fr = "Courriel", en = "E-mail" }
required = true

[fields.budget]
type = "decimal"
label = { fr = "Aide demandée, en euros", en = "Grant asked for, in euros" }
required = true

[fields.gardeners]
type = "table"
label = { fr = "Qui jardine", en = "Who gardens" }
required = true

[fields.gardeners.columns.name]
type = "text"
label = { fr = "nom", en = "name" }
required = true

[fields.gardeners.columns.kind]
type = "option"
label = { fr = "nature", en = "kind" }
required = true
options.association = { fr = "association", en = "association" }
options.school = { fr = "école", en = "school" }
options.neighbours = { fr = "voisins", en = "neighbours" }
"""

_START = """
[transitions.create]
label = { fr = "Ouvrir un dossier", en = "Open an application" }
to = "draft"
by = ["desk"]
"""

_DRAFT = """
label = { fr = "En cours", en = "Open" }
meaning = { fr = "Le jardin complète sa demande.", en = "The garden completes its application." }
open = ["dossier"]

[transitions.grant]
label = { fr = "Accorder l’aide", en = "Grant the help" }
to = "granted"
by = ["desk"]

[transitions.grant.rules.on_time]
says = { fr = "La décision est prise avant le {date.end}", en = "It is decided before {date.end}" }
when = "now <= date.end"
source = { fr = "Règlement, §3", en = "Rulebook, §3" }

[transitions.grant.rules.complete]
says = { fr = "La demande est complète", en = "The application is complete" }
when = "given.dossier"
choice = { fr = "on ne juge que ce qui est dit", en = "only what is said can be judged" }

[transitions.grant.rules.below_ceiling]
says.fr = "L’aide demandée, {dossier.budget} €, n’en dépasse pas {limit.ceiling}"
says.en = "The grant asked for, {dossier.budget} €, is at most {limit.ceiling}"
when = "dossier.budget <= limit.ceiling"
source = { fr = "Règlement, §2", en = "Rulebook, §2" }

[transitions.grant.rules.money_left]
says.fr = "Moins de {limit.gardens} jardins sont aidés à ce jour"
says.en = "Fewer than {limit.gardens} gardens are helped so far"
when = "total.helped < limit.gardens"
source = { fr = "Règlement, §2", en = "Rulebook, §2" }

[transitions.grant.rules.association]
says = { fr = "Une association au moins jardine", en = "One association at least gardens" }
when = 'dossier.gardeners.exists(g, g.kind == "association")'
source = { fr = "Règlement, §1", en = "Rulebook, §1" }

[transitions.refuse]
label = { fr = "Refuser", en = "Refuse" }
to = "refused"
by = ["desk"]
reason = true

[transitions.close]
label = { fr = "Clore sans suite", en = "Close" }
to = "refused"
at = "date.end"
"""

_GRANTED = """
label = { fr = "Aidé", en = "Granted" }
meaning = { fr = "L’aide est accordée.", en = "The help is granted." }
ends = true
"""

_REFUSED = """
label = { fr = "Refusé", en = "Refused" }
meaning.fr = "Le jardin n’est pas aidé cette année."
meaning.en = "The garden gets no help this year."
ends = true
"""

EXAMPLE: Mapping[str, str] = {
    "config.toml": _CONFIG,
    "sheets/dossier.toml": _DOSSIER,
    "states/start.toml": _START,
    "states/draft.toml": _DRAFT,
    "states/granted.toml": _GRANTED,
    "states/refused.toml": _REFUSED,
}
"""The files of the contest, by path."""
