"""Citations that name no passage of the texts of the folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.places import places
from ptce_workflow.process.citations import RULEBOOK, NotThere, cited, works_of
from ptce_workflow.process.model.folder import text_file
from ptce_workflow.process.model.shared import Grounded
from ptce_workflow.process.process import Process


def faults(process: Process) -> Iterator[Finding]:
    """Every citation of what is not there, and every heading that cannot be told from another.

    A folder without a rulebook rests on a text that it does not hold: nothing of that can be
    looked up.
    """
    works = works_of(process.files)
    for work in works.values():
        for heading in work.repeated:
            yield Finding(
                text_file(work.name),
                "",
                _('The heading "{heading}" stands more than once.').format(heading=heading),
                _("Nobody could say which of them is cited."),
                _("Add a word to one of them, in square brackets."),
                _line_of_second(heading, process.files[text_file(work.name)].decode()),
            )
    for place in places(process.definition, Grounded):
        source = place.table.source
        try:
            cited(source.phrase, works) if source is not None else ()
        except NotThere as fault:
            if fault.text != RULEBOOK or RULEBOOK in works:
                yield place.fault("source", fault.what, fault.why, fault.mend)


def _line_of_second(heading: str, text: str) -> int | None:
    """The line on which a heading stands again; None where it is not written as it reads."""
    found = re.finditer(rf"^#+[ \t]+{re.escape(heading)}[ \t#]*$", text, re.MULTILINE)
    second = next(islice(found, 1, None), None)
    return second and text.count("\n", 0, second.start()) + 1
