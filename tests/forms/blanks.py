"""The blank form of a sheet, as `ptce form` writes it."""

from functools import lru_cache

from ptce_workflow.office.docx import blank_to_docx
from ptce_workflow.office.forms.blank import blank
from ptce_workflow.process.process import Process


@lru_cache(maxsize=8)
def blank_of(process: Process) -> bytes:
    """The blank dossier in Word, in French."""
    return blank_to_docx(blank(process, "dossier", "fr"))
