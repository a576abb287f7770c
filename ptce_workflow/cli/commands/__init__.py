"""The commands, a module a subject: each parses, asks one thing of the contest, and answers.

Each brings its views when it runs: `--help` builds every command and needs none.
"""

from ptce_workflow.base.words import N_

MODULES = ("setup", "record", "candidatures", "forms", "jury", "mail", "scheduler", "audit")
SECTIONS = {
    N_("Set up"): (
        *("init", "check", "schema", "adopt", "diagram", "people enrol", "people list"),
        *("people leave", "rulebook", "translate", "grants", "move"),
    ),
    N_("Candidatures"): (
        *("document", "add", "record", "receive", "answer", "list", "show", "note", "why"),
        *("advance", "hand-over", "results", "form", "sign-in"),
    ),
    N_("Jury"): (
        *("jury grid", "jury score", "jury declare", "jury recuse", "jury conflicts"),
        *("jury rank", "deliberate", "minutes", "convene"),
    ),
    N_("Mail and dates"): (
        *("mail list", "mail show", "mail release", "mail edit", "mail drop"),
        *("mail resolve", "mail resume", "mail read", "mail test", "mail login"),
        *("calendar", "tick", "run", "clock", "doctor"),
    ),
    N_("Audit"): (
        *("history", "replay", "verify", "checkpoint", "backup", "restore", "diff"),
        *("audit", "export", "erase"),
    ),
}
"""The commands below the headings of `ptce --help`, in the order in which a contest meets them."""
