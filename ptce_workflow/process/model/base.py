"""The base of every table of a definition: declared keys, immutable values.

These are plain classes, since most commands only look at a definition that was checked long ago.
What reads TOML builds validators from the same declarations: see `process.model.validation`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import FrozenInstanceError
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, dataclass_transform

from msgspec import Struct

from ptce_workflow.base.errors import Finding, PtceError
from ptce_workflow.base.words import N_ as N_
from ptce_workflow.base.words import _, language


class Bound:
    """The limits of a value, by the names that pydantic's `Field` has for them."""

    __slots__ = ("limits",)

    def __init__(self, **limits: Any) -> None:
        self.limits = limits


class Key(Struct, frozen=True):
    """A key of a table: what stands there when it is left out, what it says, its bounds."""

    default: Any
    description: str
    examples: Sequence[str]
    bounds: Mapping[str, Any]

    @property
    def is_required(self) -> bool:
        return self.default is ...


def declare(
    *, default: Any = ..., description: str = "", examples: Sequence[str] = (), **bounds: Any
) -> Any:
    return Key(default, description, examples, bounds)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(declare,))
class Model:
    """A table of the contest folder: no unknown key, no change after reading.

    What was left out is not in `vars()`; its default is the attribute of the class.
    """

    type: ClassVar[str] = ""
    """The word of the key `type`, for tables that it tells apart; "" for all others."""
    inherits: ClassVar[frozenset[str] | None] = None
    """The keys that it has of its bases; None for all of them."""
    keys: ClassVar[Mapping[str, Key]] = MappingProxyType({})
    """Every key by the name of its attribute: those of the bases first."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Key)}
        for name, declared in own.items():
            if declared.is_required:
                delattr(cls, name)
            else:
                setattr(cls, name, declared.default)
        bases = [base for base in cls.__mro__[:0:-1] if issubclass(base, Model)]
        theirs = {n: k for base in bases for n, k in base.keys.items()}
        if cls.inherits is not None:
            theirs = {name: key for name, key in theirs.items() if name in cls.inherits}
        cls.keys = MappingProxyType(theirs | own)

    def __init__(self, **values: Any) -> None:
        unknown = values.keys() - self.keys.keys()
        missing = {name for name, declared in self.keys.items() if declared.is_required}
        if unknown or not missing <= values.keys():
            raise TypeError(sorted(unknown or missing - values.keys()))
        self.__dict__.update(values)

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> Self:
        """A table from values that were checked already, each of its final type."""
        model = cls.__new__(cls)
        model.__dict__.update(values)
        return model

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(
            getattr(other, name) == getattr(self, name) for name in self.keys
        )

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in self.keys)))

    def __repr__(self) -> str:
        written = ", ".join(f"{name}={vars(self)[name]!r}" for name in self.written)
        return f"{type(self).__name__}({written})"

    def but(self, **changes: Any) -> Self:
        return self.checked({**{name: vars(self)[name] for name in self.written}, **changes})

    @property
    def written(self) -> tuple[str, ...]:
        """The attributes whose keys were written, rather than left to their defaults."""
        return tuple(name for name in self.keys if name in vars(self))


LARGEST = 1_000_000_000_000
"""No number of a folder lies beyond, so that sums of hundredths stay within 64 bits."""

LANGUAGE_TAG = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
"""Source: BCP 47, as far as contests need it."""

T = TypeVar("T")
Name = Annotated[str, Bound(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Named = Mapping[Name, T]
Bool = Annotated[bool, Bound(strict=True)]
Int = Annotated[int, Bound(strict=True)]
Number = Annotated[Decimal, Bound(strict=True)]
WholeNumber = Int | Number
ZoneCode = Annotated[str, Bound(pattern=r"^(region|department|epci|commune) [0-9AB]+$")]
InstantSource = Annotated[datetime, Bound(strict=True)] | Annotated[date, Bound(strict=True)] | str
"""The values that may stand after `at`; `process.calendar` reads them."""

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""An empty table, for one that was left out."""


class Text(Model):
    """A phrase of the folder in the language of the contest, and what catalogues have for it."""

    phrase: str = declare()
    others: Mapping[str, str] = declare(default=NOTHING)

    def __init__(self, phrase: str, **others: str) -> None:
        super().__init__(phrase=phrase, **({"others": MappingProxyType(others)} if others else {}))

    def __hash__(self) -> int:
        return hash(self.phrase)

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return self.in_(language())

    def in_(self, language: str) -> str:
        """The phrase in one language; as the folder has it where no catalogue has that one."""
        return self.others.get(language, self.phrase)

    def spoken(self) -> tuple[str, ...]:
        return (self.phrase, *self.others.values())


def in_hundredths(number: Decimal | int) -> int:
    """A number that may have decimals, as rules and the ledger hold it."""
    return int(Decimal(number).scaleb(2))


class Grounded(Model):
    """Something the rulebook says, or the organiser chose: one of the two is always named."""

    source: Text | None = declare(
        default=None,
        description=N_(
            "where the rulebook says so: section and paragraph, counted between blank lines"
        ),
        examples=['"Jury du concours, §4.6"'],
    )
    choice: Text | None = declare(
        default=None,
        description=N_("why the organiser decided so, where the rulebook is silent"),
        examples=['"quatre voix sur six suffisent"'],
    )

    @property
    def grounded(self) -> bool:
        return self.source is not None or self.choice is not None


class Question(Grounded):
    """The keys of every field, whatever its type."""

    label: Text = declare(description=N_("what people read"))
    help: Text | None = declare(default=None, description=N_("a sentence that helps to answer"))
    required: Bool = declare(
        default=True,
        description=N_(
            "whether the sheet is incomplete without it; a criterion with `false` may be left "
            "unmarked by any member, and by all: it then leaves the mean. What is computed, and "
            "the comments of a panel, are not asked for"
        ),
    )

    open: Bool = declare(default=False, description=N_("whether it may be written in every state"))

    @property
    def is_computed(self) -> bool:
        return False


Kind = Literal["config", "state", "gate", "ends", "sheet", "request", "notification"]


class Part(Struct, frozen=True):
    kind: Kind
    name: str
    file: str
    table: dict[str, Any]

    @property
    def place(self) -> str:
        """The dotted name that its keys follow: `states.scored`, or nothing for `config.toml`."""
        places = {
            "config": "",
            "ends": "states",
            "sheet": f"sheets.{self.name}",
            "request": f"requests.{self.name}",
            "notification": f"notifications.{self.name}",
        }
        return places.get(self.kind, f"states.{self.name}")


class Rule(Grounded):
    """A condition that must hold for a transition to be made."""

    goes_without_saying: ClassVar[bool] = False
    """True for one whose verdict is recorded and shown only where it alone does not hold."""

    says: Text | None = declare(
        default=None,
        description=N_("the rule as people read it; {names} in braces show their value"),
        examples=['"Reçu au plus tard le {date.submission}"'],
    )
    when: str | None = declare(
        default=None,
        description=N_("the condition, in CEL"),
        examples=['"received.dossier <= date.submission"'],
    )


class TemplateFault(PtceError):
    """A template cannot be read, or gives no letter; its place where it is known."""

    def __init__(
        self,
        what: str,
        reason: str = "",
        mend: str = "",
        *,
        file: str = "",
        line: int = 0,
        column: int = 0,
    ) -> None:
        text = _("line {line}").format(line=line) if line else ""
        super().__init__(what, _placed(file, _placed(text, reason)), mend)
        self.reason = reason
        self.file = file
        self.line = line
        self.column = column

    def at(self, file: str, line: int, column: int = 0) -> TemplateFault:
        """The same fault with its place; one that has its place already keeps it."""
        if self.file:
            return self
        line, column = self.line or line, self.column or column
        return TemplateFault(self.what, self.reason, self.mend, file=file, line=line, column=column)

    @property
    def finding(self) -> Finding:
        place = (self.line or None, self.column or None)
        return Finding(self.file, "", self.what, self.reason, self.mend, *place)


def _placed(place: str, reason: str) -> str:
    if not place or not reason:
        return place or reason
    return _("{label}: {value}").format(label=place, value=reason)
