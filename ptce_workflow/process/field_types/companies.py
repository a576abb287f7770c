"""SIREN and SIRET: the numbers of French legal units and of their establishments.

*Source* INSEE: the last digit makes the Luhn sum a multiple of ten; at La Poste (356000000), but
for its head office, the sum of the digits of a SIRET is a multiple of five instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ptce_workflow.base.errors import shown
from ptce_workflow.base.words import _
from ptce_workflow.process.field_types.refusal import Unreadable
from ptce_workflow.process.field_types.typed import line

_SIREN_DIGITS, _SIRET_DIGITS = 9, 14
_SET_APART = re.compile(r"[ .\-\u00a0\u2009\u202f]+")


def read_siren(raw: Any) -> str:
    """The nine digits of a legal unit."""
    digits = _digits(raw, "SIREN", _SIREN_DIGITS, _siren_stands)
    if not _siren_stands(digits):
        raise _wrong_key("SIREN", digits)
    return digits


def read_siret(raw: Any) -> str:
    """The fourteen digits of an establishment."""
    digits = _digits(raw, "SIRET", _SIRET_DIGITS, _siret_stands)
    if not _siren_stands(digits[:_SIREN_DIGITS]):
        raise _wrong_key("SIREN", digits[:_SIREN_DIGITS])
    if not _siret_stands(digits):
        raise _wrong_key("SIRET", digits)
    return digits


def _digits(raw: Any, name: str, length: int, stands: Callable[[str], bool]) -> str:
    """The digits that were typed, when there are as many as there should be."""
    # A spreadsheet hands numbers over, and a number has lost the zeros at its beginning.
    text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else line(raw)
    digits = _SET_APART.sub("", text)
    if not digits.isdigit() or not digits.isascii():
        raise Unreadable(
            _('"{text}" is not a {name}.').format(text=shown(text), name=name),
            _("It holds something else than digits."),
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
