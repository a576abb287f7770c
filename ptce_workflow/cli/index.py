"""Which commands there are, and in which module each is: none is imported before it is called.

All that is known of a command stands beside its function, in `cli.commands`.
"""

from __future__ import annotations

from ptce_workflow.base.words import N_

SECTIONS: dict[str, dict[str, str]] = {
    N_("Set up"): {
        "init": "setup:init",
        "check": "setup:check",
        "adopt": "setup:adopt",
        "diagram": "setup:diagram",
        "rulebook": "texts:rulebook",
        "translate": "texts:translate",
        "people enrol": "people:enrol",
        "people list": "people:listing",
        "people leave": "people:leave",
    },
    N_("Candidatures"): {
        "add": "cases:add",
        "record": "cases:record",
        "list": "cases:listing",
        "show": "cases:show",
        "why": "cases:why",
        "advance": "cases:advance",
        "hand-over": "handover:hand_over",
        "document": "documents:document",
        "sign-in": "forms:sign_in",
    },
    N_("Jury"): {
        "jury score": "jury:score",
        "jury grid": "forms:grid",
        "jury recuse": "jury:recuse",
        "jury conflicts": "jury:conflicts",
        "jury rank": "jury:rank",
        "deliberate": "deliberate:deliberate",
        "minutes": "deliberate:minutes",
    },
    N_("Mail and dates"): {
        "mail list": "mail:listing",
        "mail show": "mail:show",
        "mail release": "mail:release",
        "mail resolve": "mail:resolve",
        "mail retry": "mail:retry",
        "calendar": "time:calendar",
        "tick": "time:tick",
        "run": "time:run",
        "clock": "time:clock",
        "doctor": "doctor:doctor",
    },
    N_("Audit"): {
        "history": "audit:history",
        "replay": "audit:replay",
        "verify": "audit:verify",
        "backup": "audit:backup",
    },
}
"""The commands below the headings of `ptce --help`, in the order in which a contest meets them.

What is typed after `ptce`, and the module and the function.
"""

GATHERED = {
    "people": N_("Say who may act: enrol, list, leave."),
    "jury": N_("Score the candidatures and rank them."),
    "mail": N_("Read mails before they leave, and say what becomes of them."),
}
"""The words that gather several commands, and what these do."""

PLACES = {name: place for section in SECTIONS.values() for name, place in section.items()}


def words_below(prefix: str) -> list[str]:
    """The words that may follow a word that gathers commands, or `ptce` itself (empty)."""
    start = f"{prefix} " if prefix else ""
    below = (name.removeprefix(start) for name in PLACES if name.startswith(start))
    return list(dict.fromkeys(word.partition(" ")[0] for word in below))
