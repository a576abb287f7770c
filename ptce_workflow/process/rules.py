"""The names that rules may read, their types and values; tables and territories as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2
from msgspec import Struct

from ptce_workflow.base.geography.atlas import RECORDED
from ptce_workflow.process.fields import Computable, FieldType, TableField
from ptce_workflow.process.fields.base import ROWS, ZONE
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.model.order import NOBODY_AHEAD, every_total, is_of_order
from ptce_workflow.process.model.shared import in_hundredths
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.model.surroundings import SURROUNDINGS, Read
from ptce_workflow.process.panel.figures import (
    ANSWERED,
    FIGURES,
    OPEN,
    answered,
    counts,
    figures_of,
)
from ptce_workflow.process.rules.case import Case, Moment, is_given
from ptce_workflow.process.rules.compiled import used_names, written_out
from ptce_workflow.process.rules.receipt import asked, notified, outcome, received
from ptce_workflow.process.time.dates import Dates
from ptce_workflow.process.time.instant import NOTIFIED, parse_instant

if TYPE_CHECKING:
    from cel_expr_python.cel import Env, Expression, Type

    from ptce_workflow.process.model.definition import Request
    from ptce_workflow.process.model.shared import InstantSource


A = TypeVar("A")
B = TypeVar("B")


def of_last(work: Callable[[A], B]) -> Callable[[A], B]:
    """The same function, which does not work again when it is asked about the very same object.

    The rules of a transition look at one table several times, then never again. The object must
    not change meanwhile: facts and marks never do, what is recorded anew is another object.
    """
    last: tuple[A, B] | None = None

    def answer(asked: A) -> B:
        nonlocal last
        # One name is read and set at once: another thread finds the former pair or this one.
        known = last
        if known is None or known[0] is not asked:
            known = last = (asked, work(asked))
        return known[1]

    return answer


_ROWS_KEPT = 256
_ONE, _MANY = 1, 3
_MESSAGE, _STRING = 11, 9


def table_of_row(message: str) -> str:
    """The table whose rows a message is, by its qualified name; "" for zones and all else."""
    package, _dot, name = message.partition(".")
    return name if package == ROWS and name != ZONE else ""


def is_zone(message: str) -> bool:
    """True where a message is a zone of a territory."""
    return message == f"{ROWS}.{ZONE}"


class RowMessages:
    """The row messages of a process's tables, and what builds them from recorded facts."""

    def __init__(self, sheets: Mapping[str, Sheet]) -> None:
        self.pool = descriptor_pool.DescriptorPool()
        self.pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
        self._tables = dict(_tables(sheets))
        self.pool.Add(self._describe())

    def builder(
        self, message: str, columns: Sequence[str] | None
    ) -> Callable[[list[dict[str, Any]]], list[Any]]:
        """A function from recorded rows to messages; without columns, every key is read."""
        made = message_factory.GetMessageClass(self.pool.FindMessageTypeByName(f"{ROWS}.{message}"))
        if columns is None:
            return of_last(lambda rows: [made(**row) for row in rows])
        row_of = _row_maker(made, tuple(columns))
        return of_last(lambda rows: [row_of(*map(row.get, columns)) for row in rows])

    def _describe(self) -> descriptor_pb2.FileDescriptorProto:
        described = descriptor_pb2.FileDescriptorProto(
            name="rows.proto",
            package=ROWS,
            syntax="proto3",
            dependency=["google/protobuf/wrappers.proto"],
        )
        zone = described.message_type.add(name=ZONE)
        for number, column in enumerate(RECORDED, 1):
            label = _MANY if column in ("departments", "regions") else _ONE
            zone.field.add(name=column, number=number, label=label, type=_STRING)
        sheets: dict[str, descriptor_pb2.DescriptorProto] = {}
        for qualified, table in self._tables.items():
            sheet, _dot, field = qualified.partition(".")
            if sheet not in sheets:
                sheets[sheet] = described.message_type.add(name=sheet)
            row = sheets[sheet].nested_type.add(name=field)
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
        return described


def _row_maker(message: Callable[..., Any], columns: tuple[str, ...]) -> Callable[..., Any]:
    """A function from the values of a row to its message.

    What is left of a row without its texts recurs: a kind, a yes or no. CEL only reads messages,
    so rows may share them.
    """

    # `typed`, since 1 and true are one key, and would be one message.
    @lru_cache(maxsize=_ROWS_KEPT, typed=True)
    def row_of(*values: Any) -> Any:
        given = zip(columns, values, strict=True)
        return message(**{name: {"value": value} for name, value in given if value is not None})

    return row_of


def _tables(sheets: Mapping[str, Sheet]) -> Iterator[tuple[str, TableField]]:
    for sheet_name, sheet in sheets.items():
        for field_name, field in sheet.fields.items():
            if isinstance(field, TableField):
                yield f"{sheet_name}.{field_name}", field


Figures = Callable[[Case], dict[str, int]]
"""A panel's figures from the marks given so far; see `panel.figures_of`."""


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
        self.figures: Mapping[str, Figures] = {
            name: of_last(partial(figures_of, name, sheet))
            for name, sheet in definition.sheets.items()
            if sheet.is_panel
        }
        self.variables: dict[str, Variable] = {v.name: v for v in self._declare()}
        self.env: Env = self._environment(self.variables)
        self._compiled: dict[tuple[str, bool], Expression] = {}

    def values(self, names: tuple[str, ...], case: Case, moment: Moment) -> dict[str, Any]:
        """The values of some variables; one that is not known is left out."""
        found = ((name, self.variables[name].read(case, moment)) for name in names)
        return {name: value for name, value in found if value is not None}

    def compile(self, source: str, *, computed: bool = False) -> Expression:
        """A condition or a computed field, its shorthand written out, compiled once.

        *Raises* RuntimeError for what CEL refuses.
        """
        kept = self._compiled.get((source, computed))
        if kept is None:
            env = self.line_env if computed else self.env
            kept = env.compile(written_out(source, self._definition.config.limits))
            self._compiled[source, computed] = kept
        return kept

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
        """The environment of computed fields."""
        return self._environment(self.recorded)

    def inputs(self, name: str) -> tuple[str, ...]:
        """The facts that a computed field is worked out from; none for any other name."""
        field = self._definition.field(name)
        computed = field.computed if isinstance(field, Computable) else None
        return () if computed is None else self.worked_out_from(computed)

    def worked_out_from(self, source: str) -> tuple[str, ...]:
        """The names that a computed field reads."""
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
                yield from _given(name, sheet)
        for name, request in self._definition.requests.items():
            yield from self._asked(name, request)
        yield from self._surroundings()
        yield from self._numbers()

    def _asked(self, name: str, request: Request) -> Iterator[Variable]:
        """What rules read of a request beside its fields."""
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

        def read(case: Case, _moment: Moment) -> Any:
            value = (case.contest if of_contest else case.facts).get(qualified)
            if bound is None:
                return value
            return None if value is None else bound(value)

        return read

    def _figure(self, name: str, figure: str) -> Read:
        sheet = self._definition.sheets[name]

        def read(case: Case, _moment: Moment) -> int | None:
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

        def read(case: Case, moment: Moment) -> Any:
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

    def _surroundings(self) -> Iterator[Variable]:
        kind = cel.Type
        identity = self._definition.config.contest
        for name, known in SURROUNDINGS.items():
            yield Variable(name, known.type, known.read)
        yield Variable("contest.id", kind.STRING, lambda _case, _moment: identity.id)
        yield Variable("contest.language", kind.STRING, lambda _case, _moment: identity.language)
        for name in self._definition.config.dates:
            yield Variable(f"date.{name}", kind.TIMESTAMP, self._dates.reader(name))
        for name in self._definition.states:
            yield from _instant(f"entered.{name}", _entered(name))
        for name, sheet in self._definition.sheets.items():
            if sheet.is_sent:
                yield from _instant(f"received.{name}", _received(self._definition, name))
        yield from _instant(NOTIFIED, lambda case, _moment: notified(self._definition, case))

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
    """Something that happens to a candidature, and whether it ever did."""
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


def _given(name: str, sheet: Sheet) -> Iterator[Variable]:
    required = sheet.required(name)
    yield Variable(
        f"given.{name}",
        cel.Type.BOOL,
        lambda case, _moment: case.given.union(case.facts, case.contest).issuperset(required),
    )
    for field_name, field in sheet.fields.items():
        if not field.is_computed:
            qualified = f"{name}.{field_name}"
            yield Variable(f"given.{qualified}", cel.Type.BOOL, _given_reader(qualified))


def _given_reader(qualified: str) -> Read:
    return lambda case, _moment: is_given(case, qualified)
