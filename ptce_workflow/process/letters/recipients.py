"""The recipients of notifications: each word that may stand after `to` is one class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from msgspec import Struct

from ptce_workflow.base.words import N_

CONTACT = "contact"
"""The recipient of what goes to the collective: whatever address it has when the mail leaves."""

_KINDS: dict[str, Recipients] = {}
"""Every kind of recipients by its word, in the order of declaration."""


class Addressee(Struct, frozen=True):
    """Someone enrolled who has an address: the pseudonym, the roles, the institution."""

    pseudonym: str
    roles: tuple[str, ...]
    institution: str | None = None


class Recipients(ABC):
    """A kind of recipients; each subclass with a `word` of its own is one that folders may name."""

    word: ClassVar[str] = ""
    told: ClassVar[str] = ""
    """A description of them, for the page on the format."""
    are_enrolled: ClassVar[bool] = True
    """True where they are people whom the contest knows; else each candidature has its own."""
    are_institutions: ClassVar[bool] = False
    """True where they write for institutions: a contest without any has none of them."""
    lack_sheets: ClassVar[bool] = False
    """True where they are asked for the sheets that a `panel` still misses from them."""
    read_digest: ClassVar[bool] = False
    """True where a mail about the contest tells them what waits for them."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if cls.word:
            _KINDS[cls.word] = cls()

    @abstractmethod
    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        """The names of them in the outbox: pseudonyms, or `CONTACT`."""


class Contact(Recipients):
    """The collective itself."""

    word: ClassVar[str] = CONTACT
    told: ClassVar[str] = N_("the address in the candidature's `contact_field`")
    are_enrolled: ClassVar[bool] = False

    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        """The one contact that a candidature has."""
        yield CONTACT


class Desk(Recipients):
    """Those who run the contest."""

    word: ClassVar[str] = "desk"
    told: ClassVar[str] = N_("everyone of the desk who has an address")
    read_digest: ClassVar[bool] = True

    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        """Everyone of the desk."""
        yield from (one.pseudonym for one in people if "desk" in one.roles)


class Institutions(Recipients):
    """Those who sit for the institutions."""

    word: ClassVar[str] = "institutions"
    told: ClassVar[str] = N_("everyone of the jury who has an address")
    are_institutions: ClassVar[bool] = True

    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        """Everyone of the jury."""
        yield from (one.pseudonym for one in people if "jury" in one.roles)


class MissingSheets(Institutions):
    """Those of the institutions that owe a panel sheets; who owes none is sent nothing."""

    word: ClassVar[str] = "missing_sheets"
    told: ClassVar[str] = N_(
        "those of the jury whose institution has given no complete sheet of `panel` for a "
        "candidature that stands where it is open"
    )
    lack_sheets: ClassVar[bool] = True


def recipient_kinds() -> Mapping[str, Recipients]:
    """Every kind of recipients by the word that folders have for it."""
    return MappingProxyType(_KINDS)
