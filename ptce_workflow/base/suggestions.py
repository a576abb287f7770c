"""Names that were perhaps meant: those nearest to one that does not exist, said as a mend."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from ptce_workflow.base.words import _

_FEW = 12
_TELLING = 3
"""From how many letters on the beginning of a name tells which one was meant."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """A sentence that proposes the nearest known name, or lists the names when few.

    *Shape* an empty string when nothing is near and the names are many.
    """
    names = sorted(known)
    listed = _("Known here: {names}.").format(names=", ".join(names))
    return did_you_mean(nearest(word, names)) or (listed if 0 < len(names) <= _FEW else "")


def nearest(word: str, known: Iterable[str], *, most: int = 1) -> list[str]:
    """The known names that come nearest to a word, the nearest first; none that is far.

    Where some begin with the word, it was cut short: no other is near, and length is no matter.
    """
    names, typed = {alike(name): name for name in known}, alike(word)
    begun = [name for name in names if len(typed) >= _TELLING and name.startswith(typed)]
    if begun:
        return [names[name] for name in sorted(begun, key=len)[:most]]
    return [names[near] for near in get_close_matches(typed, names, n=most)]


def did_you_mean(names: Sequence[str]) -> str:
    """A sentence that proposes names; "" when there are none."""
    if not names:
        return ""
    quoted = (_('"{name}"').format(name=name) for name in names)
    return _("Did you mean {names}?").format(names=_(" or ").join(quoted))


def alike(text: str) -> str:
    """A text without what people leave out when they type: capitals, accents, double blanks."""
    decomposed = unicodedata.normalize("NFD", text.replace("’", "'").casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
