"""SIREN and SIRET: the numbers of French legal units and of their establishments.

*Source* INSEE: the last digit makes the Luhn sum a multiple of ten; at La Poste (356000000), but
for its head office, the sum of the digits of a SIRET is a multiple of five instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

from ptce_workflow.base import speech
from ptce_workflow.base.errors import shown
from ptce_workflow.base.words import _
from ptce_workflow.process.fields.answers import Unreadable, line
from ptce_workflow.process.fields.base import Cell, Erasable, Setting

_SIREN_DIGITS, _SIRET_DIGITS = 9, 14
_SET_APART = re.compile(r"[ .\-\u00a0\u2009\u202f]+")
# What else people write there, its blanks taken out.
_VAT = re.compile("FR[0-9A-Z]{2}(?P<siren>[0-9]{9})", re.IGNORECASE)
_RNA = re.compile("W[0-9][0-9AB][0-9]{7}", re.IGNORECASE)
_NOT_YET = re.compile(
    "(?:immatriculation)?(?:en)?(?:cours|attente)|néant|aucun|pending", re.IGNORECASE
)


class _Number(Erasable, Cell):
    """A number of digits, the last of which is a key."""

    digits: ClassVar[int]

    def records(self, value: Any) -> bool:
        """True where it has its digits; the key was looked at when it was typed."""
        return (
            type(value) is str and len(value) == self.digits and value.isascii() and value.isdigit()
        )

    def show(self, value: Any, language: str, setting: Setting) -> str:
        """The digits by threes, as they are printed; those of the establishment together."""
        groups = [value[0:3], value[3:6], value[6:9], value[9:]]
        return speech.NO_BREAK.join(group for group in groups if group)


class SirenField(_Number):
    """The nine digits of a French legal unit, key checked; erasable."""

    type: ClassVar[str] = "siren"
    digits: ClassVar[int] = _SIREN_DIGITS

    def read(self, raw: Any, setting: Setting) -> str:
        """The nine digits of a legal unit."""
        digits = _digits(raw, "SIREN", _SIREN_DIGITS, _siren_stands)
        if not _siren_stands(digits):
            raise _wrong_key("SIREN", digits)
        return digits

    def sample(self) -> str:
        """A number whose key is right."""
        return "100000009"


class SiretField(_Number):
    """The fourteen digits of a French establishment, key checked; erasable."""

    type: ClassVar[str] = "siret"
    digits: ClassVar[int] = _SIRET_DIGITS

    def read(self, raw: Any, setting: Setting) -> str:
        """The fourteen digits of an establishment."""
        digits = _digits(raw, "SIRET", _SIRET_DIGITS, _siret_stands)
        if not _siren_stands(digits[:_SIREN_DIGITS]):
            raise _wrong_key("SIREN", digits[:_SIREN_DIGITS])
        if not _siret_stands(digits):
            raise _wrong_key("SIRET", digits)
        return digits

    def sample(self) -> str:
        """A number whose keys are right."""
        return "10000000900009"


def _digits(raw: Any, name: str, length: int, stands: Callable[[str], bool]) -> str:
    """The digits that were typed, when there are as many as there should be."""
    # A spreadsheet hands numbers over, and a number has lost the zeros at its beginning.
    text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else line(raw)
    digits = _SET_APART.sub("", text)
    if not digits.isdigit() or not digits.isascii():
        raise Unreadable(
            _('"{text}" is not a {name}.').format(text=shown(text), name=name),
            *_recognised(digits, length),
        )
    if len(digits) == length and not digits.strip("0"):
        raise Unreadable(_("A {name} is not all zeros.").format(name=name))
    if len(digits) == length:
        return digits
    raise Unreadable(
        _('"{text}" is not a {name}.').format(text=shown(text), name=name),
        _("It has {count} digits; {length} are expected.").format(count=len(digits), length=length),
        _mend(digits, length, stands),
    )


def _recognised(text: str, length: int) -> tuple[str, str]:
    """A guess at what was typed instead of digits, and what to do about it."""
    empty = _("Leave it empty until there is one.")
    if found := _VAT.fullmatch(text):
        number = found["siren"]
        why = _("It is a number of the value-added tax.")
        if length == _SIREN_DIGITS and _siren_stands(number):
            return why, _('Its SIREN is "{number}".').format(number=number)
        return why, empty
    if _RNA.fullmatch(text):
        return _("It is the number of an association in the national register (RNA)."), empty
    if _NOT_YET.match(text):
        return _("It says that there is none yet."), empty
    return _("It holds something else than digits."), ""


def _mend(digits: str, length: int, stands: Callable[[str], bool]) -> str:
    if len(digits) == length - 1 and stands(f"0{digits}"):
        return _('A zero is perhaps lost at its beginning: if so, write "{number}".').format(
            number=f"0{digits}"
        )
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
    return Unreadable(
        _("The {name} {digits} does not exist: its key is wrong.").format(name=name, digits=digits),
        _("A digit is mistyped, or two are swapped."),
        _("Compare it with the original, or leave it out if there is none."),
    )
