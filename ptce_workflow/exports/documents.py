"""Documents of a contest: results, certificates, the marks of a candidature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.candidatures.decisions import remedies_text
from ptce_workflow.app.candidatures.history import Rectification, rectifications
from ptce_workflow.app.candidatures.why import PastMove, Ruling, ruling, stopping
from ptce_workflow.app.jury.marks import panel_name
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, fingerprint, language, long_date, n_, speaking
from ptce_workflow.ledger.line import digest
from ptce_workflow.office import page
from ptce_workflow.process import explain
from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext, comment_name
from ptce_workflow.process.check.places import Place, places
from ptce_workflow.process.fields import TableField, TextField
from ptce_workflow.process.markdown import RULEBOOK, CitedPassage, Work, cited, works_of
from ptce_workflow.process.model.base import Grounded, Rule
from ptce_workflow.process.model.defaults import choice_of
from ptce_workflow.process.model.definition import Date, Document, Limit, Receipt, item_of
from ptce_workflow.process.model.folder import text_file
from ptce_workflow.process.panel import asked_of
from ptce_workflow.process.process import (
    Process,
    counted,
    institution_label,
    name_of,
    named,
    noun_of,
    sheet_label,
    signature,
    to_the_minute,
)
from ptce_workflow.reports import ranking
from ptce_workflow.reports.listing import Col, table
from ptce_workflow.reports.why import by_whom

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.overview import Gathered
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.model.sheets import Sheet


class Disclosed(Struct, frozen=True):
    """The closed marks of a candidature in a panel.

    `decision` is the last decision that read them, if one was made; `remedies` what the folder says
    may be done against it, "" where it is favourable. `hash` is that of the line it all rests on;
    `rectified` are the marks that were mended.
    """

    process: Process
    panel: str
    case: Candidature
    moment: RuleContext
    hash: str
    decision: PastMove | None
    remedies: str
    rectified: tuple[Rectification, ...] = ()


def disclosed(contest: Contest, ref: str, panel: str | None = None) -> Disclosed:
    """The marks of a candidature in a panel. Raises: Misuse, PtceError."""
    with contest.looking() as tx:
        (case,) = tx.load([ref])
        process, ranked = tx.process, list(case.panels)
        name = panel_name(process.definition, panel or (ranked[0] if len(ranked) == 1 else None))
        if not process.is_closed(name, case):
            what = _("The marks of {ref} are not closed.").format(ref=ref)
            why = _("Before that they may still change, and nobody is told of them.")
            raise PtceError(what, why, _("`ptce why {ref}` shows the ways out.").format(ref=ref))
        seen = tx.seen(case)
        if name in seen.closed:
            raise PtceError(explain.closed_text(process, name, seen))
        moment, seal = tx.moment(case), digest(tx.unit.line(tx.contest, case.version))
        mended = rectifications(tx.unit, tx.contest, process, seen)
        mended = tuple(one for one in mended if "@" in one.name and one.name.startswith(f"{name}."))
        found, decision, remedies = ruling(tx, case), None, ""
        if found is not None and name in found.act.case.panels:
            decision = found.act
            remedies = remedies_text(process, case, moment, decision, language())
    return Disclosed(process, name, seen, moment, seal, decision, remedies, mended)


def printed(tx: Transaction, case: Candidature, name: str, language: str) -> page.Report:
    """A document of config.toml. Raises: PtceError while the candidature stands elsewhere."""
    process, document = tx.process, tx.process.definition.config.documents[name]
    if case.state not in document.in_:
        states = ", ".join(process.states[state].label.text for state in document.in_)
        what = _('{ref} stands in the state "{state}": this document is not printed there.')
        what = what.format(ref=case.ref, state=process.states[case.state].label)
        why = _("It is printed in: {states}.").format(states=states)
        raise PtceError(what, why, _("`ptce why {ref}` shows the ways out.").format(ref=case.ref))
    seal, moment = digest(tx.unit.line(tx.contest, case.version)), tx.moment(case)
    return compose(process, document, tx.seen(case), moment, seal=seal, language=language)


def compose(
    process: Process,
    document: Document,
    case: Candidature,
    moment: RuleContext,
    *,
    seal: str,
    language: str,
) -> page.Report:
    """The document; `seal` is its line's hash. Raises: PtceError for an empty list."""
    papers = explain.Papers(process, case, moment, language, document.lists)
    if empty := [name for name in document.lists if not papers.listed(name)]:
        conditions = (item_of(item)[1] for name in empty for item in document.lists[name])
        what = _("“{label}” is not printed for {ref}: it would have nothing to tell.")
        why = _("None of these conditions holds, or their values are not known: {list}.")
        why = why.format(list="; ".join(dict.fromkeys(filter(None, conditions))))
        mend = _("Record what happened: {command}").format(command=f"ptce record {case.ref} …")
        raise PtceError(what.format(label=document.label, ref=case.ref), why, mend)
    with speaking(language):
        return page.of_contest(
            process,
            document.label.text,
            moment.now,
            _parts(papers, document),
            f"{papers.name} · {case.ref}",
            _line_of(case, seal),
        )


def _line_of(case: Candidature, seal: str) -> str:
    text = _("{ref} · from the ledger, line {n}, {hash}")
    return text.format(ref=case.ref, n=case.version, hash=fingerprint(seal))


def decision_of(tx: Transaction, case: Candidature, language: str) -> page.Report:
    """The decision that stands on a candidature, to be signed. Raises: PtceError for none."""
    found = ruling(tx, case)
    if found is None:
        what = _("Nothing was decided on {ref}.").format(ref=case.ref)
        raise PtceError(what, mend=_("`ptce why {ref}` shows the ways out.").format(ref=case.ref))
    act, process = found.act, found.act.process
    remedies = remedies_text(tx.process, case, tx.moment(case), act, language)
    with speaking(language):
        title = _("Decision no. {number}").format(number=act.line)
        running = _line_of(act.case.but(version=act.line), found.hash)
        under, parts = named(process, act.case), _decided(found, remedies)
        return page.of_contest(process, title, act.entered, parts, under, running)


def _decided(found: Ruling, remedies: str) -> Iterator[page.Part]:
    """Who decided, what it rests on, the reasons, the decision, the ways of appeal, who signs."""
    act, process = found.act, found.act.process
    yield page.facts(by_whom(replace(act, reason="")))
    yield page.heading(_("Having regard to"))
    yield page.bullets(_visas(found))
    yield page.heading(_("Reasons"))
    if act.reason != "":
        yield page.say("{reason}", reason=_("(erased)") if act.reason is None else act.reason)
    yield from _stopped(act)
    if act.edge.rules:
        yield page.heading(_("What the rules ask"), 2)
        yield _rules_table(process, act.edge.rules)
    yield page.heading(_("Decision"))
    text = _("Sole article. {name}: {decision}. From here on its state is: {state}.")
    who, state = named(process, act.case), process.states[act.edge.to]
    yield page.say(text, name=who, decision=act.edge, state=state)
    if remedies:
        yield page.heading(_("Ways of appeal"))
        yield from _as_told(remedies)
    yield from _signed(process, act.at)


def _visas(found: Ruling) -> Iterator[str]:
    """The rules in force with what they cite, and what was received."""
    act, process = found.act, found.act.process
    own, works = process.edges(act.origin)[act.edge.name].transition, works_of(process.files)
    adopted = to_the_minute(process, found.adopted)
    yield _("the rules of the contest, adopted on {when}").format(when=adopted)
    rules = (*act.edge.rules, *stopping(act.edge.rules, act.better))
    sources = filter(None, (own.source, *(rule.source for rule in rules)) if works else ())
    passages = (passage for source in sources for passage in cited(source.phrase, works))
    for name, words in {one.name: one.words for one in passages}.items():
        yield _("{article}: “{words}”").format(article=name, words=words)
    for sheet, instants in act.case.received.items():
        label, when = sheet_label(process, sheet), to_the_minute(process, instants[-1])
        yield _("{sheet}, received on {when}").format(sheet=label, when=when)


def _as_told(remedies: str) -> Iterator[page.Part]:
    yield page.say(_("As the email that tells the decision says it:"))
    yield from page.written(remedies)


def _signed(process: Process, at: datetime) -> Iterator[page.Part]:
    """The place of the organiser, the day, and who signs for it."""
    organiser, day = process.definition.config.organiser, long_date(at, process.zone, language())
    if organiser is None:
        yield from page.signed("", day, [_("The contest desk")])
    else:
        text = _("For {organiser}: {name}")
        name = text.format(organiser=organiser.name, name=organiser.signatory or explain.UNKNOWN)
        yield from page.signed(organiser.place, day, [name])


def _parts(papers: explain.Papers, document: Document) -> Iterator[page.Part]:
    if document.text is not None:
        yield from page.written(papers.filled(document.text.in_(papers.language)))
    answers = [answer for entry in document.prints for answer in papers.answers(entry)]
    yield from answers_parts(papers, answers, headed=len(document.prints) > 1)
    if document.rules is not None:
        yield from _rules(papers, document.rules)
    if document.closing is not None:
        yield from page.written(papers.filled(document.closing.in_(papers.language)))
    config = papers.process.definition.config
    if config.service is not None or config.organiser is not None:
        yield page.say("\n".join(signature(papers.process, papers.language)))
    if document.signed:
        yield page.Signatures(
            tuple(papers.filled(name.in_(papers.language)) for name in document.signed)
        )


def answers_parts(
    papers: explain.Papers,
    answers: Iterable[explain.DocumentAnswer],
    *,
    headed: bool = True,
    level: Literal[1, 2] = 1,
) -> Iterator[page.Part]:
    """Answers by sheet: short ones side by side, long ones and tables below their own heading."""
    pairs: list[tuple[str, str]] = []
    sheet = ""
    for answer in answers:
        own, _dot, _name = answer.name.partition(".")
        if own != sheet:
            yield from _side_by_side(pairs)
            sheet = own
            if headed:
                label = papers.process.definition.sheets[sheet].label
                yield page.heading(label.in_(papers.language), level)
        text = answer.field.label.in_(papers.language)
        if answer.field.at_length:
            yield from _side_by_side(pairs)
            yield page.Heading(text, 3 if level == 2 else 2)
            if not answer.value:
                yield page.say(explain.UNKNOWN)
            elif isinstance(answer.field, TableField):
                yield from _table(papers, answer.field, answer.value)
            else:
                yield from page.written(str(answer.value))
        else:
            pairs.append((text, papers.shown(answer.field, answer.value)))
    yield from _side_by_side(pairs)


def _side_by_side(pairs: list[tuple[str, str]]) -> Iterator[page.Part]:
    if pairs:
        yield page.facts(pairs)
        pairs.clear()


def _table(
    papers: explain.Papers, field: TableField, rows: Sequence[Mapping[str, Any]]
) -> Iterator[page.Part]:
    """The rows, without the columns in which nothing stands: those are named below."""
    given = [name for name in field.columns if any(row.get(name) is not None for row in rows)]
    columns = {name: field.columns[name] for name in given or field.columns}
    yield page.Table(
        columns=tuple(
            page.Column(page.capital(column.label.in_(papers.language)), share=column.width)
            for column in columns.values()
        ),
        rows=tuple(
            tuple(papers.shown(column, row.get(name)) for name, column in columns.items())
            for row in rows
        ),
        named=isinstance(next(iter(columns.values())), TextField),
    )
    lacking = (c.label.in_(papers.language) for n, c in field.columns.items() if n not in columns)
    if text := ", ".join(lacking):
        yield page.note(_("Not given for any of them: {labels}."), labels=text)


def _rules(papers: explain.Papers, path: str) -> Iterator[page.Part]:
    state, _dot, name = path.partition(".")
    process, case = papers.process, papers.case
    edge = process.edges(state)[name]
    moment: RuleContext = papers.moment
    rules = explain.explain_rules(
        process, edge, process.judge(edge, case, moment).verdicts, case, moment
    )
    lacking = [rule for rule in rules if rule.answer is not RuleAnswer.HOLDS]
    yield page.heading(_("What the rules ask"))
    text = _("What is still lacking: {list}.") if lacking else _("Nothing is lacking.")
    yield page.note(text.format(list="; ".join(rule.says for rule in lacking)))
    yield _rules_table(process, rules)


def _rules_table(process: Process, rules: Iterable[explain.ExplainedRule]) -> page.Table:
    teller = explain.Teller(process, language())
    words = {
        RuleAnswer.HOLDS: _("established"),
        RuleAnswer.FAILS: _("not met"),
        RuleAnswer.UNKNOWN: _("to be shown"),
        RuleAnswer.ERROR: _("cannot be worked out"),
    }
    what = Col(_("Rule"), "says", share=6)
    why = Col(
        _("Answer"), lambda rule: f"{explain.MARKS[rule.answer]} {words[rule.answer]}", share=3
    )
    mend = Col(
        _("What was seen"),
        lambda rule: rule.observed or ", ".join(map(teller.label, rule.missing)) or "–",
        share=5,
    )
    return table(process, rules, what, why, mend, Col(_("It rests on"), "ground", share=4))


Resting = Mapping[str, Sequence[str]]
"""What rests on each passage, by its name."""


def rulebook(process: Process, now: datetime) -> page.Report:
    """What rests on each paragraph, on none, and on a choice. Raises: PtceError."""
    works = works_of(process.files)
    if RULEBOOK not in works:
        mend = _("Put its text into {file}.").format(file=text_file(RULEBOOK))
        raise PtceError(_("This folder holds no rulebook."), mend=mend)
    resting: dict[str, list[str]] = defaultdict(list)
    chosen, teller = [], explain.General(process, language())
    for place in places(process.definition, Grounded):
        source = place.table.source
        for passage in () if source is None else cited(source.phrase, works):
            resting[passage.name].append(_place_text(place, teller))
        if source is None and place.table.choice is not None:
            chosen.append(_place_text(place, teller))
    cited_works = {name.partition(": ")[0] for name in resting}
    shown = [work for work in works.values() if work.name in {RULEBOOK, *cited_works}]
    parts = [part for work in shown for part in _text(work, resting)]
    if any(one.endswith(explain.STAR) for passages in resting.values() for one in passages):
        parts.append(page.note(explain.star_text()))
    return page.of_contest(
        process, _("What rests on what"), now, [*parts, *_rest(shown, resting, chosen)]
    )


def choices(process: Process, now: datetime) -> page.Report:
    """What the organiser decides where the rulebook is silent, for who presides to sign."""
    teller, config = explain.General(process, language()), process.definition.config
    groups: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for place in places(process.definition, Grounded):
        table, name, value, kind = place.table, place.name, "–", _("Rules and decisions")
        if isinstance(table, Limit):
            value, kind = teller.of(f"limit.{name}"), _("Limits")
        elif isinstance(table, Date):
            fixed = name in process.dates.fixed
            value, kind = teller.of(f"date.{name}") if fixed else str(table.at), _("Dates")
        elif isinstance(table, Receipt):
            value, kind = _("when it stood in our mailbox"), _("Dates")
            if table.hour == "entry":
                value = _("when our server began to take it")
        if table.choice is not None:
            words = _words(place, teller) or place.path
            groups[kind].append((words, value, str(table.choice), str(table.source or "–")))
    columns = (
        page.Column(_("what"), flexible=True, share=5),
        page.Column(_("value"), flexible=True, share=3),
        page.Column(_("what the organiser decides, and why"), flexible=True, share=7),
        page.Column(_("rests on"), flexible=True, share=4),
    )
    chairs = dict.fromkeys(one.chairs[0] for one in config.sittings.values() if one.chairs)
    chair = _("{name}, in the chair")
    seats = tuple(chair.format(name=institution_label(process, one)) for one in chairs)
    count = sum(map(len, groups.values()))
    text = n_("{count} decision of the organiser.", "{count} decisions of the organiser.", count)
    parts: list[page.Part] = [
        page.note(text),
        *(
            p
            for kind, rows in groups.items()
            for p in (page.heading(kind), page.Table(columns, rows))
        ),
        *page.signed("", "…", seats or (_("Who presides over the jury"),)),
    ]
    return page.of_contest(process, _("What the organiser decides"), now, parts)


def _words(place: Place[Grounded], teller: explain.General) -> str:
    """Something of the folder, as people call it; "" for what has no name."""
    if isinstance(place.table, Rule):
        return teller.sentence(place.table)
    if isinstance(place.table, Receipt):
        return _("The hour at which a mail arrived")
    label = getattr(place.table, "label", None)
    return "" if label is None else str(label.in_(teller.language))


def _place_text(place: Place[Grounded], teller: explain.General) -> str:
    """Something of the folder, where it is written, and a star where the organiser reads it so."""
    words, table = _words(place, teller), place.table
    name = " · ".join(part for part in (place.file, place.key()) if part)
    read = table.source is not None and choice_of(teller.process.definition, table) is not None
    return (f"{words} ({name})" if words else name) + (explain.STAR if read else "")


def _text(work: Work, resting: Resting) -> Iterator[page.Part]:
    heading = None
    for passage in work.passages():
        if passage.heading != heading:
            heading = passage.heading
            if heading:
                yield page.heading(heading)
            yield from _items(resting.get(CitedPassage(work.name, heading, (), "").name, ()))
        if len(passage.place) == 1:
            yield page.say(f"§{passage.place[0]} {passage.words}")
        found = resting.get(passage.name, ())
        at = ".".join(map(str, passage.place))
        yield from _items(found if len(passage.place) == 1 else [f"§{at}: {one}" for one in found])


def _items(texts: Sequence[str]) -> Iterator[page.Bullets]:
    if texts:
        yield page.bullets(texts)


def _rest(works: Sequence[Work], resting: Resting, chosen: Sequence[str]) -> Iterator[page.Part]:
    free = [
        passage.name
        for work in works
        for passage in work.passages()
        if len(passage.place) == 1 and not any(name in resting for name in _reaching(work, passage))
    ]
    for heading, passages in (
        (_("Paragraphs that nothing rests on"), free),
        (_("What rests on a choice alone"), chosen),
    ):
        yield page.heading(heading)
        yield page.bullets(passages) if passages else page.say(_("None."))


def _reaching(work: Work, paragraph: CitedPassage) -> Iterator[str]:
    """The names of a paragraph, of its heading, and of the items within it."""
    yield CitedPassage(work.name, paragraph.heading, (), "").name
    for passage in work.passages():
        if passage.heading == paragraph.heading and passage.place[:1] == paragraph.place:
            yield passage.name


def marks_of(view: Disclosed) -> page.Report:
    process, case = view.process, view.case
    under, running = f"{name_of(process, case)} · {case.ref}", _line_of(case, view.hash)
    title = _("The marks of a candidature")
    return page.of_contest(process, title, view.moment.now, _mark_parts(view), under, running)


def _mark_parts(view: Disclosed) -> Iterator[page.Part]:
    sheet = view.process.definition.sheets[view.panel]
    yield page.facts(_result(view))
    yield page.heading(sheet.label.text)
    yield from _marks(view, sheet)
    if view.decision is not None:
        yield from _stopped(view.decision)
    if view.remedies:
        yield page.heading(_("What you can do"))
        yield from _as_told(view.remedies)
    yield page.say("\n".join(signature(view.process, language())))


def _result(view: Disclosed) -> Iterator[tuple[str, str]]:
    process, decision = view.process, view.decision
    figures = view.case.panels[view.panel]
    yield ranking.figure_label(process, view.panel, "total").capitalize(), ranking.mean_of(figures)
    if mended := (*_mended(view), *ranking.rectified_means(process, view.panel, view.case)):
        yield _("Marks rectified"), "\n".join(mended)
    if "rank" in figures:
        rank = ranking.rank_text(figures["rank"], figures.get("tied", 1))
        count = 0 if decision is None else decision.ranked.get(view.panel, 0)
        yield _("Rank"), (_("{rank} of {count}").format(rank=rank, count=count) if count else rank)
    if decision is None:
        return
    when = to_the_minute(decision.process, decision.at)
    yield _("Decision"), _("{label}, {when}").format(label=decision.edge.label, when=when)
    if decision.reason:
        yield _("Reason"), decision.reason


def _mended(view: Disclosed) -> Iterator[str]:
    """The criteria of which marks were mended, and when; whose they are, the folder says below."""
    for one in view.rectified:
        criterion = one.name.partition("@")[0].removeprefix(f"{view.panel}.")
        label = ranking.figure_label(view.process, view.panel, criterion)
        yield _("{label}, {when}").format(label=label, when=to_the_minute(view.process, one.at))


def _marks(view: Disclosed, sheet: Sheet) -> Iterator[page.Part]:
    case, figures = view.case, view.case.panels[view.panel]
    given = case.scores.get(view.panel, {})
    named = sheet.discloses == "marks"
    who = [one for one in asked_of(view.panel, sheet, case) if named and one in given]
    label = partial(institution_label, view.process)

    def mark(seat: str) -> Callable[[str], str]:
        return lambda name: ranking.mark_text(given[seat][name]) if name in given[seat] else "–"

    yield table(
        view.process,
        sheet.criteria,
        Col(_("criterion"), lambda name: sheet.fields[name], flexible=True, share=30),
        *(Col(label(one), mark(one), number=True, flexible=True, share=12) for one in who),
        Col(_("mean"), lambda name: ranking.mean_of(figures, name), number=True, share=12),
        named=True,
    )
    for name, field in sheet.fields.items():
        comments = [
            page.pair(label(one), text)
            for one in who
            if name not in sheet.criteria
            and (text := case.private.get(comment_name(view.panel, name, one)))
        ]
        if comments:
            yield page.heading(field.label.text, 2)
            yield page.bullets(map(page.clean, comments))
    aside = []
    for one in case.recused.get(view.panel, ()):
        before = explain.withdrawal_text(case, view.panel, one)
        aside.append(f"{label(one)} ({before})" if before else label(one))
    if aside:
        yield page.note(_("Stepped aside: {names}."), names=", ".join(aside))


def _stopped(decision: PastMove) -> Iterator[page.Part]:
    closed = [edge for edge in decision.better if not edge.allowed]
    if not closed:
        return
    yield page.heading(_("What stood in the way"))
    for edge in closed:
        yield page.heading(edge.label, 2)
        for rule in edge.rules:
            if rule.answer is not RuleAnswer.HOLDS:
                yield page.say("\n".join(rule.lines()))


def results(gathered: Gathered, unnotified: int) -> page.Report:
    """The report of the results; `unnotified` decisions wait for their mail, which is remarked."""
    title, under = _("Results"), ""
    if gathered.cases:
        title = _("Results no. {number}").format(number=gathered.line)
        under = long_date(gathered.dated, gathered.process.zone, language())
    parts = _result_parts(gathered, unnotified)
    return page.of_contest(gathered.process, title, gathered.now, parts, under)


def results_data(gathered: Gathered) -> list[dict[str, Any]]:
    return [
        {"name": name, "answers": dict(zip(_shown(gathered), answers, strict=True))}
        for name, *answers in (_cells(gathered, case) for case in gathered.cases)
    ]


def _result_parts(gathered: Gathered, unnotified: int) -> Iterator[page.Part]:
    process = gathered.process
    if gathered.cases:
        labels = (
            page.capital(noun_of(process)),
            *map(explain.Teller(process, language()).label, _shown(gathered)),
        )
        columns = [page.Column(label, flexible=True, share=4) for label in labels]
        rows = [_cells(gathered, case) for case in gathered.cases]
        yield page.Table(columns, rows, counted(process, len(rows)), named=True)
        yield from _signed(process, gathered.dated)
    else:
        yield page.note(_("There is nobody to publish."))
    if unnotified:
        yield page.aside(_("Decisions wait for their mail: nobody should read theirs here first."))


def _shown(gathered: Gathered) -> tuple[str, ...]:
    published = gathered.process.definition.config.results
    return () if published is None else published.shows


def _cells(gathered: Gathered, case: Candidature) -> list[str]:
    teller, moment = explain.Teller(gathered.process, language()), RuleContext(gathered.now)
    answers = (teller.value_text(name, case, moment) or "" for name in _shown(gathered))
    return [page.clean(cell) for cell in (name_of(gathered.process, case), *answers)]
