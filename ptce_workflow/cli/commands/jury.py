"""The jury: its scores, who steps aside, and the ranks that follow from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import (
    argument,
    flag,
    option,
    panel,
    reason,
    reference,
    yes_to_replace,
)
from ptce_workflow.cli.values import alone, pairs
from ptce_workflow.cli.writing import output_file, written

# Each command brings its views when it runs: `--help` builds every command and needs none.


def score(
    call: Invocation,
    ref: Annotated[str, reference()],
    institution: Annotated[
        str, argument(_("INSTITUTION"), _("The institution whose scores they are."))
    ],
    scores: Annotated[
        list[str],
        argument(
            _("CRITERION=SCORE"), _('A score, such as innovation=3.5; or a comment: comment="…".')
        ),
    ],
) -> None:
    """Records the scores that an institution gives a candidature."""
    from ptce_workflow.cli.views import jury as views

    case = call.contest.score(ref, institution, pairs(scores, form=_("CRITERION=SCORE")))
    views.print_scored(call.out, call.contest.process, case, institution)


def recuse(
    call: Invocation,
    ref: Annotated[str, reference()],
    institution: Annotated[str, argument(_("INSTITUTION"), _("The institution that steps aside."))],
    reason: Annotated[str | None, reason()] = None,
    lift: Annotated[bool, flag("--lift", _("It comes back: it scores and counts again."))] = False,
    panel: Annotated[str | None, panel()] = None,
) -> None:
    """Has an institution step aside from a candidature, or come back to it."""
    from ptce_workflow.cli.views import jury as views

    case = call.contest.recuse(ref, institution, reason, lift=lift, panel=panel)
    views.print_recused(call.out, call.contest.process, case, institution, lift=lift)


def conflicts(
    call: Invocation,
    panel: Annotated[str | None, panel()] = None,
) -> None:
    """Lists the conflicts of interest that dossiers show."""
    from ptce_workflow.cli.views import jury as views

    found = call.contest.conflicts(panel)
    if call.out.as_data:
        call.out.data(views.conflicts_data(call.contest.process, found))
    else:
        views.print_conflicts(call.out, call.contest.process, found)


def rank(
    call: Invocation,
    html: Annotated[
        Path | None, option("--html", _("FILE"), _("Write it there as a page to read or print."))
    ] = None,
    panel: Annotated[str | None, panel()] = None,
    yes: Annotated[bool, yes_to_replace()] = False,
) -> int:
    """Ranks the candidatures by their scores."""
    from ptce_workflow.cli.views import ranking as views

    if html is not None:
        alone("--html", {"--json": call.out.as_data})
    standing = call.contest.standing(panel)
    if call.out.as_data:
        call.out.data(views.rank_data(standing))
    elif html is None:
        views.print_rank(call.out, standing)
    else:
        from ptce_workflow.documents.ranking import ranking_page

        target = output_file(call, html, (".html",))
        page = ranking_page(standing, call.contest.clock.now()).encode()
        if not written(call, target, page, yes=yes):
            return NOT_DONE
        call.out.tell(_("The ranking is in {file}.").format(file=html))
    return DONE
