"""The report of an audit: the lines that call for a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, Struct, field

from ptce_workflow.app.adopt import limits_moved
from ptce_workflow.app.audit.compare import AdoptionReview, adoptions, recheck
from ptce_workflow.app.audit.findings import KINDS, LEVEL_OF, LEVELS, Auditor
from ptce_workflow.app.candidatures.decisions import register
from ptce_workflow.app.candidatures.history import Step, Whole, whole
from ptce_workflow.app.checkpoints import last_outside
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.jury.sittings import sitting, sittings
from ptce_workflow.app.outbox.waiting import unnotified
from ptce_workflow.app.pieces import pieces_of
from ptce_workflow.base import words
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import N_, _, language, n_
from ptce_workflow.ledger.events.base import Entry, Phrase, Story
from ptce_workflow.ledger.events.contest import PersonEnrolled, PersonLeft, ProcessAdopted
from ptce_workflow.ledger.events.delivery import MessageSent
from ptce_workflow.ledger.events.facts import SheetReceived
from ptce_workflow.ledger.events.panel import (
    LinksDeclared,
    ScoresGiven,
    ScoresRectified,
    SteppedAside,
)
from ptce_workflow.ledger.events.transition import CandidatureOpened, TransitionRefused
from ptce_workflow.ledger.state import Person
from ptce_workflow.office import page
from ptce_workflow.office.page import Advice, Part, Report, Table, of_contest, of_folder
from ptce_workflow.process.candidature import Candidature, RuleAnswer
from ptce_workflow.process.explain import General, ground_of
from ptce_workflow.process.letters.planning import LIMIT, limits_by_mail
from ptce_workflow.process.model.notification import CONTACT
from ptce_workflow.process.process import Process, institution_label, role_label, to_the_minute
from ptce_workflow.reports.history import check_report, outside_texts, turns_table, verify_report
from ptce_workflow.reports.listing import Col, JsonObject, table
from ptce_workflow.reports.mail import unnotified_texts
from ptce_workflow.reports.ranking import ranking
from ptce_workflow.reports.sittings import audited
from ptce_workflow.reports.telling import Narrator, actor_text, limit_text
from ptce_workflow.reports.why import register_parts

if TYPE_CHECKING:
    from ptce_workflow.app.audit.verify import Verification
    from ptce_workflow.app.contest import Contest


class Section(Struct, frozen=True):
    """A part of the report: its heading, the rows that it tells, the commands that say more."""

    name: str
    title: str
    rows: tuple[str, ...]
    commands: tuple[str, ...]


SECTIONS = (
    Section(
        "questions",
        N_("What to look at first"),
        ("limit",),
        ("ptce replay --html FILE", "ptce why REF --past"),
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
        (
            *("late_receipt", "late_request", "late_fact", "late_move", "clock"),
            *("late_entry", "slow_move"),
        ),
        ("ptce history REF", "ptce show REF --at …"),
    ),
    Section("refusals", N_("Refusals"), ("refusals",), ("ptce why REF --past --cite",)),
    Section(
        "jury",
        N_("The jury"),
        ("in_vain", "passed_over", "mark", "notice", "jury"),
        ("ptce jury rank", "ptce minutes", "ptce why REF --past"),
    ),
    Section(
        "mails",
        N_("Mails, and decisions not told"),
        ("failed_mail", "late_mail", "mail_by_hand", "expired_mail"),
        ("ptce mail list --all", "ptce mail show M-… --eml"),
    ),
    Section(
        "mended",
        N_("What was mended, or taken back"),
        ("review", "rectification", "undone", "request", "no_file"),
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


def audit_data(contest: Contest, report: Verification, findings: AuditFindings) -> JsonObject:
    """`ptce audit --json`: the verification, and the lines of each part."""
    levels = {
        level: {kind: lines for kind, lines in findings.lines.items() if LEVEL_OF[kind] == level}
        for level in LEVELS
    }
    sections = [
        JsonObject(one, rows=[row for key in one.rows for row in findings.rows.get(key, ())])
        for one in SECTIONS
    ]
    marks, adopted = {kind: findings.marks[kind] for kind in _MARKS}, adoptions(contest)
    own = {"people": findings.people, "levels": levels, "marks": marks, "adoptions": adopted}
    return JsonObject(report, **own, sections=sections)


def audit_report(contest: Contest, report: Verification, findings: AuditFindings) -> Report:
    own: dict[str, Callable[[], Iterable[Part]]] = {
        "questions": lambda: _levels(findings),
        "verified": lambda: _verified(contest, report, findings),
        "people": lambda: _people(findings),
        "rules": lambda: _rules(contest, findings),
        "receipts": lambda: [*_receipts(findings), *_pieces(contest)],
        "refusals": lambda: _refusals(findings),
        "jury": lambda: _jury(contest, findings),
        "mails": lambda: _unnotified(contest),
        "erased": lambda: _erased(findings),
        "limits": lambda: _limits(findings),
    }
    parts: list[Part] = []
    for number, section in enumerate(SECTIONS, 1):
        title = _(section.title)
        parts.append(page.heading(f"{number}. {title}"))
        try:
            inner = [*(own[section.name]() if section.name in own else ())]
        except PtceError as error:
            # Of a ledger that is broken, what can be read is told all the same.
            inner = [page.lead(_("The rest cannot be told"), str(error))]
        inner += [part for key in section.rows for part in _rows(findings, key)]
        parts += inner or [page.say(_("None."))]
        parts.append(page.advise(_("More: {command}"), " · ".join(section.commands)))
    return of_contest(findings.ledger.process, _("Audit report"), findings.ledger.now, parts)


_TITLES = {"jury": N_("Recusals, votes and deviations")}
"""The headings of rows that are no kind of findings."""


def _rows(findings: AuditFindings, key: str) -> Iterator[Part]:
    rows = findings.rows.get(key)
    if not rows:
        return
    if LEVEL_OF.get(key) == "routine":
        yield page.say(page.pair(_(KINDS[key]), _numbers(findings.lines[key])))
        return
    if title := KINDS.get(key) or _TITLES.get(key):
        yield page.heading(_(title), 2)
    yield table(
        findings.ledger.process,
        rows,
        Col(_("line"), "line", number=True, share=2),
        Col(_("when"), "at", hours=True, spare=True, share=4),
        Col(_("ref."), "ref", spare=True, share=2),
        Col(_("who"), "who", spare=True, flexible=True, share=4),
        Col(_("what"), "text", spare=True, flexible=True, below=True, share=14),
    )


def _levels(findings: AuditFindings) -> Iterator[Part]:
    yield page.say(
        _("None of it is wrong by itself. What is routine is counted, not told line by line.")
    )
    for level, heading in LEVELS.items():
        kinds = [kind for kind in findings.lines if LEVEL_OF[kind] == level]
        total = sum(len(findings.lines[kind]) for kind in kinds)
        yield page.heading("{label} ({count})", 2, label=_(heading), count=total)
        if kinds:
            yield table(
                findings.ledger.process,
                sorted(kinds, key=[*KINDS].index),
                Col(_("what"), lambda kind: _(KINDS[kind]), flexible=True, share=8),
                Col(_("count"), lambda kind: len(findings.lines[kind]), number=True),
                Col(
                    _("lines"), lambda kind: _numbers(findings.lines[kind]), flexible=True, share=5
                ),
            )


_NUMBERS = 8


def _numbers(lines: Sequence[int]) -> str:
    """The numbers of some lines; of many the first ones, and how many there are."""
    shown = ", ".join(map(str, lines[:_NUMBERS]))
    if len(lines) <= _NUMBERS:
        return shown
    return _("{lines}… ({count} in all)").format(lines=shown, count=len(lines))


def _verified(contest: Contest, report: Verification, findings: AuditFindings) -> Iterator[Part]:
    yield from verify_report(report, contest.folder, findings.ledger.now).parts
    if report.intact:
        text = _(
            "Read from the first line on: each line follows the one before, each act was allowed "
            "to whoever did it by the rules of its day, and what is shown is what the lines amount "
            "to."
        )
        yield page.say(text)
    yield from check_report(recheck(contest), contest.folder, findings.ledger.now).parts
    ledger = findings.ledger
    yield page.facts([(_("last line"), str(ledger.count)), (_("its hash"), ledger.head)])
    if not contest.is_copy:
        texts = outside_texts(ledger.process, last_outside(contest))
        yield page.facts([(_("Witness"), "\n".join(texts))])
    if ledger.rehearsal:
        yield page.strong(_("This is a rehearsal: its clock may have been set by hand."))


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
    for name in ("scheduler", "courier"):
        if lines := findings.acts[name]:
            text = n_("{who}: {count} line", "{who}: {count} lines", lines)
            yield page.say(text, who=role_label(name))
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
        yield page.say(text, typist=typist, actor=actor)
    if not (findings.typed or seats):
        yield page.say(_("No line says that somebody typed for another."))


_LONGEST_DIFFERENCE = 40
"""The most lines of a difference that are printed; of more, the command that prints them."""


def _rules(contest: Contest, findings: AuditFindings) -> Iterator[Part]:
    yield page.facts([(_("in force"), findings.ledger.process.hash)])
    adopted = adoptions(contest)
    if not adopted:
        text = _("They were never changed.")
        if findings.first_case:
            text = _("In force since line 1, before the first candidature (line {n}); unchanged.")
        yield page.say(text, n=findings.first_case)
    for one in adopted:
        yield from _adoption(one)
    rows = [one for one in findings.limits.values() if not one.is_announced(findings)]
    if rows:
        text = _("Limits that stood in the way, and that no mail to them had announced before")
        yield page.heading(text, 2)
        yield table(
            findings.ledger.process,
            rows,
            Col(_("rule"), "says", flexible=True, share=8),
            Col(_("rests on"), "ground", flexible=True, share=6),
            Col(_("line"), "line", number=True, share=2),
            Col(_("candidatures"), lambda one: ", ".join(one.refs), flexible=True, share=5),
        )


def _adoption(one: AdoptionReview) -> Iterator[Part]:
    before, after = one.before.hash[:12], one.after.hash[:12]
    title = _("Line {n}: process {before} → {after}")
    yield page.heading(title, 2, n=one.line, before=before, after=after)
    text = n_(
        "{count} decision had been made by the rules before, in force from line {n} on.",
        "{count} decisions had been made by the rules before, in force from line {n} on.",
        one.decided,
    )
    yield page.say(text, n=one.since)
    if one.dates:
        yield page.bullets(one.dates)
    text = one.difference
    if text.count("\n") <= _LONGEST_DIFFERENCE:
        yield page.difference(text)
    else:
        command = f"ptce diff --from {one.line - 1} --to {one.line}"
        yield page.advise(_("The difference: {command}"), command)
    if one.words_alone:
        yield page.say(_("Only words change: no rule, no date, nothing that is asked."))
    elif one.turns is None:
        yield page.say(_("The acts before cannot be judged again by these rules."))
    elif one.turns:
        yield page.say(_("They would have judged otherwise, of the acts before:"))
        yield turns_table(one.before, one.after, one.turns)
    else:
        yield page.say(_("They would have judged no act before otherwise."))


def _receipts(findings: AuditFindings) -> Iterator[Part]:
    arrivals = len(findings.arrived)
    yield page.say(n_("{count} arrival was entered.", "{count} arrivals were entered.", arrivals))


def _pieces(contest: Contest) -> Iterator[Part]:
    with contest.looking() as tx:
        files = [
            (row.sender, piece)
            for row in tx.unit.received_mails(contest.id)
            for piece in pieces_of(row)
        ]
    if not files:
        return
    yield page.heading(_("Files that came with mails"), 2)
    for sender in sorted({sender for sender, _piece in files}):
        own = [piece for name, piece in files if name == sender]
        text = n_("{sender}: {count} file.", "{sender}: {count} files.", len(own))
        yield page.line(text, sender=sender or _("unknown sender"), count=len(own))
        for piece in own:
            if piece.why_refused:
                yield page.detail(f"{piece.label} – {piece.name} – {piece.why_refused}")


def _refusals(findings: AuditFindings) -> Iterator[Part]:
    if findings.tried:
        text = n_(
            "In sittings {count} decision was tried along the ranking and refused: part {part}.",
            "In sittings {count} decisions were tried along the ranking and refused: part {part}.",
            findings.tried,
        )
        part = [section.name for section in SECTIONS].index("jury") + 1
        yield page.say(text, part=part)


def _jury(contest: Contest, findings: AuditFindings) -> Iterator[Part]:
    process = findings.ledger.process
    for panel in process.definition.panels:
        yield page.heading(process.definition.sheets[panel].label.text, 2)
        yield _members(findings, panel)
        ranked = ranking(standing(contest, panel), findings.ledger.now, whole=False)
        yield from (part for part in ranked.parts if not isinstance(part, Advice))
    if findings.marks["given"]:
        text = _(
            "Marks given: {given}; changed before the close: {changed}; mended after it: {mended}; "
            "typed by another than the institution: {typed}."
        )
        counts = {kind: words.number(findings.marks[kind], language()) for kind in _MARKS}
        yield page.say(text, **counts)
    for held in sittings(contest):
        label = process.definition.config.sittings.get(held.name, held.name)
        title, when = _("Sitting {number}: {label}, {when}"), to_the_minute(process, held.at)
        yield page.heading(title, 2, number=held.number, label=label, when=when)
        yield from audited(sitting(contest, held.number))


_MARKS = ("given", "changed", "mended", "typed")
"""How many marks were given, how many changed before and after the close, or by another."""


def _members(findings: AuditFindings, panel: str) -> Table:
    cases = [*findings.ledger.state.cases.values()]

    def counts(seat: str) -> tuple[str, int, int, int, int]:
        declared = [case.declared.get(panel, {}).get(seat) for case in cases]
        aside = sum(seat in case.recused.get(panel, ()) for case in cases)
        marked = sum(seat in case.scores.get(panel, {}) for case in cases)
        return seat, declared.count(False), declared.count(True), aside, marked

    return table(
        findings.ledger.process,
        map(counts, findings.ledger.process.definition.sheets[panel].members),
        Col(_("institution"), "0", show=institution_label, flexible=True, share=6),
        Col(_("no link"), "1", number=True, share=2),
        Col(_("links"), "2", number=True, share=2),
        Col(_("stepped aside"), "3", number=True, share=3),
        Col(_("marked"), "4", number=True, share=2),
    )


def _unnotified(contest: Contest) -> Iterator[Part]:
    lines = unnotified_texts(unnotified(contest))
    if lines:
        yield page.heading(_("Decisions not told yet"), 2)
        yield page.bullets(lines)
    else:
        yield page.say(_("Every decision was told."))
    yield from register_parts(contest.process, register(contest), contest.clock.now())


def _erased(findings: AuditFindings) -> Iterator[Part]:
    kept, gone = (words.number(count, language()) for count in (findings.kept, findings.erased))
    text = _("Of what lines commit themselves to, {kept} are kept, {gone} are gone.")
    yield page.say(text, kept=kept, gone=gone)


def _limits(findings: AuditFindings) -> Iterator[Part]:
    limits = [_(one) for one in LIMITS]
    if findings.ledger.rehearsal:
        limits.append(_("When anything happened: the clock of a rehearsal may be set by hand."))
    yield page.bullets(limits)


def unreadable_report(report: Verification, contest: Contest, why: str) -> Report:
    """`ptce audit` of a ledger that is too damaged to be told: what `ptce verify` finds."""
    now = contest.clock.now()
    found = verify_report(report, contest.folder, now).parts
    parts = [*found, page.lead(_("The rest cannot be told"), why)]
    return of_folder(contest.folder, _("Audit report"), now, parts)


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
_TOLD_WHOLE = {
    *("limit", "rules", "rectification", "recusal", "casting_vote", "deviation"),
    *("clock", "erasure"),
}
ASKED = tuple(kind for kind in KINDS if kind not in _TOLD_WHOLE)
"""The kinds of findings that are told for what calls for a question; other lines are told whole."""


class AuditRow(Struct, frozen=True):
    """A line that is told: why, its number, its hour, the candidature, who acted, the words."""

    kind: str
    line: int
    at: datetime
    ref: str
    who: str
    text: str

    @property
    def level(self) -> str | None:
        return LEVEL_OF.get(self.kind)


class Stay(Struct, frozen=True):
    """Someone who could act, from one line on and perhaps until later; `lines` they wrote."""

    person: Person
    since: datetime
    line: int
    until: datetime | None
    lines: int


class UnmetLimit(Struct):
    """A limit, the organiser's own, of a rule that did not hold: first at a line, and for whom."""

    process: Process
    limit: str
    says: str
    ground: str
    line: int
    refs: dict[str, None] = {}

    def is_announced(self, findings: AuditFindings) -> bool:
        """True where a mail to candidatures that tells the limit had left before."""
        notifications = self.process.definition.notifications
        return any(
            self.limit in limits
            and notifications[mail].to == CONTACT
            and findings.sent.get(mail, self.line) < self.line
            for mail, limits in limits_by_mail(self.process).items()
        )


class AuditFindings(Struct):
    """What the ledger tells; `rows` are by the part in which they are read, or kind of finding.

    `first_case` is the line of the first candidature; `limits` are those of rules that did not
    hold, by process, rule and limit; `sent` has the first line that each mail left by.

    `lines` has the lines of each kind of finding; `marks` how many were `given`, `changed` before
    the close, `mended` after it, and `typed` by another than the institution.
    `acts` counts the lines of each actor, `typed` those that another typed for them, `spoken_for`
    those that somebody wrote for an institution without sitting for it; `arrived` is each arrival
    once: candidature, sheet, hour; `tried` the decisions that a rule refused while a sitting went
    along its ranking; `erased` and `kept` the side rows that are gone and those that are left.
    """

    ledger: Whole
    rows: dict[str, list[AuditRow]] = {}
    lines: dict[str, list[int]] = {}
    marks: Counter[str] = field(default_factory=Counter)
    people: list[Stay] = []
    acts: Counter[str] = field(default_factory=Counter)
    typed: Counter[tuple[str, str]] = field(default_factory=Counter)
    spoken_for: Counter[tuple[str, str]] = field(default_factory=Counter)
    arrived: set[tuple[str, str, str]] = set()
    limits: dict[tuple[str, str, str], UnmetLimit] = {}
    sent: dict[str, int] = {}
    first_case: int = 0
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
                # The limits that it changes though the decisions of a sitting had read them.
                entry, at = ledger.entry(step, step.sides), from_text(step.line.at)
                former, new = ledger.tx.process_of(event.from_), ledger.tx.process_of(event.to)
                for moved in limits_moved(former, new, ledger.state.sittings.decided):
                    text, n = limit_text(former, moved), step.line.n
                    row = AuditRow("limit", n, at, "", actor_text(entry), text)
                    findings.rows.setdefault("limit", []).append(row)
                    findings.lines.setdefault("limit", []).append(n)
            _count(findings, step, before, ledger.state.people)
            process = step.process
            looks = list(auditor.looks(step.line, before, process, ledger.state))
            for kind in dict.fromkeys(kind for kind, _why in looks):
                findings.lines.setdefault(kind, []).append(step.line.n)
            _take(findings, ledger, step, before, looks)
        findings.people = [
            Stay(person, from_text(first.at), first.n, left.get(name), findings.acts[name])
            for name, person in ledger.state.people.items()
            for first in [begun[name]]
        ]
        return findings


def _count(
    findings: AuditFindings, step: Step, before: Candidature | None, people: Mapping[str, Person]
) -> None:
    line = step.line
    findings.acts[line.actor] += 1
    if line.by:
        findings.typed[str(line.by), line.actor] += 1
    findings.kept += len(step.stored)
    findings.erased += len(line.pd or ()) - len(step.stored)
    event = line.data
    if isinstance(event, CandidatureOpened):
        findings.first_case = findings.first_case or line.n
    elif isinstance(event, MessageSent):
        findings.sent.setdefault(step.state.messages[event.message].notification, line.n)
    elif isinstance(event, TransitionRefused) and before is not None:
        _note_limits(findings, step, event, before)
    if isinstance(event, SheetReceived):
        # An arrival counts once, however often its line is written.
        findings.arrived.add((line.case or "", event.sheet, event.received_at))
    elif isinstance(event, LinksDeclared | ScoresGiven | SteppedAside):
        person = people.get(line.actor)
        own = person is not None and person.institution == event.institution
        if not own:
            findings.spoken_for[line.actor, event.institution] += 1
        if isinstance(event, ScoresGiven):
            scores = {} if before is None else before.scores.get(event.sheet, {})
            given, marks = scores.get(event.institution, {}), findings.marks
            marks["given"] += len(event.scores.keys() - given.keys())
            kind = "mended" if isinstance(event, ScoresRectified) else "changed"
            marks[kind] += len([*event.changes(given)])
            # What a mail of the institution's proves was typed by itself.
            mailed = kind == "changed" and event.evidence is not UNSET
            marks["typed"] += 0 if (own and not line.by) or mailed else len(event.scores)


def _note_limits(
    findings: AuditFindings, step: Step, event: TransitionRefused, case: Candidature
) -> None:
    process = step.process
    edge = process.edges(event.holder).get(event.transition)
    for name, rule in () if edge is None else edge.rules.items():
        if event.verdicts.get(name) != RuleAnswer.FAILS.value:
            continue
        for limit in LIMIT.findall(rule.when or ""):
            declared = process.definition.config.limits.get(limit)
            key = (process.hash, str(rule.says), limit)
            if declared is None or not declared.choice:
                continue
            if key not in findings.limits:
                says = General(process, language()).sentence(rule)
                one = UnmetLimit(process, limit, says, ground_of(rule), step.line.n)
                findings.limits[key] = one
            findings.limits[key].refs[case.ref] = None


def _take(
    findings: AuditFindings,
    ledger: Whole,
    step: Step,
    before: Candidature | None,
    looks: Sequence[tuple[str, Phrase]],
) -> None:
    """Tells a line where it belongs: whole, or what of it calls for a question."""
    line = step.line
    part = _OF_LINES.get(line.type)
    if line.type == "engine_changed" and not any(kind == "rules" for kind, _why in looks):
        # With such a line every ledger begins.
        part = None
    if line.type == "links_declared" and line.pd:
        # Links, or why there are none though a dossier names who says so.
        part = "jury"
    if part == "refusals" and ledger.state.sittings.meeting is not None:
        findings.tried += 1
        part = None
    asked = [(kind, why) for kind, why in looks if kind in ASKED]
    if part is None and not asked:
        return
    one = ledger.entry(step, step.sides)
    case = before or ledger.state.cases.get(line.case or "")
    narrator = Narrator(one, case, cases=ledger.state.cases)
    at, ref, who = from_text(line.at), "" if case is None else case.ref, actor_text(one)
    stories: list[tuple[str, Story]] = [(kind, iter([why])) for kind, why in asked]
    if part is not None:
        stories.append((part, line.data.describe(line, one.side)))
    for kind, story in stories:
        row = AuditRow(kind, line.n, at, ref, who, "\n".join(narrator.sentences(story)))
        findings.rows.setdefault(kind, []).append(row)
