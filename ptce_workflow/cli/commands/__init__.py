"""The commands, a module a subject: each parses, asks one thing of the contest, and answers.

Each brings its views when it runs: `--help` builds every command and needs none.
"""

from ptce_workflow.base.words import N_

SECTIONS = {
    N_("Set up"): (
        ("setup", "init", "check", "schema", "adopt", "diagram", "people enrol", "people list"),
        ("setup", "people leave", "rulebook", "translate", "grants", "move", "completion"),
    ),
    N_("Candidatures"): (
        ("setup", "document"),
        ("record", "add", "record", "receive", "answer"),
        ("candidatures", "list", "show", "note", "why", "advance", "hand-over", "results", "stats"),
        ("forms", "form", "sign-in"),
    ),
    N_("Jury"): (
        ("forms", "jury grid"),
        ("jury", "jury score", "jury declare", "jury recuse", "jury conflicts", "jury rank"),
        ("jury", "deliberate", "minutes", "convene"),
    ),
    N_("Mail and dates"): (
        ("mail", "mail list", "mail show", "mail release", "mail edit", "mail write"),
        ("mail", "mail drop", "mail resolve", "mail resume", "mail read"),
        ("mail", "mail preview", "mail test", "mail login"),
        ("scheduler", "calendar", "tick", "run", "clock", "doctor"),
    ),
    N_("Audit"): (
        ("audit", "history", "replay", "verify", "checkpoint", "backup", "restore", "diff"),
        ("audit", "audit", "export", "erase", "decisions"),
    ),
}
"""Below the headings of `ptce --help`, a module and commands of its own, in the order in which a
contest meets them: so a command is found without the other modules."""

IN_FRENCH = {
    "list": "liste",
    "show": "voir",
    "why": "pourquoi",
    "add": "ajouter",
    "receive": "recevoir",
    "record": "enregistrer",
    "answer": "répondre",
    "advance": "avancer",
    "note": "noter",
    "mail": "courriels",
}
"""What else may be typed for a word of a command's name, with its accents or without."""
