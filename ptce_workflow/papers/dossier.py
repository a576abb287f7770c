"""Reads a dossier that was handed over as a TOML or JSON file: answers, by sheet and field.

Nothing here knows what is asked; types and bounds are the fields' own matter. What cannot be read
at all is refused here, before it costs memory or time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, n_
from ptce_workflow.papers.files import content_of, of_file, text_of
from ptce_workflow.process.fields import FileField
from ptce_workflow.process.model.notation import read_json, read_toml
from ptce_workflow.process.model.sheets import Sheet


def read_dossier(path: Path) -> dict[str, dict[str, Any]]:
    """The answers of a dossier file, as they were written, by sheet and field.

    *Raises* Misuse for a file that is missing, too large, neither TOML nor JSON, cut off, or not
    laid out by sheets.
    """
    suffix = path.suffix.lower()
    if suffix not in (".toml", ".json"):
        raise Misuse(
            _("{file} is not a dossier that can be read.").format(file=path),
            _("A dossier is a file in TOML or JSON."),
            _("Its name ends in .toml or .json."),
        )
    try:
        text = text_of(content_of(path))
        read = read_toml(text) if suffix == ".toml" else read_json(text)
        return _by_sheet(read)
    except Misuse as error:
        raise of_file(path, error) from None


def attach_files(
    dossier: Mapping[str, Mapping[str, Any]], sheets: Mapping[str, Sheet], folder: Path
) -> dict[str, dict[str, Any]]:
    """The answers with the content of files in place of their paths, relative to `folder`.

    *Shape* a path becomes `{"name": str, "content": bytes}`, which a file field reads.

    *Raises* Misuse with every path that leads nowhere, out of the folder, or to too large a file.
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
        raise Misuse(
            n_(
                "{count} file cannot be read.", "{count} files cannot be read.", len(problems)
            ).format(count=len(problems)),
            "\n  ".join(problems),
        )
    return attached


def _by_sheet(read: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(read, dict):
        raise Misuse(_("The dossier is not laid out by sheets."), mend=_example())
    astray = [name for name, answers in read.items() if not isinstance(answers, dict)]
    if astray:
        raise Misuse(
            _("What stands outside a sheet cannot be read: {names}.").format(
                names=", ".join(astray[:8])
            ),
            _("Answers stand under the name of their sheet."),
            _example(),
        )
    if not any(read.values()):
        raise Misuse(_("The dossier holds no answer."), mend=_example())
    return read


def _example() -> str:
    return _("For example: {example}").format(example='[dossier] / collective_name = "…"')


def _file(folder: Path, answer: str, max_mb: int) -> dict[str, Any]:
    try:
        path = (folder / answer.strip()).resolve()
        outside = not path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        outside = True
    if outside:
        raise Misuse(
            _('"{file}" is not in the folder of the dossier.').format(file=answer),
            mend=_("Put the file beside the dossier."),
        )
    return {"name": path.name, "content": content_of(path, max_mb)}
