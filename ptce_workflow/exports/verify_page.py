"""Whether a replay page is, to the byte, the one that its contest gives."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import json as msgspec_json

from ptce_workflow.app.as_of import ContestThen, stood
from ptce_workflow.app.audit.verify import VerifiedPage
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import LANGUAGES, N_, _, language, n_, number, speaking
from ptce_workflow.exports.replay_page import Book, NameChoice, replay_page
from ptce_workflow.ledger.examine import Fault
from ptce_workflow.ledger.line import decode

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest

_PACKED = re.compile(r'(<script type="text/plain" id="(book|ledger)">)([A-Za-z0-9+/=]*)(?=<)')
_SPOKEN = re.compile(r'<html lang="([a-z-]+)">')
_MOST_BYTES = 1 << 29
"""Of what is packed in a page: more is none of ours, and would fill the memory."""
_MOST_FAULTS, _MOST_SIGNS = 20, 60

PARTS = {
    "told": N_("what the line tells"),
    "acts": N_("how the line was judged"),
    "who": N_("who acted"),
    "cases": N_("the references and the names"),
    "look_first": N_("what is to be looked at first"),
    "": N_("the words and labels of the page"),
}
"""What the parts of a page are called, those that tell what happened by their names."""


class PageFile(NamedTuple):
    """A replay page, unpacked; `frame` is its text without what is packed, `written` its book."""

    frame: str
    spoken: str
    written: bytes
    book: Book
    ledger: list[bytes]
    names: NameChoice

    @classmethod
    def read(cls, file: str, content: bytes) -> PageFile:
        try:
            text = content.decode()
            packed = {name: _unpacked(data) for _start, name, data in _PACKED.findall(text)}
            book = msgspec_json.decode(packed["book"])
            names, _made_by = NameChoice(book["made"]["names"]), book["made"]["by"]
            [spoken] = {*_SPOKEN.findall(text)} & {*LANGUAGES}
            ledger = packed["ledger"].splitlines(keepends=True)
        except (ValueError, LookupError, TypeError, RecursionError, zlib.error) as error:
            what = _("{file} is no replay page.").format(file=file)
            why = _("What such a page carries is missing, or cannot be unpacked.")
            raise Misuse(what, why, _("`ptce replay --html FILE` makes one.")) from error
        return cls(_PACKED.sub(r"\1", text), spoken, packed["book"], book, ledger, names)


def _unpacked(data: str) -> bytes:
    unpacking = zlib.decompressobj(31)
    content = unpacking.decompress(b64decode(data, validate=True), _MOST_BYTES)
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError
    return content


def verify_page(contest: Contest, file: str, content: bytes) -> VerifiedPage:
    """How far a page goes along this ledger, and what of it differs. Raises: Misuse.

    It is made anew as of its last line, in its language, with the names that it shows.
    """
    page = PageFile.read(file, content)
    with contest.looking() as tx:
        ours = [row.line for row in islice(tx.unit.lines(contest.id), len(page.ledger))]
        later = tx.unit.contest(contest.id).head_n - len(ours)
    pairs = zip(page.ledger, ours, strict=False)
    shared = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if shared < len(page.ledger) or not shared:
        what = _("This line of the page is another in the ledger, or is not there.")
        why = _("The page is of another contest, or one of the two ledgers was written anew.")
        return VerifiedPage(file, len(page.ledger), shared, 0, (Fault(shared + 1, what, why),))
    at = from_text(decode(ours[-1]).at)
    then = stood(contest, at, ContestThen, shared) if later else contest
    with speaking(page.spoken):
        expected = PageFile.read(file, replay_page(then, page.names).content)
    return VerifiedPage(file, shared, shared, later, tuple(_faults(page, expected)))


def _faults(page: PageFile, expected: PageFile) -> Iterator[Fault]:
    """What of a page is not as the contest gives it: once for each part, and for each line."""
    if page.frame != expected.frame:
        what = _("Its script, its style or its first words are not those of the program.")
        made, here = (one.book["made"]["by"] for one in (page, expected))
        why = _("It says that it was made by {made}; this is {here}.").format(made=made, here=here)
        yield Fault(0, what, why if made != here else "")
    found: dict[tuple[Any, ...], tuple[Any, Any]] = {}
    for path, theirs, ours in _differing(page.book, expected.book):
        part, n = path[0] if path[0] in PARTS else "", _line_of(path)
        found.setdefault((part, n, () if n or not part else path[1:2]), (theirs, ours))
    for (part, n, _place), (theirs, ours) in islice(found.items(), _MOST_FAULTS):
        what = _("Not as the contest gives it: {part}.").format(part=_(PARTS[part]))
        why = _("The page: “{theirs}”. The contest: “{ours}”.")
        yield Fault(n, what, why.format(theirs=_shown(theirs), ours=_shown(ours)))
    if page.written != expected.written and not found:
        yield Fault(0, _("What it shows stands there in another order, or is written otherwise."))
    if len(found) > _MOST_FAULTS:
        more = len(found) - _MOST_FAULTS
        text = n_("{count} more difference", "{count} more differences", more)
        yield Fault(0, text.format(count=number(more, language())))


def _differing(
    theirs: Any, ours: Any, path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """Where two values differ, as deep as both have the same form."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        keys: Iterable[Any] = dict.fromkeys([*ours, *theirs])
        pairs = ((key, theirs.get(key), ours.get(key)) for key in keys)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        pairs = ((n, *pair) for n, pair in enumerate(zip(theirs, ours, strict=True)))
    else:
        if theirs != ours:
            yield path, theirs, ours
        return
    for key, one, other in pairs:
        yield from _differing(one, other, (*path, key))


def _line_of(path: tuple[Any, ...]) -> int:
    """The number of the line that a place in the book tells of; 0 for none."""
    match path:
        case ("told", _, int(k), *_):
            return k + 1
        case ("acts", str(n), *_):
            return int(n) if n.isdecimal() else 0
    return 0


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return n_("{count} entry", "{count} entries", len(value)).format(count=len(value))
    text = "–" if value is None else str(value)
    return text if len(text) <= _MOST_SIGNS else f"{text[:_MOST_SIGNS]}…"
