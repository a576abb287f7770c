"""Reads a dossier that was handed over as a TOML or JSON file: answers, by sheet and field.

Nothing here knows what is asked; types and bounds are the fields' own matter. What cannot be read
at all is refused here, before it costs memory or time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.os_errors import refusal_of
from ptce_workflow.base.words import _, n_
from ptce_workflow.process.fields import FileField
from ptce_workflow.process.fields.file import MEGABYTE
from ptce_workflow.process.notation import read_json, read_toml
from ptce_workflow.process.sheets import Sheet

LARGEST_MB = 5
_UTF_16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


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
        text = _text(path)
        read = read_toml(text) if suffix == ".toml" else read_json(text)
        return _by_sheet(read)
    except Misuse as error:
        raise of_file(path, error) from None


def read_text(path: Path) -> str:
    """The text of a file that people wrote.

    *Raises* Misuse for one that is missing, too large, empty, or no text in UTF-8.
    """
    try:
        return _text(path)
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


def _text(path: Path) -> str:
    content = _content(path, LARGEST_MB)
    if content.startswith(_UTF_16_OR_32):
        raise Misuse(_("The file is not in UTF-8."), mend=_save_as_utf_8())
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Misuse(
            _("The file is not in UTF-8 at line {line}.").format(line=line), mend=_save_as_utf_8()
        ) from None
    if "\0" in text:
        raise Misuse(_("This is not a text: it holds NUL characters."))
    if not text.strip():
        raise Misuse(_("The file is empty."))
    return text


def _save_as_utf_8() -> str:
    return _("In the editor, save it again with the encoding UTF-8.")


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
    return {"name": path.name, "content": _content(path, max_mb)}


def _content(path: Path, max_mb: int) -> bytes:
    """The bytes of a file; its size is looked at before it is read."""
    limit = max_mb * MEGABYTE
    try:
        if not path.is_file():
            raise Misuse(
                _("This is a folder, or no plain file.")
                if path.exists()
                else _("There is no such file.")
            )
        size = path.stat().st_size
        if size <= limit:
            with path.open("rb") as stream:
                content = stream.read(limit + 1)
            size = len(content)
    except OSError as error:
        raise Misuse(
            _("The file cannot be opened."),
            _("The system says: {reason}.").format(reason=refusal_of(error)),
        ) from None
    if size > limit:
        raise Misuse(
            _("The file has {size} megabytes.").format(size=-(-size // MEGABYTE)),
            _("{limit} are accepted at most.").format(limit=max_mb),
        )
    return content


def of_file(path: Path, error: Misuse) -> Misuse:
    """An error, told as one of a file."""
    what = _("{file}: {problem}").format(file=path, problem=error.what)
    return Misuse(what, error.why, error.mend)
