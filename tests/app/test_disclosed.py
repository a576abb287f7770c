"""The marks of a candidature, for whoever asks why: once they are closed, and never before."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.record import receive
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import recuse, score
from ptce_workflow.app.outbox.desk import letter_view, messages
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.exports.documents import disclosed, marks_of
from ptce_workflow.office.formats import as_written
from tests.rehearsal import edit, move, opened
from tests.voting import MEETING, added, agenda, called, clock, contest, english, frozen

__all__ = ["called", "clock", "contest", "english"]

MAIL = '+++\non = "scored.decline"\nheld = true\n+++\n# Declined\n\nYour application is declined.\n'
REMEDIES = "Write to us before the end of {{ date.meeting }}: {{ candidature.ref }}.\n"


def notified(contest: Contest, *more: str) -> None:
    """Has a refusal be told, and `more`, with what may be done against it."""
    told = ["scored.decline"]
    for folder, file, text in (
        ("notifications", "declined.md", MAIL.replace('"scored.decline"', str([*told, *more]))),
        ("texts", "remedies.md", REMEDIES),
    ):
        (contest.folder / folder).mkdir(exist_ok=True)
        (contest.folder / folder / file).write_text(text, "utf-8")
    edit(contest, "states/scored.toml", "reason = true", 'reason = true\ndecision = "adverse"')
    adopt(contest, "Chaque refus est dit.")


def refused(contest: Contest, clock: SetClock) -> str:
    """Three better ones, and one that the sitting declines; its reference."""
    frozen(contest, "5", "4", "3")
    ref = added(contest)
    for seat, mark in (("north", "1"), ("south", "0.5"), ("east", "5")):
        score(contest, ref, seat, {"idea": mark, "method": "0.5", "remark": f"Said {seat}."})
    recuse(contest, ref, "east", "Voisine.")
    move(contest, "close_scoring", ref)
    clock.instant = MEETING
    deliberate(contest, agenda("north", "south", "west"))
    return ref


def test_the_refused_are_told(contest: Contest, clock: SetClock) -> None:
    notified(contest)
    ref = refused(contest, clock)
    told = disclosed(contest, ref)
    report = marks_of(told)
    said = str(report.parts)
    for words in (
        "4 of 4",
        "0.63",
        "The mean reaches 1.00",
        "As the email that tells the decision says it:",
        "observed: 0.63",
        "North: Said north.",
        "Stepped aside: East (2 marks, withdrawn).",
        "Write to us before the end of Tuesday 9 April 2024",
    ):
        assert words in said, words
    assert "Said east." not in said
    assert as_written(report, ".docx")
    assert b"C-004" in as_written(report, ".html")


APPEAL = """label = "Appeal"
in = ["declined"]
choice = "anybody may be wrong"
transitions.rejected = { label = "Reject", decision = "adverse" }
fields.grounds = { type = "text", label = "Grounds", required = false }
"""


def test_an_answer_is_not_the_decision(contest: Contest, clock: SetClock) -> None:
    """Once an appeal is rejected, what is told is still the decision on the marks."""
    (contest.folder / "requests").mkdir()
    (contest.folder / "requests" / "appeal.toml").write_text(APPEAL, "utf-8")
    notified(contest, "appeal.rejected")
    ref = refused(contest, clock)
    receive(contest, ref, "appeal")
    advance(contest, [ref], "appeal.rejected")
    told = disclosed(contest, ref)
    assert told.decision is not None
    assert told.decision.edge.name == "decline"
    assert "The mean reaches 1.00" in str(marks_of(told).parts)
    assert told.remedies


def test_means_alone(contest: Contest, clock: SetClock) -> None:
    """A folder may keep to itself which institution gave which mark."""
    means = 'discloses = "means"\nchoice = "a jury speaks with one voice"\nmembers ='
    edit(contest, "sheets/cra.toml", "members =", means)
    adopt(contest, "Le jury parle d’une voix.")
    said = str(marks_of(disclosed(contest, refused(contest, clock))).parts)
    assert "0.63" in said
    assert "North" not in said


def test_not_before(contest: Contest, clock: SetClock) -> None:
    """While marks may change nobody is told; a member that stepped aside never is."""
    enrol(contest, "Eva", ["jury"], institution="east", login="eva")
    ref = added(contest)
    with pytest.raises(PtceError, match="not closed"):
        disclosed(contest, ref)
    ref = refused(contest, clock)
    with opened(contest.folder, clock, "eva") as own, pytest.raises(PtceError, match="closed"):
        disclosed(own, ref)


def test_nor_by_the_mail_of_the_decision(contest: Contest, clock: SetClock) -> None:
    """A mail may tell the mean: the desk reads it, who stepped aside does not."""
    enrol(contest, "Eva", ["jury"], institution="east", login="eva")
    notified(contest)
    ref = refused(contest, clock)
    [held] = messages(contest, ["held"])
    assert letter_view(contest, held.name).posted.ref == ref
    with opened(contest.folder, clock, "eva") as own, pytest.raises(PtceError, match="its marks"):
        letter_view(own, held.name)
