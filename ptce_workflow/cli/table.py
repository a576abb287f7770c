"""What commands there are, in which group, and what their help says.

The whole table is words: no command's module is imported before its command is called.
"""

from __future__ import annotations

from ptce_workflow.base.words import _
from ptce_workflow.cli.entry import Entry, Section
from ptce_workflow.cli.jury_table import jury_entries
from ptce_workflow.cli.mail_table import mail_entries

# What `--json` writes of people.
_PEOPLE = "[{actor, name, roles, institution, login, active}]"


def sections() -> tuple[Section, ...]:
    """Every command, grouped and in the order in which a contest meets them.

    *Shape*: in the language in force when called.
    """
    return (
        Section(_("Set up"), (*_contest(), *_people())),
        Section(_("Candidatures"), (*_recording(), *_deciding(), *_printing())),
        Section(_("Jury"), jury_entries()),
        Section(_("Mail and dates"), mail_entries()),
        Section(_("Audit"), _audit()),
    )


def entries() -> tuple[Entry, ...]:
    """Every command of the table, without the groups."""
    return tuple(entry for section in sections() for entry in section.entries)


def _contest() -> tuple[Entry, ...]:
    return (
        Entry(
            "init",
            _("Make a contest folder and its ledger."),
            "setup:init",
            _(
                "Copies a model contest into DIR where DIR holds none yet, opens the ledger, "
                "records the process and enrols the present login as desk. A rehearsal runs on "
                "a clock that PTCE_NOW sets; its ledger says so from its first line."
            ),
            (
                "ptce init occitanie-2024",
                "ptce init rehearsal-2024 --rehearsal",
                "ptce init ami --model ami-permanent",
            ),
        ),
        Entry(
            "check",
            _("Check a contest folder and list its faults."),
            "setup:check",
            _("Reads only: nothing is recorded, and no ledger is needed."),
            ("ptce check", "ptce check occitanie-2024"),
            "[{file, key, what, why, mend}]",
        ),
        Entry(
            "adopt",
            _("Put the process of the folder into force."),
            "setup:adopt",
            _(
                "The one way a rule changes. Shows the difference from the process in force, "
                "then records it with its reason. Refused while a candidature stands in a state "
                "that disappears or a recorded fact no longer fits, unless --map or --drop says "
                "what becomes of it."
            ),
            (
                "ptce adopt --dry-run",
                _('ptce adopt --reason "deadline put back by a week"'),
                "ptce adopt --reason … --map waitlisted=not_selected --drop review.notes",
            ),
        ),
        Entry(
            "diagram",
            _("Draw the states and transitions of the process."),
            "setup:diagram",
            "",
            ("ptce diagram", "ptce diagram --format mermaid > process.mmd"),
        ),
    )


def _people() -> tuple[Entry, ...]:
    return (
        Entry("people", _("Say who may act: enrol, list, leave.")),
        Entry(
            "people enrol",
            _("Enrol a person with one role or several."),
            "setup:enrol",
            _(
                "The ledger keeps a pseudonym and the roles; the name and the address stand "
                "beside it and can be erased. Whoever sits in the jury needs an institution."
            ),
            (
                _('ptce people enrol "Second desk" --role desk --login desk2'),
                _('ptce people enrol "Juror 1" --role jury --institution dreets'),
            ),
            _PEOPLE,
        ),
        Entry(
            "people list",
            _("List the people enrolled and their roles."),
            "setup:people",
            "",
            ("ptce people list",),
            _PEOPLE,
        ),
        Entry(
            "people leave",
            _("Record that a person no longer acts."),
            "setup:leave",
            "",
            ("ptce people leave P-003",),
            _PEOPLE,
        ),
    )


def _recording() -> tuple[Entry, ...]:
    return (
        Entry(
            "add",
            _("Open a candidature for each dossier file."),
            "cases:add",
            _("Dossiers are TOML or JSON files. All of them are taken, or none."),
            ("ptce add dossiers/01-la-fabrique-du-larzac.toml", "ptce add dossiers/*.toml"),
            "[{ref, name, file}]",
        ),
        Entry(
            "record",
            _("Record facts about a candidature."),
            "cases:record",
            _(
                "A fact is written FIELD=VALUE; nothing after the sign = withdraws it. "
                "All of them are recorded, or none."
            ),
            (
                "ptce record C-010 --from completions/10-soleils-des-corbieres.toml",
                _("ptce record C-010 ami governance=yes legal_form=no"),
            ),
        ),
        Entry(
            "list",
            _("List the candidatures and what to do next."),
            "cases:listing",
            "",
            ("ptce list", "ptce list --state accompanied"),
            "[{ref, name, state, since, next_date}]",
        ),
        Entry(
            "show",
            _("Show all that is known of a candidature."),
            "cases:show",
            "",
            ("ptce show C-010",),
            "{ref, name, state, since, version, received_at, facts, scores, panels, recused, due, "
            "origin, handed_over}",
        ),
    )


def _deciding() -> tuple[Entry, ...]:
    return (
        Entry(
            "why",
            _("Explain where a candidature may go, and why not elsewhere."),
            "cases:why",
            _(
                "For each way out of the present state, or for TRANSITION alone: each rule, "
                "whether it holds, what was observed, and the article or the choice on which "
                "it rests. Nothing is recorded."
            ),
            ("ptce why C-010", "ptce why C-010 declare_ami_ready"),
            "{ref, state, transitions: [{name, to, allowed, at, rules: [{id, verdict, says, "
            "observed, missing, source, choice}], timely_by_clock}], "
            "accepted_clock}",
        ),
        Entry(
            "advance",
            _("Make candidatures take a transition."),
            "cases:advance",
            _(
                "They move if every rule holds. The last word is the transition. Several "
                "candidatures move together, or none. A refusal by a rule changes nothing but is "
                "recorded, with every verdict."
            ),
            (
                "ptce advance C-010 declare_ami_ready",
                "ptce advance C-011 C-012 declare_eligible --dry-run",
                "ptce advance C-011 submit --received-at 2024-03-11T11:42:00+01:00",
                _('ptce advance C-011 withdraw --reason "at the request of the collective"'),
            ),
            "[{ref, transition, from, to, made, allowed, verdicts, line}]",
        ),
        Entry(
            "hand-over",
            _("Hand a candidature over to another contest."),
            "handover:hand_over",
            _(
                "It begins there with the facts that the two contests share, and stays here as it "
                "is; each ledger names the line of the other. The rules there decide. Whoever "
                "acts is of the desk in both. Typed again, it completes what was interrupted."
            ),
            (
                "ptce hand-over C-010 --to ../ami --dry-run",
                "ptce hand-over C-010 --to ../ami",
            ),
            "{ref, contest, there, state, made, carried, left: [{name, why}], line}",
        ),
    )


def _printing() -> tuple[Entry, ...]:
    return (
        Entry(
            "document",
            _("Print a document about a candidature."),
            "documents:document",
            _(
                "What is printed, and in which states, stands in config.toml (documents). What is "
                "not known is left to be filled in by hand. Nothing is recorded."
            ),
            (
                "ptce document certificate C-010 -o attestation.docx",
                "ptce document ami C-010 -o ami.html",
            ),
        ),
        Entry(
            "sign-in",
            _("Write the sign-in sheet of a date, or take one back filled in."),
            "sign_in:sign_in",
            _(
                "The sheet lists those who are expected: to be signed on paper, then filled in. "
                "--import shows what it changes and records all of it, or nothing. An empty cell "
                "says nothing: what was recorded stays."
            ),
            (
                "ptce sign-in --session session_1 -o session-1.xlsx",
                "ptce sign-in --import session-1.xlsx",
            ),
            "[{ref, who, asked, before, after}]",
        ),
    )


def _audit() -> tuple[Entry, ...]:
    return (
        Entry(
            "history",
            _("Tell a candidature's story, line by line."),
            "audit:history",
            "",
            ("ptce history C-005",),
            "[{n, at, actor, type, process, data, side}]",
        ),
        Entry(
            "replay",
            _("Tell where every candidature stood at an instant."),
            "audit:replay",
            _("Read from the ledger alone, whatever is shown today."),
            ("ptce replay --at 2024-03-11T12:00:00+01:00",),
            "{as_of, candidatures: [{ref, state}]}",
        ),
        Entry(
            "verify",
            _("Verify the ledger, and that what is shown follows from it."),
            "audit:verify",
            _(
                "Says what is broken and at which line; exits with 1 if anything is. With "
                "--against, each hand-over is looked up in the other ledger as well."
            ),
            ("ptce verify", "ptce verify --against ../ami"),
            "{lines, intact, links, findings: [{line, what, why}], remarks: [{line, what, why}]}",
        ),
        Entry(
            "backup",
            _("Copy the ledger into a file to keep elsewhere, and verify the copy."),
            "audit:backup",
            _(
                "The copy is of one state throughout, while others write too; it bears its name "
                "once it is whole. Only an earlier copy of the same ledger is replaced."
            ),
            (_("ptce backup contest.db"),),
        ),
    )
