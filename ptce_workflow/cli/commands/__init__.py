"""The commands, a module a subject: each parses, asks one thing of the contest, and answers."""

MODULES = (
    *("setup", "texts", "receipt", "cases", "forms", "publication"),
    *("jury", "sitting", "mail", "time", "audit", "report", "export", "erasure"),
    *("restore", "database"),
)
"""The modules, in the order in which a contest meets their commands."""
