"""Lies told consistently to the end: a hash kept elsewhere shows them, and nothing else."""

from hashlib import sha256
from typing import Any

from tests.ledger.rebuilt import rebuilds, without
from tests.ledger.tamperer import Tamperer
from tests.ledger.tamperings.table import Expected, Table, in_earnest

LIMITS = Table()

# --- Beyond what one file can tell --------------------------------------------------------------


@LIMITS.tried
def a_person_renamed(it: Tamperer) -> Expected:
    """#33: a juror bears another name from its enrolment on."""
    n = it.find("person_enrolled", institution="south")
    private = {"email": "omar@south.example", "login": "omar", "name": "Autre"}
    it.side(n, it.line(n).data["person"], private)
    it.sql("UPDATE person SET private = replace(private, 'Omar', 'Autre')")
    return n


def _short(at: str) -> str:
    """An instant as the row of a candidature holds it."""
    return at.replace(".000000", "")


@LIMITS.tried
def received_earlier(it: Tamperer) -> Expected:
    """L5: an appeal is said to have come in an hour earlier."""
    earlier, n = "2024-04-10T12:00:00.000000Z", it.find("sheet_received", sheet="appeal")
    was = it.line(n).data["received_at"]
    it.sql("UPDATE candidature SET content = replace(content, ?, ?)", *map(_short, (was, earlier)))
    return it.data(n, received_at=earlier)


@LIMITS.tried
def a_vote_rewritten(it: Tamperer) -> Expected:
    """L8: a voice is counted among those that abstained; the vote is carried all the same."""
    return it.data(it.find("vote_taken", about="order"), noes=[], abstained=["east", "west"])


@LIMITS.tried
def a_past_mail(it: Tamperer) -> Expected:
    """L17: a mail that nobody had to release said something else."""
    n = it.find("message_sent", notification="opened")
    line = it.line(n)
    number = int(line.data["message"].removeprefix("M-"))
    content = it.mail(number).replace(b"Words.", b"Lies!!")
    told = sha256(content).hexdigest()
    it.sql("UPDATE mail SET content = ? WHERE number = ?", content, number)
    words = "sha256 = ?, words = replace(words, 'Words.', 'Lies!!')"
    it.sql(f"UPDATE message SET {words} WHERE number = ?", told, number)
    return it.data(n, sha256=told)


@LIMITS.tried
def a_refusal_removed(it: Tamperer) -> Expected:
    """L40: nobody was refused."""
    return it.drop(it.find("transition_refused", due=None))


@LIMITS.tried
def a_rehearsal_in_earnest(it: Tamperer) -> Expected:
    """L44: what was rehearsed was the contest."""
    in_earnest(it)
    return 1


@LIMITS.tried
def marks_of_another_hand(it: Tamperer) -> Expected:
    """L46: the desk has typed what a juror gave."""
    return it.change(it.find("scores_given", institution="north"), actor="P-001")


@LIMITS.tried
def a_reason_rewritten(it: Tamperer) -> Expected:
    """M6: a candidature was given back for another reason."""
    n = it.find("transition_made", transition="give_back")
    return it.side(n, it.line(n).case or "", {"reason": "Une autre raison."})


# --- What is missing, or was said otherwise, with all that follows from it ----------------------


def missing(it: Tamperer, *found: tuple[str, int, dict[str, Any]]) -> Expected:
    """Acts are taken out, with all that they led to; all that is kept is rebuilt."""
    return without(it, *(it.find(type_, nth, **data) for type_, nth, data in found))


def line(type_: str, nth: int = 0, **data: Any) -> tuple[str, int, dict[str, Any]]:
    """What finds a line of a ledger."""
    return type_, nth, data


_PLANNED, _SENT = "messages_planned", "message_sent"
LIMITS.each(
    missing,
    a_person_who_came_and_left=(
        *(line("person_enrolled", person="P-007"), line("person_left")),
        line("personal_data_erased", subject="P-007"),
    ),
    an_appeal_with_its_answer=(
        *(line("sheet_received", -1), line(_PLANNED, -4), line("facts_recorded", -2)),
        *(line("facts_recorded", -1), line("transition_made", transition="granted")),
        line(_PLANNED, -3),
    ),
    a_hand_over=(line("candidature_handed_over"),),
    a_mark_rectified=(line("scores_rectified"),),
    an_answer_rectified=(line("facts_rectified"),),
    a_note=(line("note_written"),),
    a_convocation_by_letter=(line("convocation_recorded"),),
    an_arrival=(line("sheet_received", 1),),
    another_key=(line("key_changed"),),
    a_transition_that_time_tried=(line("transition_refused", 1),),
    an_acknowledgement=(line(_PLANNED, 10), line(_SENT, notification="receipt")),
    the_mail_of_a_decision=(
        *(line(_PLANNED, -10), line(_SENT, notification="declined"), line(_PLANNED, -8)),
        line("messages_cancelled", -2),
    ),
    a_mail_that_came_back=(line("message_bounced"),),
    a_mail_that_expired=(line("messages_expired", -1),),
    a_mail_rewritten_before_it_left=(line("message_edited"),),
    a_place_handed_on=(line("transition_made", transition="promote"), line(_PLANNED, -1)),
    the_recusal_of_a_person=(line("institution_recused", person="P-004"),),
)


@LIMITS.tried
def an_answer_that_was_read(it: Tamperer) -> Expected:
    """A collective never wrote back; neither is its mail kept."""
    n = it.find("mail_received")
    it.sql("DELETE FROM received_mail WHERE number = 1")
    it.sql("DELETE FROM document WHERE sha256 = ?", it.line(n).data["evidence"]["sha256"])
    return without(it, n)


@LIMITS.tried
def one_convocation_of_several(it: Tamperer) -> Expected:
    """Security 7: one member was never called by mail."""
    return without(it, it.find(_SENT, 3, notification="called"), mails=("M-027",))


def other(it: Tamperer, found: tuple[str, int, dict[str, Any]], data: dict[str, Any]) -> Expected:
    """A line tells other data, or leaves some out (None); all that is kept is rebuilt."""
    type_, nth, told = found
    n = it.find(type_, nth, **told)
    left = {key: value for key, value in it.line(n).data.items() if key not in data}
    it.change(n, data={**left, **{key: value for key, value in data.items() if value != "–"}})
    return rebuilds(it, n)


LIMITS.each(
    other,
    evidence_exchanged=(line("sheet_received", 1), {"evidence": {"sha256": "e" * 64, "size": 12}}),
    evidence_taken_away=(line("sheet_received", 1), {"evidence": None}),
    an_answer=(line("facts_recorded", -3), {"facts": {"dossier.amount": 40000}}),
    tried_more_often=(line(_SENT, 1), {"attempts": 4}),
    nobody_heard=(line("sitting_opened"), {"heard": "–"}),
    an_hour_of_opening=(line("sitting_opened"), {"opened_at": "–"}),
    an_hour_of_closing=(line("sitting_closed"), {"closed_at": "–"}),
    who_bore_a_voice=(line("sitting_opened"), {"proxies": {"west": "east"}}),
    why_a_mail_was_cancelled=(line("messages_cancelled"), {"why": "recipient"}),
    told_otherwise=(line("message_dropped", -1), {"told": False}),
)


@LIMITS.tried
def another_answer_of_the_server(it: Tamperer) -> Expected:
    """The server is said to have answered something else."""
    n = it.find(_SENT, message="M-010")
    case = it.line(n).case or ""
    it.side(n, case, {**it.row(n, case), "said": "250 autre chose"})
    return rebuilds(it, n)


@LIMITS.tried
def a_salt_of_ones_choosing(it: Tamperer) -> Expected:
    """Security 13: a salt that somebody knows lets them guess what was erased."""
    n = it.find("transition_made", transition="give_back")
    case = it.line(n).case or ""
    return it.side(n, case, it.row(n, case))


@LIMITS.tried
def a_clock_that_stood_elsewhere(it: Tamperer) -> Expected:
    """Where the clock stood that was set right is all that anybody saw of it."""
    return it.change(it.find("clock_accepted"), at="2024-02-24T08:00:00.000000Z")
