"""Mail as the world sees it: what a message looks like, and what a server answers to it.

Nothing here knows of a database or of the desk: `store` talks to the disk, `mail` to the server.
"""

LINE_HEADER = "X-PTCE-Line"
"""The header that has the line of the ledger that set a mail off, and its whole hash."""

TRIAL_HEADER = "X-PTCE-Trial"
"""The header that has the notification of a trial mail, which is in no ledger."""
