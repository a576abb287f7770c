"""Yes or no, one of several answers, some of several answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.suggestions import alike, did_you_mean, nearest
from ptce_workflow.base.words import _
from ptce_workflow.process.field_types.refusal import Unreadable, read_each
from ptce_workflow.process.field_types.typed import expected, line
from ptce_workflow.process.model import Text

_YES = frozenset({"oui", "yes", "true", "vrai"})
_NO = frozenset({"non", "no", "false", "faux"})


def read_boolean(raw: Any) -> bool:
    """Yes or no, in French or in English."""
    if isinstance(raw, bool):
        return raw
    if not isinstance(raw, str):
        raise expected(_("yes or no"), raw)
    text = line(raw)
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise Unreadable(
        _('"{text}" is neither yes nor no.').format(text=shown(text)),
        mend=_("Write {yes} or {no}.").format(yes=_("yes"), no=_("no")),
    )


def read_option(options: Mapping[str, Text], raw: Any) -> str:
    """The name of an answer, from its name or from its label in either language."""
    text = line(raw)
    if text in options:
        return text
    found = [
        name
        for name, label in options.items()
        if alike(text) in (alike(name), alike(label.fr), alike(label.en))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise Unreadable(
            _('"{text}" may mean several answers.').format(text=shown(text)),
            mend=_("Write one of their names: {names}.").format(names=", ".join(found)),
        )
    labels = (spoken for label in options.values() for spoken in (label.fr, label.en))
    raise Unreadable(
        _('"{text}" is not one of the answers.').format(text=shown(text)),
        _("Answers: {names}.").format(names=", ".join(options)),
        did_you_mean(nearest(text, [*labels, *options])),
    )


def read_options(options: Mapping[str, Text], raw: Any) -> list[str]:
    """The names of answers, in the order of the definition and none twice.

    On one line they are set apart by semicolons, or by commas where no label holds any.
    """
    if isinstance(raw, str):
        raw = _taken_apart(options, raw)
    if not isinstance(raw, list):
        raise expected(_("a list"), raw)
    given = read_each(raw, lambda item: read_option(options, item))
    return [name for name in options if name in given]


def _taken_apart(options: Mapping[str, Text], text: str) -> list[str]:
    if ";" not in text:
        with suppress(Misuse):
            return [read_option(options, text)]
    separator = ";" if ";" in text else ","
    return [part for part in text.split(separator) if part.strip()]
