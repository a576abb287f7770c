"""The book of a replay page: all that the page says beside the ledger's own bytes.

What each line tells is told here, in both languages, as `ptce history` tells it; the page shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.history import Told
from ptce_workflow.app.jury.cutoff import counted_apart, sitting_of, targets
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.runtime import VERSION, pieces
from ptce_workflow.base.words import LANGUAGES, _, language, n_, speaking
from ptce_workflow.ledger.events.base import Say
from ptce_workflow.papers.replay.findings import KINDS
from ptce_workflow.papers.replay.gathering import GROUPS, PageContents
from ptce_workflow.papers.replay.names import NameChoice, let_through
from ptce_workflow.papers.replay.words import WORDS
from ptce_workflow.papers.telling import Narrator, Parts, Telling, actor_told, told
from ptce_workflow.process.citations import NotThere, cited, works_of
from ptce_workflow.process.explain import General, ground_of
from ptce_workflow.process.layout import Layout, laid_out
from ptce_workflow.process.letters.outbox import ASKING, Stage, label_of
from ptce_workflow.process.letters.recipients import CONTACT
from ptce_workflow.process.model.shared import Rule, Text
from ptce_workflow.process.panel.figures import order_keys
from ptce_workflow.process.process import Process, institution_label, noun_of

if TYPE_CHECKING:
    from ptce_workflow.app.cases.whole import Whole
    from ptce_workflow.process.rules.case import Case

TROUBLE = {*ASKING, Stage.EXPIRED} - {Stage.HELD}
"""The stages that an auditor asks about: a mail that is held only waits to be read."""

Both = dict[str, str]
"""What is said, in each language."""
Book = dict[str, Any]


def both(said: Callable[[], str]) -> Both:
    """What is said, in each language."""
    found: Both = {}
    for spoken in LANGUAGES:
        with speaking(spoken):
            found[spoken] = said()
    return found


def _phrase(text: Text) -> Both:
    return {spoken: text.in_(spoken) for spoken in LANGUAGES}


def book_of(ledger: Whole, found: PageContents, names: NameChoice) -> Book:
    """The book of a ledger that was gone through."""
    process, cases = ledger.process, ledger.state.cases
    config = process.definition.config
    places = {id_: place for place, id_ in enumerate(cases)}
    return {
        "contest": {
            "id": ledger.contest,
            "title": _phrase(config.contest.title),
            "zone": config.contest.timezone,
            "rehearsal": ledger.rehearsal,
            "noun": both(lambda: noun_of(process)),
        },
        "made": {
            "at": to_text(ledger.now),
            "by": f"ptce {VERSION}",
            "lines": ledger.count,
            "head": ledger.head,
            "names": names.value,
            "opened": len(found.side),
            "commitments": found.commitments,
            "erased": len(found.gone),
            "says": _said(found, names, process),
        },
        "language": language(),
        "words": {spoken: _words(spoken) for spoken in LANGUAGES},
        **_graph(ledger, found),
        **_rules(ledger, found),
        "cases": [_case(one, ledger, names) for one in cases.values()],
        **_lines(ledger, found, cases, names),
        "groups": [
            {"name": name, "label": both(partial(_, label))} for name, label in GROUPS.items()
        ],
        "marks": found.marks,
        "kinds": {kind: both(partial(_, heading)) for kind, heading in KINDS.items()},
        **_mails(ledger, found, places),
        "panels": list(_panels(process)),
        "side": found.side,
        "gone": found.gone,
    }


def _said(found: PageContents, names: NameChoice, process: Process) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for spoken in LANGUAGES:
        with speaking(spoken):
            panels = bool(process.definition.panels)
            told[spoken] = list(_told_of_names(found, names, panels=panels))
    return told


def _told_of_names(found: PageContents, names: NameChoice, *, panels: bool) -> Iterator[str]:
    """What was left out of a page, what of it can be checked, and that no erasure reaches it."""
    match names:
        case NameChoice.ALL:
            yield _("Nothing is left out: names, addresses, reasons and comments stand here.")
        case NameChoice.PUBLIC:
            yield _(
                "Left out: addresses, reasons, comments, and every answer that may be erased, but "
                "for the names of the collectives. People go by their pseudonym."
            )
        case NameChoice.NONE:
            yield _(
                "Left out: all that may be erased, the names of the collectives too. People go by "
                "their pseudonym."
            )
    opened, all_ = (
        speech.number(count, language()) for count in (len(found.side), found.commitments)
    )
    yield _("Fingerprints of erasable texts that can be compared here: {opened} of {all}.").format(
        opened=opened, all=all_
    )
    if found.gone:
        yield n_(
            "{count} was erased before this page was made.",
            "{count} were erased before this page was made.",
            len(found.gone),
        ).format(count=speech.number(len(found.gone), language()))
    if panels:
        yield _("Every mark stands here, those that are still closed to members of the panel too.")
    yield _(
        "What is erased later stays in every copy of this file: an erasure cannot reach a file "
        "that has left."
    )


def _words(spoken: str) -> dict[str, str | list[str]]:
    with speaking(spoken):
        return {
            key: _(words) if isinstance(words, str) else [n_(*words, 1), n_(*words, 2)]
            for key, words in WORDS.items()
        }


def _graph(ledger: Whole, found: PageContents) -> Book:
    """The states that any process had, how they are drawn, the dates, and the processes."""
    states: dict[str, Book] = {}
    for process in (ledger.process, *map(ledger.process_of, reversed(found.processes))):
        for name, state in process.states.items():
            told = {"name": name, "label": _phrase(state.label), "ends": state.ends}
            states.setdefault(name, told)
    process = ledger.process
    dates = process.definition.config.dates
    fixed = sorted(process.dates.fixed.items(), key=lambda date: date[1])
    return {
        "states": list(states.values()),
        "renamed": found.renamed,
        "layout": dict(
            zip(("wide", "tall"), (_drawn(process, one) for one in laid_out(process)), strict=True)
        ),
        "dates": [
            {"name": name, "label": _phrase(dates[name].label), "at": to_text(at)}
            for name, at in fixed
        ],
        "processes": [{"hash": hash_, "from": n} for hash_, n in found.processes.items()],
    }


def _drawn(process: Process, layout: Layout) -> Book:
    ways = [way for way in process.every_way() if way.moves]
    arrows = []
    for arrow in layout.arrows:
        own = [one for one in ways if (one.origin, one.to) == (arrow.origin, arrow.to)]
        labels = [one.transition.label for one in own]
        arrows.append(
            {
                "from": arrow.origin,
                "to": arrow.to,
                "path": arrow.path,
                "transitions": [one.name for one in own],
                "label": {to: " · ".join(one.in_(to) for one in labels) for to in LANGUAGES},
            }
        )
    size = {"width": layout.width, "height": layout.height}
    return {**size, "boxes": dict(layout.boxes), "arrows": arrows}


def _rules(ledger: Whole, found: PageContents) -> Book:
    """The transitions that lines cite, and their rules: what each says, on what it rests."""
    rules, ways = {}, {}
    for hash_, holder, name in found.ways:
        process = ledger.process_of(hash_)
        way = process.ways(holder).get(name)
        if way is None:
            continue
        key = f"{hash_[:12]}/{holder}.{name}"
        ways[key] = _phrase(way.transition.label)
        tellers = [General(process, spoken) for spoken in LANGUAGES]
        for rule_name, rule in way.rules.items():
            rules[f"{key}.{rule_name}"] = {
                "says": {one.language: one.sentence(rule) for one in tellers},
                "ground": both(partial(ground_of, rule)),
                "quote": _quoted(process, rule),
            }
    return {"rules": rules, "ways": ways}


def _quoted(process: Process, rule: Rule) -> list[str]:
    """The passages of the rulebook that a rule cites, as they stand there."""
    try:
        passages = () if rule.source is None else cited(rule.source.phrase, works_of(process.files))
    except NotThere:
        return []
    return [f"{one.name}\n{one.words}" for one in passages]


def _case(case: Case, ledger: Whole, names: NameChoice) -> Book:
    name_field = ledger.process.definition.config.contest.name_field
    name = case.private.get(name_field)
    shown = None if names is NameChoice.NONE else name
    erased = name is None and name_field in case.given
    return {"id": case.id, "ref": case.ref, "name": shown, "erased": erased}


def _lines(
    ledger: Whole, found: PageContents, cases: Mapping[str, Case], names: NameChoice
) -> Book:
    """What each line tells, who acted, and what of it calls for a question; in each language."""
    sentences: dict[str, list[list[str]]] = {spoken: [] for spoken in LANGUAGES}
    known: dict[str, Parts] = {}
    who: list[Both] = []
    known_as: dict[object, int] = {}
    places = {id_: place for place, id_ in enumerate(cases)}
    by: list[int] = []
    first: list[Book] = []
    for steps in pieces(ledger.steps(_("Telling the ledger"))):
        tellings: list[Telling] = []
        for step in steps:
            line, process = step.line, ledger.process_of(step.line.process)
            name_field = process.definition.config.contest.name_field
            one = ledger.told(step, let_through(step.sides, names, name_field))
            kept_back = bool(step.sides) and names is not NameChoice.ALL
            actor = line.actor, line.by, one.roles
            if actor not in known_as:
                known_as[actor] = len(who)
                who.append(both(partial(actor_told, one)))
            by.append(known_as[actor])
            parts = known.setdefault(line.case or "", {})
            tellings.append(_told(one, cases, parts, kept_back=kept_back))
            for finding in found.findings.get(line.n, ()):
                case = None if finding.case is None else places[finding.case]
                why = both(partial(_why, Narrator(one, cases=cases), finding.why))
                first.append({"kind": finding.kind, "n": line.n, "case": case, "why": why})
        for spoken in LANGUAGES:
            with speaking(spoken):
                sentences[spoken] += [say() for say in tellings]
    told_by = {spoken: [one[spoken] for one in who] for spoken in LANGUAGES}
    return {"told": sentences, "who": told_by, "by": by, "look_first": first}


def _told(one: Told, cases: Mapping[str, Case], known: Parts, *, kept_back: bool) -> Telling:
    case = cases.get(one.line.case or "")
    if case is not None:
        return told(one, case, known, kept_back=kept_back)
    return Narrator(one, cases=cases).telling()


def _why(narrator: Narrator, why: Say) -> str:
    return " ".join(narrator.sentences(iter([why])))


def _mails(ledger: Whole, found: PageContents, places: Mapping[str, int]) -> Book:
    stages = {stage: place for place, stage in enumerate(Stage)}
    mails = []
    for one in found.mails.values():
        known = ledger.process_of(one.process).definition.notifications.get(one.notification)
        mails.append(
            {
                "name": one.name,
                "label": dict.fromkeys(LANGUAGES, one.notification)
                if known is None
                else _phrase(known.label),
                "case": None if one.case is None else places[one.case],
                "to": _reader(ledger, one.recipient),
                "due": one.due,
                "steps": [[n, stages[Stage(stage)]] for n, stage in one.steps],
                "late": one.late,
            }
        )
    told = [
        {
            "name": stage.value,
            "label": both(partial(label_of, stage)),
            "trouble": stage in TROUBLE,
        }
        for stage in Stage
    ]
    return {"mails": mails, "stages": told}


def _reader(ledger: Whole, recipient: str) -> Both:
    """Who reads a mail: the collective, or somebody enrolled by their pseudonym."""
    if recipient == CONTACT:
        return both(lambda: _("the collective"))
    person = ledger.state.people.get(recipient)
    if person is None or person.institution is None:
        return dict.fromkeys(LANGUAGES, recipient)
    institution, process = person.institution, ledger.process
    return both(lambda: f"{recipient} {institution_label(process, institution)}")


def _of_sitting(process: Process, panel: str) -> Book:
    """The states before the sitting of a panel, those to which it leads, and its first decision."""
    found = sitting_of(process, panel)
    if found is None:
        return {"before": [], "decided": [], "first": [], "apart": False}
    sitting = found[1]
    return {
        "before": list(sitting.in_),
        "decided": sorted(targets(process, sitting, sitting.decides)),
        "first": sorted(targets(process, sitting, sitting.decides[:1])),
        "apart": bool(counted_apart(process, sitting)),
    }


def _panels(process: Process) -> Iterator[Book]:
    definition = process.definition
    for name in definition.panels:
        sheet = definition.sheets[name]
        marks = [scale for scale in sheet.scales.values() if len(scale)]
        yield {
            "name": name,
            "label": _phrase(sheet.label),
            "scale": [min(one[0] for one in marks), max(one[-1] for one in marks)] if marks else [],
            "criteria": [
                {"name": one, "label": _phrase(sheet.fields[one].label)} for one in sheet.criteria
            ],
            "members": [
                {"name": one, "label": both(partial(institution_label, process, one))}
                for one in sheet.members
            ],
            "order": order_keys(sheet)[0][0],
            **_of_sitting(process, name),
        }
