"""Tables and territories as protobuf rows, so that CEL checks columns as it checks names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

from ptce_workflow.base.geography.zones import RECORDED
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.fields.base import ROWS, ZONE
from ptce_workflow.process.last_call_cache import of_last
from ptce_workflow.process.model.sheets import Sheet

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


class Rows:
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
