"""The line of the ledger that set a mail off: each mail quotes it last, with its hash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.text import fingerprint
from ptce_workflow.base.words import _, own_language, speaking
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.letters.variables import Letter
from ptce_workflow.store.rows import LineRow

_PLANS = b'"type":"messages_planned"}\n'
_ENDS = ("</footer>", "</main>", "</body>")


@dataclass(frozen=True, slots=True)
class Trace:
    """A line of the ledger and its hash, as a mail quotes them: whole, or its first digits."""

    line: int
    hash: str

    def begins_with(self, other: Trace) -> bool:
        """True where another is of the same line, and has the first digits of this hash."""
        return self.line == other.line and self.hash.startswith(other.hash)


class Traces:
    """The lines that set mails off, as they stand in one transaction."""

    def __init__(self, act: Transaction) -> None:
        self._act = act
        self._known: dict[int, Trace] = {}

    def of(self, row: Message) -> Trace | None:
        """The line that set a mail off; of one that time sets off, the line that planned it.

        None for a mail that no line of the ledger plans yet, such as one of a forecast.
        """
        known = self._known.get(row.number) or self._of(row)
        if known is not None and row.number:
            self._known[row.number] = known
        return known

    def _of(self, row: Message) -> Trace | None:
        unit, contest = self._act.unit, self._act.contest
        if row.occurrence.isdecimal():
            content = unit.bytes_of_line(contest, int(row.occurrence))
            return None if content is None else Trace(int(row.occurrence), digest(content))
        lines = _plans(unit.lines_about(contest, row.case_id)) if row.case_id else self._of_contest
        named = f'"message":"{row.name}"'.encode()
        found = next((one for one in reversed(lines) if named in one.line), None)
        return None if found is None else Trace(found.n, digest(found.line))

    @cached_property
    def _of_contest(self) -> list[LineRow]:
        """Those that plan mails about the contest: looked for once, among lines that grow."""
        return _plans(self._act.unit.lines_about_none(self._act.contest))


def _plans(lines: list[LineRow]) -> list[LineRow]:
    return [one for one in lines if one.line.endswith(_PLANS)]


def traced(letter: Letter, trace: Trace | None) -> Letter:
    """The letter, which quotes the line last."""
    if trace is None:
        return letter
    with speaking(own_language(letter.language)):
        told = _("To verify later: line {n}, fingerprint {hash}.")
        told = told.format(n=trace.line, hash=fingerprint(trace.hash))
    place = next((at for end in _ENDS if (at := letter.html.rfind(end)) >= 0), len(letter.html))
    html = f"{letter.html[:place]}<p>{told}</p>\n{letter.html[place:]}"
    return replace(letter, text=f"{letter.text}\n{told}\n", html=html)


# Sixteen digits at least, in groups of four or not: what nobody finds another line for.
_QUOTED = re.compile(
    r"\b(?:ligne|line)\s+(\d{1,15})\b[^0-9]{1,120}?(?:SHA-256[^0-9]{1,20})?"
    r"(?<![0-9a-z])([0-9a-f]{4}(?:\s{0,2}[0-9a-f]{4}){3,15})(?![0-9a-z])",
    re.IGNORECASE,
)


def quoted(text: str) -> Iterator[Trace]:
    """The lines that a text quotes with the first digits of their hashes, however it was broken.

    Of one quoted twice the longer hash is the one that tells.
    """
    found = [Trace(int(one[1]), "".join(one[2].split()).lower()) for one in _QUOTED.finditer(text)]
    for one in dict.fromkeys(found):
        if not any(other != one and other.begins_with(one) for other in found):
            yield one
