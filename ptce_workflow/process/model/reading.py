"""Reads a contest folder: which files belong, and what they say, with every fault of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from ptce_workflow.base.errors import Finding, Misuse
from ptce_workflow.base.words import _
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.letters.markdown import page_of
from ptce_workflow.process.letters.readable import TemplateFault
from ptce_workflow.process.model.definition import ANY, START, Config, Definition, Gate, State
from ptce_workflow.process.model.folder import (
    CONFIG,
    LARGEST_FILE_BYTES,
    LAYOUTS,
    TEMPLATES,
    Files,
    mail_file,
    notification_file,
    sheet_file,
    state_file,
)
from ptce_workflow.process.model.notation import read_toml
from ptce_workflow.process.model.shared import Model
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.model.validation import from_validation, validated, validator

_NAME = r"[a-z][a-z0-9_]*"
_BELONGS = re.compile(
    rf"config\.toml|states/(?P<state>{_NAME})\.toml|sheets/(?P<sheet>{_NAME})\.toml"
    rf"|notifications/(?P<notification>{_NAME})/(?:notification\.toml|{'|'.join(TEMPLATES)})"
    rf"|notifications/(?:{'|'.join(LAYOUTS)})"
    rf"|notifications/(?P<mail>{_NAME})\.md|notifications/{_NAME}\.[a-z]{{2,3}}(?:-[A-Za-z]+)*\.md"
)
_UNSEEN = re.compile("[\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
M = TypeVar("M", bound=Model)


def read_definition(files: Files) -> tuple[Definition | None, tuple[Finding, ...]]:
    """Reads every file of a folder; what it says, or every fault that was found.

    *Shape* the definition is None as soon as one file cannot be read.
    """
    reader = _Reader(files)
    config = reader.read(CONFIG, Config)
    states = {
        name: reader.read(state_file(name), State)
        for name in reader.names("state")
        if name not in (START, ANY)
    }
    gates = {
        name: reader.read(state_file(name), Gate) if state_file(name) in files else Gate()
        for name in (START, ANY)
    }
    sheets = {name: reader.read(sheet_file(name), Sheet) for name in reader.names("sheet")}
    notifications = {
        name: reader.read(notification_file(name), Notification)
        for name in reader.names("notification")
    }
    for name in reader.names("mail"):
        if name in notifications:
            reader.told_twice(name)
        notifications[name] = reader.read(mail_file(name), Notification)
    reader.findings.extend(_strangers(files))
    if reader.findings:
        return None, tuple(sorted(reader.findings))
    return Definition.checked(
        {
            "config": config,
            "sheets": MappingProxyType(sheets),
            "states": MappingProxyType(states),
            "start": gates[START],
            "any": gates[ANY],
            "notifications": MappingProxyType(notifications),
        }
    ), ()


def _strangers(files: Files) -> Iterator[Finding]:
    """Files that do not belong, are too large, or hide something."""
    for path, content in files.items():
        if not _BELONGS.fullmatch(path):
            yield Finding(
                path,
                "",
                _("This file does not belong in a contest folder."),
                _("Every file of the folder is part of the process and of its hash."),
                _(
                    "Move it elsewhere, or name it as one of: config.toml, states/<name>.toml, "
                    "sheets/<name>.toml, notifications/<name>/notification.toml and its "
                    "templates {templates}, notifications/{layouts}."
                ).format(templates=", ".join(TEMPLATES), layouts=", notifications/".join(LAYOUTS)),
            )
        elif len(content) > LARGEST_FILE_BYTES:
            yield Finding(
                path,
                "",
                _("This file is too large: {size} bytes.").format(size=len(content)),
                _("A file of the folder holds at most {most} bytes.").format(
                    most=LARGEST_FILE_BYTES
                ),
            )
        elif found := _UNSEEN.search(text := content.decode("utf-8", "replace")):
            yield Finding(
                path,
                "",
                _("Line {line} holds a character that cannot be seen: {code}.").format(
                    line=text.count("\n", 0, found.start()) + 1, code=f"U+{ord(found[0]):04X}"
                ),
                _("Such a character can make a line read otherwise than it is."),
                _("Type the line again."),
            )


class _Reader:
    """Reads one file after the other and keeps the faults of all."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.findings: list[Finding] = []

    def names(self, kind: str) -> list[str]:
        found = (_BELONGS.fullmatch(path) for path in sorted(self.files))
        return list(dict.fromkeys(match[kind] for match in found if match and match[kind]))

    def read(self, path: str, model: type[M]) -> M | None:
        table = self._table(path)
        if table is None:
            return None
        try:
            return validated(model, table)
        except ValidationError as error:
            self.findings.extend(from_validation(path, validator(model), error))
            return None

    def _table(self, path: str) -> dict[str, Any] | None:
        if path not in self.files:
            self._fault(
                path, _("This file is missing."), mend=_("`ptce init` gives a model of it.")
            )
            return None
        content = self.files[path]
        if len(content) > LARGEST_FILE_BYTES:
            return None  # told with the other files
        try:
            text = content.decode("utf-8")
            # Blank lines stand for the line before the keys, so that faults are told with theirs.
            return read_toml(f"\n{page_of(text).keys}" if path.endswith(".md") else text)
        except UnicodeDecodeError as error:
            self._fault(
                path,
                _("This file is not UTF-8 text."),
                _("Byte {position} cannot be read.").format(position=error.start),
                _("Save it again as UTF-8."),
            )
        except TemplateFault as error:
            self.findings.append(error.at(path, 1).finding)
        except Misuse as error:
            self._fault(path, error.what, error.why, error.mend)
        return None

    def told_twice(self, name: str) -> None:
        """Tells that a mail stands in two places."""
        self._fault(
            mail_file(name),
            _('The mail "{name}" stands twice in this folder.').format(name=name),
            _("There is {file} as well.").format(file=notification_file(name)),
            _("Keep one of them."),
        )

    def _fault(self, path: str, what: str, why: str = "", mend: str = "") -> None:
        self.findings.append(Finding(path, "", what, why, mend))
