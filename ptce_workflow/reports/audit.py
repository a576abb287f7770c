"""`ptce audit`: a report in the order in which an auditor works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.recheck import recheck
from ptce_workflow.app.jury.cutoff import standing
from ptce_workflow.app.jury.sittings import sittings
from ptce_workflow.app.post.untold import untold
from ptce_workflow.base import speech
from ptce_workflow.base.words import N_, _, language, n_
from ptce_workflow.cli.views.again import check_report
from ptce_workflow.cli.views.audit import verify_report
from ptce_workflow.cli.views.mail import untold_lines
from ptce_workflow.cli.views.sitting import sittings_report
from ptce_workflow.papers.listing import Col, JsonObject, table
from ptce_workflow.papers.ranking import ranking
from ptce_workflow.papers.replay.findings import KINDS
from ptce_workflow.papers.report import (
    Aside,
    Bullets,
    Heading,
    LabelledValues,
    Lead,
    NextStep,
    Paragraph,
    Part,
    Report,
    Table,
    of_contest,
)
from ptce_workflow.process.process import institution_label, role_label

if TYPE_CHECKING:
    from ptce_workflow.app.admin.verify import Verification
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.papers.auditing import Audited, AuditRow


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


def audit_data(report: Verification, found: Audited) -> JsonObject:
    """`ptce audit --json`: the verification, and the lines of each part."""
    sections = [
        {
            "name": section.name,
            "commands": section.commands,
            "rows": [JsonObject(row, kind=key) for key in section.rows for row in _of(found, key)],
        }
        for section in SECTIONS
    ]
    people = [JsonObject(one, lines=found.acts[one.person.pseudonym]) for one in found.people]
    return JsonObject(report, people=people, sections=sections)


def audit_report(contest: Contest, report: Verification, found: Audited) -> Report:
    """`ptce audit`, as it is printed or written."""
    own = {
        "verified": lambda: _verified(contest, report, found),
        "people": lambda: _people(found),
        "rules": lambda: _rules(found),
        "receipts": lambda: _receipts(found),
        "refusals": lambda: _refusals(found),
        "jury": lambda: _jury(contest, found),
        "mails": lambda: _untold(contest),
        "erased": lambda: _erased(found),
        "limits": lambda: _limits(found),
    }
    parts: list[Part] = []
    for number, section in enumerate(SECTIONS, 1):
        title = _(section.title)
        parts.append(Heading(f"{number}. {title}"))
        told = [*(own[section.name]() if section.name in own else ())]
        told += [part for key in section.rows for part in _rows(found, key)]
        parts += told or [Paragraph(_("None."))]
        parts.append(NextStep(_("More: {command}"), " · ".join(section.commands)))
    return of_contest(found.process, _("Audit report"), found.now, parts)


def _of(found: Audited, key: str) -> Sequence[AuditRow]:
    return found.rows.get(key, ())


def _rows(found: Audited, key: str) -> Iterator[Part]:
    rows = _of(found, key)
    if not rows:
        return
    if key in KINDS:
        yield Heading(_(KINDS[key]), 2)
    yield table(
        found.process,
        rows,
        Col(_("line"), "line", number=True, share=2),
        Col(_("when"), "at", hours=True, spare=True, share=4),
        Col(_("ref."), "ref", spare=True, share=2),
        Col(_("who"), "who", spare=True, flexible=True, share=4),
        Col(_("what"), "told", spare=True, flexible=True, below=True, share=14),
    )


def _verified(contest: Contest, report: Verification, found: Audited) -> Iterator[Part]:
    yield from verify_report(report, contest.folder, found.now).parts
    if report.intact:
        told = _(
            "Read from the first line on: each line follows the one before, each act was allowed "
            "to whoever did it by the rules of its day, and what is shown is what the lines amount "
            "to."
        )
        yield Paragraph(told)
    yield from check_report(recheck(contest), contest.folder, found.now).parts
    pairs = [(_("last line"), str(found.count)), (_("its hash"), found.head)]
    yield LabelledValues(tuple(pairs))
    if found.rehearsal:
        yield Paragraph(_("This is a rehearsal: its clock may have been set by hand."), strong=True)


def _people(found: Audited) -> Iterator[Part]:
    zone, spoken = found.process.zone, language()
    yield table(
        found.process,
        found.people,
        Col(_("who"), "person.pseudonym", share=2),
        Col(_("name"), "person.private.name", N_("(erased)"), flexible=True, share=5),
        Col(_("roles"), lambda one: ", ".join(map(role_label, one.person.roles)), share=3),
        Col(_("since"), "since", hours=False, share=2),
        Col(
            _("until"),
            lambda one: one.until and speech.short_date(one.until, zone, spoken),
            spare=True,
            share=3,
        ),
        Col(_("lines"), lambda one: found.acts[one.person.pseudonym], number=True, share=2),
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
    own = {name: found.acts[name] for name in ("scheduler", "courier") if found.acts[name]}
    for name, lines in own.items():
        told = n_("{who}: {count} line", "{who}: {count} lines", lines)
        yield Paragraph(told.format(who=role_label(name), count=speech.number(lines, language())))
    seats = {
        (actor, institution_label(found.process, seat)): lines
        for (actor, seat), lines in found.spoken_for.items()
    }
    for (typist, actor), lines in sorted((found.typed | seats).items()):
        told = n_(
            "{typist} typed {count} line for {actor}.",
            "{typist} typed {count} lines for {actor}.",
            lines,
        )
        yield Paragraph(told.format(typist=typist, actor=actor, count=lines))
    if not (found.typed or seats):
        yield Paragraph(_("No line says that somebody typed for another."))


def _rules(found: Audited) -> Iterator[Part]:
    yield LabelledValues(((_("in force"), found.process.hash),))
    if not _of(found, "rules"):
        yield Paragraph(_("They were never changed."))


def _receipts(found: Audited) -> Iterator[Part]:
    arrivals = len(found.arrived)
    told = n_("{count} arrival was entered.", "{count} arrivals were entered.", arrivals)
    yield Paragraph(told.format(count=speech.number(arrivals, language())))


def _refusals(found: Audited) -> Iterator[Part]:
    if found.tried:
        told = n_(
            "In sittings {count} decision was tried along the ranking and refused: `ptce minutes`.",
            "In sittings {count} decisions were tried along the ranking and refused: "
            "`ptce minutes`.",
            found.tried,
        )
        yield Paragraph(told.format(count=speech.number(found.tried, language())))


def _jury(contest: Contest, found: Audited) -> Iterator[Part]:
    process = found.process
    for panel in process.definition.panels:
        yield Heading(process.definition.sheets[panel].label.in_(language()), 2)
        yield _members(found, panel)
        yield from _without_steps(ranking(standing(contest, panel), found.now, whole=False).parts)
    held = sittings(contest)
    if held:
        yield Heading(_("Sittings"), 2)
        yield from _without_steps(sittings_report(process, held, found.now).parts)
    if _of(found, "jury") or _of(found, "notice"):
        yield Heading(_("Convocations, recusals, votes and deviations"), 2)


def _without_steps(parts: Sequence[Part]) -> Iterator[Part]:
    return (part for part in parts if not isinstance(part, Aside | NextStep))


def _members(found: Audited, panel: str) -> Table:
    cases = found.cases.values()

    def declared(answer: bool) -> Callable[[str], int]:
        return lambda seat: sum(case.declared.get(panel, {}).get(seat) is answer for case in cases)

    return table(
        found.process,
        found.process.definition.sheets[panel].members,
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


def _untold(contest: Contest) -> Iterator[Part]:
    lines = untold_lines(untold(contest))
    if lines:
        yield Heading(_("Decisions not told yet"), 2)
        yield Bullets(tuple(lines))
    else:
        yield Paragraph(_("Every decision was told."))


def _erased(found: Audited) -> Iterator[Part]:
    told = _("Of what lines commit themselves to, {kept} are kept, {gone} are gone.")
    yield Paragraph(
        told.format(
            kept=speech.number(found.kept, language()), gone=speech.number(found.erased, language())
        )
    )


def _limits(found: Audited) -> Iterator[Part]:
    limits = [_(one) for one in LIMITS]
    if found.rehearsal:
        limits.append(_("When anything happened: the clock of a rehearsal may be set by hand."))
    yield Bullets(tuple(limits))


def unread(report: Verification, contest: Contest, why: str) -> Report:
    """`ptce audit` of a ledger that is too damaged to be told: what `ptce verify` finds."""
    verified = verify_report(report, contest.folder, contest.clock.now())
    parts = (*verified.parts, Lead(_("The rest cannot be told"), why))
    return Report(
        _("Audit report"), language(), verified.at, "ptce", parts, verified.over, verified.under
    )
