"""The forms in which a document leaves: each is loaded only when it is written."""

from __future__ import annotations

from ptce_workflow.documents.matter import Matter

FORMS = (".docx", ".html")
"""How the names of the files end."""


def as_written(matter: Matter, form: str) -> bytes:
    """The bytes of a document in one of the forms."""
    if form == ".html":
        from ptce_workflow.documents.page import to_html

        return to_html(matter).encode()
    # Imported here for start-up time: python-docx takes a fifth of a second to load.
    from ptce_workflow.documents.paper import to_docx

    return to_docx(matter)
