"""The chapter of the format's page on panels: their marks, their ranking, their sittings."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.words import _
from ptce_workflow.process.markdown import table

PANEL = """
# sheets/marks.toml
label = { fr = "Notes", en = "Marks" }
by = ["jury"]
members = ["town", "school"]
conflicts = ["dossier.members.name"]
mean = { no_opinion = "left_out", choice = { fr = "ni pour ni contre", en = "neither way" } }

[fields.beauty]
type = "score"
label = { fr = "Beauté", en = "Beauty" }
scale = { from = 0, to = 5, step = 0.5 }
weight = 2
no_opinion = true
comment_in = "comment"
comment_under = 1.5
choice = { fr = "le double du reste", en = "twice the rest" }

[fields.comment]
type = "long_text"
label = { fr = "Commentaire", en = "Comment" }
"""
"""A panel that asks for an explanation of its low marks."""

SITTING = """
# config.toml
[sittings.jury]
label = { fr = "Séance du jury", en = "Jury sitting" }
panel = "marks"
in = ["submitted"]
decides = ["select", "refuse"]
reasons.refuse = { fr = "Au rang {marks.rank}", en = "At rank {marks.rank}" }
casting_vote = true
choice = { fr = "le jury décide ensemble", en = "the jury decides together" }
"""
"""A meeting of that panel."""


def panels() -> Iterator[str]:
    """Blocks of Markdown, in the language in force."""
    yield from _panels()
    yield from _sittings()


def _panels() -> Iterator[str]:
    yield "## " + _("Panels")
    yield _(
        "A sheet that names `members`, institutions of `config.toml`, is a panel: each of them "
        "fills it once. Its fields are marks (`score`) and comments (`text`, `long_text`). The "
        "figure of a criterion is the plain mean of the marks it received; the panel's total is "
        "the mean of its criteria by their `weight`. Each is worked out exactly and rounded once."
    )
    yield f"```toml\n{PANEL.strip()}\n```"
    yield _(
        "With `no_opinion = true` a member may write `-`, which `[mean]` leaves out of the mean or "
        "counts as the lowest mark. `comment_under` and `comment_over` say which marks must be "
        "explained, in the field that `comment_in` names. `weight`, like the scale, rests on the "
        "`source` or `choice` of its criterion; `[mean]` has one of its own."
    )
    yield _(
        "`assigned` names an `options` field whose answers are members: only those chosen are "
        "asked about that candidature. A member with an interest in it steps aside, and then "
        "neither scores nor counts. `conflicts` names the texts, or text columns of tables, in "
        "which the `names` of the institutions are looked for: what is found is proposed, and a "
        "person decides."
    )
    yield _(
        "The tables `[order.<name>]` say by which figures the panel ranks, the key of rank 1 "
        "first. For a sheet `marks`, a key is `marks.total`, `marks.plain`, `marks.lowest`, "
        "`marks.spread`, `marks.voices` or `marks.<criterion>`; what they leave tied, a vote may "
        "part. Ranks are recorded once the marks are frozen (`freezes`)."
    )


def _sittings() -> Iterator[str]:
    yield "## " + _("Sittings")
    yield _(
        "A table `[sittings.<name>]` of `config.toml` is a meeting of a panel that decides "
        "(`ptce deliberate`). The transitions of `decides` are tried one after the other, each for "
        "all candidatures in the states of `in`, in rank order, that have no decision yet: the "
        "rules make the cut. All decisions are made together, or none."
    )
    yield f"```toml\n{SITTING.strip()}\n```"
    yield _(
        "Each of `decides` leaves every state of `in`, and the desk may make it. To decide "
        "otherwise than the ranking takes a reason and a vote of those present, by simple "
        "majority; `casting_vote = true` lets the chair decide a tie. `reasons` are what is "
        "written down, and told, when the panel gives no reason of its own."
    )
    yield _("Quorum and majority are ordinary rules on those transitions, for example:")
    yield table(
        (_("condition"), _("meaning")),
        (
            "`sitting.call > 1 || sitting.present * 2 >= sitting.members`",
            _("half of those who count are there; a second call needs no quorum"),
        ),
        ("`sitting.ayes >= sitting.noes`", _("no vote, or the voices against do not prevail")),
    )
    yield _(
        "A waiting list moves in order by a total with `least`, such as "
        '`least = "marks.rank"` over those who wait, and a rule such as '
        "`total.waiting == 0 || marks.rank <= total.first_waiting`."
    )
