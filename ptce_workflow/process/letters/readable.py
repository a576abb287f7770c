"""Values as templates read them: by name, with the contest's days and hours in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base import speech
from ptce_workflow.base.errors import Finding, PtceError
from ptce_workflow.base.text import suggestion
from ptce_workflow.base.words import _
from ptce_workflow.process.model.shared import N_

NAMES: Mapping[str, str] = {
    "language": N_("`fr` or `en`, the language of this letter"),
    "subject": N_("in the layout only: the heading of the mail"),
    "body": N_("in the layout only: the text of the mail, as HTML"),
    "frame": N_(
        "in the layout only: `.opening` (its first sentence, for lists of mails), `.greeting`, "
        "`.question`, `.farewell` and `.signed` (a list of lines), as the program says them"
    ),
    "contest": N_("`.id`, `.title`"),
    "recipient": N_("`.name`, and `.institution`: where they sit, or nothing"),
    "candidature": N_(
        "`.ref`, `.name`; `.state` and `.meaning`: where it stands, and what that means"
    ),
    "date": N_("`.<name>`: a date of `config.toml`"),
    "entered": N_("`.<state>`: when the candidature last came there"),
    "received": N_("`.<sheet>`: when that sheet was received"),
    "asked": N_(
        "`.<request>`: when that request arrived, the last one of its name, and as `.late` its "
        "term where it came after it, or nothing"
    ),
    "notified": N_("when the last decision was notified: its mail was sent and did not come back"),
    "receipt": N_(
        "what set the mail off, where it is a receipt: `.sheet`, `.at`, `.line` and `.hash` of the "
        "ledger, `.evidence`: the SHA-256 of what proves it, or nothing; `.late` (true if it came "
        "when nothing could be written any more), `.counts` (the arrival that counts instead) and "
        "`.replaces` (the one whose place it takes), or nothing"
    ),
    "sitting": N_(
        'with `on = "convened.<sitting>"`: `.label`, `.call` (1, or more after some that '
        "lacked their quorum alone), `.when` (with `.ends` and `.place`), `.notice` (days from "
        "now), `.moved` (true if this reader was sent the same call before, for another hour or "
        "place), `.candidatures` (`.ref`, `.name`): those it decides on"
    ),
    "service": N_("who runs the contest, by `[service]`: `.name`, and `.address` or nothing"),
    "term": N_("`.<request>`: the length of its term in words, as in “2 months”, or nothing"),
    "limit": N_("`.<name>`: a number of `config.toml`, as people read it"),
    "value": N_(
        "`.<sheet>.<field>`: an answer as people read it, or nothing; so is all else that rules "
        "read, as in `.total.taken`"
    ),
    "rules": N_(
        "`.<state>.<transition>`: the rules of a transition, judged as the letter is "
        "written; each has `.name`, `.says`, `.holds` (true or false), `.observed`, `.missing` (a "
        "list) and `.ground` (on what it rests)"
    ),
    "transition": N_(
        "what set the mail off: `.label`, `.reason` or nothing, `.at`, `.line` and `.hash` of the "
        "ledger, `.by_time` (true where time made it), `.date.<name>`: a date as it stood before; "
        "`.failed`: the rules that did not hold then, of what `unless` names, else of what "
        "would have been better; `.rank`, `.ranked` (among how many), `.tied` (how many share "
        "that rank, where others do) and `.mean` by the marks of a panel, or nothing; `.parted` "
        "(true if a vote parted it from others of the same rank), `.departs` (if the sitting "
        "departed from the ranking by a vote), `.voted` (if it did so here); "
        "`.former_rank` and `.former_mean`, where a sitting that rectifies decided again: before it"
    ),
    "sent": N_(
        "about a candidature: the mails that its contact was sent since it came into the state "
        "that the transition leaves, and that did not come back; each has `.label` and `.at`"
    ),
    "missing": N_(
        "with `missing_sheets`: the candidatures (`.ref`, `.name`) whose sheet the recipient's "
        "institution has not given; in any other mail about a candidature, the labels of what is "
        "still missing in the sheet that was received, else in the one that holds the contact"
    ),
    "privacy": N_(
        "`.kept_until`: until when what the candidature told is kept; `.readers`: the institutions "
        "that sit; `.handed_over`: the states from which it may go to another contest; "
        "`.published`: the answers that results show; `.visa` (true if the archives must agree "
        "before anything is erased)"
    ),
    "texts": N_("`.<name>`: a text of `texts/`, where the mail itself has a place for it"),
    "event": N_("with `event`: the date of the calendar entry, as `.label` and `.when`"),
    "update": N_("with `event`: true if the date of an entry sent before has moved"),
    "changes": N_(
        'with `on = "adopted"`: the dates that move; each has `.name`, `.label`, `.before`, and '
        "`.after`, or nothing where it is no more"
    ),
    "digest": N_(
        "about the contest, to the desk: `.dates` (`.label`, `.when`, `.days` from now); `.held`, "
        "`.uncertain`, `.failed` (`.id`, `.label`, `.ref`, `.to`); `.decisions` that were not told "
        "(`.id`, `.ref`, `.name`, `.label`, `.days` since, `.why`, `.waits` for its hour alone); "
        "`.waiting` (`.ref`, `.name`, "
        "`.state`, `.todo`); `.kept` too long, to be erased (`.label`, `.count`); `.nobody` "
        "(institutions without an address); `.paused` (why no mail leaves, or nothing); `.stopped` "
        "(what waits for a yes after a long stop, or nothing); `.empty`"
    ),
}
"""Every name that a template may read, and what it says."""

INSTANT = ("day", "hour", "ends", "place", "ends_at")
"""The parts of an instant."""


class Passage(str):
    """A text of the folder in Markdown, its values marked already: it is read with the mail."""

    __slots__ = ()


class Readable:
    """Something of which a template reads the parts, by name; some print as well.

    `read` gives the value of a part, or None while it is not known; `text` what is printed. Both
    are asked only for what a template reads: most letters read little of what they may. `inner` are
    the names that each part has, where it may not be known; what is not `present` is false.
    """

    __slots__ = ("_inner", "_present", "_read", "_text", "names", "path")

    def __init__(
        self,
        path: str,
        names: Collection[str],
        read: Callable[[str], Any],
        text: Callable[[], str] | None = None,
        *,
        inner: Collection[str] = (),
        present: bool = True,
    ) -> None:
        self.path = path
        self.names = names
        self._read = read
        self._text = text
        self._inner = inner
        self._present = present

    def __bool__(self) -> bool:
        return self._present

    def part(self, name: str) -> Any:
        """The value of a part.

        *Shape* None while it is not known.
        *Raises* TemplateFault for a name that does not exist, with the nearest that does.
        """
        if name not in self.names:
            raise TemplateFault(
                _('"{name}" does not exist.').format(name=f"{self.path}.{name}"),
                mend=suggestion(name, self.names),
            )
        return self._read(name)

    def known_part(self, name: str) -> Any:
        """The value of a part; what has its names, where they are known and it is not."""
        value = self.part(name)
        if value is None and self._inner:
            return Readable(f"{self.path}.{name}", self._inner, lambda _name: None)
        return value

    def __str__(self) -> str:
        if self._text is None:
            raise TemplateFault(
                _('"{name}" is not printed by itself.').format(name=self.path),
                _("It is made of parts."),
                suggestion("", self.names),
            )
        return self._text()


def absent(path: str) -> Readable:
    """An instant that is none: false, and nothing where it is printed."""
    return Readable(path, INSTANT, lambda _name: None, str, present=False)


class Names(dict[str, "Names"]):
    """Names of several words, by what stands before their first dot."""

    is_name = False
    """True where a name ends here, although others go on."""

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        """The tree of some names."""
        root = cls()
        for name in names:
            at = root
            for word in name.split("."):
                at = at.setdefault(word, cls())
            at.is_name = True
        return root


def dotted(path: str, names: Names, read: Callable[[str], Any], before: str = "") -> Readable:
    """Values under names of several words: each word is a part of those before it."""

    def part(word: str) -> Any:
        below, name = names[word], f"{before}{word}"
        return dotted(f"{path}.{word}", below, read, f"{name}.") if below else read(name)

    return Readable(path, names, part, partial(read, before[:-1]) if names.is_name else None)


def parts(path: str, values: Mapping[str, Any]) -> Readable:
    """Something made of parts that are known already."""
    return Readable(path, values.keys(), values.get)


def when(
    path: str,
    instant: datetime,
    zone: ZoneInfo,
    language: str,
    *,
    ends: datetime | None = None,
    seconds: bool = False,
    place: str = "",
    more: Mapping[str, Callable[[], Any]] = {},
) -> Readable:
    """An instant as templates read it: its day and hour in words, and when it ends if it lasts."""
    told: dict[str, Callable[[], Any]] = {
        "day": lambda: speech.long_date(instant, zone, language),
        "hour": lambda: speech.clock(instant, zone, language, seconds=seconds),
        "ends": lambda: "" if ends is None else speech.clock(ends, zone, language),
        "place": lambda: place,
        "ends_at": lambda: "" if ends is None else speech.long_instant(ends, zone, language),
        **more,
    }
    text = partial(speech.long_instant, instant, zone, language, seconds=seconds)
    return Readable(path, told, lambda name: told[name](), text)


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
        told = _("line {line}").format(line=line) if line else ""
        super().__init__(what, _joined(file, _joined(told, reason)), mend)
        self.reason = reason
        self.file = file
        self.line = line
        self.column = column

    def at(self, file: str, line: int) -> TemplateFault:
        """The same fault with its place; one that has its place already keeps it."""
        if self.file:
            return self
        line, column = self.line or line, self.column
        return TemplateFault(self.what, self.reason, self.mend, file=file, line=line, column=column)

    @property
    def finding(self) -> Finding:
        """The fault among those of a contest folder."""
        place = (self.line or None, self.column or None)
        return Finding(self.file, "", self.what, self.reason, self.mend, *place)


def _joined(place: str, reason: str) -> str:
    if not place or not reason:
        return place or reason
    return _("{label}: {value}").format(label=place, value=reason)


LONGEST_TEXT = 1_000_000
LONGEST_SUBJECT = 250


def too_long() -> TemplateFault:
    """The refusal of a text that is too long."""
    return TemplateFault(
        _("This template makes a text that is too long."),
        _("A letter, and anything in it, has at most {most} characters.").format(most=LONGEST_TEXT),
    )
