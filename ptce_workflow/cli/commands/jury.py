"""The jury: its scores, who steps aside, and the ranks that follow from them."""

from __future__ import annotations

from pathlib import Path

import click

from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import (
    PATH,
    alone,
    pairs,
    panel,
    reason,
    reference,
    to_file,
    yes_to_replace,
)
from ptce_workflow.cli.writing import shown
from ptce_workflow.papers.formats import FORMATS

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    examples=(
        "ptce jury score C-011 dreets innovation=4 partners=3.5",
        N_('ptce jury score C-011 dreets innovation=- comment="outside our field"'),
    ),
)
@reference
@click.argument(
    "institution", metavar=N_("INSTITUTION"), help=N_("The institution whose scores they are.")
)
@click.argument(
    "scores",
    metavar=N_("CRITERION=SCORE"),
    help=N_('A score, such as innovation=3.5; or a comment: comment="…".'),
    nargs=-1,
    required=True,
)
def score(call: Invocation, ref: str, institution: str, scores: tuple[str, ...]) -> None:
    """Record an institution's scores of a candidature.

    All of the scores are recorded, or none. A later score replaces the former one; - says that the
    institution has no opinion, where the grid allows it.
    """
    from ptce_workflow.app.jury.marks import score
    from ptce_workflow.cli.views import jury as views

    case = score(call.contest, ref, institution, pairs(scores, form=_("CRITERION=SCORE")))
    views.print_scored(call.out, call.contest.process, case, institution)


@command(
    examples=(
        N_('ptce jury recuse C-011 cress --reason "it is a member of the collective"'),
        N_('ptce jury recuse C-011 cress --lift --reason "entered for another one"'),
    ),
)
@reference
@click.argument(
    "institution", metavar=N_("INSTITUTION"), help=N_("The institution that steps aside.")
)
@reason
@click.option("--lift", is_flag=True, help=N_("It comes back: it scores and counts again."))
@panel
def recuse(
    call: Invocation, ref: str, institution: str, reason: str | None, lift: bool, panel: str | None
) -> None:
    """Have an institution step aside from a candidature.

    It neither scores nor counts for it any more; what it scored stays in the ledger. Means that
    were recorded are recorded anew; a rank that a sitting has recorded stays.
    """
    from ptce_workflow.app.jury.cutoff import ranking
    from ptce_workflow.app.jury.marks import recuse
    from ptce_workflow.cli.views import jury as views

    case = recuse(call.contest, ref, institution, reason, lift=lift, panel=panel)
    process = call.contest.process
    ranks = {
        name: one.rank
        for name in case.panels
        for one in ranking(call.contest, name)[1]
        if one.case.id == case.id
    }
    views.print_recused(call.out, process, case, institution, ranks=ranks, lift=lift)


@command(
    examples=("ptce jury conflicts",),
    shape="[{ref, candidature, panel, institution, field, text, name}]",
)
@panel
def conflicts(call: Invocation, panel: str | None) -> None:
    """List the conflicts of interest that dossiers show.

    An institution, or a network that it heads, is named in a dossier: that is proposed here, and a
    person decides. Nothing is recorded.
    """
    from ptce_workflow.app.jury.marks import conflicts
    from ptce_workflow.cli.views import jury as views

    found = conflicts(call.contest, panel)
    if call.out.as_data:
        call.out.data(views.conflicts_data(call.contest.process, found))
    else:
        views.print_conflicts(call.out, call.contest.process, found)


@command(
    examples=("ptce jury rank", "ptce jury rank --html ranking.html"),
    shape=(
        "{panel, frozen, cut: {after, in, out, close, difference, at}, group_cuts: [{after, in, "
        "out, close, difference, at, group}], torn: [{transition, refs}], ranking: [{rank, tied, "
        "parted_by, ref, name, state, frozen, recorded, total, voices, expected, recused, "
        "spread, lowest_voice, highest_voice, criteria, outcome}]}"
    ),
)
@click.option("--html", metavar=N_("FILE"), help=N_("The same as -o, for a page."), type=PATH)
@to_file
@panel
@yes_to_replace
def rank(
    call: Invocation, html: Path | None, file: Path | None, panel: str | None, yes: bool
) -> int:
    """Rank the candidatures by their scores.

    The mean, the voices, the spread between the institutions, and where the rules would cut if all
    of them met now, or at the first date that lets them decide. The call is close when the last
    mean let in and the first one left out are less than half a step of the scale apart.
    """
    from ptce_workflow.app.jury import cutoff
    from ptce_workflow.cli.views.jury import rank_data
    from ptce_workflow.papers.ranking import ranking

    if html is not None:
        alone("--html", {"-o": file is not None})
    file = file or html
    standing = cutoff.standing(call.contest, panel)
    now = call.contest.clock.now()
    return shown(
        call,
        lambda: ranking(standing, now, whole=file is not None),
        lambda: rank_data(standing),
        file,
        yes=yes,
        forms=FORMATS if html is None else (".html",),
    )
