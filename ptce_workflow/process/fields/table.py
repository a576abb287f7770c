"""Fields of rows: tables and territories."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import Finding, Misuse, shown
from ptce_workflow.base.notation import read_json
from ptce_workflow.base.words import N_, _, did_you_mean, language, n_, nearest
from ptce_workflow.base.zones import KINDS, RECORDED, Finder, Kind, Zone, gazetteer
from ptce_workflow.process.fields.base import (
    ZONE,
    Cell,
    FieldType,
    Problem,
    RowBuilders,
    Unreadable,
    Unreadables,
    expected,
    is_blank,
    line,
    list_of,
    read_each,
)
from ptce_workflow.process.fields.scalars import crossed
from ptce_workflow.process.fields.text import TextField
from ptce_workflow.process.model.base import (
    NOTHING,
    Bool,
    Int,
    Model,
    Name,
    Named,
    Text,
    ZoneCode,
    declare,
)

if TYPE_CHECKING:
    from cel_expr_python import cel

    from ptce_workflow.base.structures import LegalForm


class Contradiction(Model):
    """Answers of one row that contradict each other; a person is asked about it."""

    says: Text = declare(description=N_("the contradiction, as people read it"))
    where: Mapping[Name, Bool | str] = declare(
        description=N_("the answers, by column, as they are written"),
        examples=['{ kind = "ess_enterprise", ess = false }'],
        min_length=1,
    )


Row = dict[str, Any]
_ROWS_AT_MOST = 500
_ANY_ZONE = ZoneInfo("UTC")


class TableField(FieldType):
    """Rows of typed columns; rules see the columns that are not erasable."""

    type: ClassVar[str] = "table"
    rules_read: ClassVar[str] = N_("rows of its columns, those that are erasable left out")
    at_length: ClassVar[bool] = True

    columns: Named[Cell] = declare(description=N_("the columns, by name"), min_length=1)
    min_rows: Int = declare(default=0, description=N_("rows at least"), ge=0, le=_ROWS_AT_MOST)
    max_rows: Int = declare(default=200, description=N_("rows at most"), ge=1, le=_ROWS_AT_MOST)
    unique: tuple[Name, ...] = declare(
        default=(),
        description=N_(
            "the columns in which no two rows may say the same, read without capitals, accents "
            "and signs; a SIRET by its SIREN. Another such row is refused as it is typed; no rule "
            "reads this"
        ),
        examples=['["name", "siret"]'],
    )
    contradictions: Named[Contradiction] = declare(
        default=NOTHING,
        description=N_("the answers that do not go together in a row: a person is asked about it"),
    )
    roster: str | None = declare(
        default=None,
        description=N_(
            "the text column of another table whose entries are the rows of a sign-in sheet; the "
            "column of the same name takes them here"
        ),
        examples=['"dossier.members.name"'],
    )

    @cached_property
    def line_columns(self) -> Mapping[str, Cell]:
        """The columns that stand in the ledger's lines: those that rules may read."""
        return {name: column for name, column in self.columns.items() if not column.erasable}

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(name for name, column in self.columns.items() if column.required)

    @cached_property
    def erasable_columns(self) -> Mapping[str, Cell]:
        return {name: column for name, column in self.columns.items() if column.erasable}

    def read(self, raw: Any, zone: ZoneInfo) -> list[Row]:
        """Blank cells and rows are left out. Raises: Unreadables with every bad cell."""
        rows = read_json(raw) if isinstance(raw, str) else raw
        if not isinstance(rows, list):
            raise expected(_("a list of rows"), rows)
        if len(rows) > _ROWS_AT_MOST:
            raise _wrong_count(len(rows), _ROWS_AT_MOST)
        values: list[Row] = []
        problems: list[Problem] = []
        met: dict[tuple[str, str], int] = {}
        for number, row in enumerate(rows, 1):
            if is_blank(row) or (isinstance(row, dict) and all(map(is_blank, row.values()))):
                continue
            value, faults = self._read_row(number, row, zone)
            values.append(value)
            problems += [*faults, *self._said_before(number, value, met)]
        if problems:
            raise Unreadables(problems)
        if not self.min_rows <= len(values) <= self.max_rows:
            raise _wrong_count(len(values), self.max_rows, self.min_rows)
        return values

    def _read_row(self, number: int, row: Any, zone: ZoneInfo) -> tuple[Row, list[Problem]]:
        where = _("row {row}").format(row=number)
        if not isinstance(row, dict):
            wrong = expected(_("a table of columns"), row)
            return {}, [Problem.of(wrong, row=number, where=where)]
        value: Row = {}
        problems = [
            Problem(
                _('There is no column "{name}".').format(name=shown(str(name))),
                _columns_known(self.columns),
                did_you_mean(nearest(str(name), self.columns)),
                number,
                str(name),
                where,
            )
            for name in row
            if name not in self.columns
        ]
        for name, column in self.columns.items():
            cell = row.get(name)
            try:
                if not is_blank(cell):
                    value[name] = column.read(cell, zone)
                elif column.required:
                    why = str(self._form(row, name) or "")
                    raise Unreadable(_("Nothing is given, and it is required."), why)
            except Misuse as error:
                problems.append(
                    Problem.of(error, row=number, column=name, where=f"{where}, {column.label}")
                )
        return value, problems

    def _said_before(
        self, number: int, row: Row, met: dict[tuple[str, str], int]
    ) -> Iterator[Problem]:
        """What a row says that only one may say, and an earlier one does; `met` is kept."""
        where = _("row {row}").format(row=number)
        for name in (name for name in self.unique if name in row):
            column = self.columns[name]
            first = met.setdefault((name, column.compared(row[name])), number)
            if first != number:
                what = _("This is the same as in row {row}.").format(row=first)
                why = _("Each row is another: capitals, accents and signs do not count.")
                mend = _("Leave one of them out, or tell them apart.")
                yield Problem(what, why, mend, number, name, f"{where}, {column.label}")

    def typed(self, value: Any) -> list[Row]:
        columns = self.columns
        return [{name: columns[name].typed(cell) for name, cell in row.items()} for row in value]

    def split(self, value: Any) -> tuple[Any, Any]:
        """Two lists of as many rows: those of the ledger's lines, and those that may be erased."""
        if not self.erasable_columns:
            return value, None
        return (
            [{name: row[name] for name in row if name in self.line_columns} for row in value],
            [{name: row[name] for name in row if name in self.erasable_columns} for row in value],
        )

    def join(self, line_part: Any, private_part: Any) -> Any:
        if private_part is None or line_part is None:
            return line_part
        return [{**row, **private} for row, private in zip(line_part, private_part, strict=True)]

    def records(self, value: Any) -> bool:
        return self._are_rows(value, self.columns)

    def records_parts(self, line_part: Any, private_part: Any) -> bool:
        if not self._are_rows(line_part, self.line_columns):
            return False
        if private_part is None:
            return True
        return (
            bool(self.erasable_columns)
            and self._are_rows(private_part, self.erasable_columns)
            and len(private_part) == len(line_part)
        )

    def _are_rows(self, value: Any, columns: Mapping[str, Cell]) -> bool:
        if type(value) is not list or not self.min_rows <= len(value) <= self.max_rows:
            return False
        required = self._required & columns.keys()
        for row in value:
            if type(row) is not dict or not required <= row.keys():
                return False
            for name, cell in row.items():
                column = columns.get(name)
                if column is None or not column.records(cell):
                    return False
        return True

    def fits(self, line_part: Any, private_part: Any) -> bool:
        value = self.join(line_part, private_part)
        if value is None:
            return True
        columns = self.line_columns if private_part is None else self.columns
        return self._are_rows(value, columns) and all(
            columns[name].reads_back(cell) for row in value for name, cell in row.items()
        )

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return n_("{count} row", "{count} rows", len(value))

    def summary(self, value: list[Row], language: str) -> str:
        counts = [
            count
            for name, column in self.columns.items()
            for count in column.tally([row.get(name) for row in value], language)
        ]
        return f"{len(value)} ({', '.join(counts)})" if counts else str(len(value))

    def _form(self, row: Row, column: str) -> LegalForm | None:
        """The legal form that answers a column, where it is the name of a structure that does."""
        # Most commands look at no name.
        from ptce_workflow.base.structures import legal_form

        name = getattr(self.columns[column], "legal_form_of", None)
        return legal_form(str(row.get(name) or "")) if name else None

    def doubts(self, value: list[Row]) -> Iterator[str]:
        for number, row in enumerate(value, 1):
            where = _("row {row}").format(row=number)
            doubts: list[tuple[str, object]] = []
            for name, cell in row.items():
                form = self._form(row, name)
                if form and cell != (form.family == "social"):
                    text = self.columns[name].show_in_row(cell, language(), _ANY_ZONE)
                    doubts.append((f"{where}, {text}", form))
            doubts += [
                (where, contradiction.says)
                for contradiction in self.contradictions.values()
                if all(
                    name in row and row[name] == self.columns[name].read(answer, _ANY_ZONE)
                    for name, answer in contradiction.where.items()
                )
            ]
            for place, says in doubts:
                yield _("{label}: {value}").format(label=place, value=says)

    def cel_type(self, qualified: str) -> cel.Type:
        return list_of(qualified)

    def binding(
        self, qualified: str, zone: ZoneInfo, rows: RowBuilders
    ) -> Callable[[Any], list[Any]]:
        return rows.builder(qualified, tuple(self.line_columns))

    def sample(self) -> list[Row]:
        row = {name: column.sample() for name, column in self.columns.items()}
        return [dict(row) for _row in range(max(1, self.min_rows))]

    def trials(self) -> tuple[list[Row], ...]:
        rows = self.sample()
        required = {name for name, column in self.columns.items() if column.required}
        bare = [{name: row[name] for name in row if name in required} for row in rows]
        return rows, bare, [] if self.min_rows == 0 else bare

    def filled(self, value: Any) -> list[Row]:
        return list(islice(cycle(value), self.max_rows))

    def faults(self, file: str, key: str) -> Iterator[Finding]:
        yield from super().faults(file, key)
        if self.min_rows > self.max_rows:
            yield crossed(file, f"{key}.min_rows", "min_rows", "max_rows")
        for name, column in self.columns.items():
            place = f"{key}.columns.{name}"
            if column.is_computed:
                what = _("A column cannot be computed.")
                why = _("Each row holds what was typed in, and nothing else.")
                mend = _("Reckon over the rows in a field of its own.")
                yield Finding(file, f"{place}.computed", what, why, mend)
            yield from column.faults(file, place)
            reference_name = getattr(column, "legal_form_of", None)
            if reference_name and not isinstance(self.columns.get(reference_name), TextField):
                what = _('There is no text column "{name}".').format(name=reference_name)
                mend = _columns_known(self.columns)
                yield Finding(file, f"{place}.legal_form_of", what, mend=mend)
        for name, contradiction in self.contradictions.items():
            for answered, answer in contradiction.where.items():
                place = f"{key}.contradictions.{name}.where.{answered}"
                try:
                    if answered not in self.columns:
                        what = _('There is no column "{name}".').format(name=answered)
                        raise Misuse(what, mend=_columns_known(self.columns))
                    self.columns[answered].read(answer, _ANY_ZONE)
                except Misuse as error:
                    yield Finding(file, place, error.what, error.why, error.mend)


def _columns_known(columns: Mapping[str, Cell]) -> str:
    return _("Columns: {names}.").format(names=", ".join(columns))


def _wrong_count(count: int, most: int, least: int = 0) -> Unreadable:
    what = n_("There is {count} row.", "There are {count} rows.", count)
    if count > most:
        return Unreadable(what, _("{limit} are accepted at most.").format(limit=most))
    return Unreadable(what, _("{limit} are needed at least.").format(limit=least))


_ZONES_AT_MOST = 200
_LONGEST = 250
_COMMA = r"\s*[,\t]\s*"
_OCCITANIE = ["09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82"]


class TerritoryField(FieldType):
    """Communes, EPCI, departments or regions; rows of kind, code, departments, regions."""

    type: ClassVar[str] = "territory"
    rules_read: ClassVar[str] = N_("rows of `kind`, `code`, `departments`, `regions`")
    says_all: ClassVar[bool] = True

    kinds: tuple[Kind, ...] = declare(
        default=KINDS, description=N_("the kinds of zone accepted"), min_length=1
    )
    near: ZoneCode | None = declare(
        default=None,
        description=N_(
            "the zone whose places are proposed first among namesakes; outside it, the bare name "
            "of a commune is asked about"
        ),
        examples=['"region 76"'],
    )

    def read(self, raw: Any, zone: ZoneInfo) -> list[dict[str, Any]]:
        """Zones, none twice, set apart by lines, semicolons, or commas where no zone has one."""
        if isinstance(raw, str):
            raw = self.places_in(raw)
        items = [raw] if isinstance(raw, dict) else raw
        if not isinstance(items, list):
            raise expected(_("a list of places"), raw)
        places = [item for item in items if not is_blank(item)]
        if not places:
            raise Unreadable(_("No place is named."))
        if len(places) > _ZONES_AT_MOST:
            why = _("{limit} are accepted at most.").format(limit=_ZONES_AT_MOST)
            mend = _("Name the EPCI, departments or regions that they make up.")
            raise Unreadable(_("{count} places are named.").format(count=len(places)), why, mend)
        zones = read_each(places, lambda item: _zone(self, item))
        return [zone.record() for zone in dict.fromkeys(zones)]

    @property
    def _finder(self) -> Finder:
        return gazetteer(self.near or "")

    def doubts(self, value: Any) -> Iterator[str]:
        for zone in value:
            if zone["kind"] == "epci" and len(zone["regions"]) > 1:
                yield self._finder.straddling(zone["code"])

    def faults(self, file: str, key: str) -> Iterator[Finding]:
        yield from super().faults(file, key)
        try:
            if self.near:
                gazetteer().resolve(self.near)
        except Misuse as error:
            yield Finding(file, f"{key}.near", error.what, error.why, error.mend)

    def records(self, value: Any) -> bool:
        return (
            type(value) is list
            and 0 < len(value) <= _ZONES_AT_MOST
            and all(map(self._is_zone, value))
            and len({(zone["kind"], zone["code"]) for zone in value}) == len(value)
        )

    def places_in(self, text: str) -> list[str]:
        """The places that a text names: on lines, or set apart by signs that a name may hold."""
        places: list[str] = []
        for part in re.split(r"\s*[;\n]\s*", text):
            tried = [[part]]
            for sign in (_COMMA, rf"{_COMMA}|\s+(?:et|and|&)\s+"):
                # What is not known is looked for among all names: no part is tried twice.
                tried += [items for items in [re.split(sign, part)] if items not in tried]
            readable = (items for items in tried if self._are_places(items))
            places += next(readable, re.split(_COMMA, part))
        return [place for place in places if place.strip()]

    def _are_places(self, items: Sequence[str]) -> bool:
        try:
            return all(_zone(self, item) for item in items if item.strip())
        except Misuse:
            return False

    def _is_zone(self, zone: Any) -> bool:
        if type(zone) is not dict or zone.keys() != set(RECORDED) or zone["kind"] not in self.kinds:
            return False
        listed = (zone["departments"], zone["regions"])
        return all(type(codes) is list for codes in listed) and all(
            type(code) is str and code for codes in ([zone["code"]], *listed) for code in codes
        )

    def sample(self) -> list[dict[str, Any]]:
        kind = self.kinds[0]
        departments = [*_OCCITANIE] if kind == "region" else ["12"]
        code = {"commune": "12145", "epci": "200067155", "department": "12", "region": "76"}[kind]
        return [{"kind": kind, "code": code, "departments": departments, "regions": ["76"]}]

    def trials(self) -> tuple[list[dict[str, Any]], ...]:
        return self.sample(), []

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        finder = gazetteer()
        return ", ".join(finder.label(place["kind"], place["code"]) for place in value)

    def counted_as(self, value: Any) -> list[str]:
        codes = {code for place in value for code in place["departments"]}
        return [gazetteer().label("department", code) for code in sorted(codes)]

    def cel_type(self, qualified: str) -> cel.Type:
        return list_of(ZONE)

    def binding(
        self, qualified: str, zone: ZoneInfo, rows: RowBuilders
    ) -> Callable[[Any], list[Any]]:
        return rows.builder(ZONE, None)


def _zone(field: TerritoryField, item: Any) -> Zone:
    finder = field._finder
    if not isinstance(item, dict):
        return finder.resolve(line(item, max_length=_LONGEST), field.kinds)
    kind, code = item.get("kind"), item.get("code")
    if not isinstance(kind, str) or not isinstance(code, str) or item.keys() - set(RECORDED):
        what = _("This place cannot be read.")
        mend = _("For example: {example}.").format(example='{ kind = "commune", code = "12145" }')
        raise Unreadable(what, _("As a table it has a kind and a code."), mend)
    zone_kind = next((accepted for accepted in KINDS if accepted == kind), None)
    if zone_kind is None or zone_kind not in field.kinds:
        what = _('"{kind}" is not a kind of zone accepted here.').format(kind=kind)
        raise Unreadable(what, _("Accepted here: {kinds}.").format(kinds=", ".join(field.kinds)))
    return finder.zone(zone_kind, code)
