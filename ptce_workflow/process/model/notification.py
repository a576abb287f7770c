"""The tables of notifications, and the kinds of recipients."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Struct

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import N_, _
from ptce_workflow.process.calendar import parse_hour
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.model.base import Bool, Bound, InstantSource, Model, Name, Text, declare
from ptce_workflow.process.model.sheets import Role

CONTACT = "contact"
"""The recipient of what goes to the collective: whatever address it has when the mail leaves."""

_KINDS: dict[str, Recipients] = {}
"""Every kind of recipients by its word, in the order of declaration."""


class Addressee(Struct, frozen=True):
    """Someone enrolled who has an address, for all that is known where it is not `is_sure`.

    `chairs` is the place of the institution among those that chair.
    """

    pseudonym: str
    roles: tuple[str, ...]
    institution: str | None = None
    chairs: int | None = None
    is_sure: bool = True


class Recipients(ABC):
    """A kind of recipients; each subclass with a `word` of its own is one that folders may name."""

    word: ClassVar[str] = ""
    description: ClassVar[str] = ""
    """A description of them, for the page on the format."""
    are_enrolled: ClassVar[bool] = True
    """True where they are people whom the contest knows; else each candidature has its own."""
    are_one_candidatures: ClassVar[bool] = False
    """True where each candidature has its own: a mail about the contest has none of them."""
    are_institutions: ClassVar[bool] = False
    """True where they write for institutions: a contest without any has none of them."""
    of_panel: ClassVar[bool] = False
    """True where they are told of their own sheets of a `panel`: those it lacks, or their marks."""
    lack_sheets: ClassVar[bool] = False
    """True where they are asked for the sheets that a `panel` still misses from them."""
    read_digest: ClassVar[bool] = False
    """True where a mail about the contest tells them what waits for them."""
    hold_files: ClassVar[bool] = False
    """True where they are those who were sent a file about the candidature, in another mail."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if cls.word:
            _KINDS[cls.word] = cls()

    def about(self, case: Candidature | None) -> Recipients:
        """Those of them to whom a mail about a candidature goes; all where it is about none."""
        return self

    @abstractmethod
    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        """The names of them in the outbox: pseudonyms, or `CONTACT`."""


class Contact(Recipients):
    word: ClassVar[str] = CONTACT
    description: ClassVar[str] = N_("the address in the candidature's `contact_field`")
    are_enrolled: ClassVar[bool] = False
    are_one_candidatures: ClassVar[bool] = True

    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        yield CONTACT


class OfARole(Recipients):
    role: ClassVar[Role]

    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        yield from (person.pseudonym for person in people if self.role in person.roles)


class Desk(OfARole):
    word: ClassVar[str] = "desk"
    description: ClassVar[str] = N_("everyone of the desk who has an address")
    role: ClassVar[Role] = "desk"
    read_digest: ClassVar[bool] = True


class Auditors(OfARole):
    word: ClassVar[str] = "auditor"
    description: ClassVar[str] = N_("every auditor who has an address")
    role: ClassVar[Role] = "auditor"


class Jury(OfARole):
    word: ClassVar[str] = "jury"
    description: ClassVar[str] = N_("everyone of the jury who has an address")
    role: ClassVar[Role] = "jury"
    are_institutions: ClassVar[bool] = True


class Institutions(Jury):
    """The same, by another word."""

    word: ClassVar[str] = "institutions"


class Chair(Jury):
    word: ClassVar[str] = "chair"
    description: ClassVar[str] = N_(
        "those of the jury whose institution is the first of the sittings’ `chairs` of which "
        "anybody has an address"
    )

    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        places = [
            (one.chairs, one) for one in people if one.chairs is not None and self.role in one.roles
        ]
        first = min((place for place, one in places if one.is_sure), default=None)
        yield from (one.pseudonym for place, one in places if first is None or place <= first)


class Members(Jury):
    """Those who gave a candidature its marks; without one, whoever may have."""

    word: ClassVar[str] = "member"
    description: ClassVar[str] = N_(
        "those of the jury whose institution has given the candidature marks, in any panel"
    )
    are_one_candidatures: ClassVar[bool] = True

    def __init__(self, institutions: frozenset[str] | None = None) -> None:
        self._institutions = institutions

    def about(self, case: Candidature | None) -> Recipients:
        return self if case is None else Members(institutions_of(case))

    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        wanted = self._institutions
        chosen = (person for person in people if wanted is None or person.institution in wanted)
        yield from super().among(chosen)


def institutions_of(case: Candidature) -> frozenset[str]:
    return frozenset(institution for marks in case.scores.values() for institution in marks)


class MissingSheets(Jury):
    """Those of the institutions that owe a panel sheets; who owes none is sent nothing."""

    word: ClassVar[str] = "missing_sheets"
    description: ClassVar[str] = N_(
        "those of the jury whose institution is asked by `panel` about a candidature that stands "
        "where it is open, and has given no complete sheet; nobody who stepped aside from it"
    )
    of_panel: ClassVar[bool] = True
    lack_sheets: ClassVar[bool] = True


class MarkedInstitutions(Jury):
    """Those in whose name marks were recorded; who heard of all of them is sent nothing."""

    word: ClassVar[str] = "marked"
    description: ClassVar[str] = N_(
        "those of the jury whose institution has marks recorded in `panel` that they were not told"
    )
    of_panel: ClassVar[bool] = True


def recipient_kinds() -> Mapping[str, Recipients]:
    """Every kind of recipients by the word that folders have for it."""
    return MappingProxyType(_KINDS)


class Holders(Recipients):
    """Those who have files about a candidature that was erased since: no ledger tells which."""

    word: ClassVar[str] = "holders"
    description: ClassVar[str] = N_(
        "everyone who was sent a file about the candidature, where `on` says `erased`"
    )
    are_one_candidatures: ClassVar[bool] = True
    hold_files: ClassVar[bool] = True

    def among(self, people: Iterable[Addressee]) -> Iterator[str]:
        yield from (person.pseudonym for person in people)


class AttachmentKind(Struct, frozen=True):
    """A kind of file that goes with mails: what stands after its word, and whom it may go to."""

    names: Literal["", "sheet", "panel", "document"] = ""
    readers: Literal["all", "enrolled", "institutions"] = "all"
    is_one_candidatures: bool = False
    is_held: bool = False
    """True where a person reads the mail before it leaves."""


FORM = "form"
ATTACHMENTS: Mapping[str, AttachmentKind] = MappingProxyType(
    {
        FORM: AttachmentKind("sheet"),
        "grid": AttachmentKind("panel", "institutions"),
        "declaration": AttachmentKind("panel", "institutions"),
        "booklet": AttachmentKind("panel", "enrolled", is_held=True),
        "dossier": AttachmentKind(is_one_candidatures=True, is_held=True),
        "document": AttachmentKind("document", is_one_candidatures=True, is_held=True),
        "decision": AttachmentKind(is_one_candidatures=True, is_held=True),
        "minutes": AttachmentKind(readers="enrolled", is_held=True),
    }
)
"""Every kind of file that `attach` may name, by its word."""


Hour = Annotated[str, Bound(reads=parse_hour)]


def parse_size(text: str) -> int:
    """Reads a size, such as `10 MB`, in bytes. Raises: Misuse."""
    match = re.fullmatch(r"([1-9][0-9]{0,2}) ?(kB|MB)", text)
    if match is None:
        what = _('"{text}" is no size of a mail.').format(text=shown(text))
        raise Misuse(what, mend=_("Write for example: {example}").format(example='"10 MB"'))
    return int(match[1]) * (1_000_000 if match[2] == "MB" else 1_000)


class MailHours(Model):
    """When mails leave, on working days and the contest's clocks, and how large they may be."""

    opens: Hour = declare(
        default="09:00", description=N_("the hour from which mails leave"), examples=['"09:00"']
    )
    closes: Hour = declare(
        default="18:00", description=N_("the hour after which none leaves"), examples=['"18:00"']
    )
    largest: Annotated[str, Bound(reads=parse_size)] = declare(
        default="10 MB",
        description=N_(
            "the size that no mail exceeds, with its attachments as they travel, a third larger "
            "than the files; a larger one does not leave, and the desk is told"
        ),
        examples=['"10 MB"'],
    )

    @property
    def largest_bytes(self) -> int:
        return parse_size(self.largest)


class Notification(Model):
    """`notifications/<name>.md`, between two `+++`: a mail, to whom and when."""

    label: Text = declare(
        default=None,
        description=N_("what it is about; left out, its heading, where that has no braces"),
    )
    on: Annotated[tuple[str, ...], Bound(or_one=True)] = declare(
        default=(),
        description=N_(
            "what sets it off, one or several: `entered.<state>`, `<state>.<transition>`, "
            "`received.<sheet>`, `asked.<request>`, `<request>.<answer>`, `convened.<sitting>`, "
            "`closed`: any sitting is over, `erased`: what a candidature told is erased, or "
            "`adopted`: rules that move a date"
        ),
        examples=['"entered.ineligible"'],
    )
    to: Annotated[str, Bound(one_of=recipient_kinds)] = declare(
        default=CONTACT, description=N_("who receives it")
    )
    about: Literal["candidature", "contest"] = declare(
        default="candidature",
        description=N_("whether there is one for each candidature, or one for the contest"),
    )
    at: tuple[InstantSource, ...] = declare(
        default=(),
        description=N_("when it leaves; nothing for one that `on` sets off"),
        examples=['["date.submission - 7 days at 09:00"]'],
    )
    daily: str | None = declare(
        default=None,
        description=N_("the hour at which it leaves on every working day, about the contest only"),
        examples=['"08:30"'],
    )
    weekly: str | None = declare(
        default=None,
        description=N_(
            "the hour at which it leaves on the first working day of every week, about the "
            "contest only"
        ),
        examples=['"09:00"'],
    )
    until: InstantSource | None = declare(
        default=None,
        description=N_("when a daily or weekly one stops"),
        examples=['"date.sessions_end + 6 months"'],
    )
    in_: tuple[Name, ...] = declare(
        default=(),
        description=N_(
            "the states in which it is of use: a candidature that leaves them cancels it; left "
            "out, the states of `on`, where it says nothing but `entered`, or all that do not "
            "end, where it says `adopted`"
        ),
        examples=['["draft"]'],
    )
    not_before: InstantSource | None = declare(
        default=None,
        description=N_("until when one that `on` sets off waits"),
        examples=['"date.results"'],
    )
    when: str | None = declare(
        default=None,
        description=N_("a condition, in CEL, that must still hold when it leaves"),
        examples=['"!given.dossier"'],
    )
    held: Bool = declare(
        default=False, description=N_("whether a person reads it before it leaves")
    )
    uncertain: Literal["ask", "resend"] = declare(
        default="resend", description=N_("what to do when nobody knows whether it arrived")
    )
    expires: InstantSource | None = declare(
        default="7 days",
        description=N_(
            "when it is of no more use: an instant, or a time after its hour; a decision is told "
            "whenever that is possible, a sitting is called until its hour"
        ),
        examples=['"date.submission"', '"3 days"'],
    )
    any_hour: Bool = declare(
        default=False,
        description=N_("whether it may leave on a day off, and outside the hours of `[mail]`"),
    )
    event: Name | None = declare(
        default=None,
        description=N_("the date whose calendar entry goes with it"),
        examples=['"information_meeting"'],
    )
    panel: Name | None = declare(
        default=None,
        description=N_("the panel whose missing sheets it asks for, or whose marks it tells"),
        examples=['"cra"'],
    )
    attach: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "the files that go with it, written as it is: `form.<sheet>`, a blank form; "
            "`grid.<panel>` and `declaration.<panel>`, to institutions; `booklet.<panel>`, all "
            "dossiers of a panel; `dossier`, `document.<name>` and `decision`, of the candidature; "
            "`minutes`. The last five are held"
        ),
        examples=['["form.dossier"]', '["grid.cra", "declaration.cra"]'],
    )

    @property
    def recipients(self) -> Recipients:
        return recipient_kinds()[self.to]

    @property
    def is_digest(self) -> bool:
        """True for what the desk reads every day; it leaves at once after a silence."""
        return bool(self.daily) and self.about == "contest" and self.recipients.read_digest

    @property
    def recurs(self) -> str | None:
        """The hour of a daily or weekly one."""
        return self.daily or self.weekly


DESK_LETTER = "desk_letter"
"""The name of what no folder declares: a letter that the desk writes itself, to one reader."""

LETTER_OF_DESK = Notification(
    label=Text("Lettre du bureau", en="Letter from the desk"),
    held=True,
    uncertain="ask",
    expires=None,
)
