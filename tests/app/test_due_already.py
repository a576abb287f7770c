"""What is due as soon as a candidature comes, and what cannot be worked out, are told the desk."""

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.office.page import Advice
from ptce_workflow.process.candidature import RuleAnswer
from ptce_workflow.reports.candidatures import advanced
from tests import mailing
from tests.mailing import pass_at
from tests.rehearsal import added, edit
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server


def test_an_hour_that_is_past_already_is_told(contest: Contest, server: Server) -> None:
    ref = added(contest)
    pass_at(contest, server, "2024-03-18T10:00")
    steps = advance(contest, [ref], "reopen", reason="found")
    told = [
        part.text
        for part in advanced(contest.process, steps, dry_run=False)
        if isinstance(part, Advice) and part.beside
    ]
    assert any("14 March 2024" in text and "next pass" in text for text in told)


def test_a_condition_that_errs_is_told_as_such(contest: Contest) -> None:
    members = "dossier.members.size()"
    when = f"{members} == 0 || {members} > 3 || [10, 20][{members} - 1] > 0"
    rule = f'rules.bounded = {{ says = "The ceiling", when = "{when}", choice = "x" }}'
    edit(contest, "states/draft.toml", "rules.complete =", f"{rule}\nrules.complete =")
    adopt(contest, "Un plafond.")
    three = [{"name": name, "voices": 1} for name in ("La Serre", "Le Four", "Le Puits")]
    ref = added(contest, members=three)
    edge = next(one for one in why(contest, ref).edges if one.name == "submit")
    (told,) = [one for one in edge.rules if one.id == "bounded"]
    assert (told.answer, told.missing) == (RuleAnswer.ERROR, ())
    assert told.observed == "cannot be worked out: 3"
    assert verify(contest).intact
