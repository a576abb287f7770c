"""Reports on the past: history, decisions judged again, checkpoints, differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from msgspec import to_builtins

from ptce_workflow.app.candidatures.record import AnswerChange
from ptce_workflow.base import words
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import N_, _, language, n_, nN_, one_line
from ptce_workflow.ledger.events.base import kind_of
from ptce_workflow.office import page
from ptce_workflow.office.page import Part, Report, Table, of_contest, of_folder
from ptce_workflow.process.candidature import RuleAnswer
from ptce_workflow.process.explain import MARKS
from ptce_workflow.process.letters.message import Stage, label_of
from ptce_workflow.process.process import (
    Process,
    counted,
    edge_label,
    institution_label,
    name_of,
    noun_of,
    role_label,
    sheet_label,
    to_the_minute,
)
from ptce_workflow.reports.candidatures import headline
from ptce_workflow.reports.listing import Col, JsonObject, table
from ptce_workflow.reports.telling import (
    Narrator,
    Parts,
    actor_text,
    entry_telling,
    lines,
    state_label,
)

if TYPE_CHECKING:
    from ptce_workflow.app.audit import compare
    from ptce_workflow.app.audit.verify import Verification
    from ptce_workflow.app.candidatures.history import HistoryEntry
    from ptce_workflow.app.candidatures.overview import Dossier
    from ptce_workflow.app.checkpoints import CheckpointEntry, NewCheckpoint, Outside
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.ledger.examine import Fault
    from ptce_workflow.ledger.what_if import JudgedRanking


_UNKNOWN = "–"


def check_report(report: compare.Recheck, folder: Path, now: datetime) -> Report:
    return of_folder(folder, _("Decisions judged again"), now, _checked(report))


def _checked(report: compare.Recheck) -> Iterator[Part]:
    total = sum(report.judged.values())
    judged = n_("{count} decision judged again", "{count} decisions judged again", total)
    differing = len(report.differing)
    verdict = n_("{count} differs", "{count} differ", differing) if differing else _("none differs")
    yield page.verdict(judged, verdict, good=not differing)
    yield page.say(_("Each under the process that its line cites, on what was known then."))
    if report.judged:
        kinds = [(kind_of(name), number) for name, number in sorted(report.judged.items())]
        what = Col(_("decision"), lambda one: _(one[0].tells), flexible=True, share=6)
        why = Col(_("lines"), "1", number=True)
        yield table(None, [(kind, number) for kind, number in kinds if kind is not None], what, why)
    if report.differing:
        what = Col(_("ref."), "ref", _UNKNOWN)
        why = Col(_("decision"), lambda one: one.transition or one.type, share=2)
        mend = Col(_("why"), _differing, flexible=True, below=True, share=8)
        yield table(None, report.differing, Col("n", "line", number=True), what, why, mend)
    if report.others:
        others = n_(
            "The ledger has {count} fault besides, which may have kept decisions from being "
            "judged: ptce verify",
            "The ledger has {count} faults besides, which may have kept decisions from being "
            "judged: ptce verify",
            report.others,
        )
        yield page.note(others)


def _differing(one: compare.Differing) -> Iterator[str]:
    yield from (f"{fault.what} {fault.why}".strip() for fault in one.faults)
    for rule in one.rules:
        answers = (rule.recorded, rule.found)
        recorded, found = (MARKS[RuleAnswer(one)] if one else _UNKNOWN for one in answers)
        text = _("recorded {said}, found {found}: {rule}")
        yield text.format(said=recorded, found=found, rule=rule.says)
        if rule.ground:
            yield rule.ground


# Under another folder.


def what_if_report(
    result: compare.WhatIf, folder: Path | None, settings: Sequence[str] = ()
) -> Report:
    """`ptce replay --what-if`: by candidature, the first act that turns, and through which rule."""
    words = [str(folder.name or folder)] if folder is not None else []
    title = _("What {folder} would have decided").format(folder=", ".join((*words, *settings)))
    return of_contest(result.before, title, result.at, tuple(_what_if(result)))


def _what_if(result: compare.WhatIf) -> Iterator[Part]:
    acts = n_("{count} act judged again", "{count} acts judged again", result.acts)
    moved = sum(turn.turn.how == "moved" for turn in result.turns)
    turned = len(result.turns) - moved
    verdict = n_("{count} turns", "{count} turn", turned) if turned else _("nothing turns")
    if moved:
        verdict += " · " + _("at another hour: {count}").format(count=moved)
    judged = f"{counted(result.before, result.candidatures)} · {acts}"
    yield page.verdict(judged, verdict, good=not turned)
    if result.same:
        yield page.note(_("This folder is the process in force."))
    if result.processes > 1:
        several = _(
            "{count} processes were in force, one after the other: each act is compared with what "
            "was decided under its own."
        )
        yield page.note(several, count=result.processes)
    if result.turns:
        yield turns_table(result.before, result.after, result.turns)
    if result.ranks:
        yield from _ranks(result.before, result.ranks)
    if result.totals:
        yield page.heading(_("Places set free or taken"), 2)
        total = Col(_("total"), lambda one: result.after.totals[one.total], flexible=True, share=3)
        then = Col(_("by these acts"), lambda one: _moved(one.acts), flexible=True, share=4)
        last = Col(_("as of the last line"), lambda one: _moved(one.today), flexible=True, share=4)
        yield table(result.after, result.totals, total, then, last)
    if result.turns:
        text = _(
            "Marks, facts and votes are as recorded. After its first act that turns, and "
            "does not merely come at another hour, a candidature is judged no more, and counts "
            "for the others where that act would have left it: what might have followed is not "
            "supposed."
        )
        yield page.note(text)


def turns_table(before: Process, after: Process, turns: Sequence[compare.TurnView]) -> Table:
    """The acts that another process judges otherwise, with the rules on which they turn."""
    return table(
        before,
        turns,
        Col(_("ref."), "turn.case.ref"),
        Col(noun_of, "name", flexible=True, share=3),
        Col(_("line"), "turn.line", number=True),
        Col(_("as recorded"), _recorded, flexible=True, share=3),
        Col(_("otherwise"), lambda one: _otherwise(after, one), flexible=True, share=3),
        Col(_("through"), _through, flexible=True, below=True, share=8),
    )


def _recorded(one: compare.TurnView) -> str:
    turn = one.turn
    if turn.how == "sooner" or (turn.how == "passed" and turn.recorded is None):
        return _UNKNOWN
    label = edge_label(one.process, turn.origin, turn.transition)
    if not turn.made:
        return _("{label}: refused").format(label=label)
    return page.pair(label, state_label(one.process, turn.to)) if turn.to else label


def _otherwise(after: Process, one: compare.TurnView) -> str:
    turn, refs = one.turn, ", ".join(one.turn.beside)
    when = "" if turn.due is None else words.short_instant(turn.due, after.zone, language())
    if turn.instead:
        label = edge_label(after, turn.origin, turn.instead)
        done, timed = page.pair(label, state_label(after, turn.leads)), turn.how == "sooner"
        return _("by itself, {when}: {label}").format(when=when, label=done) if timed else done
    match turn.how:
        case "later":
            return _("not before {when}").format(when=when)
        case "moved" if turn.hour is not None:
            hour = words.short_instant(turn.hour, after.zone, language())
            return _("would have come on {when} instead of {hour}").format(when=when, hour=hour)
        case "tied":
            return _("tied with {refs}: to be voted on").format(refs=refs)
        case "undecided":
            text = _("no decision: none was possible on {refs}")
            return text.format(refs=refs) if refs else _("no decision")
    if not turn.leads:
        return _("refused")
    return _("refused; stays: {state}").format(state=state_label(after, turn.leads))


def _through(turn: compare.TurnView) -> Iterator[str]:
    """The rules on which it turns, as recorded and otherwise, each with what was seen."""
    for rule in turn.rules:
        for heading, judged in ((_("as recorded"), rule.recorded), (_("otherwise"), rule.other)):
            if judged is None:
                continue
            seen = f" ({judged.observed})" if judged.observed else ""
            missing = ", ".join(judged.wanting)
            lacking = " · " + _("missing: {label}").format(label=missing) if missing else ""
            yield f"{heading} {MARKS[judged.answer]} {judged.says}{seen}{lacking}"
        ground = rule.other or rule.recorded
        if ground is not None and ground.ground:
            yield ground.ground
    for says, why in turn.violations:
        yield f"✗ {says} {why}".rstrip()
    if refs := ", ".join(turn.turn.since):
        yield _("since others count otherwise: {refs}").format(refs=refs)


def _ranks(process: Process, ranks: Sequence[JudgedRanking]) -> Iterator[Part]:
    yield page.heading(_("Ranks and means that move"), 2)
    yield table(
        process,
        sorted(ranks, key=lambda one: one.other.get("rank", 0)),
        Col(_("ref."), "case.ref"),
        Col(noun_of, lambda one: name_of(process, one.case), flexible=True, share=4),
        Col(_("panel"), "panel", show=sheet_label, flexible=True, share=2),
        Col(_("rank"), "recorded.rank", _UNKNOWN, number=True),
        Col(_("mean"), "recorded.total", _UNKNOWN, show=_mean, number=True),
        Col(_("rank, otherwise"), "other.rank", _UNKNOWN, number=True, flexible=True),
        Col(_("mean, otherwise"), "other.total", _UNKNOWN, _mean, number=True, flexible=True),
    )


def _mean(_process: Process, total: int) -> str:
    return words.hundredths(total, language())


def _moved(those: Mapping[str, int]) -> str:
    if not those:
        return "0"
    each = ", ".join(f"{ref} {by:+d}" for ref, by in those.items())
    return f"{sum(those.values()):+d} ({each})"


def history_data(entries: tuple[HistoryEntry, ...]) -> list[JsonObject]:
    """`ptce history --json`: the lines as they stand, and what is left of their side rows."""
    return [
        JsonObject(
            one.line,
            by=one.line.by or None,
            data=to_builtins(one.line.data),
            side={} if one.side is None else to_builtins(one.side),
        )
        for one in entries
    ]


def history_report(dossier: Dossier, lines: tuple[HistoryEntry, ...], now: datetime) -> Report:
    """`ptce history`: one line an event; below it the articles of what failed, and the reason."""
    parts: Parts = {}
    entry_table = table(
        dossier.process,
        lines,
        Col("n", "line.n", number=True),
        Col(_("when"), lambda one: from_text(one.line.at), hours=True, share=3),
        Col(_("who"), actor_text, share=3),
        Col(
            _("what"),
            lambda one: entry_telling(one, dossier.case, parts)(),
            flexible=True,
            below=True,
            share=9,
        ),
    )
    lead = headline(dossier.process, dossier.case)
    return of_contest(dossier.process, lead.name, now, (lead, entry_table))


def verify_report(report: Verification, folder: Path, now: datetime) -> Report:
    return of_folder(folder, _("Verification of the ledger"), now, _verified(report))


def _verified(report: Verification) -> Iterator[Part]:
    counts = (
        n_("{count} line", "{count} lines", report.lines),
        n_("{count} candidature", "{count} candidatures", report.candidatures),
        n_("{count} process", "{count} processes", report.processes),
    )
    text = " · ".join(counts)
    if report.intact:
        yield page.verdict(text, _("chain intact"), good=True)
        yield from _compared(report)
    else:
        broken = n_("{count} fault", "{count} faults", len(report.faults))
        yield page.verdict(text, broken, good=False)
        yield page.findings(tuple(map(_fault_row, report.faults)))
        yield from _receipts(report)
    for one in report.pages:
        text = _("{file}: to the byte the page that the contest gives up to line {n}")
        if one.faults:
            text = _("{file}: a page up to line {n}, not as the contest gives it")
        shown = text.format(file=one.name, n=one.lines)
        rows = tuple(map(_fault_row, one.faults))
        yield page.findings(rows, shown) if rows else page.say(shown)
        if one.later:
            since = n_(
                "{count} line was written since.", "{count} lines were written since.", one.later
            )
            yield page.detail(since, count=one.later)
    if report.remarks:
        heading = n_("{count} remark", "{count} remarks", len(report.remarks))
        yield page.findings(tuple(map(_fault_row, report.remarks)), heading)
    if not report.intact:
        mend = _(
            "Where a fault says what mends it, do that. Else set this database aside as it is, "
            "restore a backup, and tell whoever audits."
        )
        if report.copied:
            mend = _("Keep this export as it is, ask for another, and tell whoever audits.")
        yield page.note(mend)


def _compared(report: Verification) -> Iterator[Part]:
    same = _("what the ledger says = what is shown")
    yield page.say(_("each file is what the ledger says") if report.copied else same)
    if report.checkpoints:
        agree = n_(
            "{count} checkpoint: the ledger goes on from it, line {n}",
            "{count} checkpoints: the ledger goes on from each, the last of line {n}",
            report.checkpoints,
        )
        yield page.say(agree, n=report.signed)
    for shown in report.kept:
        text = _("{file}: the ledger goes on from what it was at line {n}")
        yield page.say(text, file=shown.name, n=shown.note.checkpoint.size)
    yield from _receipts(report)
    if report.links == 0:
        yield page.say(_("no hand-over links the two ledgers"))
    elif report.links is not None:
        links = n_(
            "{count} hand-over told alike by both ledgers",
            "{count} hand-overs told alike by both ledgers",
            report.links,
        )
        yield page.say(links)


def _receipts(report: Verification) -> Iterator[Part]:
    """The lines that kept mails quote and that stand, whatever else does not."""
    for one in report.receipts:
        text = _("{file}: line {n} stands as quoted, {hash}")
        yield page.say(text, file=one.name, n=one.trace.line, hash=one.trace.hash)
        if one.at:
            # The zone of the contest stands in its rules, of which nothing is read here.
            when = words.long_instant(from_text(one.at), ZoneInfo("UTC"), language())
            yield page.detail(" · ".join(filter(None, (f"{when} UTC", one.ref, _(one.kind)))))


def _fault_row(fault: Fault) -> tuple[str, str, str]:
    place = _("line {n}").format(n=fault.line) if fault.line else _("no line")
    return place, fault.what, fault.why


def backed_up(file: Path | str, report: Verification) -> Iterator[Part]:
    """`ptce backup`: where the copy is, how far it goes, and whether what it copies is sound."""
    lines = n_("{count} line", "{count} lines", report.lines)
    text = _("{file}: {lines}, as of the last act").format(file=file, lines=lines)
    yield page.verdict(text, _("verified") if report.intact else "✗", good=report.intact)
    if not report.intact:
        yield page.say(_("The copy is whole, but what it copies is not sound: ptce verify"))


def exported(folder: Path, report: Verification) -> Iterator[Part]:
    yield from backed_up(folder, report)
    yield page.note(_("How to check it without this program: {file}"), file=folder / "VERIFY.md")


HEADINGS: Mapping[str, str] = {
    "state": N_("Candidatures that moved"),
    "fact": N_("Answers"),
    "mark": N_("Marks"),
    "rank": N_("Means and ranks"),
    "mail": N_("Mails"),
    "rule": N_("Rules"),
    "person": N_("People"),
}
_AT_MOST = 60


def diff_report(found: compare.Between, now: datetime) -> Report:
    from ptce_workflow.app.audit.compare import KINDS

    process = found.after.process
    first, last = (to_the_minute(process, one.at) for one in (found.before, found.after))
    text = _("From {first} (line {n}) to {last} (line {m})")
    numbers = {"n": found.before.line, "m": found.after.line}
    parts: list[Part] = [page.lead(text.format(first=first, last=last, **numbers))]
    if not (found.changes or found.acts or found.hidden):
        parts.append(page.say(_("Nothing changed.")))
    for kind in KINDS:
        changes = [change for change in found.changes if change.kind == kind]
        if changes:
            parts += _section(found, kind, changes)
    if found.acts:
        parts += (page.heading(_("Sittings, votes, recusals, declarations"), 2), _acts(found))
    if found.difference:
        parts.append(page.difference(found.difference))
    if found.hidden:
        counts = ", ".join(
            n_(*texts, count)
            for kind, texts in _HIDDEN.items()
            if (count := found.hidden.get(kind))
        )
        text = _("Not told above: {counts}. Line by line: {command}")
        parts.append(page.advise(text, "ptce history REF", counts=counts))
    return of_contest(process, _("What changed"), now, parts)


_HIDDEN: Mapping[str, tuple[str, str]] = {
    "refusal": nN_("{count} refusal", "{count} refusals"),
    "arrival": nN_("{count} arrival", "{count} arrivals"),
    "no_link": nN_("{count} declaration of no link", "{count} declarations of no link"),
    "state": nN_("{count} move on the way", "{count} moves on the way"),
    "fact": nN_("{count} answer replaced since", "{count} answers replaced since"),
    "mark": nN_("{count} mark replaced since", "{count} marks replaced since"),
    "erasure": nN_("{count} erasure", "{count} erasures"),
}


def _acts(found: compare.Between) -> Table:
    return table(
        found.after.process,
        found.acts,
        Col(_("line"), "entry.line.n", number=True, share=2),
        Col(_("when"), lambda one: from_text(one.entry.line.at), hours=True, share=4),
        Col(_("ref."), "ref", spare=True, share=2),
        Col(_("who"), lambda one: actor_text(one.entry), flexible=True, share=4),
        Col(
            _("what"),
            lambda one: Narrator(one.entry, one.case, cases=found.cases).telling()(),
            flexible=True,
            below=True,
            share=14,
        ),
    )


def _section(found: compare.Between, kind: str, changes: list[compare.Changed]) -> Iterator[Part]:
    yield page.heading(_(HEADINGS[kind]), 2)
    if kind == "fact":
        # Row by row where the answers are tables.
        yield table(
            found.after.process,
            changes,
            Col(_("ref."), "ref", share=2),
            Col(noun_of, "name", N_("(erased)"), flexible=True, share=4),
            Col(_("what"), lambda one: _fact(found, one), flexible=True, share=10),
        )
        return
    is_mail, what = kind == "mail", partial(_what, found)
    heading = {"mail": _("what"), "person": _("name")}.get(kind, noun_of)
    who = (_("who"), "key") if kind == "person" else (_("ref."), "ref")
    yield table(
        found.after.process,
        changes,
        Col(*who, spare=True, share=2),
        Col(heading, _name, spare=True, flexible=True, share=5),
        Col(_("mail") if is_mail else _("what"), what, spare=True, flexible=True, share=4),
        Col(_("before"), lambda one: _value(found, one, one.before), share=3),
        Col(_("after"), lambda one: _value(found, one, one.after), share=3),
    )


def _fact(found: compare.Between, one: compare.Changed) -> Iterator[str]:
    field = found.after.process.definition.field(one.key)
    if field is None:
        return iter((one.key,))
    return lines(found.after.process, AnswerChange(one.key, field, one.before, one.after))


def _name(one: compare.Changed) -> str:
    return one.name or ("" if one.kind in ("mail", "rule") else _("(erased)"))


def _what(found: compare.Between, one: compare.Changed) -> str:
    from ptce_workflow.reports.ranking import figure_label

    process = found.after.process
    panel, _dot, figure = one.key.partition(".")
    criterion, _at, institution = figure.partition("@")
    match one.kind:
        case "mark":
            label = figure_label(process, panel, criterion)
            return f"{institution_label(process, institution)} · {label}"
        case "rank":
            return figure_label(process, panel, figure)
        case "mail" | "rule":
            return one.key
    return ""


def _value(found: compare.Between, one: compare.Changed, value: Any) -> str:
    from ptce_workflow.reports.ranking import mark_text

    if value is None:
        return _UNKNOWN
    match one.kind:
        case "state":
            return state_label(found.after.process, value)
        case "mail":
            return label_of(Stage(value))
        case "person":
            return ", ".join(map(role_label, value)) or _("has left")
        case "rule":
            return _("{size} bytes").format(size=words.number(value, language()))
        case "rank" if one.key.endswith(".rank"):
            return str(value)
    return one_line(mark_text(value), at_most=_AT_MOST)


_HASH = 16


def report(
    process: Process,
    checkpoint: NewCheckpoint | None,
    every: Sequence[CheckpointEntry],
    now: datetime,
) -> Report:
    """`ptce checkpoint`: the one that was made, or a line for each that is kept."""
    parts = tuple(_listed(process, every) if checkpoint is None else _checkpoint_parts(checkpoint))
    return of_contest(process, _("Checkpoints"), now, parts)


def _checkpoint_parts(checkpoint: NewCheckpoint) -> Iterator[Part]:
    found = checkpoint.note.checkpoint
    yield page.verdict(n_("{count} line", "{count} lines", found.size), _("signed"), good=True)
    if checkpoint.why == "lost":
        text = _("A new key signs, by line {n}, which says that the one before was lost.")
        yield page.say(text, n=checkpoint.line)
    elif checkpoint.why == "rotated":
        text = _("A new key signs, by line {n}; the one before has signed it.")
        yield page.say(text, n=checkpoint.line)
    yield page.say(_("hash: {hash}"), hash=found.hash)
    yield page.say(_("file: {file}"), file=checkpoint.file)
    yield page.aside(_("It protects once somebody else keeps it: send it, or write the hash down."))
    yield page.suggest(f"ptce verify --checkpoint {checkpoint.file}")


def _listed(process: Process, every: Sequence[CheckpointEntry]) -> Iterator[Part]:
    if not every:
        yield page.say(_("No checkpoint is kept beside the database."))
        yield page.suggest("ptce checkpoint")
        return
    yield table(
        process,
        every,
        Col(_("line"), "size", number=True),
        Col(_("when"), "at", _("no line"), share=3),
        Col(_("hash"), lambda one: one.hash[:_HASH], share=3),
        Col(_("file"), lambda one: "/".join(one.file.parts[-2:]), flexible=True, share=4),
    )
    yield page.suggest("ptce verify")


def witness_text(contest: Contest) -> tuple[bool, str]:
    """`ptce doctor`: the checkpoints held outside. Raises: PtceError."""
    from ptce_workflow.app.checkpoints import WITNESSED_WITHIN, check_key, last_outside
    from ptce_workflow.scheduler.passes import is_checkpoint_due

    # An export has no key, and makes none.
    makes = not contest.is_copy
    if makes:
        check_key(contest)
    is_due = makes and is_checkpoint_due(contest)
    due = _("one is due and was not made · ptce checkpoint") if is_due else ""
    found, now = last_outside(contest), contest.clock.now()
    is_late = found is None or (found.since is not None and now - found.since > WITNESSED_WITHIN)
    lines = [*outside_texts(contest.process, found), due]
    return not (is_late or due), "\n".join(filter(None, lines))


def outside_texts(process: Process, found: Outside | None) -> Iterator[str]:
    """Who outside the desk had the last checkpoint, and since which line nobody had one."""
    if found is not None:
        text = _("line {n} of {lines} left on {when}, with {message} to {recipient}")
        values = {name: getattr(found, name) for name in ("lines", "message", "recipient")}
        yield text.format(n=found.size, when=to_the_minute(process, found.at), **values)
    if found is None or found.since is not None:
        text = _("no outside witness since line {n}: the desk’s own copies do not count")
        yield text.format(n=1 if found is None else found.size)
