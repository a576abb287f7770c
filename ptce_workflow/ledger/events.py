"""The kinds of line and what each holds: the authority, from which `docs/ledger.md` is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ptce_workflow.process.model import N_

CONTEST_CREATED = "contest_created"
ENGINE_CHANGED = "engine_changed"
CLOCK_ACCEPTED = "clock_accepted"
PERSON_ENROLLED = "person_enrolled"
PERSON_LEFT = "person_left"
PROCESS_ADOPTED = "process_adopted"
CANDIDATURE_OPENED = "candidature_opened"
CANDIDATURE_HANDED_OVER = "candidature_handed_over"
FACTS_RECORDED = "facts_recorded"
SCORES_GIVEN = "scores_given"
INSTITUTION_RECUSED = "institution_recused"
RECUSAL_LIFTED = "recusal_lifted"
RANK_RECORDED = "rank_recorded"
SITTING_OPENED = "sitting_opened"
VOTE_TAKEN = "vote_taken"
DEVIATION_DECIDED = "deviation_decided"
SITTING_CLOSED = "sitting_closed"
TRANSITION_MADE = "transition_made"
TRANSITION_REFUSED = "transition_refused"
PERSONAL_DATA_ERASED = "personal_data_erased"
MESSAGES_PLANNED = "messages_planned"
MESSAGES_CANCELLED = "messages_cancelled"
MESSAGES_RELEASED = "messages_released"
MESSAGES_EXPIRED = "messages_expired"
MESSAGE_SENT = "message_sent"
MESSAGE_FAILED = "message_failed"
MESSAGE_UNCERTAIN = "message_uncertain"
MESSAGE_RESOLVED = "message_resolved"

CONTEST_SUBJECT = "contest"
"""The subject of side rows about no one in particular: why an adoption, or a clock accepted."""

_JUDGED = {
    "transition": N_("the transition's name"),
    "verdicts": N_("the answer of every rule: holds, fails or unknown"),
    "missing": N_("for each rule that cannot tell, the facts that it lacks"),
    "totals": N_("the totals that the rules looked at, as they stood"),
    "received_at": N_("when the dossier was received, if this act says so; else null"),
}

_ASIDE = {
    "sheet": N_("the panel"),
    "institution": N_("who steps aside, or comes back"),
    "panels": N_("the panel's figures without it, or with it, if they were recorded; else empty"),
}

_WRITTEN_TO = {
    "to": N_("the address to which it went"),
    "said": N_("what the mail server answered"),
}
_WHICH = {"message": N_("the message"), "attempts": N_("how many times it was tried")}
_SEVERAL = {"messages": N_("the messages")}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of line: what it tells, the keys of its data, what its side row may hold."""

    name: str
    tells: str
    data: Mapping[str, str]
    side: Mapping[str, str]


KINDS: tuple[Kind, ...] = (
    Kind(
        CONTEST_CREATED,
        N_("the contest begins; always the first line, and only that one"),
        {
            "contest": N_("the contest's id"),
            "origin": N_("32 random bytes in hexadecimal: no two ledgers begin alike"),
            "rehearsal": N_("whether its clock may be set by hand"),
        },
        {},
    ),
    Kind(
        ENGINE_CHANGED,
        N_("what verdicts depend on, beside the process and the facts, has changed"),
        {"versions": N_("versions, by name: ptce_workflow, cel, tzdata, holidays, geography")},
        {},
    ),
    Kind(
        CLOCK_ACCEPTED,
        N_("the clock is right though it stands before the line above: its hour counts again"),
        {"stood": N_("the instant of the line above; the clock stands at that of this line")},
        {"reason": N_("why, in words")},
    ),
    Kind(
        PERSON_ENROLLED,
        N_("a person may act from here on, or acts in other roles"),
        {
            "person": N_("the pseudonym under which lines name the person"),
            "roles": N_("the roles"),
            "institution": N_("the institution for which a juror speaks, or null"),
        },
        {
            "name": N_("the person's name"),
            "login": N_("the login by which the person is known"),
            "email": N_("the person's address"),
        },
    ),
    Kind(
        PERSON_LEFT,
        N_("a person may no longer act"),
        {"person": N_("the pseudonym under which lines name the person")},
        {},
    ),
    Kind(
        PROCESS_ADOPTED,
        N_("the rules change: later lines are judged by another process"),
        {
            "from": N_("the hash of the process that was in force"),
            "to": N_("the hash of the process that is in force from here on"),
            "states": N_("states that changed name: the old one to the new one"),
            "dropped": N_("fields whose recorded facts are no longer kept"),
        },
        {"reason": N_("why, in words")},
    ),
    Kind(
        CANDIDATURE_OPENED,
        N_("a candidature begins"),
        {
            "ref": N_("its reference, as people say it"),
            "to": N_("the state it stands in now"),
            "origin": N_(
                "null; or, of a candidature that another contest handed over: that contest's id "
                "(contest), the random origin of its ledger (origin), the candidature there (case, "
                "ref) and its state, the number and the hash of the last line there (n, hash)"
            ),
            **_JUDGED,
        },
        {"reason": N_("why, in words")},
    ),
    Kind(
        CANDIDATURE_HANDED_OVER,
        N_("another contest has taken a candidature over; it stays here as it is"),
        {
            "contest": N_("that contest's id"),
            "origin": N_("the random origin of that contest's ledger"),
            "case": N_("the candidature's id there"),
            "ref": N_("its reference there"),
            "n": N_("the number of the line that opened it there"),
            "hash": N_("the hash of that line"),
        },
        {},
    ),
    Kind(
        FACTS_RECORDED,
        N_("facts are written down, changed or taken away"),
        {
            "facts": N_("what rules may read, by qualified name"),
            "given": N_("the names of the erasable facts that are given"),
            "removed": N_("the names of the facts that are taken away"),
        },
        {"facts": N_("the erasable facts, by qualified name")},
    ),
    Kind(
        SCORES_GIVEN,
        N_("an institution gives marks, or changes them"),
        {
            "sheet": N_("the panel"),
            "institution": N_("who gives them"),
            "scores": N_("the marks in hundredths, by criterion; null: no opinion"),
        },
        {"comments": N_("the comments, by field")},
    ),
    Kind(
        INSTITUTION_RECUSED,
        N_("an institution neither scores nor counts for a candidature any more"),
        _ASIDE,
        {"reason": N_("why, in words")},
    ),
    Kind(
        RECUSAL_LIFTED,
        N_("an institution scores and counts for a candidature again"),
        _ASIDE,
        {"reason": N_("why, in words")},
    ),
    Kind(
        RANK_RECORDED,
        N_("a sitting records at which rank a candidature comes, once; before 0.2, each close did"),
        {
            "sheet": N_("the panel"),
            "rank": N_("the rank; 1 comes first"),
            "tied": N_("how many candidatures share it"),
            "parted_by": N_("the figure that puts it behind the one before, or null"),
            "vote": N_("the order that a vote gave it among those it was tied with, or null"),
        },
        {},
    ),
    Kind(
        SITTING_OPENED,
        N_("a panel meets"),
        {
            "sitting": N_("which meeting of config.toml it is"),
            "call": N_("1, or 2 when it was called again"),
            "present": N_("the institutions that are there"),
            "chair": N_("the institution that chairs, or null"),
        },
        {},
    ),
    Kind(
        VOTE_TAKEN,
        N_("those present have voted"),
        {
            "about": N_("deviation: one decision; order: how candidatures at one rank follow"),
            "cases": N_("the candidatures; for an order, in the order that is voted"),
            "transition": N_("the decision voted on, or null"),
            "ayes": N_("the institutions for"),
            "noes": N_("the institutions against"),
            "abstained": N_("the institutions that gave no voice"),
            "casting": N_("whether the chair's voice decided"),
            "carried": N_("whether it passed"),
        },
        {"reason": N_("why, in words")},
    ),
    Kind(
        DEVIATION_DECIDED,
        N_("the panel decides otherwise than the ranking would have it"),
        {
            "transition": N_("the transition it decides on"),
            "instead": N_("the one that the ranking and the rules would have given"),
        },
        {"reason": N_("why, in words")},
    ),
    Kind(SITTING_CLOSED, N_("the meeting is over"), {}, {}),
    Kind(
        TRANSITION_MADE,
        N_("a candidature moves"),
        {
            "from": N_("the state it leaves"),
            "to": N_("the state it stands in now"),
            "panels": N_("the panel figures recorded for good, by panel, in hundredths"),
            **_JUDGED,
        },
        {"reason": N_("why, in words")},
    ),
    Kind(
        TRANSITION_REFUSED,
        N_("a candidature could not move: a rule stood in the way"),
        {
            "from": N_("the state it stays in"),
            "due": N_("for a timed transition, the instant at which it was due; else null"),
            **_JUDGED,
        },
        {"reason": N_("why, in words")},
    ),
    Kind(
        MESSAGES_PLANNED,
        N_("mails are to leave at their hour"),
        {
            "messages": N_(
                "for each: message, notification, occurrence, recipient, due, held, sequence"
            )
        },
        {},
    ),
    Kind(
        MESSAGES_CANCELLED,
        N_("mails will not leave"),
        {
            **_SEVERAL,
            "why": N_(
                "state: it was left; condition: no longer holds; process: it changed; recipient: "
                "gone; empty: nothing to tell; words: they changed since they were released"
            ),
        },
        {},
    ),
    Kind(
        MESSAGES_RELEASED,
        N_("a person has read mails that were held, and lets them leave"),
        {"words": N_("the SHA-256 of what was read, calendar entry included, by message")},
        {},
    ),
    Kind(
        MESSAGES_EXPIRED,
        N_("mails that could not leave in time, and never will"),
        {**_SEVERAL, "why": N_("late: no more use; overtaken: a later one of its kind leaves")},
        {},
    ),
    Kind(
        MESSAGE_SENT,
        N_("the mail server has taken a mail"),
        {
            **_WHICH,
            "notification": N_("which mail it is"),
            "sha256": N_("the hash of the mail's bytes"),
        },
        _WRITTEN_TO,
    ),
    Kind(
        MESSAGE_FAILED,
        N_("a mail cannot be delivered; a person has to look"),
        {**_WHICH, "code": N_("the server's code, or null")},
        _WRITTEN_TO,
    ),
    Kind(
        MESSAGE_UNCERTAIN,
        N_("nobody knows whether the mail server has taken a mail"),
        {
            **_WHICH,
            "sha256": N_("the hash of the mail's bytes"),
            "resent": N_("whether it is sent again by itself, under the same Message-ID"),
        },
        _WRITTEN_TO,
    ),
    Kind(
        MESSAGE_RESOLVED,
        N_("a person says what becomes of a mail that failed, expired or is uncertain"),
        {
            "message": N_("the message"),
            "as": N_("sent: it arrived; resend: it leaves again; dropped: it never will"),
        },
        {"reason": N_("why, in words")},
    ),
    Kind(
        PERSONAL_DATA_ERASED,
        N_("side rows are gone; what was decided stays"),
        {
            "subject": N_("whose they were"),
            "lines": N_("the numbers of the lines whose side rows are gone"),
        },
        {},
    ),
)

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
