"""Where each command is, below the headings of `ptce --help`: found without its module.

Written by tools/generate.py from the modules of cli/commands; not to be edited.
"""

SECTIONS = {
    "Set up": {
        "init": "setup:init",
        "check": "setup:check",
        "schema": "setup:schema",
        "adopt": "setup:adopt",
        "diagram": "setup:diagram",
        "people enrol": "setup:enrol",
        "people list": "setup:listing",
        "people leave": "setup:leave",
        "rulebook": "texts:rulebook",
        "translate": "texts:translate",
        "migrate": "texts:migrate",
    },
    "Candidatures": {
        "document": "texts:document",
        "add": "receipt:add",
        "record": "receipt:record",
        "receive": "receipt:receive",
        "answer": "receipt:answer",
        "list": "cases:listing",
        "show": "cases:show",
        "why": "cases:why",
        "advance": "cases:advance",
        "hand-over": "cases:hand_over",
        "sign-in": "forms:sign_in",
        "results": "publication:results",
    },
    "Jury": {
        "jury grid": "forms:grid",
        "jury score": "jury:score",
        "jury declare": "jury:declare",
        "jury recuse": "jury:recuse",
        "jury conflicts": "jury:conflicts",
        "jury rank": "jury:rank",
        "deliberate": "jury:deliberate",
        "minutes": "jury:minutes",
    },
    "Mail and dates": {
        "mail list": "mail:listing",
        "mail show": "mail:show",
        "mail release": "mail:release",
        "mail edit": "mail:edit",
        "mail drop": "mail:drop",
        "mail resolve": "mail:resolve",
        "mail retry": "mail:retry",
        "calendar": "time:calendar",
        "tick": "time:tick",
        "run": "time:run",
        "clock": "time:clock",
        "doctor": "time:doctor",
    },
    "Audit": {
        "history": "audit:history",
        "replay": "audit:replay",
        "verify": "audit:verify",
        "backup": "audit:backup",
    },
}
