"""The formats in which a report leaves: each is loaded only when it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptce_workflow.papers.report import Report


PAPERS = (".docx", ".html")
"""The endings of the names of files that hold all of a report."""

FORMATS = (".csv", ".xlsx", *PAPERS)
"""Also those that hold its tables."""


def as_written(report: Report, form: str) -> bytes:
    """The bytes of a report in one of the formats."""
    if form == ".html":
        from ptce_workflow.papers.html import to_html

        return to_html(report).encode()
    # Imported here for start-up time: python-docx takes a fifth of a second to load.
    if form == ".docx":
        from ptce_workflow.papers.docx import to_docx

        return to_docx(report)
    from ptce_workflow.papers.sheets import to_csv, to_xlsx

    return to_csv(report) if form == ".csv" else to_xlsx(report)
