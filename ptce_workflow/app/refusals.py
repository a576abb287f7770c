"""Refusals that several use cases share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import _, did_you_mean, nearest, suggestion
from ptce_workflow.ledger.events.base import Entry, decode
from ptce_workflow.ledger.line import Malformed
from ptce_workflow.ledger.state import COURIER, SCHEDULER, Person
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.fields.base import normalise
from ptce_workflow.process.process import Process, role_label, to_the_minute
from ptce_workflow.store.database import Repository

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""The errors that come of reading a row that no program of ours wrote."""


def unknown_reference(repo: Repository, contest: str, ref: str) -> Misuse:
    refs = [row.ref for row in repo.briefs(contest)]
    what = _("No candidature bears the reference {ref}.").format(ref=ref)
    return Misuse(what, mend=suggestion(ref, refs) or _("`ptce list` shows them all."))


def unknown_name(what: str, name: str, names: Collection[str]) -> Misuse:
    """The error for a name that leads nowhere; `what` is a whole sentence with {name} filled."""
    return Misuse(what, mend=suggestion(name, names))


def damaged_line(n: int, error: Exception) -> PtceError:
    mend = _("`ptce verify` tells all that is broken; restore a backup.")
    return PtceError(_("Line {n} of the ledger is gone or damaged.").format(n=n), str(error), mend)


def without_role(person: Person, roles: Collection[str], what: str) -> PtceError:
    why = _("It is for: {roles}; {person} acts as: {own}.").format(
        roles=", ".join(map(role_label, dict.fromkeys(roles))) or _("the scheduler"),
        person=person.pseudonym,
        own=", ".join(map(role_label, person.roles)),
    )
    return PtceError(what, why, _("Ask someone who may, or act as another with --as."))


def no_way_out(
    repo: Repository, contest: str, process: Process, case: Candidature, name: str
) -> PtceError:
    """The error for a transition out of another state, with who moved it meanwhile."""
    edges = process.edges(case.state)
    labels = [edge.transition.label.text for edge in edges.values()]
    names = ", ".join(f"{edge} ({text})" for edge, text in zip(edges, labels, strict=True))
    label = process.states[case.state].label
    if name not in {edge.name for edge in process.every_edge() if edge.moves}:
        what = _('No transition is called "{name}".').format(name=name)
        why = _("From {state} there are: {names}.").format(state=label, names=names)
        why = why if names else _("No transition leads out of {state}.").format(state=label)
        return Misuse(what, why, did_you_mean(nearest(name, edges) or nearest(name, labels)))
    last = _last_change(repo, contest, case)
    # What the engine does by itself has a name in a sentence.
    engine = {SCHEDULER.pseudonym: _("the scheduler"), COURIER.pseudonym: _("the courier")}
    when = to_the_minute(process, from_text(last.at))
    what = _('{ref} stands in the state "{state}": it cannot take "{name}".').format(
        ref=case.ref, state=label, name=name
    )
    why = _("Its last change is of {when}, by {actor} (line {line}).").format(
        when=when, actor=engine.get(last.actor, last.actor), line=last.n
    )
    mend = _("`ptce why {ref}` shows the ways out.").format(ref=case.ref)
    return PtceError(what, why, way_back_text(process, case) or mend)


def way_back_text(process: Process, case: Candidature) -> str:
    """What to type where a candidature came to an end by mistake; empty where nothing undoes it."""
    if (back := process.way_back(case)) is None:
        return ""
    text = _("If that was a mistake: `ptce why {ref} {way}` says whether it can be undone.")
    return text.format(ref=case.ref, way=back.name)


def _last_change(repo: Repository, contest: str, case: Candidature) -> Entry[Any]:
    """The last line that changed a candidature, no mail or rank. Raises: PtceError."""
    for n in range(case.version, 0, -1):
        try:
            line = decode(repo.line(contest, n))
        except (KeyError, Malformed) as error:
            raise damaged_line(n, error) from error
        if line.case == case.id and not (line.data.about == "either" or line.data.follows):
            return line
    raise damaged_line(case.version, KeyError(case.id))


LONGEST_REASON = 2_000


def reason_given(text: str | None) -> str:
    """A reason as recorded, "" for none. Raises: TextRefused."""
    return normalise(text or "", multiline=True, max_length=LONGEST_REASON)
