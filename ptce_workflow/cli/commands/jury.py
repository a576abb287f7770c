"""The jury: its scores and the ranks that follow from them."""

from __future__ import annotations

from typing import Annotated

from ptce_workflow.base.words import _
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import argument, reference
from ptce_workflow.cli.values import pairs

# Each command brings its views when it runs: `--help` builds every command and needs none.


def score(
    call: Invocation,
    ref: Annotated[str, reference()],
    institution: Annotated[
        str, argument(_("INSTITUTION"), _("The institution whose scores they are."))
    ],
    scores: Annotated[
        list[str], argument(_("CRITERION=SCORE"), _("A score, such as innovation=3.5."))
    ],
) -> None:
    """Records the scores that an institution gives a candidature."""
    from ptce_workflow.cli.views import jury as views

    case = call.contest.score(ref, institution, pairs(scores, form=_("CRITERION=SCORE")))
    views.print_scored(call.out, call.contest.process, case, institution)


def rank(call: Invocation) -> None:
    """Ranks the candidatures by their scores."""
    from ptce_workflow.cli.views import jury as views

    panel, ranked = call.contest.rank()
    process = call.contest.process
    if call.out.as_data:
        call.out.data(views.rank_data(process, panel, ranked))
    else:
        views.print_rank(call.out, process, panel, ranked)
