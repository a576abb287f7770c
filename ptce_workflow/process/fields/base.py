"""The base of all types of field: from what is typed to what rules read of it.

A recorded value is ready for JSON: whole numbers, decimals and marks in hundredths (int), bool,
text; a day as `2024-05-14`, an instant in UTC; the name of an option, or a list of them; a list of
zones or of rows; the name, size and SHA-256 of a file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import Finding, Misuse
from ptce_workflow.base.text import plain
from ptce_workflow.base.words import N_, _, speaking
from ptce_workflow.process.fields.answers import (
    Problem,
    Unreadable,
    Unreadables,
    ValueRefused,
    is_blank,
)
from ptce_workflow.process.model.shared import Name, Question, declare

if TYPE_CHECKING:
    from cel_expr_python import cel

_TYPES: dict[str, type[FieldType]] = {}
_ORDER = (
    *("text", "long_text", "file", "integer", "decimal", "score", "boolean", "option", "options"),
    *("date", "datetime", "email", "phone", "url", "siren", "siret", "table", "territory"),
)
"""The order in which pages and schemas list the types; any other type follows, by its name."""

"""Every type of field by the name that folders give it, in the order of declaration."""
ROWS = "Rows"
"""The package of the messages that rules read as rows."""
ZONE = "Zone"
"""The message that a zone of a territory is; rows of tables bear the name of their field."""
_ANY_ZONE = ZoneInfo("UTC")
"""What a cell records depends on none."""


class RowBuilders(Protocol):
    """A maker of the messages that rules read as rows; see `process.rules.rows`."""

    def builder(
        self, message: str, columns: Sequence[str] | None
    ) -> Callable[[list[dict[str, Any]]], list[Any]]:
        """A function from recorded rows to messages; without columns, every key is read."""


class FieldType(Question, ABC):
    """A field of a sheet; each type that folders may name is a subclass with a `type` of its own.

    Beside what is abstract here, a type overrides what sets it apart from a plain recorded value.
    """

    erasable: ClassVar[bool] = False
    """True where answers stand in a side row that can be erased; no rule reads them."""
    in_rules: ClassVar[str] = ""
    """The CEL type under which rules read it, by its name in `cel.Type`."""
    rules_read: ClassVar[str] = ""
    """A description of what rules read, for the page on the format; "" where the type says it."""
    is_summed: ClassVar[bool] = False
    """True where totals may add it up."""
    is_grouped: ClassVar[bool] = False
    """True where totals may be told apart by its answers."""
    in_panel: ClassVar[Literal["", "mark", "comment"]] = ""
    """Its part in the sheet of a panel; "" for a type that no panel asks."""
    at_length: ClassVar[bool] = False
    """True where documents print it below its label, over the whole width."""
    says_all: ClassVar[bool] = False
    """True where what is shown needs no label to be understood."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "type" in vars(cls):
            _TYPES[cls.type] = cls

    # --- From what is typed to what is recorded, and back --------------------------------------

    def parse(self, raw: Any, *, zone: ZoneInfo) -> Any:
        """The value to record for what was typed, or handed over in TOML or JSON.

        *Shape* of `raw` for a file: `{"name": str, "content": bytes}`; the caller keeps the bytes.

        *Raises* ValueRefused, under the field's label, with every problem of the answer.
        """
        try:
            if is_blank(raw):
                raise Unreadable(_("Nothing is given."), mend=_("Leave the field out instead."))
            return self.read(raw, zone)
        except Unreadables as found:
            raise ValueRefused(str(self.label), found.problems) from None
        except Misuse as error:
            raise ValueRefused(str(self.label), [Problem.of(error)]) from None

    @abstractmethod
    def read(self, raw: Any, zone: ZoneInfo) -> Any:
        """The value to record for an answer that is not blank; *raises* Misuse for what cannot."""

    def typed(self, value: Any) -> Any:
        """A recorded value as a person would hand it over: reading it gives the same value back."""
        return value

    def split(self, value: Any) -> tuple[Any, Any]:
        """The part of a value that the ledger line holds, and the part that may be erased.

        *Shape* None for a part that there is not.
        """
        return (None, value) if self.erasable else (value, None)

    def join(self, line_part: Any, private_part: Any) -> Any:
        """The whole value from its two parts; what was erased is missing from it.

        *Shape* None for a fact that was erased, or never given.
        """
        return private_part if self.erasable else line_part

    # --- What was recorded, judged --------------------------------------------------------------

    @abstractmethod
    def records(self, value: Any) -> bool:
        """True where a value has the shape of one that this field records, within its bounds.

        It is never read again: what a library finds valid today says nothing of what was valid.
        """

    def records_parts(self, line_part: Any, private_part: Any) -> bool:
        """True where the parts of a value have the shape of what this field records.

        *Shape* None for a part that there is not, or that was erased.
        """
        if self.erasable:
            return line_part is None and (private_part is None or self.records(private_part))
        return private_part is None and self.records(line_part)

    def fits(self, line_part: Any, private_part: Any) -> bool:
        """True where a field, perhaps changed since, would record again what was recorded.

        What was erased fits everywhere.
        """
        value = self.join(line_part, private_part)
        return value is None or (self.records(value) and self.reads_back(value))

    def reads_back(self, value: Any) -> bool:
        """True where a value of the right shape would still be recorded, were it typed again."""
        return True

    # --- Shown to people ------------------------------------------------------------------------

    def display(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """A recorded value as people read it: yes or no, labels, days in words, names of zones."""
        if value is None:
            return "–"
        with speaking(language):
            return self.show(value, language, zone)

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """A value that is known as people read it, in the language in force."""
        return str(value)

    def doubts(self, value: Any) -> Iterator[str]:
        """Sentences on what a person should look at in a recorded value."""
        yield from ()

    # --- Read by rules --------------------------------------------------------------------------

    def cel_type(self, qualified: str) -> cel.Type:
        """The CEL type under which rules read the field of this name."""
        # Most commands judge no rule, and need no CEL.
        from cel_expr_python import cel

        kind: cel.Type = getattr(cel.Type, self.in_rules)
        return kind

    def binding(
        self, qualified: str, zone: ZoneInfo, rows: RowBuilders
    ) -> Callable[[Any], Any] | None:
        """A function from a recorded value to what rules read; None where they read it as it is.

        *Units* decimals and marks stay in hundredths.
        """
        return None

    @property
    def answers(self) -> frozenset[str]:
        """The only texts that rules can find in it; empty where any may stand."""
        return frozenset()

    # --- Checked before anyone is judged --------------------------------------------------------

    @abstractmethod
    def sample(self) -> Any:
        """A value that it would record: within its bounds, every column of a table given."""

    def trials(self) -> tuple[Any, ...]:
        """The values on which rules are tried, what is full first and what is empty last."""
        return (self.sample(),)

    def filled(self, value: Any) -> Any:
        """A sample made as large as it may be."""
        return value

    def faults(self, file: str, key: str) -> Iterator[Finding]:
        """The faults of the field's definition that its keys show together."""
        if self.is_computed and "required" in self.written and self.required:
            yield Finding(
                file,
                f"{key}.required",
                _("A computed field cannot be required."),
                _("Nobody types it in: it is there as soon as what it reads is."),
                _("Leave `required` out, and ask for what it reads."),
            )


class Cell(FieldType):
    """A type whose answers fit in a cell of a table."""

    wrapper: ClassVar[str] = ""
    """The protobuf wrapper under which rules read a cell, where they read any.

    A wrapper, not a plain value: an unset column is then null, never 0, false or "".
    """
    width: ClassVar[int] = 3
    """The share of a line that a column takes in print."""

    def compared(self, value: Any) -> str:
        """What tells a value from another where no two rows may have the same."""
        return plain(self.typed(value))

    def reads_back(self, value: Any) -> bool:
        """True where the value, as a person would hand it over, is read as itself."""
        try:
            again = self.read(self.typed(value), _ANY_ZONE)
        except (Misuse, ArithmeticError, ValueError):
            return False
        return type(again) is type(value) and bool(again == value)

    def tally(self, values: Sequence[Any], language: str) -> list[str]:
        """The counts of what the rows of a table say, for a type that can be counted."""
        return []

    def show_in_row(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """A value as it is told among the other cells of its row."""
        return self.display(value, language, zone)


class DatedField(FieldType):
    """A field from which instants may be counted."""

    in_rules: ClassVar[str] = "TIMESTAMP"

    @abstractmethod
    def instant(self, value: Any) -> date:
        """The recorded day, or the recorded instant."""


class Computable(FieldType):
    """A field that may be worked out from others instead of typed in."""

    computed: str | None = declare(
        default=None,
        description=N_("a CEL expression over other facts of the ledger; never typed in"),
        examples=['"dossier.members.filter(m, m.ess).size()"'],
    )

    @property
    def is_computed(self) -> bool:
        """True where it is worked out from others, and never typed in."""
        return self.computed is not None


class SignedFor(FieldType):
    """A question that the sign-in sheet of a date may ask."""

    sign_in: Name | None = declare(
        default=None,
        description=N_("the date of `config.toml` whose sign-in sheet asks for it"),
        examples=['"session_1"'],
    )


class Erasable(FieldType):
    """A field whose answers may be erased one day: they stand outside the ledger's lines."""

    erasable: ClassVar[bool] = True


def field_types() -> Mapping[str, type[FieldType]]:
    """Every type of field by the name that folders give it, in the order of the pages."""
    ordered = (*_ORDER, *sorted(_TYPES.keys() - set(_ORDER)))
    return MappingProxyType({name: _TYPES[name] for name in ordered if name in _TYPES})


def list_of(message: str) -> cel.Type:
    """The CEL type of a list of rows."""
    # Most commands judge no rule, and need no CEL.
    from cel_expr_python import cel

    return cel.Type.List(cel.Type(f"{ROWS}.{message}"))
