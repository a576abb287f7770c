"""Reports on candidatures: one in full, an act and its effects, a hand-over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from ptce_workflow.app.candidatures.overview import alarm_text
from ptce_workflow.app.candidatures.record import AnswerChange, changes
from ptce_workflow.app.refusals import way_back_text
from ptce_workflow.base import words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import _, language, n_, nN_, one_line
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT
from ptce_workflow.office import page
from ptce_workflow.office.page import Lead, Paragraph, Part, Report, Table, of_contest
from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext
from ptce_workflow.process.explain import closed_text, explain_rules, links_text, withdrawal_text
from ptce_workflow.process.fields import FieldType, TableField, file_text
from ptce_workflow.process.panel import FIGURES, RECORDED, counts, linked
from ptce_workflow.process.process import (
    Process,
    edge_label,
    institution_label,
    name_of,
    named,
    noun_of,
    sheet_label,
    to_the_minute,
    to_the_second,
)
from ptce_workflow.reports.listing import WAITS_FOR, Col, JsonObject, table
from ptce_workflow.reports.mail import letters_ahead, unnotified_texts
from ptce_workflow.reports.telling import arrivals, changed, label_of_name, rectifications, row_text

if TYPE_CHECKING:
    from pathlib import Path

    from ptce_workflow.app.candidatures.advance import AdvanceStep, Foreseen
    from ptce_workflow.app.candidatures.handover import HandedOver
    from ptce_workflow.app.candidatures.history import Noted
    from ptce_workflow.app.candidatures.overview import Dossier
    from ptce_workflow.app.outbox.waiting import DecisionNotice, UnnotifiedDecision
    from ptce_workflow.app.pieces import PieceOfCase


def handed_data(done: HandedOver, *, dry_run: bool) -> JsonObject:
    """`ptce hand-over --json`; `line` is null where nothing was written here."""
    return JsonObject(
        done,
        there=None if dry_run and not done.before else done.there.ref,
        state=done.there.state,
        made=not (dry_run or done.before),
        exhibits=to_builtins(done.exhibits),
    )


def handed(process: Process, done: HandedOver, folder: Path, *, dry_run: bool) -> Iterator[Part]:
    title = done.process.definition.config.contest.title.text
    case, ref = named(process, done.here), done.there.ref
    if done.before:
        text = _("{case} was taken over already by the contest {contest}, as {ref}.")
        yield page.say(text, case=case, contest=title, ref=ref)
        if done.line is not None:
            yield page.say(_("It was not told here; now it is, line {n}."), n=done.line)
        return
    state = done.process.states[done.there.state].label.text
    text = (
        _("{case} would be taken over by the contest {contest}: {state}.")
        if dry_run
        else _("{case} is taken over by the contest {contest}, as {ref}: {state}.")
    )
    yield page.say(text, case=case, contest=title, ref=ref, state=state)
    yield page.say(n_("{count} fact is carried.", "{count} facts are carried.", len(done.carried)))
    if done.exhibits:
        count = len(done.exhibits)
        rests = n_("They rest on {count} line here:", "They rest on {count} lines here:", count)
        yield page.say(rests)
        those = (to_builtins(exhibit) for exhibit in done.exhibits)
        yield from exhibits(process, those, process.definition.config.contest.id)
    if done.figures:
        panels = ", ".join(sheet_label(process, panel) for panel in done.figures)
        yield page.say(_("Figures that go along: {list}."), list=panels)
    yield from _left(process, done)
    if dry_run:
        yield page.aside(_("Nothing was changed."))
    else:
        yield page.suggest(f"ptce why {ref} --contest {folder}")


def _left(process: Process, done: HandedOver) -> Iterator[Part]:
    if done.left:
        yield page.say(_("Not carried:"))
    reasons: dict[str, list[str]] = {}
    for one in done.left:
        reasons.setdefault(one.why, []).append(label_of_name(process, one.name))
    for why, labels in reasons.items():
        # One name before its reason; many below it, or it would be read too late.
        if len(labels) == 1:
            text = page.pair(labels[0], why)
            yield Paragraph(f"· {text}", hanging=4, level=1)
            continue
        text = _("{why} ({count}):").format(why=why, count=words.number(len(labels), language()))
        yield Paragraph(f"· {text}", hanging=4, level=1)
        for label in labels:
            yield Paragraph(label, hanging=4, level=2)


def came_along(process: Process, case: Candidature) -> Iterator[Part]:
    """What came along with a candidature, what of it is read only, and what it rests on there."""
    origin: Mapping[str, Any] = case.origin or {}
    closed = [name for name in origin.get("carried", ()) if process.reads_only(name, case)]
    if closed:
        labels = ", ".join(label_of_name(process, name) for name in closed)
        yield page.line(_("Written there, read here: {labels}"), labels=labels)
    yield from exhibits(process, origin.get("exhibits", ()), origin.get("contest", ""))
    for panel, figures in origin.get("figures", {}).items():
        shown = ", ".join(
            _figure(name, value)
            for name, value in sorted(figures.items())
            if name in FIGURES or name not in RECORDED
        )
        yield page.say(_("Figures there: {panel} ({figures})"), panel=panel, figures=shown)


def _figure(name: str, value: int) -> str:
    """A figure of a panel of another contest: by its label, which its criteria have there alone."""
    label = _(FIGURES[name].label) if name in FIGURES else name
    return page.pair(label, (words.number if counts(name) else words.hundredths)(value, language()))


def exhibits(process: Process, those: Iterable[Mapping[str, Any]], contest: str) -> Iterator[Part]:
    """Each line of the contest that hands over on which facts rest: what, when, by what file."""
    for one in those:
        what = ", ".join(label_of_name(process, name) for name in one["names"])
        when = to_the_second(process, from_text(one["at"]))
        shown = _("{what}, {when}, line {n} of {contest}")
        shown = shown.format(what=what, when=when, n=one["n"], contest=contest)
        if one["evidence"] is not None:
            shown = f"{shown}, SHA-256 {one['evidence']['sha256']}"
        yield Paragraph(f"· {shown}", hanging=4, level=1)


def _kept_as(piece: PieceOfCase) -> str:
    if piece.file.why_refused:
        return _("refused: {why}").format(why=piece.file.why_refused)
    return _(piece.file.kind) if piece.mail else _("answer to a question")


def _arrived(process: Process, piece: PieceOfCase) -> str:
    return "" if piece.at is None else f"{to_the_minute(process, piece.at)} ({piece.mail})"


def pieces_table(process: Process, pieces: Iterable[PieceOfCase]) -> Table:
    return table(
        process,
        pieces,
        Col(
            _("file"),
            lambda one: one.name if one.mail else label_of_name(process, one.name),
            share=3,
        ),
        Col(
            _("name"),
            lambda one: file_text(one.file.name, one.file.size, language()),
            flexible=True,
            share=5,
        ),
        Col(_("what"), _kept_as, flexible=True, share=4),
        Col(_("arrived"), lambda one: _arrived(process, one), spare=True, share=4),
    )


def pieces_report(
    process: Process, ref: str, now: datetime, pieces: Sequence[PieceOfCase]
) -> Report:
    parts: Sequence[Part] = [pieces_table(process, pieces)]
    if not pieces:
        parts = [page.say(_("No file came with it."))]
    elif kept := [one.name for one in pieces if one.mail and not one.file.why_refused]:
        parts = [*parts, page.advise(_("To open one: {command}"), f"ptce document {kept[0]} -o …")]
    return of_contest(process, _("The files of {ref}").format(ref=ref), now, parts)


Late = Sequence[tuple[str, str]]
_NOTES, _NOTE_SHOWN = 5, 300
"""How many notes are shown, the latest ones, and how much of each."""


def show_data(
    dossier: Dossier,
    unnotified: Sequence[UnnotifiedDecision] = (),
    late: Late = (),
    pieces: Sequence[PieceOfCase] = (),
) -> JsonObject:
    """`ptce show --json`: facts as they are recorded, erasable ones where they are still kept."""
    return JsonObject(
        dossier,
        name=dossier.case.private.get(dossier.process.definition.config.contest.name_field),
        facts=dict(_facts(dossier)),
        untold=unnotified,
        too_late=late,
        pieces=pieces,
    )


def _facts(dossier: Dossier) -> Iterator[tuple[str, Any]]:
    case = dossier.case
    for name in dossier.process.definition.field_names():
        field = dossier.process.definition.field(name)
        if field is None or name.partition(".")[0] in case.closed:
            continue
        if name in case.facts or name in case.private:
            yield name, case.answer(name, field)
        elif getattr(field, "computed", None) is not None:
            value = dossier.process.scope.variables[name].read(case, RuleContext(case.since))
            if value is not None:
                yield name, value


def show_report(
    dossier: Dossier,
    now: datetime,
    unnotified: Sequence[UnnotifiedDecision] = (),
    late: Late = (),
    *,
    full: bool = True,
) -> Report:
    """`ptce show`: what answers a call first; then the rest, every sheet where it is `full`."""
    title = headline(dossier.process, dossier.case).name
    parts = _dossier_parts(dossier, now, unnotified, late, full=full)
    return of_contest(dossier.process, title, now, parts)


def _dossier_parts(
    dossier: Dossier,
    now: datetime,
    unnotified: Sequence[UnnotifiedDecision],
    late: Late,
    *,
    full: bool,
) -> Iterator[Part]:
    process, case = dossier.process, dossier.case
    yield headline(process, case)
    yield from _first_answers(dossier, now)
    yield from _by_itself(dossier)
    if unnotified:
        yield page.above(_("Decisions not told yet:"))
        yield from map(page.detail, unnotified_texts(unnotified, most=20))
    if late:
        yield page.above(_("Mails that came too late:"))
        for message, label in late:
            yield page.detail(_("{label} ({message})"), label=label, message=message)
    if case.origin is not None:
        came = _("handed over by {contest}, where it is {ref}").format(**case.origin)
        yield page.line(came[:1].upper() + came[1:])
        yield from came_along(process, case)
    yield from map(partial(_decision, process), dossier.decisions)
    yield from arrivals(process, case)
    yield from rectifications(process, dossier.rectified)
    most = _NOTES if full else 1
    yield from noted(process, dossier.notes[-most:])
    if len(dossier.notes) > most or any(len(note.text) > _NOTE_SHOWN for note in dossier.notes):
        yield page.advise(_("All notes: {command}"), f"ptce history {case.ref}")
    if full:
        yield from _sheets(dossier)
    else:
        text = _("All that it has answered: {command}")
        yield page.advise(text, f"ptce show {case.ref} --full")


def _first_answers(dossier: Dossier, now: datetime) -> Iterator[Part]:
    """What is asked at the telephone: what is awaited, what was last written, by what number."""
    process, waits, last = dossier.process, dossier.awaited, dossier.written
    text = _("Nothing is awaited: the matter is settled.")
    if waits is not None:
        text = waits.text(process, now)
        if waits.who != "time":
            whose = noun_of(process) if waits.who == "applicant" else _(WAITS_FOR[waits.who])
            text = page.pair(page.capital(whose), text)
    yield page.line(text)
    if last is not None:
        text = _("Last written to them: “{label}”, {when} ({message})")
        text = _("Came back: “{label}”, {when} ({message})") if last.came_back else text
        when = to_the_minute(process, last.at)
        yield page.line(text, label=last.label, when=when, message=last.message)
    else:
        yield page.line(_("Nothing was written to them yet."))
    fields = ((name, process.definition.field(name)) for name in process.definition.contacts)
    facts = dict(_facts(dossier))
    shown = [
        _value(process, field, facts[name]) for name, field in fields if field and facts.get(name)
    ]
    if shown:
        yield page.line(page.pair(_("Contact"), ", ".join(shown)))


def _by_itself(dossier: Dossier) -> Iterator[Part]:
    process, waits = dossier.process, dossier.awaited
    for name, at in dossier.due.items():
        edge = process.edge(dossier.case, name)
        label = name if edge is None else edge.transition.label.text
        if waits is None or waits.who != "time" or waits.what != label:
            text, when = _("By itself, {when}: {label}"), to_the_minute(process, at)
            yield page.line(text, when=when, label=label)
    for alarm in dossier.alarms:
        yield page.line(alarm_text(process, alarm))


def _decision(process: Process, decided: DecisionNotice) -> Part:
    label, when = edge_label(process, *decided.edge.split(".")), decided.notified
    text = _("Decision of {day}: “{label}”")
    if when is not None:
        text = _("Decision of {day}: “{label}”, notified on {when}")
    elif decided.mail is not None:
        text = _("Decision of {day}: “{label}”, not notified")
    notified = "" if when is None else to_the_second(process, when)
    return page.line(text, day=to_the_second(process, decided.at), label=label, when=notified)


def noted(process: Process, notes: Iterable[Noted]) -> Iterator[Part]:
    for note in notes:
        text = note_text(process, note).replace("\n", " · ")
        yield page.line(one_line(text, at_most=_NOTE_SHOWN))


def note_text(process: Process, one: Noted) -> str:
    text = _("Note of {when}, {actor}: {text}")
    return text.format(when=to_the_second(process, one.at), actor=one.actor, text=one.text)


def _sheets(dossier: Dossier) -> Iterator[Part]:
    process, case, facts = dossier.process, dossier.case, dict(_facts(dossier))
    for sheet_name, sheet in process.definition.sheets.items():
        if sheet_name in case.closed and not sheet.is_panel:
            yield page.heading(sheet.label.text)
            yield page.say(closed_text(process, sheet_name, case))
            continue
        pairs = tuple(
            (field.label.text, _value(process, field, facts.get(name)))
            for field_name, field in sheet.fields.items()
            if (name := f"{sheet_name}.{field_name}") in facts or name in case.given
        )
        if pairs:
            yield page.heading(sheet.label.text)
            yield page.facts(pairs)
    for name, sheet in process.definition.sheets.items():
        declares = any(case.declared.get(name, {}).values())
        has_marks = case.scores.get(name) or name in case.recused or declares
        if has_marks or (name in case.closed and process.is_open(name, case.state)):
            yield page.heading(sheet.label.text)
            yield page.facts(_marks_given(process, name, case))


def headline(process: Process, case: Candidature) -> Lead:
    """A candidature in a line: reference, name, state, since when."""
    name = name_of(process, case)
    when = to_the_minute(process, case.since)
    text = _("{ref} {name} · {state} since {when}").format(
        ref=case.ref, name=name, state=process.states[case.state].label.text, when=when
    )
    start = f"{case.ref} {name}"
    if name == case.ref:
        text, start = text.removeprefix(f"{name} "), name
    return page.lead(start, text.removeprefix(start).removeprefix(" · "))


def _value(process: Process, field: FieldType, value: Any) -> str:
    if value is None:
        return _("(erased)")
    if not isinstance(field, TableField):
        return field.display(value, language(), process.zone)
    # Numbered as `members[2].siret=…` counts them.
    return "\n".join(
        f"· {number}. {row_text(process, field, row)}" for number, row in enumerate(value, 1)
    )


def _marks_given(process: Process, panel: str, case: Candidature) -> Iterator[tuple[str, str]]:
    sheet, given = process.definition.sheets[panel], case.scores.get(panel, {})
    aside = case.recused.get(panel, ())
    # Rankings are of the jury: what moves a candidature loads none.
    from ptce_workflow.reports.ranking import mark_text

    for member in sheet.members:
        marks = given.get(member, {})
        shown = (
            f"{sheet.fields[one].label.text} {mark_text(marks[one])}"
            for one in sheet.criteria
            if one in marks
        )
        texts = [text] if (text := " · ".join(shown)) else []
        if text := links_text(process, panel, member, case):
            texts.append(text)
        if member in linked(panel, case) and member not in aside:
            texts.append(_("neither marks nor votes until that is settled"))
        if member in aside:
            texts += [_("stepped aside"), withdrawal_text(case, panel, member)]
        if texts or member in given:
            yield institution_label(process, member), "\n".join(filter(None, texts))
    if panel in case.closed:
        yield _("marks"), closed_text(process, panel, case)
    figures = case.panels.get(panel)
    if figures is not None:
        yield _("recorded"), " · ".join(_recorded(figures))


def _recorded(figures: Mapping[str, int]) -> Iterator[str]:
    from ptce_workflow.reports.ranking import mark_text, rank_text

    if "total" in figures:
        yield _("mean {mean}").format(mean=mark_text(figures["total"]))
    text = _("voices {voices}/{expected}")
    yield text.format(voices=figures.get("voices", 0), expected=figures.get("expected", 0))
    if "rank" in figures:
        yield _("rank {rank}").format(rank=rank_text(figures["rank"], figures.get("tied", 1)))


def advance_data(steps: tuple[AdvanceStep, ...], *, dry_run: bool) -> list[JsonObject]:
    done = all(one.made for one in steps) and not dry_run
    return [
        JsonObject(
            step,
            to=step.edge.to or step.before.state,
            done=done,
            verdicts=verdicts_data(step),
            line=None if dry_run or step.after is step.before else step.after.version,
        )
        for step in steps
    ]


def verdicts_data(step: AdvanceStep) -> dict[str, str]:
    return {verdict.rule: verdict.answer.value for verdict in step.outcome.verdicts}


def advanced(process: Process, steps: tuple[AdvanceStep, ...], *, dry_run: bool) -> Iterator[Part]:
    """`ptce advance`: what moved, and what to do next. Raises: PtceError."""
    if not all(step.made for step in steps):
        raise refusal(process, steps, dry_run=dry_run)
    yield from _moved(process, steps, dry_run=dry_run)
    if dry_run:
        yield page.aside(_("Nothing was changed."))
    elif not process.states[steps[-1].after.state].ends or not steps[-1].edge.moves:
        yield page.suggest(f"ptce why {steps[0].before.ref}" if len(steps) == 1 else "ptce list")
    elif len(steps) == 1 and (text := way_back_text(process, steps[0].after)):
        yield page.aside(text)


def _moved(process: Process, steps: Iterable[AdvanceStep], *, dry_run: bool) -> Iterator[Part]:
    for step in steps:
        yield page.say(outcome_text(process, step, dry_run=dry_run))
        for request in process.pending(step.after) if step.edge.moves else ():
            text = _("{sheet}: it still waits for its answer.")
            yield page.aside(text, sheet=sheet_label(process, request))
        if step.edge.moves and not dry_run:
            edges = process.edges(step.after.state)
            text = _("“{label}” is due since {when}: the next pass does it if its rules allow it.")
            for key, at in process.due(step.after).items():
                if key in edges and at <= step.moment.now:
                    label, when = edges[key].transition.label.text, to_the_second(process, at)
                    yield page.aside(text, label=label, when=when)


def outcome_text(process: Process, step: AdvanceStep, *, dry_run: bool = False) -> str:
    """What became of a candidature, or would: where it is now, or what was answered about it."""
    case, edge = named(process, step.before), step.edge
    if edge.moves:
        text = _("{case} would become: {state}.") if dry_run else _("{case} is now: {state}.")
        return text.format(case=case, state=process.states[edge.to].label.text)
    sheet, label = sheet_label(process, edge.origin), edge.transition.label.text
    return _("{case}: {sheet}, answered: {label}.").format(case=case, sheet=sheet, label=label)


def foreseen(process: Process, found: Foreseen) -> Iterator[Part]:
    yield from _moved(process, found.steps, dry_run=True)
    yield from letters_ahead(process, found.letters)
    if found.own:
        yield page.note(_("The decision contested is yours: somebody else is to answer."))


def refusal(process: Process, steps: tuple[AdvanceStep, ...], *, dry_run: bool) -> PtceError:
    """The error for rules that stood in the way: every such rule, and on what it rests."""
    refused = [step for step in steps if not step.made]
    answers = [verdict.answer for step in refused for verdict in step.outcome.verdicts]
    why = []
    for step in refused:
        if len(steps) > 1:
            why.append(named(process, step.before))
        verdicts = step.outcome.verdicts
        for rule in explain_rules(process, step.edge, verdicts, step.before, step.moment):
            if rule.answer is not RuleAnswer.HOLDS:
                why.extend(rule.lines())
    refs = " ".join(step.before.ref for step in refused[:1])
    lines = ", ".join(str(step.after.version) for step in refused)
    mend = _("Nothing was changed.")
    if not dry_run:
        mend = n_(
            "Nothing was changed; the attempt is in the ledger, line {n}.",
            "Nothing was changed; the attempts are in the ledger, lines {n}.",
            len(refused),
        ).format(n=lines)
    mend += "\n" + _("`ptce why {ref}` tells all of it.").format(ref=refs)
    counts = ((texts, answers.count(answer)) for answer, texts in _COUNTED.items())
    what = ", ".join(n_(*texts, n).format(n=n) for texts, n in counts if n)
    return PtceError(f"{what}.", "\n".join(why), mend)


_COUNTED = {
    RuleAnswer.FAILS: nN_("{n} rule is not met", "{n} rules are not met"),
    RuleAnswer.UNKNOWN: nN_("{n} rule cannot be judged yet", "{n} rules cannot be judged yet"),
    RuleAnswer.ERROR: nN_("{n} rule cannot be worked out", "{n} rules cannot be worked out"),
}


def added(
    process: Process, cases: Sequence[tuple[str, Candidature]], *, dry_run: bool
) -> Iterator[Part]:
    for file, case in cases:
        yield page.say(f"{named(process, case)} ({file})" if file else named(process, case))
    if dry_run:
        yield page.say(_("Nothing was written."))
    else:
        yield page.suggest(f"ptce why {cases[-1][1].ref}" if len(cases) == 1 else "ptce list")


def added_data(process: Process, cases: Sequence[tuple[str, Candidature]]) -> list[dict[str, Any]]:
    name_field = process.definition.config.contest.name_field
    return [
        {"ref": case.ref, "name": case.private.get(name_field), "file": file, "opened": True}
        for file, case in cases
    ]


def nothing_recorded(process: Process, case: Candidature, what: str = "") -> Misuse:
    """The error for `ptce record` without a fact: what may be written now, and how."""
    state = process.states[case.state]
    mend = ""
    if state.opens:
        sheet, _dot, field = state.opens[0].partition(".")
        asked = process.definition.sheets[sheet].fields
        field = field or next(name for name, one in asked.items() if not one.is_computed)
        command = f"ptce record {case.ref} {sheet} {field}=…"
        mend = _("For example: {command}").format(command=command)
    why = _('In the state "{state}", open to writing: {names}.')
    why = why.format(state=state.label.text, names=", ".join(state.opens) or _("nothing"))
    return Misuse(what or _("No fact was given."), why, mend)


def recorded(
    process: Process, before: Candidature, case: Candidature, whole: Collection[str]
) -> Iterator[Part]:
    """`ptce record`: what changes, its line, what is next; `whole` answers."""
    from ptce_workflow.app.candidatures.filing import doubts

    found = changes(process, before, case)
    text = _("{case}: recorded, line {n}.").format(case=named(process, case), n=case.version)
    if not found:
        text = _("{case}: nothing has changed.").format(case=named(process, case))
    yield page.say(text)
    yield from arrivals(process, case, before)
    yield from changed(process, found, case.ref, whole)
    yield from map(page.aside, doubts(process, case, before))
    yield page.suggest(f"ptce why {case.ref}")


def recorded_of_contest(
    process: Process, changes: Sequence[AnswerChange], whole: Collection[str]
) -> Iterator[Part]:
    """`ptce record contest`: which facts of the contest have changed, before and after."""
    yield page.say(_("Recorded for the contest.") if changes else _("Nothing has changed."))
    yield from changed(process, changes, CONTEST_SUBJECT, whole)
