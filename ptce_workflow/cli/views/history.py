"""A candidature's story, as it is printed: `ptce history`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.gazetteer import Gazetteer
from ptce_workflow.base.instants import from_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.views.dates import dated
from ptce_workflow.cli.views.dossier import headline
from ptce_workflow.cli.views.messages import message_story
from ptce_workflow.cli.views.people import role_label
from ptce_workflow.desk.reasons import UNSAID
from ptce_workflow.documents.report import Column, Report, Table, count, of_contest
from ptce_workflow.ledger import events
from ptce_workflow.ledger.messages import MESSAGE_LINES
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.telling import MARKS
from ptce_workflow.process.verdict import Answer

if TYPE_CHECKING:
    from ptce_workflow.desk.overview import Dossier
    from ptce_workflow.desk.stories import Told
    from ptce_workflow.process.process import Process

_BETWEEN = " · "
# More facts than these are told by how many there are on each sheet.
_MOST_FACTS = 3


def history_data(told: tuple[Told, ...]) -> list[dict[str, Any]]:
    """`ptce history --json`: the lines as they stand, and what is left of their side rows."""
    return [
        {
            "n": one.line.n,
            "at": one.line.at,
            "actor": one.line.actor,
            "type": one.line.type,
            "process": one.line.process,
            "data": one.line.data,
            "side": dict(one.side),
        }
        for one in told
    ]


def history_report(dossier: Dossier, told: tuple[Told, ...], now: datetime) -> Report:
    """`ptce history`: one line an event; below it the articles of what failed, and the reason."""
    instants = [from_text(one.line.at) for one in told]
    when, days = dated(_("when"), instants, dossier.process.zone, hours=True)
    columns = [
        Column("n", number=True, share=1),
        Column(when, share=2),
        Column(_("who"), share=2),
        Column(_("what"), flexible=True, below=True, share=9),
    ]
    rows = [
        [count(one.line.n), day, _who(one), "\n".join(_story(one, dossier.case))]
        for one, day in zip(told, days, strict=True)
    ]
    parts = (headline(dossier.process, dossier.case), Table(columns, rows))
    return of_contest(dossier.process, dossier.case.ref, now, parts)


def _who(one: Told) -> str:
    """The roles and the pseudonym; of a juror the latter: the line names the institution."""
    roles = "/".join(role_label(role) for role in one.roles if role != "jury")
    return roles if one.line.actor in one.roles else f"{roles} {one.line.actor}".strip()


def _story(one: Told, case: Case) -> Iterator[str]:
    data, process = one.line.data, one.process
    if one.line.type in MESSAGE_LINES:
        yield from message_story(one)
    match one.line.type:
        case events.CANDIDATURE_OPENED:
            yield _("candidature opened: {state}").format(state=state_label(process, data["to"]))
            if data["origin"] is not None:
                yield _("handed over by {contest}, where it is {ref}").format(**data["origin"])
        case events.CANDIDATURE_HANDED_OVER:
            yield _("handed over to {contest}, where it is {ref}").format(**data)
        case events.FACTS_RECORDED:
            yield from _facts(process, data)
        case events.SCORES_GIVEN:
            institution = process.definition.config.institutions[data["institution"]]
            count = len(data["scores"])
            marks = n_("{count} mark", "{count} marks", count).format(count=count)
            yield _("{label}: {value}").format(label=institution.label.in_(language()), value=marks)
        case events.INSTITUTION_RECUSED | events.RECUSAL_LIFTED:
            yield _stepped_aside(process, one.line.type, data["institution"])
        case events.RANK_RECORDED:
            yield _BETWEEN.join(_placed(data))
        case events.DEVIATION_DECIDED:
            yield from _departed(process, data)
        case events.TRANSITION_MADE:
            made = (state_label(process, data["to"]), *_received(one), *_met(data))
            yield _BETWEEN.join(made)
            yield from _unmet(one, case)
        case events.TRANSITION_REFUSED:
            way = process.ways(data["from"])[data["transition"]]
            label = way.transition.label.in_(language())
            yield _BETWEEN.join((_("refused: {label}").format(label=label), *_met(data)))
            yield from _unmet(one, case)
    if one.side.get("reason", UNSAID) != UNSAID:
        yield _("reason: {reason}").format(reason=one.side["reason"])


def _stepped_aside(process: Process, kind: str, institution: str) -> str:
    label = process.definition.config.institutions[institution].label.in_(language())
    if kind == events.RECUSAL_LIFTED:
        return _("{label} scores and counts again").format(label=label)
    return _("{label} steps aside").format(label=label)


def _placed(data: Any) -> Iterator[str]:
    yield _("rank {rank}").format(rank=data["rank"])
    if data["tied"] > 1:
        yield _("shared by {count}").format(count=data["tied"])
    if data["vote"] is not None:
        yield _("place in the vote: {place}").format(place=data["vote"])


def _departed(process: Process, data: Any) -> Iterator[str]:
    yield _("voted: {label}").format(label=_way_label(process, data["transition"]))
    if data["instead"] is not None:
        label = _way_label(process, data["instead"])
        yield _("the ranking would have given: {label}").format(label=label)


def _way_label(process: Process, name: str) -> str:
    """What people call a transition, from wherever it leaves."""
    labels = (way.transition.label for way in process.every_way() if way.name == name)
    return next((label.in_(language()) for label in labels), name)


def _facts(process: Process, data: Any) -> Iterator[str]:
    names = sorted({*data["facts"], *data["given"]})
    if names:
        yield _("recorded: {labels}").format(labels=_labels(process, names))
    if data["removed"]:
        yield _("withdrawn: {labels}").format(labels=_labels(process, data["removed"]))


def _labels(process: Process, names: list[str]) -> str:
    """Each field by its label; or, where there are many, how many of each sheet."""
    fields = {name: process.definition.field(name) for name in names}
    if len(names) <= _MOST_FACTS:
        return ", ".join(field.label.in_(language()) for field in fields.values() if field)
    sheets = [name.partition(".")[0] for name, field in fields.items() if field]
    return ", ".join(
        n_("{label} ({count} answer)", "{label} ({count} answers)", sheets.count(sheet)).format(
            label=process.definition.sheets[sheet].label.in_(language()), count=sheets.count(sheet)
        )
        for sheet in dict.fromkeys(sheets)
    )


def _received(one: Told) -> Iterator[str]:
    """When what counts as received arrived, unless it was at the very moment of the line."""
    text = one.line.data["received_at"]
    if text is not None and text != one.line.at:
        when = speech.short_instant(from_text(text), one.process.zone, language())
        yield _("received on {when}").format(when=when)


def _met(data: Any) -> Iterator[str]:
    """How many rules held."""
    held = sum(answer == "holds" for answer in data["verdicts"].values())
    if held:
        yield n_("{count} rule met", "{count} rules met", held).format(count=held)


def _unmet(one: Told, case: Case) -> Iterator[str]:
    """What each rule that did not hold says, and on what it rests."""
    data = one.line.data
    way = one.process.ways(data["from"])[data["transition"]]
    teller = Teller(one.process, language(), Gazetteer)
    # Of what was known that day the line keeps totals; facts of today would make it say too much.
    at = from_text(one.line.at)
    then = Case(case.id, case.ref, data["from"], at, one.line.n, entered=case.entered)
    moment = Moment(at, totals=data["totals"])
    for name, answer in data["verdicts"].items():
        if answer != Answer.HOLDS.value:
            rule = way.rules[name]
            ground = rule.source.in_(language()) if rule.source else _("choice of the organiser")
            yield f"{MARKS[Answer(answer)]} {teller.says(rule, then, moment)} ({ground})"


def state_label(process: Process, name: str) -> str:
    """What people call a state; its name when the process no longer has it."""
    state = process.states.get(name)
    return state.label.in_(language()) if state else name
