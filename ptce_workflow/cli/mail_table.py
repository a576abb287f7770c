"""The part of the table of commands that is about mail and dates."""

from __future__ import annotations

from ptce_workflow.base.words import _
from ptce_workflow.cli.entry import Entry

# What `--json` writes of one mail, and of several.
_ONE = (
    "message, stage, notification, label, ref, candidature, recipient, to, address, due, "
    "next_at, held, attempts, said"
)
_SEVERAL = f"[{{{_ONE}}}]"


def mail_entries() -> tuple[Entry, ...]:
    """The commands about mail and dates.

    *Shape*: in the language in force when called.
    """
    return (*_reading(), *_deciding(), *_time())


def _reading() -> tuple[Entry, ...]:
    return (
        Entry("mail", _("Read mails before they leave, and say what becomes of them.")),
        Entry(
            "mail list",
            _("List the mails that have not left or need a person."),
            "mail:listing",
            "",
            (
                "ptce mail list",
                "ptce mail list --state held --state uncertain",
                "ptce mail list --ref C-010 --all",
            ),
            _SEVERAL,
        ),
        Entry(
            "mail show",
            _("Show a mail as its reader gets it, and what became of it."),
            "mail:show",
            _("One that is not written yet is shown as it would be written now."),
            (
                "ptce mail show M-001",
                "ptce mail show M-001 --open",
                "ptce mail show M-001 --eml > M-001.eml",
            ),
            f"{{{_ONE}, frozen, language, subject, text, html, words, headers: [{{name, value}}]}}",
        ),
    )


def _deciding() -> tuple[Entry, ...]:
    return (
        Entry(
            "mail release",
            _("Let mails leave that a person has to read first."),
            "mail:release",
            _(
                "Shows each of them, then asks. All of them are released, or none; the ledger "
                "keeps who read which words."
            ),
            (
                "ptce mail release M-012",
                "ptce mail release --notification selected",
                "ptce mail release --ref C-010 --yes",
            ),
            _SEVERAL,
        ),
        Entry(
            "mail resolve",
            _("Say what becomes of a mail that failed or is uncertain."),
            "mail:resolve",
            _("Of an uncertain one nobody knows whether it arrived: ask its reader."),
            (
                _('ptce mail resolve M-012 --sent --reason "they confirmed it by telephone"'),
                _('ptce mail resolve M-012 --resend --reason "the address was mended"'),
                _('ptce mail resolve M-012 --drop --reason "told by telephone"'),
            ),
            _SEVERAL,
        ),
        Entry(
            "mail retry",
            _("Try mails again that failed."),
            "mail:retry",
            _("Without a name, lets all mail leave again where it waits for the server."),
            ("ptce mail retry", "ptce mail retry M-012 M-013"),
            _SEVERAL,
        ),
    )


def _time() -> tuple[Entry, ...]:
    return (
        Entry(
            "calendar",
            _("Tell what will leave until the end if nothing else happens."),
            "time:calendar",
            _(
                "Day by day, between the dates of the contest, in the hours of the contest. "
                "--ics writes these dates for a calendar instead."
            ),
            (
                "ptce calendar",
                "ptce calendar --ref C-010",
                _("ptce calendar --ics contest.ics"),
            ),
            "{mails: [{at, notification, label, ref, to, stage, held, daily, until}], "
            "dates: [{name, label, at, ends}]}",
        ),
        Entry(
            "tick",
            _("Do all that is due by now."),
            "time:tick",
            _(
                "Makes the timed transitions whose hour has come, and sends the mails that are "
                "due. Running it twice does no harm."
            ),
            ("ptce tick",),
            "{transitions: [{ref, transition, at, done}], mails: {queued, sent, retried, failed, "
            "uncertain}, late, paused}",
        ),
        Entry(
            "run",
            _("Do what is due, again and again, until stopped."),
            "time:run",
            _("What `ptce tick` does, at short intervals; several may run at once."),
            (
                "ptce run",
                "ptce run --every 60 --log json --health-file /run/ptce/health.json",
            ),
        ),
        _clock(),
        Entry(
            "doctor",
            _("Check that mail can leave, without sending any."),
            "doctor:doctor",
            _(
                "Looks at the database, the folder, the settings and the mail server, and names "
                "who has no address; exits with 1 if anything fails."
            ),
            ("ptce doctor",),
            "{sound, steps: [{step, outcome, said}]}",
        ),
    )


def _clock() -> Entry:
    return Entry(
        "clock",
        _("Tell whether the clock stands behind the ledger, and accept it if it is right."),
        "time:clock",
        _(
            "Outside a rehearsal nothing is recorded while the clock stands more than five "
            "minutes behind the last line. One that is right, and stood ahead before, is "
            "accepted by the desk; the ledger keeps why, and `ptce verify` and `ptce why` "
            "name what is timely by it alone."
        ),
        (
            "ptce clock",
            _('ptce clock --accept --reason "the machine’s clock stood a year ahead"'),
        ),
        "{now, last, back, line}",
    )
