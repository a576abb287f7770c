"""The report of an audit: the lines that call for a question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ptce_workflow.app.adopt import limits_moved
from ptce_workflow.app.audit.compare import recheck
from ptce_workflow.app.candidatures.decisions import missed_hour, register
from ptce_workflow.app.candidatures.history import Step, Whole, whole
from ptce_workflow.app.checkpoints import last_outside
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.jury.sittings import sittings
from ptce_workflow.app.outbox.waiting import unnotified
from ptce_workflow.base import words
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import N_, _, language, n_, nN_
from ptce_workflow.ledger.events.base import (
    Entry,
    FieldNames,
    InstitutionName,
    NotificationName,
    Phrase,
    SheetName,
    Story,
    TransitionName,
    When,
)
from ptce_workflow.ledger.events.contest import (
    ClockAccepted,
    EngineChanged,
    PersonEnrolled,
    PersonLeft,
    ProcessAdopted,
)
from ptce_workflow.ledger.events.delivery import (
    MessageBounced,
    MessageDropped,
    MessageEdited,
    MessageFailed,
    MessageSent,
    MessageUncertain,
)
from ptce_workflow.ledger.events.erasure import PersonalDataErased
from ptce_workflow.ledger.events.facts import (
    FactsReceived,
    FactsRecorded,
    FactsRectified,
    SheetReceived,
)
from ptce_workflow.ledger.events.mail import AboutMails, MessagesExpired, MessagesPlanned
from ptce_workflow.ledger.events.panel import (
    InstitutionRecused,
    LinksDeclared,
    RecusalLifted,
    ScoresGiven,
    ScoresRectified,
    SteppedAside,
)
from ptce_workflow.ledger.events.sitting import (
    OUTCOMES,
    ConvocationRecorded,
    DeviationDecided,
    SittingOpened,
    VoteTaken,
    institutions,
)
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.state import ContestState, Person
from ptce_workflow.office.page import (
    Advice,
    Bullets,
    Heading,
    LabelledValues,
    Lead,
    Paragraph,
    Part,
    Report,
    Table,
    of_contest,
    of_folder,
)
from ptce_workflow.process.calendar import Instant, parse_instant
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.dates import reviews_own
from ptce_workflow.process.process import Process, institution_label, role_label
from ptce_workflow.reports.history import check_report, outside_texts, verify_report
from ptce_workflow.reports.listing import Col, JsonObject, table
from ptce_workflow.reports.mail import unnotified_texts
from ptce_workflow.reports.ranking import ranking
from ptce_workflow.reports.sittings import sittings_report
from ptce_workflow.reports.telling import Narrator, actor_text, limit_text
from ptce_workflow.reports.why import register_parts

if TYPE_CHECKING:
    from ptce_workflow.app.audit.verify import Verification
    from ptce_workflow.app.contest import Contest


KINDS: Mapping[str, str] = {
    "rectification": N_("Answers and marks mended afterwards"),
    "late_fact": N_("Answers written after their term"),
    "late_receipt": N_("Arrivals entered over a day later"),
    "late_move": N_("Made by time after its hour"),
    "undone": N_("Decisions and moves taken back"),
    "review": N_("Requests answered otherwise than the folder wants"),
    "request": N_("Requests answered"),
    "deviation": N_("Decisions that depart from the ranking"),
    "casting_vote": N_("Votes that the chair alone settled"),
    "recusal": N_("Stepping aside once marks were given, and coming back"),
    "notice": N_("Sittings to which an institution was not called, or not by a mail"),
    "rules": N_("Rules changed, or the program that judges"),
    "clock": N_("The clock"),
    "late_mail": N_("Mails that left over an hour late, and decisions told late"),
    "failed_mail": N_("Mails that failed, came back, or never left"),
    "mail_by_hand": N_("Mails rewritten or held back by a person"),
    "erasure": N_("Personal data erased"),
}
"""The headings of the kinds of findings, in the order in which they are looked at."""

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_TERM = re.compile(r"\breceived\.(?P<sheet>\w+) <=? (?P<date>date\.\w+)")

Questions = Iterator[tuple[str, Phrase]]


class Terms:
    """The terms of the sheets of a process: the instants after which what is written is late."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @cached_property
    def by_sheet(self) -> dict[str, frozenset[Instant]]:
        """What windows close with, and the dates by which rules want a sheet to have arrived."""
        found: dict[str, set[str]] = {}
        for state in self._process.states.values():
            for name, end in state.windows:
                if end is not None:
                    found.setdefault(name.partition(".")[0], set()).add(end)
        for edge in self._process.every_edge():
            for rule in edge.rules.values():
                for term in _TERM.finditer(rule.when or ""):
                    found.setdefault(term["sheet"], set()).add(term["date"])
        return {sheet: frozenset(map(parse_instant, ends)) for sheet, ends in found.items()}

    def passed(
        self, event: FactsRecorded, case: Candidature, at: str
    ) -> tuple[str, tuple[str, ...]]:
        """The last term that an instant is after, and the answers for which it was; else ""."""
        terms = {name.partition(".")[0]: "" for name in event.names}
        for sheet in terms:
            instants = self.by_sheet.get(sheet, ())
            ends = [self._process.dates.resolve(instant, case) for instant in instants]
            texts = [to_text(end) for end in ends if end is not None]
            if texts and len(texts) == len(ends) and at > max(texts):
                terms[sheet] = max(texts)
        late = [name for name in event.names if terms[name.partition(".")[0]]]
        return max(terms.values(), default=""), tuple(sorted(late))


class Auditor:
    """Looks at each line as it is gone through, and says what about it calls for a question."""

    def __init__(self) -> None:
        self._terms: dict[str, Terms] = {}
        self._furthest = ""
        self._planned: dict[str, str] = {}
        self._due: dict[str, str] = {}

    def looks(
        self, line: Entry[Any], before: Candidature | None, process: Process, state: ContestState
    ) -> Questions:
        """What calls for a question, and why; `before` and after the line."""
        if line.at < self._furthest:
            values = {"when": When(self._furthest)}
            yield "clock", Phrase(N_("dated before an earlier line, of {when}"), values)
        self._furthest = max(self._furthest, line.at)
        event = line.data
        if isinstance(event, FactsRecorded):
            yield from self._facts(event, line.at, before, process)
        elif isinstance(event, SheetReceived):
            yield from _entered(event.received_at, line.at)
        elif isinstance(event, TransitionMade):
            yield from _move(event, line.at, process)
            if before is not None:
                yield from _review(event, before, process, line.actor)
        else:
            yield from _panel(event, before)
            yield from _contest(event, line.n)
            yield from self._mail(event, line.at, state, before, process)

    def _facts(
        self, event: FactsRecorded, at: str, case: Candidature | None, process: Process
    ) -> Questions:
        if isinstance(event, FactsRectified):
            values = {"labels": FieldNames(event.names)}
            yield "rectification", Phrase(N_("rectified: {labels}"), values)
            return
        if isinstance(event, FactsReceived):
            yield from _entered(event.received_at, at)
        if case is not None:
            terms = self._terms.setdefault(process.hash, Terms(process))
            term, names = terms.passed(event, case, at)
            if term:
                says = N_("written after {when}: {labels}")
                yield "late_fact", Phrase(says, {"when": When(term), "labels": FieldNames(names)})

    def _mail(
        self,
        event: Any,
        at: str,
        state: ContestState,
        case: Candidature | None,
        process: Process,
    ) -> Questions:
        match event:
            case MessagesPlanned():
                moved = (one for one in event.messages if self._due.get(one.message) != one.due)
                self._planned |= {one.message: one.due for one in moved}
            case MessageSent():
                message, planned = state.messages[event.message], self._planned[event.message]
                if due := missed_hour(message, planned, at, case, process):
                    values = {"message": event.message, "when": When(due)}
                    yield "late_mail", Phrase(N_("{message} was due on {when}"), values)
            case MessageFailed():
                yield "failed_mail", Phrase(N_("failed: {message}"), {"message": event.message})
            case MessageUncertain():
                says = N_("nobody knows whether it left: {message}")
                yield "failed_mail", Phrase(says, {"message": event.message})
            case MessageBounced(back=True):
                yield "failed_mail", Phrase(N_("came back: {message}"), {"message": event.message})
            case MessagesExpired(why="late"):
                values = {"names": ", ".join(event.messages)}
                yield "failed_mail", Phrase(N_("never left, too late: {names}"), values)
            case MessageEdited() | MessageDropped():
                name = NotificationName(state.messages[event.message].notification)
                edited, dropped = (
                    N_("rewritten: {message} {label}"),
                    N_("dropped: {message} {label}"),
                )
                says = edited if isinstance(event, MessageEdited) else dropped
                yield "mail_by_hand", Phrase(says, {"message": event.message, "label": name})
        if isinstance(event, AboutMails):
            self._due |= {name: state.messages[name].due for name in event.names()}


def _entered(received_at: str, at: str) -> Questions:
    if from_text(at) - from_text(received_at) > _DAY:
        yield "late_receipt", Phrase(N_("arrived on {when}"), {"when": When(received_at)})


def _move(event: TransitionMade, at: str, process: Process) -> Questions:
    label = TransitionName(event.transition, event.holder)
    if event.answers:
        values = {"sheet": SheetName(event.answers), "label": label}
        yield "request", Phrase(N_("{sheet}, answered: {label}"), values)
        return
    if event.due and from_text(at) - from_text(event.due) >= _MINUTE:
        yield "late_move", Phrase(N_("for {when}, when it was due"), {"when": When(event.due)})
    edge = process.edges(event.holder).get(event.transition)
    leaves = process.states.get(event.from_)
    if edge is not None and (edge.returns or (leaves is not None and leaves.ends)):
        yield "undone", Phrase("{label}", {"label": label})


def _review(event: TransitionMade, case: Candidature, process: Process, who: str) -> Questions:
    request = process.definition.requests.get(event.answers)
    if request is None:
        return
    values = {"sheet": SheetName(event.answers)}
    if "evidence" in request.review and event.evidence is UNSET:
        yield "review", Phrase(N_("{sheet}, answered without a file"), values)
    elif reviews_own(process.definition, event.answers, case, who):
        yield "review", Phrase(N_("{sheet}, answered by who had made the decision"), values)


def _panel(event: Any, before: Candidature | None) -> Questions:
    values: dict[str, object]
    match event:
        case ScoresRectified():
            names = tuple(name.partition("@")[0] for name in event.names)
            yield "rectification", Phrase(N_("rectified: {labels}"), {"labels": FieldNames(names)})
        case DeviationDecided():
            values = {"label": TransitionName(event.transition)}
            yield "deviation", Phrase(N_("voted: {label}"), values)
        case VoteTaken(casting=True):
            yield "casting_vote", Phrase(OUTCOMES[event.carried, True])
        case InstitutionRecused() if before is not None:
            label = {"label": InstitutionName(event.institution)}
            if event.panels:
                yield (
                    "recusal",
                    Phrase(N_("{label} steps aside, once figures were recorded"), label),
                )
            elif event.institution in before.scores.get(event.sheet, {}):
                yield "recusal", Phrase(N_("{label} steps aside, once it had given marks"), label)
        case SittingOpened(unreached=(_, *_)):
            values = {"labels": institutions(event.unreached or ())}
            yield "notice", Phrase(N_("that no convocation reached: {labels}"), values)
        case ConvocationRecorded():
            values = {"label": InstitutionName(event.institution), "when": When(event.at)}
            yield "notice", Phrase(N_("called by other means: {label}, {when}"), values)
        case RecusalLifted():
            label = {"label": InstitutionName(event.institution)}
            yield "recusal", Phrase(N_("{label} scores and counts again"), label)


def _contest(event: Any, n: int) -> Questions:
    match event:
        case ProcessAdopted():
            values = {"before": event.from_[:12], "after": event.to[:12]}
            yield "rules", Phrase(N_("process {before} → {after}"), values)
        case EngineChanged() if n > _OPENING_LINES:
            yield "rules", Phrase(event.tells)
        case ClockAccepted():
            yield "clock", Phrase(N_("set back, from {when}"), {"when": When(event.stood)})
        case PersonalDataErased():
            one, several = nN_("what stood beside {count} line", "what stood beside {count} lines")
            count = len(event.lines)
            yield "erasure", Phrase(one, {"count": count}, several, count)


_OPENING_LINES = 2
"""The first lines, with which every ledger begins: they name the program that writes them."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: its heading, the rows that it tells, the commands that say more."""

    name: str
    title: str
    rows: tuple[str, ...]
    commands: tuple[str, ...]


SECTIONS = (
    Section(
        "questions",
        N_("What to ask first: limits that changed after a sitting had read them"),
        ("limit",),
        ("ptce diff --from … --to …", "ptce why REF --past"),
    ),
    Section(
        "verified",
        N_("What was verified, and how"),
        (),
        ("ptce verify", "ptce replay --check", "ptce checkpoint --list", "ptce export DIR"),
    ),
    Section("people", N_("Who ran the contest"), (), ("ptce people list",)),
    Section(
        "rules", N_("The rules, and their changes"), ("rules",), ("ptce diff --from … --to …",)
    ),
    Section(
        "receipts",
        N_("Receipts, and what was late"),
        ("late_fact", "late_receipt", "late_move", "clock"),
        ("ptce history REF", "ptce show REF --at …"),
    ),
    Section("refusals", N_("Refusals"), ("refusals",), ("ptce why REF --past --cite",)),
    Section(
        "jury",
        N_("The jury"),
        ("notice", "jury"),
        ("ptce jury rank", "ptce minutes", "ptce why REF --past"),
    ),
    Section(
        "mails",
        N_("Mails, and decisions not told"),
        ("failed_mail", "late_mail", "mail_by_hand"),
        ("ptce mail list --all", "ptce mail show M-… --eml"),
    ),
    Section(
        "mended",
        N_("What was mended, or taken back"),
        ("review", "rectification", "undone", "request"),
        ("ptce history REF",),
    ),
    Section("erased", N_("What was erased"), ("erased",), ("ptce history REF",)),
    Section("limits", N_("What this record cannot show"), (), ("ptce replay --html FILE",)),
)
"""The report, in the order in which it is read."""

LIMITS = (
    N_("That what was typed is true: it shows who typed it, when, and that it is the same since."),
    N_(
        "That a dossier arrived when the line says so: the file named as its proof has to be looked"
        " at. Nor that anything was left out: a request that nobody entered is in no line."
    ),
    N_(
        "That it was not written anew as a whole by who holds the database: only what was kept "
        "outside (a checkpoint, a mail that quotes a line, an export, a backup) shows that."
    ),
    N_("Who was at the keyboard: it names a login. Who types for another is named where known."),
    N_("What was said in the sitting, and why each gave its mark, beyond what was written down."),
    N_("That a mail was read: a server took it, or did not."),
    N_("What was erased: the lines keep its hash, and tell that it was there."),
)
"""What no line can prove, in a sentence each."""


def audit_data(report: Verification, findings: AuditFindings) -> JsonObject:
    """`ptce audit --json`: the verification, and the lines of each part."""
    sections = [
        JsonObject(section, rows=[row for key in section.rows for row in _of(findings, key)])
        for section in SECTIONS
    ]
    return JsonObject(report, people=findings.people, sections=sections)


def audit_report(contest: Contest, report: Verification, findings: AuditFindings) -> Report:
    """`ptce audit`, as it is printed or written."""
    own = {
        "verified": lambda: _verified(contest, report, findings),
        "people": lambda: _people(findings),
        "rules": lambda: _rules(findings),
        "receipts": lambda: _receipts(findings),
        "refusals": lambda: _refusals(findings),
        "jury": lambda: _jury(contest, findings),
        "mails": lambda: _unnotified(contest),
        "erased": lambda: _erased(findings),
        "limits": lambda: _limits(findings),
    }
    parts: list[Part] = []
    for number, section in enumerate(SECTIONS, 1):
        title = _(section.title)
        parts.append(Heading(f"{number}. {title}"))
        inner = [*(own[section.name]() if section.name in own else ())]
        inner += [part for key in section.rows for part in _rows(findings, key)]
        parts += inner or [Paragraph(_("None."))]
        parts.append(Advice(_("More: {command}"), " · ".join(section.commands)))
    return of_contest(findings.ledger.process, _("Audit report"), findings.ledger.now, parts)


def _of(findings: AuditFindings, key: str) -> Sequence[AuditRow]:
    return findings.rows.get(key, ())


def _rows(findings: AuditFindings, key: str) -> Iterator[Part]:
    rows = _of(findings, key)
    if not rows:
        return
    if key in KINDS:
        yield Heading(_(KINDS[key]), 2)
    yield table(
        findings.ledger.process,
        rows,
        Col(_("line"), "line", number=True, share=2),
        Col(_("when"), "at", hours=True, spare=True, share=4),
        Col(_("ref."), "ref", spare=True, share=2),
        Col(_("who"), "who", spare=True, flexible=True, share=4),
        Col(_("what"), "text", spare=True, flexible=True, below=True, share=14),
    )


def _verified(contest: Contest, report: Verification, findings: AuditFindings) -> Iterator[Part]:
    yield from verify_report(report, contest.folder, findings.ledger.now).parts
    if report.intact:
        text = _(
            "Read from the first line on: each line follows the one before, each act was allowed "
            "to whoever did it by the rules of its day, and what is shown is what the lines amount "
            "to."
        )
        yield Paragraph(text)
    yield from check_report(recheck(contest), contest.folder, findings.ledger.now).parts
    pairs = [(_("last line"), str(findings.ledger.count)), (_("its hash"), findings.ledger.head)]
    yield LabelledValues(tuple(pairs))
    if not contest.is_copy:
        texts = outside_texts(findings.ledger.process, last_outside(contest))
        yield LabelledValues(((_("Witness"), "\n".join(texts)),))
    if findings.ledger.rehearsal:
        yield Paragraph(_("This is a rehearsal: its clock may have been set by hand."), strong=True)


def _people(findings: AuditFindings) -> Iterator[Part]:
    zone, spoken = findings.ledger.process.zone, language()
    yield table(
        findings.ledger.process,
        findings.people,
        Col(_("who"), "person.pseudonym", share=2),
        Col(_("name"), "person.private.name", N_("(erased)"), flexible=True, share=5),
        Col(_("roles"), lambda one: ", ".join(map(role_label, one.person.roles)), share=3),
        Col(_("since"), "since", hours=False, share=2),
        Col(
            _("until"),
            lambda one: one.until and words.short_date(one.until, zone, spoken),
            spare=True,
            share=3,
        ),
        Col(_("lines"), "lines", number=True, share=2),
        Col(
            _("institution"),
            "person.institution",
            show=institution_label,
            spare=True,
            flexible=True,
            below=True,
            share=4,
        ),
    )
    own = {name: findings.acts[name] for name in ("scheduler", "courier") if findings.acts[name]}
    for name, lines in own.items():
        text = n_("{who}: {count} line", "{who}: {count} lines", lines)
        yield Paragraph(text.format(who=role_label(name), count=words.number(lines, language())))
    seats = {
        (actor, institution_label(findings.ledger.process, seat)): lines
        for (actor, seat), lines in findings.spoken_for.items()
    }
    for (typist, actor), lines in sorted((findings.typed | seats).items()):
        text = n_(
            "{typist} typed {count} line for {actor}.",
            "{typist} typed {count} lines for {actor}.",
            lines,
        )
        yield Paragraph(text.format(typist=typist, actor=actor, count=lines))
    if not (findings.typed or seats):
        yield Paragraph(_("No line says that somebody typed for another."))


def _rules(findings: AuditFindings) -> Iterator[Part]:
    yield LabelledValues(((_("in force"), findings.ledger.process.hash),))
    if not _of(findings, "rules"):
        yield Paragraph(_("They were never changed."))


def _receipts(findings: AuditFindings) -> Iterator[Part]:
    arrivals = len(findings.arrived)
    text = n_("{count} arrival was entered.", "{count} arrivals were entered.", arrivals)
    yield Paragraph(text.format(count=words.number(arrivals, language())))


def _refusals(findings: AuditFindings) -> Iterator[Part]:
    if findings.tried:
        text = n_(
            "In sittings {count} decision was tried along the ranking and refused: `ptce minutes`.",
            "In sittings {count} decisions were tried along the ranking and refused: "
            "`ptce minutes`.",
            findings.tried,
        )
        yield Paragraph(text.format(count=words.number(findings.tried, language())))


def _jury(contest: Contest, findings: AuditFindings) -> Iterator[Part]:
    process = findings.ledger.process
    for panel in process.definition.panels:
        yield Heading(process.definition.sheets[panel].label.text, 2)
        yield _members(findings, panel)
        yield from _without_steps(
            ranking(standing(contest, panel), findings.ledger.now, whole=False).parts
        )
    held = sittings(contest)
    if held:
        yield Heading(_("Sittings"), 2)
        yield from _without_steps(sittings_report(process, held, findings.ledger.now).parts)
    if _of(findings, "jury") or _of(findings, "notice"):
        yield Heading(_("Convocations, recusals, votes and deviations"), 2)


def _without_steps(parts: Sequence[Part]) -> Iterator[Part]:
    return (part for part in parts if not isinstance(part, Advice))


def _members(findings: AuditFindings, panel: str) -> Table:
    cases = [*findings.ledger.state.cases.values()]

    def declared(answer: bool) -> Callable[[str], int]:
        return lambda seat: sum(case.declared.get(panel, {}).get(seat) is answer for case in cases)

    return table(
        findings.ledger.process,
        findings.ledger.process.definition.sheets[panel].members,
        Col(_("institution"), str, show=institution_label, flexible=True, share=6),
        Col(_("no link"), declared(False), number=True, share=2),
        Col(_("links"), declared(True), number=True, share=2),
        Col(
            _("stepped aside"),
            lambda seat: sum(seat in case.recused.get(panel, ()) for case in cases),
            number=True,
            share=3,
        ),
        Col(
            _("marked"),
            lambda seat: sum(seat in case.scores.get(panel, {}) for case in cases),
            number=True,
            share=2,
        ),
    )


def _unnotified(contest: Contest) -> Iterator[Part]:
    lines = unnotified_texts(unnotified(contest))
    if lines:
        yield Heading(_("Decisions not told yet"), 2)
        yield Bullets(tuple(lines))
    else:
        yield Paragraph(_("Every decision was told."))
    yield from register_parts(contest.process, register(contest), contest.clock.now())


def _erased(findings: AuditFindings) -> Iterator[Part]:
    text = _("Of what lines commit themselves to, {kept} are kept, {gone} are gone.")
    yield Paragraph(
        text.format(
            kept=words.number(findings.kept, language()),
            gone=words.number(findings.erased, language()),
        )
    )


def _limits(findings: AuditFindings) -> Iterator[Part]:
    limits = [_(one) for one in LIMITS]
    if findings.ledger.rehearsal:
        limits.append(_("When anything happened: the clock of a rehearsal may be set by hand."))
    yield Bullets(tuple(limits))


def unreadable_report(report: Verification, contest: Contest, why: str) -> Report:
    """`ptce audit` of a ledger that is too damaged to be told: what `ptce verify` finds."""
    now = contest.clock.now()
    parts = verify_report(report, contest.folder, now).parts
    return of_folder(
        contest.folder, _("Audit report"), now, [*parts, Lead(_("The rest cannot be told"), why)]
    )


_OF_LINES: Mapping[str, str] = {
    "process_adopted": "rules",
    "engine_changed": "rules",
    "contest_facts_recorded": "rules",
    "clock_accepted": "clock",
    "transition_refused": "refusals",
    "institution_recused": "jury",
    "links_cleared": "jury",
    "recusal_lifted": "jury",
    "vote_taken": "jury",
    "deviation_decided": "jury",
    "facts_rectified": "rectification",
    "scores_rectified": "rectification",
    "personal_data_erased": "erased",
    "key_changed": "rules",
}
"""The part in which every line of a kind is told."""
ASKED = (
    *("late_fact", "late_receipt", "late_move", "undone", "request", "review"),
    *("failed_mail", "late_mail", "mail_by_hand", "notice"),
)
"""The kinds of findings that are told for what calls for a question; other lines are told whole."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A line that is told: why, its number, its hour, the candidature, who acted, the words."""

    kind: str
    line: int
    at: datetime
    ref: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Stay:
    """Someone who could act, from one line on and perhaps until later; `lines` they wrote."""

    person: Person
    since: datetime
    line: int
    until: datetime | None
    lines: int


@dataclass(slots=True)
class AuditFindings:
    """What the ledger tells; `rows` are by the part in which they are read, or kind of finding.

    `acts` counts the lines of each actor, `typed` those that another typed for them, `spoken_for`
    those that somebody wrote for an institution without sitting for it; `arrived` is each arrival
    once: candidature, sheet, hour; `tried` the decisions that a rule refused while a sitting went
    along its ranking; `erased` and `kept` the side rows that are gone and those that are left.
    """

    ledger: Whole
    rows: dict[str, list[AuditRow]] = field(default_factory=dict)
    people: list[Stay] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    typed: Counter[tuple[str, str]] = field(default_factory=Counter)
    spoken_for: Counter[tuple[str, str]] = field(default_factory=Counter)
    arrived: set[tuple[str, str, str]] = field(default_factory=set)
    tried: int = 0
    erased: int = 0
    kept: int = 0


def audit_ledger(contest: Contest) -> AuditFindings:
    """Goes through the ledger of a contest. Raises: PtceError."""
    with whole(contest) as ledger:
        findings, auditor = AuditFindings(ledger), Auditor()
        begun, left = dict[str, Entry[Any]](), dict[str, datetime]()
        for step in ledger.steps():
            before = step.take()
            event = step.line.data
            if isinstance(event, PersonEnrolled):
                begun.setdefault(event.person, step.line)
                left.pop(event.person, None)
            elif isinstance(event, PersonLeft):
                left[event.person] = from_text(step.line.at)
            elif isinstance(event, ProcessAdopted):
                findings.rows.setdefault("limit", []).extend(_changed_limits(ledger, step))
            _count(findings, step, ledger.state.people)
            process = ledger.process_of(step.line.process)
            looks = dict(auditor.looks(step.line, before, process, ledger.state))
            _take(findings, ledger, step, before, looks)
        findings.people = [
            Stay(person, from_text(first.at), first.n, left.get(name), findings.acts[name])
            for name, person in ledger.state.people.items()
            for first in [begun[name]]
        ]
        return findings


def _changed_limits(ledger: Whole, step: Step) -> Iterator[AuditRow]:
    """The limits that an adoption changes though the decisions of a sitting had read them."""
    line, one = step.line, ledger.entry(step, step.sides)
    before, after = ledger.process_of(line.data.from_), ledger.process_of(line.data.to)
    for moved in limits_moved(before, after, ledger.state.sittings.decided):
        text = limit_text(before, moved)
        yield AuditRow("limit", line.n, from_text(line.at), "", actor_text(one), text)


def _count(findings: AuditFindings, step: Step, people: Mapping[str, Person]) -> None:
    line = step.line
    findings.acts[line.actor] += 1
    if line.by:
        findings.typed[str(line.by), line.actor] += 1
    findings.kept += len(step.stored)
    findings.erased += len(line.pd or ()) - len(step.stored)
    event = line.data
    if isinstance(event, SheetReceived):
        # An arrival counts once, however often its line is written.
        findings.arrived.add((line.case or "", event.sheet, event.received_at))
    elif isinstance(event, LinksDeclared | ScoresGiven | SteppedAside):
        person = people.get(line.actor)
        if person is None or person.institution != event.institution:
            findings.spoken_for[line.actor, event.institution] += 1


def _take(
    findings: AuditFindings,
    ledger: Whole,
    step: Step,
    before: Candidature | None,
    looks: Mapping[str, Phrase],
) -> None:
    """Tells a line where it belongs: whole, or what of it calls for a question."""
    line = step.line
    part = _OF_LINES.get(line.type)
    if line.type == "engine_changed" and "rules" not in looks:
        # With such a line every ledger begins.
        part = None
    if line.type == "links_declared" and line.pd:
        # Links, or why there are none though a dossier names who says so.
        part = "jury"
    if part == "refusals" and ledger.state.sittings.meeting is not None:
        findings.tried += 1
        part = None
    asked = {kind: why for kind, why in looks.items() if kind in ASKED}
    if part is None and not asked:
        return
    one = ledger.entry(step, step.sides)
    case = before or ledger.state.cases.get(line.case or "")
    narrator = Narrator(one, case, cases=ledger.state.cases)
    at, ref, who = from_text(line.at), "" if case is None else case.ref, actor_text(one)
    stories: dict[str, Story] = {kind: iter([why]) for kind, why in asked.items()}
    if part is not None:
        stories[part] = line.data.describe(line, one.side)
    for kind, story in stories.items():
        row = AuditRow(kind, line.n, at, ref, who, "\n".join(narrator.sentences(story)))
        findings.rows.setdefault(kind, []).append(row)
