"""The base of field types, and answers as they are handed in.

A recorded value is ready for JSON: whole numbers, decimals and marks in hundredths (int), bool,
text; a day as `2024-05-14`, an instant in UTC; the name of an option, or a list of them; a list of
zones or of rows; the name, size and SHA-256 of a file.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import compress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base.errors import Finding, Misuse
from ptce_workflow.base.words import N_, _, n_, plain, speaking
from ptce_workflow.process.model.base import Name, Question, declare

if TYPE_CHECKING:
    from cel_expr_python import cel


_BLANKS = "\t\n\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_BLANKS += "\u202f\u205f\u3000"
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing, though Unicode counts them as printable."""
_BIDI = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\u206b"
)
_REPLACEMENT = "\ufffd"
# Bullets of a word processor, which its symbol font alone draws.
_SYMBOLS = re.compile("[\uf000-\uf0ff]")
# What European languages are written with: every one of these letters and signs may stay.
_PLAIN_LINE = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
_PLAIN_LINES = re.compile("[\t\n -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
_ENCODED_WORD = "=?"


class TextRefused(Misuse):
    """A text holds something that cannot be recorded."""


def normalise(value: str, *, multiline: bool, max_length: int) -> str:
    """The text in composed form (NFC), without blanks around it; "" for nothing but blanks.

    Ends of lines become LF, and signs of a symbol font bullets, in a text of many lines. No-break
    spaces, which French typography needs, and emoji are kept.
    Characters that this Python's Unicode does not know are refused with the invisible ones: only
    assigned characters are sure to stay in composed form for ever.

    Raises: TextRefused with the code point and its place, or with the length.
    """
    text = unicodedata.normalize("NFC", value).strip(_BLANKS)
    if multiline:
        text = _SYMBOLS.sub("•", text.replace("\r\n", "\n"))
    plain = _PLAIN_LINES if multiline else _PLAIN_LINE
    for index in () if plain.fullmatch(text) else range(len(text)):
        reason = _reason(text, index, multiline=multiline)
        if reason:
            raise _refused(text, index, reason, multiline=multiline)
    if not multiline and _ENCODED_WORD in text:
        place = _place(text, text.index(_ENCODED_WORD), multiline=False)
        what = _('The text holds "{sign}" ({place}).').format(sign=_ENCODED_WORD, place=place)
        why = _("In a mail, these two signs begin a coded word that can hide another header.")
        raise TextRefused(what, why, _("Put a blank between them."))
    if len(text) > max_length:
        what = _("The text has {count} characters.").format(count=len(text))
        why = _("{limit} are accepted at most.").format(limit=max_length)
        raise TextRefused(what, why, _("Shorten it."))
    return text


def legible(text: str) -> str:
    """A text that somebody else wrote, without what `normalise` refuses."""
    text = _SYMBOLS.sub("•", text.replace("\r\n", "\n").replace("\r", "\n"))
    flags = (not _reason(text, index, multiline=True) for index in range(len(text)))
    return "".join(compress(text, flags))


def _reason(text: str, index: int, *, multiline: bool) -> str:
    """Why a character cannot stay; "" for one that may."""
    character = text[index]
    if character.isprintable() and character not in _INVISIBLE | {_REPLACEMENT}:
        return ""
    category = unicodedata.category(character)
    if category == "Zs" or (multiline and character in "\t\n"):
        return ""
    if character == "\u200d" and _joins_pictures(text, index):
        return ""
    if character in "\n\r\u0085\u2028\u2029":
        return _("It ends a line: one line is expected, or plain ends of lines.")
    if character in _BIDI:
        return _("It changes the order in which the text is shown.")
    if character == _REPLACEMENT:
        return _("It stands where a letter was lost: the text was read in a wrong encoding.")
    match category:
        case "Cc":
            return _("It is a control character, not a letter.")
        case "Cs":
            return _("It is half a character: the text was cut or badly read.")
        case "Co":
            return _("It has no agreed meaning: each font draws another.")
        case "Cn":
            text = _("It is unknown to Unicode {version}, which this program uses.")
            return text.format(version=unicodedata.unidata_version)
    return _("It does not show: two texts that look alike would differ.")


def _joins_pictures(text: str, index: int) -> bool:
    """True where a zero-width joiner stands between two signs, as in the emoji of a farmer."""
    before, after = text[:index].rstrip("\ufe0f")[-1:], text[index + 1 : index + 2]
    return all(sign and unicodedata.category(sign) in ("So", "Sk") for sign in (before, after))


def _refused(text: str, index: int, reason: str, *, multiline: bool) -> TextRefused:
    character = text[index]
    point = f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
    place = _place(text, index, multiline=multiline)
    what = _("The text holds the character {point} ({place}).").format(point=point, place=place)
    return TextRefused(what, reason, _("Type the passage again, without it."))


def _place(text: str, index: int, *, multiline: bool) -> str:
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    if not multiline:
        return _("character {column}").format(column=index + 1)
    line = text.count("\n", 0, index) + 1
    return _("line {line}, character {column}").format(line=line, column=column)


T = TypeVar("T")
_TOLD = 20


class Problem(Struct, frozen=True):
    """One thing that is wrong: what, why, how to mend it, and where in a list or a table.

    Units: rows count from 1, as they were handed over; None for the answer as a whole.
    """

    what: str
    why: str = ""
    mend: str = ""
    row: int | None = None
    column: str | None = None
    where: str = ""

    @classmethod
    def of(
        cls, error: Misuse, *, row: int | None = None, column: str | None = None, where: str = ""
    ) -> Problem:
        return cls(error.what, error.why, error.mend, row, column, where)

    def __str__(self) -> str:
        text = " ".join(part for part in (self.what, self.why, self.mend) if part)
        return _("{label}: {value}").format(label=self.where, value=text) if self.where else text


class Unreadable(Misuse):
    """A value, or a cell, that its type cannot read; the place is added by who asked for it."""


class Unreadables(Misuse):
    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].what)
        self.problems = tuple(problems)


def read_each(items: Sequence[Any], read: Callable[[Any], T]) -> list[T]:
    """The values of a list's items; *raises* Unreadables with every item that is wrong."""
    values: list[T] = []
    problems: list[Problem] = []
    for row, item in enumerate(items, 1):
        try:
            values.append(read(item))
        except Misuse as error:
            where = _("item {row}").format(row=row) if len(items) > 1 else ""
            problems.append(Problem.of(error, row=row, where=where))
    if problems:
        raise Unreadables(problems)
    return values


class ValueRefused(Misuse):
    def __init__(self, label: str, problems: Sequence[Problem]) -> None:
        self.label = label
        self.problems = tuple(problems)
        if len(problems) == 1 and not problems[0].where:
            (only,) = problems
            what = _("{label}: {value}").format(label=label, value=only.what)
            super().__init__(what, only.why, only.mend)
            return
        what = n_("{label}: {count} problem.", "{label}: {count} problems.", len(problems))
        texts = [str(problem) for problem in problems[:_TOLD]]
        more = len(problems) - _TOLD
        if more > 0:
            texts.append(n_("and {count} more", "and {count} more", more))
        super().__init__(what.format(label=label, count=len(problems)), "\n  ".join(texts))


LINE_LENGTH = 200
_PLAIN_SPACES = str.maketrans("\u00a0\u2009\u202f", "   ")


def is_blank(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip()) or raw in ([], {}, ())


def line(raw: Any, *, max_length: int = LINE_LENGTH, multiline: bool = False) -> str:
    """The text of a line, or of several. Raises: Unreadable, TextRefused as `normalise`."""
    if not isinstance(raw, str):
        raise expected(_("a text"), raw, _("Put it between quotation marks."))
    return normalise(raw, multiline=multiline, max_length=max_length)


def plain_line(raw: Any) -> str:
    """A line of text, as `line`, whose narrow and unbreakable blanks are plain spaces."""
    return line(raw).translate(_PLAIN_SPACES)


def expected(what: str, raw: Any, mend: str = "") -> Unreadable:
    return Unreadable(
        _("This is {given}; {what} is expected.").format(given=_kind_of(raw), what=what), mend=mend
    )


def _kind_of(raw: Any) -> str:
    # Order matters: True is an int, a datetime is a date.
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, _("yes or no")),
        ((int, float, Decimal), _("a number")),
        (str, _("a text")),
        (datetime, _("a day and an hour")),
        (date, _("a day")),
        (time, _("an hour")),
        (dict, _("a table")),
        (list, _("a list")),
    )
    return next((name for kind, name in kinds if isinstance(raw, kind)), _("nothing"))


_TYPES: dict[str, type[FieldType]] = {}
_ORDER = (
    *("text", "long_text", "file", "integer", "decimal", "score", "boolean", "option", "options"),
    *("date", "datetime", "email", "phone", "url", "siren", "siret", "table", "territory"),
)
"""The order in which pages and schemas list the types; any other type follows, by its name."""
ROWS = "Rows"
"""The package of the messages that rules read as rows."""
ZONE = "Zone"
"""The message that a zone of a territory is; rows of tables bear the name of their field."""
_ANY_ZONE = ZoneInfo("UTC")
"""What a cell records depends on none."""


class RowBuilders(Protocol):
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
    """True where totals may be grouped by its answers."""
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
        """The value to record; a file is `{"name", "content"}`. Raises: ValueRefused."""
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
        """What the ledger line holds, and what may be erased; None for no such part."""
        return (None, value) if self.erasable else (value, None)

    def join(self, line_part: Any, private_part: Any) -> Any:
        """The whole value from its parts; None for one that was erased, or never given."""
        return private_part if self.erasable else line_part

    # --- What was recorded, judged --------------------------------------------------------------

    @abstractmethod
    def records(self, value: Any) -> bool:
        """Whether a value has the recorded shape; libraries change what they find valid."""

    def records_parts(self, line_part: Any, private_part: Any) -> bool:
        """Whether parts have the recorded shape; None for an absent or erased one."""
        if self.erasable:
            return line_part is None and (private_part is None or self.records(private_part))
        return private_part is None and self.records(line_part)

    def fits(self, line_part: Any, private_part: Any) -> bool:
        """Whether the field, perhaps changed, would record this again; erased parts fit."""
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

    def counted_as(self, value: Any) -> Sequence[str]:
        """The labels under which a recorded value is counted, for a type that can be counted."""
        return ()

    def doubts(self, value: Any) -> Iterator[str]:
        """Sentences on what a person should look at in a recorded value."""
        yield from ()

    # --- Read by rules --------------------------------------------------------------------------

    def cel_type(self, qualified: str) -> cel.Type:
        # Most commands judge no rule, and need no CEL.
        from cel_expr_python import cel

        kind: cel.Type = getattr(cel.Type, self.in_rules)
        return kind

    def binding(
        self, qualified: str, zone: ZoneInfo, rows: RowBuilders
    ) -> Callable[[Any], Any] | None:
        """A function from the recorded value (hundredths) to that of rules; None for the same."""
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
        return value

    def faults(self, file: str, key: str) -> Iterator[Finding]:
        if self.is_computed and "required" in self.written and self.required:
            what = _("A computed field cannot be required.")
            why = _("Nobody types it in: it is there as soon as what it reads is.")
            mend = _("Leave `required` out, and ask for what it reads.")
            yield Finding(file, f"{key}.required", what, why, mend)


class Cell(FieldType):
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
        try:
            again = self.read(self.typed(value), _ANY_ZONE)
        except (Misuse, ArithmeticError, ValueError):
            return False
        return type(again) is type(value) and bool(again == value)

    def tally(self, values: Sequence[Any], language: str) -> list[str]:
        """The counts of what the rows of a table say, for a type that can be counted."""
        return []

    def show_in_row(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return self.display(value, language, zone)


class DatedField(FieldType):
    in_rules: ClassVar[str] = "TIMESTAMP"

    @abstractmethod
    def instant(self, value: Any) -> date:
        """The recorded day, or the recorded instant."""


class Computable(FieldType):
    computed: str | None = declare(
        default=None,
        description=N_("a CEL expression over other facts of the ledger; never typed in"),
        examples=['"dossier.members.filter(m, m.ess).size()"'],
    )

    @property
    def is_computed(self) -> bool:
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
    # Most commands judge no rule, and need no CEL.
    from cel_expr_python import cel

    return cel.Type.List(cel.Type(f"{ROWS}.{message}"))
