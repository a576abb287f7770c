"""Words of the command line turned into values, or refused with the way to write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.suggestions import alike, did_you_mean, nearest
from ptce_workflow.base.words import _


def pairs(words: Iterable[str], *, form: str) -> dict[str, str]:
    """Reads `name=value` words; `form` is how one is written (`field=value`).

    *Raises* Misuse for a word without `=` or a name said twice.
    """
    read: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        name = name.strip()
        if not equals or not name:
            raise Misuse(
                _('"{word}" cannot be read.').format(word=word),
                mend=_("Write {form}, without a space around the sign =.").format(form=form),
            )
        if name in read:
            raise Misuse(
                _('"{name}" is given twice.').format(name=name),
                mend=_("Keep one of the two."),
            )
        read[name] = value
    return read


def one_of(word: str, accepted: Sequence[str], *, option: str) -> str:
    """The word, when it is one of those accepted.

    *Raises* Misuse, with the nearest accepted word.
    """
    if word in accepted:
        return word
    raise Misuse(
        _('{option}: "{word}" is not one of the accepted words.').format(option=option, word=word),
        _("Accepted: {words}.").format(words=", ".join(accepted)),
        did_you_mean(nearest(word, accepted)),
    )


def alone(option: str, others: Mapping[str, object], why: str = "") -> None:
    """Lets through an option that says all, when none of the others was typed; they are by name.

    *Raises* Misuse otherwise, with those that were.
    """
    typed = [other for other, value in others.items() if value]
    if typed:
        raise Misuse(
            _("{option} stands alone.").format(option=option),
            why,
            _("Leave this out: {option}").format(option=", ".join(typed)),
        )


def written_or_taken(output: object, filled: object, what: str) -> None:
    """Lets through exactly one of a file to write and one to take; `what` says so.

    *Raises* Misuse otherwise.
    """
    if (output is None) == (filled is None):
        file = _("FILE")
        raise Misuse(what, mend=_("Accepted: {words}.").format(words=f"-o {file}, --import {file}"))


def state_named(word: str, labels: Mapping[str, str]) -> str:
    """The state that a word names, by its name or by its label; `labels` are by name.

    *Raises* Misuse, with the nearest state, or with all of them.
    """
    names = {alike(label): name for name, label in labels.items()}
    name = word if word in labels else names.get(alike(word))
    if name is not None:
        return name
    known = ", ".join(f"{name} ({label})" for name, label in labels.items())
    raise Misuse(
        _('There is no state "{name}".').format(name=word),
        mend=did_you_mean(nearest(word, (*labels, *labels.values())))
        or _("States: {names}.").format(names=known),
    )


def references_and_transition(words: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Reads `REF… TRANSITION`: the last word is the transition, the others references.

    *Raises* Misuse when the transition is missing.
    """
    *references, transition = words
    if not references:
        raise Misuse(
            _("Say which transition {ref} is to take.").format(ref=transition),
            mend=_("To see those that are open to it: {command}").format(
                command=f"ptce why {transition}"
            ),
        )
    return tuple(references), transition
