"""Which panel is meant, and whether an institution sits in it."""

from __future__ import annotations

from collections.abc import Sequence

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.desk.refusals import unknown_name
from ptce_workflow.process.definition import Definition
from ptce_workflow.process.sheets import Sheet


def panel_name(definition: Definition, name: str | None) -> str:
    """The panel of that name, or the only one there is.

    *Raises* Misuse when it does not exist or several do.
    """
    panels = definition.panels
    if name is None and len(panels) == 1:
        return panels[0]
    if name in panels:
        return name
    if name is None and panels:
        raise _several(_("This contest has several panels."), panels)
    raise unknown_name(_('"{name}" is not a panel.').format(name=name or ""), name or "", panels)


def panel_of(definition: Definition, institution: str, name: str | None) -> str:
    """The panel of that name, or the only one in which an institution sits.

    *Raises* Misuse when there is none, or several, or it does not sit in the one named.
    """
    panels, sheets = definition.panels, definition.sheets
    if name is not None:
        chosen = panel_name(definition, name)
        check_member(sheets[chosen], institution)
        return chosen
    own = [one for one in panels if institution in sheets[one].members]
    if len(own) == 1:
        return own[0]
    if own:
        raise _several(_('"{name}" sits in several panels.').format(name=institution), own)
    known = [member for one in panels for member in sheets[one].members]
    what = _('"{name}" sits in no panel.').format(name=institution)
    raise unknown_name(what, institution, known)


def _several(what: str, names: Sequence[str]) -> Misuse:
    return Misuse(what, mend=_("Name one: --panel {names}").format(names="|".join(names)))


def check_member(sheet: Sheet, institution: str) -> None:
    """Lets through an institution that sits in a panel.

    *Raises* Misuse otherwise.
    """
    if institution not in sheet.members:
        what = _('"{name}" does not sit in this panel.').format(name=institution)
        raise unknown_name(what, institution, sheet.members)
