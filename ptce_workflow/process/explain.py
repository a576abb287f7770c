"""Rules, transitions and the graph of states in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.words import (
    N_,
    _,
    clock,
    hundredths,
    language,
    local_time,
    long_date,
    long_instant,
    n_,
    number,
    speaking,
)
from ptce_workflow.base.zones import KINDS, gazetteer
from ptce_workflow.process.calendar import NOTIFIED, parse_instant, parse_span
from ptce_workflow.process.candidature import (
    Candidature,
    RuleAnswer,
    RuleContext,
    Verdict,
    is_given,
    links_name,
)
from ptce_workflow.process.dates import received
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.model.base import NOTHING, Grounded, Rule, Text
from ptce_workflow.process.model.defaults import HasMean, InOrder, NotBefore, Unless
from ptce_workflow.process.model.definition import ASKED, ENTERED, OUTCOME, RECEIVED, START, item_of
from ptce_workflow.process.model.sheets import OWN
from ptce_workflow.process.panel import FIGURES, is_closed, rectified_figures
from ptce_workflow.process.process import Edge, Process, institution_label
from ptce_workflow.process.rules import ORIGIN, SITTING, STATE, SURROUNDINGS, Judge

_MOST_AHEAD = 5
_RECEIVED = f"{RECEIVED}."
_ARRIVED = (_RECEIVED, f"{ASKED}.")
_OF_REQUESTS = {
    OUTCOME: N_("answer to: {sheet}"),
    "pending": N_("waits for an answer: {sheet}"),
    "late": N_("arrived after its term: {sheet}"),
    "until": N_("end of the term for: {sheet}"),
    "answer_by": N_("answer due to: {sheet}"),
}
_NO_TIME = datetime.fromtimestamp(0, UTC)
_NOBODY = Candidature("", "", START, _NO_TIME, 0)
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
"""A name in braces, for which a phrase of the folder has its value."""


class Teller:
    def __init__(self, process: Process, language: str) -> None:
        self.process = process
        self.language = language

    def says(self, rule: Rule, case: Candidature, moment: RuleContext) -> str:
        if isinstance(rule, NotBefore):
            text = _("Nothing is decided before {when}")
            return text.format(when=self.value(str(rule.says), case, moment))
        if isinstance(rule, Unless):
            named = (
                _("“{name}”").format(name=self.filled(one, case, moment)) for one in rule.named
            )
            text = _("One rule at least does not hold, of: {names}")
            return text.format(names=", ".join(named))
        if isinstance(rule, HasMean):
            panel = self.process.definition.sheets[rule.panel].label.in_(self.language)
            return _("The marks of “{panel}” come to a mean").format(panel=panel)
        if isinstance(rule, InOrder):
            state = self.process.states[rule.state].label.in_(self.language)
            return _("Nobody in the state “{state}” ranks better").format(state=state)
        return self.filled(rule.says or rule.when or "", case, moment)

    def filled(self, text: Text | str, case: Candidature, moment: RuleContext) -> str:
        sentence = text if isinstance(text, str) else text.in_(self.language)
        return PLACEHOLDER.sub(lambda match: self.value(match[1], case, moment), sentence)

    def value(self, name: str, case: Candidature, moment: RuleContext) -> str:
        """The present value of a variable, as people read it; "?" while it is not known."""
        text = self.value_text(name, case, moment)
        return "?" if text is None else text

    def observed(self, names: tuple[str, ...], case: Candidature, moment: RuleContext) -> str:
        """The values that a rule looked at; a label only beside others, or for an event."""
        parts = list(dict.fromkeys(self._observations(names, case, moment)))
        befell = any(_happened(name.removeprefix("given.")) for name in names)
        if len(parts) == 1 and not befell:
            return parts[0][1]
        return ", ".join(
            _("{label}: {value}").format(label=label, value=value) if label else value
            for label, value in parts
        )

    def decisive(self, rule: Rule, names: tuple[str, ...], *, holds: bool) -> tuple[str, ...]:
        """The names that a rule reads, those from which they are worked out, none that it says."""
        fields, said = self.process.definition.field, PLACEHOLDER.findall(str(rule.says or ""))
        inputs = (
            source
            for name in names
            for source in self.process.scope.inputs(name)
            # A whole table is looked at where something of it is not as it should be.
            if not (holds and isinstance(fields(source), TableField))
        )
        return tuple(name for name in dict.fromkeys((*names, *inputs)) if name not in said)

    def place(self, rule: InOrder, case: Candidature, moment: RuleContext) -> str:
        rank = case.panels.get(rule.panel, {}).get("rank")
        first = moment.totals.get(rule.total)
        if rank is None:
            return ""
        text = _("rank {rank}").format(rank=self._rank(rule.panel, case))
        if first is None or first >= rank:
            return text
        refs = moment.ahead.get(rule.total, ())
        before = _("rank {rank} waits before it").format(rank=first)
        if refs:
            named = ", ".join(refs[:_MOST_AHEAD]) + (", …" if len(refs) > _MOST_AHEAD else "")
            before = _("before it: {refs}").format(refs=named)
        return f"{text} · {before}"

    def label(self, name: str) -> str:
        definition, path = self.process.definition, name.removeprefix("given.")
        field = definition.field(path)
        if field is not None:
            return field.label.in_(self.language)
        if path.startswith(_ARRIVED):
            sheet = definition.sheets[path.partition(".")[2]].label.in_(self.language)
            return _("arrival of: {sheet}").format(sheet=sheet)
        if path == NOTIFIED:
            return _("notification of the last decision")
        root, _dot, rest = (path if _happened(path) else name).partition(".")
        if surrounding := SURROUNDINGS.get(name):
            return _(surrounding.label) or name
        tables: dict[str, Mapping[str, Any]] = {
            "limit": definition.config.limits,
            "date": definition.config.dates,
            "total": self.process.totals,
            "given": definition.sheets,
            "entered": definition.states,
        }
        if root in tables:
            return str(tables[root][rest].label.in_(self.language))
        if root in definition.requests and rest in _OF_REQUESTS:
            sheet = definition.requests[root].label.in_(self.language)
            return _(_OF_REQUESTS[rest]).format(sheet=sheet)
        figure = FIGURES.get(rest) if root in definition.sheets else None
        return (_(figure.label) if figure else "") or name

    def _observations(
        self, names: tuple[str, ...], case: Candidature, moment: RuleContext
    ) -> Iterator[tuple[str, str]]:
        """The values seen, with their labels; one that speaks for itself has none."""
        # Names of which nothing can be seen in a candidature are left out first, then those whose
        # absence says more than a value would; only what is left has a value to show.
        for name in self._with_recusals(names, case, moment):
            root, _dot, rest = name.partition(".")
            field = self.process.definition.field(name)
            if root in ("contest", "now", "actor"):
                continue
            elif case.origin is None and asks_for_origin(name):
                # Nobody can fill it in: beside what can be, it would read as one more gap.
                if not self.lacking(names, case):
                    yield "", _came_from(case)
            elif root == "sitting" and moment.sitting is None:
                yield "", _("nobody sits: `ptce deliberate`")
            elif is_closed(name, case):
                yield "", closed_text(self.process, root, case)
            elif name == f"given.{ORIGIN}":
                yield "", _came_from(case)
            elif root == "given" and not _happened(rest):
                if lacking := [self.label(fact) for fact in self.missing_of(rest, case)]:
                    yield "", _("{labels} (not given)").format(labels=", ".join(lacking))
            elif (value := self.value_text(name, case, moment)) is None:
                continue
            elif isinstance(field, TableField):
                yield self.label(name), field.summary(case.facts[name], self.language)
            elif root == "total":
                yield "", _("{label}: {value}").format(label=self.label(name), value=value)
            elif rest == "lowest" and root in self.process.definition.panels:
                sheet = self.process.definition.sheets[root]
                means = self.process.scope.values(
                    tuple(f"{root}.{criterion}" for criterion in sheet.criteria), case, moment
                )
                lowest = self.process.scope.values((name,), case, moment)[name]
                weakest = [self.label(other) for other, mean in means.items() if mean == lowest]
                yield self.label(name), f"{value} ({', '.join(weakest)})"
            elif field is not None and field.says_all:
                yield "", value
            else:
                yield self.label(name), value

    def _with_recusals(
        self, names: tuple[str, ...], case: Candidature, moment: RuleContext
    ) -> Iterator[str]:
        """The names; beside the voices of a panel, those that are left and those stepped aside."""
        for name in names:
            yield name
            root, _dot, figure = name.partition(".")
            sheet = self.process.definition.sheets.get(root)
            if figure == "voices" and sheet is not None and sheet.is_panel:
                aside = self.process.scope.variables[f"{root}.recused"].read(case, moment)
                yield from (f"{root}.expected", f"{root}.recused") if aside else ()

    def missing_of(self, name: str, case: Candidature) -> tuple[str, ...]:
        """The qualified names of what is required and not given, of a sheet or a single field."""
        if name == ORIGIN or _happened(name):
            return ()
        definition = self.process.definition
        if name.startswith(_RECEIVED):
            arrived = received(definition, name.removeprefix(_RECEIVED), case)
            return (name,) if arrived is None else ()
        sheet = definition.sheets.get(name)
        names = (name,) if sheet is None else sheet.required(name)
        return tuple(qualified for qualified in names if not is_given(case, qualified))

    def lacking(self, names: tuple[str, ...], case: Candidature) -> list[str]:
        """The fields to be answered, and what is to be received, that names read or ask about."""
        missing: list[str] = []
        for name in names:
            path, field = name.removeprefix("given."), self.process.definition.field(name)
            if path != name or name.startswith(_RECEIVED):
                missing += self.missing_of(path, case)
            elif field is not None and not field.is_computed and not is_given(case, name):
                missing.append(name)
        return missing

    def rectified(self, names: tuple[str, ...], case: Candidature) -> tuple[str, ...]:
        if not case.rectified:
            return ()
        paths = {name.removeprefix("given.") for name in names}
        sources = [getattr(self.process.definition.field(name), "computed", None) for name in paths]
        worked_out = " ".join(filter(None, sources))
        panels = {root for root, dot, _figure in (path.partition(".") for path in paths) if dot}

        def is_read(name: str) -> bool:
            root, marked = name.partition(".")[0], "@" in name
            read = name in paths or root in paths or name in worked_out
            return (read or (marked and root in panels)) and root not in case.closed

        return tuple(filter(is_read, case.rectified))

    def value_text(self, name: str, case: Candidature, moment: RuleContext) -> str | None:
        """The present value of a field or a variable, as people read it; None while not known."""
        root, _dot, rest = name.partition(".")
        limit = self.process.definition.config.limits.get(rest) if root == "limit" else None
        if limit is not None and limit.zone is not None:
            return self.zone(limit.zone)
        field = self.process.definition.field(name)
        answer = None if field is None else case.answer(name, field)
        if field is not None and answer is not None:
            return field.display(answer, self.language, self.process.zone)
        variable = self.process.scope.variables.get(name)
        value = None if variable is None else variable.read(case, moment)
        if value is not None and rest == "rank" and root in self.process.definition.panels:
            return self._rank(root, case)
        request = self.process.definition.requests.get(root)
        transition = request.transitions.get(str(value)) if request and rest == OUTCOME else None
        named = self.process.states[case.state] if name == STATE else transition
        if named is not None:
            return named.label.in_(self.language)
        if value is None:
            return None
        text = self._plain(name, value)
        if root in case.panels and root not in case.closed:
            anew = rectified_figures(root, self.process.definition.sheets[root], case)
            if rest in anew:
                with speaking(self.language):
                    since = _("{figure}; {anew} with the marks rectified since")
                    return since.format(figure=text, anew=self._plain(name, anew[rest]))
        return text

    def _rank(self, panel: str, case: Candidature) -> str:
        figures = case.panels[panel]
        rank = number(figures["rank"], self.language)
        shared = figures.get("tied", 1) > 1
        return _("{rank}, shared with others").format(rank=rank) if shared else rank

    def zone(self, zone: str) -> str:
        """The name of a zone of the folder: `region 76`."""
        kind, _blank, code = zone.partition(" ")
        return gazetteer().label(next(accepted for accepted in KINDS if accepted == kind), code)

    def _plain(self, name: str, value: Any) -> str:
        if isinstance(value, datetime):
            local = local_time(value, self.process.zone)
            # Of an arrival the very second may decide.
            seconds = bool(local.second) and name.startswith(_ARRIVED)
            return long_instant(local, self.process.zone, self.language, seconds=seconds)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int):
            decimal = self.process.scope.variables[name].type.name() == "UINT"
            return (hundredths if decimal else number)(value, self.language)
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        return str(value)


def _happened(name: str) -> bool:
    """True for what befalls a candidature, of which `given.` asks whether it ever did."""
    return name == NOTIFIED or name.startswith((f"{ENTERED}.", f"{ASKED}."))


def closed_text(process: Process, panel: str, case: Candidature) -> str:
    sheet = process.definition.sheets[panel]
    if not sheet.is_panel:
        return _("The answers of this sheet are not for you to read.")
    # Whoever looks may be another than the one who stepped aside, as long as marks can be given.
    if panel not in process.states[case.state].opens and (
        panel in case.recused or panel in case.aside
    ):
        return _("The marks are closed; who has stepped aside does not see them.")
    if sheet.opens_at is not None:
        at = process.dates.resolve(parse_instant(sheet.opens_at), case)
        if at is not None:
            when = long_instant(at, process.zone, language())
            return _("The marks are closed until {when}.").format(when=when)
    if sheet.hidden_until == OWN:
        return _("The marks are closed until yours are all in.")
    return _("The marks are closed until no more can be given.")


def links_text(process: Process, panel: str, institution: str, case: Candidature) -> str:
    links = case.declared.get(panel, {}).get(institution)
    value = case.private.get(links_name(panel, institution))
    if links is False and value:
        return _("no link, though it is named: {reason}").format(reason=value)
    if not links:
        return ""
    text = _("links: {links}").format(links=value or _("(erased)"))
    if isinstance(links, str):
        by = institution_label(process, links)
        text += "\n" + _("without influence, finds {label}, which presides").format(label=by)
    return text


def withdrawal_text(case: Candidature, panel: str, institution: str) -> str:
    """The marks that an institution had given before it stepped aside; "" where it had not."""
    count = len(case.scores.get(panel, {}).get(institution, {}))
    text = n_("{count} mark, withdrawn", "{count} marks, withdrawn", count)
    return text.format(count=count) if count else ""


def asks_for_sitting(name: str) -> bool:
    """True where a name that rules read is known only while a panel sits."""
    root, _dot, rest = name.partition(".")
    return root == "sitting" and rest in SITTING


def asks_for_origin(name: str) -> bool:
    """True where a name that rules read tells of a hand-over: no answer would give it."""
    return name == f"given.{ORIGIN}" or name.startswith(f"{ORIGIN}.")


def _came_from(case: Candidature) -> str:
    if case.origin is None:
        return _("handed over by no contest")
    return _("handed over by {contest}").format(contest=case.origin["contest"])


MARKS: Mapping[RuleAnswer, str] = {
    RuleAnswer.HOLDS: "✓",
    RuleAnswer.FAILS: "✗",
    RuleAnswer.UNKNOWN: "?",
    RuleAnswer.ERROR: "!",
}
"""The mark of each answer; never alone, the sentence follows."""


class ExplainedRule(Struct, frozen=True):
    """One rule, explained: its answer, what it says, what was seen or is missing, on what it rests.

    That nobody sits, that marks are closed, or that no contest handed the candidature over, is
    something seen, not a fact that is missing: no answer would mend it.
    """

    id: str
    answer: RuleAnswer
    says: str
    observed: str
    missing: tuple[str, ...]
    source: Text | None
    choice: Text | None
    failed: tuple[ExplainedRule, ...] = ()
    """For what `unless` asks: those of its rules that do not hold."""
    lacking: tuple[str, ...] = ()
    """The fields that nobody has answered yet, where the rule does not hold for want of them."""
    rectified: tuple[str, ...] = ()
    """The answers that it reads and that were mended."""
    wanting: tuple[str, ...] = ()
    """The labels of what is missing."""

    @property
    def ground(self) -> str:
        return ground_of(self)

    def lines(self) -> Iterator[str]:
        yield f"{MARKS[self.answer]} {self.says}"
        if self.observed:
            yield "    " + _("observed: {what}").format(what=self.observed)
        if self.missing:
            yield "    " + _("missing: {label}").format(label=", ".join(self.wanting))
        for rule in self.failed:
            yield from (f"    {line}" for line in rule.lines())
        if self.ground:
            yield f"    {self.ground}"


STAR = "\N{NO-BREAK SPACE}*"
"""Below articles, the mark of one that the organiser reads so; `star_text` says what it means."""


def ground_of(rule: Grounded | ExplainedRule, *, starred: bool = False) -> str:
    """The article of a rule, else the organiser's choice, its own or that of what it reads."""
    if rule.source is not None and rule.choice is not None:
        if starred:
            return f"{rule.source}{STAR}"
        return _("{article}, as the organiser reads it").format(article=rule.source)
    if rule.choice is not None:
        return _("choice of the organiser: {why}").format(why=rule.choice)
    return str(rule.source or "")


def star_text() -> str:
    return _("* as the organiser reads it: `ptce rulebook --choices` has the reasons")


def explain_rules(
    process: Process,
    edge: Edge,
    verdicts: tuple[Verdict, ...],
    case: Candidature,
    moment: RuleContext,
) -> tuple[ExplainedRule, ...]:
    judge = process.judge_of(edge, moment.meets)
    return _explained(Teller(process, language()), edge.rules, judge, verdicts, case, moment)


def _explained(
    teller: Teller,
    rules: Mapping[str, Rule],
    judge: Judge,
    verdicts: tuple[Verdict, ...],
    case: Candidature,
    moment: RuleContext,
) -> tuple[ExplainedRule, ...]:
    read = {question.rule: question.used for question in judge.questions}
    # Of what `unless` asks, those rules that do not hold tell each what was seen.
    used = {name: () if isinstance(rules[name], Unless) else names for name, names in read.items()}
    explained = []
    for verdict in verdicts:
        rule, missing = rules[verdict.rule], verdict.missing
        seen = [
            name
            for name in missing
            if asks_for_sitting(name) or asks_for_origin(name) or is_closed(name, case)
        ]
        missing = tuple(name for name in missing if name not in seen)
        says = teller.says(rule, case, moment)
        holds = verdict.answer is RuleAnswer.HOLDS
        decisive = teller.decisive(rule, used[verdict.rule], holds=holds)
        observed = (
            teller.place(rule, case, moment)
            if isinstance(rule, InOrder)
            else teller.observed(decisive, case, moment)
        )
        if verdict.answer is RuleAnswer.ERROR:
            inputs = [fact for name in missing for fact in teller.process.scope.inputs(name)]
            names = (*used[verdict.rule], *inputs)
            what = teller.observed(tuple(dict.fromkeys(names)), case, moment)
            observed, missing = _("cannot be worked out: {what}").format(what=what), ()
        failed: tuple[ExplainedRule, ...] = ()
        if isinstance(rule, Unless):
            parts = teller.process.judge_of_rules(rule.parts)
            every = _explained(
                teller, rule.parts, parts, parts.verdicts(case, moment), case, moment
            )
            failed = tuple(item for item in every if item.answer is RuleAnswer.FAILS)
        lacking = [name for item in failed for name in item.lacking]
        if verdict.answer is not RuleAnswer.HOLDS:
            lacking += teller.lacking((*used[verdict.rule], *missing), case)
        ground, mended = (rule.source, rule.choice), teller.rectified(read[verdict.rule], case)
        answered = ExplainedRule(verdict.rule, verdict.answer, says, observed, missing, *ground)
        rest = {"failed": failed, "lacking": tuple(dict.fromkeys(lacking)), "rectified": mended}
        rest["wanting"] = tuple(map(teller.label, missing))
        explained.append(replace(answered, **rest))
    return tuple(explained)


class General(Teller):
    def of(self, name: str) -> str:
        with speaking(self.language):
            return self.value(name, _NOBODY, RuleContext(_NO_TIME))

    def sentence(self, rule: Rule) -> str:
        with speaking(self.language):
            return self.says(rule, _NOBODY, RuleContext(_NO_TIME))

    def value(self, name: str, case: Candidature, moment: RuleContext) -> str:
        """A value of the folder; in quotation marks the label of what is known later."""
        text = self.value_text(name, case, moment)
        return _("“{name}”").format(name=self.label(name)) if text is None else text


UNKNOWN = "…"
"""The sign for a value that is not known: it may be filled in by hand."""

_OF_CASE = ("candidature.ref", "candidature.name", "candidature.state", "contest.title")
_OF_ORGANISER = ("organiser.name", "organiser.signatory", "organiser.place")
_PARTS = ("day", "hour", "ends")
"""The parts of an instant that a text may name alone."""


class DocumentAnswer(Struct, frozen=True):
    name: str
    field: FieldType
    value: Any


def names_in_texts(process: Process) -> frozenset[str]:
    variables = process.scope.variables
    instants = (name for name, variable in variables.items() if variable.type.name() == "TIMESTAMP")
    parts = (f"{name}.{part}" for name in instants for part in _PARTS)
    return frozenset(
        (*variables, *process.definition.field_names(), *_OF_CASE, *_OF_ORGANISER, *parts)
    )


class Papers:
    def __init__(
        self,
        process: Process,
        case: Candidature,
        moment: RuleContext,
        language: str,
        lists: Mapping[str, Sequence[str]] = NOTHING,
    ) -> None:
        self.process = process
        self.case = case
        self.moment = moment
        self.language = language
        self.lists = lists
        self._teller = Teller(process, language)

    @property
    def name(self) -> str:
        name_field = self.process.definition.config.contest.name_field
        return str(self.case.private.get(name_field) or self.case.ref)

    def filled(self, text: str) -> str:
        with speaking(self.language):
            return PLACEHOLDER.sub(lambda match: self._value(match[1]) or UNKNOWN, text)

    def listed(self, name: str) -> list[str]:
        rules = {item: Rule(when=item_of(item)[1] or "true") for item in self.lists[name]}
        verdicts = self.process.judge_of_rules(rules).verdicts(self.case, self.moment)
        items = [
            item_of(verdict.rule)[0] for verdict in verdicts if verdict.answer is RuleAnswer.HOLDS
        ]
        with speaking(self.language):
            return [text for item in items if (text := self._value(item))]

    def answers(self, entry: str) -> Iterator[DocumentAnswer]:
        """The recorded value of each field of a sheet, or of a field, known or not."""
        definition = self.process.definition
        sheet = definition.sheets.get(entry)
        if sheet is None:
            field = definition.field(entry)
            assert field is not None, "check accepts no document that prints what does not exist"
            yield DocumentAnswer(entry, field, self._recorded(entry, field))
            return
        for field_name, field in sheet.fields.items():
            name = f"{entry}.{field_name}"
            value = self._recorded(name, field)
            if value is not None:
                yield DocumentAnswer(name, field, value)

    def shown(self, field: FieldType, value: Any) -> str:
        if value is None:
            return UNKNOWN
        return field.display(value, self.language, self.process.zone)

    def _recorded(self, name: str, field: FieldType) -> Any:
        if field.is_computed:
            return self.process.scope.variables[name].read(self.case, self.moment)
        return self.case.answer(name, field)

    def _value(self, name: str) -> str | None:
        of_case = {
            "candidature.ref": self.case.ref,
            "candidature.name": self.name,
            "candidature.state": self.process.states[self.case.state].label.in_(self.language),
            "contest.title": self.process.definition.config.contest.title.in_(self.language),
        }
        if name in of_case:
            return of_case[name]
        if name in self.lists:
            *first, last = self.listed(name) or [UNKNOWN]
            return _(" and ").join(filter(None, (", ".join(first), last)))
        if name in _OF_ORGANISER:
            text = getattr(self.process.definition.config.organiser, name.partition(".")[2], None)
            return None if text is None else str(text.in_(self.language))
        whole, _dot, part = name.rpartition(".")
        names = (*self.process.scope.variables, *self.process.definition.field_names())
        if name not in names and part in _PARTS:
            instant = self.process.scope.variables[whole].read(self.case, self.moment)
            return None if instant is None else self._part(whole, part, instant)
        return self._teller.value_text(name, self.case, self.moment)

    def _part(self, name: str, part: str, instant: datetime) -> str | None:
        zone = self.process.zone
        if part == "day":
            return long_date(instant, zone, self.language)
        if part == "ends":
            root, _dot, date = name.partition(".")
            definition = self.process.definition.config.dates.get(date) if root == "date" else None
            if definition is None or definition.lasts is None:
                return None
            instant = parse_span(definition.lasts).after(instant, zone)
        return clock(instant, zone, self.language)
