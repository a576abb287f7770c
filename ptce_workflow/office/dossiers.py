"""Dossiers and agendas that people hand over as TOML or JSON.

Nothing here knows what is asked, nor whether a name leads anywhere; types and bounds are the
fields' own matter. What cannot be read at all is refused before it costs memory or time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.notation import read_json, read_toml
from ptce_workflow.base.words import _, n_, suggestion
from ptce_workflow.office.files import content_of, of_file, read_text, text_of
from ptce_workflow.process.fields import FileField
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.panel import Agenda, Deviation, VotedOrder


def read_dossier(path: Path) -> dict[str, dict[str, Any]]:
    """Answers by sheet and field, as written. Raises: Misuse for an unreadable file."""
    suffix = path.suffix.lower()
    if suffix not in (".toml", ".json"):
        what = _("{file} is not a dossier that can be read.").format(file=path)
        why = _("A dossier is a file in TOML or JSON.")
        raise Misuse(what, why, _("Its name ends in .toml or .json."))
    try:
        text = text_of(content_of(path))
        read = read_toml(text) if suffix == ".toml" else read_json(text)
        return by_sheet(read)
    except Misuse as error:
        raise of_file(path, error) from None


def attach_files(
    dossier: Mapping[str, Mapping[str, Any]], sheets: Mapping[str, Sheet], folder: Path
) -> dict[str, dict[str, Any]]:
    """The answers with the content of files in place of their paths, relative to `folder`.

    Shape: a path becomes `{"name": str, "content": bytes}`, which a file field reads.

    Raises: Misuse with every path that leads nowhere, out of the folder, or to too large a file.
    """
    attached = {sheet: dict(answers) for sheet, answers in dossier.items()}
    problems: list[str] = []
    for sheet, answers in attached.items():
        fields = sheets[sheet].fields if sheet in sheets else {}
        for name, answer in answers.items():
            field = fields.get(name)
            if isinstance(field, FileField) and isinstance(answer, str) and answer.strip():
                try:
                    answers[name] = _file(folder, answer, field.max_mb)
                except Misuse as error:
                    problems.append(f"{sheet}.{name}: {' '.join(str(error).split())}")
    if problems:
        what = n_(
            "{count} file cannot be read.", "{count} files cannot be read.", len(problems)
        ).format(count=len(problems))
        raise Misuse(what, "\n  ".join(problems))
    return attached


def by_sheet(read: Any) -> dict[str, dict[str, Any]]:
    """The answers of a dossier that was read, by sheet; *raises* Misuse for anything else."""
    if not isinstance(read, dict):
        raise Misuse(_("The dossier is not laid out by sheets."), mend=_example())
    astray = [name for name, answers in read.items() if not isinstance(answers, dict)]
    if astray:
        what = _("What stands outside a sheet cannot be read: {names}.").format(
            names=", ".join(astray[:8])
        )
        raise Misuse(what, _("Answers stand under the name of their sheet."), _example())
    if not any(read.values()):
        raise Misuse(_("The dossier holds no answer."), mend=_example())
    return read


def _example() -> str:
    return _("For example: {example}").format(example='[dossier] / name = "…"')


def _file(folder: Path, answer: str, max_mb: int) -> dict[str, Any]:
    try:
        path = (folder / answer.strip()).resolve()
        outside = not path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        outside = True
    if outside:
        what = _('"{file}" is not in the folder of the dossier.').format(file=answer)
        raise Misuse(what, mend=_("Put the file beside the dossier."))
    return {"name": path.name, "content": content_of(path, max_mb)}


_HELD = ("place", "opened", "closed", "proxies", "dissent")
_KEYS = ("sitting", "present", "chair", *_HELD, "deviations", "orders", "reasons", "answers")
_VOTE = ("ayes", "noes", "reason")


def read_agenda(path: Path, instant: Callable[[str, str], datetime]) -> Agenda:
    """The agenda of a file; `instant` reads an hour and its key. Raises: Misuse, with the key."""
    text = read_text(path)
    try:
        return agenda_of(read_toml(text), instant)
    except Misuse as error:
        raise of_file(path, error) from None


def agenda_of(table: Mapping[str, Any], instant: Callable[[str, str], datetime]) -> Agenda:
    _known(table, _KEYS, "")
    if "present" not in table:
        what = _("The agenda does not say who is present.")
        raise Misuse(what, mend=_("For example: {example}").format(example='present = ["…", "…"]'))
    opened, closed = (_text(table, key, "") for key in ("opened", "closed"))
    return Agenda(
        place=_text(table, "place", ""),
        opened=instant(opened, "opened") if opened else None,
        closed=instant(closed, "closed") if closed else None,
        proxies=_texts(table, "proxies"),
        dissent=_texts(table, "dissent"),
        present=_names(table["present"], "present"),
        sitting=_text(table, "sitting", "") or None,
        chair=_text(table, "chair", "") or None,
        deviations=tuple(_deviations(table)),
        orders=tuple(_orders(table)),
        reasons=_texts(table, "reasons"),
        answers={
            ref: _by_name(_table(_table(table, "answers", ""), ref, "answers."))
            for ref in _table(table, "answers", "")
        },
    )


def _by_name(answers: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Answers by sheet and field; one that is named whole, as between quotation marks, too."""
    dossiers: dict[str, dict[str, Any]] = {}
    for key, value in answers.items():
        sheet, _dot, field = key.rpartition(".")
        if isinstance(value, dict):
            dossiers.setdefault(key, {}).update(value)
        else:
            dossiers.setdefault(sheet, {})[field] = value
    return dossiers


def _texts(table: Mapping[str, Any], key: str) -> dict[str, str]:
    texts = _table(table, key, "")
    return {name: _text(texts, name, f"{key}.") for name in texts}


def _deviations(table: Mapping[str, Any]) -> Iterator[Deviation]:
    deviations = _table(table, "deviations", "")
    for ref in deviations:
        place = f"deviations.{ref}."
        vote = _table(deviations, ref, "deviations.")
        _known(vote, ("transition", *_VOTE), place)
        transition = _text(vote, "transition", place)
        if not transition:
            raise _not_a(place + "transition", _("the name of a transition"))
        yield Deviation(ref, transition, *_vote(vote, place))


def _orders(table: Mapping[str, Any]) -> Iterator[VotedOrder]:
    orders = _table(table, "orders", "")
    for name in orders:
        place = f"orders.{name}."
        vote = _table(orders, name, "orders.")
        _known(vote, ("refs", *_VOTE), place)
        yield VotedOrder(_names(vote.get("refs"), place + "refs"), *_vote(vote, place))


def _vote(vote: Mapping[str, Any], place: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    ayes, noes = (_names(vote.get(key, []), place + key) for key in ("ayes", "noes"))
    return _text(vote, "reason", place), ayes, noes


def _known(table: Mapping[str, Any], keys: Collection[str], place: str) -> None:
    for key in table:
        if key not in keys:
            what = _('The agenda knows no key "{key}".').format(key=place + key)
            why = _("Accepted: {words}.").format(words=", ".join(keys))
            raise Misuse(what, why, suggestion(key, keys))


def _table(table: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise _not_a(place + key, _("a table of its own: [{key}]").format(key=place + key))
    return value


def _text(table: Mapping[str, Any], key: str, place: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise _not_a(place + key, _("a text between quotation marks"))
    return value


def _names(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _not_a(key, _('a list of names: ["…", "…"]'))
    return tuple(value)


def _not_a(key: str, expected: str) -> Misuse:
    return Misuse(_('"{key}" is not what it must be.').format(key=key), mend=expected)
