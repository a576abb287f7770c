"""Names of candidatures, institutions and transitions, in the language in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptce_workflow.base.words import _, language

if TYPE_CHECKING:
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case


def name_of(process: Process, case: Case) -> str:
    """The name of a candidature, or that it was erased."""
    name_field = process.definition.config.contest.name_field
    return case.private.get(name_field) or _("(erased)")


def named(process: Process, case: Case) -> str:
    """A candidature by its reference and its name; by its reference once the name was erased."""
    name = case.private.get(process.definition.config.contest.name_field)
    return f"{case.ref} {name}" if name else case.ref


def institution_label(process: Process, name: str) -> str:
    """The label of an institution; its name when the process no longer knows it."""
    institution = process.definition.config.institutions.get(name)
    return institution.label.in_(language()) if institution else name


def way_label(process: Process, state: str, transition: str) -> str:
    """The label of a transition that leaves a state."""
    return process.ways(state)[transition].transition.label.in_(language())
