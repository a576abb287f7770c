"""The commands, a module a subject: each parses, asks one thing of the contest, and answers.

Each brings its views when it runs: `--help` builds every command and needs none.
"""

MODULES = (
    *("setup", "texts", "receipt", "cases", "forms", "jury", "mail", "time"),
    *("audit", "export", "erasure", "database"),
)
"""The modules, in the order in which a contest meets their commands."""
