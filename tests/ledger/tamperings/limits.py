"""Lies told consistently to the end: a hash kept elsewhere shows them, and nothing else."""

from hashlib import sha256

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
