"""The small contest with a panel and a sitting that hold one of everything a jury may have."""

from __future__ import annotations

from tests.process.contests import CONFIG, MARKS, SMALL, SUBMITTED

JURORS = """
[fields.jurors]
type = "options"
label = { fr = "Jurés", en = "Jurors" }
options.town = { fr = "Ville", en = "Town" }
options.school = { fr = "École", en = "School" }
"""

FULL_MARKS = (
    MARKS.replace(
        'members = ["town", "school"]',
        'members = ["town", "school"]\n'
        'assigned = "dossier.jurors"\n'
        'conflicts = ["dossier.members.name", "dossier.name"]\n'
        'mean = { rounding = "half_even", no_opinion = "lowest", choice = { fr = "x", en = "x" } }',
    ).replace(
        "step = 0.5 }",
        'step = 0.5 }\nweight = 2.5\nno_opinion = true\ncomment_in = "remark"\n'
        "comment_under = 1.5\ncomment_over = 4.5",
    )
    + """
[fields.use]
type = "score"
label = { fr = "Usage", en = "Use" }
scale = { from = 0, to = 5 }
weight = 0
choice = { fr = "pour mémoire", en = "for the record" }

[fields.remark]
type = "text"
label = { fr = "Remarque", en = "Remark" }

[order.plain]
rank = 2
key = "marks.spread"
ascending = true
choice = { fr = "l’accord", en = "agreement" }
"""
)

SITTING = """
[sittings.jury]
label = { fr = "Séance", en = "Sitting" }
panel = "marks"
in = ["read"]
decides = ["select", "refuse"]
reasons.refuse = { fr = "Au rang {marks.rank}", en = "At rank {marks.rank}" }
casting_vote = true
choice = { fr = "ensemble", en = "together" }

[totals.first]
label = { fr = "Meilleur rang", en = "Best rank" }
in = ["read"]
least = "marks.rank"
"""

NAMES = 'label = { fr = "École", en = "School" }\nnames = ["École du parc", "Les Tilleuls"]'

READ = """
label = { fr = "Lu", en = "Read" }
meaning = { fr = "Le jury décide.", en = "The jury decides." }

[transitions.select]
label = { fr = "Retenir", en = "Select" }
to = "selected"
by = ["desk"]

[transitions.select.rules.quorum]
says = { fr = "La moitié est là", en = "Half of them are there" }
when = "sitting.call > 1 || sitting.present * 2 >= sitting.members"
choice = { fr = "la moitié", en = "half" }

[transitions.select.rules.first]
says = { fr = "Nul n’est devant", en = "Nobody comes before" }
when = "marks.rank <= total.first"
choice = { fr = "en ordre", en = "in order" }

[transitions.refuse]
label = { fr = "Refuser", en = "Refuse" }
to = "refused"
by = ["desk"]
reason = true

[transitions.refuse.rules.majority]
says = { fr = "Personne n’est contre", en = "Nobody is against" }
when = "sitting.ayes >= sitting.noes"
choice = { fr = "la majorité", en = "the majority" }
"""

CLOSE = """
[transitions.close]
label = { fr = "Clore", en = "Close" }
to = "read"
by = ["desk"]
freezes = "marks"
"""

JURY = {
    **SMALL,
    "config.toml": CONFIG.replace('label = { fr = "École", en = "School" }', NAMES) + SITTING,
    "sheets/dossier.toml": SMALL["sheets/dossier.toml"] + JURORS,
    "sheets/marks.toml": FULL_MARKS,
    "states/submitted.toml": SUBMITTED.partition("[transitions.select]")[0] + CLOSE,
    "states/read.toml": READ,
}
"""The files of that contest, which has no fault."""


def jury(path: str = "", old: str = "", new: str = "") -> dict[str, bytes]:
    """The contest after one piece of text, which must be there, was exchanged."""
    texts = dict(JURY)
    if path:
        assert texts[path].count(old) >= 1, f"{path} does not hold {old!r}"
        texts[path] = texts[path].replace(old, new, 1)
    return {name: text.encode() for name, text in texts.items()}
