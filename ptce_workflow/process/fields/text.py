"""Fields of text: free text, files, addresses, telephone numbers, SIREN and SIRET.

Source: INSEE: the last digit of a SIREN or SIRET makes the Luhn sum a multiple of ten; at La Poste
(356000000), but for its head office, the sum of the digits of a SIRET is a multiple of five.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import shown
from ptce_workflow.base.words import N_, NO_BREAK, _, did_you_mean, hundredths
from ptce_workflow.process.fields.base import (
    LINE_LENGTH,
    Cell,
    Erasable,
    SignedFor,
    Unreadable,
    expected,
    line,
)
from ptce_workflow.process.model.base import Int, declare

_URL = re.compile(r"(?P<scheme>https?)://(?P<site>[^/?#\s]+)(?P<rest>[/?#]\S*)?", re.IGNORECASE)
_HOST = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])(?::(?P<port>[0-9]{1,5}))?"
)
_LONGEST_URL = 2_000
_SET_APART = re.compile(r"[ .\-/\u00a0\u2009\u202f\u2010-\u2013]+")
_TRUNK_ZERO = re.compile(r"(?<=[0-9 ])\(0\)")
_NATIONAL = re.compile(r"0[1-9][0-9]{8}")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{7,14}")
_FRANCE = "+33"
# French numbers begin with 0 overseas too, but each territory has its own country code.
_OVERSEAS: Mapping[str, str] = {
    **dict.fromkeys(("0590", "0690", "0691"), "+590"),
    **dict.fromkeys(("0594", "0694"), "+594"),
    **dict.fromkeys(("0596", "0696", "0697"), "+596"),
    **dict.fromkeys(("0262", "0263", "0269", "0639", "0692", "0693"), "+262"),
}
# As mail servers are given it: ASCII, its domain in lower case.
_EMAIL = re.compile(r"(?=.{1,254}\Z)[!-?A-~]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_WEB = re.compile(rf"(?=.{{1,{_LONGEST_URL}}}\Z)https?://[^/?#\s@]+(?:[/?#]\S*)?", re.IGNORECASE)
_SIREN_DIGITS, _SIRET_DIGITS = 9, 14
# What a spreadsheet shows of a long number: 1.00000009E+13, or 100000009.0.
_POWER = re.compile(
    r"(?P<whole>[1-9])[.,]?(?P<rest>[0-9]*)E\+?(?P<power>[0-9]{1,2})", re.IGNORECASE
)
_TAIL = re.compile(r"[0-9]{8,14}[.,]0+")
_EXACT = 2**53
# What else people write there, its blanks taken out.
_NOT_YET = re.compile(
    "(?:immatriculation)?(?:en)?(?:cours|attente)|néant|aucun|pending", re.IGNORECASE
)


class _Formed(Erasable, Cell):
    """A text that a form tells: what has it is recorded, whatever libraries find valid later."""

    form: ClassVar[re.Pattern[str]]
    example: ClassVar[str]

    def records(self, value: Any) -> bool:
        return type(value) is str and self.form.fullmatch(value) is not None

    def sample(self) -> str:
        return self.example


class EmailField(_Formed):
    """An e-mail address; erasable."""

    type: ClassVar[str] = "email"
    width: ClassVar[int] = 5
    form: ClassVar[re.Pattern[str]] = _EMAIL
    example: ClassVar[str] = "contact@collectif.example"

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        return read_email(raw)


class PhoneField(_Formed):
    """A telephone number; erasable."""

    type: ClassVar[str] = "phone"
    form: ClassVar[re.Pattern[str]] = _INTERNATIONAL
    example: ClassVar[str] = "+33561000000"

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        if isinstance(raw, int) and not isinstance(raw, bool):
            raise _lost_zero(str(raw)) or expected(_("a text"), raw)
        text = line(raw)
        digits = _SET_APART.sub("", _TRUNK_ZERO.sub("", text)).replace("(", "").replace(")", "")
        digits = re.sub(r"\A00", "+", digits)
        if digits.startswith(f"{_FRANCE}0") and _NATIONAL.fullmatch(digits[3:]):
            digits = digits[3:]
        if _NATIONAL.fullmatch(digits):
            return _OVERSEAS.get(digits[:4], _FRANCE) + digits[1:]
        is_french = digits.startswith(_FRANCE)
        if _INTERNATIONAL.fullmatch(digits) and (not is_french or len(digits) == 12):
            return digits
        what = _('"{text}" is not a telephone number.').format(text=shown(text))
        why = _("A French number has ten digits; one from abroad begins with + and has 8 to 15.")
        mend = _("For example: {example}.").format(example="05 61 00 00 00, +32 2 555 12 12")
        raise _lost_zero(digits) or Unreadable(what, why, mend)

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        if not value.startswith(_FRANCE):
            return str(value)
        national = f"0{value[3:]}"
        return NO_BREAK.join(national[i : i + 2] for i in range(0, len(national), 2))


class UrlField(_Formed):
    """A web address; erasable."""

    type: ClassVar[str] = "url"
    width: ClassVar[int] = 5
    form: ClassVar[re.Pattern[str]] = _WEB
    example: ClassVar[str] = "https://www.collectif.example/"

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        text = line(raw, max_length=_LONGEST_URL)
        match = _URL.fullmatch(text)
        if match is None:
            bare = not re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE)
            candidate = f"https://{text}"
            what = _('"{text}" is not a web address.').format(text=shown(text))
            why = _("It begins with http:// or https://, and holds no blank.")
            mend = did_you_mean([shown(candidate)] if bare and _is_site(candidate) else [])
            raise Unreadable(what, why, mend)
        if "@" in match["site"]:
            what = _("This web address holds a name or a password before the site.")
            why = _("It would be recorded for all to read.")
            raise Unreadable(what, why, _("Write it without what stands before the @."))
        if not _is_site(text):
            what = _('"{text}" is not the name of a site.').format(text=shown(match["site"]))
            mend = _("For example: {example}.").format(example="https://www.collectif.example/")
            raise Unreadable(what, mend=mend)
        return f"{match['scheme'].lower()}://{match['site'].lower()}{match['rest'] or ''}"


class _Number(_Formed):
    """A number of digits, the last of which is a key; that is looked at when it is typed."""

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        groups = [value[0:3], value[3:6], value[6:9], value[9:]]
        return NO_BREAK.join(group for group in groups if group)


class SirenField(_Number):
    """The nine digits of a French legal unit, key checked; erasable."""

    type: ClassVar[str] = "siren"
    form: ClassVar[re.Pattern[str]] = re.compile(f"[0-9]{{{_SIREN_DIGITS}}}")
    example: ClassVar[str] = "100000009"

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        digits = _digits(raw, "SIREN", _SIREN_DIGITS, _siren_stands)
        if not _siren_stands(digits):
            raise _wrong_key("SIREN", digits)
        return digits


class SiretField(_Number):
    """The fourteen digits of a French establishment, key checked; erasable."""

    type: ClassVar[str] = "siret"
    form: ClassVar[re.Pattern[str]] = re.compile(f"[0-9]{{{_SIRET_DIGITS}}}")
    example: ClassVar[str] = "10000000900009"

    def compared(self, value: str) -> str:
        """The legal unit: two establishments of one are the same structure."""
        return value[:_SIREN_DIGITS]

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        digits = _digits(raw, "SIRET", _SIRET_DIGITS, _siret_stands)
        if not _siren_stands(digits[:_SIREN_DIGITS]):
            raise _wrong_key("SIREN", digits[:_SIREN_DIGITS])
        if not _siret_stands(digits):
            raise _wrong_key("SIRET", digits)
        return digits


def read_email(raw: Any) -> str:
    """An address in ASCII, without name or quotes; the domain in lower case."""
    # The library takes 70 ms to import; most commands read no address.
    from email_validator import EmailNotValidError, validate_email

    text = line(raw, max_length=254)
    local, at, _domain = text.rpartition("@")
    mend = _("For example: {example}.").format(example="contact@collectif.example")
    if not at:
        why = _("It has no @.")
    elif any(character.isspace() for character in text):
        why = _("It holds a blank; one address is expected, without the person's name.")
    elif not local.isascii():
        why = _(
            "Before the @ it holds letters that many mail servers refuse: accents, for example."
        )
    else:
        why = ""
        try:
            address = validate_email(
                text, check_deliverability=False, allow_smtputf8=False, strict=True
            )
        except EmailNotValidError:
            why = _("Its form is not that of an address which can receive mail.")
        else:
            if address.ascii_email is not None:
                return address.ascii_email
    raise Unreadable(_('"{text}" is not an e-mail address.').format(text=shown(text)), why, mend)


def _lost_zero(digits: str) -> Unreadable | None:
    candidate = f"0{digits}"
    if not _NATIONAL.fullmatch(candidate):
        return None
    what = _('"{text}" has nine digits.').format(text=digits)
    why = _("A zero is perhaps lost at its beginning.")
    return Unreadable(what, why, _('If so, write "{number}".').format(number=candidate))


def _is_site(url: str) -> bool:
    match = _URL.fullmatch(url)
    host = _HOST.fullmatch(match["site"]) if match else None
    return host is not None and 0 < int(host["port"] or 1) < 65_536


def _digits(raw: Any, name: str, length: int, stands: Callable[[str], bool]) -> str:
    text = _from_spreadsheet(raw) or line(raw)
    digits = re.sub(r"[ .\-\u00a0\u2009\u202f]+", "", text)
    what = _('"{text}" is not a {name}.').format(text=shown(text), name=name)
    if not digits.isdigit() or not digits.isascii():
        raise Unreadable(what, *_recognised(digits, length))
    if len(digits) == length and not digits.strip("0"):
        raise Unreadable(_("A {name} is not all zeros.").format(name=name))
    if len(digits) == length:
        return digits
    why = _("It has {count} digits; {length} are expected.")
    why = why.format(count=len(digits), length=length)
    raise Unreadable(what, why, _mend(digits, length, stands))


def _from_spreadsheet(raw: Any) -> str:
    """The digits of a number as a spreadsheet hands it over, where none is lost; "" else."""
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 <= raw < _EXACT:
        return str(int(raw)) if raw == int(raw) else ""
    text = raw.strip() if isinstance(raw, str) else ""
    match = _POWER.fullmatch(text)
    if match and int(match["power"]) == len(match["rest"]):
        return match["whole"] + match["rest"]
    return text.replace(",", ".").partition(".")[0] if _TAIL.fullmatch(text) else ""


def _recognised(text: str, length: int) -> tuple[str, str]:
    """A guess at what was typed instead of digits, and what to do about it."""
    empty = _("Leave it empty until there is one.")
    if _POWER.fullmatch(text):
        lost = _("A spreadsheet has cut it short: digits are lost.")
        return lost, _("Copy it from the original, as text.")
    if match := re.fullmatch("FR[0-9A-Z]{2}(?P<siren>[0-9]{9})", text, flags=re.IGNORECASE):
        from stdnum.fr import tva

        if not tva.is_valid(text):
            return _("It looks like a number of the value-added tax; its key is wrong."), empty
        mend = _('Its SIREN is "{number}".').format(number=match["siren"])
        if length == _SIRET_DIGITS:
            more = _("A SIRET has five more digits, those of the establishment.")
            mend = f"{mend} {more}"
        return _("It is a number of the value-added tax."), mend
    if re.fullmatch("W[0-9][0-9AB][0-9]{7}", text, flags=re.IGNORECASE):
        return _("It is the number of an association in the national register (RNA)."), empty
    if _NOT_YET.match(text):
        return _("It says that there is none yet."), empty
    return _("It holds something else than digits."), ""


def _mend(digits: str, length: int, stands: Callable[[str], bool]) -> str:
    if len(digits) == length - 1 and stands(f"0{digits}"):
        text = _('A zero is perhaps lost at its beginning: if so, write "{number}".')
        return text.format(number=f"0{digits}")
    if (len(digits), length) == (_SIREN_DIGITS, _SIRET_DIGITS) and _siren_stands(digits):
        return _("This is a SIREN; a SIRET has five more digits, those of the establishment.")
    if (len(digits), length) == (_SIRET_DIGITS, _SIREN_DIGITS) and _siret_stands(digits):
        return _('This is a SIRET; its SIREN is "{number}".').format(number=digits[:_SIREN_DIGITS])
    return ""


def _siren_stands(digits: str) -> bool:
    # Here and below: most commands read no such number.
    from stdnum.fr import siren

    return siren.is_valid(digits) and bool(digits.strip("0"))


def _siret_stands(digits: str) -> bool:
    from stdnum.fr import siret

    return siret.is_valid(digits) and _siren_stands(digits[:_SIREN_DIGITS])


def _wrong_key(name: str, digits: str) -> Unreadable:
    what = _("The {name} {digits} does not exist: its key is wrong.")
    mend = _("Compare it with the original, or leave it out if there is none.")
    why = _("A digit is mistyped, or two are swapped.")
    return Unreadable(what.format(name=name, digits=digits), why, mend)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def is_line(value: Any, most: int, *, allowed: str = "") -> bool:
    """Whether a value is text as recorded: trimmed, no control character but those allowed."""
    if type(value) is not str or not 0 < len(value) <= most or value != value.strip():
        return False
    return value.isprintable() or all(char in allowed for char in _CONTROL.findall(value))


class _Written(SignedFor, Erasable, Cell):
    in_panel: ClassVar[Literal["", "mark", "comment"]] = "comment"
    width: ClassVar[int] = 5

    kept: ClassVar[str] = ""
    """The control characters that may stay in it."""

    max_length: Int

    def records(self, value: Any) -> bool:
        return is_line(value, self.max_length, allowed=self.kept)

    def sample(self) -> str:
        return "Collectif"[: self.max_length]


class TextField(_Written):
    """One line of text; erasable, so no rule reads it."""

    type: ClassVar[str] = "text"

    max_length: Int = declare(default=200, description=N_("characters at most"), ge=1, le=100_000)

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        return line(raw, max_length=self.max_length)


class LongTextField(_Written):
    """Several lines of text; erasable, so no rule reads it."""

    type: ClassVar[str] = "long_text"
    at_length: ClassVar[bool] = True
    kept: ClassVar[str] = "\t\n"

    max_length: Int = declare(
        default=10_000, description=N_("characters at most"), ge=1, le=100_000
    )

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        return line(raw, max_length=self.max_length, multiline=True)


MEGABYTE = 1024 * 1024
_KEYS = {"name", "size", "sha256"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileField(Erasable):
    """A document, kept in the database; erasable."""

    type: ClassVar[str] = "file"

    max_mb: Int = declare(default=10, description=N_("megabytes at most"), ge=1, le=100)

    def read(self, raw: Any, zone: ZoneInfo) -> dict[str, Any]:
        """Name, size and SHA-256 of `{"name", "content"}`; a recorded one reads as itself."""
        if not isinstance(raw, dict):
            raise expected(_("a file"), raw, _("Give its path in a dossier file."))
        if raw.keys() == _KEYS:
            name, size, digest = _name(raw["name"]), raw["size"], raw["sha256"]
            is_digest = isinstance(digest, str) and _SHA256.fullmatch(digest)
            if type(size) is not int or size < 1 or not is_digest:
                raise expected(_("a file"), raw)
            self._check_size(name, size)
            return {"name": name, "size": size, "sha256": digest}
        content = raw.get("content")
        if not isinstance(content, bytes) or raw.keys() != {"name", "content"}:
            raise expected(_("a file"), raw, _("Give its path in a dossier file."))
        name = _name(raw.get("name"))
        if not content:
            raise Unreadable(_('The file "{name}" is empty.').format(name=name))
        self._check_size(name, len(content))
        return {"name": name, "size": len(content), "sha256": sha256(content).hexdigest()}

    def _check_size(self, name: str, size: int) -> None:
        if size > self.max_mb * MEGABYTE:
            what = _('The file "{name}" has {size} megabytes.')
            what = what.format(name=name, size=-(-size // MEGABYTE))
            raise Unreadable(what, _("{limit} are accepted at most.").format(limit=self.max_mb))

    def records(self, value: Any) -> bool:
        if type(value) is not dict or value.keys() != _KEYS:
            return False
        name, size, digest = value["name"], value["size"], value["sha256"]
        return (
            is_line(name, LINE_LENGTH)
            and not set(name) & {"/", "\\"}
            and type(size) is int
            and 0 < size <= self.max_mb * MEGABYTE
            and type(digest) is str
            and _SHA256.fullmatch(digest) is not None
        )

    def sample(self) -> dict[str, Any]:
        return {"name": "lettre.pdf", "size": 1, "sha256": sha256(b"1").hexdigest()}

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        return file_text(value["name"], value["size"], language)


def file_text(name: str, size: int, language: str) -> str:
    text = _("{count} kB").format(count=-(-size // 1024))
    if size >= MEGABYTE:
        text = _("{count} MB").format(count=hundredths(size * 100 // MEGABYTE, language))
    return f"{name} ({text})"


def _name(raw: Any) -> str:
    """The name of a file that can be written anywhere, and stays where it is written."""
    name = line(raw)
    if name in ("", ".", "..") or "/" in name or "\\" in name:
        what = _('"{name}" is not the name of a file.').format(name=name)
        raise Unreadable(what, _("A name holds no / and no \\."))
    return name
