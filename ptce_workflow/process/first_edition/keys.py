"""What the first edition of the format wrote otherwise, each with what it is now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ptce_workflow.base.words import LANGUAGES, N_, _


class Change(NamedTuple):
    """What the first edition wrote, and what stands for it now, as Markdown."""

    once: str
    now: str


NOW: Mapping[tuple[str, str], Change] = {
    ("Transition", "notify"): Change(
        '`notify = ["chosen"]`', N_('`on = "{holder}.{name}"` in the mail')
    ),
    ("Limit", "decimal"): Change("`decimal = true`", N_("a point in the number: `value = 5.0`")),
    ("Sheet", "mean"): Change(
        "`[mean]`, `no_opinion = true`",
        N_('`rounding`, `no_opinion = "left_out"`, `source`, `choice` on the panel itself'),
    ),
    ("Rule", "same_as"): Change(
        '`same_as = "draft.submit.on_time"`', N_('`same_as = ["{value}"]` on the transition')
    ),
}
"""By the table and the key; `ptce migrate` puts them so."""

_EXAMPLE = {"holder": "scored", "name": "select", "value": "draft.submit.on_time"}


def changes() -> Iterator[Change]:
    """All that has changed, keys and files, with an example of each."""
    yield Change('`label = { fr = "…", en = "…" }`', '`label = "…"`, `translations/en.po`')
    files = ("notification.toml", "fr.txt.j2", "fr.html.j2", "en.txt.j2", "en.html.j2")
    told = ", ".join(f"`{file}`" for file in files)
    yield Change(f"`notifications/<name>/`: {told}", "`notifications/<name>.md`")
    yield Change("`layout.txt.j2`, `layout.html.j2`", _("`layout.html.j2`, or nothing"))
    yield Change("`required = true`", _("nothing, or `required = false`"))
    for once, now in NOW.values():
        yield Change(once, _(now).format(**_EXAMPLE))
    yield Change("`receives = true`, `received_at`", "`ptce receive`, `received.<sheet>`")
    yield Change("`states/refused.toml`, `ends = true`", "`states/ends.toml`")


def told(model: str, key: str, where: tuple[str, ...], value: Any) -> tuple[str, str, str] | None:
    """The words for a key of the first edition in a table of the second; None for any other key.

    `where` are the keys of the table, above the key.
    """
    change = NOW.get((model, key))
    if change is None:
        return None
    what = _('The key "{key}" is of the first edition of the format.').format(key=key)
    holder, name = (*where[-2:], "…", "…")[:2] if len(where) > 1 else ("…", "…")
    holder = "…" if holder == "transitions" else holder
    return (
        what,
        "",
        _("Write {now}.").format(now=_(change.now).format(holder=holder, name=name, value=value)),
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
