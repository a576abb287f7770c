"""A ledger line: canonical JSON with a line feed, chained by hashes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn
from unicodedata import is_normalized

from msgspec import Struct, to_builtins
from msgspec.json import Decoder

from ptce_workflow.base.notation import from_json, from_text
from ptce_workflow.base.words import _

FIRST_PREV = "0" * 64
"""The hash that the first line names as the one before it."""

KEYS = frozenset(("n", "prev", "at", "case", "actor", "type", "def", "data", "pd"))
BY = "by"
"""The one key that a line may lack: it is only written where somebody typed for another."""
LARGEST_INTEGER = 2**53 - 1
"""Beyond it, readers that hold numbers as doubles would see another number."""

_HASH = re.compile(r"[0-9a-f]{64}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


class Malformed(ValueError):
    """These bytes are not a ledger line; the message says why, for the auditor."""


class Line(Struct, frozen=True, rename={"process": "def"}, omit_defaults=True):
    """One event, as it stands in the ledger.

    `at` is UTC text (see `base.words`); `case` the candidature's id or None; `process` the
    hash of the process by which it was judged (the key `def`); `pd` the commitments to what
    stands in side rows, by subject, or None; `by` who typed for the actor, where another did.
    """

    n: int
    prev: str
    at: str
    case: str | None
    actor: str
    type: str
    process: str
    data: Mapping[str, Any]
    pd: Mapping[str, str] | None
    by: str | None = None

    def encode(self) -> bytes:
        return canonical(to_builtins(self))


def canonical(value: object) -> bytes:
    """Canonical JSON and LF: RFC 8785 for integers, booleans, NFC text, escaped to ASCII."""
    return _encode(value).encode("ascii") + b"\n"


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal: the hash of a line is that of its bytes with the line feed."""
    return hashlib.sha256(content).hexdigest()


def commitment(salt: str, data: str) -> str:
    """SHA-256 of the salt (64 hexadecimal digits), LF, canonical JSON, LF."""
    return digest(f"{salt}\n{data}\n".encode())


def decode(content: bytes) -> Line:
    """Reads a line and refuses any byte that `encode` would not have written. Raises: Malformed."""
    try:
        # What may follow the object is found by the comparison below.
        table, _end = _decoder.raw_decode(content.decode("ascii"))
        line = _line_of(table)
        again = canonical(table) if line is None else line.encode()
    except (ValueError, RecursionError) as error:
        raise Malformed(_("not a line of JSON: {error}").format(error=error)) from error
    if again != content:
        raise Malformed(_("its bytes are not the canonical form"))
    if b"\\u" in content and not _is_composed(content):
        raise Malformed(_("its text is not in Unicode normal form C"))
    if line is None:
        raise Malformed(_misplaced(table))
    return line


def read(content: bytes) -> Line:
    """Reads a line for what it says; `decode` examines its bytes. Raises: Malformed."""
    try:
        table = from_json(content)
    except ValueError as error:
        raise Malformed(_("not a line of JSON: {error}").format(error=error)) from error
    line = _line_of(table)
    if line is None:
        raise Malformed(_misplaced(table))
    return line


class _Dated(Struct, frozen=True, gc=False):
    at: str


_dated = Decoder(_Dated).decode


def line_instant(content: bytes) -> str:
    """The instant of a line, read no further than JSON. Raises: Malformed."""
    try:
        at = _dated(content).at
    except (ValueError, RecursionError) as error:
        raise Malformed(_("not a line of JSON: {error}").format(error=error)) from error
    if not _is_instant(at):
        raise Malformed(_of_another_kind("at"))
    return at


def are_hashes(value: object) -> bool:
    return type(value) is dict and all(map(_is_hash, value.values()))


def _line_of(table: Any) -> Line | None:
    """The line that a table tells; None when something in it is not of its kind."""
    if not _has_keys(table):
        return None
    n, prev, at, process = table["n"], table["prev"], table["at"], table["def"]
    case, actor, kind = table["case"], table["actor"], table["type"]
    data, pd, by = table["data"], table["pd"], table.get(BY)
    if (
        # A boolean is an integer to Python, and `true` equals 1.
        type(n) is int
        and n > 0
        and type(actor) is type(kind) is str
        and (by is not None or BY not in table)
        and (by is None or type(by) is str)
        and (case is None or type(case) is str)
        and type(data) is dict
        and _is_hash(prev)
        and _is_hash(process)
        and _is_instant(at)
        and (pd is None or are_hashes(pd))
    ):
        return Line(n, prev, at, case, actor, kind, process, data, pd, by)
    return None


def _has_keys(table: Any) -> bool:
    return type(table) is dict and table.keys() - {BY} == KEYS


def _misplaced(table: Any) -> str:
    if not _has_keys(table):
        return _("its keys are not those of a ledger line")
    sound = {"n": 1, "prev": FIRST_PREV, "at": "2024-03-11T11:00:00.000000Z", "def": FIRST_PREV}
    sound |= {"case": None, "actor": "", "type": "", "data": {}, "pd": None}
    wrong = (key for key in table if _line_of({**sound, key: table[key]}) is None)
    return _of_another_kind(min(wrong))


def _of_another_kind(key: str) -> str:
    return _('what it says under "{key}" is not of the right kind').format(key=key)


def _integer(digits: str) -> int:
    number = int(digits)
    if abs(number) > LARGEST_INTEGER:
        raise ValueError(f"{digits} is too large")
    return number


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text} is no integer")


def _is_composed(content: bytes) -> bool:
    """True when text is in normal form C, characters outside the basic plane and all."""
    halves = content.decode("unicode_escape")
    try:
        text = halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return False
    return is_normalized("NFC", text)


def _is_instant(value: object) -> bool:
    if type(value) is not str or not _INSTANT.fullmatch(value):
        return False
    try:
        from_text(value)
    except ValueError:
        return False
    return True


def _is_hash(value: object) -> bool:
    return type(value) is str and _HASH.fullmatch(value) is not None


_encode = json.JSONEncoder(
    ensure_ascii=True,
    sort_keys=True,
    separators=(",", ":"),
    allow_nan=False,
    # Lines are no graphs: keeping track of every object would only take time.
    check_circular=False,
).encode
_decoder = json.JSONDecoder(parse_int=_integer, parse_float=_no_float, parse_constant=_no_float)
