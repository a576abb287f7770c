"""The part of the table of commands that is about the panel: marks, ranking, sittings, minutes."""

from __future__ import annotations

from ptce_workflow.base.words import _
from ptce_workflow.cli.entry import Entry

# What `--json` writes of one decision, and of one vote.
_DECISIONS = (
    "decisions: [{ref, name, rank, tied, mean, transition, to, instead, reason, tries: "
    "[{transition, allowed, verdicts}]}]"
)
_VOTES = "votes: [{about, refs, transition, ayes, noes, casting, carried, reason}]"


def jury_entries() -> tuple[Entry, ...]:
    """The commands about the panel.

    *Shape*: in the language in force when called.
    """
    return (Entry("jury", _("Score the candidatures and rank them.")), *_marking(), *_deciding())


def _marking() -> tuple[Entry, ...]:
    return (
        Entry(
            "jury score",
            _("Record an institution's scores of a candidature."),
            "jury:score",
            _(
                "All of the scores are recorded, or none. A later score replaces the former one; "
                "- says that the institution has no opinion, where the grid allows it."
            ),
            (
                "ptce jury score C-011 dreets innovation=4 partners=3.5",
                _('ptce jury score C-011 dreets innovation=- comment="outside our field"'),
            ),
        ),
        _grid(),
        Entry(
            "jury recuse",
            _("Have an institution step aside from a candidature."),
            "jury:recuse",
            _(
                "It neither scores nor counts for it any more; what it scored stays in the "
                "ledger. Means and ranks that were recorded are recorded anew."
            ),
            (
                _('ptce jury recuse C-011 cress --reason "it is a member of the collective"'),
                _('ptce jury recuse C-011 cress --lift --reason "entered for another one"'),
            ),
        ),
        Entry(
            "jury conflicts",
            _("List the conflicts of interest that dossiers show."),
            "jury:conflicts",
            _(
                "An institution, or a network that it heads, is named in a dossier: that is "
                "proposed here, and a person decides. Nothing is recorded."
            ),
            ("ptce jury conflicts",),
            "[{ref, candidature, panel, institution, field, text, name}]",
        ),
        Entry(
            "jury rank",
            _("Rank the candidatures by their scores."),
            "jury:rank",
            _(
                "The mean, the voices, the spread between the institutions, and where the rules "
                "would cut if all of them met now, or at the first date that lets them decide. "
                "The call is close when the last mean let in and the first one left out are less "
                "than half a step of the scale apart."
            ),
            ("ptce jury rank", "ptce jury rank --html ranking.html"),
            "{panel, frozen, cut: {after, in, out, close, difference, at}, group_cuts: [{after, "
            "in, out, close, difference, at, group}], torn: [{transition, refs}], ranking: "
            "[{rank, tied, parted_by, ref, name, state, frozen, total, voices, expected, recused, "
            "spread, lowest_voice, highest_voice, criteria, outcome}]}",
        ),
    )


def _grid() -> Entry:
    return Entry(
        "jury grid",
        _("Write an institution's grid, or take the marks of one."),
        "jury_grid:grid",
        _(
            "A workbook (.xlsx) or a table (.csv) with a row for each candidature that the "
            "institution is asked about. --import reads it back, shows what changes, asks, and "
            "records all of it or nothing. An empty cell takes nothing back."
        ),
        (
            "ptce jury grid --institution dreets -o dreets.xlsx",
            "ptce jury grid --import dreets.xlsx",
        ),
        "{file, institution, panel, rows, recorded, changes: [{ref, field, cell, is_new, old, "
        "new}]}",
    )


def _deciding() -> tuple[Entry, ...]:
    return (
        Entry(
            "deliberate",
            _("Hold a sitting of the jury and decide, all or nothing."),
            "deliberate:deliberate",
            _(
                "The transitions of the sitting are tried in rank order, so that the rules make "
                "the cut. A vote parts a tie (--order) or departs from the ranking "
                "(--deviation); the n-th --ayes, --noes and --reason belong to the n-th of them. "
                "An agenda says all of it in a file. Shows the outcome, then asks."
            ),
            (
                "ptce deliberate --present sgar,cress,dreets,region --chair sgar --dry-run",
                "ptce deliberate --template > agenda.toml",
                "ptce deliberate --agenda agenda.toml",
                _(
                    "ptce deliberate --present sgar,cress,dreets,region --deviation "
                    'C-007=wait_list --ayes sgar,cress,dreets --noes region --reason "…"'
                ),
            ),
            f"{{line, sitting, call, present, chair, decided, written, {_VOTES}, {_DECISIONS}}}",
        ),
        Entry(
            "minutes",
            _("Write the minutes of a sitting, from the ledger alone."),
            "deliberate:minutes",
            _(
                "The last sitting, or the one of that number: who was there, the ranking, the "
                "votes, each decision with its rules and articles, and how to check all of it."
            ),
            (
                "ptce minutes -o minutes.docx",
                "ptce minutes 1 -o minutes.html",
                "ptce minutes --list",
            ),
            "[{number, sitting, call, at, line, closed, hash, present, chair, decided}]",
        ),
    )
