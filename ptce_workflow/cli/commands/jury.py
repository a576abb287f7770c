"""The jury: its scores, grids, who steps aside, and the ranks that follow from them."""

from __future__ import annotations

from pathlib import Path

import click

from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.faults import DONE, NOT_DONE
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
    written_or_taken,
    yes_to_import,
    yes_to_replace,
)
from ptce_workflow.cli.writing import output_file, shown, written
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
    from ptce_workflow.app.jury.recusal import recuse
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
    from ptce_workflow.app.jury.recusal import conflicts
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


GRID_FORMATS = (".xlsx", ".csv")

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    examples=(
        "ptce jury grid --institution dreets -o dreets.xlsx",
        "ptce jury grid --import dreets.xlsx",
    ),
    shape=(
        "{file, institution, panel, rows, recorded, changes: [{ref, field, cell, is_new, old, "
        "new}]}"
    ),
)
@click.option(
    "--institution",
    metavar=N_("INSTITUTION"),
    help=N_("Whose grid it is; a juror's own goes unsaid."),
)
@panel
@click.option(
    "-o",
    "output",
    metavar=N_("FILE"),
    help=N_("Write the grid there, as .xlsx or .csv."),
    type=PATH,
)
@click.option(
    "--import", "filled", metavar=N_("FILE"), help=N_("Take the marks of this grid."), type=PATH
)
@yes_to_import
def grid(
    call: Invocation,
    institution: str | None,
    panel: str | None,
    output: Path | None,
    filled: Path | None,
    yes: bool,
) -> int:
    """Write an institution's grid, or take the marks of one.

    A workbook (.xlsx) or a table (.csv) with a row for each candidature that the institution is
    asked about. --import reads it back, shows what changes, asks, and records all of it or nothing.
    An empty cell takes nothing back.
    """
    what = _("Say either where to write the grid or which one to take.")
    written_or_taken(output, filled, what)
    if output is not None:
        return write(call, output, institution, panel, yes=yes)
    assert filled is not None
    return take(call, filled, institution, yes=yes)


def write(
    call: Invocation, file: Path, institution: str | None, panel: str | None, *, yes: bool
) -> int:
    """Writes a grid in a file; one that is there already is replaced only on a yes."""
    from ptce_workflow.app.jury.grid import grid
    from ptce_workflow.cli.views import grid as views
    from ptce_workflow.papers.grid import grid_form
    from ptce_workflow.papers.sheets import form_written

    target = output_file(call, file, GRID_FORMATS)
    asked = grid(call.contest, institution, panel)
    content = form_written(grid_form(asked), target.form, call.contest.clock.now())
    if not written(call, target, content, yes=yes):
        return NOT_DONE
    if call.out.as_data:
        call.out.data(views.written_data(file, asked))
    else:
        views.print_written(call.out, file, asked)
    return DONE


def take(call: Invocation, file: Path, institution: str | None, *, yes: bool) -> int:
    """Shows what a grid changes and, on a yes, records it."""
    from ptce_workflow.app.jury.grid import take_grid
    from ptce_workflow.cli.asking import agreed
    from ptce_workflow.cli.views import grid as views
    from ptce_workflow.papers.grid import read_grid

    contest = call.contest
    filled = read_grid(file, contest.process)
    if yes:
        taken = take_grid(contest, filled, institution=institution)
    else:
        taken = take_grid(contest, filled, institution=institution, dry_run=True)
    if not call.out.as_data:
        views.print_changes(call.out, contest.process, file, taken)
    if taken.changed and not yes:
        if not agreed(call.out, views.question(taken)):
            call.out.remark(_("Nothing was recorded."))
            return NOT_DONE
        taken = take_grid(contest, filled, institution=institution, shown=taken)
    if call.out.as_data:
        call.out.data(views.taken_data(file, taken))
    else:
        views.print_recorded(call.out, taken)
    return DONE
