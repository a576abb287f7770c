"""The keys of the first edition that the second has no more, each with what it is now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ptce_workflow.base.words import LANGUAGES, N_, _

NOW: Mapping[tuple[str, str], str] = {
    ("Limit", "decimal"): N_("A point in the number says so: value = 5.0"),
    ("Sheet", "mean"): N_(
        "The panel itself says `rounding`, `no_opinion`, and its `source` or `choice`."
    ),
    ("Transition", "notify"): N_('The mail says what sets it off: on = "{holder}.{name}"'),
    ("Rule", "same_as"): N_('The transition lists what it names: same_as = ["{value}"]'),
}
"""By the table and the key; `ptce migrate` puts them so."""


def told(model: str, key: str, where: tuple[str, ...], value: Any) -> tuple[str, str, str] | None:
    """The words for a key of the first edition in a table of the second; None for any other key.

    `where` are the keys of the table, above the key.
    """
    now = NOW.get((model, key))
    if now is None:
        return None
    what = _('The key "{key}" is of the first edition of the format.').format(key=key)
    holder, name = (*where[-2:], "…", "…")[:2] if len(where) > 1 else ("…", "…")
    holder = "…" if holder == "transitions" else holder
    return what, "", _(now).format(holder=holder, name=name, value=value)


def told_in_languages(key: str, value: Any, language: str = "fr") -> tuple[str, str, str] | None:
    """The words for a phrase in several languages, as the first edition has it; else None."""
    if not isinstance(value, dict) or not {*LANGUAGES} & value.keys():
        return None
    other = next((tag for tag in value if tag != language), LANGUAGES[1])
    return (
        _("This phrase is in several languages, as in the first edition of the format."),
        _("The folder is written in one language; catalogues have the others."),
        _('Write {key} = "{phrase}", and put the rest into translations/{other}.po.').format(
            key=key, phrase=value.get(language, "…"), other=other
        ),
    )
