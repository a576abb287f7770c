"""Why a candidature may or may not move, with what to type next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ptce_workflow.app.candidatures.why import (
    EdgeView,
    Explanation,
    PastMove,
    PastView,
    next_act,
    request_awaited,
    stopping,
)
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import N_, _, fingerprint, language, n_
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, UNSAID
from ptce_workflow.ledger.events.transition import unanswered
from ptce_workflow.office import page
from ptce_workflow.office.page import Advice, Drawing, Part, Report, RuleLines, Table, of_contest
from ptce_workflow.process.candidature import Candidature, RuleAnswer
from ptce_workflow.process.dates import outcome
from ptce_workflow.process.explain import MARKS, STAR, ExplainedRule, Teller, ground_of, star_text
from ptce_workflow.process.model.definition import RECEIVED
from ptce_workflow.process.process import (
    Process,
    edge_label,
    institution_label,
    noun_of,
    role_label,
    sheet_label,
    to_the_minute,
    to_the_second,
)
from ptce_workflow.reports.candidatures import headline
from ptce_workflow.reports.listing import Col, table
from ptce_workflow.reports.telling import rectification_text

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.decisions import RecordedDecision
    from ptce_workflow.app.candidatures.history import Rectification
    from ptce_workflow.ledger.state import Accepted


_MOST_FACTS = 4


def why_report(
    explanation: Explanation, now: datetime, *, cite: bool = False, to_call: Callable[[], str] = str
) -> Report:
    """`ptce why`: each way out, each rule, what was observed, on what it rests, what to do.

    With `cite`, the words of the rulebook stand below what rests on them; `to_call` names the
    sitting to call first, and is asked only where nothing is to be answered before.
    """
    title = headline(explanation.process, explanation.case).name
    parts = _parts(explanation, now, cite=cite, to_call=to_call)
    return of_contest(explanation.process, title, now, parts)


def _parts(
    explanation: Explanation, now: datetime, *, cite: bool, to_call: Callable[[], str]
) -> Iterator[Part]:
    process, case = explanation.process, explanation.case
    yield headline(process, case)
    for name, kind in process.definition.requests.items():
        if case.is_asked(name):
            when = to_the_second(process, case.received[name][-1])
            todo = request_awaited(process, name, case).text(process, now)
            yield page.note(_("{todo} (arrived on {when})"), todo=todo, when=when)
        elif given := kind.transitions.get(outcome(process.definition, name, case) or ""):
            text = _("{sheet}, answered: {label}")
            yield page.line(text, sheet=kind.label.text, label=given.label.text)
        elif process.asked_from(name, case) is not None:
            yield from _may_ask(process, name, case, now)
    if not explanation.edges:
        yield page.note(_("No way leads out of this state: the matter is settled."))
    for edge in explanation.edges:
        yield _way(process, edge, explanation.rectified, cite=cite)
    yield from _star(explanation.edges)
    if explanation.clock is not None:
        yield from _by_clock(explanation, explanation.clock)
    match next_act(explanation, now, to_call):
        case "answer", request:
            command = f"ptce answer {case.ref} {request} " + _("ANSWER")
            yield page.advise(_("To answer: {command}"), command)
        case "convene", sitting:
            command = f"ptce convene {sitting}"
            yield page.advise(_("To call the sitting that decides: {command}"), command)
        case "advance", edge:
            way = process.edges(case.state)[edge.name]
            command = f"ptce advance {case.ref} {edge.name}"
            command += "".join(f" {name}=…" for name in unanswered(way, case))
            command += ' --reason "…"' if way.transition.reason else ""
            yield page.advise(_("To go on: {command}"), command)
        case "record", facts:
            yield _to_answer(process, case, facts)
        case _:
            back = process.way_back(case)
            if back and any(one.allowed and one.name == back.name for one in explanation.edges):
                command = f"ptce advance {case.ref} {back.name}"
                command += ' --reason "…"' if back.transition.reason else ""
                yield page.advise(_("If that was a mistake: {command}"), command)


def _may_ask(process: Process, name: str, case: Candidature, now: datetime) -> Iterator[Part]:
    since, until = process.asked_from(name, case), process.asked_until(name, case)
    label = sheet_label(process, name)
    over = until is not None and until < now
    if since is not None and since > now:
        text = _("{sheet}: may be asked from {when} on.")
        yield page.line(text, sheet=label, when=to_the_second(process, since))
        return
    text = _("{sheet}: may be asked; its term has not begun.")
    if process.definition.requests[name].windows[case.state][1] is None:
        text = _("{sheet}: may be asked.")
    elif until is not None:
        text = _("{sheet}: may be asked until {when}.")
        text = _("{sheet}: could be asked until {when}; what comes now is late.") if over else text
    when = "" if until is None else to_the_second(process, until)
    yield page.line(text, sheet=label, when=when)
    yield page.suggest(f"ptce receive {case.ref} {name}{' --at …' if over else ''}")


def _star(edges: Iterable[EdgeView]) -> Iterator[Part]:
    grounds = (ground_of(rule, starred=True) for edge in edges for rule in edge.rules)
    if any(ground.endswith(STAR) for ground in grounds):
        yield page.line(star_text())


def _by_clock(explanation: Explanation, clock: Accepted) -> Iterator[Part]:
    """The rules that hold by nothing but a clock that was set back and accepted."""
    owed = dict.fromkeys(rule for edge in explanation.edges for rule in edge.owed)
    if not owed:
        return
    says = {rule.id: rule.says for edge in explanation.edges for rule in edge.rules}
    furthest = to_the_minute(explanation.process, from_text(clock.furthest))
    text = _("Line {n} accepted a clock set back from {furthest}. By it alone these hold:")
    yield page.note(text, n=clock.n, furthest=furthest)
    yield page.line("\n".join(f"  ! {says[rule]}" for rule in owed))


def past_report(past: PastView, now: datetime, *, cite: bool = False) -> Report:
    title = headline(past.process, past.case).name
    return of_contest(past.process, title, now, _past(past, cite=cite))


def _past(past: PastView, *, cite: bool) -> Iterator[Part]:
    yield headline(past.process, past.case)
    for act in past.acts:
        when = to_the_second(act.process, act.at)
        yield page.heading(_("{when} · line {n}"), when=when, n=act.line)
        yield page.facts(by_whom(act))
        outcome = _("done") if act.made else _("refused")
        yield _way(act.process, act.edge, act.mended, cite=cite, outcome=outcome)
        if act.better:
            says = _("Nothing better was possible then:")
            if any(one.allowed for one in act.better):
                says = _("What would have been better:")
            yield page.say(says)
        for one in act.better:
            closed = tuple(rule for rule in one.rules if rule.answer is not RuleAnswer.HOLDS)
            shown = one if one.allowed else replace(one, rules=closed)
            yield _way(act.process, shown, act.mended, cite=cite)
    yield from _star(edge for act in past.acts for edge in (act.edge, *act.better))


def by_whom(act: PastMove) -> Iterator[tuple[str, str]]:
    """Who acted, which sitting decided and who sat, on which figures, and the reason."""
    process, sat = act.process, act.sitting
    roles = "/".join(role_label(role) for role in act.roles)
    who = roles if act.actor in act.roles else f"{roles} {act.actor}".strip()
    if sat is None:
        yield _("by"), who
    else:
        sitting = process.definition.config.sittings[sat.name].label.text
        when = to_the_minute(process, sat.at)
        text = _("{sitting}, call {call}, recorded on {when} (line {n})")
        yield _("decided by"), text.format(sitting=sitting, call=sat.call, when=when, n=sat.line)
        yield _("who sat"), _institutions(process, sat.present)
        if sat.aside:
            yield _("stepped aside"), _institutions(process, sat.aside)
        if sat.chair is not None:
            yield _("chaired by"), institution_label(process, sat.chair)
        if sat.vote is not None:
            yield _("voices for"), _institutions(process, sat.vote.ayes) or "0"
            yield _("voices against"), _institutions(process, sat.vote.noes) or "0"
        if sat.departs:
            instead = sat.instead and edge_label(process, act.origin, sat.instead)
            yield _("by the ranking"), instead or UNSAID
        yield _("entered by"), who
    if act.entered != act.at:
        yield _("entered on"), to_the_second(process, act.entered)
    for panel in act.case.panels:
        yield sheet_label(process, panel), _figures(act, panel)
    if act.reason != "":
        yield _("reason"), _("(erased)") if act.reason is None else act.reason


def _institutions(process: Process, names: Sequence[str]) -> str:
    return "\n".join(institution_label(process, name) for name in names)


def _figures(act: PastMove, panel: str) -> str:
    teller = Teller(act.process, language())
    names = (f"{panel}.{name}" for name in ("total", "lowest", "voices"))
    texts = [
        page.pair(teller.label(name), value)
        for name in names
        if (value := teller.value_text(name, act.case, act.moment)) is not None
    ]
    rank = act.case.panels[panel].get("rank")
    if rank is not None:
        texts.insert(0, _("rank {rank} of {count}").format(rank=rank, count=act.ranked[panel]))
    return " · ".join(texts)


def _way(
    process: Process,
    edge: EdgeView,
    mended: Mapping[str, Rectification],
    *,
    cite: bool,
    outcome: str = "",
) -> Drawing:
    remark, teller = "", Teller(process, language())
    barred = {rule.answer for rule in edge.rules} - {RuleAnswer.HOLDS, RuleAnswer.UNKNOWN}
    verdict = _("impossible") if barred else _("not yet")
    verdict = outcome or (_("possible") if edge.allowed or edge.asks else verdict)
    if edge.at is not None:
        remark = _("by itself, {when}").format(when=to_the_minute(process, edge.at))
        verdict = _("at its hour") if edge.timed and edge.allowed and not outcome else verdict
    elif edge.asks:
        remark = _("asks for: {labels}").format(labels=", ".join(map(teller.label, edge.asks)))
    rules = (rule_lines(process, rule, mended, cite=cite) for rule in edge.rules)
    name, is_open = f"{edge.label} ({edge.name})", edge.allowed or bool(edge.asks)
    return page.edge(name, verdict, tuple(rules), is_open=is_open, remark=remark)


def rule_lines(
    process: Process,
    rule: ExplainedRule,
    mended: Mapping[str, Rectification],
    *,
    cite: bool = False,
) -> RuleLines:
    """A rule as it was judged, with what was seen, and the answers that were mended."""
    rectified = (rectification_text(process, mended[name]) for name in rule.rectified)
    words = _words(process, rule) if cite else ()
    seen = (*_seen(rule), *rectified)
    return RuleLines(MARKS[rule.answer], rule.says, seen, ground_of(rule, starred=True), words)


def act_data(
    act: PastMove, cite: Callable[[ExplainedRule], int | None], *, whole: bool
) -> dict[str, Any]:
    """How an act was judged, but for its reason; `why` names in a line what stood in the way.

    Each rule has its place among what is cited; answers that were mended are left out unless the
    `whole` is shown.
    """
    mended = act.mended
    if not whole:
        left = dict.fromkeys(("before", "after", "reason"), _("(left out)"))
        mended = {name: replace(one, **left) for name, one in mended.items()}

    def rules(way: EdgeView) -> Iterator[tuple[str | int | None, ...]]:
        for rule in way.rules:
            if way is act.edge or way.allowed or rule.answer is not RuleAnswer.HOLDS:
                told = rule_lines(act.process, rule, mended)
                yield rule.id, told.mark, told.says, "\n".join(told.seen), rule.ground, cite(rule)

    ways = {"better": act.better, "judged": (act.edge,)}
    told = {
        key: [{"label": way.label, "open": way.allowed, "rules": [*rules(way)]} for way in those]
        for key, those in ways.items()
    }
    stood = (" – ".join((one.says, *_seen(one))) for one in stopping(act.edge.rules, act.better))
    return {**told, "facts": [*by_whom(replace(act, reason=""))], "why": "\n".join(stood)}


def _words(process: Process, rule: ExplainedRule) -> tuple[str, ...]:
    # What reads Markdown is not loaded for those who do not ask.
    from ptce_workflow.process.markdown import cited, works_of

    works = works_of(process.files)
    if rule.source is None or not works:
        return ()
    return tuple(passage.words for passage in cited(rule.source.phrase, works))


def _seen(rule: ExplainedRule) -> Iterator[str]:
    """The value observed or the labels missing, where that says more than the verdict."""
    is_plain = rule.answer is RuleAnswer.HOLDS and rule.observed in (_("yes"), _("no"))
    if rule.missing:
        yield _("missing: {label}").format(label=", ".join(rule.wanting))
    elif rule.observed and not is_plain:
        yield _("observed: {what}").format(what=rule.observed)


def _to_answer(process: Process, case: Candidature, facts: Sequence[str]) -> Advice:
    sheet, _dot, asked = facts[0].partition(".")
    if sheet == RECEIVED:
        return page.advise(_("To receive it: {command}"), f"ptce receive {case.ref} {asked}")
    # What a sign-in sheet fills in is not typed; what reads the sheets is loaded for it alone.
    from ptce_workflow.process.forms import sign_ins

    for sign_in in sign_ins(process.definition):
        if facts[0] == sign_in.table:
            command = f"ptce sign-in --session {sign_in.date} -o {sign_in.date}.xlsx"
            return page.advise(_("To fill in, then to take back (--import): {command}"), command)
    own = (fact.partition(".") for fact in facts)
    fields = dict.fromkeys(field for name, _dot, field in own if name == sheet)
    answers = " ".join(f"{field}=…" for field in [*fields][:_MOST_FACTS])
    ref = CONTEST_SUBJECT if process.definition.sheets[sheet].of_contest else case.ref
    text = _("To answer what is missing: {command}")
    return page.advise(text, f"ptce record {ref} {sheet} {answers}")


_FAVOURS = {"favourable": N_("favourable"), "mixed": N_("mixed"), "adverse": N_("adverse")}
_LATE = N_(
    "Late: told after the end of the working day that follows the decision, and over an hour after "
    "the instant for which the folder sets its letter."
)


def decisions_report(
    process: Process, decisions: Sequence[RecordedDecision], now: datetime
) -> Report:
    late = sum(one.is_late for one in decisions)
    total = n_("{count} decision", "{count} decisions", len(decisions))
    rest = n_("{count} told late", "{count} told late", late) if late else _("none told late")
    parts: list[Part] = [page.lead(total, rest)]
    if not any(transition.decision for transition in process.definition.every_transition()):
        parts.append(page.say(_("Nothing is decided in this folder.")))
    if decisions:
        # A register outlives its year, which a terminal need not say.
        filed, rows = (table(process, decisions, *_columns(process), now=at) for at in (None, now))
        blocks = Drawing("", partial(_blocks, rows), parts=(filed,))
        parts += [page.line(_(_LATE)), blocks]
    return of_contest(process, _("Register of decisions"), now, parts)


def register_parts(
    process: Process, decisions: Sequence[RecordedDecision], now: datetime
) -> Iterator[Part]:
    """The register within another report: when each decision was told, those told late first."""
    if not decisions:
        return
    yield page.heading(_("Register of decisions"), 2)
    yield page.say(_(_LATE))
    yield table(
        process,
        decisions,
        Col(_("line"), "act.line", number=True, share=2),
        Col(_("ref."), "act.case.ref", share=2),
        Col(_("decided on"), "act.at", hours=True, share=3),
        Col(_("told on"), "told_at", hours=True, share=3),
        Col(_("days"), "days", number=True, share=2),
        Col(_("letter"), "sent.name", spare=True, share=2),
        Col(_("remark"), told_remark, spare=True, share=3),
        Col(_("decision"), _with_appeals, flexible=True, below=True, share=6),
    )


def told_remark(decision: RecordedDecision) -> str:
    """That a decision was told late, or otherwise than by its letter, or why it was not told."""
    remark = ""
    if decision.told_at is None:
        remark = _("no mail tells it") if decision.unwritten else _("not told yet")
        if decision.settled:
            remark = _("undone or replaced before it was told")
    elif decision.sent is None:
        remark = _("told otherwise (line {n})").format(n=decision.told_line)
    return " · ".join(filter(None, (_("late") if decision.is_late else "", remark)))


def _blocks(rows: Table, room: int | None) -> Iterator[page.Line]:
    """The rows as a terminal shows them: a block each, what is short on the first two lines."""
    heads = [column.heading for column in rows.columns]
    for place, row in enumerate(rows.rows):
        yield from [""] if place else ()
        for text in page.wrapped(" · ".join(row[:_TITLE]), room, hanging=page.INDENT):
            yield (page.Styled(text, page.BOLD),)
        told = zip(heads[_TITLE:_SHORT], row[_TITLE:_SHORT], strict=True)
        texts = [" · ".join(page.pair(head, cell) for head, cell in told if cell)]
        texts += [cell.replace("\n", " · ") for cell in row[_SHORT:] if cell]
        for text in texts:
            yield from page.wrapped(text, room, page.INDENT, page.INDENT)


def _columns(process: Process) -> Iterator[Col]:
    yield Col(_("line"), "act.line", number=True, share=6)
    yield Col(page.capital(noun_of(process)), lambda one: f"{one.act.case.ref} {one.name}", share=9)
    yield Col(_("decision"), _named, share=11)
    yield Col(_("decided on"), "act.at", hours=True, share=8)
    yield Col(_("told on"), "told_at", hours=True, share=8)
    yield Col(_("days"), "days", number=True, share=6)
    yield Col(_("remark"), told_remark, share=8)
    yield Col(_("by whom"), lambda one: _pairs(by_whom(replace(one.act, reason=""))), share=13)
    yield Col(_("on what"), lambda one: _pairs(_grounds(one)), share=20)
    yield Col(_("letter and remedies"), lambda one: _pairs(_letter(one)), share=13)


_TITLE, _SHORT = 3, 7
"""The columns that name a decision, and those with them that are short."""


def _named(decision: RecordedDecision) -> str:
    label, outcome = decision.act.edge.label, decision.transition.decision
    return _("{what} ({how})").format(what=label, how=_(_FAVOURS[outcome])) if outcome else label


def _pairs(facts: Iterable[tuple[str, str]]) -> str:
    texts = ((label, _("; ").join(text.split("\n"))) for label, text in facts if text)
    return "\n".join(page.pair(label, text) for label, text in texts)


def _grounds(decision: RecordedDecision) -> Iterator[tuple[str, str]]:
    reason = decision.act.reason
    yield _("rests on"), decision.ground
    lines = (line.strip() for rule in decision.stopped for line in rule.lines())
    yield _("what was missing"), "\n".join(lines)
    yield _("reason"), _("(erased)") if reason is None else reason


def _letter(decision: RecordedDecision) -> Iterator[tuple[str, str]]:
    process, sent = decision.act.process, decision.sent
    if sent is not None:
        yield _("letter"), sent.name
        yield "SHA-256", fingerprint(sent.sha256)
    if decision.transition.is_contestable and sent is not None:
        given = {True: _("given"), False: _("not given"), None: _("the letter is not kept")}
        yield _("remedies"), given[decision.remedies]
    terms = (page.pair(one, to_the_minute(process, at)) for one, at in decision.terms.items())
    yield _("until"), "\n".join(terms)
    yield _("appeal"), _appeals(decision)


def _with_appeals(decision: RecordedDecision) -> str:
    return "\n".join(filter(None, (decision.act.edge.label, _appeals(decision))))


def _appeals(decision: RecordedDecision) -> str:
    texts = []
    for one in (each for appeal in decision.appeals for each in (appeal, appeal.answer)):
        if one is not None:
            alone, by = _("{label}, {when} (line {n})"), _("{label}, {when}, by {who} (line {n})")
            when, text = to_the_minute(decision.act.process, one.at), by if one.by else alone
            texts.append(text.format(label=one.label, when=when, who=one.by, n=one.line))
    return "\n".join(texts)
