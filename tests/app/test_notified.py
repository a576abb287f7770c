"""A decision's clock starts when its mail has left, and stands still again where that came back."""

import re

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import edit as edit_mail
from ptce_workflow.app.outbox.desk import letter_view, messages, release, resolve
from ptce_workflow.base.errors import PtceError
from ptce_workflow.office.formats import to_html
from ptce_workflow.process.dates import notified
from ptce_workflow.reports.candidatures import show_report
from tests import mailing
from tests.mailing import at, bodies, notify, pass_at
from tests.rehearsal import edit, move, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

_ENDS = """
[transitions.end]
label = "End"
to = "withdrawn"
rules.told = { says = "The decision was notified", when = "given.notified", choice = "it counts from then" }
rules.late = { says = "The time for remedies has passed", when = "now >= date.remedies", choice = "not before" }
rules.back = { says = "It has been submitted once", when = "given.entered.submitted", choice = "else nothing was decided" }
"""  # noqa: E501
_DATE = 'remedies = { label = "Remedies", at = "notified + 10 days at 18:00", choice = "days" }'


@pytest.fixture
def deciding(contest: Contest) -> Contest:
    """A contest in which giving a dossier back is a decision, which has a term and a reminder."""
    notify(contest.folder, "nudge", 'in = ["draft"]\nat = ["notified + 9 days at 09:00"]')
    edit(contest, "config.toml", "[dates]", f"[dates]\n{_DATE}")
    edit(
        contest, "states/submitted.toml", "reason = true }", 'reason = true, decision = "adverse" }'
    )
    draft = contest.folder / "states" / "draft.toml"
    draft.write_text(draft.read_text("utf-8") + _ENDS, "utf-8")
    adopt(contest, "Un recours.")
    return contest


def told(contest: Contest) -> str | None:
    """When the last decision on the one candidature was notified, in UTC."""
    case = show(contest, "C-001").case
    instant = notified(contest.process.definition, case)
    return None if instant is None else f"{instant:%m-%d %H:%M}"


def nudges(contest: Contest) -> list[str]:
    """The days on which the reminder leaves."""
    planned = messages(contest, ["planned"], notification="nudge")
    return [f"{one.due:%m-%d}" for one in planned]


def let_go(contest: Contest) -> str:
    """The held mail of the decision, which a person lets go."""
    [held] = messages(contest, ["held"])
    release(contest, [held.name])
    return held.name


def test_from_its_mail_alone(deciding: Contest, server: Server) -> None:
    """Nothing counts from the decision, all from its mail; what came back is not counted."""
    submitted(deciding)
    move(deciding, "give_back", "C-001", reason="Une pièce manque.")
    pass_at(deciding, server, "2024-02-21T10:00")
    assert (told(deciding), nudges(deciding)) == (None, [])
    name = let_go(deciding)
    pass_at(deciding, server, "2024-02-23T10:00")
    assert (told(deciding), nudges(deciding)) == ("02-23 09:00", ["03-01"])
    resolve(deciding, name, "bounced", "550 5.1.1 unknown")
    assert (told(deciding), nudges(deciding)) == (None, [])
    resolve(deciding, name, "sent", "Another address.")
    assert (told(deciding), nudges(deciding)) == ("02-23 09:00", ["03-01"])
    assert verify(deciding).faults == ()


def test_the_last_decision_counts(deciding: Contest, server: Server) -> None:
    """A decision taken again has to be told again, whatever was told of the first."""
    submitted(deciding)
    for day in ("2024-02-21", "2024-02-26"):
        move(deciding, "give_back", "C-001", reason="Une pièce manque.")
        assert told(deciding) is None
        let_go(deciding)
        pass_at(deciding, server, f"{day}T10:00")
        assert told(deciding) == f"{at(f'{day}T10:00'):%m-%d %H:%M}"
        move(deciding, "submit", "C-001")


def test_each_decision_is_shown_with_the_mail_that_told_it(
    deciding: Contest, server: Server
) -> None:
    """Taken twice and told by the same letter: each has its own; the second has not left yet."""
    submitted(deciding)
    first = at("2024-02-21T10:00")
    move(deciding, "give_back", "C-001", reason="Une pièce manque.")
    name = let_go(deciding)
    pass_at(deciding, server, "2024-02-21T10:00")
    move(deciding, "submit", "C-001")
    move(deciding, "give_back", "C-001", reason="Une autre manque.")
    told_first, held = show(deciding, "C-001").decisions
    assert (told_first.mail, told_first.notified) == (name, first)
    assert (held.at, held.notified) == (first, None)
    dossier = show(deciding, "C-001")
    text = to_html(show_report(dossier, first))
    assert re.search(r"“Give back”, notified on Wednesday 21 February 2024 at 10:00", text)
    assert re.search(r"“Give back”, not notified", text)


def test_rules_read_it(deciding: Contest, server: Server) -> None:
    """What hangs on it is not known before, and says so."""
    submitted(deciding)
    move(deciding, "give_back", "C-001", reason="Une pièce manque.")
    told_late = why(deciding, "C-001", "end").edges[0].rules
    assert [str(one.answer) for one in told_late] == ["fails", "unknown", "holds"]
    let_go(deciding)
    pass_at(deciding, server, "2024-02-23T10:00")
    pass_at(deciding, server, "2024-03-05T10:00")
    move(deciding, "end", "C-001")


_TERMS = """
By {{ date.remedies }}.
{% if transition.date.remedies is defined %}Before: {{ transition.date.remedies.day }}.{% endif %}
{% for one in sent %}
- {{ one.label }}, {{ one.at.day }}
{% endfor %}
"""


@pytest.fixture
def lapsing(deciding: Contest, server: Server) -> Contest:
    """The contest in which time decides on drafts as well; both letters wait to be read."""
    edit(deciding, "states/draft.toml", 'label = "Close"', 'label = "Close"\ndecision = "adverse"')
    notify(deciding.folder, "lapsed", "held = true", _TERMS)
    notify(deciding.folder, "given_back", mailing.NOTIFICATIONS["given_back"], _TERMS)
    adopt(deciding, "Une clôture.")
    submitted(deciding)
    for hour in ("10:00", "11:00"):
        pass_at(deciding, server, f"2024-02-20T{hour}")
    move(deciding, "give_back", "C-001", reason="Une pièce manque.")
    return deciding


def said(contest: Contest, name: str) -> str:
    """What a mail says, without what stands around it."""
    return letter_view(contest, name).letter.text


def test_its_mail_tells_the_terms_that_it_opens(lapsing: Contest, server: Server) -> None:
    pass_at(lapsing, server, "2024-02-23T10:00")
    [first] = messages(lapsing, ["held"])
    assert "By Monday 4 March 2024 at 18:00." in said(lapsing, first.name)
    assert "Before" not in said(lapsing, first.name)
    release(lapsing, [first.name])
    pass_at(lapsing, server, "2024-02-23T10:01")
    assert told(lapsing) == "02-23 09:01"
    pass_at(lapsing, server, "2024-03-14T18:05")
    [second] = messages(lapsing, ["held"])
    words = said(lapsing, second.name)
    assert "By Sunday 24 March 2024 at 18:00." in words
    assert "Before: Monday 4 March 2024." in words
    assert "- Given back, Friday 23 February 2024\n" in words
    assert "Receipt" not in words, "it had left before the candidature came there"
    assert told(lapsing) is None


def test_a_decision_that_time_made_says_so(lapsing: Contest, server: Server) -> None:
    """In its letter, as somebody may rewrite it as well; that of a person's says nothing of it."""
    made = "This decision was made automatically on Thursday 14 March 2024 at 18:00:"
    release(lapsing, [messages(lapsing, ["held"])[0].name])
    pass_at(lapsing, server, "2024-02-23T10:00")
    pass_at(lapsing, server, "2024-03-14T18:05")
    [held] = messages(lapsing, ["held"])
    assert made in said(lapsing, held.name)
    edit_mail(lapsing, held.name, "# Closed\n\nWe have looked for it everywhere.\n")
    assert made in said(lapsing, held.name)
    assert "made automatically" not in bodies(server, "given_back")[0]


def test_the_mail_of_a_decision_that_another_has_replaced(lapsing: Contest, server: Server) -> None:
    """It leaves alone, with a reason, and never beside the mail of the other one."""
    pass_at(lapsing, server, "2024-03-14T18:05")
    first, second = (one.name for one in messages(lapsing, ["held"]))
    for names, reason in (([first], None), ([first, second], None), ([first], " ")):
        with pytest.raises(PtceError, match="that a later one has replaced"):
            release(lapsing, names, reason)
    with pytest.raises(PtceError, match="for one mail alone"):
        release(lapsing, [first, second], "By law.")
    assert len(messages(lapsing, ["held"])) == 2
    release(lapsing, [first], "They ask to have it in writing.")
    [released] = mailing.told(lapsing, "messages_released")
    assert released.pd is not None
    release(lapsing, [second])
    pass_at(lapsing, server, "2024-03-15T10:00")
    assert not messages(lapsing, ["held", "planned"], ref="C-001")
    assert verify(lapsing).intact


def test_a_mail_that_failed_leaves_no_more_once_its_decision_is_replaced(
    lapsing: Contest, server: Server
) -> None:
    [first] = messages(lapsing, ["held"])
    release(lapsing, [first.name])
    server.then("RCPT", "550 no such user")
    pass_at(lapsing, server, "2024-02-23T10:00")
    pass_at(lapsing, server, "2024-03-14T18:05")
    with pytest.raises(PtceError, match=f"resolve {first.name} --resend"):
        resolve(lapsing, first.name, "resend")
    resolve(lapsing, first.name, "resend", "They ask to have it in writing.")
