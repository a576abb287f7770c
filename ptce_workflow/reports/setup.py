"""Reports on a contest's folder and people: init, check, adopt."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ptce_workflow.base.words import N_, _, language, local_time, n_, short_instant
from ptce_workflow.office import page
from ptce_workflow.office.page import Paragraph, Part, difference
from ptce_workflow.process.calendar import days_until
from ptce_workflow.process.process import Process, to_the_minute
from ptce_workflow.reports.listing import Col, table
from ptce_workflow.reports.mail import reads
from ptce_workflow.reports.retention import named
from ptce_workflow.reports.telling import limit_text

if TYPE_CHECKING:
    from ptce_workflow.app.adopt import Adoption
    from ptce_workflow.app.create import Created, PastDates, Scaffold
    from ptce_workflow.base.errors import Finding
    from ptce_workflow.base.runtime import Clock


def faults(folder: Path, findings: Sequence[Finding]) -> Iterator[Part]:
    yield from _findings(folder, findings)
    yield page.verdict("", n_("{count} fault.", "{count} faults.", len(findings)), good=False)


def _findings(folder: Path, findings: Sequence[Finding]) -> Iterator[Part]:
    # Terminals and editors open what is named from where they are.
    under = "" if folder.resolve() == Path.cwd() else f"{folder}/"
    for finding in findings:
        yield page.lead(f"{under}{finding.place}", finding.key)
        for part in filter(None, (finding.what, finding.why, finding.mend)):
            yield Paragraph(part, level=1)
        yield Paragraph("", heads=True)


def sound(folder: Path, process: Process, remarks: Sequence[Finding]) -> Iterator[Part]:
    yield from _findings(folder, remarks)
    definition = process.definition
    every = (rule for edge in process.every_edge() for rule in edge.rules.values())
    counts = (
        n_("{count} state", "{count} states", len(process.states)),
        n_("{count} rule", "{count} rules", sum(not rule.goes_without_saying for rule in every)),
        n_("{count} sheet", "{count} sheets", len(definition.sheets)),
    )
    title = definition.config.contest.title.text
    yield page.say(_("{title}: no fault ({text})."), title=title, text=", ".join(counts))
    yield page.say(_("Process {hash}"), hash=process.hash[:12])
    if remarks:
        yield page.say(n_("{count} remark, above.", "{count} remarks, above.", len(remarks)))


def adopted(adoption: Adoption, *, dry_run: bool) -> Iterator[Part]:
    if not adoption.changes:
        yield page.say(_("The folder is the process in force; there is nothing to adopt."))
        return
    yield difference(adoption.difference)
    if adoption.words_alone:
        yield page.say(_("Only words change: no rule, no date, nothing that is asked."))
    for moved in adoption.moved:
        yield Paragraph(moved, hanging=2, level=1, heads=True)
    if dry_run:
        yield from _limits(adoption)
        yield from _verdicts(adoption)
        yield from _mails(adoption)
        found = adoption.consequences.notices
        if found:
            yield page.above(_("Told the old date already:"))
        for one in found:
            date = adoption.before.definition.config.dates[one.date].label.text
            label = _label_of_mail(adoption, one.notification)
            yield page.detail(" · ".join((date, label, page.some(one.to, _MOST))))
        yield from _forms(adoption)
        yield from _calls(adoption)
        command = 'ptce adopt --reason "…"'
        yield page.advise(_("Nothing was changed. To adopt it: {command}"), command)
        return
    text = _("Process {hash} is in force (line {line}).")
    yield page.say(text, hash=adoption.after.hash[:12], line=adoption.line)
    if adoption.held:
        text = n_(
            "{count} mail has to be read before it leaves: {names}",
            "{count} mails have to be read before they leave: {names}",
            len(adoption.held),
        )
        yield page.say(text, names=", ".join(adoption.held))
        yield page.suggest(reads(adoption.held))
    yield from _calls(adoption)


def _calls(adoption: Adoption) -> Iterator[Part]:
    """The sittings that are called for another hour than their date, and how to call them anew."""
    process = adoption.after
    for one in adoption.calls:
        label = process.definition.config.sittings[one.sitting].label.text
        text = _("{sitting} is called for {when}, which is its date no more.")
        yield page.say(text, sitting=label, when=to_the_minute(process, one.called))
        if one.convocations:
            text = _("Convocations with that hour: {names}")
            yield page.detail(text, names=", ".join(one.convocations))
        at = local_time(one.date, process.zone).strftime("%d/%m/%Y %H:%M")
        command = f'ptce convene {one.sitting} --at "{at}"'
        yield page.advise(_("To call it for its new date: {command}"), command)


def over(adoption: Adoption) -> Iterator[Part]:
    """Before `ptce adopt` asks: dates that are over, limits that a sitting read, and for whom."""
    spoken = language()
    for one in adoption.over:
        dates = adoption.before.definition.config.dates
        text = _("{label} was {before}; it would be {after}.")
        none = _("no more")
        before, after = (
            none if at is None else to_the_minute(adoption.after, at)
            for at in (one.before, one.after)
        )
        yield page.line(text, label=dates[one.date].label.in_(spoken), before=before, after=after)
    yield from _limits(adoption)
    yield from _verdicts(adoption)


_ANSWERS = {
    "allowed": N_("possible"),
    "refused": N_("refused"),
    "unknown": N_("not known yet"),
    None: N_("no such way"),
}
_MOST = 12


def _limits(adoption: Adoption) -> Iterator[Part]:
    for one in adoption.consequences.limits:
        yield page.line(limit_text(adoption.before, one))
        could = [f"{ref} ({label})" for ref, label in one.could]
        names = page.some(could, _MOST) or _("nobody")
        yield page.detail(_("could move now: {names}"), names=names)


def _verdicts(adoption: Adoption) -> Iterator[Part]:
    """The candidatures that may go otherwise than before, together where they turn alike."""
    alike: dict[tuple[str, str, str | None, str | None, tuple[str, ...]], list[str]] = {}
    for verdict in adoption.consequences.verdicts:
        key = (verdict.state, verdict.transition, verdict.before, verdict.after, verdict.rules)
        alike.setdefault(key, []).append(verdict.ref)
    if alike:
        yield page.above(_("Verdicts that turn:"))
    for (state, transition, before, after, rules), refs in alike.items():
        both = (one.edges(state).get(transition) for one in (adoption.after, adoption.before))
        label = next((edge.transition.label.text for edge in both if edge), transition)
        text, then, now = _("{label}: {before} → {after}"), _ANSWERS[before], _ANSWERS[after]
        text = text.format(label=label, before=_(then), after=_(now))
        texts = (text, ", ".join(rules), page.some(refs, _MOST))
        yield page.detail(" · ".join(filter(None, texts)))


def _mails(adoption: Adoption) -> Iterator[Part]:
    found = adoption.consequences.mails
    if found:
        yield page.above(_("Mails that move:"))
    for one in found:
        counts = (
            (n_("{count} moves", "{count} move", one.moved), one.moved),
            (n_("{count} more", "{count} more", one.planned), one.planned),
            (n_("{count} no more", "{count} no more", one.cancelled), one.cancelled),
            (n_("{count} new entry", "{count} new entries", one.updates), one.updates),
        )
        texts = [text for text, count in counts if count]
        if one.first is not None:
            zone, spoken = adoption.after.zone, language()
            texts.append(" → ".join(short_instant(at, zone, spoken) for at in one.first))
        yield page.detail(f"{_label_of_mail(adoption, one.notification)} · {', '.join(texts)}")


def _forms(adoption: Adoption) -> Iterator[Part]:
    found, definition = adoption.consequences.forms, adoption.before.definition
    if found:
        text = _("Forms that may be out to be filled in (no line tells which were written):")
        yield page.above(text)
    for one in found:
        sheet = definition.sheets.get(one.form)
        if sheet is None:
            label = definition.config.dates[one.form].label
            text = _("Sign-in sheet: {date}").format(date=label)
        else:
            grids = n_("{label}: {count} grid at most", "{label}: {count} grids at most", one.count)
            text = grids.format(label=sheet.label.text)
        sentence = _("they stay valid")
        if one.otherwise:
            sentence = _("these columns are not taken any more, the others are: {labels}")
            sentence = sentence.format(labels=", ".join(one.otherwise))
        yield page.detail(f"{text} · {sentence}")


def _label_of_mail(adoption: Adoption, name: str) -> str:
    for process in (adoption.after, adoption.before):
        if name in process.definition.mails:
            return process.definition.mails[name].label.text
    return name


def created(folder: Path, contest: Created, clock: Clock | None) -> Iterator[Part]:
    title = contest.process.definition.config.contest.title.text
    # "." and ".." name nothing once they are read elsewhere, nor at the end of a sentence.
    shown = folder if folder.name not in ("", "..") else folder.resolve()
    yield page.say(_("{title}: the contest has begun in {folder}."), title=title, folder=shown)
    if contest.copied:
        yield page.say(_("The folder holds a model: rewrite it, then adopt it."))
        yield from _dates_of(contest, contest.copied, shown)
    if contest.rehearsal:
        text = _("It is a rehearsal, and its ledger says so: `ptce clock` sets its clock.")
        if clock is not None:
            when = to_the_minute(contest.process, clock.now())
            text += " " + _("It stands at {when}.").format(when=when)
        yield page.say(text)
    login, who = contest.person.private.get("login", ""), contest.person.pseudonym
    yield page.say(_("{login} is enrolled as {who}, for the desk."), login=login, who=who)
    if contest.naming is not None:
        yield from named(contest.naming)
    if not contest.rehearsal:
        text = _("Nobody else can act if {login} cannot; enrol a second person: {command}")
        yield page.advise(text, _("ptce people enrol NAME --role desk --login LOGIN"), login=login)
    sheet = contest.process.definition.contact_sheet
    text = _("The blank form that people fill in and send, once the folder is yours: {command}")
    yield page.advise(text, f"ptce form {sheet} -o {sheet}.docx")
    there = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    yield page.suggest(f"{there}ptce check && ptce list")


def _dates_of(contest: Created, copied: Scaffold, folder: Path) -> Iterator[Part]:
    """The dates that were moved, and what is left to write anew; or the dates that are past."""
    if copied.moved:
        yield from _moved(contest.process, copied)
    if copied.past is not None:
        origin, before = copied.origin, ""
        if contest.naming is not None:
            # Contests of one database have an id each.
            new_id = f"{contest.process.definition.config.contest.id}-2"
            origin = replace(origin, settings={**origin.settings, "contest.id": new_id})
            before = f"PTCE_DATABASE={shlex.quote(contest.naming.url)} "
        words = [*origin.words(), "--shift", str(copied.past.shift)]
        words += ["--rehearsal"] if contest.rehearsal else []
        yield page.aside(past_dates(copied.past))
        command = before + shlex.join(("ptce", "init", f"{folder}-2", *words))
        text = _("To begin with all of them moved, elsewhere: {command}").format(command=command)
        yield page.aside(text)


def _moved(process: Process, copied: Scaffold) -> Iterator[Part]:
    dates, zone = process.definition.config.dates, process.zone
    both = sorted((o.before, o.after, o.date) for o in copied.moved if o.before and o.after)
    closer = [""]
    for (since, since_after, _one), (before, after, _other) in pairwise(both):
        was, now = days_until(before, since, zone), days_until(after, since_after, zone)
        closer.append(_("{before} → {after} days").format(before=was, after=now) * (now < was))
    yield page.say(_("These dates were moved:"))
    yield table(
        process,
        zip(both, closer, strict=False),
        Col(_("what"), lambda one: dates[one[0][2]], flexible=True),
        Col(_("before"), "0.0", hours=True),
        Col(_("after"), "0.1", hours=True),
        Col(_("to the one above"), "1"),
    )
    if copied.left:
        text = _("{label}: {value}")
        yield page.above(_("To be written anew, or looked at:"))
        yield page.bullets(text.format(label=where, value=what) for where, what in copied.left)


def past_dates(past: PastDates) -> str:
    text = n_("{count} date is past: {names}.", "{count} dates are past: {names}.", len(past.names))
    dates = past.process.definition.config.dates
    return text.format(names=", ".join(dates[name].label.text for name in past.names))
