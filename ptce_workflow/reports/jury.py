"""Reports on the jury: marks, recusals, forms."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, hundredths, language, n_
from ptce_workflow.office import page
from ptce_workflow.office.page import Paragraph, Part, Table
from ptce_workflow.process.candidature import Candidature, RuleAnswer, comment_name
from ptce_workflow.process.explain import explain_rules, links_text
from ptce_workflow.process.fields import OptionField, SignedFor
from ptce_workflow.process.forms import LINKS
from ptce_workflow.process.panel import Deviation, VotedOrder, figures_of, linked, own_means
from ptce_workflow.process.process import (
    Process,
    edge_label,
    institution_label,
    name_of,
    named,
    noun_of,
)
from ptce_workflow.reports.candidatures import verdicts_data
from ptce_workflow.reports.listing import Col, JsonObject, table
from ptce_workflow.reports.mail import letters_ahead
from ptce_workflow.reports.ranking import mark_text, mean_of, rank_text, rectified_means, vote_text
from ptce_workflow.reports.telling import parted, rectified

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.history import Rectification
    from ptce_workflow.app.jury.deliberation import Ballot, Decision, Deliberated
    from ptce_workflow.app.jury.grid import GridReading, Marked
    from ptce_workflow.app.jury.marks import Conflict
    from ptce_workflow.app.jury.ranking import CutWithout, RankedCandidature, Standing
    from ptce_workflow.app.outbox.desk import Posted
    from ptce_workflow.office.grid import Signed
    from ptce_workflow.process.forms import Grid, Returned
    from ptce_workflow.process.model.sheets import Sheet, Sitting


class FormChanges(Struct, frozen=True):
    """The changes of a form that came back: as they are shown, and as `data`.

    `question` is asked before they are recorded; it is empty where nothing changes. `recorded` is
    said at the end.
    """

    data: Any
    question: str
    shown: Sequence[Part]
    recorded: Sequence[Part] = ()


def grid_data(file: Path, grid: Grid) -> dict[str, Any]:
    rows = {"rows": len(grid.rows), "recorded": 0, "changes": (), "left": ()}
    return {"file": file, **grid.stamp, **rows}


def grids_written(output: Path, grids: Mapping[Path, Grid], idle: Sequence[str]) -> Iterator[Part]:
    """`ptce jury grid -o`: the grids, and the institutions that are asked nothing."""
    for file, grid in grids.items():
        count = n_("{count} candidature", "{count} candidatures", len(grid.rows))
        yield page.lead(grid.institution, count)
        if not grid.rows:
            text = _("No candidature waits for the marks of this institution: the grid is empty.")
            yield page.say(text)
        yield page.say(_("Written: {file}"), file=file)
    if idle:
        text = _("No grid is written for these: no candidature waits for their marks: {names}")
        yield page.say(text, names=", ".join(idle))
    if grids:
        yield page.suggest(f"ptce jury grid --import {shlex.quote(str(output))}")


def grids_question(changes: Sequence[FormChanges], count: int) -> str:
    if len(changes) == 1:
        return changes[0].question
    text = _("Record these {grids} grids, for {count} candidatures?")
    return text.format(grids=len(changes), count=count)


def grid_changes(process: Process, file: Path, taken: GridReading, filled: Returned) -> FormChanges:
    """The changes of a grid, candidature by candidature; marks in hundredths for programs."""
    sheet, count = process.definition.sheets[taken.panel], len(taken.changed)
    shown = table(
        process,
        taken.changed,
        Col(_("ref."), "case.ref"),
        Col(noun_of, lambda row: name_of(process, row.case), flexible=True),
        Col(_("what changes"), lambda row: _change_texts(sheet, row), flexible=True),
    )
    changes = [
        JsonObject(change, ref=row.case.ref) for row in taken.changed for change in row.changes
    ]
    left = [cell for cells in filled.left.values() for cell in cells]
    data = JsonObject(
        taken, file=file, rows=len(taken.rows), recorded=count, changes=changes, left=left
    )
    lead = page.lead(institution_label(process, taken.institution), file.name)
    texts = (*filled.differences(), *_counts(taken))
    counts = [page.line(text) for text in texts]
    if not count:
        unchanged = page.say(_("Nothing changes: nothing was recorded."))
        return FormChanges(data, "", (lead, *counts), (unchanged,))
    advice = n_(
        "Recorded for {count} candidature, in one line of the ledger.",
        "Recorded for {count} candidatures, a line of the ledger each.",
        count,
    )
    return FormChanges(
        data,
        n_("Record this for {count} candidature?", "Record this for {count} candidatures?", count),
        (lead, shown, *counts),
        (page.say(advice), page.suggest("ptce jury rank")),
    )


def _change_texts(sheet: Sheet, row: Marked) -> Iterator[str]:
    # Imported here for start-up time.
    from ptce_workflow.office.grid import links_heading

    marks = [change for change in row.changes if change.field in sheet.criteria]
    fresh = sum(change.is_new for change in marks)
    if fresh:
        yield n_("{count} new mark", "{count} new marks", fresh)
    for change in row.changes:
        if change.field == LINKS:
            yield page.pair(links_heading(), _("no") if change.new == "-" else str(change.new))
            continue
        label = sheet.fields[change.field].label.text
        if change in marks and not change.is_new:
            yield page.pair(label, " → ".join(mark_text(mark) for mark in (change.old, change.new)))
        elif change not in marks:
            text = parted(("" if change.is_new else str(change.old or "")), str(change.new or ""))
            yield page.pair(label, text)


def _counts(taken: GridReading) -> Iterator[str]:
    same = sum(row.same for row in taken.rows)
    silent = sum(row.silent for row in taken.rows)
    lacking = sum(row.lacking for row in taken.rows)
    if same:
        yield n_(
            "{count} answer is recorded already.", "{count} answers are recorded already.", same
        )
    if silent:
        yield n_(
            "{count} cell is empty where something is recorded: it stays.",
            "{count} cells are empty where something is recorded: it stays.",
            silent,
        )
    if lacking:
        yield n_("{count} mark is still to come.", "{count} marks are still to come.", lacking)


def sheet_changes(file: Path, signed: Signed) -> FormChanges:
    """The changes of a sign-in sheet, answer by answer; for programs by the names of options."""
    count = len(signed.changes)
    shown = table(
        None,
        signed.changes,
        Col(_("ref."), "ref"),
        Col(_("who"), "who", flexible=True),
        Col(_("asked"), "asked", flexible=True),
        Col(_("before"), lambda one: _value_text(one.asked, one.before), flexible=True),
        Col(_("after"), lambda one: _value_text(one.asked, one.after), flexible=True),
    )
    data = signed.changes
    remarks = [page.line(remark) for remark in signed.remarks]
    if not count:
        unchanged = _("{file}: nothing to change.").format(file=file.name)
        return FormChanges(data, "", (*remarks, page.line(unchanged)))
    cases = len(signed.facts)
    text = n_("Recorded for {count} candidature.", "Recorded for {count} candidatures.", cases)
    return FormChanges(
        data,
        n_("Record this change?", "Record these {count} changes?", count),
        (shown, *remarks),
        (page.say(text),),
    )


def _value_text(asked: SignedFor, value: str | None) -> str:
    if value is None:
        return "–"
    if isinstance(asked, OptionField) and value in asked.options:
        return asked.options[value].text
    return value


def scored(process: Process, case: Candidature, institution: str) -> Iterator[Part]:
    label, definition = institution_label(process, institution), process.definition
    for name, given in case.scores.items():
        if institution not in given:
            continue
        sheet = definition.sheets[name]
        marks = given[institution]
        lacking = [criterion for criterion in sheet.needed if criterion not in marks]
        count, total = len([one for one in sheet.criteria if one in marks]), len(sheet.criteria)
        counted = n_("{count} mark of {total}", "{count} marks of {total}", count)
        given_by = page.pair(
            label, (counted.format(total=total) if total else _("opinion recorded"))
        )
        yield page.say(f"{named(process, case)} · {given_by}")
        text_by_criterion = {one: mark_text(marks[one]) for one in sheet.criteria if one in marks}
        if not sheet.criteria:
            # A panel that is only heard: what it wrote is all that it gives.
            texts = {
                one: case.private.get(comment_name(name, one, institution)) for one in sheet.fields
            }
            text_by_criterion = {one: text for one, text in texts.items() if text}
        for one, value in text_by_criterion.items():
            yield page.detail(page.pair(sheet.fields[one].label.text, value))
        if lacking:
            labels = (sheet.fields[criterion].label.text for criterion in lacking)
            yield page.detail(_("lacking: {labels}"), labels=", ".join(labels))
        answers = " ".join(f"{criterion}=…" for criterion in lacking)
        asked = f"ptce jury score {case.ref} {institution} {answers}"
        if len([one for one in definition.panels if institution in definition.seated(one)]) > 1:
            asked += f" --panel {name}"
        yield page.suggest(asked if lacking else f"ptce why {case.ref}")


def marks_rectified(
    process: Process, case: Candidature, mended: Sequence[Rectification]
) -> Iterator[Part]:
    """`ptce jury score --rectify`: each mark, before and after, and the means that it changes."""
    yield from rectified(process, case, mended)
    for panel in {one.name.partition(".")[0] for one in mended}:
        means = tuple(rectified_means(process, panel, case))
        yield from map(page.detail, means)
        if means and case.decided:
            text = _("What was decided stands until a sitting that rectifies decides again.")
            yield page.say(text)


def recused(
    process: Process, case: Candidature, institution: str, *, ranks: Mapping[str, int], lift: bool
) -> Iterator[Part]:
    label = institution_label(process, institution)
    if institution not in process.definition.config.institutions:
        text = _("{label} steps aside from {case}; its institution keeps its seat.")
        if lift:
            text = _("{label} may speak for its institution again about {case}.")
    elif lift:
        text = _("{label} scores and counts again for {case}.")
    else:
        text = _("{label} steps aside from {case}: it neither scores nor counts any more.")
    yield page.say(text, label=label, case=named(process, case))
    for name, sheet in process.definition.sheets.items():
        if institution in sheet.members and name not in case.closed:
            figures = figures_of(name, sheet, case)
            left = _("voices: {voices} of {expected} expected, {recused} stepped aside")
            yield page.detail(left, **figures)
            if "total" in figures:
                mean = hundredths(figures["total"], language())
                place = (
                    _("mean: {mean}; rank: {rank}") if name in ranks else _("mean so far: {mean}")
                )
                yield page.detail(place, mean=mean, rank=ranks.get(name))
    yield page.suggest(f"ptce why {case.ref}")


def declared(
    process: Process, panel: str, own: str, cases: Sequence[Candidature]
) -> Iterator[Part]:
    if not cases:
        yield page.say(_("It has nothing left to declare."))
        return
    sentence = process.definition.sheets[panel].declares
    yield page.above(institution_label(process, own))
    for case in cases:
        text = links_text(process, panel, own, case) or _("“{sentence}”").format(sentence=sentence)
        yield page.detail(page.pair(named(process, case), text))
    for case in cases:
        if own in linked(panel, case):
            yield page.suggest(f'ptce jury recuse {case.ref} {own} --reason "…"')


def declared_data(panel: str, own: str, cases: Sequence[Candidature]) -> list[dict[str, Any]]:
    of_panel = ((case.ref, case.declared.get(panel, {}).get(own)) for case in cases)
    answers = ((ref, None if links is None else bool(links)) for ref, links in of_panel)
    shared = {"panel": panel, "institution": own}
    return [{"ref": ref, **shared, "links": links} for ref, links in answers]


def conflicts_data(process: Process, found: Sequence[Conflict]) -> list[JsonObject]:
    name_field = process.definition.config.contest.name_field
    return [
        JsonObject(one, ref=one.case.ref, candidature=one.case.private.get(name_field))
        for one in found
    ]


def conflicts(process: Process, found: Sequence[Conflict]) -> Iterator[Part]:
    if not found:
        yield page.say(_("No dossier names an institution that would score it."))
        return
    text = n_(
        "{count} conflict of interest is to be looked at; nothing is recorded before you confirm.",
        "{count} conflicts of interest are to be looked at; nothing is recorded before you "
        "confirm them.",
        len(found),
    )
    yield page.say(text)
    for one in found:
        yield page.say("")
        label = institution_label(process, one.institution)
        yield page.line(f"{named(process, one.case)} · {label}")
        if one.field is None or one.name is None:
            lines = [_("it declares: {links}").format(links=one.text or _("(erased)"))]
        else:
            sheet_name, name, *cells = one.field.split(".")
            sheet = process.definition.sheets[sheet_name]
            columns = getattr(sheet.fields[name], "columns", {})
            labels = [sheet.label.text, sheet.fields[name].label.text]
            labels += [columns[cell].label.text for cell in cells if cell in columns]
            lines = [_('{label}: "{text}"').format(label=" · ".join(labels), text=one.text)]
            if one.name.casefold() != label.casefold():
                lines.append(_('known as "{name}"').format(name=one.name))
            if links := links_text(process, one.panel, one.institution, one.case):
                lines.append(links)
        yield Paragraph("\n".join(lines), hanging=2, level=1, heads=True)
        command = f'ptce jury recuse {one.case.ref} {one.institution} --reason "…"'
        yield page.advise("  {command}", command)


def rank_data(standing: Standing, without: Sequence[CutWithout] = ()) -> JsonObject:
    """`ptce jury rank --json`; marks and means in hundredths."""
    rows = [_row_data(standing, one) for one in standing.ranked]
    return JsonObject(standing, ranking=rows, without_each=without)


def _row_data(standing: Standing, one: RankedCandidature) -> JsonObject:
    definition = standing.process.definition
    sheet = definition.sheets[standing.panel]
    own = own_means(standing.panel, sheet, one.case).values()
    return JsonObject(
        one,
        name=one.case.private.get(definition.config.contest.name_field),
        lowest_voice=min(own, default=None),
        highest_voice=max(own, default=None),
        criteria={name: one.figures.get(name) for name in sheet.criteria},
        outcome=standing.outcomes.get(one.case.id),
        decided=standing.decided.get(one.case.id),
    )


def sitting_data(process: Process, held: Deliberated, *, dry_run: bool) -> JsonObject:
    """`ptce deliberate --json`; means in hundredths."""
    panel = _sitting(process, held).panel
    return JsonObject(
        held,
        line=None if dry_run else held.line,
        written=not dry_run,
        votes=[_vote_data(ballot) for ballot in held.ballots],
        decisions=[
            JsonObject(
                decision,
                name=decision.case.private.get(process.definition.config.contest.name_field),
                mean=decision.case.panels[panel].get("total"),
                tries=[JsonObject(step, verdicts=verdicts_data(step)) for step in decision.steps],
            )
            for decision in held.decisions
        ],
    )


def _vote_data(ballot: Ballot) -> JsonObject:
    about = ballot.about
    return JsonObject(
        about,
        about="order" if isinstance(about, VotedOrder) else "deviation",
        refs=about.refs if isinstance(about, VotedOrder) else [about.ref],
        transition=about.transition if isinstance(about, Deviation) else None,
        aside=ballot.aside,
        casting=ballot.casting,
        carried=ballot.carried,
    )


def deliberated(process: Process, held: Deliberated, *, dry_run: bool) -> Iterator[Part]:
    """The meeting, its votes, its decisions; or that it decides nothing."""
    sitting = _sitting(process, held)
    title = sitting.label.text
    text = _("{sitting} · call {call}").format(sitting=title, call=held.call)
    yield page.lead(title, text.removeprefix(title).removeprefix(" · "))
    yield from map(page.detail, _people(process, held, sitting))
    there = (*held.agenda.present, *held.agenda.heard)
    if unnamed := [name for name in there if name not in held.agenda.persons]:
        yield page.detail(_("the minutes name nobody for: {names}"), names=", ".join(unnamed))
        if dry_run:
            command = f"ptce deliberate --present {unnamed[0]}=P-…"
            yield page.advise(_("To name who is enrolled and sits there: {command}"), command)
    for ballot in held.ballots:
        yield page.say("")
        yield from map(page.detail, _ballot(process, sitting, ballot))
    if held.decided:
        yield _decisions(process, sitting, held)
        if not dry_run:
            text = _("The sitting is in the ledger, from line {first} to line {last}.")
            yield page.say(text, first=held.line, last=held.closed)
            return
        yield from letters_ahead(process, held.letters)
        return
    yield page.say("")
    yield page.say(_("Nothing would be decided: rules stand in the way."))
    yield from map(page.detail, _obstacles(process, held))


def outcome(
    process: Process, held: Deliberated, waiting: Sequence[Posted], *, dry_run: bool
) -> Iterator[Part]:
    """`ptce deliberate`: the sitting, its mails and minutes. Raises: PtceError."""
    if not held.decided:
        raise undecided(process, held, dry_run=dry_run)
    yield from deliberated(process, held, dry_run=dry_run)
    if dry_run:
        yield page.aside(_("Nothing was changed."))
        return
    decided = {one.case.ref for one in held.decisions}
    count = sum(one.ref in decided for one in waiting)
    if count:
        text = n_(
            "{count} mail tells of it and is held until released: {command}",
            "{count} mails tell of it and are held until released: {command}",
            count,
        )
        yield page.advise(text, "ptce mail list --state held")
    yield page.suggest("ptce minutes -o minutes.docx")


def undecided(process: Process, held: Deliberated, *, dry_run: bool) -> PtceError:
    """The error for rules that stood in the way: each rule, for whom, and its article."""
    what = n_(
        "Nothing is decided: rules stood in the way of every decision on {count} candidature.",
        "Nothing is decided: rules stood in the way of every decision on {count} candidatures.",
        sum(decision.made is None and bool(decision.steps) for decision in held.decisions),
    )
    why = [*_people(process, held, _sitting(process, held)), *_obstacles(process, held)]
    if dry_run:
        mend = _("Nothing was changed.")
    else:
        text = _(
            "The sitting is in the ledger, from line {first} to line {last}; the next one will be "
            "call {call}."
        )
        if held.next_call == held.call:
            text = _(
                "The sitting is in the ledger, from line {first} to line {last}. It was not duly "
                "called, or lacked more than a quorum: the next one is call {call} again."
            )
        mend = text.format(first=held.line, last=held.closed, call=held.next_call)
    return PtceError(what, "\n".join(why), mend)


def _sitting(process: Process, held: Deliberated) -> Sitting:
    return process.definition.config.sittings[held.name]


def _people(process: Process, held: Deliberated, sitting: Sitting) -> Iterator[str]:
    asked, unreached = held.agenda, held.notice.unreached if held.notice else ()
    members = process.definition.seats(sitting)
    absent = [name for name in members if name not in asked.present]
    yield _("present: {count} of {members} institutions ({names})").format(
        count=len(asked.present), members=len(members), names=", ".join(asked.present)
    )
    if absent:
        yield _("absent: {names}").format(names=", ".join(absent))
    if asked.heard:
        yield _("heard: {names}").format(names=", ".join(asked.heard))
    for giver, bearer in asked.proxies.items():
        yield _("{giver} gives its voice to {bearer}").format(giver=giver, bearer=bearer)
    if asked.chair:
        yield _("chair: {name}").format(name=asked.chair)
    if unreached:
        yield _("not reached by a convocation: {names}").format(names=", ".join(unreached))


def _ballot(process: Process, sitting: Sitting, ballot: Ballot) -> Iterator[str]:
    about = ballot.about
    outcome = vote_text(carried=ballot.carried, casting=ballot.casting)
    if isinstance(about, VotedOrder):
        text = _("vote on the order {refs}: {outcome}")
        yield text.format(refs=", ".join(about.refs), outcome=outcome)
    else:
        label = edge_label(process, sitting.in_[0], about.transition)
        text = _("vote on {ref} → {label}: {outcome}")
        yield text.format(ref=about.ref, label=label, outcome=outcome)
    yield "  " + _("for: {ayes}; against: {noes}").format(
        ayes=", ".join(about.ayes) or "–", noes=", ".join(about.noes) or "–"
    )
    if ballot.aside:
        aside = ", ".join(ballot.aside)
        yield "  " + _("stepped aside, and did not vote: {labels}").format(labels=aside)
    yield "  " + _("reason: {reason}").format(reason=about.reason)


def _decisions(process: Process, sitting: Sitting, held: Deliberated) -> Table:
    return table(
        process,
        held.decisions,
        Col(_("rank"), lambda one: rank_text(one.rank, one.tied), number=True),
        Col(_("ref."), "case.ref"),
        Col(noun_of, lambda one: name_of(process, one.case), flexible=True),
        Col(_("mean"), lambda one: mean_of(one.case.panels[sitting.panel]), number=True),
        Col(_("decision"), lambda one: _decided(process, sitting, one), flexible=True),
    )


def _decided(process: Process, sitting: Sitting, one: Decision) -> str:
    assert one.made is not None
    decision = str(process.states[one.made.edge.to].label)
    if one.made.before.taken_up is not None:
        was = one.made.before.taken_up.state
        same, other = _("{decision} (as before)"), _("{decision} (was: {label})")
        text = same if was == one.made.edge.to else other
        decision = text.format(decision=decision, label=process.states[was].label)
    if one.instead is not None:
        label = edge_label(process, sitting.in_[0], one.instead)
        decision = _("{decision} (the ranking: {label})").format(decision=decision, label=label)
    return decision


def _obstacles(process: Process, held: Deliberated) -> Iterator[str]:
    """Each rule that did not hold, once for all candidatures in whose way it stood alike."""
    found: dict[tuple[str, ...], dict[str, None]] = {}
    edges: dict[tuple[str, ...], dict[str, None]] = {}
    for decision in held.decisions:
        if decision.made is not None:
            continue
        for step in decision.steps:
            verdicts = step.outcome.verdicts
            for rule in explain_rules(process, step.edge, verdicts, step.before, step.moment):
                if rule.answer is not RuleAnswer.HOLDS:
                    lines = tuple(rule.lines())
                    found.setdefault(lines, {})[decision.case.ref] = None
                    edges.setdefault(lines, {})[step.edge.transition.label.text] = None
    for lines, refs in found.items():
        yield _("{refs} → {labels}:").format(refs=", ".join(refs), labels=", ".join(edges[lines]))
        yield from lines
