"""The commands, a module a subject: each parses, asks one thing of the contest, and answers.

Each brings its views when it runs: `--help` builds every command and needs none.
"""

from ptce_workflow.base.words import N_

SECTIONS = {
    N_("Look something up"): (
        ("scheduler", "today", "calendar"),
        ("candidatures", "list", "show"),
        ("audit", "history"),
        ("setup", "rulebook"),
    ),
    N_("A dossier arrives"): (
        ("forms", "form"),
        ("record", "add", "receive", "record", "answer"),
        ("candidatures", "note"),
    ),
    N_("Eligibility, and each step"): (("candidatures", "why", "advance"),),
    N_("Mails"): (
        ("mail", "mail read", "mail list", "mail show", "mail release", "mail edit", "mail drop"),
        ("mail", "mail write", "mail resolve"),
    ),
    N_("The jury"): (
        ("setup", "people enrol", "people list", "people leave"),
        ("jury", "convene"),
        ("forms", "jury grid"),
        ("jury", "jury conflicts", "jury recuse", "jury rank"),
    ),
    N_("The sitting"): (("jury", "deliberate", "minutes"),),
    N_("After the sitting"): (
        ("candidatures", "results"),
        ("audit", "decisions"),
        ("setup", "document"),
        ("forms", "sign-in"),
        ("candidatures", "stats", "hand-over"),
        ("audit", "erase"),
    ),
    N_("For the jury"): (("jury", "jury declare", "jury score"),),
    N_("For the IT staff"): (
        ("setup", "init", "check", "adopt", "schema", "diagram", "translate", "grants", "move"),
        ("setup", "completion"),
        ("scheduler", "tick", "run", "clock", "doctor"),
        ("mail", "mail resume", "mail preview", "mail test", "mail login"),
        ("audit", "backup", "restore"),
    ),
    N_("For auditors"): (("audit", "audit", "verify", "checkpoint", "diff", "replay", "export"),),
}
"""Below the headings of `ptce --help`, a module and commands of its own, by the moments of a day at
the desk: so a command is found without the other modules."""

REFERRED = {
    N_("For the IT staff"): ("admin", "informatique"),
    N_("For auditors"): ("control", "contrôle"),
}
"""The headings of which `ptce --help` tells no more than how to list them: `ptce help admin`."""

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
