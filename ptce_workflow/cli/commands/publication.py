"""What leaves a contest for everybody to read."""

from __future__ import annotations

from ptce_workflow.base.words import N_
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import to_file
from ptce_workflow.cli.writing import Answer

HEADING = N_("Candidatures")
# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    "results",
    examples=("ptce results", "ptce results -o results.html"),
    shape="[{name, answers}]",
)
@to_file()
def results(call: Invocation) -> Answer:
    """Publish the results: the laureates, and what the folder publishes of each.

    What is published, and from when, is under [results] in config.toml; before that, nothing is.
    """
    from ptce_workflow.app.cases.overview import laureates
    from ptce_workflow.app.post.untold import untold
    from ptce_workflow.papers import results as papers

    found = laureates(call.contest)
    waiting = len(untold(call.contest))
    return Answer(lambda: papers.results(found, waiting), lambda: papers.results_data(found))
