"""Stories told otherwise by a patient hand: every line in its place, all that is kept rebuilt."""

from typing import Any

from tests.ledger.rebuilt import rebuilds, without
from tests.ledger.tamperer import Tamperer
from tests.ledger.tamperings.table import Expected, Table, in_earnest

REWRITTEN = Table()
_MADE, _PLANNED, _SENT = "transition_made", "messages_planned", "message_sent"


def line(type_: str, nth: int = 0, **data: Any) -> tuple[str, int, dict[str, Any]]:
    """What finds a line of a ledger."""
    return type_, nth, data


Line = tuple[str, int, dict[str, Any]]


def _found(it: Tamperer, where: Line) -> int:
    type_, nth, data = where
    return it.find(type_, nth, **data)


# --- Acts that were never done ------------------------------------------------------------------


def never(it: Tamperer, gone: tuple[Line, ...], named: Line) -> Expected:
    """Acts are taken out with the mails that they planned; a line that rests on them is named."""
    numbers = [_found(it, where) for where in gone]
    n = _found(it, named)
    without(it, *numbers)
    return n - sum(one < n for one in numbers)


REWRITTEN.each(
    never,
    recused=((line("institution_recused", institution="west"),), line(_MADE, to="scored")),
    lifted=((line("recusal_lifted"),), line(_MADE, nth=1, to="scored")),
    recused_twice=((line("institution_recused", 2),), line("recusal_lifted")),
    withdrawn=(
        (
            *(line(_MADE, transition="withdraw"), line("messages_cancelled", -1)),
            line(_PLANNED, -2),
        ),
        line(_MADE, transition="promote"),
    ),
    lapsed=((line(_MADE, transition="lapse"),), line("personal_data_erased", -1)),
    marked=((line("scores_given", institution="south"),), line(_MADE, to="scored")),
    declared=((line("links_declared", institution="north"),), line("scores_given")),
    cleared=(
        (line("links_cleared", institution="east"),),
        line("scores_given", institution="east"),
    ),
    released=((line("messages_released"),), line(_SENT, message="M-019")),
    voted_on_an_order=((line("vote_taken", about="order"),), line("rank_recorded", rank=3)),
    voted_on_a_decision=((line("vote_taken", about="deviation"),), line("deviation_decided")),
    deviated=((line("deviation_decided"),), line(_MADE, transition="select")),
    closed=((line("sitting_closed"),), line(_MADE, transition="rejected")),
    opened=((line("sitting_opened"),), line("vote_taken")),
    called=(
        (
            *(line("sitting_convened"), line(_PLANNED, -12)),
            *(line(_SENT, nth, notification="called") for nth in range(4)),
        ),
        line("convocation_recorded"),
    ),
    ranked=((line("rank_recorded"),), line(_MADE, transition="select")),
    fixed=((line("contest_facts_recorded"),), line(_MADE, transition="select")),
    arrived=((line("sheet_received"),), line("facts_received")),
    appealed=(
        (
            line("sheet_received", sheet="appeal"),
            line(_PLANNED, -7),
            line(_SENT, notification="appeal_received"),
        ),
        line("transition_refused", -1),
    ),
    in_doubt=((line("message_uncertain"),), line("message_resolved", 1)),
    left=((line("person_left"),), line("personal_data_erased")),
    adopted=((line("process_adopted"),), line("key_changed")),
)


@REWRITTEN.tried
def never_erased(it: Tamperer) -> Expected:
    """What somebody told is gone, and nobody erased it."""
    n = it.find("person_enrolled", person="P-007")
    without(it, it.find("personal_data_erased", subject="P-007"))
    return n


# --- Acts of others, or done otherwise ----------------------------------------------------------


def otherwise(it: Tamperer, where: Line, data: dict[str, Any], away: int = 0) -> Expected:
    """A line tells other data; it is named, or one that rests on it."""
    return rebuilds(it, it.data(_found(it, where), **data)) + away


_SAT = line("sitting_opened")
REWRITTEN.each(
    otherwise,
    absent_made_present=(_SAT, {"present": ["north", "south", "east", "west"]}),
    present_made_absent=(_SAT, {"present": ["north", "south"]}, 1),
    another_chair=(_SAT, {"chair": "south"}),
    nobody_for_the_absent=(_SAT, {"proxies": {}}),
    told_earlier=(_SAT, {"notice": 40}),
    another_dissent=(line("sitting_closed"), {"dissent": ["west"]}),
    another_vote=(line("rank_recorded", rank=3), {"vote": 2}),
    another_total=(line(_MADE, 1, transition="select"), {"totals": {"granted": 0, "taken": 0}}),
    another_decision=(line(_MADE, transition="decline"), {"decision": "favourable"}),
    a_juror_of_the_desk=(
        line("person_enrolled", institution="north"),
        {"roles": ["desk"], "institution": None},
        1,
    ),
    arrived_later_than_typed=(
        line("sheet_received"),
        {"received_at": "2024-02-23T10:00:00.000000Z"},
    ),
    typed_of_another_arrival=(
        line("facts_received"),
        {"received_at": "2024-02-22T12:00:00.000000Z"},
    ),
    appealed_in_the_future=(
        line("sheet_received", sheet="appeal"),
        {"received_at": "2024-04-10T15:00:00.000000Z"},
    ),
    another_mail_back=(line("message_bounced"), {"message": "M-010"}),
)


@REWRITTEN.tried
def a_withdrawal_of_another(it: Tamperer) -> Expected:
    """The one that waits has gone, and not the one that was selected."""
    n = it.find(_MADE, transition="withdraw")
    return rebuilds(it, it.change(n, case=it.case("C-003")))


@REWRITTEN.tried
def two_dossiers_exchanged(it: Tamperer) -> Expected:
    """Each of two candidatures has told what the other told."""
    cases = it.case("C-003"), it.case("C-002")
    for n, line_ in enumerate(it.lines, 1):
        if line_.type == "facts_recorded" and line_.case in cases and n < 30:
            [theirs] = {*cases} - {line_.case}
            it.sql("UPDATE side SET subject = ? WHERE n = ? AND subject = ?", theirs, n, line_.case)
            it.change(n, case=theirs, pd={theirs: (line_.pd or {})[line_.case or ""]})
    return rebuilds(it, it.find("facts_recorded", 1))


@REWRITTEN.tried
def two_decisions_exchanged(it: Tamperer) -> Expected:
    """The one that was declined waits, and the one that waits was declined."""
    n, other = (it.find(_MADE, transition=name) for name in ("wait", "decline"))
    one, two = it.line(n).case, it.line(other).case
    it.change(other, case=one)
    return rebuilds(it, it.change(n, case=two))


@REWRITTEN.tried
def a_sent_mail_expired(it: Tamperer) -> Expected:
    """A decision that was told is said never to have left."""
    n = it.find(_SENT, notification="chosen")
    message = it.line(n).data["message"]
    it.change(n, type="messages_expired", data={"messages": [message], "why": "late"}, pd=None)
    return rebuilds(it, n)


@REWRITTEN.tried
def a_sent_mail_rewritten(it: Tamperer) -> Expected:
    """A mail is rewritten after it has left."""
    case = it.case("C-002")
    told = {"message": "M-019", "words": "0" * 64}
    return it.append("message_edited", case=case, side={case: {"reason": "Mieux."}}, **told)


@REWRITTEN.tried
def a_letter_to_somebody_unknown(it: Tamperer) -> Expected:
    """The desk is said to have written to somebody whom no line enrols."""
    return it.data(it.find("message_written", recipient="P-003"), recipient="P-099")


@REWRITTEN.tried
def a_letter_that_corrects_another(it: Tamperer) -> Expected:
    """A letter is said to correct the mail of another candidature."""
    return it.data(it.find("message_written", recipient="contact"), corrects="M-001")


@REWRITTEN.tried
def a_sent_mail_released(it: Tamperer) -> Expected:
    """Somebody reads a mail once more, after it has left."""
    return it.append("messages_released", case=it.case("C-002"), words={"M-019": "0" * 64})


@REWRITTEN.tried
def a_clock_accepted_for_no_reason(it: Tamperer) -> Expected:
    """The clock is set back weeks after all was decided, and nobody says why."""
    in_earnest(it)
    stood = it.lines[-1].at
    return it.append("clock_accepted", at="2024-04-01T08:00:00.000000Z", stood=stood)


@REWRITTEN.tried
def begun_by_an_earlier_program(it: Tamperer) -> Expected:
    """Security 6: no earlier version of the program lets a dossier be opened before it was."""
    in_earnest(it)
    it.data(2, versions={**it.line(2).data["versions"], "ptce_workflow": "0.1.0"})
    n = it.find("candidature_opened", ref="C-007")
    return rebuilds(it, it.change(n, at="2024-02-10T09:00:00.000000Z"))
