"""The whole ledger gone through once: what each line is, what calls for a question, what of whom.

Nothing here is in words yet: `book.py` says it, in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ptce_workflow.app.cases.history import Step
from ptce_workflow.app.cases.whole import Whole
from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events.base import Say
from ptce_workflow.ledger.events.codec import MODULES
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.delivery import MessageSent
from ptce_workflow.ledger.events.mail import AboutMails
from ptce_workflow.ledger.events.transition import Judged
from ptce_workflow.papers.replay.findings import Auditor, is_late
from ptce_workflow.papers.replay.names import NameChoice, is_whole

GROUPS: Mapping[str, str] = {
    "move": N_("moves"),
    "refusal": N_("refusals"),
    "fact": N_("answers and arrivals"),
    "mark": N_("marks and the jury"),
    "sitting": N_("sittings and votes"),
    "mail": N_("mails"),
    "person": N_("people"),
    "rule": N_("rules"),
    "other": N_("other lines"),
    "first": N_("to look at first"),
}
"""The groups of lines by which a journal is filtered; a line may be in two."""

_OF_MODULE = {
    "candidature": "move",
    "receipt": "fact",
    "facts": "fact",
    "carried": "fact",
    "panel": "mark",
    "rectified": "mark",
    "sitting": "sitting",
    "mail": "mail",
    "delivery": "mail",
    "people": "person",
    "erasure": "person",
    "contest": "rule",
}
_OF_KIND = {
    "transition_made": "move",
    "transition_refused": "refusal",
    "contest_facts_recorded": "fact",
}
_BITS = {name: 1 << place for place, name in enumerate(GROUPS)}


@dataclass(slots=True)
class PageMail:
    """A mail: its slot, the candidature that it is about, when it was due, what became of it."""

    name: str
    case: str | None
    notification: str
    recipient: str
    process: str
    due: str
    steps: list[tuple[int, str]] = field(default_factory=list)
    late: bool = False


@dataclass(slots=True)
class LineFinding:
    """A line that calls for a question: which kind, and why."""

    kind: str
    case: str | None
    why: Say


@dataclass(slots=True)
class PageContents:
    """What a ledger amounts to, for the page.

    `marks` has the groups of each line as bits; `ways` the transitions that lines cite, each with
    the process of its day; `side` the side rows that are shown whole; `gone` the line of each that
    was erased.
    """

    lines: list[bytes] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    findings: dict[int, list[LineFinding]] = field(default_factory=dict)
    mails: dict[str, PageMail] = field(default_factory=dict)
    processes: dict[str, int] = field(default_factory=dict)
    ways: dict[tuple[str, str, str], None] = field(default_factory=dict)
    renamed: list[dict[str, Any]] = field(default_factory=list)
    side: list[dict[str, Any]] = field(default_factory=list)
    commitments: int = 0
    gone: list[int] = field(default_factory=list)


def group_of(kind: str) -> str:
    """The group of a kind of line."""
    return _OF_KIND.get(kind) or _OF_MODULE.get(MODULES[kind], "other")


def gathered(ledger: Whole, names: NameChoice) -> PageContents:
    """Goes through a ledger from its first line to its last."""
    found, auditor = PageContents(), Auditor()
    for step in ledger.steps():
        line, before = step.line, step.take()
        process = ledger.process_of(line.process)
        found.lines.append(step.content)
        found.processes.setdefault(line.process, line.n)
        group = group_of(line.type)
        questions = list(auditor.looks(line, before, process, ledger.state))
        if questions:
            found.findings[line.n] = [LineFinding(kind, line.case, why) for kind, why in questions]
        found.marks.append(_BITS[group] | (_BITS["first"] if questions else 0))
        if isinstance(line.data, Judged):
            found.ways[line.process, line.data.holder, line.data.transition] = None
        elif isinstance(line.data, AboutMails):
            _gather_mails(found, step, ledger)
        elif isinstance(line.data, ProcessAdopted):
            told = ({"n": line.n, "from": a, "to": b} for a, b in line.data.states.items())
            found.renamed += told
        if line.pd:
            _beside(found, step, names, process.definition.config.contest.name_field)
    return found


def _gather_mails(found: PageContents, step: Step, ledger: Whole) -> None:
    """The stage to which the line brings each mail that it tells of."""
    line = step.line
    for name in line.data.names():
        message = ledger.state.messages[name]
        mail = found.mails.get(name)
        if mail is None:
            known = line.case, *message.key[::2], line.process, message.due
            mail = found.mails[name] = PageMail(name, *known)
        if not mail.steps or mail.steps[-1][1] != message.stage:
            mail.steps.append((line.n, message.stage))
        mail.late = mail.late or (isinstance(line.data, MessageSent) and is_late(message, line.at))


def _beside(found: PageContents, step: Step, names: NameChoice, name_field: str) -> None:
    """Counts the commitments of a line, and keeps the side rows that are shown whole."""
    line = step.line
    found.commitments += len(line.pd or ())
    found.gone += [line.n] * (len(line.pd or ()) - len(step.stored))
    for row in step.stored:
        if is_whole(step.sides[row.subject], names, name_field):
            shown = {"n": row.n, "subject": row.subject, "salt": row.salt, "data": row.data}
            found.side.append(shown)
