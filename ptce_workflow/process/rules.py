"""Rules: the names that they read, CEL, and their verdicts.

`yes(x)` is false where nobody has answered x, rather than unknown. A territory is `inside` a zone
where it names something and all of it lies there; it `touches` one where some of it does.

Source: `Any{2: CheckedExpr{2: references by node, 3: types by node, 4: the expression}}`, the
checked expressions of the Common Expression Language (`cel/expr/checked.proto`, `syntax.proto`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2
from google.protobuf.empty_pb2 import Empty
from google.protobuf.unknown_fields import UnknownFieldSet
from msgspec import Struct

from ptce_workflow.base.words import N_
from ptce_workflow.base.zones import RECORDED
from ptce_workflow.process.calendar import NOTIFIED, parse_instant
from ptce_workflow.process.candidature import (
    Candidature,
    RuleAnswer,
    RuleContext,
    Verdict,
    is_given,
)
from ptce_workflow.process.dates import Dates, asked, notified, outcome, received
from ptce_workflow.process.fields import Computable, FieldType, TableField
from ptce_workflow.process.fields.base import ROWS, ZONE
from ptce_workflow.process.model.base import InstantSource, Rule, in_hundredths
from ptce_workflow.process.model.defaults import NOBODY_AHEAD, every_total, is_of_order
from ptce_workflow.process.model.definition import Definition, Limit, Request
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.panel import ANSWERED, FIGURES, OPEN, answered, counts, figures_of

if TYPE_CHECKING:
    from cel_expr_python.cel import Activation, Env, Expression, Type


Read = Callable[[Candidature, RuleContext], Any]

ORIGIN = "origin"
"""The name in rules of the contest that handed a candidature over."""

STATE = "state"
NOTICE = "sitting.notice"
CARRIED = "sitting.carried"
"""What rules read of a sitting: the days of its notice; whether no vote went against it."""

_KINDS = cel.Type


class ReadableName(Struct, frozen=True):
    """A name that rules read; `read` gives None while its value is not known.

    `description` stands in the page on the format, `label` is what people call it beside a value,
    where the name itself would not do.
    """

    type: Type
    read: Read
    description: str
    label: str = ""


def _sitting(name: str) -> Read:
    return lambda _case, moment: None if moment.sitting is None else moment.sitting.get(name)


def _of_origin(name: str) -> Read:
    return lambda case, _moment: None if case.origin is None else case.origin[name]


_OF_A_SITTING: Mapping[str, tuple[Type, str, str]] = {
    "present": (_KINDS.INT, N_("how many are there, at a sitting"), N_("present")),
    "members": (
        _KINDS.INT,
        N_("how many members count for the candidature, at a sitting"),
        N_("members"),
    ),
    "call": (_KINDS.INT, N_("1 at the first call of the sitting, 2 at the next"), N_("call")),
    "ayes": (
        _KINDS.INT,
        N_("the voices for, in a vote on this very decision; none without a vote"),
        N_("for"),
    ),
    "noes": (
        _KINDS.INT,
        N_("the voices against, in a vote on this very decision; none without a vote"),
        N_("against"),
    ),
    "notice": (
        _KINDS.INT,
        N_(
            "the calendar days from that on which the last convocation of this call left, or was "
            "recorded by hand, to that of the opening: the smallest of those of the institutions "
            "that were reached, 0 where none was; not known where nobody called the sitting"
        ),
        N_("days of notice"),
    ),
    "unreached": (
        _KINDS.INT,
        N_("how many institutions sit and were not reached; not known where no mail calls them"),
        N_("institutions not reached"),
    ),
    "carried": (
        _KINDS.BOOL,
        N_("no vote was taken on this very decision, or it passed, by the chair's voice too"),
        N_("carried"),
    ),
}
SURROUNDINGS: Mapping[str, ReadableName] = {
    "now": ReadableName(
        _KINDS.TIMESTAMP, lambda _case, moment: moment.now, N_("the instant of the act")
    ),
    STATE: ReadableName(
        _KINDS.STRING,
        lambda case, _moment: case.state,
        N_("the name of the state in which the candidature stands"),
        N_("state"),
    ),
    "actor.roles": ReadableName(
        _KINDS.List(_KINDS.STRING),
        lambda _case, moment: list(moment.roles),
        N_("the roles of whoever acts"),
    ),
    "actor.institution": ReadableName(
        _KINDS.STRING,
        lambda _case, moment: moment.institution,
        N_("their institution, or an empty text"),
    ),
    f"given.{ORIGIN}": ReadableName(
        _KINDS.BOOL,
        lambda case, _moment: case.origin is not None,
        N_("whether another contest handed the candidature over"),
        N_("handed over by a contest"),
    ),
    f"{ORIGIN}.contest": ReadableName(
        _KINDS.STRING,
        _of_origin("contest"),
        N_("the id of the contest that handed it over"),
        N_("contest of origin"),
    ),
    f"{ORIGIN}.ref": ReadableName(
        _KINDS.STRING,
        _of_origin("ref"),
        N_("the candidature's reference there"),
        N_("reference in the contest of origin"),
    ),
    f"{ORIGIN}.state": ReadableName(
        _KINDS.STRING,
        _of_origin("state"),
        N_("the name of the state in which it stood there"),
        N_("state in the contest of origin"),
    ),
    "handed_over": ReadableName(
        _KINDS.BOOL,
        lambda case, _moment: bool(case.handed_over),
        N_("whether it was handed over to another contest since"),
        N_("handed over to a contest"),
    ),
    **{
        f"sitting.{name}": ReadableName(kind, _sitting(name), description, label)
        for name, (kind, description, label) in _OF_A_SITTING.items()
    },
}
"""Every such name, in the order in which the page on the format tells them."""

SITTING = tuple(_OF_A_SITTING)
"""The values of a meeting of the panel that rules read, under `sitting`."""


Kind = Literal["text", "name", "column", "call", "list", "loop", "other"]
_CONSTANT, _TEXT_CONSTANT = 3, 6
_MESSAGE_TYPE = 9
_NONE = 0
_FORMS: Mapping[int, tuple[Kind, int, tuple[int, ...]]] = {
    4: ("name", 1, ()),
    5: ("column", 2, (1,)),
    6: ("call", 2, (1, 3)),
    7: ("list", _NONE, (1,)),
    9: ("loop", 1, (2, 4, 5, 6, 7)),
}
"""By the number of a form: what we call it, where its word stands, where its parts stand."""


class Node(Struct, frozen=True):
    """One node of an expression.

    `word` is the text of a constant, the name of a variable, of a column, of a function, or of
    what a loop (`all`, `exists`, `filter`, …) calls each element; `row` the message that the node
    gives, "" for anything else. The first part of a loop is what it goes over.
    """

    kind: Kind
    word: str
    row: str
    parts: tuple[Node, ...]


def used_names(expression: Expression, candidates: Collection[str]) -> tuple[str, ...]:
    """The declared variables that a compiled expression reads, in alphabetical order."""
    references = _checked(expression).get(2, ())
    names = {_only(_only(entry, 2), 1).decode() for entry in references}
    return tuple(sorted(names.intersection(candidates)))


def tree(expression: Expression) -> Node:
    checked = _checked(expression)
    rows = {}
    for entry in checked.get(3, ()):
        number = next((c for n, c in _fields(entry) if n == 1 and isinstance(c, int)), 0)
        rows[number] = _only(_only(entry, 2), _MESSAGE_TYPE).decode()
    return _node(checked[4][0], rows)


def every_node(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from every_node(part)


def _node(message: bytes, rows: Mapping[int, str]) -> Node:
    fields = _fields(message)
    row = rows.get(next((c for n, c in fields if n == 2 and isinstance(c, int)), 0), "")
    form, content = next((n, c) for n, c in fields if isinstance(c, bytes))
    kind, named, inside = _FORMS.get(form, ("other", _NONE, ()))
    children = [(n, c) for n, c in _fields(content) if isinstance(c, bytes)]
    if form == _CONSTANT:
        texts = [c for n, c in children if n == _TEXT_CONSTANT]
        return Node("text", texts[0].decode(), row, ()) if texts else Node("other", "", row, ())
    word = next((c.decode() for n, c in children if n == named), "")
    return Node(kind, word, row, tuple(_node(c, rows) for n, c in children if n in inside))


@lru_cache(maxsize=1)
def _checked(expression: Expression) -> dict[int, list[bytes]]:
    return _by_number(_only(expression.serialize(), 2))


def _only(message: bytes, number: int) -> bytes:
    return _by_number(message).get(number, [b""])[0]


def _by_number(message: bytes) -> dict[int, list[bytes]]:
    contents: dict[int, list[bytes]] = {}
    for number, content in _fields(message):
        if isinstance(content, bytes):
            contents.setdefault(number, []).append(content)
    return contents


def _fields(message: bytes) -> list[tuple[int, bytes | int]]:
    """The numbered fields of a protobuf message: whole numbers, and all that has a length."""
    fields = UnknownFieldSet(Empty.FromString(message))
    every = map(fields.__getitem__, range(len(fields)))
    return [(field.field_number, field.data) for field in every]


_NAME = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+"
# What stands between quotation marks is text.
_SHORT = re.compile(
    r"(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    rf"|\byes\(\s*(?P<asked>{_NAME})\s*\)"
    rf"|\b(?P<where>{_NAME})\.(?P<how>inside|touches)\(\s*limit\.(?P<limit>[a-z][a-z0-9_]*)\s*\)"
)
_INSIDE: Mapping[str, str] = {
    "region": "z.regions == [{code}]",
    "department": "z.departments == [{code}]",
    "epci": 'z.kind == "epci" && z.code == {code}',
    "commune": 'z.kind == "commune" && z.code == {code}',
}
# A territory records no other kinds of zone that it touches.
_TOUCHES: Mapping[str, str] = {
    "region": "{code} in z.regions",
    "department": "{code} in z.departments",
}


def written_out(condition: str, limits: Mapping[str, Limit]) -> str:
    """A condition in plain CEL; what is no shorthand stands as it is."""

    def put(match: re.Match[str]) -> str:
        if match["text"]:
            return match[0]
        if match["asked"]:
            return f"(given.{match['asked']} && {match['asked']})"
        limit = limits.get(match["limit"])
        if limit is None or limit.zone is None:
            return match[0]
        kind = limit.zone.partition(" ")[0]
        forms = _INSIDE if match["how"] == "inside" else _TOUCHES
        if kind not in forms:
            return match[0]
        form = forms[kind].format(code=f"limit.{match['limit']}")
        if match["how"] == "touches":
            return f"{match['where']}.exists(z, {form})"
        return f"({match['where']}.size() > 0 && {match['where']}.all(z, {form}))"

    return _SHORT.sub(put, condition)


A = TypeVar("A")
B = TypeVar("B")


def of_last(work: Callable[[A], B]) -> Callable[[A], B]:
    """Caches a function of immutable objects for its last argument: rules repeat one table."""
    last: tuple[A, B] | None = None

    def answer(argument: A) -> B:
        nonlocal last
        # One name is read and set at once: another thread finds the former pair or this one.
        cached = last
        if cached is None or cached[0] is not argument:
            cached = last = (argument, work(argument))
        return cached[1]

    return answer


_ONE, _MANY = 1, 3
_MESSAGE, _STRING = 11, 9


def table_of_row(message: str) -> str:
    """The table whose rows a message is, by its qualified name; "" for zones and all else."""
    package, _dot, name = message.partition(".")
    return name if package == ROWS and name != ZONE else ""


class RowMessages:
    def __init__(self, sheets: Mapping[str, Sheet]) -> None:
        self.pool = descriptor_pool.DescriptorPool()
        self.pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
        self._tables = dict(_tables(sheets))
        dependency = ["google/protobuf/wrappers.proto"]
        described = descriptor_pb2.FileDescriptorProto(
            name="rows.proto", package=ROWS, syntax="proto3", dependency=dependency
        )
        zone = described.message_type.add(name=ZONE)
        for number, column in enumerate(RECORDED, 1):
            label = _MANY if column in ("departments", "regions") else _ONE
            zone.field.add(name=column, number=number, label=label, type=_STRING)
        messages: dict[str, descriptor_pb2.DescriptorProto] = {}
        for qualified, table in self._tables.items():
            sheet, _dot, field = qualified.partition(".")
            if sheet not in messages:
                messages[sheet] = described.message_type.add(name=sheet)
            row = messages[sheet].nested_type.add(name=field)
            # Nothing here is ever JSON, where a_b and a__b would both be aB, which is refused.
            row.options.deprecated_legacy_json_field_conflicts = True
            for number, (name, cell) in enumerate(table.line_columns.items(), 1):
                row.field.add(
                    name=name,
                    json_name=name,
                    number=number,
                    label=_ONE,
                    type=_MESSAGE,
                    type_name=f".google.protobuf.{cell.wrapper}",
                )
        self.pool.Add(described)

    def builder(
        self, message: str, columns: Sequence[str] | None
    ) -> Callable[[list[dict[str, Any]]], list[Any]]:
        """A function from recorded rows to messages; without columns, every key is read."""
        described = self.pool.FindMessageTypeByName(f"{ROWS}.{message}")
        message_class = message_factory.GetMessageClass(described)
        if columns is None:
            return of_last(lambda rows: [message_class(**row) for row in rows])

        # Equal rows share one; `typed`, since 1 and true are one key, and would be one message.
        @lru_cache(maxsize=256, typed=True)
        def row_of(*values: Any) -> Any:
            pairs = zip(columns, values, strict=True)
            known = {name: {"value": value} for name, value in pairs if value is not None}
            return message_class(**known)

        return of_last(lambda rows: [row_of(*map(row.get, columns)) for row in rows])


def _tables(sheets: Mapping[str, Sheet]) -> Iterator[tuple[str, TableField]]:
    for sheet_name, sheet in sheets.items():
        for field_name, field in sheet.fields.items():
            if isinstance(field, TableField):
                yield f"{sheet_name}.{field_name}", field


class Variable(Struct, frozen=True):
    """A value that rules may read; `read` gives None while it is not known."""

    name: str
    type: Type
    read: Read


class Scope:
    """Every variable of a process, and the CEL environment that declares them."""

    def __init__(self, definition: Definition, zone: ZoneInfo, dates: Dates) -> None:
        self._definition = definition
        self._zone = zone
        self._dates = dates
        self._rows = RowMessages(definition.sheets)
        self.figures: Mapping[str, Callable[[Candidature], dict[str, int]]] = {
            name: of_last(partial(figures_of, name, sheet))
            for name, sheet in definition.sheets.items()
            if sheet.is_panel
        }
        self.variables: dict[str, Variable] = {v.name: v for v in self._declare()}
        self.env: Env = self._environment(self.variables)
        self._compiled: dict[tuple[str, bool], Expression] = {}

    def values(
        self, names: tuple[str, ...], case: Candidature, moment: RuleContext
    ) -> dict[str, Any]:
        """The values of some variables; one that is not known is left out."""
        values = ((name, self.variables[name].read(case, moment)) for name in names)
        return {name: value for name, value in values if value is not None}

    def compile(self, source: str, *, computed: bool = False) -> Expression:
        """A condition or computed field, compiled once. Raises: RuntimeError if CEL refuses."""
        expression = self._compiled.get((source, computed))
        if expression is None:
            env = self.line_env if computed else self.env
            expression = env.compile(written_out(source, self._definition.config.limits))
            self._compiled[source, computed] = expression
        return expression

    @cached_property
    def recorded(self) -> Mapping[str, Variable]:
        """The variables of computed fields: the recorded facts of the ledger, and nothing else."""
        return {
            f"{name}.{field_name}": self.variables[f"{name}.{field_name}"]
            for name, sheet in self._definition.sheets.items()
            if not (sheet.is_panel or sheet.of_contest)
            for field_name, field in sheet.fields.items()
            if not field.erasable and not field.is_computed
        }

    @cached_property
    def line_env(self) -> Env:
        return self._environment(self.recorded)

    def inputs(self, name: str) -> tuple[str, ...]:
        """The facts that a computed field is worked out from; none for any other name."""
        field = self._definition.field(name)
        computed = field.computed if isinstance(field, Computable) else None
        return () if computed is None else self.worked_out_from(computed)

    def worked_out_from(self, source: str) -> tuple[str, ...]:
        return used_names(self.compile(source, computed=True), self.recorded)

    def _environment(self, variables: Mapping[str, Variable]) -> Env:
        return cel.NewEnv(
            descriptor_pool=self._rows.pool,
            variables={variable.name: variable.type for variable in variables.values()},
        )

    def _declare(self) -> Iterator[Variable]:
        for name, sheet in self._definition.sheets.items():
            if sheet.is_panel:
                for figure in (*FIGURES, *sheet.criteria):
                    kind = cel.Type.INT if counts(figure) else cel.Type.UINT
                    yield Variable(f"{name}.{figure}", kind, self._figure(name, figure))
            else:
                yield from self._facts(name, sheet)
                yield from _given_variable(name, sheet)
        for name, request in self._definition.requests.items():
            yield from self._request_variables(name, request)
        identity = self._definition.config.contest
        for name, surrounding in SURROUNDINGS.items():
            yield Variable(name, surrounding.type, surrounding.read)
        yield Variable("contest.id", cel.Type.STRING, _constant(identity.id))
        yield Variable("contest.language", cel.Type.STRING, _constant(identity.language))
        for name in self._definition.config.dates:
            yield Variable(f"date.{name}", cel.Type.TIMESTAMP, self._dates.reader(name))
        for name in self._definition.states:
            yield from _instant(f"entered.{name}", _entered(name))
        for name, sheet in self._definition.sheets.items():
            if sheet.is_sent:
                yield from _instant(f"received.{name}", _received(self._definition, name))
        yield from _instant(NOTIFIED, lambda case, _moment: notified(self._definition, case))
        yield from self._numbers()

    def _request_variables(self, name: str, request: Request) -> Iterator[Variable]:
        kind, definition = cel.Type, self._definition
        yield from _instant(f"asked.{name}", lambda case, _moment: asked(definition, name, case))
        yield Variable(f"{name}.pending", kind.BOOL, lambda case, _moment: case.is_asked(name))
        yield Variable(f"{name}.late", kind.BOOL, lambda case, _moment: name in case.late)
        yield Variable(
            f"{name}.outcome", kind.STRING, lambda case, _moment: outcome(definition, name, case)
        )
        for key, source in (("until", request.until), ("answer_by", request.answer_by)):
            if source is not None:
                yield Variable(f"{name}.{key}", kind.TIMESTAMP, self._resolved(source, name))

    def _resolved(self, source: InstantSource, request: str) -> Read:
        instant = parse_instant(source)
        return lambda case, _moment: self._dates.resolve(instant, case.contested(request))

    def _facts(self, name: str, sheet: Sheet) -> Iterator[Variable]:
        for field_name, field in sheet.fields.items():
            if not field.erasable:
                qualified = f"{name}.{field_name}"
                yield Variable(qualified, field.cel_type(qualified), self._fact(qualified, field))

    def _fact(self, qualified: str, field: FieldType) -> Read:
        if isinstance(field, Computable) and field.computed is not None:
            return self._computed(field.computed)
        bound = field.binding(qualified, self._zone, self._rows)
        of_contest = self._definition.sheets[qualified.partition(".")[0]].of_contest
        if bound is None and not of_contest:
            return lambda case, _moment: case.facts.get(qualified)

        def read(case: Candidature, _moment: RuleContext) -> Any:
            value = (case.contest if of_contest else case.facts).get(qualified)
            if bound is None:
                return value
            return None if value is None else bound(value)

        return read

    def _figure(self, name: str, figure: str) -> Read:
        sheet = self._definition.sheets[name]

        def read(case: Candidature, _moment: RuleContext) -> int | None:
            if name in case.closed and figure not in OPEN:
                return None
            if figure == ANSWERED:
                # It is counted, never recorded: the marks that are closed tell it for good.
                return answered(name, sheet, case)
            recorded = case.panels.get(name)
            return (self.figures[name](case) if recorded is None else recorded).get(figure)

        return read

    def _computed(self, source: str) -> Read:
        compiled: list[tuple[Expression, tuple[str, ...], Type]] = []

        def read(case: Candidature, moment: RuleContext) -> Any:
            if not compiled:
                expression = self.compile(source, computed=True)
                names = self.worked_out_from(source)
                compiled.append((expression, names, expression.return_type()))
            expression, names, kind = compiled[0]
            try:
                result = expression.eval(data=self.values(names, case, moment))
            except RuntimeError:
                # It goes through more rows than CEL looks at.
                return None
            return result.value() if result.type() == kind else None

        return read

    def _numbers(self) -> Iterator[Variable]:
        config = self._definition.config
        for name, limit in config.limits.items():
            if limit.zone is not None:
                code = limit.zone.partition(" ")[2]
                yield Variable(f"limit.{name}", cel.Type.STRING, _constant(code))
                continue
            number = in_hundredths(limit.number) if limit.decimal else int(limit.number)
            kind = cel.Type.UINT if limit.decimal else cel.Type.INT
            yield Variable(f"limit.{name}", kind, _constant(number))
        for name, total in every_total(self._definition).items():
            field = self._definition.field(total.of) if total.of else None
            kind = field.cel_type(total.of or "") if field else cel.Type.INT
            panel, _dot, figure = (total.least or "").partition(".")
            if figure:
                kind = cel.Type.INT if counts(figure) else cel.Type.UINT
            yield Variable(f"total.{name}", kind, _total(name, panel))


def _constant(value: object) -> Read:
    return lambda _case, _moment: value


def _entered(state: str) -> Read:
    return lambda case, _moment: case.entered.get(state)


def _received(definition: Definition, sheet: str) -> Read:
    return lambda case, _moment: received(definition, sheet, case)


def _instant(name: str, read: Read) -> Iterator[Variable]:
    yield Variable(name, cel.Type.TIMESTAMP, read)
    yield Variable(
        f"given.{name}", cel.Type.BOOL, lambda case, moment: read(case, moment) is not None
    )


def _total(name: str, panel: str) -> Read:
    """A total; the least of a figure of a panel is not known of nothing, nor while it is closed."""
    if not panel:
        return lambda _case, moment: moment.totals.get(name, 0)
    nobody = NOBODY_AHEAD if is_of_order(name) else None
    return lambda case, moment: None if panel in case.closed else moment.totals.get(name, nobody)


def _given_variable(name: str, sheet: Sheet) -> Iterator[Variable]:
    required = sheet.required(name)
    yield Variable(
        f"given.{name}",
        cel.Type.BOOL,
        lambda case, _moment: case.given.union(case.facts, case.contest).issuperset(required),
    )
    for field_name, field in sheet.fields.items():
        if not field.is_computed:
            qualified = f"{name}.{field_name}"
            yield Variable(f"given.{qualified}", cel.Type.BOOL, _reads_given(qualified))


def _reads_given(qualified: str) -> Read:
    return lambda case, _moment: is_given(case, qualified)


class CompiledRule(Struct, frozen=True):
    """A rule, compiled; `inputs` are the facts behind each computed field that it reads."""

    rule: str
    expression: Expression
    used: tuple[str, ...]
    inputs: Mapping[str, tuple[str, ...]]
    holds: Verdict
    fails: Verdict

    def verdict(self, value: object, bound: Mapping[str, object], case: Candidature) -> Verdict:
        """The verdict that a value of the expression means, where `bound` is all that was known."""
        if value is True:
            return self.holds
        if value is False:
            return self.fails
        # CEL names only the first missing variable, and absorbs every other error likewise.
        missing = tuple(name for name in self.used if name not in bound)
        facts = {**case.contest, **case.facts}.keys()
        errs = all(name in self.inputs and facts >= {*self.inputs[name]} for name in missing)
        return Verdict(self.rule, RuleAnswer.ERROR if errs else RuleAnswer.UNKNOWN, missing)


class Judge:
    """The rules of one transition, compiled; all are always asked, never only the first to fail."""

    def __init__(self, scope: Scope, rules: Mapping[str, Rule]) -> None:
        """Raises: RuntimeError for a rule that CEL refuses: a checked process has none."""
        questions = []
        for name, rule in rules.items():
            expression = scope.compile(rule.when or "")
            used = used_names(expression, scope.variables)
            holds, fails = Verdict(name, RuleAnswer.HOLDS), Verdict(name, RuleAnswer.FAILS)
            inputs = {read: facts for read in used if (facts := scope.inputs(read))}
            questions.append(CompiledRule(name, expression, used, inputs, holds, fails))
        self.questions = tuple(questions)
        self._silent = frozenset(n for n, rule in rules.items() if rule.goes_without_saying)
        self.names = tuple(sorted({name for question in questions for name in question.used}))
        self._together = _together(scope, rules)
        self._env = scope.env
        self._readers = tuple((name, scope.variables[name].read) for name in self.names)
        totals = (name for name in self.names if name.startswith("total."))
        self.totals_read = tuple(name.removeprefix("total.") for name in totals)

    def verdicts(self, case: Candidature, moment: RuleContext) -> tuple[Verdict, ...]:
        if not self.questions:
            return ()
        bound = {}
        for name, read in self._readers:
            value = read(case, moment)
            if value is not None:
                bound[name] = value
        activation = self._env.Activation(bound)
        together = self._together
        answers = None if together is None else _evaluated(together, activation)
        if type(answers) is not list:
            # One that cannot tell silences all of them: each is asked alone.
            answers = [_evaluated(question.expression, activation) for question in self.questions]
        pairs = zip(self.questions, answers, strict=True)
        verdicts = [
            question.holds if answer is True else question.verdict(answer, bound, case)
            for question, answer in pairs
        ]
        return tuple(self._shown(verdicts) if self._silent else verdicts)

    def _shown(self, verdicts: list[Verdict]) -> Iterator[Verdict]:
        """The verdicts without those that go without saying: shown where they alone say no."""
        alone = self.allow(verdict for verdict in verdicts if verdict.rule not in self._silent)
        for verdict in verdicts:
            refuses = alone and verdict.answer is not RuleAnswer.HOLDS
            if refuses or verdict.rule not in self._silent:
                yield verdict

    @staticmethod
    def allow(verdicts: Iterable[Verdict]) -> bool:
        return not [verdict for verdict in verdicts if verdict.answer is not RuleAnswer.HOLDS]

    def totals(self, moment: RuleContext) -> dict[str, int]:
        return {name: moment.totals[name] for name in self.totals_read if name in moment.totals}


def _evaluated(expression: Expression, activation: Activation) -> object:
    """The value of an expression; None where it goes through more rows than CEL looks at."""
    try:
        return expression.eval(activation).plain_value()
    except RuntimeError:
        return None


def _together(scope: Scope, rules: Mapping[str, Rule]) -> Expression | None:
    """All rules as one list, as fast as one; None where that is too long or deep for CEL."""
    # A rule may end in a comment, which only a new line ends.
    source = "[" + ", ".join(f"(\n{rule.when}\n)" for rule in rules.values()) + "]"
    try:
        return scope.compile(source)
    except RuntimeError:
        return None
