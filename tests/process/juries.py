"""The small contest with a panel and a sitting that hold one of everything a jury may have."""

from tests.process.contests import CONFIG, MARKS, SMALL, SUBMITTED

JURORS = """
[fields.jurors]
type = "options"
label = "Jurors"
required = false
options.town = "Town"
options.school = "School"
"""

FULL_MARKS = (
    MARKS.replace(
        'members = ["town", "school"]',
        'members = ["town", "school"]\n'
        'assigned = "dossier.jurors"\n'
        'conflicts = ["dossier.members.name", "dossier.name"]\n'
        'rounding = "half_even"\nno_opinion = "lowest"\nchoice = "x"',
    ).replace(
        "step = 0.5 }",
        'step = 0.5 }\nweight = 2.5\nno_opinion = true\ncomment_in = "remark"\n'
        "comment_under = 1.5\ncomment_over = 4.5",
    )
    + """
[fields.use]
type = "score"
label = "Use"
scale = { from = 0, to = 5 }
weight = 0
choice = "for the record"

[fields.remark]
type = "text"
label = "Remark"

[order.plain]
rank = 2
key = "marks.spread"
ascending = true
choice = "agreement"
"""
)

SITTING = """
[sittings.jury]
label = "Sitting"
panel = "marks"
in = ["read"]
decides = ["select", "refuse"]
reasons.refuse = "At rank {marks.rank}"
casting_vote = true
choice = "together"

[totals.first]
label = "Best rank"
in = ["read"]
least = "marks.rank"
"""

NAMES = 'label = "School"\nnames = ["École du parc", "Les Tilleuls"]'

READ = """
label = "Read"
meaning = "The jury decides."

[transitions.select]
label = "Select"
to = "selected"
by = ["desk"]

[transitions.select.rules.quorum]
says = "Half of them are there"
when = "sitting.call > 1 || sitting.present * 2 >= sitting.members"
choice = "half"

[transitions.select.rules.first]
says = "Nobody comes before"
when = "marks.rank <= total.first"
choice = "in order"

[transitions.refuse]
label = "Refuse"
to = "refused"
by = ["desk"]
reason = true

[transitions.refuse.rules.majority]
says = "Nobody is against"
when = "sitting.ayes >= sitting.noes"
choice = "the majority"
"""

CLOSE = """
[transitions.close]
label = "Close"
to = "read"
by = ["desk"]
freezes = "marks"
"""

JURY = {
    **SMALL,
    "config.toml": CONFIG.replace('label = "School"', NAMES) + SITTING,
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
