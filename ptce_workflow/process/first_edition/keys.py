"""What the first edition of the format wrote otherwise, each with what it is now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ptce_workflow.base.words import LANGUAGES, N_, _

NOW: Mapping[tuple[str, str], str] = {
    ("Transition", "notify"): N_('`on = "{holder}.{name}"` in the mail'),
    ("Limit", "decimal"): N_("a point in the number: `value = 5.0`"),
    ("Sheet", "mean"): N_(
        '`rounding`, `no_opinion = "left_out"`, `source`, `choice` on the panel itself'
    ),
    ("Rule", "same_as"): N_('`same_as = ["{value}"]` on the transition'),
}
"""What stands now for a key of the first edition, by its table, as Markdown."""


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
    return (
        what,
        "",
        _("Write {now}.").format(now=_(now).format(holder=holder, name=name, value=value)),
    )


def told_in_languages(key: str, value: Any) -> tuple[str, str, str] | None:
    """The words for a phrase in several languages, as the first edition has it; else None."""
    if not isinstance(value, dict) or not {*LANGUAGES} & value.keys():
        return None
    other = next((tag for tag in value if tag != LANGUAGES[0]), LANGUAGES[1])
    return (
        _("This phrase is in several languages, as in the first edition of the format."),
        _("The folder is written in one language; catalogues have the others."),
        _('Write {key} = "{phrase}", and put the rest into translations/{other}.po.').format(
            key=key, phrase=value.get(LANGUAGES[0], "…"), other=other
        ),
    )
