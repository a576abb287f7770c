"""The changes of a line that verifying cannot name, by kind of line."""

from collections.abc import Mapping

Lists = Mapping[str, frozenset[str]]


def _lists(written: Mapping[str, str]) -> Lists:
    return {kind: frozenset(names.split("; ")) for kind, names in written.items()}


LIMITS: Lists = _lists(
    {
        # Whether it was handed over, and from which line of the other ledger on, the other tells.
        "candidature_handed_over": "at later; data.n number; gone",
        # Where the clock stood is all that anybody saw of it.
        "clock_accepted": "at earlier",
        # When a ledger began, and whether in earnest, nothing before it tells.
        "contest_created": "at earlier; data.rehearsal other",
        # What was answered, and that it was answered at all.
        "facts_recorded": "data.facts alike; data.facts.* alike; data.facts.* number; "
        "data.facts.* other; gone",
        # That a mail came back from which nothing counted, and why, which need not be said.
        "message_bounced": "row gone; gone",
        # Whether somebody was told of what is no decision; that what was read had been rewritten.
        "message_dropped": "data.told other; gone",
        "message_edited": "row gone; gone",
        # That a person knew whether a mail arrived.
        "message_resolved": "gone",
        # How often it was tried, what left and what was answered, the courier alone has seen.
        "message_failed": "data.attempts number; data.attempts alike; data.code number; "
        "data.code shape; row.said gone; row.to gone; gone",
        "message_sent": "data.attempts number; data.attempts alike; data.sha256 alike; "
        "row.said gone; gone",
        "message_uncertain": "data.attempts number; data.attempts alike; row.said gone; gone",
        # What is of no more use and still planned, the courier cancels when its hour has come.
        "messages_cancelled": "gone",
        "messages_expired": "gone",
        # When somebody was erased after all else; which of two went first.
        "personal_data_erased": "at later; order",
        # The name under which somebody signs in; what a member says beside its marks; who chaired.
        "person_enrolled": "row.login gone",
        "scores_given": "row gone",
        # Who was there without a voice, or for whom, where, and from when until when, need not be
        # said.
        "sitting_convened": "data.place shape",
        "sitting_opened": "data.chair shape; data.heard gone; data.opened_at gone; "
        "data.persons gone; data.place gone",
        "sitting_closed": "data.closed_at gone",
        # That something has arrived, where no mail and no rule tells of it.
        "sheet_received": "case other; data.evidence.size number; data.received_at alike; gone",
        # That something was noted, and of whom: it changes nothing.
        "note_written": "case other; gone; order",
        # That somebody wrote back.
        "mail_received": "gone",
        # That a slip was mended, how, and the size of what proves it; whether before or after what
        # is said of another candidature.
        "facts_rectified": "data.evidence.size number; data.facts.* other; gone; order",
        "scores_rectified": "data.evidence.size number; gone; order",
        # That what arrived was typed at all.
        "facts_received": "data.facts alike; data.facts.* alike; data.facts.* number; "
        "data.facts.* other; gone",
        # That somebody left, moved a candidature, or tried to in vain; and what came first of two
        # lines that nothing parts.
        "person_left": "gone",
        "transition_made": "gone; order",
        "transition_refused": "gone; twice",
    }
)
"""What nobody could know from the ledger alone: all that follows can be written to suit it."""
