"""The lists that commands answer with: what `--json` writes of each, and its columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptce_workflow.base.words import N_, _
from ptce_workflow.papers.listing import Col, Listing

if TYPE_CHECKING:
    from ptce_workflow.app.post.desk import Posted
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.process import Process


def noun(process: Process) -> str:
    """What the contest calls a candidature, as a heading."""
    from ptce_workflow.process.process import noun_of

    return noun_of(process)


def state(process: Process, name: str) -> object:
    """The label of a state."""
    return process.states[name]


CANDIDATURES = Listing(
    N_("Candidatures"),
    "ref, name, state, since, next_date, alarms: [{date, label, at, days}]",
    Col(N_("ref."), "ref", share=2),
    Col(noun, "name", N_("(erased)"), flexible=True, share=6),
    Col(N_("state"), "state", show=state, share=4),
    Col(N_("since"), "since", hours=False, share=2),
)


def _stage(mail: Posted) -> str:
    """The stage of a mail, and whether a person has rewritten it."""
    from ptce_workflow.process.letters.outbox import label_of

    label = label_of(mail.stage)
    return _("{label}, rewritten").format(label=label) if mail.rewritten else label


def to_whom(mail: Posted) -> str:
    """The recipient, after the reference of the candidature that it is about."""
    return mail.to if not mail.ref or mail.to == mail.ref else f"{mail.ref} {mail.to}"


def _reader(mail: Posted) -> Iterator[str]:
    """The recipient; below, what the server said to one that did not go well."""
    from ptce_workflow.process.letters.outbox import ANSWERED

    yield to_whom(mail)
    if mail.said and mail.stage in ANSWERED:
        yield mail.said


MAILS = Listing(
    N_("Mails"),
    "message=name, stage, notification, label, ref?, candidature?, recipient, to, address?, due, "
    "next_at, held, attempts, said?, rewritten",
    Col(N_("mail"), "name", share=2),
    Col(N_("when"), "next_at", hours=True, share=3),
    Col(N_("what"), "label", flexible=True, share=6),
    Col(N_("state"), _stage, share=3),
    Col(N_("to"), _reader, flexible=True, below=True, share=6),
)


def _roles(person: Person) -> str:
    from ptce_workflow.process.process import role_label

    return ", ".join(map(role_label, person.roles)) if person.active else _("has left")


def _seat(process: Process, name: str) -> object:
    return process.definition.config.institutions.get(name, name)


PEOPLE = Listing(
    N_("People"),
    "actor=pseudonym, name=private.name, roles, institution, login=private.login, active",
    Col(N_("who"), "pseudonym", share=2),
    Col(N_("name"), "private.name", N_("(erased)"), flexible=True, share=5),
    Col(N_("roles"), _roles, share=3),
    Col(N_("login"), "private.login", flexible=True, share=3),
    Col(
        N_("institution"), "institution", show=_seat, spare=True, flexible=True, below=True, share=5
    ),
)


def _sitting(process: Process, name: str) -> object:
    return process.definition.config.sittings.get(name, name)


SITTINGS = Listing(
    N_("Sittings"),
    "number, sitting=name, call, at, line, closed, hash, present, chair, decided",
    Col(N_("no."), "number", number=True, share=1),
    Col(N_("sitting"), "name", show=_sitting, flexible=True, share=5),
    Col(N_("when"), "at", share=3),
    Col(N_("call"), "call", number=True, share=2),
    Col(N_("present"), lambda held: len(held.present), number=True, share=2),
    Col(N_("decided"), "decided", number=True, share=2),
    Col(N_("line"), "closed", number=True, share=2),
)


STEPS = (
    "[{ref=before.ref, transition=way.key, from=before.state, to, made=done, allowed=made, "
    "verdicts, line}]"
)
"""Transitions that were made, or refused."""
