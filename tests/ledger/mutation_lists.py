"""What verifying does not name of the changes of a line, by kind of line."""

from __future__ import annotations

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
        # How often it was tried, what left and what was answered, the courier alone has seen.
        "message_failed": "data.attempts number; data.attempts alike; data.code number; gone",
        "message_sent": "data.attempts number; data.attempts alike; data.sha256 alike; gone",
        "message_uncertain": "data.attempts number; data.attempts alike; gone",
        "messages_expired": "gone",
        # That somebody left, moved a candidature, or tried to in vain.
        "person_left": "gone",
        "transition_made": "gone",
        "transition_refused": "gone; twice",
    }
)
"""What nobody could know from the ledger alone: all that follows can be written to suit it."""

MISSED: Lists = _lists(
    {
        "candidature_handed_over": ("row for nobody"),
        "candidature_opened": ("row for nobody"),
        "clock_accepted": ("row for nobody; row more; row.reason gone; row.reason shape"),
        "contest_created": (
            "actor courier; actor juror; actor nobody; actor scheduler; actor word; "
            "data.contest shape; data.origin shape; data.rehearsal shape; "
            "row for nobody"
        ),
        "deviation_decided": (
            "gone; row for nobody; row gone; row more; row.reason gone; row.reason shape; twice"
        ),
        "engine_changed": (
            "actor courier; actor juror; actor nobody; actor scheduler; actor word; "
            "data.versions more; data.versions.* gone; data.versions.* shape; "
            "row for nobody; twice"
        ),
        "facts_recorded": (
            "data.given alike; data.given[] alike; data.removed alike; row for nobody; "
            "row gone; row more; row.facts gone; twice"
        ),
        "institution_recused": ("row for nobody; row more; row.reason gone; row.reason shape"),
        "message_failed": (
            "case none; case other; data.attempts shape; data.code shape; "
            "row for nobody; row gone; row more; row.said gone; row.said shape; "
            "row.to gone; row.to shape"
        ),
        "message_resolved": ("case none; case other; row for nobody"),
        "message_sent": (
            "case none; case other; data.attempts shape; data.notification shape; "
            "data.sha256 shape; row for nobody; row gone; row more; row.said gone; "
            "row.said shape; row.to gone; row.to shape"
        ),
        "message_uncertain": (
            "case none; case other; data.attempts shape; data.resent shape; "
            "data.sha256 shape; row for nobody; row gone; row more; row.said gone; "
            "row.said shape; row.to gone; row.to shape"
        ),
        "messages_cancelled": (
            "actor courier; actor init; actor juror; actor nobody; actor scheduler; "
            "actor word; case none; case other; data.why shape; gone; row for nobody"
        ),
        "messages_expired": ("case none; case other; data.why shape; row for nobody"),
        "messages_planned": (
            "actor courier; actor init; actor juror; actor nobody; actor scheduler; "
            "actor word; data.messages[] more; data.messages[].due alike; "
            "data.messages[].due shape; data.messages[].notification alike; "
            "data.messages[].occurrence alike; data.messages[].occurrence shape; "
            "data.messages[].recipient alike; data.messages[].recipient shape; "
            "data.messages[].sequence number; data.messages[].sequence shape; "
            "row for nobody"
        ),
        "messages_released": ("case none; case other; data.words.* shape; row for nobody"),
        "person_enrolled": (
            "row for nobody; row more; row.login gone; row.login shape; row.name gone; "
            "row.name shape; twice"
        ),
        "person_left": ("row for nobody; twice"),
        "process_adopted": (
            "data.dropped shape; data.states more; data.states shape; row for nobody; "
            "row gone; row more; row.reason gone; row.reason shape"
        ),
        "rank_recorded": (
            "actor courier; actor init; actor juror; actor nobody; actor scheduler; "
            "actor word; row for nobody"
        ),
        "recusal_lifted": ("row for nobody; row more; row.reason gone; row.reason shape"),
        "scores_given": (
            "row for nobody; row gone; row more; row.comments gone; row.comments shape; twice"
        ),
        "sitting_closed": ("row for nobody"),
        "sitting_opened": ("data.chair shape; row for nobody"),
        "transition_made": ("order; row for nobody"),
        "transition_refused": ("row for nobody"),
        "vote_taken": ("row for nobody; row more; row.reason gone; row.reason shape"),
    }
)
"""What verifying does not name yet, or fails at (`!`): these may only become fewer."""
